"""What was delivered and not taken: where it stood, what is wrong, and its text.

The quarantine files are the only place where a refused value may stand; the summary holds none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from dagster_project.files import DamagedFile, has_parquet_footer
from dagster_project.ingest.lake import PARTITION, ROWS
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


@dataclass(frozen=True)
class QuarantineCount:
    """How many rows of one file were not taken for one reason; without any value."""

    feed: str
    day: date
    file: str
    column: str | None
    reason: str
    rows: int
    first_line: int | None

    @property
    def told(self) -> str:
        """One line for a person: where in the landing zone, what is wrong, how often."""
        line = "" if self.first_line is None else f", line {self.first_line}"
        column = "" if self.column is None else f", column {self.column}"
        more = "" if self.rows == 1 else f" (the first of {self.rows:,} rows)"
        return f"{self.feed}/{self.day}/{self.file}{line}{column}: {self.reason}{more}"


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
    """Counts what lies in quarantine.

    Args:
        settings: Where the quarantine is.

    Returns:
        Counts by feed, day, file, column and reason, the latest day first; neither texts nor values.

    Raises:
        DamagedFile: When a file cannot be read.
    """
    files = sorted(settings.quarantine.glob(f"*/{PARTITION}=*/{ROWS}"))
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
                split_part(filename, '/', -3) as feed,
                cast(split_part(split_part(filename, '/', -2), '=', 2) as date) as day,
                file, "column", reason, count(*) as rows, min(line) as first_line
            from read_parquet(?, filename = true, hive_partitioning = false)
            group by all
            order by day desc, feed, file, first_line, "column", reason
            """,
            [[str(file) for file in files]],
        ).fetchall()
    return [QuarantineCount(*row) for row in rows]
