"""One segment's files for one destination and day: full list, differences, manifest.

The day's folder appears complete or not at all, and the same warehouse gives the same bytes: nothing in it
says when, where or how often it was written. Nothing here logs, and errors never carry a value of a row.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from unicodedata import normalize

import duckdb

from dagster_project.activate.destination import Destination
from dagster_project.activate.differences import (
    KINDS,
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
    write_listing,
)
from dagster_project.activate.members import (
    count_by_exclusion,
    count_cut,
    count_filled,
    has_members,
    judge_members,
)
from dagster_project.activate.segment import Segment
from dagster_project.activate.values import GOOGLE_EMAIL, literal, quoted
from dagster_project.files import put_folder, sha256_of_file


class ExportError(RuntimeError):
    """An export that could not be made; the message names segment and destination and no person's data."""


class Status(StrEnum):
    """What became of an export; HELD = nothing written, because it would have emptied the list."""

    WRITTEN = "written"
    HELD = "held"


@dataclass(frozen=True)
class Limit:
    """A limit of the destination, and whether the files meet it."""

    name: str
    limit: int | None
    met: bool


@dataclass(frozen=True)
class ExportReport:
    """What an export did, without any person's data.

    Attributes:
        members: Members of the segment on the day: `rows["full"]` + the sum of `excluded`.
        rows: Number of rows of full, added, removed and changed.
        excluded: Number of members left out, by reason.
        filled: Number of rows of full that have a value, by column.
        cut: Number of rows of full whose value was longer than the destination takes, by column.
        compared_with: The day that the differences are relative to.
        baseline: Why there was nothing to compare with.
        limits: The destination's limits, and whether they are met.
        folder: The day's folder.
    """

    segment: str
    destination: str
    day: date
    status: Status
    members: int
    rows: dict[str, int]
    excluded: dict[str, int]
    filled: dict[str, int]
    cut: dict[str, int]
    compared_with: date | None
    baseline: Baseline | None
    limits: tuple[Limit, ...]
    folder: Path
    files: list[ExportedFile]

    @property
    def limits_met(self) -> bool:
        """Whether every limit of the destination is met."""
        return all(limit.met for limit in self.limits)

    @property
    def warnings(self) -> list[str]:
        """What somebody should look at."""
        found = {
            "the list became empty: nothing was written, nobody removed; if it is right, `lifecycle run"
            " --empty-lists`": self.status is Status.HELD,
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
    hold_from: int = 1,
    memory_limit: str | None = None,
) -> ExportReport:
    """Writes `exports/<segment>/<destination>/<day>/`, replacing what was there for this day.

    Args:
        warehouse: The DuckDB file with segment members, contacts and consents; opened for reading only.
        exports: The folder of all exports.
        segment: What to export.
        destination: For which tool.
        day: Members as of its end: valid_from ≤ day < valid_to.
        allow_empty: Any list may become empty, removing everybody.
        hold_from: A list of at least so many rows does not become empty unasked because its segment has no
            members; smaller ones do so every day. Where no segment has any, the source is taken as broken.
            Whoever may no longer be written to is removed in any case.
        memory_limit: What DuckDB may use, such as `8GB`; it spills to disk beyond.

    Returns:
        Counts, files and warnings. A list that must not become empty is held: nothing is written, and the
        next export compares with the last list that was.

    Raises:
        ExportError: When the warehouse lacks something, or a destination's SQL does not fit it.
    """
    with opened(warehouse, exports, memory_limit) as connection:
        return export_list(
            connection, exports, segment, destination, day, allow_empty=allow_empty, hold_from=hold_from
        )


def export_list(
    connection: duckdb.DuckDBPyConnection,
    exports: Path,
    segment: Segment,
    destination: Destination,
    day: date,
    *,
    allow_empty: bool = False,
    hold_from: int = 1,
) -> ExportReport:
    """Does what `export` does on a connection of `opened`, which can serve many exports."""
    destination = destination.for_segment(segment.name)
    folder = create_private_folder(exports / segment.name / destination.name)
    with (
        working_folder(folder, day) as work,
        without_personal_data(f"segment {segment.name} to {destination.name}"),
    ):
        holds_from = None if allow_empty else hold_from
        report = prepare(connection, segment, destination, day, folder, work / "day", holds_from)
        if report.status is Status.WRITTEN:
            replace_folder(work / "day", report.folder, work / "replaced")
        return report


