"""Files of any kind as rows of texts with their line numbers, before anybody knows what they are.

The only place that knows encodings, delimiters, quotes, title lines and shapes of JSON of exports.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from dagster_project.ingest.csv_reading import Lines, find_delimiter, next_record
from dagster_project.ingest.decoding import find_encoding
from dagster_project.ingest.json_reading import number_text
from dagster_project.ingest.parquet_reading import as_text
from dagster_project.ingest.records import BATCH_ROWS, FileRefused
from dagster_project.ingest.unpacking import GZIP, begins_with
from dagster_project.intake.formats import normal_headers

#: Lines among which the header is looked for, below titles and comments.
HEADER_LINES = 20

#: Objects of a JSON file whose names are looked at.
JSON_SAMPLE = 200

#: Text files that are neither UTF-8 nor CP932 are read in what Western office programs write.
LAST_ENCODING = "cp1252"


@dataclass(frozen=True)
class Head:
    """A line, or the names of a list of objects, that may be the header of a file.

    Attributes:
        names: The names as they stand, in the order of the file.
        line: Number of the line, or 0 where there is none.
        delimiter: What parts the fields of a text file.
        path: Name of the list in a JSON object, or empty.
    """

    names: tuple[str, ...]
    line: int = 0
    delimiter: str = ","
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
        fields: Fields that it has (int64), -1 when its quotes are broken.
    """

    texts: pa.Table
    records: pa.Array
    lines: pa.Array
    fields: pa.Array


def heads(file: Path) -> list[Head]:
    """What may be the header of a file, in the order of the file.

    Raises:
        FileRefused: When it cannot be read at all.
    """
    kind = kind_of(file)
    if kind == "zip":
        raise FileRefused("is an Excel workbook, or a zip that cannot be opened: export it as CSV")
    if kind == "parquet":
        try:
            return [Head(tuple(pq.read_schema(file).names))]
        except (pa.ArrowException, OSError) as error:
            raise FileRefused("is no readable Parquet file: deliver it again") from error
    if kind == "json":
        return _json_heads(file)
    with open_text(file) as text:
        return list(_text_heads(Lines(islice(text, HEADER_LINES * 5))))


def read_rows(file: Path, head: Head, *, unquoted: bool = False) -> Iterator[Rows]:
    """Reads the rows below a header.

    Args:
        file: The file.
        head: One of its `heads`.
        unquoted: Whether quotes are part of the text.

    Yields:
        Rows, many at a time.

    Raises:
        FileRefused: When it is broken.
    """
    kind = kind_of(file)
    if kind == "parquet":
        yield from _parquet_rows(file, head)
    elif kind == "json":
        yield from _json_rows(file, head)
    else:
        with open_text(file) as text:
            yield from _text_rows(Lines(text), head, unquoted)


