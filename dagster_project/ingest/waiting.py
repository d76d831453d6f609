"""What lies in the landing zone and has not been read yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.landing import FileStatus, delivered_files, pending_deliveries, undated_files
from dagster_project.settings import Settings


@dataclass(frozen=True)
class Waiting:
    """A delivery that is new or has changed: its files, and when the last of them was written (seconds)."""

    feed: str
    day: date
    files: tuple[Path, ...]
    written_at: float
    fingerprint: tuple[tuple[str, int, int], ...]


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
    return Waiting(
        feed.name,
        day,
        tuple(files),
        max(status.mtime_ns for status in files.values()) / 1e9,
        tuple((str(file), status.bytes, status.mtime_ns) for file, status in files.items()),
    )
