"""One segment's files for one destination and day: full list, differences, manifest.

The day's folder appears complete or not at all, and the same warehouse gives the same bytes: nothing in it
says when, where or how often it was written. Nothing here logs, and errors never carry a value of a row.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.activate.destination import Destination
from dagster_project.activate.differences import (
    KINDS_TO_APPLY,
    MANIFEST,
    RECORD,
    Baseline,
    Previous,
    listings,
    previous_export,
)
from dagster_project.activate.files import (
    ExportedFile,
    copy_parquet,
    create_private_folder,
    open_private,
    sha256_of_file,
    write_listing,
)
from dagster_project.activate.members import count_by_exclusion, judge_members
from dagster_project.activate.segment import Segment
from dagster_project.activate.values import literal, quoted


class ExportError(RuntimeError):
    """An export that could not be made; the message names segment and destination and no person's data."""


class Status(StrEnum):
    """What became of an export; HELD = nothing written, because it would have emptied the list."""

    WRITTEN = "written"
    HELD = "held"


@dataclass(frozen=True)
class ExportReport:
    """What an export did, without any person's data.

    Attributes:
        members: Members of the segment on the day: `rows["full"]` + the sum of `excluded`.
        rows: Number of rows of full, added, removed and changed.
        excluded: Number of members left out, by reason.
        compared_with: The day that the differences are relative to.
        baseline: Why there was nothing to compare with.
        limits_met: Whether every limit of the destination is met.
        folder: The day's folder.
    """

    segment: str
    destination: str
    day: date
    status: Status
    members: int
    rows: dict[str, int]
    excluded: dict[str, int]
    compared_with: date | None
    baseline: Baseline | None
    limits_met: bool
    folder: Path
    files: list[ExportedFile] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """What somebody should look at."""
        found = {
            "the list became empty: nothing was written, nobody removed": self.status is Status.HELD,
            "the previous list is lost: nobody could be removed": self.baseline is Baseline.RECORD_LOST,
            "the destination's key changed: nobody could be removed": self.baseline is Baseline.KEY_CHANGED,
            "a limit of the destination is not met": not self.limits_met,
        }
        return [warning for warning, applies in found.items() if applies]


def export(
    warehouse: Path,
    exports: Path,
    segment: Segment,
    destination: Destination,
    day: date,
    *,
    allow_empty: bool = False,
    memory_limit: str | None = None,
) -> ExportReport:
    """Writes `exports/<segment>/<destination>/<day>/`, replacing what was there for this day.

    Args:
        warehouse: The DuckDB file with segment members, contacts and consents; opened for reading only.
        exports: The folder of all exports.
        segment: What to export.
        destination: For which tool.
        day: Members as of its end: valid_from ≤ day < valid_to.
        allow_empty: A list that was not empty before may become empty, removing everybody.
        memory_limit: What DuckDB may use, such as `8GB`; it spills to disk beyond.

    Returns:
        Counts, files and warnings. A list that would become empty without `allow_empty` is held: nothing is
        written, and the next export compares with the last list that was.

    Raises:
        ExportError: When the warehouse lacks something, or a destination's SQL does not fit it.
    """
    folder = create_private_folder(exports / segment.name / destination.name)
    with (
        working_folder(folder, day) as work,
        without_personal_data(segment, destination),
        connected(warehouse, work, memory_limit) as connection,
    ):
        judge_members(connection, segment, destination, day)
        write_record(connection, destination, work / "day" / RECORD)
        previous = previous_export(folder, day, destination)
        report = write_files(connection, segment, destination, day, previous, work / "day", allow_empty)
        if report.status is Status.WRITTEN:
            write_manifest(work / "day", segment, destination, report)
            replace_folder(work / "day", folder / day.isoformat(), work / "replaced")
        return report


@contextmanager
def working_folder(folder: Path, day: date) -> Iterator[Path]:
    """A folder beside the days in which one is prepared; afterwards it is gone, also one that a crash left."""
    for left_over in folder.glob(".*.writing"):
        clear_away(left_over)
    work = folder / f".{day.isoformat()}.writing"
    create_private_folder(work / "day")
    try:
        yield work
    finally:
        clear_away(work)


def clear_away(work: Path) -> None:
    """Removes a working folder, after putting back a day that was about to be replaced."""
    replaced, published = work / "replaced", work.with_name(work.name.split(".")[1])
    if replaced.exists() and not published.exists():
        replaced.rename(published)
    shutil.rmtree(work)


