"""Runs that Dagster takes for running though nobody works on them: their process was killed.

Only one run goes at a time, so such a run would keep all others waiting for ever.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

import dagster as dg

from dagster_project.jobs import DAILY
from dagster_project.resources import is_at_work
from dagster_project.settings import Settings

logger = logging.getLogger(__name__)

#: Tag of a run that was given up.
ABANDONED = "lifecycle/abandoned"

#: How a request's key begins that asks for an abandoned run again.
AGAIN = "again-"

#: Dagster's tags of a run's day, and of its range of days.
PARTITION, RANGE = "dagster/partition", "dagster/asset_partition_range"

#: Seconds between two looks. A run that waits for the data folder takes it in less, one that has let go of it
#: has reported to Dagster how it ended.
BETWEEN_LOOKS = 5

#: How long a process may take from being asked for until it says that it has begun.
LAUNCH = timedelta(minutes=3)

RUNNING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def running(instance: dg.DagsterInstance) -> dict[str, dg.DagsterRun]:
    """The runs, by id, that Dagster takes for running, or for being launched longer than that takes."""
    started = instance.get_run_records(dg.RunsFilter(statuses=RUNNING))
    launched = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING], updated_before=datetime.now(tz=UTC) - LAUNCH)
    )
    return {record.dagster_run.run_id: record.dagster_run for record in (*started, *launched)}


def end_abandoned_runs(
    instance: dg.DagsterInstance, settings: Settings, between_looks: float = BETWEEN_LOOKS
) -> list[str]:
    """Marks runs as failed that nobody works on; the operating system frees the lock of a killed one.

    A run counts as abandoned when the data folder is free at two looks and Dagster takes it for running at
    both.

    Args:
        instance: Dagster's records.
        settings: The shop's.
        between_looks: Seconds.

    Returns:
        Ids of the runs.
    """
    first = running(instance)
    if not first or is_at_work(settings):
        return []
    time.sleep(between_looks)
    second = running(instance)
    if is_at_work(settings):
        return []
    abandoned = sorted(first.keys() & second.keys())
    for run_id in abandoned:
        instance.add_run_tags(run_id, {ABANDONED: "true"})
        instance.report_run_failed(
            second[run_id], "Nobody works on this run: its process was killed, or the machine went down."
        )
        logger.warning(f"run {run_id} was killed; the next one takes up its work")
    return abandoned


def request_again(instance: dg.DagsterInstance) -> dg.RunRequest | None:
    """The run that is asked for once more: the latest of the daily job, when it was abandoned.

    Once only: what kills a run may do so again.
    """
    latest = instance.get_run_records(dg.RunsFilter(job_name=DAILY), limit=1)
    run = latest[0].dagster_run if latest else None
    if run is None or ABANDONED not in run.tags or AGAIN in run.tags.get("dagster/run_key", ""):
        return None
    return dg.RunRequest(
        run_key=f"{AGAIN}{run.run_id}",
        run_config=run.run_config,
        partition_key=run.tags.get(PARTITION),
        tags={name: value for name, value in run.tags.items() if name.startswith(RANGE)},
    )
