"""Delimited text files (RFC 4180), record by record, with the line and the text of each record.

`read_block` is the reference: Python's csv module, strict. `read_plain_block` reads a block of lines without
any quote many times faster and gives up on anything unusual; a property test holds the two to one result.

A quote that is never closed would swallow what follows. A record that cannot be read, and one over several
lines that has the wrong number of fields or a line break where the contract has a key, a number or a time, is
therefore refused with its first line only, and reading goes on at the next line: no good row behind a broken
quote is lost.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from dagster_project.ingest.contracts import Column, Feed
from dagster_project.ingest.decoding import open_text
from dagster_project.ingest.records import BATCH_ROWS, Batch, FileRefused, Refused, check_header

#: Delimiters looked for in the header line; the first wins a tie.
DELIMITERS = ",;\t"

#: Characters that a field may go on behind its first line: so far a quote that is never closed is followed.
LONGEST_FIELD = 1 << 20

UNCLOSED = "has a quote that is not closed, or text behind a closing quote: double the quotes inside"
BREAK_IN_VALUE = "has a line break where none can be, as after a quote that is not closed: close it"


class Lines:
    """Lines of a text with their line ends, which can be put back."""

    def __init__(self, source: Iterable[str]) -> None:
        self.number = 0
        self._source = iter(source)
        self._returned: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._source)
        self.number += 1
        return line

    def take(self, count: int) -> list[str]:
        """The next lines, at most so many."""
        return list(islice(self, count))

    def put_back(self, lines: Sequence[str]) -> None:
        """Returns the lines read last, in their order."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)


@dataclass
class Layout:
    """How the rows of one file are written.

    Attributes:
        names: Columns in the order of the file.
        delimiter: Between two fields.
        one_line: Positions of the columns in which a value cannot have a line break.
    """

    names: list[str]
    delimiter: str
    one_line: list[int] = field(default_factory=list)


def read_csv(file: Path, feed: Feed) -> Iterator[Batch | Refused]:
    """Reads a delimited text file.

    Args:
        file: The file, possibly gzipped.
        feed: The contract, which tells the header and where a value cannot have a line break.

    Yields:
        Batches of rows, and each record that is no row.

    Raises:
        FileRefused: When it cannot be decoded or has no usable header; before anything is yielded.
    """
    with open_text(file) as text:
        lines = Lines(text)
        layout = read_header(lines, feed)
        row = 0
        while block := lines.take(BATCH_ROWS):
            first_line = lines.number - len(block) + 1
            plain = read_plain_block(block, layout, row, first_line)
            if plain:
                row += len(block)
                yield plain
                continue
            lines.put_back(block)
            for part in read_block(lines, lines.number + len(block), layout, row):
                row += 1 if isinstance(part, Refused) else len(part.rows)
                yield part


def read_header(lines: Lines, feed: Feed) -> Layout:
    """Reads the first line that is not blank as the header.

    Raises:
        FileRefused: When there is none, or it cannot be used.
    """
    first = next((line for line in lines if line.strip("\ufeff \t\r\n")), None)
    if first is None:
        raise FileRefused("has no header: it is empty; deliver at least a line with the column names")
    delimiter = find_delimiter(first)
    lines.put_back([first])
    fields, _ = next_record(lines, delimiter)
    if fields is None:
        raise FileRefused(f"has no header: its first line {UNCLOSED}", lines.number)
    names = check_header(fields, feed)
    one_line = {column.name for column in feed.all_columns if is_one_line(column)}
    positions = [at for at, name in enumerate(names) if name in one_line]
    return Layout(names=names, delimiter=delimiter, one_line=positions)


def is_one_line(column: Column) -> bool:
    """Whether a value cannot have a line break: everything but optional free text."""
    is_text = column.data_type == "varchar" and not column.values
    return not is_text or column.is_key or column.is_required


