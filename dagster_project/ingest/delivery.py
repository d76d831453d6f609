"""Reads one delivery: from the files of a feed and day to rows in the lake, rows in quarantine, and a report.

Nothing of a delivery is in place before all of it has been read, and the counts are held against each other.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.erasure.delivered import keep_out
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.conversion import Converted, convert, trimmed, unread, why_unread
from dagster_project.ingest.header import FeedHeader
from dagster_project.ingest.identifiers import normalise, normalised_columns
from dagster_project.ingest.lake import (
    ORIGIN,
    Segments,
    join_segments,
    lake_name,
    replace_delivery,
    rows_file,
    schema_of,
    workspace,
    write_mark,
)
from dagster_project.ingest.landing import (
    FileStatus,
    content_fingerprint,
    delivered_files,
    is_translated,
    rules_fingerprint,
)
from dagster_project.ingest.quarantine import (
    NULLED,
    QUARANTINED,
    Finding,
    Findings,
    quarantine_table,
    replace_nulled,
)
from dagster_project.ingest.quarantine import SCHEMA as QUARANTINE_SCHEMA
from dagster_project.ingest.reading import read_part
from dagster_project.ingest.records import BATCH_ROWS, Batch, FileRefused, Refused
from dagster_project.ingest.translated_reading import read_translated
from dagster_project.ingest.unpacking import parts_of
from dagster_project.settings import Settings

logger = logging.getLogger(__name__)

#: Called with the name of the file being read and the records read so far.
Progress = Callable[[str, int], None]


class RowsLost(RuntimeError):
    """Taken and quarantined rows are not the delivered ones: a defect of the program, nothing is replaced."""


class NothingDelivered(ValueError):
    """The folder of the day is not there or empty, which does nothing: what was read stays."""


@dataclass(frozen=True)
class FileReport:
    """What became of one delivered file, an archive with all that is in it; without any value."""

    name: str
    bytes: int
    mtime_ns: int
    ctime_ns: int
    sha256: str
    delivered: int
    taken: int
    quarantined: int


@dataclass(frozen=True)
class DeliveryReport:
    """What became of one delivery; without any value.

    Attributes:
        feed: Name of the feed.
        day: Day of delivery.
        delivered: Rows delivered; a file that is refused whole counts as one.
        taken: Rows in the lake.
        quarantined: Rows in quarantine.
        nulled: For each column how many of its values could not be read in rows that were taken.
        unknown_columns: Delivered columns that the contract does not know, by their names in the lake.
        reasons: Rows in quarantine by column (or None) and reason.
        files: The same for each file.
        findings: Rows in quarantine, and values that could not be read, by file, column and reason.
    """

    feed: str
    day: date
    delivered: int
    taken: int
    quarantined: int
    nulled: dict[str, int]
    unknown_columns: tuple[str, ...]
    reasons: dict[tuple[str | None, str], int]
    files: tuple[FileReport, ...]
    findings: tuple[Finding, ...] = ()


@dataclass
class _Reading:
    """One file of rows while it is read."""

    name: str
    number: int
    feed: Feed
    day: date
    zone: str
    country: str
    loaded_at: datetime
    rows: Segments
    refused: Segments
    unread: Segments
    delivered: int = 0
    findings: Findings = field(default_factory=Findings)
    unknown: dict[str, None] = field(default_factory=dict)

    waiting: list[Refused] = field(default_factory=list)

    def quarantine(self, refused: Iterable[Refused]) -> None:
        """Puts records aside; written many at a time, as each write is a row group of its own."""
        self.waiting.extend(refused)
        if len(self.waiting) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes the records put aside."""
        if self.waiting:
            self.findings.count(QUARANTINED, self.waiting)
            self.refused.write(quarantine_table(self.name, self.waiting))
            self.waiting.clear()

    def tell_unread(self, records: list[Refused]) -> None:
        """Writes down values that could not be read in rows that were taken."""
        if records:
            self.findings.count(NULLED, records)
            self.unread.write(quarantine_table(self.name, records))

    def close(self) -> None:
        """Finishes the files in work."""
        self.flush()
        self.rows.close()
        self.refused.close()
        self.unread.close()


