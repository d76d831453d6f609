"""What lies in the landing zone and has not been read yet, and whether it is whole.

A file that somebody still copies must not be read: it is whole once it was left alone for some seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.landing import (
    FileStatus,
    delivered_files,
    landed_files,
    pending_deliveries,
    undated_files,
)
from dagster_project.settings import Settings

logger = logging.getLogger(__name__)


#: Seconds that a file must have been left alone before it counts as whole.
SETTLED_SECONDS = 10.0

#: Seconds that a file waits at most whose time lies ahead, as that of a machine in another zone may.
LONGEST_WAIT = 3_600.0

#: Seconds that a run waits for a file to settle; after that it is left to the next run.
PATIENCE = 60.0


@dataclass(frozen=True)
class Waiting:
    """A delivery that is new or has changed: its files, and how they lie there."""

    feed: str
    day: date
    files: tuple[Path, ...]
    statuses: tuple[FileStatus, ...]

    @property
    def fingerprint(self) -> tuple[tuple[str, int, int], ...]:
        """The same for the same files as they lie there."""
        found = zip(self.files, self.statuses, strict=True)
        return tuple((str(file), status.bytes, status.mtime_ns) for file, status in found)

    def is_settled(self, now: float, seconds: float = SETTLED_SECONDS) -> bool:
        """Whether nobody is writing its files any more (`seconds_to_settle`)."""
        return all(seconds_to_settle(status, now, seconds) <= 0 for status in self.statuses)


def waiting_deliveries(settings: Settings, feeds: Mapping[str, Feed], today: date) -> list[Waiting]:
    """Deliveries up to today that a run would read; files without a day count as today's."""
    return [waiting for feed in feeds.values() for waiting in _of_feed(settings, feed, today)]


def _of_feed(settings: Settings, feed: Feed, today: date) -> Iterator[Waiting]:
    for day in pending_deliveries(settings, feed, today):
        yield _waiting(feed, day, delivered_files(settings, feed.name, day))
    undated = undated_files(settings, feed.name)
    if undated:
        yield _waiting(feed, today, undated)


def _waiting(feed: Feed, day: date, files: Mapping[Path, FileStatus]) -> Waiting:
    return Waiting(feed.name, day, tuple(files), tuple(files.values()))


def seconds_to_settle(status: FileStatus, now: float, seconds: float) -> float:
    """How long a file has yet to be left alone before it counts as whole; not above zero when it does.

    Args:
        status: How it lies there. Its mtime may have been set to anything; its ctime is when this machine
            last changed it, and lies ahead only when the clock was set back since.
        now: Seconds since 1970.
        seconds: How long it must have been left alone.
    """
    written, changed = status.mtime_ns / 1e9, status.ctime_ns / 1e9
    if changed > now + seconds:
        return 0.0
    return min(written + seconds, changed + LONGEST_WAIT) - now


def settle(
    settings: Settings,
    feed: Feed,
    day: date,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Waits until the files of a delivery are whole.

    Args:
        settings: Where they are, and how long a file must have been left alone.
        feed: The contract.
        day: Day of delivery.
        clock: Seconds since 1970.
        sleep: Waits some seconds.

    Returns:
        Whether they are; False when that would take, or takes, longer than `PATIENCE`.
    """
    found = partial(landed_files, settings, feed.name, day)
    return settle_files(found, f"{feed.name}/{day}", settings.settled_seconds, clock=clock, sleep=sleep)


def settle_files(
    find: Callable[[], Mapping[Path, FileStatus]],
    name: str,
    seconds: float,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Waits until files are whole, as `settle` does for those of a delivery.

    Args:
        find: How they lie there now.
        name: What they are called.
        seconds: How long a file must have been left alone.
        clock: Seconds since 1970.
        sleep: Waits some seconds.
    """
    until = clock() + PATIENCE
    is_told = False
    while True:
        statuses = find().values()
        left = max((seconds_to_settle(status, clock(), seconds) for status in statuses), default=0.0)
        if left <= 0:
            return True
        if clock() + left > until:
            return False
        if not is_told:
            logger.info("%s: files may still be written: waiting %.0f seconds", name, left)
            is_told = True
        sleep(left)
