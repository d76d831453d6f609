"""Files of the landing zone, rewritten so that they are read as before and name an erased person no more.

A file is read by the readers of ingestion, which tell the text of every record and where it begins. Records
of erased persons are written anew in the file's own form (delimiter, encoding, compression); of all others
every byte stays. A record that is no row and names an erased person becomes another that is none.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.erasure.rows import (
    erased_in,
    identifier_columns,
    is_loose,
    personal_columns,
    query_columns,
)
from dagster_project.erasure.texts import Finder
from dagster_project.erasure.tombstones import ErasureError, read_tombstones
from dagster_project.erasure.writing import put
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.conversion import convert
from dagster_project.ingest.csv_reading import DELIMITERS
from dagster_project.ingest.decoding import find_encoding, open_text
from dagster_project.ingest.json_reading import first_character
from dagster_project.ingest.landing import COMPRESSED, delivered_files, shown
from dagster_project.ingest.parquet_reading import as_text
from dagster_project.ingest.reading import extension, read_file
from dagster_project.ingest.records import BATCH_ROWS, Batch, FileRefused, Refused
from dagster_project.settings import Settings

#: What a record that is no row becomes: in JSON a text, which is no object; elsewhere one field.
NO_ROW = "erased"

#: What changes in a row: column to its new text, None for empty.
Changes = Mapping[str, str | None]


class NotRewritten(ErasureError):
    """A file whose records cannot be written anew; it stays as it was."""


@dataclass
class Rewriting:
    """What becomes of a file.

    Attributes:
        rows: Changes by the row's number in the file, from 1.
        records: Records of text files that change: the line on which each begins, its text, its new text.
        texts: The texts of all records, in their order: in a JSON array, several may stand on one line.
        erased: Numbers of the rows that carry an erased identifier, or are otherwise an erased person's.
    """

    rows: dict[int, Changes] = field(default_factory=dict)
    records: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)

    @property
    def changes(self) -> int:
        """How many records change."""
        return max(len(self.rows), len(self.records))


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Where rows are typed, as ingestion does it."""
    return duckdb.connect(config={"threads": 1})


def keep_out(settings: Settings, feed: Feed, day: date) -> int:
    """At the door: rewrites the files of a delivery that bring erased persons back.

    Returns:
        How many records were rewritten.

    Raises:
        ErasureError: When the tombstones cannot be used, or a file may not be written: the delivery must not
            be read then.
    """
    tombstones = read_tombstones(settings)
    if not len(tombstones):
        return 0
    finder = Finder(tombstones, settings.shop["country"])
    changed = 0
    for file in delivered_files(settings, feed.name, day):
        try:
            with rewritten(file, feed, settings, finder, is_at_door=True) as (rewriting, new):
                if new:
                    put(new, file)
                    changed += rewriting.changes
        except FileRefused:
            continue  # quarantined whole, with nothing of what is in it
        except OSError as error:
            where = f"landing/{feed.name}/{day}/{shown(file.name)}"
            raise ErasureError(
                f"{where}: has rows of persons who were erased and cannot be rewritten ({error.strerror}):"
                " give the pipeline's user the right to write into this folder"
            ) from error
    return changed


@contextmanager
def rewritten(
    file: Path,
    feed: Feed,
    settings: Settings,
    finder: Finder,
    *,
    is_at_door: bool = False,
    is_dry_run: bool = False,
) -> Iterator[tuple[Rewriting, Path | None]]:
    """The new form of a delivered file, beside it; None when nothing in it changes, or it is only asked what.

    Raises:
        NotRewritten: When its records cannot be written anew.
        FileRefused: When ingestion cannot read it either.
    """
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        rewriting = plan(file, feed, settings, finder, is_at_door=is_at_door)
        if is_dry_run or not rewriting.changes:
            yield rewriting, None
            return
        write = write_parquet if extension(file.name) == ".parquet" else write_text
        write(file, unfinished, rewriting)
        shutil.copymode(file, unfinished)
        yield rewriting, unfinished
    finally:
        if not is_dry_run:
            unfinished.unlink(missing_ok=True)


