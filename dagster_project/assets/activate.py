"""Segments → files for the marketing tools, one asset per segment with all its destinations."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from dagster_project.activate.destination import Destination, read_destinations
from dagster_project.activate.export import ExportReport, export_list, opened
from dagster_project.activate.retention import remove_old_exports
from dagster_project.activate.segment import Segment, lists_of, read_segments
from dagster_project.left_out import as_lines, left_out_if_failing
from dagster_project.resources import POOL, DataFolder
from dagster_project.settings import currency_decimals

logger = logging.getLogger(__name__)


class ExportConfig(dg.Config):
    """What the person who starts the run chooses.

    Attributes:
        allow_empty: Lists may become empty, removing everybody from the tools.
        destinations: Only these; all of the segments chosen when empty.
    """

    allow_empty: bool = False
    destinations: list[str] = []  # noqa: RUF012 - Dagster reads the fields as pydantic does


def export_specs(segments: dict[str, Segment], partitions: dg.PartitionsDefinition) -> list[dg.AssetSpec]:
    """One asset per segment; it waits for the published database, so for all tests."""
    return [
        dg.AssetSpec(
            dg.AssetKey(["exports", segment.name]),
            deps=[
                dg.AssetKey(["segments", segment.name]),
                dg.AssetKey(["marts", "segment_members"]),
                dg.AssetKey(["intermediate", "int_contacts"]),
                dg.AssetKey(["intermediate", "int_consent_status"]),
                dg.AssetKey(["published", "lifecycle"]),
            ],
            description=f"{segment.name_en} / {segment.name_ja}: for {', '.join(segment.destinations)}.",
            group_name="exports",
            owners=["team:marketing"],
            kinds={"file"},
            partitions_def=partitions,
        )
        for segment in segments.values()
    ]


def export_segment(
    connection: duckdb.DuckDBPyConnection,
    exports: Path,
    segment: Segment,
    destination: Destination,
    days: list[date],
    *,
    allow_empty: bool = False,
    hold_from: int = 1,
) -> list[ExportReport]:
    """Exports all lists of a segment for each day; the reports are those of the last day."""
    reports = []
    for one_list in lists_of(connection, segment):
        for day in days:
            report = export_list(
                connection, exports, one_list, destination, day, allow_empty=allow_empty, hold_from=hold_from
            )
        reports.append(report)
    return reports


def log_warnings(reports: list[ExportReport]) -> None:
    """Says each warning once, with the lists that it is about: a small shop has many small lists."""
    lists: dict[str, list[str]] = {}
    for report in reports:
        for warning in report.warnings:
            lists.setdefault(warning, []).append(f"{report.segment} for {report.destination}")
    for warning, names in lists.items():
        logger.warning(f"{warning}: {', '.join(names)}")


def metadata(by_destination: Mapping[str, list[ExportReport]], exports: Path) -> dict[str, Any]:
    """Counts, how the files look and where they are; nobody's data.

    Args:
        by_destination: Reports of a segment's lists for each destination.
        exports: The folder of all exports.
    """
    reports = [report for each in by_destination.values() for report in each]
    rows = {to: total(report.rows for report in each) for to, each in by_destination.items()}
    left_out = {to: total(report.excluded for report in each) for to, each in by_destination.items()}
    filled = {to: total(report.filled for report in each) for to, each in by_destination.items()}
    cut = {to: total(report.cut for report in each) for to, each in by_destination.items()}
    return {
        "dagster/row_count": sum(counts["full"] for counts in rows.values()),
        "destinations": table(
            ["destination", "full", "added", "removed", "changed", "excluded", "limits met"],
            [
                [
                    to,
                    *(counts[kind] for kind in ("full", "added", "removed", "changed")),
                    left_out[to].total(),
                    "yes" if all(report.limits_met for report in by_destination[to]) else "no",
                ]
                for to, counts in rows.items()
            ],
        ),
        "excluded_by_reason": table(["destination", "reason", "members"], flat(left_out)),
        "cut": table(["destination", "column", "values cut at the tool's limit"], flat(cut)),
        "preview": table(["destination", "column", "rows with a value"], flat(filled)),
        "lists": table(
            ["destination", "list", "rows"],
            [[report.destination, report.segment, report.rows["full"]] for report in reports],
        ),
        "path": dg.MetadataValue.path(reports[0].folder.parent.parent if reports else exports),
    }


def total(counts: Iterable[dict[str, int]]) -> Counter[str]:
    """The sum of counts by name, zeros kept."""
    added: Counter[str] = Counter()
    for count in counts:
        added.update(count)
    return added


def flat(counts: Mapping[str, Mapping[str, int]]) -> list[list[str | int]]:
    """Counts by two names as rows of three cells."""
    return [[one, other, number] for one, each in counts.items() for other, number in each.items()]


def table(header: list[str], rows: list[list[str | int]]) -> dg.MetadataValue:
    """Rows as people read them."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows]
    lines = [header, ["---"] * len(header), *cells]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def export_assets(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """The multi-asset of all exports, as of each of the run's days."""
    segments, destinations = read_segments(), read_destinations()

    @dg.multi_asset(
        name="export_segments",
        specs=export_specs(segments, partitions),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def export_segments(
        context: dg.AssetExecutionContext, config: ExportConfig, data_folder: DataFolder
    ) -> Iterator[dg.MaterializeResult]:
        settings = data_folder.settings
        days = [date.fromisoformat(key) for key in context.partition_keys]
        keep_from = max(days) - timedelta(days=settings.shop["export_keep_days"])
        if removed := remove_old_exports(settings.exports, keep_from):
            logger.info(f"{removed} days of lists from before {keep_from} removed (export_keep_days)")
        exported, left_out = list[ExportReport](), dict[str, str]()
        decimals = currency_decimals(settings.shop["currency"])
        with opened(settings.warehouse, settings.exports, settings.memory_limit, decimals) as connection:
            for key in sorted(context.selected_asset_keys):
                segment, reports = segments[key.path[1]], dict[str, list[ExportReport]]()
                for to in segment.destinations:
                    if config.destinations and to not in config.destinations:
                        continue
                    with left_out_if_failing(f"{segment.name} for {to}", left_out):
                        reports[to] = export_segment(
                            connection,
                            settings.exports,
                            segment,
                            destinations[to],
                            days,
                            allow_empty=config.allow_empty,
                            hold_from=settings.shop["export_hold_rows"],
                        )
                exported += [report for each in reports.values() for report in each]
                if reports:
                    yield dg.MaterializeResult(asset_key=key, metadata=metadata(reports, settings.exports))
        log_warnings(exported)
        if left_out:
            raise dg.Failure(f"{len(left_out)} lists stay as they were:\n{as_lines(left_out)}")

    return export_segments
