"""Which line of a file names its columns, and how the columns are called from there on.

A reader of a format asks a `Header`: that of a feed knows its contract, those of exports look for anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from dagster_project.ingest.contracts import DELETED, Column, Feed
from dagster_project.ingest.identifiers import without_invisible
from dagster_project.ingest.records import MAXIMUM_COLUMNS, FileRefused

#: Lines in which the header is looked for; those above it are titles and comments.
HEADER_WITHIN = 20

NO_TEXT = "has no header that can be read: deliver a text file in UTF-8 or CP932"


class Header(Protocol):
    """What a reader must know of the rows in advance.

    Attributes:
        one_line: Columns in which a value cannot have a line break.
        is_quoted: Whether quotes hold a value together; else they are part of it.
    """

    one_line: Collection[str]
    is_quoted: bool

    def names(self, fields: Sequence[str], line: int) -> list[str] | None:
        """The names of the columns when these fields are the header, else None.

        Raises:
            FileRefused: When they are the header and cannot be used.
        """

    def column(self, name: str) -> str:
        """The name of a column of a file that names its columns row by row (JSON)."""

    def refusal(self, candidates: Iterable[Sequence[str]]) -> FileRefused:
        """Why none of the lines looked at is the header."""


class FeedHeader:
    """The header of a feed: the first line that names all required columns, or the key and `deleted`."""

    is_quoted = True

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.one_line: Collection[str] = {column.name for column in feed.all_columns if is_one_line(column)}

    def names(self, fields: Sequence[str], line: int) -> list[str] | None:
        """Names of the columns: trimmed, lower case, without invisible characters.

        A column without a name is called by its position, as spreadsheets add empty columns at the end.
        """
        names = [self.column(field) for field in fields]
        if self._missing(names):
            return None
        named = [name or f"column_{position}" for position, name in enumerate(names, 1)]
        if any("\0" in name for name in named) or len(named) > MAXIMUM_COLUMNS:
            raise FileRefused(NO_TEXT, line)
        twice = next((name for at, name in enumerate(named) if name in named[:at]), None)
        if twice:
            raise FileRefused("has the same header twice: give every column its own name", line, twice)
        return named

    def column(self, name: str) -> str:
        """A name as in the contract."""
        return without_invisible(name).strip().lower()

    def refusal(self, candidates: Iterable[Sequence[str]]) -> FileRefused:
        """Names the columns that the nearest line lacks."""
        candidates = list(candidates)
        if any("\0" in "".join(fields) for fields in candidates):
            return FileRefused(NO_TEXT, 1)
        found = [self._missing([self.column(field) for field in fields]) for fields in candidates]
        nearest = min(found, key=len, default=self._required)
        if len(nearest) == len(self._required):
            reason = f"has no header: write the names of the columns first, such as {', '.join(nearest)}"
        else:
            reason = f"has no header with all required columns: add {', '.join(nearest)}"
        return FileRefused(reason, next((at for at, each in enumerate(found, 1) if each == nearest), None))

    @property
    def _required(self) -> list[str]:
        return [column.name for column in self.feed.columns if column.is_key or column.is_required]

    def _missing(self, names: Collection[str]) -> list[str]:
        if {*self.feed.keys, DELETED} <= set(names):
            return []
        return [name for name in self._required if name not in names]


def is_one_line(column: Column) -> bool:
    """Whether a value cannot have a line break: everything but optional free text."""
    is_text = column.data_type == "varchar" and not column.values
    return not is_text or column.is_key or column.is_required
