"""Segments → files for the marketing tools, one asset per segment and destination."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

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
    """

    allow_empty: bool = False


def export_specs(segments: dict[str, Segment], partitions: dg.PartitionsDefinition) -> list[dg.AssetSpec]:
    """One asset per segment and destination; it waits for the published database, so for all tests."""
    return [
        dg.AssetSpec(
            dg.AssetKey(["exports", segment.name, destination]),
            deps=[
                dg.AssetKey(["segments", segment.name]),
                dg.AssetKey(["marts", "segment_members"]),
                dg.AssetKey(["intermediate", "int_contacts"]),
                dg.AssetKey(["intermediate", "int_consent_status"]),
                dg.AssetKey(["published", "lifecycle"]),
            ],
            description=f"{segment.name_en} / {segment.name_ja}: files for {destination}.",
            group_name="exports",
            owners=["team:marketing"],
            kinds={destination} if destination in {"csv", "parquet"} else {"file"},
            partitions_def=partitions,
        )
        for segment in segments.values()
        for destination in segment.destinations
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


def metadata(reports: list[ExportReport], exports: Path) -> dict[str, dg.MetadataValue]:
    """Counts, how the files look and where they are; nobody's data."""
    rows = total(report.rows for report in reports)
    excluded = total(report.excluded for report in reports)
    return {
        "dagster/row_count": dg.MetadataValue.int(rows["full"]),
        "added": dg.MetadataValue.int(rows["added"]),
        "removed": dg.MetadataValue.int(rows["removed"]),
        "changed": dg.MetadataValue.int(rows["changed"]),
        "excluded": dg.MetadataValue.int(excluded.total()),
        "excluded_by_reason": markdown("reason", "members", excluded),
        "preview": markdown("column", "rows with a value", total(report.filled for report in reports)),
        "lists": markdown("list", "rows", {report.segment: report.rows["full"] for report in reports}),
        "limits_met": dg.MetadataValue.bool(all(report.limits_met for report in reports)),
        "path": dg.MetadataValue.path(reports[0].folder if len(reports) == 1 else exports),
    }


def total(counts: Iterable[dict[str, int]]) -> Counter[str]:
    """The sum of counts by name, zeros kept."""
    added: Counter[str] = Counter()
    for count in counts:
        added.update(count)
    return added


def markdown(name: str, number: str, counts: dict[str, int]) -> dg.MetadataValue:
    """Counts as a table."""
    lines = [f"| {name} | {number} |", "|---|--:|", *(f"| {key} | {n:,} |" for key, n in counts.items())]
    return dg.MetadataValue.md("\n".join(lines))


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
                segment, destination = segments[key.path[1]], destinations[key.path[2]]
                name = f"{segment.name} for {destination.name}"
                with left_out_if_failing(name, left_out):
                    reports = export_segment(
                        connection,
                        settings.exports,
                        segment,
                        destination,
                        days,
                        allow_empty=config.allow_empty,
                        hold_from=settings.shop["export_hold_rows"],
                    )
                if name not in left_out:
                    exported += reports
                    yield dg.MaterializeResult(asset_key=key, metadata=metadata(reports, settings.exports))
        log_warnings(exported)
        if left_out:
            raise dg.Failure(f"{len(left_out)} lists stay as they were:\n{as_lines(left_out)}")

    return export_segments
