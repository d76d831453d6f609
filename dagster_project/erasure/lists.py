"""Lists that marketing tools were given: who is to be taken out there, and out of our own copies.

A tool needs the key by which it knows a person, to take the person out. So each list whose last export had
an erased person gets a removal file in the form of the destination, apart from the exports, to be handed
over once and then thrown away (`lifecycle erase --done`). Exports themselves lose the persons: of the days
that the next export may be compared with the record stays, without them; other days that had one go.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.activate.destination import Destination, read_destinations
from dagster_project.activate.differences import MANIFEST, RECORD, exported_days, leaving_columns
from dagster_project.activate.files import Listing, create_private_folder, write_listing
from dagster_project.activate.push import ACCEPTED, PUSHED, REFUSED
from dagster_project.activate.values import literal, quoted
from dagster_project.erasure.texts import Finder
from dagster_project.files import put_folder, replaced, sha256_of_file, write_text
from dagster_project.settings import Settings

WriteTable = Callable[[pa.Table], None]


@dataclass
class Lists:
    """What became of the lists.

    Attributes:
        removals: Removal files that were written, below the folder of the erasure.
        rows: Rows of persons taken out of records.
        days: Days of exports that went or lost their files.
        left: Lists whose form has changed since: they have no removal file.
    """

    removals: list[Path] = field(default_factory=list)
    rows: int = 0
    days: int = 0
    left: list[str] = field(default_factory=list)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One connection for all lists: opening one costs more than writing a list."""
    return duckdb.connect()


def clean_lists(settings: Settings, finder: Finder, as_of: date | None, removals: Path) -> Lists:
    """Writes removal files and takes erased persons out of all lists; what was cleaned before stays.

    Args:
        settings: Where the exports are.
        finder: Whom to look for.
        as_of: The day whose export is going to be written anew.
        removals: The folder of the removal files.
    """
    lists = Lists()
    destinations = read_destinations()
    for folder in list_folders(settings.exports):
        for left_over in [*folder.glob(".*.writing"), *folder.glob(".*.removing")]:
            shutil.rmtree(left_over)
        clean_list(folder, destinations.get(folder.name), finder, as_of, removals, lists)
    shutil.rmtree(settings.exports / ".spill", ignore_errors=True)
    return lists


def list_folders(exports: Path) -> list[Path]:
    """The folder of every list: `exports/<segment>/<destination>`."""
    return sorted(folder for folder in exports.glob("*/*") if folder.is_dir() and folder.name[0] != ".")


def clean_list(
    folder: Path,
    destination: Destination | None,
    finder: Finder,
    as_of: date | None,
    removals: Path,
    lists: Lists,
) -> None:
    """Takes erased persons out of one list."""
    days = exported_days(folder)
    records = {day: folder / day.isoformat() / RECORD for day in days}
    accepted = folder / PUSHED / ACCEPTED
    if days:
        write_removals(records[days[-1]], accepted, folder, destination, finder, removals, lists)
    kept = {*days[-1:], *[day for day in days if as_of and day < as_of][-1:]}
    for day in days:
        day_folder = folder / day.isoformat()
        rows = erased_rows(records[day], finder)
        if not any(rows) and not is_in_files(day_folder, finder):
            continue
        lists.days += 1
        if day in kept:
            lists.rows += sum(rows)
            reduce_to_record(day_folder, rows)
        else:
            going = folder / f".{day}.removing"
            day_folder.rename(going)
            shutil.rmtree(going)
    lists.rows += reduce_to_keys(accepted, destination, finder)
    refused = folder / PUSHED / REFUSED
    if refused.exists() and finder.is_in_fields(refused.read_text(encoding="utf-8-sig")):
        refused.unlink()


def erased_rows(record: Path, finder: Finder) -> list[bool]:
    """For each row of a record whether it is an erased person's: by an address, an id, or a hash of one."""
    if not record.is_file():
        return []
    try:
        rows = read_rows(record)
    except (OSError, pa.ArrowInvalid):
        return []
    is_erased = pa.repeat(pa.scalar(False), rows.num_rows) if rows.num_rows else pa.array([], pa.bool_())
    for column in rows.columns:
        values = column.combine_chunks()
        if pa.types.is_string(values.type):
            encoded = values.dictionary_encode()
            known = pa.array(
                [is_identifier(text, finder) for text in encoded.dictionary.to_pylist()], pa.bool_()
            )
            is_erased = pc.or_(is_erased, pc.fill_null(known.take(encoded.indices), False))
    return is_erased.to_pylist()


def read_rows(file: Path) -> pa.Table:
    """The rows of a Parquet file."""
    with pq.ParquetFile(file) as opened:
        return opened.read()


def is_identifier(text: str | None, finder: Finder) -> bool:
    """Whether a cell of a list is an identifier of an erased person."""
    if not text:
        return False
    bare = text.removeprefix("'")
    return finder.id(bare) is not None or any(finder.anything(bare))


