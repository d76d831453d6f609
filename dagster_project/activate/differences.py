"""What changed in a list since it was last exported.

Lists are compared as the destination gets them, by the columns it recognises rows by. What was exported on a
day is kept beside the day's files as Parquet (`RECORD`): people may move or re-save the files themselves.
"""

from __future__ import annotations

import filecmp
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import duckdb
from pydantic import BaseModel, ValidationError

from dagster_project.activate.destination import Destination
from dagster_project.activate.files import Listing
from dagster_project.activate.values import literal, quoted
from dagster_project.files import sha256_of_file

RECORD = ".record.parquet"
MANIFEST = "manifest.json"

#: The files of a day.
KINDS = ("full", "added", "removed", "changed")
#: The order in which the files turn the previous list into the new one, also when an address changes rows.
KINDS_TO_APPLY = ("removed", "changed", "added")


class Baseline(StrEnum):
    """Why a list could not be compared: it is handed over as if it were the first, and nobody is removed."""

    FIRST_EXPORT = "first_export"
    RECORD_LOST = "record_lost"
    KEY_CHANGED = "key_changed"


class RecordedRows(BaseModel):
    """Numbers of rows in a manifest; the comparison needs one of them."""

    full: int


class RecordedManifest(BaseModel):
    """What the comparison needs to know of an earlier export."""

    rows: RecordedRows
    record_sha256: str
    key_sha256: str


@dataclass(frozen=True)
class Previous:
    """The last export before a day.

    Attributes:
        day: Its day, null when there is none.
        record: What was handed over, null when it cannot be compared with.
        rows: Number of rows that it had.
        baseline: Why there is no record.
    """

    day: date | None = None
    record: Path | None = None
    rows: int = 0
    baseline: Baseline | None = Baseline.FIRST_EXPORT


def previous_export(folder: Path, day: date, destination: Destination) -> Previous:
    """The last export of a segment to a destination before a day.

    Args:
        folder: Where the days of the segment and destination lie.
        day: Looked for is the last day before it.
        destination: As it is defined now.
    """
    days = [earlier for earlier in days_of(folder.glob("*")) if earlier < day]
    if not days:
        return Previous()
    exported = folder / days[-1].isoformat()
    try:
        manifest = RecordedManifest.model_validate_json((exported / MANIFEST).read_bytes())
    except (FileNotFoundError, ValidationError):
        return Previous(days[-1], baseline=Baseline.RECORD_LOST)
    record = exported / RECORD
    if not record.is_file() or sha256_of_file(record) != manifest.record_sha256:
        return Previous(days[-1], rows=manifest.rows.full, baseline=Baseline.RECORD_LOST)
    if manifest.key_sha256 != destination.key_sha256:
        return Previous(days[-1], rows=manifest.rows.full, baseline=Baseline.KEY_CHANGED)
    return Previous(days[-1], record, manifest.rows.full, baseline=None)


def exported_days(folder: Path) -> list[date]:
    """The days with a finished export, in order."""
    return days_of(entry.parent for entry in folder.glob(f"*/{MANIFEST}"))


def days_of(folders: Iterable[Path]) -> list[date]:
    """The days that folders are named after, in order."""
    names = (folder.name for folder in folders)
    return sorted(date.fromisoformat(name) for name in names if re.fullmatch(r"\d{4}-\d{2}-\d{2}", name))


def listings(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    record: Path,
    previous: Previous,
) -> list[Listing]:
    """What the files of a day contain: the full list, and what changed.

    Args:
        connection: Where the queries will run.
        destination: Whose columns and key.
        record: The full list of the day.
        previous: What to compare it with.
    """
    attach_lists(connection, record, previous)
    names = destination.column_names
    same = same_row("today", "earlier", destination.key)
    selected = ", ".join(map(quoted, names))
    leaving = leaving_columns(destination)
    queries = {
        "full": (f"select {selected} from today", names),
        "added": (f"select {selected} from today where not exists (from earlier where {same})", names),
        "removed": (
            f"select {', '.join(leaving.values())} from earlier where not exists (from today where {same})",
            list(leaving),
        ),
        "changed": (changed_query(connection, destination), names),
    }
    order = ", ".join(f"{quoted(name)} nulls first" for name in destination.key)
    empty = kinds_without_rows(record, previous)
    return [
        Listing(kind, f"select * from ({query}) order by {order}", columns, kind in empty)
        for kind, (query, columns) in queries.items()
    ]


def kinds_without_rows(record: Path, previous: Previous) -> set[str]:
    """The files that cannot have rows; many a list is the same as the day before."""
    if previous.record is None:
        return {"removed", "changed"}
    if filecmp.cmp(record, previous.record, shallow=False):
        return {"added", "removed", "changed"}
    return set()


def attach_lists(connection: duckdb.DuckDBPyConnection, record: Path, previous: Previous) -> None:
    """Makes the views `today` and `earlier`; without a list to compare with, `earlier` has no rows."""
    earlier = previous.record or record
    none = "" if previous.record else "where false"
    connection.execute(f"create or replace temp view today as from read_parquet({literal(str(record))})")
    connection.execute(
        f"create or replace temp view earlier as from read_parquet({literal(str(earlier))}) {none}"
    )


def leaving_columns(destination: Destination) -> dict[str, str]:
    """The columns of `removed` with their SQL: the key, and what the destination is given about who left."""
    leaving = {}
    for column in destination.columns:
        name = column.label("en")
        if name in destination.key:
            leaving[name] = quoted(name)
        elif column.when_removed is not None:
            leaving[name] = f"{literal(column.when_removed)} as {quoted(name)}"
    return leaving


def same_row(one: str, other: str, names: tuple[str, ...] | list[str]) -> str:
    """Whether two rows agree in some columns; empty agrees with empty."""
    return " and ".join(f"{one}.{quoted(name)} is not distinct from {other}.{quoted(name)}" for name in names)


def changed_query(connection: duckdb.DuckDBPyConnection, destination: Destination) -> str:
    """Rows in both lists that differ outside the key; all in both once the columns are other ones."""
    names = destination.column_names
    described = connection.execute("describe earlier").fetchall()
    same_columns = [name for name, *_ in described] == names
    unchanged = same_row("today", "earlier", names) if same_columns else "false"
    selected = ", ".join(f"today.{quoted(name)}" for name in names)
    return (
        f"select {selected} from today join earlier"
        f" on {same_row('today', 'earlier', destination.key)} where not ({unchanged})"
    )