@contextmanager
def without_personal_data(segment: Segment, destination: Destination) -> Iterator[None]:
    """Keeps values that DuckDB quotes out of our messages; names of tables and columns may pass."""
    export_name = f"segment {segment.name} to {destination.name}"
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise ExportError(f"{export_name}: {str(error).splitlines()[0]}") from None
    except duckdb.Error as error:
        raise ExportError(f"{export_name}: {type(error).__name__} in DuckDB") from None


@contextmanager
def connected(warehouse: Path, work: Path, memory_limit: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the warehouse and spills into the working folder."""
    with duckdb.connect(config={"temp_directory": str(work / "spill")}) as connection:
        if memory_limit:
            connection.execute(f"set memory_limit = {literal(memory_limit)}")
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        yield connection


def write_record(connection: duckdb.DuckDBPyConnection, destination: Destination, record: Path) -> None:
    """Writes the full list as the destination gets it."""
    columns = ", ".join(map(quoted, destination.column_names))
    key = ", ".join(f"{quoted(name)} nulls first" for name in destination.key)
    copy_parquet(
        connection,
        f"select {columns} from judged where _exclusion is null order by {key}",
        record,
    )


def write_files(
    connection: duckdb.DuckDBPyConnection,
    segment: Segment,
    destination: Destination,
    day: date,
    previous: Previous,
    folder: Path,
    allow_empty: bool,
) -> ExportReport:
    """Writes full, added, removed and changed, unless that would empty a list unasked."""
    to_write = listings(connection, destination, folder / RECORD, previous)
    rows = {listing.kind: listing.rows for listing in to_write}
    excluded = count_by_exclusion(connection)
    held = rows["full"] == 0 and previous.rows > 0 and not allow_empty
    files = (
        []
        if held
        else [
            file
            for listing in to_write
            for file in write_listing(connection, listing, destination, segment.name, folder)
        ]
    )
    return ExportReport(
        segment=segment.name,
        destination=destination.name,
        day=day,
        status=Status.HELD if held else Status.WRITTEN,
        members=rows["full"] + sum(excluded.values()),
        rows=rows,
        excluded=excluded,
        compared_with=previous.day if previous.record else None,
        baseline=previous.baseline,
        limits_met=all(limit["met"] for limit in limits(destination, rows, files).values()),
        folder=folder.parent.parent / day.isoformat(),
        files=files,
    )


def limits(
    destination: Destination, rows: dict[str, int], files: list[ExportedFile]
) -> dict[str, dict[str, Any]]:
    """The destination's limits, and whether they are met."""
    largest_file = max((file.bytes for file in files), default=0)
    most_rows = max((file.rows for file in files), default=0)
    checked = {
        "rows_per_file": (destination.rows_per_file, most_rows <= (destination.rows_per_file or most_rows)),
        "bytes_per_file": (
            destination.bytes_per_file,
            largest_file <= (destination.bytes_per_file or largest_file),
        ),
        "minimum_audience": (
            destination.minimum_audience or None,
            rows["full"] >= destination.minimum_audience,
        ),
    }
    return {name: {"limit": limit, "met": met} for name, (limit, met) in checked.items() if limit is not None}


def write_manifest(folder: Path, segment: Segment, destination: Destination, report: ExportReport) -> None:
    """Writes the manifest, the last file of a day."""
    manifest = {
        "segment": segment.name,
        "segment_name_ja": segment.name_ja,
        "segment_name_en": segment.name_en,
        "segment_definition_sha256": segment.definition_sha256,
        "destination": destination.name,
        "destination_sha256": destination.sha256,
        "key": list(destination.key),
        "key_sha256": destination.key_sha256,
        "channel": destination.channel_for(segment.channel),
        "as_of": report.day.isoformat(),
        "compared_with": report.compared_with.isoformat() if report.compared_with else None,
        "baseline": report.baseline,
        "members": report.members,
        "rows": report.rows,
        "excluded": report.excluded,
        "limits": limits(destination, report.rows, report.files),
        "limits_met": report.limits_met,
        "apply_in_order": list(KINDS_TO_APPLY),
        "files": [asdict(file) for file in report.files],
        "record_sha256": sha256_of_file(folder / RECORD),
    }
    with open_private(folder / MANIFEST) as target:
        target.write((json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())


def replace_folder(new: Path, published: Path, replaced: Path) -> None:
    """Puts a finished day in its place. Between the two renames only `working_folder` can mend a crash."""
    if published.exists():
        published.rename(replaced)
    new.rename(published)
