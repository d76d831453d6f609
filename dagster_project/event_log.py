"""Where Dagster keeps the events of runs: one SQLite file, with a connection that stays open.

A daily run writes some 2,000 events in 5,000 small transactions. Dagster's own storage opens a new engine
for each, which compiles every statement anew, waits for the disk after each, and keeps the events of assets
twice: in a file of the run and in one of all runs. Here is only the one of all runs, in Dagster's own tables.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

#: What is written of no step: each asset's value and each check's, which have events that say more.
NOT_KEPT = frozenset({dg.DagsterEventType.STEP_OUTPUT})


def wait_less_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    """Keeps the file whole when the machine fails, at the cost of the last events (sqlite.org/pragma.html).

    That is what write-ahead logging, which Dagster switches on, promises with `synchronous = normal`.
    """
    connection.execute("pragma synchronous = normal")


class OpenEventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster's event log in one SQLite file, with an engine per file instead of one per statement.

    The file is that of all runs of Dagster's usual storage, so what is known of assets goes on; the file of a
    single run, where there is one from before, is still read.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._folder = Path(base_dir)
        self._engines: dict[str, sqlalchemy.Engine] = {}
        # Dagster asks whether a table is there while it writes to another, in one thread.
        self._lock = threading.RLock()
        self._watcher: SqlPollingEventWatcher | None = None
        super().__init__(base_dir, inst_data)

    def get_db_path(self) -> str:
        """The file of all runs."""
        self._conn_string = create_db_conn_string(str(self._folder), INDEX_SHARD_NAME)
        return str(self._folder / f"{INDEX_SHARD_NAME}.db")

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Writes an event, unless it says nothing that others do not say."""
        if event.dagster_event_type not in NOT_KEPT:
            super().store_event(event)

    def run_connection(self, run_id: str | None) -> Any:  # noqa: ANN401 - as Dagster declares it
        """A connection to the events of a run, in a transaction."""
        has_own_file = run_id is not None and (self._folder / f"{run_id}.db").exists()
        return self._transaction(str(run_id) if has_own_file else INDEX_SHARD_NAME)

    def index_connection(self) -> Any:  # noqa: ANN401
        """A connection to the events of all runs, in a transaction."""
        return self._transaction(INDEX_SHARD_NAME)

    def has_table(self, table_name: str) -> bool:
        """Whether the file of all runs has this table."""
        with self.index_connection() as connection:
            return bool(sqlalchemy.inspect(connection).has_table(table_name))

    @contextmanager
    def _connect(self) -> Iterator[sqlalchemy.Connection]:
        with self._transaction(INDEX_SHARD_NAME) as connection:
            yield connection

    @contextmanager
    def _transaction(self, file: str) -> Iterator[sqlalchemy.Connection]:
        if file not in self._engines:
            engine = sqlalchemy.create_engine(
                create_db_conn_string(str(self._folder), file),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            sqlalchemy.event.listen(engine, "connect", wait_less_for_the_disk)
            self._engines[file] = engine
        with self._lock, self._engines[file].begin() as connection:
            yield connection

    def watch(self, run_id: str, cursor: str | None, callback: Callable[..., None]) -> None:
        """Tells of new events of a run by asking for them: writing changes the file late, its log at once."""
        self._watcher = self._watcher or SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[..., None]) -> None:
        """Tells no more of a run."""
        if self._watcher:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """Closes the files."""
        if self._watcher:
            self._watcher.close()
        for engine in self._engines.values():
            engine.dispose()


class OpenStorage(DagsterSqliteStorage):
    """Dagster's storage in SQLite with this event log; `dagster.yaml` names it."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        log = OpenEventLog(str(Path(base_dir) / "history" / "runs"))
        self._event_log_storage = log  # type: ignore[assignment]

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> OpenStorage:
        """The storage as `dagster.yaml` configures it."""
        return cls.from_local(inst_data=inst_data, **config_value)
