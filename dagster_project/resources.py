"""What runs need from outside: the data folder, and the right to write to it.

https://docs.dagster.io/guides/build/external-resources
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from filelock import FileLock, Timeout

from dagster_project.settings import Settings

logger = logging.getLogger(__name__)

#: Name of the concurrency pool of all steps that write to the data folder.
POOL = "warehouse"


class DataFolder(dg.ConfigurableResource):
    """The data folder of a shop, held by one run at a time.

    The pool keeps runs of the Dagster UI apart; the lock also keeps `lifecycle run` in a terminal apart from
    them, and the operating system lets go of it when a run is killed.
    """

    path: str

    @contextmanager
    def yield_for_execution(self, _context: dg.InitResourceContext) -> Iterator[DataFolder]:
        """Waits until no other run holds the data folder, and holds it."""
        with held(self.settings):
            yield self

    @property
    def settings(self) -> Settings:
        """The folder's paths and the shop's settings."""
        return Settings(data=Path(self.path))


def lock_of(settings: Settings) -> FileLock:
    """The lock that a run holds while it is at work in the data folder."""
    return FileLock(settings.data / ".lock")


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Holds the data folder, after having waited until nobody else does."""
    lock = lock_of(settings)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        logger.warning("Another run is at work in this data folder; waiting for it to end.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def is_at_work(settings: Settings) -> bool:
    """Whether a run holds the data folder now; not one that was killed."""
    try:
        with lock_of(settings).acquire(timeout=0):
            return False
    except Timeout:
        return True


def shop_resources(settings: Settings) -> dict[str, Any]:
    """What the assets of a shop are handed."""
    return {"data_folder": DataFolder(path=str(settings.data))}
