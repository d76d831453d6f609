"""What every reader of a format gives: batches of texts, and records that are no rows.

The formats differ up to here and no further: typing, quarantine and the lake see texts only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from dagster_project.ingest.contracts import Feed

#: Records that are held in memory at once.
BATCH_ROWS = 50_000

#: Columns of a file beyond which it is taken for something else than rows and columns.
MAXIMUM_COLUMNS = 2_000

#: A number with an exponent that has few enough digits to be looked at.
WITH_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d{1,6}", re.ASCII)

#: Digits up to which numbers are written out; every float has fewer.
LONGEST_NUMBER = 400


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
    """

    row: int | None
    line: int | None
    reason: str
    raw: str = ""
    column: str | None = None
    value: str | None = None


class FileRefused(Exception):
    """A file that is quarantined whole; the message says why and what to do, without any value."""

    def __init__(self, reason: str, line: int | None = None, value: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.value = value


def check_header(names: Iterable[str], feed: Feed) -> list[str]:
    """Names of the delivered columns: trimmed, lower case.

    A column without a name is called by its position, as spreadsheets add empty columns at the end.

    Raises:
        FileRefused: When there is no name of this feed, or the same name twice.
    """
    trimmed = [name.strip().lower() for name in names]
    if any("\0" in name for name in trimmed) or len(trimmed) > MAXIMUM_COLUMNS:
        raise FileRefused("has no header that can be read: deliver a text file in UTF-8 or CP932", 1)
    if not set(trimmed) & set(feed.names):
        raise FileRefused("has no header: write the names of this feed's columns first", 1)
    named = [name or f"column_{position}" for position, name in enumerate(trimmed, 1)]
    twice = next((name for at, name in enumerate(named) if name in named[:at]), None)
    if twice:
        raise FileRefused("has the same header twice: give every column its own name", 1, twice)
    return named


def plain_number(text: str) -> str:
    """A number with an exponent written out, without it; any other text, and what is too long, as it is."""
    if not WITH_EXPONENT.fullmatch(text):
        return text
    number = Decimal(text)
    return text if abs(number.adjusted()) > LONGEST_NUMBER else format(number, "f")
