"""A shop of sixty rows whose KPIs were worked out by hand; `kpi_shop/expected.csv` says from what."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from built_shop import build_shop

from dagster_project.settings import Settings, model_names

SHOP = Path(__file__).parent / "kpi_shop"
AS_OF = date(2026, 3, 15)
KEY = ("kpi_id", "period", "period_start", "dimension", "dimension_value")


def worked_out() -> list[dict[str, str]]:
    with (SHOP / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float | None:
    return float(text) if text else None


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    settings = Settings(data=tmp_path_factory.mktemp("kpi_shop") / "data")
    build_shop(settings, SHOP / "landing", AS_OF, "+kpis", "test_type:singular,path:tests/kpis")
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


def test_every_kpi_is_worked_out():
    assert {f"kpi_{row['kpi_id']}" for row in worked_out()} == set(model_names("kpis"))


@pytest.mark.parametrize("row", worked_out(), ids=lambda row: "-".join(row[column] for column in KEY))
def test_kpi_is_what_was_worked_out_by_hand(marts: duckdb.DuckDBPyConnection, row: dict[str, str]):
    found = marts.execute(
        "select numerator, denominator, n, kpis.value from kpis "
        "where kpi_id = ? and period = ? and period_start = ? and dimension = ? and dimension_value = ?",
        [row[column] for column in KEY],
    ).fetchall()
    numerator, denominator = number(row["numerator"]), number(row["denominator"])
    value = numerator if denominator is None else numerator / denominator if denominator else None
    assert found == [(numerator, denominator, number(row["n"]), pytest.approx(value))], row["working"]


@pytest.mark.parametrize("dimension", ["stage", "tier"])
def test_nobody_else_is_in_a_stage_or_tier(marts: duckdb.DuckDBPyConnection, dimension: str):
    kpis = ("stage_size", "stage_entered", "stage_left", "tier_share")
    key = (dimension, "month", "2026-02-01")
    expected = {
        (row["kpi_id"], row["dimension_value"])
        for row in worked_out()
        if row["kpi_id"] in kpis and (row["dimension"], row["period"], row["period_start"]) == key
    }
    found = marts.execute(
        "select kpi_id, dimension_value from kpis "
        "where dimension = ? and period = ? and period_start = ? and kpi_id in ?",
        [*key, kpis],
    ).fetchall()
    assert set(found) == expected


def test_target_and_attainment(marts: duckdb.DuckDBPyConnection):
    found = marts.execute("select kpi_id, target, attainment from kpis where target is not null").fetchall()
    assert found == [("orders", 8, 0.75)]


def test_periods_run_from_the_first_business_day_to_as_of(marts: duckdb.DuckDBPyConnection):
    found = marts.execute(
        "select period, min(period_start), max(period_start), bool_or(is_partial) "
        "from kpis where kpi_id = 'orders' and dimension = 'all' group by period order by period"
    ).fetchall()
    assert found == [
        ("day", date(2025, 6, 1), date(2026, 3, 15), False),
        ("month", date(2025, 6, 1), date(2026, 3, 1), True),
        ("week", date(2025, 5, 26), date(2026, 3, 9), False),
    ]


def test_a_shop_without_a_row_has_every_kpi_and_no_period(tmp_path: Path):
    settings = Settings(data=tmp_path / "data")
    orders = tmp_path / "landing" / "orders" / AS_OF.isoformat() / "orders.csv"
    orders.parent.mkdir(parents=True)
    orders.write_text("order_id,ordered_at,status,subtotal,total\n", encoding="utf-8")
    build_shop(settings, tmp_path / "landing", AS_OF, "+kpis", "test_type:singular,path:tests/kpis")
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        counts = connection.execute(
            "select (select count(*) from marts.kpis), (select count(*) from marts.kpi_definitions)"
        ).fetchall()
    assert counts == [(0, len(model_names("kpis")))]
