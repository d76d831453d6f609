"""Files of the landing zone, rewritten so that they are read as before and name an erased person no more.

A file is read by the readers of ingestion, which tell the text of every record and where it begins. Records
of erased persons are written anew in the file's own form (`rewriting`). A record that is no row and names an
erased person becomes another that is none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.compute as pc

from dagster_project.erasure.rewriting import NotRewritten, Record, Rewriting, write_delivered, write_part
from dagster_project.erasure.rows import (
    erased_in,
    identifier_columns,
    is_loose,
    personal_columns,
    query_columns,
)
from dagster_project.erasure.texts import Finder
from dagster_project.erasure.tombstones import ErasureError, read_tombstones
from dagster_project.files import put
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.conversion import convert
from dagster_project.ingest.header import FeedHeader
from dagster_project.ingest.lake import workspace
from dagster_project.ingest.landing import delivered_files, shown
from dagster_project.ingest.reading import read_part
from dagster_project.ingest.records import Batch, FileRefused, Refused
from dagster_project.ingest.unpacking import Part, parts_of, unpacked
from dagster_project.settings import Settings


@dataclass
class Rewritten:
    """What becomes of a delivered file.

    Attributes:
        erased: For each file of rows in it (itself, or those of an archive) the numbers of the rows that are
            an erased person's.
        changes: How many records change.
        new: Its new form, beside it; None when nothing in it changes, or it is only asked what would.
    """

    erased: dict[str, set[int]] = field(default_factory=dict)
    changes: int = 0
    new: Path | None = None


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Where rows are typed, as ingestion does it."""
    return duckdb.connect(config={"threads": 1})


def keep_out(settings: Settings, feed: Feed, day: date) -> int:
    """At the door: rewrites the files of a delivery that bring erased persons back.

    Returns:
        How many records were rewritten.

    Raises:
        ErasureError: When the tombstones cannot be used, or a file may not be written: the delivery must not
            be read then.
    """
    tombstones = read_tombstones(settings)
    if not len(tombstones):
        return 0
    finder = Finder(tombstones, settings.shop["country"])
    changed = 0
    for file in delivered_files(settings, feed.name, day):
        try:
            with rewritten(file, feed, day, settings, finder, is_at_door=True) as found:
                if found.new:
                    put(found.new, file)
                    changed += found.changes
        except FileRefused:
            continue  # quarantined whole, with nothing of what is in it
        except NotRewritten as error:
            where = f"landing/{feed.name}/{day}/{shown(file.name)}"
            raise ErasureError(
                f"{where}: has rows of persons who were erased and {error}: deliver it again without them"
            ) from error
        except OSError as error:
            where = f"landing/{feed.name}/{day}/{shown(file.name)}"
            raise ErasureError(
                f"{where}: has rows of persons who were erased and cannot be rewritten ({error.strerror}):"
                " give the pipeline's user the right to write into this folder"
            ) from error
    return changed


@contextmanager
def rewritten(
    file: Path,
    feed: Feed,
    day: date,
    settings: Settings,
    finder: Finder,
    *,
    is_at_door: bool = False,
    is_dry_run: bool = False,
) -> Iterator[Rewritten]:
    """What becomes of a delivered file; its new form lies beside it as long as the block goes on.

    Args:
        file: The file.
        feed: Its contract.
        day: The day of its delivery.
        settings: The shop's.
        finder: Whom to look for.
        is_at_door: What happened after an erasure stays.
        is_dry_run: Nothing is written beside it.

    Raises:
        NotRewritten: When its records cannot be written anew.
        FileRefused: When ingestion cannot read any of it either.
    """
    unfinished = file.with_name(f".{file.name}.unfinished")
    found = Rewritten()
    try:
        with unpacking(settings, feed, day, is_dry_run=is_dry_run) as folder:
            parts = parts_of(file)
            finished: dict[str | None, Path] = {}
            refused: list[FileRefused] = []
            for number, part in enumerate(parts):
                try:
                    with unpacked(part, folder) as plain:
                        rewriting = plan(part, plain, feed, day, settings, finder, folder, is_at_door)
                        found.erased[part.name] = rewriting.gone
                        found.changes += rewriting.changes
                        if rewriting.changes and not is_dry_run:
                            finished[part.member] = folder / f"rewritten-{number}"
                            write_part(part, plain, finished[part.member], feed, rewriting, folder)
                except FileRefused as error:  # quarantined whole, with nothing of what is in it
                    refused.append(error)
            if len(refused) == len(parts):
                raise refused[0]
            if finished:
                found.new = unfinished
                write_delivered(file, unfinished, finished)
                shutil.copymode(file, unfinished)
        yield found
    finally:
        if not is_dry_run:
            unfinished.unlink(missing_ok=True)


