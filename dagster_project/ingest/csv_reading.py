"""Delimited text files (RFC 4180), record by record, with the line and the text of each record.

`read_block` is the reference: Python's csv module, strict. `read_plain_block` reads a block of lines without
any quote many times faster and gives up on anything unusual; a property test holds the two to one result.

A quote that is never closed would swallow what follows. A record whose quotes are broken is therefore refused
with its first line only, and reading goes on at the next line: no good row behind an open quote is lost.
Where a quoted value over several lines was closed and the record is wrong behind it, all its lines are
refused as one: what somebody wrote into a comment is never taken for a row.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from dagster_project.ingest.decoding import NOT_DECODED, check_lines, is_damaged, open_text, readable
from dagster_project.ingest.header import HEADER_WITHIN, Header
from dagster_project.ingest.records import (
    BATCH_CHARACTERS,
    Batch,
    FileRefused,
    Refused,
    batch_of,
    rows_at_once,
)

#: Delimiters looked for in the header line; the first wins a tie.
DELIMITERS = ",;\t"

#: A first line that names the delimiter, as Excel reads and writes it.
DELIMITER_LINE = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)

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

    def take(self, count: int, characters: int = BATCH_CHARACTERS) -> list[str]:
        """The next lines, at most so many; fewer when they are long."""
        taken: list[str] = []
        while len(taken) < count and characters > 0 and (line := next(self, None)) is not None:
            taken.append(line)
            characters -= len(line)
        return taken

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
        unnamed: Columns at the end without a name, as delimiters that end every line make them.
        is_quoted: Whether quotes hold a value together.
    """

    names: list[str]
    delimiter: str
    one_line: list[int] = field(default_factory=list)
    unnamed: int = 0
    is_quoted: bool = True


def read_csv(file: Path, header: Header) -> Iterator[Batch | Refused]:
    """Reads a delimited text file.

    Args:
        file: The file, not compressed.
        header: Which line names the columns, and where a value cannot have a line break.

    Yields:
        Batches of rows, and each record that is no row.

    Raises:
        FileRefused: When it cannot be decoded or has no usable header; before anything is yielded.
    """
    check_lines(file)
    with open_text(file) as text:
        lines = Lines(text)
        layout = read_header(lines, header)
        row = 0
        while block := lines.take(rows_at_once(len(layout.names))):
            first_line = lines.number - len(block) + 1
            plain = read_plain_block(block, layout, row, first_line)
            if plain:
                row += len(block)
                yield without_unnamed(plain, layout)
                continue
            lines.put_back(block)
            for part in read_block(lines, lines.number + len(block), layout, row):
                if isinstance(part, Refused):
                    row += 1
                    yield part
                else:
                    row += len(part.rows)
                    yield without_unnamed(part, layout)


def read_header(lines: Lines, header: Header) -> Layout:
    """Finds the header among the first lines; those above it are titles, comments or blank.

    Raises:
        FileRefused: When there is none, or it cannot be used.
    """
    first = lines.take(1)
    told = DELIMITER_LINE.fullmatch(first[0]) if first else None
    if not told:
        lines.put_back(first)
    candidates: list[Sequence[str]] = [[]] if told else []
    while lines.number < HEADER_WITHIN and (line := "".join(lines.take(1))):
        lines.put_back([line])
        delimiter = told[1] if told else find_delimiter(line)
        fields, read = next_record(lines, delimiter, is_quoted=header.is_quoted)
        names = None if fields is None else header.names(fields, lines.number - len(read) + 1)
        if fields is not None and names:
            at = [at for at, name in enumerate(names) if name in header.one_line]
            return Layout(names, delimiter, at, unnamed_at_end(fields), header.is_quoted)
        lines.put_back(read[1:])
        candidates.append(line.split(delimiter) if fields is None else fields)
    if not any("".join(fields).strip("\ufeff \t\r\n") for fields in candidates):
        raise FileRefused("has no header: it is empty; deliver at least a line with the column names")
    raise header.refusal(candidates)