def plan(file: Path, feed: Feed, settings: Settings, finder: Finder, *, is_at_door: bool) -> Rewriting:
    """Finds the records that change."""
    rewriting = Rewriting()
    is_text = extension(file.name) != ".parquet"
    is_json = extension(file.name) in (".json", ".jsonl", ".ndjson")
    for part in records_of(file, feed):
        if isinstance(part, Refused):
            rewriting.texts[part.row or 0] = part.raw
            if finder.is_in_fields(part.raw):
                new = json.dumps(NO_ROW) if is_json else NO_ROW
                rewriting.records[part.row or 0] = (part.line or 0, part.raw, new + line_end(part.raw))
                rewriting.erased.add(part.row or 0)
            continue
        numbers, lines = part.rows.to_pylist(), part.lines.to_pylist()
        if is_json:
            rewriting.texts |= dict(zip(numbers, part.raw, strict=True))
        changes, erased = changes_of(part, feed, settings, finder, is_at_door=is_at_door)
        rewriting.erased |= {numbers[at] for at in erased}
        rewriting.rows |= {numbers[at]: change for at, change in changes.items()}
        if is_text:
            for at, change in changes.items():
                texts = {name: part.texts[name][at].as_py() for name in part.texts.column_names}
                record = json_record if is_json else csv_record
                new = record(part.raw[at], texts, change)
                rewriting.records[numbers[at]] = (lines[at], part.raw[at], new)
    return rewriting


def records_of(file: Path, feed: Feed) -> Iterator[Batch | Refused]:
    """The records of a file as ingestion reads them."""
    return read_file(file, feed)


def changes_of(
    batch: Batch, feed: Feed, settings: Settings, finder: Finder, *, is_at_door: bool
) -> tuple[dict[int, dict[str, str | None]], set[int]]:
    """What changes in the rows of a batch, by their place in it; and the places of erased persons' rows."""
    changes: dict[int, dict[str, str | None]] = {}
    typed = convert(batch, feed, settings.shop["time_zone"], _connection().cursor()).typed
    erased = erased_in(typed, feed, finder, is_at_door=is_at_door)
    of_persons = set(pc.indices_nonzero(erased.is_row).to_pylist())
    for column, pseudonyms in erased.pseudonyms.items():
        for at in pc.indices_nonzero(pc.is_valid(pseudonyms)).to_pylist():
            changes.setdefault(at, {})[column] = pseudonyms[at].as_py()
    names = batch.texts.column_names
    for column in personal_columns(names, feed):
        for at in of_persons:
            if (batch.texts[column][at].as_py() or "").strip():
                changes.setdefault(at, {})[column] = None
    for column in (name for name in query_columns(feed) if name in names):
        for at in of_persons:
            text = batch.texts[column][at].as_py() or ""
            path = finder.replaced(path_of(text))
            if path != text:
                changes.setdefault(at, {})[column] = path
    identifiers = identifier_columns(feed)
    for column in names:
        if is_at_door and column in identifiers:
            continue  # of a new acquaintance
        values = batch.texts[column].combine_chunks()
        renamed = finder.replaced_in(values, emails_only=not is_loose(column, feed))
        if renamed is not None:
            for at in pc.indices_nonzero(pc.fill_null(pc.not_equal(renamed, values), False)).to_pylist():
                changes.setdefault(at, {}).setdefault(column, renamed[at].as_py())
    return changes, of_persons


def path_of(page: str) -> str:
    """The address of a page without what follows its path."""
    return page.split("?", 1)[0].split("#", 1)[0]


def line_end(raw: str) -> str:
    """The line end that a record's text has, if it has one."""
    return raw[len(raw.rstrip("\r\n")) :]


def csv_record(raw: str, texts: Mapping[str, str | None], changes: Changes) -> str:
    """A record of a delimited text with other values; the delimiter is the one that gives these texts.

    Raises:
        NotRewritten: When none does.
    """
    values = [text or "" for text in texts.values()]
    end = line_end(raw)
    for delimiter in DELIMITERS:
        try:
            fields = next(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration):
            continue
        if fields[: len(values)] == values and not any(fields[len(values) :]):
            new = [changes.get(name, text) or "" for name, text in zip(texts, values, strict=True)]
            written = io.StringIO()
            csv.writer(written, delimiter=delimiter, lineterminator=end).writerow(new + fields[len(values) :])
            return written.getvalue()
    raise NotRewritten("has a record whose fields cannot be told apart again")


def json_record(raw: str, texts: Mapping[str, str | None], changes: Changes) -> str:
    """A JSON object with other values; every other character stays."""
    del texts
    new = raw
    for name, begin, end in reversed(list(members(raw))):
        if name in changes:
            new = new[:begin] + json.dumps(changes[name], ensure_ascii=False) + new[end:]
    return new


