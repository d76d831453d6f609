"""What is known of a person, in one file: what was delivered, and what was concluded from it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.erasure.persons import (
    Found,
    Identifier,
    find_persons,
    has_warehouse,
    opened,
    roles,
    somebody,
)
from dagster_project.erasure.tombstones import ErasureError
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.identifiers import NORMALISED
from dagster_project.ingest.lake import PARTITION
from dagster_project.settings import Settings


def write_access(
    settings: Settings, feeds: Mapping[str, Feed], given: Iterable[Identifier], target: Path
) -> int:
    """Writes what is known of the persons whom identifiers name, as JSON for its owner only.

    Args:
        settings: Where the lake and the warehouse are.
        feeds: The contracts by name.
        given: Identifiers in their normal form.
        target: A new file.

    Returns:
        How many rows of deliveries it holds.

    Raises:
        ErasureError: When nobody is named, or the file is there already.
    """
    found = find_persons(settings, feeds, somebody(given))
    with opened(settings) as connection:
        delivered = delivered_rows(connection, settings, feeds, found)
        known = {
            "identifiers": [f"{kind}:{value}" for kind, value in sorted(found.identifiers)],
            "delivered": delivered,
            "concluded": concluded_rows(connection, found),
        }
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ErasureError(f"{target}: is there already: name a new file") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(known, file, ensure_ascii=False, indent=1, default=str)
    return sum(len(rows) for rows in delivered.values())


def delivered_rows(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feeds: Mapping[str, Feed], found: Found
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each feed that carry an identifier of the persons, or that belong to their orders."""
    delivered = {}
    for feed in feeds.values():
        files = settings.lake / feed.name / f"{PARTITION}=*" / "*.parquet"
        if not any((settings.lake / feed.name).glob(f"{PARTITION}=*/*.parquet")):
            continue
        source = f"read_parquet('{files}', union_by_name = true, hive_partitioning = true)"
        described = connection.execute(f"describe select * from {source}").fetchall()
        there = {name for name, *_ in described}
        matches, parameters = [], {}
        for column, kind in {name: kind for role in roles(feed) for name, kind in role.items()}.items():
            place = NORMALISED.get(column, column)
            if place in there:
                matches.append(f'"{place}" in (select unnest($v_{column}))')
                parameters[f"v_{column}"] = sorted(v for of_kind, v in found.identifiers if of_kind == kind)
        if "order_id" in there:
            matches.append("order_id in (select unnest($orders))")
            parameters["orders"] = sorted(found.orders)
        if matches:
            rows = connection.execute(f"select * from {source} where {' or '.join(matches)}", parameters)
            delivered[feed.name] = as_objects(rows)
    return {name: rows for name, rows in delivered.items() if rows}


def concluded_rows(connection: duckdb.DuckDBPyConnection, found: Found) -> dict[str, list[dict[str, Any]]]:
    """The rows of the marts that are about the persons."""
    if not has_warehouse(connection):
        return {}
    tables = connection.execute(
        "select table_name from duckdb_columns() where database_name = 'warehouse' and schema_name = 'marts'"
        " and column_name = 'customer_id' order by table_name"
    ).fetchall()
    concluded = {
        table: as_objects(
            connection.execute(
                f'select * from warehouse.marts."{table}" where customer_id in (select unnest($persons))',
                {"persons": sorted(found.customer_ids)},
            )
        )
        for (table,) in tables
    }
    return {table: rows for table, rows in concluded.items() if rows}


def as_objects(rows: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries, without what is empty."""
    names = [name for name, *_ in rows.description or []]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in rows.fetchall()
    ]
