"""Segments → the marketing tools' own APIs, as far as they do not have a list yet; dry by default."""

import importlib.util
from collections.abc import Iterator

import dagster as dg

from dagster_project.activate.destination import Destination, read_destinations
from dagster_project.activate.push import PushError, PushReport, open_sender, push_list
from dagster_project.activate.segment import Segment, read_segments
from dagster_project.left_out import as_lines, left_out_if_failing
from dagster_project.resources import DataFolder

GROUP = "pushes"


class PushConfig(dg.Config):
    """What the person who starts the run chooses.

    Attributes:
        send: Sends; otherwise it is only counted what would be sent.
    """

    send: bool = False


def push_specs(segments: dict[str, Segment], destinations: dict[str, Destination]) -> list[dg.AssetSpec]:
    """One asset per segment and destination with an API, downstream of its files."""
    return [
        dg.AssetSpec(
            dg.AssetKey([GROUP, segment.name, name]),
            deps=[dg.AssetKey(["exports", segment.name, name])],
            description=f"{segment.name_en} / {segment.name_ja}: what {name} has accepted of it.",
            group_name=GROUP,
            owners=["team:marketing"],
            kinds={"api"},
        )
        for segment in segments.values()
        for name in segment.destinations
        if destinations[name].push
    ]


def push_metadata(report: PushReport) -> dict[str, str | int]:
    """Numbers of rows, nobody's data."""
    return {
        "as_of": report.day.isoformat(),
        "dry_run": report.is_dry_run,
        **{f"pending_{kind}": rows for kind, rows in report.pending.items()},
        **{f"accepted_{kind}": rows for kind, rows in report.accepted.items()},
        "refused": report.refused,
    }


def push_assets() -> list[dg.AssetsDefinition]:
    """The multi-asset of all pushes; none where the extra `push` is not installed."""
    if importlib.util.find_spec("drt") is None:
        return []
    segments, destinations = read_segments(), read_destinations()

    @dg.multi_asset(name="push_segments", specs=push_specs(segments, destinations), can_subset=True)
    def push_segments(
        context: dg.AssetExecutionContext, config: PushConfig, data_folder: DataFolder
    ) -> Iterator[dg.MaterializeResult]:
        settings, stopped = data_folder.settings, dict[str, str]()
        for key in sorted(context.selected_asset_keys):
            destination = destinations[key.path[2]]
            name, report = f"{key.path[1]} to {destination.name}", None
            with left_out_if_failing(name, stopped):
                sender = open_sender(destination) if config.send else None
                report = push_list(settings.exports, key.path[1], destination, sender, settings.memory_limit)
            if report:
                yield dg.MaterializeResult(asset_key=key, metadata=push_metadata(report))
                if report.stopped:
                    stopped[name] = report.stopped
        if stopped:
            raise PushError(f"rows are left to be sent; start again to send them:\n{as_lines(stopped)}")

    return [push_segments]