def members(raw: str) -> Iterator[tuple[str, int, int]]:
    """The members of a JSON object: the name as ingestion calls it, and where its value begins and ends."""
    decoder = json.JSONDecoder()
    at = raw.index("{") + 1
    while True:
        at = skip(raw, at, " \t\r\n,")
        if raw[at] == "}":
            return
        name, at = decoder.raw_decode(raw, at)
        begin = skip(raw, at, " \t\r\n:")
        _, at = decoder.raw_decode(raw, begin)
        yield name.strip().lower().replace("\0", "") or "unnamed", begin, at


def skip(text: str, at: int, characters: str) -> int:
    """The first place from `at` on that has none of these characters."""
    while text[at] in characters:
        at += 1
    return at


def write_text(file: Path, target: Path, rewriting: Rewriting) -> None:
    """Writes a text file with its changed records.

    Raises:
        NotRewritten: When a record does not stand where it was read.
    """
    with open_text(file) as text, writing(file, target) as new:
        if extension(file.name) == ".json" and first_character(text) == "[":
            new.write(array_with(text.read(), rewriting))
        else:
            write_lines(text, new, rewriting)


@contextmanager
def writing(file: Path, target: Path) -> Iterator[TextIO]:
    """Opens the new form of a text file: encoding and compression are those of the old one."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as plain:
        stream: BinaryIO = plain
        if file.name.lower().endswith(COMPRESSED):
            stream = cast(BinaryIO, gzip.GzipFile("", "wb", fileobj=plain, mtime=0))
        with io.TextIOWrapper(stream, encoding=find_encoding(file), newline="") as text:
            yield text


def write_lines(text: TextIO, new: TextIO, rewriting: Rewriting) -> None:
    """Copies lines; where a changed record begins, its new text stands in the place of its lines."""
    by_line = {line: (raw, record) for line, raw, record in rewriting.records.values()}
    lines = iter(text)
    number = count(1)
    for line in lines:
        at = next(number)
        if at not in by_line:
            new.write(line)
            continue
        raw, record = by_line[at]
        taken = line
        while len(taken) < len(raw):
            taken += next(lines)
            next(number)
        if taken.rstrip("\r\n") != raw.rstrip("\r\n"):
            raise NotRewritten("has a record that does not stand where it was read")
        new.write(record if line_end(record) or not line_end(taken) else record + line_end(taken))


def array_with(text: str, rewriting: Rewriting) -> str:
    """A JSON array with its changed elements."""
    parts, at = [], 0
    for number in sorted(rewriting.texts):
        raw = rewriting.texts[number]
        begin = text.index(raw, at)
        new = rewriting.records[number][2] if number in rewriting.records else raw
        parts += [text[at:begin], new]
        at = begin + len(raw)
    return "".join([*parts, text[at:]])


def write_parquet(file: Path, target: Path, rewriting: Rewriting) -> None:
    """Writes a Parquet file with its changed rows; a column that gets pseudonyms becomes one of texts."""
    with pq.ParquetFile(file) as old:
        names = [name.strip().lower() or f"column_{at}" for at, name in enumerate(old.schema_arrow.names, 1)]
        texts = {
            name for change in rewriting.rows.values() for name, value in change.items() if value is not None
        }
        schema = pa.schema(
            [
                pa.field(kept.name, pa.string() if name in texts else kept.type)
                for name, kept in zip(names, old.schema_arrow, strict=True)
            ]
        )
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            first = 1
            for batch in old.iter_batches(BATCH_ROWS):
                columns = [
                    column_with(column, name, first, rewriting, is_text=name in texts)
                    for name, column in zip(names, batch.columns, strict=True)
                ]
                writer.write_batch(pa.record_batch(columns, schema=schema))
                first += batch.num_rows
    target.chmod(0o600)


def column_with(values: pa.Array, name: str, first: int, rewriting: Rewriting, *, is_text: bool) -> pa.Array:
    """A column of rows that begin with number `first`, with what changes in it."""
    if is_text:
        values = as_text(values)
    places = [
        (number - first, change[name])
        for number, change in rewriting.rows.items()
        if first <= number < first + len(values) and name in change
    ]
    if not places:
        return values
    mask = [False] * len(values)
    new: list[str | None] = [None] * len(values)
    for at, value in places:
        mask[at], new[at] = True, value
    return pc.if_else(pa.array(mask), pa.array(new, values.type), values)
