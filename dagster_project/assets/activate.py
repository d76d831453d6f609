"""Segments → files for the marketing tools, one asset per segment and destination."""

import logging
from collections.abc import Iterator
from datetime import date

import dagster as dg

from dagster_project.activate.destination import read_destinations
from dagster_project.activate.export import ExportReport, export
from dagster_project.activate.segment import Segment, read_segments
from dagster_project.resources import POOL, DataFolder

logger = logging.getLogger(__name__)


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


def metadata(report: ExportReport) -> dict[str, dg.MetadataValue]:
    """Counts and where the files are; nobody's data."""
    excluded = ", ".join(f"{reason}: {n}" for reason, n in sorted(report.excluded.items()) if n)
    return {
        "dagster/row_count": dg.MetadataValue.int(report.rows["full"]),
        "added": dg.MetadataValue.int(report.rows["added"]),
        "removed": dg.MetadataValue.int(report.rows["removed"]),
        "changed": dg.MetadataValue.int(report.rows["changed"]),
        "excluded": dg.MetadataValue.text(excluded or "nobody"),
        "path": dg.MetadataValue.path(report.folder),
    }


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
        context: dg.AssetExecutionContext, data_folder: DataFolder
    ) -> Iterator[dg.MaterializeResult]:
        settings = data_folder.settings
        days = [date.fromisoformat(key) for key in context.partition_keys]
        for key in sorted(context.selected_asset_keys):
            segment, destination = segments[key.path[1]], destinations[key.path[2]]
            reports = [
                export(settings.warehouse, settings.exports, segment, destination, day) for day in days
            ]
            for warning in reports[-1].warnings:
                logger.warning(f"{segment.name} for {destination.name}: {warning}")
            yield dg.MaterializeResult(asset_key=key, metadata=metadata(reports[-1]))

    return export_segments