def is_in_files(folder: Path, finder: Finder) -> bool:
    """Whether a file of a day names an erased person, such as `removed`: the record does not say who left."""
    from dagster_project.erasure.search import found_in_file

    return any(found_in_file(file, finder) for file in sorted(folder.iterdir()) if file.is_file())


def write_removals(
    record: Path,
    accepted: Path,
    folder: Path,
    destination: Destination | None,
    finder: Finder,
    removals: Path,
    lists: Lists,
) -> None:
    """Writes the removal file of a list: the rows of erased persons that the tool has, by its key.

    Who is in what the tool has accepted and no more in the record was told before the erasure was cut off.
    """
    target = removals / folder.parent.name / folder.name
    tables = [
        read_rows(file).filter(pa.array(rows))
        for file in (record, accepted)
        if any(rows := erased_rows(file, finder)) and (file == record or not target.exists())
    ]
    if not tables:
        return
    name = f"{folder.parent.name}/{folder.name}"
    if destination is None:
        lists.left.append(name)
        return
    destination = destination.for_segment(folder.parent.name)
    while target.exists():
        target = target.with_name(f"{target.name}-again")
    unfinished = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    create_private_folder(unfinished)
    earlier = pa.concat_tables(tables, promote_options="default")
    try:
        with _connection().cursor() as connection:
            connection.register("earlier", earlier)
            leaving = leaving_columns(destination)
            key = ", ".join(f"{quoted(each)} nulls first" for each in destination.key)
            query = f"select distinct {', '.join(leaving.values())} from earlier order by {key}"
            listing = Listing("removed", query, list(leaving))
            files = write_listing(connection, listing, destination, folder.parent.name, unfinished)
    except duckdb.BinderException:
        shutil.rmtree(unfinished)
        lists.left.append(name)
        return
    put_folder(unfinished, target)
    lists.removals += [target / file.name for file in files]


def reduce_to_record(folder: Path, is_erased: list[bool]) -> None:
    """Leaves of a day its record without erased persons, which the next export is compared with.

    The manifest comes first: a record that it does not fit is taken as lost, and the sweep mends it.
    """
    record, manifest_file = folder / RECORD, folder / MANIFEST
    for file in folder.iterdir():
        if file.name not in (RECORD, MANIFEST):
            file.unlink()
    if not record.exists():
        return
    rows = read_rows(record)
    kept = rows.filter(pa.array([not each for each in is_erased], pa.bool_())) if any(is_erased) else rows
    with replaced(record) as unfinished:
        pq.write_table(kept, unfinished, compression="zstd")
        unfinished.chmod(0o600)
        manifest = json.loads(manifest_file.read_bytes())
        manifest |= {"files": [], "record_sha256": sha256_of_file(unfinished)}
        manifest["rows"] = dict.fromkeys(manifest["rows"], 0) | {"full": kept.num_rows}
        mode = manifest_file.stat().st_mode
        write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", manifest_file)
        manifest_file.chmod(mode)


def reduce_to_keys(accepted: Path, destination: Destination | None, finder: Finder) -> int:
    """Leaves of what a tool has accepted the keys of erased persons only, for `lifecycle push` to take back.

    Such a row says that the tool may have the person. Returns how many there are.
    """
    rows = erased_rows(accepted, finder)
    if not any(rows) or destination is None:
        return 0
    keys = set(destination.for_segment(accepted.parent.parent.parent.name).key)
    with rewriting_accepted(accepted) as (table, write):
        mask = pa.array(rows)
        columns = [
            column if name in keys else pc.if_else(mask, pa.scalar(None, column.type), column)
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]
        write(pa.table(columns, schema=table.schema))
    return sum(rows)


@contextmanager
def rewriting_accepted(accepted: Path) -> Iterator[tuple[pa.Table, WriteTable]]:
    """The rows that a tool has accepted, and how to write them again with what the file says of its key."""
    with duckdb.connect() as connection:
        query = f"select value from parquet_kv_metadata({literal(str(accepted))}) where key = 'key_sha256'"
        keys = connection.execute(query).fetchall()
        table = connection.sql(f"from {literal(str(accepted))}").to_arrow_table()

        def write(rows: pa.Table) -> None:
            connection.register("rows", rows)
            metadata = f", kv_metadata {{key_sha256: {literal(keys[0][0].decode())}}}" if keys else ""
            with replaced(accepted) as unfinished:
                connection.execute(
                    f"copy rows to {literal(str(unfinished))} (format parquet, compression zstd{metadata})"
                )
                unfinished.chmod(0o600)

        yield table, write


def forget_keys(settings: Settings, finder: Finder) -> int:
    """Drops what is still kept of erased persons as accepted by a tool; returns how many rows."""
    dropped = 0
    for folder in list_folders(settings.exports):
        accepted = folder / PUSHED / ACCEPTED
        rows = erased_rows(accepted, finder)
        if any(rows):
            with rewriting_accepted(accepted) as (table, write):
                write(table.filter(pa.array([not each for each in rows])))
            dropped += sum(rows)
    return dropped
