"""What starts a run besides the clock: files that land.

https://docs.dagster.io/guides/automate/sensors
"""

import hashlib
import time
from collections.abc import Mapping

import dagster as dg

from dagster_project.abandoned_runs import end_abandoned_runs, request_again
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.waiting import SETTLED_SECONDS, Waiting
from dagster_project.intake.waiting import all_waiting
from dagster_project.jobs import DAILY
from dagster_project.resources import is_at_work
from dagster_project.settings import Settings


def request_for(
    waiting: list[Waiting], now: float, seconds: float = SETTLED_SECONDS
) -> dg.RunRequest | dg.SkipReason:
    """The run that waiting deliveries call for: one for the latest day among them, which reads them all.

    A delivery with a file that may still be written holds back nothing but itself.

    The key is the same for the same files as they lie there, so that a run is asked for once.

    Args:
        waiting: What a run would read.
        now: Seconds since 1970.
        seconds: How long a file must have been left alone.
    """
    if not waiting:
        return dg.SkipReason("Nothing new in the landing zone.")
    settled = [delivery for delivery in waiting if delivery.is_settled(now, seconds)]
    if not settled:
        return dg.SkipReason("Files are still being written.")
    fingerprint = repr(sorted(delivery.fingerprint for delivery in settled))
    day = max(delivery.day for delivery in settled)
    return dg.RunRequest(
        run_key=hashlib.sha256(fingerprint.encode()).hexdigest()[:32], partition_key=day.isoformat()
    )


def landing_sensor(settings: Settings, feeds: Mapping[str, Feed]) -> dg.SensorDefinition:
    """Looks into the landing zone twice a minute."""

    @dg.sensor(
        name="landing_sensor",
        job_name=DAILY,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks into the landing zone twice a minute and processes what is new;"
        " asks for a run again that was killed.",
    )
    def landed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if is_at_work(settings):  # it reads what waits; half of it would ask for a second run
            return dg.SkipReason("A run is at work; what it leaves is looked at when it has ended.")
        end_abandoned_runs(context.instance, settings)
        if again := request_again(context.instance):
            return again
        waiting = all_waiting(settings, feeds, settings.now().date())
        return request_for(waiting, time.time(), settings.settled_seconds)

    return landed
