"""The audited swap: a new published database beside the old one, then renamed over it.

Readers always find a whole database: whoever has the old file open keeps reading it, whoever opens it later
gets the new one. What is audited is the file itself, as readers will find it: an open connection also knows
rows that a full disk would not take. It is written in the storage version of DuckDB 1.4, which readers from
1.4 to 2.0 open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.files import DamagedFile, replaced, require_space
from dagster_project.settings import Settings

#: Columns that would identify a person directly; none of them may be published.
FORBIDDEN_COLUMNS = frozenset(
    "email phone name handle line_user_id comment body referee_email birth_date address".split()
)


class PublishError(RuntimeError):
    """The new database is not fit to be published; the old one stays."""


@dataclass(frozen=True)
class Published:
    """What was published: rows per table, and the size of the file in bytes."""

    rows: dict[str, int]
    bytes: int


def publish(settings: Settings, descriptions: Mapping[str, str] | None = None) -> Published:
    """Copies the schema `marts` of the warehouse into a new file and renames it over the published one.

    Args:
        settings: Tells where both files lie.
        descriptions: Table name to description; kept as comments, which database tools show.

    Raises:
        PublishError: When a table holds a direct identifier, or the copy differs from the warehouse.
        DiskFull: When a second file of the size of the published one would not fit.
        duckdb.Error: When the copy cannot be written.
    """
    target = settings.published
    require_space(target.parent, space_needed(settings), "publishing")
    with replaced(target) as new:
        _remove_with_logs(new)
        try:
            rows = _copy_marts(settings, new, descriptions or {})
            _audit(new, rows)
        except BaseException:
            _remove_with_logs(new)
            raise
        for log in _logs(target):  # a reader would take it for the new file's
            log.unlink()
    return Published(rows, target.stat().st_size)


def space_needed(settings: Settings) -> int:
    """Bytes that the new file takes while the old one is still there, with a tenth to spare.

    Before anything was published: as many as the warehouse, of which it is a part.
    """
    known = settings.published if settings.published.exists() else settings.warehouse
    return int(known.stat().st_size * 1.1) if known.exists() else 0


def _copy_marts(settings: Settings, new: Path, descriptions: Mapping[str, str]) -> dict[str, int]:
    """Copies all tables and brings them to the file; returns the rows of each in the warehouse."""
    with duckdb.connect(config=settings.engine) as connection:
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        connection.execute(f"attach '{new}' as published (storage_version 'v1.4.0')")
        tables = _tables(connection)
        _refuse_identifiers(tables)
        rows = {table: _copy(connection, table, descriptions.get(table)) for table in tables}
        connection.execute("checkpoint published")  # closing would do it too, and keep its errors to itself
        connection.execute("detach published")
    return rows


def _audit(new: Path, rows: Mapping[str, int]) -> None:
    """Opens the file as readers do and holds it against the warehouse.

    Raises:
        PublishError: When it lacks a table, a view or rows, or is not all in the one file.
    """
    if logs := _logs(new):
        raise PublishError(f"{logs[0].name} lies beside the new file: not all of it could be written")
    with duckdb.connect(str(new), read_only=True) as connection:
        found = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
                " intersect select view_name from duckdb_views() where schema_name = 'main'"
            ).fetchall()
        }
        if missing := sorted(rows.keys() ^ found):
            raise PublishError(f"the new file and the warehouse differ in the tables {', '.join(missing)}")
        for table, expected in rows.items():
            [(count,)] = connection.execute(f'select count(*) from "{table}"').fetchall()
            if count != expected:
                raise PublishError(f"marts.{table}: {count} rows in the new file of {expected}")


def _logs(database: Path) -> list[Path]:
    """What DuckDB keeps beside a database that it has not written to the end, such as `.wal`."""
    return sorted(database.parent.glob(f"{database.name}.*"))


def _remove_with_logs(database: Path) -> None:
    for file in (database, *_logs(database)):
        file.unlink(missing_ok=True)


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Opens the published database as analysts do, read-only.

    Raises:
        FileNotFoundError: When nothing has been published yet.
        DamagedFile: When the file cannot be opened.
    """
    if not settings.published.exists():
        raise FileNotFoundError(
            f"{settings.published} is not there yet; `lifecycle run` or `make demo` makes it"
        )
    try:
        return duckdb.connect(str(settings.published), read_only=True)
    except duckdb.Error as error:
        raise DamagedFile(f"{settings.published} cannot be opened; `lifecycle run` makes it anew") from error


@contextmanager
def reading_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database for queries that fit every whole one of this version.

    Raises:
        FileNotFoundError: When nothing has been published yet.
        DamagedFile: When the file cannot be opened, or lacks what is asked for.
    """
    with open_published(settings) as connection:
        try:
            yield connection
        except duckdb.Error as error:
            raise DamagedFile(
                f"{settings.published} is damaged or of another version; `lifecycle run` makes it anew"
            ) from error


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Tables of the marts with their columns."""
    found = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " where database_name = 'warehouse' and schema_name = 'marts' group by table_name order by table_name"
    ).fetchall()
    return dict(found)


def _refuse_identifiers(tables: Mapping[str, list[str]]) -> None:
    """Raises when a column's name says that it identifies a person."""
    for table, columns in tables.items():
        forbidden = sorted(FORBIDDEN_COLUMNS.intersection(columns) - {"name" if table == "products" else ""})
        if forbidden:
            raise PublishError(
                f"marts.{table} holds {', '.join(forbidden)}: nothing that names a person is published"
            )


def _copy(connection: duckdb.DuckDBPyConnection, table: str, description: str | None) -> int:
    """Copies one table, with a view of the same name in the default schema; returns the warehouse's rows."""
    connection.execute("create schema if not exists published.marts")
    connection.execute(f'create table published.marts."{table}" as from warehouse.marts."{table}"')
    connection.execute(f'create view published.main."{table}" as from marts."{table}"')
    if description:
        quoted = description.replace("'", "''")
        connection.execute(f"comment on table published.marts.\"{table}\" is '{quoted}'")
    return connection.execute(f'select count(*) from warehouse.marts."{table}"').fetchall()[0][0]


def table_descriptions(manifest: Path) -> dict[str, str]:
    """Descriptions of the marts, from the dbt manifest."""
    nodes = json.loads(manifest.read_text())["nodes"].values()
    return {
        node["name"]: node["description"]
        for node in nodes
        if node["resource_type"] in {"model", "seed"} and node["schema"] == "marts"
    }
