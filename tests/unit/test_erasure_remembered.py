"""After an erasure no restatement is told: the states that were the current ones are told anew."""

from __future__ import annotations

from pathlib import Path

import duckdb

from dagster_project.erasure.remembered import keep_fact_days, tell_anew
from dagster_project.publish.reports import ensure_files, folder, write
from dagster_project.settings import Settings

COLUMNS = "report, fact, date, facts, content, persons"


def warehouse(settings: Settings, *days: str) -> None:
    settings.data.mkdir(exist_ok=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        for schema in ("intermediate", "marts"):
            connection.execute(f"create schema if not exists {schema}")
        rows = " union all ".join(f"select {day}" for day in days)
        connection.execute(
            "create or replace table intermediate.int_fact_days as"
            f" from ({rows}) as t(fact, date, facts, content, persons)"
        )
        connection.execute("create or replace table marts.restatements as select 1 as kpi_id")


def reported(settings: Settings, *rows: str) -> None:
    with duckdb.connect() as connection:
        query = " union all ".join(f"select {row}" for row in rows)
        write(connection, f"from ({query}) as t({COLUMNS})", folder(settings) / "facts.parquet")


def told(settings: Settings) -> list[tuple]:
    file = folder(settings) / "facts.parquet"
    return duckdb.sql(f"select report, facts, content, persons from '{file}' order by all").fetchall()


def test_the_current_state_is_told_anew_and_the_report_of_the_erasure_is_none(
    settings: Settings, tmp_path: Path
):
    day = "'order', date '2026-01-05'"
    warehouse(settings, f"{day}, 3, 'c2', 'p2'")
    ensure_files(settings)
    first, second = f"1::bigint, {day}, 2::bigint, 'c1', 'p1'", f"2::bigint, {day}, 3::bigint, 'c2', 'p2'"
    reported(settings, first, second)
    keep_fact_days(settings, tmp_path / "kept.parquet")
    warehouse(settings, f"{day}, 3, 'c2', 'p2 without taro'")
    reported(settings, first, second, f"3::bigint, {day}, 3::bigint, 'c2', 'p2 without taro'")
    assert tell_anew(settings, tmp_path / "kept.parquet")
    assert told(settings) == [(1, 2, "c1", "p1"), (2, 3, "c2", "p2 without taro")]


def test_what_really_changed_in_the_same_run_is_told(settings: Settings, tmp_path: Path):
    day = "'order', date '2026-01-05'"
    warehouse(settings, f"{day}, 3, 'c', 'p'")
    reported(settings, f"1::bigint, {day}, 2::bigint, 'before', 'p0'")
    keep_fact_days(settings, tmp_path / "kept.parquet")
    warehouse(settings, f"{day}, 4, 'late order', 'q'")
    reported(
        settings,
        f"1::bigint, {day}, 2::bigint, 'before', 'p0'",
        f"2::bigint, {day}, 4::bigint, 'late order', 'q'",
    )
    tell_anew(settings, tmp_path / "kept.parquet")
    assert told(settings) == [(1, 2, "before", "p0"), (2, 4, "late order", "q")]


def test_a_shop_that_never_ran_has_nothing_to_tell(settings: Settings, tmp_path: Path):
    keep_fact_days(settings, tmp_path / "kept.parquet")
    assert not tell_anew(settings, tmp_path / "kept.parquet")


def test_what_was_kept_first_is_what_counts(settings: Settings, tmp_path: Path):
    """An erasure that was cut off is completed with what the facts were like before it."""
    kept = tmp_path / "kept.parquet"
    for content in ("before", "half erased"):
        warehouse(settings, f"'order', date '2026-01-05', 3, '{content}', 'p'")
        keep_fact_days(settings, kept)
    assert duckdb.sql(f"select content from '{kept}'").fetchall() == [("before",)]