def prepare(
    connection: duckdb.DuckDBPyConnection,
    segment: Segment,
    destination: Destination,
    day: date,
    folder: Path,
    prepared: Path,
    hold_from: int | None,
) -> ExportReport:
    """Writes a day into the folder `prepared`, unless that would empty the list in `folder` unasked."""
    judge_members(connection, segment, destination, day)
    rows = write_record(connection, destination, prepared / RECORD)
    previous = previous_export(folder, day, destination)
    excluded = count_by_exclusion(connection)
    lost = 0 if rows or sum(excluded.values()) else previous.rows
    held = lost > 0 and hold_from is not None and (lost >= hold_from or not has_members(connection))
    files = [] if held else write_files(connection, segment, destination, previous, prepared)
    report = ExportReport(
        segment=segment.name,
        destination=destination.name,
        day=day,
        status=Status.HELD if held else Status.WRITTEN,
        members=rows + sum(excluded.values()),
        rows={kind: sum(file.rows for file in files if file.kind == kind) for kind in KINDS},
        excluded=excluded,
        filled={} if held else count_filled(connection, destination),
        cut={} if held else count_cut(connection),
        compared_with=previous.day if previous.record else None,
        baseline=previous.baseline,
        limits=() if held else limits(destination, rows, files),
        folder=folder / day.isoformat(),
        files=files,
    )
    if not held:
        write_manifest(prepared, segment, destination, report)
    return report


@contextmanager
def working_folder(folder: Path, day: date) -> Iterator[Path]:
    """A folder beside the days in which one is prepared; gone afterwards, as is one that a crash left."""
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
def without_personal_data(task: str) -> Iterator[None]:
    """Keeps values that DuckDB quotes out of our messages; names of tables and columns may pass."""
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise ExportError(f"{task}: {str(error).splitlines()[0]}") from None
    except duckdb.OutOfMemoryException:
        raise ExportError(f"{task}: not enough memory; LIFECYCLE_MEMORY_LIMIT allows more") from None
    except duckdb.Error as error:
        raise ExportError(f"{task}: {type(error).__name__} in DuckDB") from None


@contextmanager
def opened(
    warehouse: Path,
    exports: Path,
    memory_limit: str | None = None,
    currency_decimals: int = 2,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the warehouse and spills beside the exports; opening costs more than an export.

    Raises:
        ExportError: When the warehouse cannot be opened.
    """
    spill = create_private_folder(exports) / ".spill"
    with duckdb.connect(config={"temp_directory": str(spill)}) as connection:
        with without_personal_data("opening the warehouse"):
            connection.execute("set enable_progress_bar = false")  # it would print into the run's output
            if memory_limit:
                connection.execute(f"set memory_limit = {literal(memory_limit)}")
            connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
            connection.execute(f"create temp macro money(amount) as round(amount, {currency_decimals:d})")
            connection.execute(f"create temp macro google_email(address) as ({GOOGLE_EMAIL})")
            connection.create_function("nfkc", partial(normalize, "NFKC"), ["VARCHAR"], "VARCHAR")
        yield connection


def write_record(connection: duckdb.DuckDBPyConnection, destination: Destination, record: Path) -> int:
    """Writes the full list as the destination gets it; returns its number of rows."""
    columns = ", ".join(map(quoted, destination.column_names))
    key = ", ".join(f"{quoted(name)} nulls first" for name in destination.key)
    query = f"select {columns} from judged where _exclusion is null order by {key}"
    return copy_parquet(connection, query, record)


def write_files(
    connection: duckdb.DuckDBPyConnection,
    segment: Segment,
    destination: Destination,
    previous: Previous,
    folder: Path,
) -> list[ExportedFile]:
    """Writes the full list and what changed, from the record in the folder."""
    return [
        file
        for listing in listings(connection, destination, folder / RECORD, previous)
        for file in write_listing(connection, listing, destination, segment.name, folder)
    ]


def limits(destination: Destination, audience: int, files: list[ExportedFile]) -> tuple[Limit, ...]:
    """The destination's limits, and whether they are met."""
    rows = max(file.rows for file in files)
    size = max(file.bytes for file in files)
    checked = (
        Limit("rows_per_file", destination.rows_per_file, rows <= (destination.rows_per_file or rows)),
        Limit("bytes_per_file", destination.bytes_per_file, size <= (destination.bytes_per_file or size)),
        Limit("minimum_audience", destination.minimum_audience, audience >= destination.minimum_audience),
    )
    return tuple(limit for limit in checked if limit.limit)


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
        "cut": report.cut,
        "limits": [asdict(limit) for limit in report.limits],
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
    put_folder(new, published)
