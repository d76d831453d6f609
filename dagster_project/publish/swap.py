"""The audited swap: a new published database beside the old one, then renamed over it.

Readers always find a whole database: whoever has the old file open keeps reading it, whoever opens it later
gets the new one. It is written in the storage version of DuckDB 1.4, which readers from 1.4 to 2.0 open.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

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
    """
    target = settings.published
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    temporary.unlink(missing_ok=True)
    with duckdb.connect(config=settings.engine) as connection:
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        connection.execute(f"attach '{temporary}' as published (storage_version 'v1.4.0')")
        tables = _tables(connection)
        _refuse_identifiers(tables)
        rows = {table: _copy(connection, table, (descriptions or {}).get(table)) for table in tables}
    _sync(temporary)
    temporary.replace(target)
    return Published(rows, target.stat().st_size)


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Opens the published database as analysts do, read-only.

    Raises:
        FileNotFoundError: When nothing has been published yet.
        OSError: When the file is damaged or may not be read.
    """
    if not settings.published.exists():
        raise FileNotFoundError(
            f"{settings.published} is not there yet; `lifecycle run` or `make demo` makes it"
        )
    try:
        return duckdb.connect(str(settings.published), read_only=True)
    except duckdb.IOException as error:
        raise OSError(f"{settings.published} cannot be opened; `lifecycle run` makes it anew") from error


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
    """Copies one table, with a view of the same name in the default schema; returns its rows."""
    connection.execute("create schema if not exists published.marts")
    connection.execute(f'create table published.marts."{table}" as from warehouse.marts."{table}"')
    connection.execute(f'create view published.main."{table}" as from marts."{table}"')
    if description:
        quoted = description.replace("'", "''")
        connection.execute(f"comment on table published.marts.\"{table}\" is '{quoted}'")
    counts = [
        connection.execute(f'select count(*) from {database}.marts."{table}"').fetchall()[0][0]
        for database in ("warehouse", "published")
    ]
    if counts[0] != counts[1]:
        raise PublishError(f"marts.{table}: {counts[1]} rows copied of {counts[0]}")
    return counts[1]


def _sync(file: Path) -> None:
    """Makes sure that the file is on disk before it takes the old one's place."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def table_descriptions(manifest: Path) -> dict[str, str]:
    """Descriptions of the marts, from the dbt manifest."""
    nodes = json.loads(manifest.read_text())["nodes"].values()
    return {
        node["name"]: node["description"]
        for node in nodes
        if node["resource_type"] in {"model", "seed"} and node["schema"] == "marts"
    }