def find_delimiter(header: str) -> str:
    """The most frequent of `DELIMITERS` outside quotes in the header line; on a tie the first."""
    outside = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def read_plain_block(block: Sequence[str], layout: Layout, rows_before: int, first_line: int) -> Batch | None:
    """Reads lines that hold one row each.

    Args:
        block: Lines with their ends.
        layout: Columns and delimiter.
        rows_before: Records of the file before this block.
        first_line: Number of the block's first line.

    Returns:
        The rows, or None when any line might be something else than one full row without quotes.
    """
    text = "".join(block).replace("\r\n", "\n")
    has_blank_line = text.startswith("\n") or "\n\n" in text  # would be read as a row of empty fields
    if '"' in text or "\r" in text or has_blank_line or len(layout.names) < 2:
        return None
    data = text.encode()
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(
                column_names=layout.names, use_threads=False, block_size=len(data) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char=False,
                escape_char=False,
                ignore_empty_lines=False,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(layout.names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:  # a line with another number of fields: the reference tells which
        return None
    if table.num_rows != len(block):
        return None
    count = len(block)
    return Batch(
        texts=table,
        rows=pa.array(range(rows_before + 1, rows_before + count + 1), pa.int64()),
        lines=pa.array(range(first_line, first_line + count), pa.int64()),
        raw=block,
    )


def read_block(lines: Lines, last_line: int, layout: Layout, rows_before: int) -> Iterator[Batch | Refused]:
    """Reads the records that begin up to a line, whatever they hold: the reference.

    Args:
        lines: The lines of the file from here on.
        last_line: Number of the last line on which a record of this block begins.
        layout: Columns and delimiter.
        rows_before: Records of the file before this block.

    Yields:
        Each record that is no row, and at the end one batch of all others.
    """
    taken: list[list[str]] = []
    places: list[tuple[int, int]] = []
    texts: list[str] = []
    row = rows_before
    refused: list[Refused] = []
    while lines.number < last_line:
        line = lines.number + 1
        fields, raw = next_record(lines, layout.delimiter)
        if is_blank(raw[0], layout.delimiter):
            continue
        row += 1
        reason = problem_with(fields, raw, layout)
        if fields is not None and reason is None:
            taken.append(fields)
            places.append((row, line))
            texts.append("".join(raw))
        else:
            lines.put_back(raw[1:])
            refused.append(Refused(row, line, reason or UNCLOSED, raw[0]))
    yield from refused
    if taken:
        yield batch_of(layout.names, taken, places, texts)


def batch_of(
    names: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    places: Sequence[tuple[int, int]],
    raw: Sequence[str],
) -> Batch:
    """A batch of rows given as lists of texts, each with its place: number and line in the file."""
    columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
    numbers, lines = zip(*places, strict=True)
    return Batch(
        texts=pa.Table.from_arrays(columns, names=list(names)),
        rows=pa.array(numbers, pa.int64()),
        lines=pa.array(lines, pa.int64()),
        raw=raw,
    )


def is_blank(line: str, delimiter: str) -> bool:
    """Whether a line is no row; one of empty fields is a row, also when they are parted by tabs."""
    return not line.strip() and delimiter not in line


def next_record(lines: Lines, delimiter: str) -> tuple[list[str] | None, list[str]]:
    """The next record.

    Returns:
        Its fields, or None when its quotes are broken; and its lines.
    """
    read: list[str] = []

    def remember() -> Iterator[str]:
        for line in lines:
            if not read:
                csv.field_size_limit(LONGEST_FIELD + len(line))
            read.append(line)
            yield line

    try:
        fields = next(csv.reader(remember(), delimiter=delimiter, strict=True))
    except csv.Error:
        return None, read
    return fields, read


def problem_with(fields: list[str] | None, raw: Sequence[str], layout: Layout) -> str | None:
    """Why a record is no row, or None when it is one."""
    if fields is None:
        return UNCLOSED
    if len(fields) != len(layout.names):
        return f"has {len(fields)} fields where the header has {len(layout.names)}: deliver one for each"
    if len(raw) > 1 and any("\n" in fields[at].strip() for at in layout.one_line):
        return BREAK_IN_VALUE
    return None
