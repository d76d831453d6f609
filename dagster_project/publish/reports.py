"""What was reported when: the memory that restatements are told from.

A report is made when a run publishes something not published before. It keeps, in `reported/` of the data
folder, the first value of every KPI once its period is over, and what the facts of each day were like. Unlike
everything else it cannot be built from the lake: where it is lost, it begins anew.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from dagster_project.settings import Settings

EMPTY_KPIS = """
    select
        0::bigint as report, null::date as reported_as_of, ''::varchar as kpi_id, ''::varchar as period,
        null::date as period_start, null::double as value
    limit 0
"""
EMPTY_FACTS = """
    select
        0::bigint as report, ''::varchar as fact, null::date as date, 0::bigint as facts,
        ''::varchar as content, ''::varchar as persons
    limit 0
"""

#: What is published for the first time, of periods that are over.
FIRST_VALUES = """
    select
        $report as report, (select as_of from warehouse.intermediate.int_as_of) as reported_as_of,
        kpi_id, period, period_start, value
    from warehouse.marts.kpis as kpis
    anti join reported_kpis using (kpi_id, period, period_start)
    where dimension = 'all' and not is_partial
"""
#: Days whose facts are not what they were at the last report; of days that have none any more, a row without.
CHANGED_FACTS = """
    with

    last_states as (
        select * from reported_facts
        qualify row_number() over (partition by fact, date order by report desc) = 1
    )

    select
        $report as report, fact, date, coalesce(found.facts, 0) as facts, found.content, found.persons
    from warehouse.intermediate.int_fact_days as found
    full outer join last_states using (fact, date)
    where (found.content, found.persons) is distinct from (last_states.content, last_states.persons)
"""


def folder(settings: Settings) -> Path:
    """Where the memory lies."""
    return settings.data / "reported"


def ensure_files(settings: Settings) -> None:
    """Begins the memory where there is none, so that dbt always finds its sources."""
    with duckdb.connect(config=settings.engine) as connection:
        for name, empty in (("kpis", EMPTY_KPIS), ("facts", EMPTY_FACTS)):
            file = folder(settings) / f"{name}.parquet"
            if not file.exists():
                write(connection, empty, file)


def remember(settings: Settings) -> dict[str, int]:
    """Keeps what the warehouse says for the first time; what is kept already stays as it is.

    The facts are written first: a report that dies before its KPIs are written is made again by the next run.

    Returns:
        KPIs reported for the first time, and days whose facts have changed since the last report.

    Raises:
        duckdb.Error: When the warehouse is not built, or another process has it open.
    """
    ensure_files(settings)
    with duckdb.connect(config=settings.engine) as connection:
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        for name in ("kpis", "facts"):
            connection.execute(
                f"create temp table reported_{name} as from '{folder(settings) / name}.parquet'"
            )
        report = connection.execute(
            "select 1 + coalesce(max(report), 0) from (from reported_kpis select report union all"
            " from reported_facts select report)"
        ).fetchall()[0][0]
        return {
            "days_with_changed_facts": append(connection, "facts", CHANGED_FACTS, report, settings),
            "kpis_first_reported": append(connection, "kpis", FIRST_VALUES, report, settings),
        }


def append(
    connection: duckdb.DuckDBPyConnection, name: str, query: str, report: int, settings: Settings
) -> int:
    """Adds the rows of a query to a file of the memory; returns how many there are."""
    connection.execute(f"insert into reported_{name} by name {query}", {"report": report})
    added = connection.execute(f"select count(*) from reported_{name} where report = ?", [report]).fetchall()[
        0
    ][0]
    if added:
        write(connection, f"from reported_{name} order by all", folder(settings) / f"{name}.parquet")
    return added


def write(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Writes a query's rows under a temporary name and renames it, so that no reader sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    connection.execute(f"copy ({query}) to '{unfinished}' (format parquet, compression zstd)")
    unfinished.replace(file)
