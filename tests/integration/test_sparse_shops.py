"""A shop that delivers next to nothing has every mart, with what can be known, and all tests pass.

dbt's unit tests run here too: they bring their own rows, and take no more than types from the tables.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml
from built_shop import build_shop, dbt

from dagster_project.settings import DBT, PROJECT, Settings

ORDERS = Path(__file__).parents[1] / "golden" / "kpi_shop" / "landing" / "orders"
AS_OF = date(2026, 3, 15)

#: Reference tables, and what is said of the build itself.
ALWAYS_FILLED = {"about", "kpi_definitions", "lifecycle_schemes", "stage_labels"}
#: What orders alone fill besides.
FILLED_BY_ORDERS = {
    "acquisition", "attribution", "basket_thresholds", "calendar", "cohort_retention", "cohort_retention_by",
    "coupon_performance", "customers", "data_quality", "identities", "kpis", "lifecycle_daily",
    "lifecycle_funnel", "lifecycle_stages", "lifecycle_transitions", "orders", "payment_performance",
    "segment_members", "segment_sizes", "stage_actions",
}  # fmt: skip


def built(data: Path, landing: Path) -> Settings:
    """Everything built and tested from a landing folder."""
    settings = Settings(data=data)
    build_shop(settings, landing, AS_OF, "*")
    return settings


def marts_of(shop: Settings) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(shop.warehouse), read_only=True)
    connection.execute("use marts")
    return connection


@pytest.fixture(scope="module")
def empty_shop(tmp_path_factory: pytest.TempPathFactory, new_data_folder: Callable[[], Path]) -> Settings:
    """A shop that has delivered nothing by its first day, as when the first files come the morning after."""
    return built(new_data_folder(), tmp_path_factory.mktemp("landing"))


@pytest.fixture
def empty(empty_shop: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with marts_of(empty_shop) as connection:
        yield connection


@pytest.fixture(scope="module")
def only_orders(
    tmp_path_factory: pytest.TempPathFactory, new_data_folder: Callable[[], Path]
) -> Iterator[duckdb.DuckDBPyConnection]:
    landing = tmp_path_factory.mktemp("landing")
    shutil.copytree(ORDERS, landing / "orders")
    with marts_of(built(new_data_folder(), landing)) as connection:
        yield connection


def filled(marts: duckdb.DuckDBPyConnection) -> set[str]:
    """The tables with a row, of all that there are."""
    tables = marts.execute(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    ).fetchall()
    assert {table for (table,) in tables} >= {mart.stem for mart in (DBT / "models" / "marts").rglob("*.sql")}
    return {table for (table,) in tables if marts.execute(f"select 1 from {table} limit 1").fetchall()}


def kpis(marts: duckdb.DuckDBPyConnection, *columns: str) -> dict[str, tuple[float | None, ...]]:
    """Columns of the KPIs of February."""
    rows = marts.execute(
        f"select kpi_id, {', '.join(f'kpis.{column}' for column in columns)} from kpis "
        "where period = 'month' and period_start = '2026-02-01' and dimension = 'all'"
    ).fetchall()
    return {kpi_id: tuple(values) for kpi_id, *values in rows}


@pytest.mark.slow
def test_an_empty_shop_has_every_mart_and_no_fact(empty: duckdb.DuckDBPyConnection):
    assert filled(empty) == ALWAYS_FILLED
    seed = PROJECT / "seeds" / "reference" / "kpi_definitions.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        definitions = len(list(csv.DictReader(file)))
    assert empty.execute("select count(*) from kpi_definitions").fetchall() == [(definitions,)]


@pytest.mark.slow
def test_every_rule_holds_for_its_examples(empty_shop: Settings):
    files = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in (DBT / "models").rglob("*.yml")]
    written = Counter(test["name"] for file in files for test in file.get("unit_tests", []))
    dbt(empty_shop, "test", "--select", "test_type:unit")
    done = json.loads((empty_shop.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    names = [result["unique_id"].split(".") for result in done]
    assert Counter(name for kind, *_, name in names if kind == "unit_test") == written


@pytest.mark.slow
def test_orders_alone_fill_what_follows_from_them(only_orders: duckdb.DuckDBPyConnection):
    assert filled(only_orders) == ALWAYS_FILLED | FILLED_BY_ORDERS


@pytest.mark.slow
def test_kpis_of_orders_alone(only_orders: duckdb.DuckDBPyConnection):
    values = kpis(only_orders, "value", "n")
    of_orders = {
        "orders": (6, None), "new_customers": (2, None), "gross_sales": (28_600, None),
        "net_revenue": (28_600, None), "aov": (pytest.approx(28_600 / 6), 6), "gross_profit": (0, 0),
        "clv_historic": (pytest.approx(77_600 / 7), 7), "repeat_purchase_rate": (pytest.approx(4 / 7), 7),
        "cac": (0, None), "coupon_share": (pytest.approx(1 / 6), 6), "contact_rate": (0, None),
    }  # fmt: skip
    assert {kpi: values[kpi] for kpi in of_orders} == of_orders
    of_nothing = ("bounce_rate", "conversion_rate", "nps", "csat", "email_open_rate", "on_time_rate", "roas")
    assert {values[kpi][0] for kpi in of_nothing} == {None}
    assert {values[kpi] for kpi in ("visits", "leads", "ad_cost", "points_issued")} == {(0, None)}


@pytest.mark.slow
def test_stages_of_orders_alone(only_orders: duckdb.DuckDBPyConnection):
    sizes = only_orders.execute(
        "select stage, customers from lifecycle_daily where date = '2026-02-28' and customers > 0 order by 1"
    ).fetchall()
    assert sizes == [("churned", 2), ("purchase", 1), ("retention", 4)]
