"""Exports as rows of texts: what may be the header, before anybody knows what they are, and the rows below.

How files are packed, decoded and read is the same as for deliveries (`ingest/reading.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from dagster_project.ingest.json_reading import read_json, read_objects, shapes_of
from dagster_project.ingest.landing import extension_of
from dagster_project.ingest.parquet_reading import read_parquet
from dagster_project.ingest.reading import find_reader
from dagster_project.ingest.records import BATCH_ROWS, Batch, FileRefused, Refused
from dagster_project.ingest.unpacking import Part, parts_of, unpacked
from dagster_project.intake.formats import normal_headers

#: Objects of a JSON file whose names are looked at.
JSON_SAMPLE = 200

NO_HEADER = "has no header that is known: export it again, with its column names"
MANY_FILES = "is an archive of several files: put it into landing/inbox as it is"


@dataclass(frozen=True)
class Head:
    """A line, or the names of a list of objects, that may be the header of a file.

    Attributes:
        names: The names as they stand, in the order of the file.
        line: Number of the line, or 0 where there is none.
        path: Name of the list in a JSON object, or empty.
    """

    names: tuple[str, ...]
    line: int = 0
    path: str = ""

    @property
    def normal(self) -> list[str]:
        """The names as they are compared."""
        return normal_headers(list(self.names))


@dataclass(frozen=True)
class Rows:
    """Rows of one file.

    Attributes:
        texts: A text column for each name of the head, by its normal name.
        records: Number of each row in the file, from 1 (int64).
        lines: Line on which it begins (int64); its number where there are no lines.
        problems: Why it is no row, else null.
    """

    texts: pa.Table
    records: pa.Array
    lines: pa.Array
    problems: pa.Array


class Looking:
    """A header that knows no line, and remembers all that it was asked for."""

    one_line: Collection[str] = ()
    is_quoted = True

    def __init__(self) -> None:
        self.seen: list[Head] = []

    def names(self, fields: Sequence[str], line: int) -> list[str] | None:
        """Remembers a line with a text."""
        if any(map(str.strip, fields)):
            self.seen.append(Head(tuple(fields), line))
        return None

    def column(self, name: str) -> str:
        """A name as it stands."""
        return name

    def refusal(self, candidates: Iterable[Sequence[str]]) -> FileRefused:
        """Ends the look at the file."""
        return FileRefused(NO_HEADER)


class Known:
    """The header that was chosen of those seen."""

    one_line: Collection[str] = ()

    def __init__(self, head: Head, *, is_quoted: bool) -> None:
        self.head = head
        self.is_quoted = is_quoted
        self._normal = dict(zip(head.names, head.normal, strict=True))

    def names(self, fields: Sequence[str], line: int) -> list[str] | None:
        """The normal names, when asked for its line."""
        return self.head.normal if line == self.head.line or not self.head.line else None

    def column(self, name: str) -> str:
        """The normal name; of one that the header does not have, the name."""
        return self._normal.get(name, name)

    def refusal(self, candidates: Iterable[Sequence[str]]) -> FileRefused:
        """Says that the file is another than when it was looked at."""
        return FileRefused(NO_HEADER)


def heads(file: Path, folder: Path) -> list[Head]:
    """What may be the header of a file, in the order of the file.

    Args:
        file: The file.
        folder: Where it may be unpacked; nothing of it stays there.

    Raises:
        FileRefused: When it cannot be read at all.
    """
    part = _only_part(file)
    with unpacked(part, folder) as plain:
        reader = find_reader(plain, extension_of(part.member or part.name), folder)
        if reader is read_json:
            return list(_json_heads(plain))
        looking = Looking()
        try:
            for _ in reader(plain, looking):
                pass
        except FileRefused:
            if not looking.seen:
                raise
    return [replace(head, line=0) for head in looking.seen] if reader is read_parquet else looking.seen


def read_rows(file: Path, head: Head, folder: Path, *, is_quoted: bool = True) -> Iterator[Rows]:
    """Reads the rows below a header.

    Args:
        file: The file.
        head: One of its `heads`.
        folder: Where it may be unpacked; nothing of it stays there.
        is_quoted: Whether quotes hold a value together; else they are part of it.

    Yields:
        Rows, many at a time.

    Raises:
        FileRefused: When it is broken.
    """
    part, known = _only_part(file), Known(head, is_quoted=is_quoted)
    with unpacked(part, folder) as plain:
        reader = find_reader(plain, extension_of(part.member or part.name), folder)
        is_json = reader is read_json
        found = read_objects(plain, shapes_of(plain)[head.path], known) if is_json else reader(plain, known)
        refused: list[Refused] = []
        for each in found:
            if isinstance(each, Batch):
                yield _rows(each, head)
            else:
                refused.append(each)
            if len(refused) >= BATCH_ROWS:
                yield _problems(refused, head)
                refused.clear()
        if refused:
            yield _problems(refused, head)


def _only_part(file: Path) -> Part:
    parts = parts_of(file)
    if len(parts) > 1:
        raise FileRefused(MANY_FILES)
    return parts[0]


def _json_heads(file: Path) -> Iterator[Head]:
    for path, shape in shapes_of(file).items():
        names: dict[str, None] = {}
        for batch in read_objects(file, shape, Looking(), JSON_SAMPLE):
            if isinstance(batch, Batch):
                names |= dict.fromkeys(batch.texts.column_names)
        if names:
            yield Head(tuple(names), path=path)


def _rows(batch: Batch, head: Head) -> Rows:
    count, delivered = batch.texts.num_rows, set(batch.texts.column_names)
    texts = {
        name: batch.texts[name] if name in delivered else pa.nulls(count, pa.string()) for name in head.normal
    }
    return Rows(pa.table(texts), batch.rows, batch.lines, pa.nulls(count, pa.string()))


def _problems(refused: Sequence[Refused], head: Head) -> Rows:
    """Records that are no rows, with the fields that can be told: some are totals, known by their texts."""
    names = head.normal
    fields = [[*each.fields[: len(names)], *[None] * (len(names) - len(each.fields))] for each in refused]
    columns = zip(*fields, strict=True)
    texts = {name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)}
    return Rows(
        pa.table(texts),
        pa.array([each.row for each in refused], pa.int64()),
        pa.array([each.line for each in refused], pa.int64()),
        pa.array([each.reason for each in refused], pa.string()),
    )
