"""What was reported when: what restatements are found by.

A report is made when a run publishes something not published before. It keeps, in `reported/` of the data
folder, the first value of every KPI once its period is over, and what the facts of each day were like. Unlike
everything else it cannot be built from the lake. So each file is kept twice, the second written when the
first is whole, and one that is damaged or old is made good from the other. Where both are gone, it begins
anew.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import duckdb

from dagster_project.files import DamagedFile, replaced
from dagster_project.settings import Settings

logger = logging.getLogger(__name__)

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
    """Begins the memory where there is none, and mends it, so that dbt always finds its sources whole.

    Raises:
        DamagedFile: When both copies of a file are damaged.
    """
    with duckdb.connect(config=settings.engine) as connection:
        for name, empty in (("kpis", EMPTY_KPIS), ("facts", EMPTY_FACTS)):
            file = folder(settings) / f"{name}.parquet"
            reports = {copy: last_report(connection, copy, empty) for copy in (file, second(file))}
            latest = max(reports, key=lambda copy: reports[copy])
            if reports[latest] < 0:
                if any(copy.exists() for copy in reports):
                    raise DamagedFile(
                        f"{file}: neither it nor {second(file).name} can be read, and what was reported"
                        " cannot be built again: put one back from a backup, or delete both to begin anew"
                    )
                write(connection, empty, file)
            elif reports[latest] > reports[file]:
                logger.warning(
                    f"{file.name} is damaged, gone or old: it is made good from {second(file).name}"
                )
                copy_file(second(file), file)
            elif reports[latest] > reports[second(file)]:
                copy_file(file, second(file))


def second(file: Path) -> Path:
    """The second copy of a file of the memory."""
    return file.with_name(f"{file.stem}.second.parquet")


def last_report(connection: duckdb.DuckDBPyConnection, file: Path, empty: str) -> int:
    """The number of the last report in a file, 0 before the first; -1 when it is gone or cannot be read."""
    try:
        # All values are read: a file that is damaged in the middle has whole ends.
        connection.execute(f"create or replace temp table found as {empty}")
        connection.execute(f"insert into found by name from '{file}'")
        [(report,)] = connection.execute("select coalesce(max(report), 0) from found").fetchall()
    except duckdb.Error:
        return -1
    return report


def copy_file(source: Path, file: Path) -> None:
    """Copies one file of the memory over the other."""
    with replaced(file) as unfinished:
        shutil.copyfile(source, unfinished)


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
    """Writes a query's rows to a file, and then to its second copy."""
    with replaced(file) as unfinished:
        connection.execute(f"copy ({query}) to '{unfinished}' (format parquet, compression zstd)")
    copy_file(file, second(file))
