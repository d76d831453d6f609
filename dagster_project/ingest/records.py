"""What every reader of a format gives: batches of texts, and records that are no rows.

The formats differ up to here and no further: typing, quarantine and the lake see texts only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

#: Records that are held in memory at once, and how many characters and values they may have together.
BATCH_ROWS = 50_000
BATCH_CHARACTERS = 16 << 20
BATCH_VALUES = 4_000_000

#: Columns of a file beyond which it is taken for something else than rows and columns.
MAXIMUM_COLUMNS = 2_000

#: Bytes of a line, or of one value, beyond which a file is taken for something else than rows.
LONGEST_LINE = 8 << 20

#: A number with an exponent that has few enough digits to be looked at.
WITH_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d{1,6}", re.ASCII)

#: Digits up to which numbers are written out; every float has fewer.
LONGEST_NUMBER = 400

TOO_LONG = f"has a line of more than {LONGEST_LINE >> 20} MiB: deliver one row per line"
TOO_MANY_COLUMNS = f"has more than {MAXIMUM_COLUMNS} columns: name columns, not values"


@dataclass(frozen=True)
class Batch:
    """Records of one file that have the shape of a row.

    Attributes:
        texts: One text column per delivered column, as delivered (neither trimmed nor typed).
        rows: Number of each record in its file, from 1 (int64).
        lines: Line of the file on which each record begins, from 1 (int64); for Parquet its row.
        raw: Text of each record as delivered.
        is_declared: Whether the file names its columns once for all rows (a header), so that a column that
            is absent is missing from the file and not just from a row.
    """

    texts: pa.Table
    rows: pa.Array
    lines: pa.Array
    raw: Sequence[str]
    is_declared: bool = True


@dataclass(frozen=True)
class Refused:
    """A record that is no row, or a whole file that cannot be read.

    Attributes:
        row: Number of the record in its file, or None for a whole file.
        line: Line of the file on which it begins, or None.
        reason: What is wrong and what to do, without any value.
        raw: Its text as delivered.
        column: Column that is wrong, or None.
        value: Value that is wrong, or None.
        fields: What its fields are, as far as they can be known.
    """

    row: int | None
    line: int | None
    reason: str
    raw: str = ""
    column: str | None = None
    value: str | None = None
    fields: tuple[str, ...] = ()


class FileRefused(Exception):
    """A file that is quarantined whole; the message says why and what to do, without any value."""

    def __init__(self, reason: str, line: int | None = None, value: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.value = value


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


def rows_at_once(columns: int) -> int:
    """How many rows of so many columns make a batch."""
    return max(1, min(BATCH_ROWS, BATCH_VALUES // max(1, columns)))


def plain_number(text: str) -> str:
    """A number with an exponent written out, without it; any other text, and what is too long, as it is."""
    if not WITH_EXPONENT.fullmatch(text):
        return text
    number = Decimal(text)
    return text if abs(number.adjusted()) > LONGEST_NUMBER else format(number, "f")
