"""Where Dagster keeps the events of runs: its SQLite files, with connections that stay open.

A daily run writes some 3,000 events in 10,000 small transactions. Dagster's own storage opens a new engine
for each, which compiles every statement anew, and waits for the disk after each; together that took longer
than all SQL of a small shop. The files are the same: an instance can go back to Dagster's class at any time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData


def wait_less_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    """Keeps the file whole when the machine fails, at the cost of the last events (sqlite.org/pragma.html).

    That is what write-ahead logging, which Dagster switches on, promises with `synchronous = normal`.
    """
    connection.execute("pragma synchronous = normal")


class OpenEventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, with an engine per file instead of one per statement."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, sqlalchemy.Engine] = {}
        super().__init__(base_dir, inst_data)
        # Dagster asks whether a table is there while it writes to another, in one thread.
        self._db_lock = threading.RLock()  # type: ignore[assignment]

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[sqlalchemy.Connection]:
        """A connection to the events of a run, in a transaction."""
        return self._transaction(run_id or INDEX_SHARD_NAME)

    def index_connection(self) -> AbstractContextManager[sqlalchemy.Connection]:
        """A connection to the events of all assets, in a transaction."""
        return self._transaction(INDEX_SHARD_NAME)

    def has_table(self, table_name: str) -> bool:
        """Whether the events of all assets have this table."""
        with self.index_connection() as connection:
            return bool(sqlalchemy.inspect(connection).has_table(table_name))

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        if shard not in self._engines:
            with super().run_connection(shard):
                pass  # makes the file and its tables
            engine = sqlalchemy.create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
            sqlalchemy.event.listen(engine, "connect", wait_less_for_the_disk)
            self._engines[shard] = engine
        with self._db_lock, self._engines[shard].begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Closes the files."""
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


class OpenStorage(DagsterSqliteStorage):
    """Dagster's storage in SQLite with this event log; `dagster.yaml` names it."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = OpenEventLog(str(Path(base_dir) / "history" / "runs"))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> OpenStorage:
        """The storage as `dagster.yaml` configures it."""
        return cls.from_local(inst_data=inst_data, **config_value)
