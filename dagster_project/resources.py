"""What runs need from outside: the data folder, the right to write to it, and dbt.

https://docs.dagster.io/guides/build/external-resources
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource
from filelock import FileLock, Timeout
from packaging.version import Version

from dagster_project.dbt_cli import DBT_EXECUTABLE, has_tables_of_other_rules, variables
from dagster_project.settings import DBT, Settings

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
        lock = lock_of(self.settings)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            logger.warning("Another run is at work in this data folder; waiting for it to end.")
            lock.acquire()
        try:
            yield self
        finally:
            lock.release()

    @property
    def settings(self) -> Settings:
        """The folder's paths and the shop's settings."""
        return Settings(data=Path(self.path))


def lock_of(settings: Settings) -> FileLock:
    """The lock that a run holds while it is at work in the data folder."""
    return FileLock(settings.data / ".lock")


def is_at_work(settings: Settings) -> bool:
    """Whether a run holds the data folder now; not one that was killed."""
    try:
        with lock_of(settings).acquire(timeout=0):
            return False
    except Timeout:
        return True


def shop_resources(settings: Settings) -> dict[str, Any]:
    """What the assets of a shop are handed."""
    return {"data_folder": DataFolder(path=str(settings.data)), "dbt": dbt_resource()}


class InstalledDbt(DbtCliResource):
    """dbt as it is installed beside the running Python, without what we do not ask of it.

    dagster-dbt starts dbt once to learn its version, and before each call sets up dbt's adapter in this
    process, macros included, for counts of rows and columns that can be fetched with the events. That takes
    seconds of every run.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, _args: Sequence[str]) -> None:  # type: ignore[override]
        return None


def dbt_resource() -> DbtCliResource:
    """dbt as it is installed beside the running Python, whatever PATH says."""
    return InstalledDbt(
        project_dir=str(DBT),
        profiles_dir=str(DBT),
        dbt_executable=str(DBT_EXECUTABLE),
    )


def dbt_arguments(settings: Settings, *, indirect_selection: str) -> list[str]:
    """Arguments of the production build.

    Unit tests prove the SQL, not the data, and Dagster cannot show them: they run in `make test`. A changed
    rule rebuilds also what else is built by changed keys.

    Args:
        settings: The shop's.
        indirect_selection: `cautious` runs only tests all of whose tables are selected, `eager` all that
        touch one.
    """
    return [
        "build",
        "--exclude-resource-type", "unit_test",
        "--indirect-selection", indirect_selection,
        "--vars", variables(settings),
        *(["--full-refresh"] if has_tables_of_other_rules(settings) else []),
    ]  # fmt: skip
