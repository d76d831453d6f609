"""What was delivered and not taken: where it stood, what is wrong, and its text.

Rows that were not taken lie in `quarantine/`, values that were left out of rows that were taken in `nulled/`,
both as Parquet with the same columns. They are the only places where such a value may stand; the counts hold
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from dagster_project.files import DamagedFile, has_parquet_footer, put
from dagster_project.ingest.lake import PARTITION, ROWS, delivery_folder
from dagster_project.ingest.records import Refused
from dagster_project.settings import Settings

SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("row", pa.int64()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("raw", pa.string()),
    ]
)


#: What can become of something that cannot be read: its row is not taken, or is taken without the value.
QUARANTINED, NULLED = "quarantined", "nulled"


@dataclass(frozen=True)
class Finding:
    """How many rows or values of one file could not be taken for one reason; without any value."""

    kind: str
    file: str
    column: str | None
    reason: str
    rows: int
    first_line: int | None

    @property
    def told(self) -> str:
        """One line for a person: where in the folder of the day, what is wrong, how often."""
        line = "" if self.first_line is None else f", line {self.first_line}"
        column = "" if self.column is None else f", column {self.column}"
        thing = "rows" if self.kind == QUARANTINED else "rows, which are taken without it"
        more = f" (the first of {self.rows:,} {thing})"
        if self.rows == 1:
            more = "" if self.kind == QUARANTINED else " (the row is taken without it)"
        return f"{self.file}{line}{column}: {self.reason}{more}"


@dataclass(frozen=True)
class QuarantineCount(Finding):
    """A finding, and the delivery in which it was made."""

    feed: str
    day: date

    @property
    def told(self) -> str:
        """One line for a person: where in the landing zone, what is wrong, how often."""
        return f"{self.feed}/{self.day}/{super().told}"


class Findings:
    """Counts what is found in one file, by kind, column and reason."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self._found: dict[tuple[str, str | None, str], list[int | None]] = {}

    def count(self, kind: str, records: Sequence[Refused]) -> None:
        """Adds records in the order of the file."""
        for record in records:
            found = self._found.setdefault((kind, record.column, record.reason), [0, record.line])
            found[0] = (found[0] or 0) + 1

    def all(self) -> list[Finding]:
        """What was found, in the order of its first lines."""
        found = [
            Finding(kind, self.file, column, reason, rows or 0, first_line)
            for (kind, column, reason), (rows, first_line) in self._found.items()
        ]
        return sorted(found, key=lambda finding: finding.first_line or 0)


def replace_nulled(settings: Settings, feed: str, day: date, values: Path | None) -> None:
    """Puts a delivery's values that could not be read in place of the former ones.

    Args:
        settings: Where they are.
        feed: Name of the feed.
        day: Day of the delivery.
        values: Parquet of the values, with the columns of the quarantine; or None when there is none.
    """
    folder = delivery_folder(settings.nulled, feed, day)
    if values is None:
        (folder / ROWS).unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    put(values, folder / ROWS)


def quarantine_table(file: str, refused: Sequence[Refused]) -> pa.Table:
    """Refused records of one file as rows of a quarantine file."""
    rows = [
        {
            "file": file,
            "row": record.row,
            "line": record.line,
            "column": record.column,
            "value": record.value,
            "reason": record.reason,
            "raw": record.raw.rstrip("\r\n"),
        }
        for record in refused
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def quarantine_summary(settings: Settings) -> list[QuarantineCount]:
    """Counts what lies in quarantine, and the values that were left out of rows that were taken.

    Args:
        settings: Where both are.

    Returns:
        Counts by feed, day, file, column and reason, the latest day first; neither texts nor values.

    Raises:
        DamagedFile: When a file cannot be read.
    """
    found = [
        *_counts(QUARANTINED, settings.quarantine),
        *_counts(NULLED, settings.nulled),
    ]
    return sorted(found, key=lambda count: count.day, reverse=True)


def _counts(kind: str, root: Path) -> list[QuarantineCount]:
    files = sorted(root.glob(f"*/{PARTITION}=*/{ROWS}"))
    if not files:
        return []
    for file in files:
        if not has_parquet_footer(file):
            day = file.parent.name.removeprefix(f"{PARTITION}=")
            raise DamagedFile(f"{file}: is damaged; `lifecycle run --day {day}` writes it anew")
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select
                ? as kind, file, "column", reason, count(*) as rows, min(line) as first_line,
                split_part(filename, '/', -3) as feed,
                cast(split_part(split_part(filename, '/', -2), '=', 2) as date) as day
            from read_parquet(?, filename = true, hive_partitioning = false)
            group by all
            order by day desc, feed, file, first_line, "column", reason
            """,
            [kind, [str(file) for file in files]],
        ).fetchall()
    return [QuarantineCount(*row) for row in rows]
