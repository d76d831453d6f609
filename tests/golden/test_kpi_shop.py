"""A shop of sixty rows whose KPIs were worked out by hand; `kpi_shop/expected.csv` says from what."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from built_shop import build_shop

from dagster_project.metricflow import MF_EXECUTABLE, mf_environment
from dagster_project.predict.tables import CUSTOMERS, folder
from dagster_project.publish.swap import publish
from dagster_project.settings import DBT, PROJECT, Settings

SHOP = Path(__file__).parent / "kpi_shop"
AS_OF = date(2026, 3, 15)
#: What the buyers are said to bring in the next 365 days, as if a model had said so; of g nothing is said.
PREDICTED = {"a": 1_000, "b": 0, "c": 4_000, "d": 2_000, "e": 2_500, "f": 1_500}
KEY = ("kpi_id", "period", "period_start", "dimension", "dimension_value")


def worked_out() -> list[dict[str, str]]:
    with (SHOP / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def defined() -> set[str]:
    definitions = PROJECT / "seeds" / "reference" / "kpi_definitions.csv"
    with definitions.open(encoding="utf-8", newline="") as file:
        return {row["kpi_id"] for row in csv.DictReader(file)}


def number(text: str) -> float | None:
    return float(text) if text else None


def predict(settings: Settings) -> None:
    ids = [
        hashlib.sha256(f"{settings.hash_key}:shop_customer_id:{number}".encode()).hexdigest()[:32]
        for number in PREDICTED
    ]
    table = pa.table({"customer_id": ids, "clv_365d": list(map(float, PREDICTED.values()))})
    columns = [
        table[name].cast(kind) if name in table.column_names else pa.nulls(len(ids), kind)
        for name, kind in zip(CUSTOMERS.names, CUSTOMERS.types, strict=True)
    ]
    file = folder(settings) / "customers.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns, CUSTOMERS), file)


@pytest.fixture(scope="module")
def built(new_data_folder: Callable[[], Path]) -> Settings:
    settings = Settings(data=new_data_folder(), hash_key="key-of-the-tests")
    predict(settings)
    build_shop(settings, SHOP / "landing", AS_OF, "+kpis", "calendar", "test_type:singular,path:tests/kpis")
    return settings


@pytest.fixture(scope="module")
def marts(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.warehouse), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


def test_every_kpi_is_worked_out():
    assert {row["kpi_id"] for row in worked_out()} == defined()


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


def asked_of_metricflow(settings: Settings, metrics: list[str], group_by: str) -> list[dict[str, str]]:
    answer = settings.data / "answer.csv"
    query = ["query", "--metrics", ",".join(metrics), "--group-by", group_by, "--csv", str(answer)]
    done = subprocess.run(
        [str(MF_EXECUTABLE), *query],
        env=os.environ | mf_environment(settings),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with answer.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


#: Metrics that are KPIs, by the ways in which both can be asked for them: MetricFlow's name of a group, ours.
ASKED = {
    ("metric_time__month", "all"): [
        "orders", "gross_sales", "discounts", "new_customers", "aov", "coupon_share", "discount_rate",
        "return_rate", "cac", "visits", "pageviews_per_visit", "leads", "ad_impressions", "ad_clicks",
        "ad_cost", "ctr", "cpc", "contact_rate", "ticket_csat", "review_rating",
    ],
    ("metric_time__month,order__channel", "channel"): ["orders", "gross_sales", "aov", "new_customers"],
    ("metric_time__month,order__source", "source"): ["orders", "gross_sales", "discount_rate"],
    ("metric_time__month,spend__platform", "platform"): [
        "ad_impressions", "ad_clicks", "ad_cost", "ctr", "cpc",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("groups", "metrics"), ASKED.items(), ids=[dimension for _, dimension in ASKED])
def test_metricflow_says_the_same(built: Settings, groups: tuple[str, str], metrics: list[str]):
    group_by, dimension = groups
    publish(built)
    with duckdb.connect(str(built.published), read_only=True) as connection:
        kpis = connection.execute(
            "select kpi_id, period_start::varchar, dimension_value, kpis.value from kpis "
            "where period = 'month' and dimension = ? and kpi_id in ? and coalesce(kpis.value, 0) != 0",
            [dimension, metrics],
        ).fetchall()
    month, *by = group_by.split(",")
    found = {
        (metric, row[month][:10], row[by[0]] if by else "all"): float(row[metric])
        for row in asked_of_metricflow(built, metrics, group_by)
        for metric in metrics
        if float(row[metric] or 0)
    }
    assert {kpi_id for kpi_id, *_ in kpis} == set(metrics), "every metric has something to show"
    assert found == {tuple(key): pytest.approx(value) for *key, value in kpis}


def test_every_metric_that_is_a_kpi_is_asked_for():
    (file,) = (DBT / "models").rglob("*__semantic_models.yml")
    metrics = {metric["name"] for metric in yaml.safe_load(file.read_text(encoding="utf-8"))["metrics"]}
    assert metrics & defined() == {metric for metrics in ASKED.values() for metric in metrics}
