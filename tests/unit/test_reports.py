"""The memory of what was reported, and the report of merges: small warehouses written by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.publish.merge_report import MergeReport, merge_report
from dagster_project.publish.reports import ensure_files, folder, remember
from dagster_project.settings import Settings

KPI = ("orders", "day", date(2026, 1, 1))


@pytest.fixture
def shop(settings: Settings) -> Settings:
    settings.published.parent.mkdir(parents=True)
    return settings


def build(settings: Settings, value: float, facts: list[tuple[str, int, str]], as_of: str = "2026-01-02"):
    """A warehouse with one KPI of a day that is over and of one that is not, and facts of 1 January."""
    settings.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema marts; create schema intermediate")
        warehouse.execute(f"create table intermediate.int_as_of as select date '{as_of}' as as_of")
        warehouse.execute(
            "create table intermediate.int_fact_days"
            " (fact varchar, date date, facts bigint, content varchar, persons varchar)"
        )
        for fact, count, content in facts:
            warehouse.execute(
                "insert into intermediate.int_fact_days values (?, date '2026-01-01', ?, ?, 'p')",
                [fact, count, content],
            )
        warehouse.execute(
            "create table marts.kpis as select * from (values"
            f" ('orders', 'day', date '2026-01-01', 'all', {value}::double, false),"
            f" ('orders', 'day', date '2026-01-01', 'channel', 1::double, false),"
            f" ('orders', 'month', date '2026-01-01', 'all', {value}::double, true)"
            ") as rows(kpi_id, period, period_start, dimension, value, is_partial)"
        )


def kept(settings: Settings, name: str) -> list[tuple]:
    return duckdb.sql(f"from '{folder(settings)}/{name}.parquet' order by all").fetchall()


def test_what_was_reported_first_stays_and_facts_are_kept_when_they_change(shop: Settings):
    build(shop, 2, [("order", 2, "a")])
    assert remember(shop) == {"kpis_first_reported": 1, "days_with_changed_facts": 1}
    build(shop, 3, [("order", 3, "b"), ("refund", 1, "c")], as_of="2026-01-03")
    assert remember(shop) == {"kpis_first_reported": 0, "days_with_changed_facts": 2}
    build(shop, 2, [("refund", 1, "c")], as_of="2026-01-04")
    assert remember(shop) == {"kpis_first_reported": 0, "days_with_changed_facts": 1}
    assert kept(shop, "kpis") == [(1, date(2026, 1, 2), *KPI, 2.0)]
    assert kept(shop, "facts") == [
        (1, "order", date(2026, 1, 1), 2, "a", "p"),
        (2, "order", date(2026, 1, 1), 3, "b", "p"),
        (2, "refund", date(2026, 1, 1), 1, "c", "p"),
        (3, "order", date(2026, 1, 1), 0, None, None),
    ]


def test_a_report_without_news_leaves_the_files_as_they_are(shop: Settings):
    build(shop, 2, [("order", 2, "a")])
    remember(shop)
    before = {file.name: file.read_bytes() for file in folder(shop).iterdir()}
    remember(shop)
    assert {file.name: file.read_bytes() for file in folder(shop).iterdir()} == before


def test_a_lost_memory_begins_anew(shop: Settings):
    build(shop, 2, [("order", 2, "a")])
    remember(shop)
    for file in folder(shop).iterdir():
        file.unlink()
    ensure_files(shop)
    assert kept(shop, "kpis") == kept(shop, "facts") == []
    build(shop, 5, [("order", 5, "b")])
    remember(shop)
    assert kept(shop, "kpis") == [(1, date(2026, 1, 2), *KPI, 5.0)]


def write_marts(file: Path, merges: list[tuple], members: list[tuple], restated: list[tuple], as_of: str):
    """A database with the tables that merges are told from."""
    with duckdb.connect(str(file)) as database:
        database.execute("create schema marts")
        database.execute(f"create table marts.about as select date '{as_of}' as as_of")
        for table, columns, rows in (
            ("person_merges", "merged_customer_id varchar, customer_id varchar", merges),
            (
                "segment_members",
                "segment varchar, customer_id varchar, valid_from date, valid_to date",
                members,
            ),
            (
                "restatements",
                "kpi_id varchar, period varchar, period_start date, as_first_reported double, as_now double,"
                " changed_because varchar",
                restated,
            ),
        ):
            database.execute(f"create table marts.{table} ({columns})")
            if rows:
                places = ", ".join("?" * len(rows[0]))
                database.executemany(f"insert into marts.{table} values ({places})", rows)


def test_a_merge_report_tells_who_merged_and_what_moved(shop: Settings):
    members = [("advocates", "b", "2026-01-01", None), ("advocates", "c", "2026-01-01", None)]
    write_marts(
        shop.published,
        [("z", "a")],
        [*members, ("at_risk", "b", "2026-01-01", None)],
        [("orders", "day", "2026-01-01", 1, 2, "merge")],
        "2026-01-02",
    )
    write_marts(
        shop.warehouse,
        [("z", "a"), ("b", "a")],
        [*members[1:], ("at_risk", "a", "2026-01-01", None), ("at_risk", "c", "2026-01-02", None)],
        [
            ("orders", "day", "2026-01-01", 1, 2, "merge"),
            ("new_customers", "day", "2026-01-01", 2, 1, "late order, merge"),
            ("visitors", "day", "2026-01-01", 2, 1, "late session"),
        ],
        "2026-01-03",
    )
    report = merge_report(shop)
    assert report == MergeReport(
        merges=[("b", "a")],
        kpis=[("new_customers", "day", date(2026, 1, 1), 2.0, 1.0)],
        segments=[("advocates", 1, 0)],
    )
    assert "| new_customers | day | 2026-01-01 | 2.0 | 1.0 |" in report.as_markdown()


def test_before_the_first_publication_nobody_merged(shop: Settings):
    write_marts(shop.warehouse, [("b", "a")], [], [], "2026-01-03")
    assert merge_report(shop) == MergeReport([], [], [])