def unnamed_at_end(fields: Sequence[str]) -> int:
    """How many columns at the end of a header have no name."""
    return next((at for at, name in enumerate(reversed(fields)) if name.strip()), len(fields))


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
    if layout.is_quoted and '"' in text:
        return None
    if "\r" in text or len(layout.names) < 2 or has_line_without_value(text, layout.delimiter):
        return None
    try:
        data = text.encode()
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
    except (pa.ArrowInvalid, UnicodeEncodeError, TypeError, ValueError):
        return None  # another number of fields, damage, a delimiter beyond ASCII: the reference tells which
    if table.num_rows != len(block):
        return None
    count = len(block)
    return Batch(
        texts=table,
        rows=pa.array(range(rows_before + 1, rows_before + count + 1), pa.int64()),
        lines=pa.array(range(first_line, first_line + count), pa.int64()),
        raw=block,
    )


def has_line_without_value(text: str, delimiter: str) -> bool:
    """Whether any line holds nothing but delimiters and blanks."""
    nothing = re.compile(rf"(?:\A|\n)[{re.escape(delimiter)}\s]*(?:\n|\Z)")
    return nothing.search(text, 0, len(text) - text.endswith("\n")) is not None


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
        fields, raw = next_record(lines, layout.delimiter, is_quoted=layout.is_quoted)
        if fields is not None and not any(map(str.strip, fields)):
            continue
        row += 1
        if fields is not None and len(fields) == len(layout.names) - layout.unnamed:
            fields += [""] * layout.unnamed
        reason = problem_with(fields, raw, layout)
        if fields is not None and reason is None:
            taken.append(fields)
            places.append((row, line))
            texts.append("".join(raw))
        else:
            count = lines_of_record(raw, layout.delimiter)
            lines.put_back(raw[count:])
            text = readable("".join(raw[:count]))
            told = raw[0].rstrip("\r\n").split(layout.delimiter) if fields is None else fields
            refused.append(Refused(row, line, reason or UNCLOSED, text, fields=tuple(map(readable, told))))
    yield from refused
    if taken:
        yield batch_of(layout.names, taken, places, texts)


def without_unnamed(batch: Batch, layout: Layout) -> Batch:
    """A batch without the columns at the end that have neither a name nor a value."""
    texts = batch.texts
    for name in layout.names[len(layout.names) - layout.unnamed :]:
        if not pc.any(pc.not_equal(pc.utf8_trim_whitespace(texts[name]), "")).as_py():
            texts = texts.drop_columns([name])
    return Batch(texts, batch.rows, batch.lines, batch.raw)


def next_record(
    lines: Lines, delimiter: str, *, is_quoted: bool = True
) -> tuple[list[str] | None, list[str]]:
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
        quotechar = '"' if is_quoted else None
        fields = next(csv.reader(remember(), delimiter=delimiter, quotechar=quotechar, strict=True))
    except csv.Error:
        return None, read
    return fields, read


def lines_of_record(raw: Sequence[str], delimiter: str) -> int:
    """How many of the lines read for a refused record belong to it for certain: all or the first.

    All when the value over several lines was closed on the last of them. A quote there that opens a value,
    behind a delimiter and before a text, says that the first one never was.
    """
    if len(raw) == 1:
        return 1
    closing = re.match(r'((?:[^"]|"")*)"(?!")(.?)', raw[-1], re.DOTALL)
    if closing is None:
        return 1
    is_behind_delimiter = not closing[1] or closing[1].endswith(delimiter)
    is_before_text = closing[2] not in ("", "\r", "\n", delimiter)
    return 1 if is_behind_delimiter and is_before_text else len(raw)


def problem_with(fields: list[str] | None, raw: Sequence[str], layout: Layout) -> str | None:
    """Why a record is no row, or None when it is one."""
    if any(map(is_damaged, raw)):
        return NOT_DECODED
    if fields is None:
        return UNCLOSED
    if len(fields) != len(layout.names):
        return f"has {len(fields)} fields where the header has {len(layout.names)}: deliver one for each"
    if len(raw) > 1 and any("\n" in fields[at].strip() for at in layout.one_line):
        return BREAK_IN_VALUE
    return None
