"""One run of the daily job in this process, as `lifecycle run` and `make demo` do it.

The run is recorded in the data folder's Dagster instance, so that `make ui` shows it with those of the
schedule.
"""

from __future__ import annotations

import io
import os
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date

import dagster as dg

from dagster_project.dbt_cli import fingerprint
from dagster_project.files import read_text, write_text
from dagster_project.ingest.contracts import read_contracts
from dagster_project.intake.waiting import all_waiting
from dagster_project.settings import PROJECT, Settings
from dagster_project.state import published_as_of, read_as_of

#: The step that swaps the published database.
PUBLISHED = "published__lifecycle"


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended: whether it succeeded, its id, what failed, and whether the day was published."""

    succeeded: bool
    run_id: str
    failures: list[str]
    published: bool


def is_up_to_date(settings: Settings, day: date) -> bool:
    """Whether the published data was built as of this day, from these files, rules and settings."""
    return (
        published_as_of(settings) == read_as_of(settings) == day
        and read_text(settings.build_mark) == fingerprint(settings)
        and not [each for each in all_waiting(settings, read_contracts(), day) if each.day <= day]
    )


def set_up_dagster(settings: Settings) -> None:
    """Makes the folder of Dagster's records, with telemetry off and one run at a time."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists():
        shutil.copyfile(PROJECT / "dagster_project" / "dagster.yaml", config)
    os.environ.update(settings.environment())


def run_days(settings: Settings, first: date, last: date, *, empty_lists: bool = False) -> RunOutcome:
    """Runs the daily job for one day, or for a range of days in one run.

    Args:
        settings: The shop's.
        first: First day of the range.
        last: Last day of the range; as_of moves to it if it is later.
        empty_lists: Segment files may become empty, removing everybody from the tools.
    """
    from dagster_project.abandoned_runs import end_abandoned_runs
    from dagster_project.definitions import build_defs
    from dagster_project.jobs import DAILY
    from dagster_project.loggers import QUIET_DAGSTER, tell_in_terminal

    tell_in_terminal()
    set_up_dagster(settings)
    with dg.DagsterInstance.get() as instance:
        end_abandoned_runs(instance, settings)
        job = build_defs(settings).resolve_job_def(DAILY)
        # dbt's own lines go to its log file; how far it is comes from the events (assets/transform.py).
        with redirect_stdout(Discard()):
            result = job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_config=QUIET_DAGSTER
                | {"ops": {"export_segments": {"config": {"allow_empty": empty_lists}}}},
                partition_key=first.isoformat() if first == last else None,
                tags=None if first == last else range_tags(first, last),
            )
        if result.success:
            write_text(fingerprint(settings), settings.build_mark)
        published = any(event.step_key == PUBLISHED for event in result.get_step_success_events())
        return RunOutcome(result.success, result.run_id, failures_of(result), published)


def range_tags(first: date, last: date) -> dict[str, str]:
    """The tags by which Dagster runs a range of partitions in one run."""
    return {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }


class Discard(io.TextIOBase):
    """A text stream that forgets what is written to it."""

    def write(self, text: str) -> int:
        """Forgets the text."""
        return len(text)


def failures_of(result: dg.ExecuteInProcessResult) -> list[str]:
    """What failed, a text per failed step."""
    return [f"{event.step_key}: {what_failed(event)}" for event in result.get_step_failure_events()]


def what_failed(event: dg.DagsterEvent) -> str:
    """What a failed step says of its failure: what it wrote for people, else the error behind it."""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description.strip()
    error = data.error
    while error and error.cause:
        error = error.cause
    return error.message.strip() if error else "failed without an error"
