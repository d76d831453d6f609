"""Who turned out to be one person since the last publication, and which numbers moved with them.

Compares the published database with the warehouse that is about to replace it, and names persons by their
ids only.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import duckdb

from dagster_project.settings import Settings

logger = logging.getLogger(__name__)

#: Persons merged that a report lists; it counts all.
LISTED = 20

NEW_MERGES = """
    select merged_customer_id, customer_id
    from warehouse.marts.person_merges
    anti join published.marts.person_merges as known using (merged_customer_id)
    order by all
"""
MOVED_KPIS = """
    select
        kpi_id, period, period_start,
        case when known.kpi_id is null then found.as_first_reported else known.as_now end as before,
        found.as_now as now
    from warehouse.marts.restatements as found
    left join published.marts.restatements as known using (kpi_id, period, period_start)
    where found.changed_because like '%merge%' and before is distinct from now
    order by all
"""
#: Members on the last day of each, among those merged and those whom they were merged with.
MOVED_SEGMENTS = """
    with

    involved as (
        select merged_customer_id as customer_id from new_merges
        union
        select customer_id from new_merges
    ),

    members as (
        select segment, 'before' as side
        from published.marts.segment_members
        semi join involved using (customer_id)
        where valid_from <= $before and (valid_to > $before or valid_to is null)
        union all
        select segment, 'now'
        from warehouse.marts.segment_members
        semi join involved using (customer_id)
        where valid_from <= $now and (valid_to > $now or valid_to is null)
    )

    select
        segment,
        count(*) filter (where side = 'before') as before,
        count(*) filter (where side = 'now') as now
    from members
    group by segment
    having before <> now
    order by segment
"""

#: What is read of the published database.
COMPARED = {
    "about": "as_of",
    "person_merges": "merged_customer_id",
    "restatements": "kpi_id, period, period_start, as_now",
    "segment_members": "segment, customer_id, valid_from, valid_to",
}

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class MergeReport:
    """What merges did since the last publication.

    Attributes:
        merges: The merged person, and whom it turned out to be.
        kpis: KPI, period, first day, value before and now, of those that moved by merges.
        segments: Segment, members before and now among the persons involved, where the numbers differ.
    """

    merges: Rows
    kpis: Rows
    segments: Rows

    def as_markdown(self) -> str:
        """The report as people read it; of many merges the first ones."""
        more = len(self.merges) - LISTED
        return "\n\n".join(
            [
                table(("merged person", "is"), self.merges[:LISTED]),
                *([f"… and {more} more"] if more > 0 else []),
                table(("KPI", "period", "from", "before", "now"), self.kpis),
                table(("segment", "of them before", "now"), self.segments),
            ]
        )


def merge_report(settings: Settings) -> MergeReport:
    """Compares the published database with the warehouse.

    Returns:
        An empty report when nothing was published before, by a version without these tables, or what was
        published is damaged: it is about to be replaced.

    Raises:
        duckdb.Error: When the warehouse is not built, or another process has it open.
    """
    with duckdb.connect(config=settings.engine) as connection:
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        if not published_before(settings, connection):
            return MergeReport([], [], [])
        connection.execute(f"create temp table new_merges as {NEW_MERGES}")
        days = {
            side: connection.execute(f"select as_of from {database}.marts.about").fetchall()[0][0]
            for side, database in (("before", "published"), ("now", "warehouse"))
        }
        return MergeReport(
            connection.execute("from new_merges").fetchall(),
            connection.execute(MOVED_KPIS).fetchall(),
            connection.execute(MOVED_SEGMENTS, days).fetchall(),
        )


def published_before(settings: Settings, connection: duckdb.DuckDBPyConnection) -> bool:
    """Copies what the report compares out of the published database; whether all of it could be read."""
    try:
        connection.execute(f"attach '{settings.published}' as file (read_only)")
        connection.execute("attach ':memory:' as published; create schema published.marts")
        for name, columns in COMPARED.items():
            connection.execute(
                f"create table published.marts.{name} as select {columns} from file.marts.{name}"
            )
    except duckdb.Error as error:
        if settings.published.exists():
            logger.warning(f"What was published cannot be compared with: {type(error).__name__}")
        return False
    return True


def table(header: tuple[str, ...], rows: Rows) -> str:
    """A table in Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