def kind_of(file: Path) -> str:
    """What a file is by its first bytes: parquet, zip, json or text."""
    with open_bytes(file) as stream:
        start = stream.read(4096)
    if start[:4] == b"PAR1":
        return "parquet"
    if start[:4] == b"PK\x03\x04":
        return "zip"
    return "json" if start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[") else "text"


def open_bytes(file: Path) -> BinaryIO:
    """Opens a file, also a gzipped one."""
    return cast(BinaryIO, gzip.open(file)) if begins_with(file, GZIP) else file.open("rb")


@contextmanager
def open_text(file: Path) -> Iterator[TextIO]:
    """Opens a text file in its encoding, with line ends as delivered."""
    with open_bytes(file) as stream:
        start = stream.read(4)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    else:
        try:
            encoding = find_encoding(file)
        except FileRefused:
            encoding = LAST_ENCODING
    with open_bytes(file) as stream:
        yield io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")


def _text_heads(lines: Lines) -> Iterator[Head]:
    delimiter = None
    for _ in range(HEADER_LINES):
        first = next(lines, None)
        if first is None:
            return
        if first.lower().startswith("sep=") and lines.number == 1:
            delimiter = first.strip("\r\n")[4:5]
            continue
        line = lines.number
        found = delimiter or find_delimiter(first)
        lines.put_back([first])
        fields, raw = next_record(lines, found)
        if fields is None:
            lines.put_back(raw[1:])
            fields = first.rstrip("\r\n").split(found)
        if any(field.strip() for field in fields):
            yield Head(tuple(fields), line, found)


def _text_rows(lines: Lines, head: Head, unquoted: bool) -> Iterator[Rows]:
    names, record = head.normal, 0
    lines.take(head.line - 1)
    if unquoted:
        lines.take(1)
    else:
        next_record(lines, head.delimiter)
    while block := lines.take(BATCH_ROWS):
        first_line = lines.number - len(block) + 1
        plain = _plain_block(block, names, head.delimiter, unquoted)
        if plain is not None:
            yield _rows(
                plain, range(record + 1, record + len(block) + 1), range(first_line, first_line + len(block))
            )
            record += len(block)
            continue
        lines.put_back(block)
        rows: list[Sequence[str | None]] = []
        places: list[tuple[int, int, int]] = []
        last_line = lines.number + len(block)
        for line, fields, is_broken in _records(lines, last_line, head.delimiter, len(names), unquoted):
            while len(fields) > len(names) and not fields[-1].strip():  # a delimiter that ends every line
                fields.pop()
            if not any(field.strip() for field in fields):
                continue
            record += 1
            rows.append([*fields[: len(names)], *[None] * (len(names) - len(fields))])
            places.append((record, line, -1 if is_broken else len(fields)))
        if rows:
            records, at_lines, counts = zip(*places, strict=True)
            columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
            yield _rows(pa.Table.from_arrays(columns, names=names), records, at_lines, counts)


def _records(
    lines: Lines, last_line: int, delimiter: str, count: int, unquoted: bool
) -> Iterator[tuple[int, list[str], bool]]:
    """Records that begin up to a line: their first line, their fields, and whether their quotes are broken.

    A quote that is never closed must not swallow what follows: of such a record the first line is one alone.
    """
    read: list[str] = []

    def remembered() -> Iterator[str]:
        for line in lines:
            read.append(line)
            yield line

    reader = csv.reader(remembered(), delimiter=delimiter, strict=True)
    while lines.number < last_line:
        line = lines.number + 1
        if unquoted:
            yield line, next(lines).rstrip("\r\n").split(delimiter), False
            continue
        read.clear()
        try:
            fields = next(reader)
            is_broken = False
        except csv.Error:
            fields, is_broken = [], True
        if is_broken or (len(read) > 1 and len(fields) != count):
            lines.put_back(read[1:])
            fields = read[0].rstrip("\r\n").split(delimiter)
            reader = csv.reader(remembered(), delimiter=delimiter, strict=True)
        yield line, fields, is_broken


def _plain_block(
    block: Sequence[str], names: Sequence[str], delimiter: str, unquoted: bool
) -> pa.Table | None:
    """Lines that hold one full row each without quotes, many times faster; None when any does not."""
    text = "".join(block).replace("\r\n", "\n")
    has_blank_line = text.startswith("\n") or "\n\n" in text
    if ('"' in text and not unquoted) or "\r" in text or has_blank_line or len(names) < 2:
        return None
    data = text.encode()
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(data) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, quote_char=False, escape_char=False, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == len(block) else None


def _rows(
    texts: pa.Table, records: Sequence[int], lines: Sequence[int], fields: Sequence[int] | None = None
) -> Rows:
    counts = fields if fields is not None else [texts.num_columns] * texts.num_rows
    return Rows(
        texts, pa.array(records, pa.int64()), pa.array(lines, pa.int64()), pa.array(counts, pa.int64())
    )


def _json_heads(file: Path) -> list[Head]:
    found: dict[str, dict[str, None]] = {}
    seen: dict[str, int] = {}
    for path, _, value in _json_records(file):
        seen[path] = seen.get(path, 0) + 1
        if isinstance(value, dict):
            found.setdefault(path, {}).update(dict.fromkeys(value))
        if all(count >= JSON_SAMPLE for count in seen.values()):
            break
    return [Head(tuple(names), path=path) for path, names in found.items()]


def _json_rows(file: Path, head: Head) -> Iterator[Rows]:
    """Rows of one list; a column for each name of its head, nested values as JSON."""
    names = head.normal
    records = (each for each in _json_records(file) if each[0] == head.path)
    number = 0
    while batch := list(islice(records, BATCH_ROWS)):
        rows = [
            [_text(value.get(name)) for name in head.names]
            if isinstance(value, dict)
            else [None] * len(names)
            for _, _, value in batch
        ]
        columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
        lines = [line for _, line, _ in batch]
        counts = [len(names) if isinstance(value, dict) or value is None else -1 for _, _, value in batch]
        yield _rows(
            pa.Table.from_arrays(columns, names=names),
            range(number + 1, number + len(batch) + 1),
            lines,
            counts,
        )
        number += len(batch)


def _json_records(file: Path) -> Iterator[tuple[str, int, Any]]:
    """The objects of a JSON file: name of their list (empty at the top), line or number, and value."""
    with open_text(file) as text:
        first = next((line for line in text if line.strip()), "")
        value = _parsed(first)
        text.seek(0)
        second_line = isinstance(value, dict) and bool(_first_lines(text, 2)[1:])
        text.seek(0)
        if second_line:
            for line, raw in enumerate(text, 1):
                if raw.strip():
                    yield "", line, _parsed(raw)
            return
        value = _parsed(text.read())
    if value is BROKEN:
        raise FileRefused("is broken JSON: deliver it again")
    lists = {"": value if isinstance(value, list) else [value]}
    if isinstance(value, dict):
        lists |= {
            name: each
            for name, each in value.items()
            if isinstance(each, list) and any(isinstance(item, dict) for item in each)
        }
    for path, items in lists.items():
        for number, item in enumerate(items, 1):
            yield path, number, item


BROKEN = object()


def _first_lines(text: TextIO, count: int) -> list[str]:
    """The first lines that are not blank."""
    return list(islice((line for line in text if line.strip()), count))


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_float=_Number, parse_int=_Number)
    except (json.JSONDecodeError, RecursionError):
        return BROKEN


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, _Number):
        return number_text(value)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False)


def _parquet_rows(file: Path, head: Head) -> Iterator[Rows]:
    with pq.ParquetFile(file) as opened:
        row = 0
        for records in opened.iter_batches(BATCH_ROWS):
            texts = pa.Table.from_arrays([as_text(column) for column in records.columns], names=head.normal)
            numbers = range(row + 1, row + records.num_rows + 1)
            row += records.num_rows
            yield _rows(texts, numbers, numbers)


csv.field_size_limit(1 << 24)