@contextmanager
def unpacking(settings: Settings, feed: Feed, day: date, *, is_dry_run: bool) -> Iterator[Path]:
    """Where files are unpacked: as ingestion does it, but that a dry run may not disturb a run at work."""
    if not is_dry_run:
        with workspace(settings, feed.name, day) as folder:
            yield folder
        return
    place = settings.data / ".ingest"
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="dry-run-", dir=place) as name:
        yield Path(name)


def plan(
    part: Part,
    plain: Path,
    feed: Feed,
    day: date,
    settings: Settings,
    finder: Finder,
    folder: Path,
    is_at_door: bool,
) -> Rewriting:
    """Finds the records that change in a file of rows, which lies unpacked at `plain`."""
    rewriting = Rewriting()
    for found in read_part(Part(part.name, plain), FeedHeader(feed), folder):
        if isinstance(found, Refused):
            if finder.is_in_fields(found.raw):
                rewriting.refused[found.row or 0] = (found.line or 0, found.raw)
            continue
        numbers, lines = found.rows.to_pylist(), found.lines.to_pylist()
        changes, erased = changes_of(found, feed, day, settings, finder, is_at_door=is_at_door)
        rewriting.erased |= {numbers[at] for at in erased}
        for at, change in changes.items():
            values = {name: found.texts[name][at].as_py() for name in found.texts.column_names}
            rewriting.rows[numbers[at]] = Record(lines[at], found.raw[at], values, change)
    return rewriting


def changes_of(
    batch: Batch, feed: Feed, day: date, settings: Settings, finder: Finder, *, is_at_door: bool
) -> tuple[dict[int, dict[str, str | None]], set[int]]:
    """What changes in the rows of a batch, by their place in it; and the places of erased persons' rows."""
    changes: dict[int, dict[str, str | None]] = {}
    typed = convert(batch, feed, settings.shop["time_zone"], day, _connection().cursor()).typed
    erased = erased_in(typed, feed, finder, is_at_door=is_at_door)
    of_persons = set(pc.indices_nonzero(erased.is_row).to_pylist())
    for column, pseudonyms in erased.pseudonyms.items():
        for at in pc.indices_nonzero(pc.is_valid(pseudonyms)).to_pylist():
            changes.setdefault(at, {})[column] = pseudonyms[at].as_py()
    names = batch.texts.column_names
    for column in personal_columns(names, feed):
        for at in of_persons:
            if (batch.texts[column][at].as_py() or "").strip():
                changes.setdefault(at, {})[column] = None
    for column in (name for name in query_columns(feed) if name in names):
        for at in of_persons:
            text = batch.texts[column][at].as_py() or ""
            path = finder.replaced(path_of(text))
            if path != text:
                changes.setdefault(at, {})[column] = path
    identifiers = identifier_columns(feed)
    for column in names:
        if is_at_door and column in identifiers:
            continue  # of a new acquaintance
        values = batch.texts[column].combine_chunks()
        renamed = finder.replaced_in(values, is_key=not is_loose(column, feed))
        if renamed is not None:
            for at in pc.indices_nonzero(pc.fill_null(pc.not_equal(renamed, values), False)).to_pylist():
                changes.setdefault(at, {}).setdefault(column, renamed[at].as_py())
    return changes, of_persons


def path_of(page: str) -> str:
    """The address of a page without what follows its path."""
    return page.split("?", 1)[0].split("#", 1)[0]
