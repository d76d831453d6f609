"""What starts a run besides the clock: files that land.

https://docs.dagster.io/guides/automate/sensors
"""

from __future__ import annotations

import hashlib
import time

import dagster as dg

from dagster_project.ingest.landing import LandedFile, unread_files
from dagster_project.settings import Settings

#: Seconds that a file must have been left alone before it counts as whole.
SETTLED_SECONDS = 10


def is_settled(file: LandedFile, now: float) -> bool:
    """Whether a file has not been written to for a while."""
    return now - file.path.stat().st_mtime >= SETTLED_SECONDS


def run_key(files: list[LandedFile]) -> str:
    """The same for the same files as they lie there, so that a run is asked for once."""
    stats = [(str(file.path), file.path.stat().st_size, file.path.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(sorted(stats)).encode()).hexdigest()[:32]


def landing_sensor(job: dg.UnresolvedAssetJobDefinition, settings: Settings) -> dg.SensorDefinition:
    """Starts a run soon after files have landed, for the latest day among them."""

    @dg.sensor(
        name="landing_sensor",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks into the landing zone twice a minute and processes what is new.",
    )
    def landed() -> dg.RunRequest | dg.SkipReason:
        today = settings.now().date()
        files = [file for file in unread_files(settings) if file.day <= today]
        if not files:
            return dg.SkipReason("Nothing new in the landing zone.")
        if not all(is_settled(file, time.time()) for file in files):
            return dg.SkipReason("Files are still being written.")
        return dg.RunRequest(
            run_key=run_key(files), partition_key=max(file.day for file in files).isoformat()
        )

    return landed
