"""Segments → the marketing tools' own APIs, as far as they do not have a list yet; dry by default."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.activate.destination import Destination, read_destinations
from dagster_project.activate.differences import KINDS_TO_APPLY
from dagster_project.activate.push import PushError, PushReport, open_sender, push_list
from dagster_project.activate.segment import Segment, read_segments
from dagster_project.assets.activate import table
from dagster_project.left_out import as_lines, left_out_if_failing
from dagster_project.resources import DataFolder

GROUP = "pushes"


class PushConfig(dg.Config):
    """What the person who starts the run chooses.

    Attributes:
        send: Sends; otherwise it is only counted what would be sent.
        segments: Only these; all when empty.
    """

    send: bool = False
    segments: list[str] = []  # noqa: RUF012 - Dagster reads the fields as pydantic does


def lists_by_tool(segments: dict[str, Segment], destinations: dict[str, Destination]) -> dict[str, list[str]]:
    """The segments that each destination with an API gets."""
    return {
        name: [segment.name for segment in segments.values() if name in segment.destinations]
        for name, destination in destinations.items()
        if destination.push
    }


def push_specs(lists: dict[str, list[str]]) -> list[dg.AssetSpec]:
    """One asset per tool, downstream of the files of its lists."""
    return [
        dg.AssetSpec(
            dg.AssetKey([GROUP, tool]),
            deps=[dg.AssetKey(["exports", segment]) for segment in segments],
            description=f"What {tool} has accepted of the lists for it.",
            group_name=GROUP,
            owners=["team:marketing"],
            kinds={"api"},
        )
        for tool, segments in lists.items()
        if segments
    ]


def push_metadata(reports: list[PushReport]) -> dict[str, Any]:
    """Numbers of rows by list, nobody's data."""
    header = [
        "list",
        "as of",
        *(f"{what} {kind}" for what in ("pending", "accepted") for kind in KINDS_TO_APPLY),
        "refused",
    ]
    rows: list[list[str | int]] = [
        [
            report.segment,
            report.day.isoformat(),
            *(report.pending[kind] for kind in KINDS_TO_APPLY),
            *(report.accepted[kind] for kind in KINDS_TO_APPLY),
            report.refused,
        ]
        for report in reports
    ]
    return {
        "dry_run": all(report.is_dry_run for report in reports),
        "pending": sum(sum(report.pending.values()) for report in reports),
        "accepted": sum(sum(report.accepted.values()) for report in reports),
        "refused": sum(report.refused for report in reports),
        "lists": table(header, rows),
    }


def push_assets() -> list[dg.AssetsDefinition]:
    """The multi-asset of all pushes; none where the extra `push` is not installed."""
    if importlib.util.find_spec("drt") is None:
        return []
    destinations = read_destinations()
    lists = lists_by_tool(read_segments(), destinations)

    @dg.multi_asset(name="push_segments", specs=push_specs(lists), can_subset=True)
    def push_segments(
        context: dg.AssetExecutionContext, config: PushConfig, data_folder: DataFolder
    ) -> Iterator[dg.MaterializeResult]:
        settings, stopped = data_folder.settings, dict[str, str]()
        for key in sorted(context.selected_asset_keys):
            tool, reports = destinations[key.path[1]], list[PushReport]()
            for segment in lists[tool.name]:
                if config.segments and segment not in config.segments:
                    continue
                with left_out_if_failing(f"{segment} to {tool.name}", stopped):
                    sender = open_sender(tool) if config.send else None
                    reports.append(push_list(settings.exports, segment, tool, sender, settings.memory_limit))
            stopped |= {f"{each.segment} to {tool.name}": each.stopped for each in reports if each.stopped}
            if reports:
                yield dg.MaterializeResult(asset_key=key, metadata=push_metadata(reports))
        if stopped:
            raise PushError(f"rows are left to be sent; start again to send them:\n{as_lines(stopped)}")

    return [push_segments]