def ingest_delivery(
    settings: Settings, feed: Feed, day: date, *, progress: Progress | None = None
) -> DeliveryReport:
    """Reads the files of one feed and day and replaces what was read of that day before.

    Args:
        settings: Where everything lies, and the shop's zone and country.
        feed: The contract.
        day: Day of delivery.
        progress: Called with the file and the records read so far.

    Returns:
        Counts.

    Raises:
        ErasureError: When the files bring back persons who were erased, and may not be rewritten.
        NothingDelivered: When there is no file.
        RowsLost: When taken and quarantined rows are not the delivered ones.
    """
    keep_out(settings, feed, day)
    files = delivered_files(settings, feed.name, day)
    if not files:
        raise NothingDelivered(f"{feed.name}/{day}: no files in the folder of the day")
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    with workspace(settings, feed.name, day) as folder:
        start = _Reading(
            name="",
            number=0,
            feed=feed,
            day=day,
            zone=settings.shop["time_zone"],
            country=settings.shop["country"],
            loaded_at=loaded_at,
            rows=Segments(folder, ""),
            refused=Segments(folder, ""),
            unread=Segments(folder, ""),
        )
        readings: list[_Reading] = []
        reports = []
        for file, status in files.items():
            checksum = content_fingerprint(file)
            of_file = replace(start, name=status.name, number=len(readings))
            if is_translated(settings, file):
                read = [_read_translated(file, of_file, progress)]
            else:
                read = list(_read_file(file, of_file, progress))
            readings += read
            reports.append(_file_report(status, checksum, read))
        report = _report(feed, day, readings, reports)
        _commit(settings, feed, report, readings, folder)
    write_mark(settings, _mark(settings, feed, report, loaded_at))
    _log(report)
    return report


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One connection for all deliveries: opening one costs more than typing a small file.

    One thread keeps the rows in their order, and a batch is too small for two.
    """
    return duckdb.connect(config={"threads": 1})


def _read_translated(file: Path, start: _Reading, progress: Progress | None) -> _Reading:
    """Reads what the door translated from an export; the rows are named after the export."""
    reading = _fresh(start, f"{start.number}")
    _take_all(read_translated(file, reading.feed), reading, progress)
    reading.close()
    return reading


def _read_file(file: Path, start: _Reading, progress: Progress | None) -> Iterator[_Reading]:
    """Reads a delivered file: itself, or each file of an archive; what is refused, whole, as one row."""
    try:
        parts = parts_of(file)
    except FileRefused as refused:
        yield _refused_whole(start, refused)
        return
    for at, part in enumerate(parts, start.number):
        reading = _fresh(replace(start, name=part.name, number=at), f"{at}")
        try:
            _take_all(read_part(part, FeedHeader(reading.feed), reading.rows.folder), reading, progress)
        except FileRefused as refused:
            reading.close()
            reading = _refused_whole(reading, refused)
        reading.close()
        yield reading


def _refused_whole(reading: _Reading, refused: FileRefused) -> _Reading:
    """The one row that a file makes which is refused, possibly after some of it was read."""
    whole = _fresh(reading, f"{reading.number}-refused")
    whole.delivered = 1
    whole.quarantine([Refused(None, refused.line, refused.reason, value=refused.value)])
    whole.close()
    return whole


def _fresh(start: _Reading, name: str) -> _Reading:
    folder = start.rows.folder
    return replace(
        start,
        rows=Segments(folder, f"rows-{name}"),
        refused=Segments(folder, f"quarantine-{name}"),
        unread=Segments(folder, f"unread-{name}"),
        delivered=0,
        findings=Findings(start.name),
        unknown={},
        waiting=[],
    )


def _take_all(records: Iterable[Batch | Refused], reading: _Reading, progress: Progress | None) -> None:
    for found in records:
        if isinstance(found, Refused):
            reading.delivered += 1
            reading.quarantine([found])
        else:
            reading.delivered += len(found.rows)
            _take(reading, found)
        if progress:
            progress(reading.name, reading.delivered)


def _take(reading: _Reading, batch: Batch) -> None:
    """Writes the rows of a batch to the lake or to quarantine."""
    converted = convert(batch, reading.feed, reading.zone, reading.day, _connection().cursor())
    is_taken = pc.is_null(converted.problem)
    is_unread = {
        name: pc.and_(unread_rows, is_taken) for name, unread_rows in unread(converted, reading.feed).items()
    }
    rows = _lake_rows(reading, batch, converted, is_unread)
    if not pc.all(is_taken).as_py():
        reading.quarantine(_refused(batch, converted))
        rows = rows.filter(is_taken)
    reading.tell_unread(_unread_values(reading.feed, batch, converted, is_unread))
    if rows.num_rows:
        reading.rows.write(rows)


def _lake_rows(
    reading: _Reading, batch: Batch, converted: Converted, is_unread: Mapping[str, pa.ChunkedArray]
) -> pa.Table:
    """All rows of a batch as the lake holds them."""
    feed, count = reading.feed, len(batch.rows)
    delivered = [name for name in batch.texts.column_names if name not in feed.names]
    unknown = {lake_name(name, feed): trimmed(batch.texts[name]) for name in delivered}
    reading.unknown |= dict.fromkeys(unknown)
    normal = {
        target: normalise(name, converted.typed[name].combine_chunks(), reading.country)
        for name, target in normalised_columns(feed).items()
    }
    origin = {
        "_file": pa.repeat(reading.name, count),
        "_file_number": pa.repeat(pa.scalar(reading.number, pa.int64()), count),
        "_row": batch.rows,
        "_loaded_at": pa.repeat(pa.scalar(reading.loaded_at, pa.timestamp("us")), count),
        "_nulled": _nulled(is_unread, count),
    }
    columns = dict(zip(feed.names, converted.typed.columns, strict=True)) | unknown | normal | origin
    return pa.table(columns).cast(schema_of(feed, unknown))


def _nulled(is_unread: Mapping[str, pa.ChunkedArray], count: int) -> pa.Array:
    """For each row the columns whose value could not be read."""
    names: list[list[str]] = [[] for _ in range(count)] if is_unread else [[]] * count
    for name, rows in is_unread.items():
        for at in pc.indices_nonzero(rows).to_pylist():
            names[at].append(name)
    return pa.array(names, ORIGIN.field("_nulled").type)


def _unread_values(
    feed: Feed, batch: Batch, converted: Converted, is_unread: Mapping[str, pa.ChunkedArray]
) -> list[Refused]:
    """The values of a batch that could not be read in rows that are taken."""
    columns = {column.name: column for column in feed.all_columns}
    found = []
    for name, rows in is_unread.items():
        texts = converted.texts[name] if name in converted.texts.column_names else None
        plain = converted.plain[name] if texts is not None else None
        for at in pc.indices_nonzero(rows).to_pylist():
            value = None if texts is None else texts[at].as_py()
            reason = why_unread(columns[name], None if plain is None else plain[at].as_py())
            found.append(Refused(batch.rows[at].as_py(), batch.lines[at].as_py(), reason, "", name, value))
    return found


def _refused(batch: Batch, converted: Converted) -> list[Refused]:
    """The rows of a batch that cannot be taken, each with its first problem."""
    found = []
    for at in pc.indices_nonzero(pc.is_valid(converted.problem)).to_pylist():
        problem = converted.problems[converted.problem[at].as_py()]
        is_delivered = problem.column in converted.texts.column_names
        value = converted.texts[problem.column][at].as_py() if is_delivered else None
        row, line = batch.rows[at].as_py(), batch.lines[at].as_py()
        found.append(Refused(row, line, problem.reason, batch.raw[at], problem.column, value))
    return found


def _file_report(status: FileStatus, checksum: str, readings: Sequence[_Reading]) -> FileReport:
    return FileReport(
        **asdict(status),
        sha256=checksum,
        delivered=sum(reading.delivered for reading in readings),
        taken=sum(reading.rows.rows for reading in readings),
        quarantined=sum(reading.refused.rows for reading in readings),
    )


def _report(
    feed: Feed, day: date, readings: Sequence[_Reading], files: Iterable[FileReport]
) -> DeliveryReport:
    files = tuple(files)
    findings = tuple(finding for reading in readings for finding in reading.findings.all())
    nulled: Counter[str] = Counter()
    reasons: Counter[tuple[str | None, str]] = Counter()
    for finding in findings:
        if finding.kind == NULLED:
            nulled[finding.column or ""] += finding.rows
        else:
            reasons[finding.column, finding.reason] += finding.rows
    return DeliveryReport(
        feed=feed.name,
        day=day,
        delivered=sum(file.delivered for file in files),
        taken=sum(file.taken for file in files),
        quarantined=sum(file.quarantined for file in files),
        nulled=dict(sorted(nulled.items())),
        unknown_columns=tuple(dict.fromkeys(name for reading in readings for name in reading.unknown)),
        reasons=dict(reasons),
        files=files,
        findings=findings,
    )


def _commit(
    settings: Settings, feed: Feed, report: DeliveryReport, readings: list[_Reading], folder: Path
) -> None:
    """Joins the files of the delivery, counts what is in them, and puts them in place."""
    rows, refused = folder / "rows.parquet", folder / "quarantine.parquet"
    taken = [file for reading in readings for file in reading.rows.files]
    join_segments(taken, schema_of(feed, report.unknown_columns), rows)
    if report.quarantined:
        set_aside = [file for reading in readings for file in reading.refused.files]
        join_segments(set_aside, QUARANTINE_SCHEMA, refused)
    quarantined = pq.read_metadata(refused).num_rows if report.quarantined else 0
    check_counts(report, pq.read_metadata(rows).num_rows, quarantined)
    replace_delivery(settings, feed.name, report.day, rows, refused if report.quarantined else None)
    unread_values = [file for reading in readings for file in reading.unread.files]
    values = folder / "nulled.parquet"
    if unread_values:
        join_segments(unread_values, QUARANTINE_SCHEMA, values)
    replace_nulled(settings, feed.name, report.day, values if unread_values else None)


def check_counts(report: DeliveryReport, taken: int, quarantined: int) -> None:
    """Holds the rows counted while reading against those in the finished files.

    Raises:
        RowsLost: When they differ.
    """
    if (taken, quarantined) != (report.taken, report.quarantined) or (
        report.taken + report.quarantined != report.delivered
    ):
        raise RowsLost(
            f"{report.feed}/{report.day}: {report.delivered} rows delivered, {taken} taken and "
            f"{quarantined} quarantined; what was read before stays. This is a defect: please report it"
        )


def _mark(settings: Settings, feed: Feed, report: DeliveryReport, loaded_at: datetime) -> dict[str, Any]:
    return {
        "feed": report.feed,
        "delivery": report.day.isoformat(),
        "loaded_at": loaded_at.isoformat(sep=" "),
        "delivered": report.delivered,
        "taken": report.taken,
        "quarantined": report.quarantined,
        "nulled": report.nulled,
        "unknown_columns": list(report.unknown_columns),
        "files": [asdict(file) for file in report.files],
        "rules": rules_fingerprint(settings, feed),
        "lake": asdict(rows_file(settings, feed.name, report.day)),
    }


def _log(report: DeliveryReport) -> None:
    what = {QUARANTINED: "rows quarantined", NULLED: "values not read"}
    counts: Counter[tuple[str, str | None, str]] = Counter()
    for finding in report.findings:
        counts[finding.kind, finding.column, finding.reason] += finding.rows
    for (kind, column, reason), rows in counts.items():
        where = f"{report.feed}/{report.day}" + (f", column {column}" if column else "")
        logger.warning("%s: %d %s: %s", where, rows, what[kind], reason)
