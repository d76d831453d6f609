"""What was reported of the facts of each day, written anew after an erasure.

Checksums of facts hold the persons and devices that the published data named then. After an erasure these are
others although nothing has happened: each state that was the current one before becomes the current one
after, so that `restatements` tells no merge and no change.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from dagster_project.files import replaced
from dagster_project.publish.reports import ensure_files, folder, write
from dagster_project.settings import Settings

#: A report of an erasure that repeats what the report before has said is none.
TOLD_ANEW = """
    with

    told as (
        select
            reported.report, reported.fact, reported.date, reported.facts,
            case when is_current then found.content else reported.content end as content,
            case when is_current then found.persons else reported.persons end as persons
        from (
            select
                reported.*,
                (reported.facts, reported.content, reported.persons)
                    is not distinct from (former.facts, former.content, former.persons) as is_current
            from reported
            left join former using (fact, date)
        ) as reported
        left join warehouse.intermediate.int_fact_days as found using (fact, date)
    )

    select *
    from told
    qualify
        (facts, content, persons) is distinct from lag((facts, content, persons))
            over (partition by fact, date order by report)
    order by all
"""


def keep_fact_days(settings: Settings, kept: Path) -> None:
    """Keeps what the facts are like before persons go: counts and checksums by day; once."""
    if kept.exists() or not has_fact_days(settings):
        return
    with duckdb.connect(config=settings.engine) as connection:
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        write_aside(connection, "from warehouse.intermediate.int_fact_days", kept)


def has_fact_days(settings: Settings) -> bool:
    """Whether the warehouse is there and knows the facts of each day."""
    if not settings.warehouse.exists():
        return False
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        query = "select count(*) from duckdb_tables() where table_name = 'int_fact_days'"
        return connection.execute(query).fetchall()[0][0] > 0


def tell_anew(settings: Settings, kept: Path) -> bool:
    """Tells the reported states anew that were the current ones; returns whether a restatement may change."""
    if not kept.exists() or not has_fact_days(settings):
        return False
    ensure_files(settings)
    file = folder(settings) / "facts.parquet"
    with duckdb.connect(config=settings.engine) as connection:
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        connection.execute(f"create temp table reported as from '{file}'")
        connection.execute(f"create temp table former as from '{kept}'")
        write(connection, TOLD_ANEW, file)
        return connection.execute("select count(*) from warehouse.marts.restatements").fetchall()[0][0] > 0


def write_aside(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Writes a query's rows, whole or not at all."""
    with replaced(file) as unfinished:
        connection.execute(f"copy ({query}) to '{unfinished}' (format parquet)")
