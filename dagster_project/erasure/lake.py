"""What was read of the landing zone, rewritten as a reading of the rewritten files would give it.

The files of the landing zone may be gone since, so the lake is not read again from them: both are rewritten,
and the mark of the delivery says that they belong together. The mark is written first: whatever is cut off
after that is taken up by the next sweep.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.erasure.delivered import rewritten
from dagster_project.erasure.rewriting import NotRewritten
from dagster_project.erasure.rows import QUERY, erased_in, is_loose, personal_columns, query_columns
from dagster_project.erasure.texts import Finder
from dagster_project.files import put
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.identifiers import NORMALISED, normalised_columns
from dagster_project.ingest.lake import (
    MARK,
    ORIGIN,
    PARTITION,
    ROWS,
    SCHEMA_DAY,
    delivery_folder,
    read_mark,
    rows_file,
    write_mark,
)
from dagster_project.ingest.landing import content_fingerprint, shown, undated_files
from dagster_project.ingest.records import FileRefused
from dagster_project.settings import Settings


@dataclass
class Swept:
    """What a sweep rewrote, or would rewrite: files and rows by place; and what it could not, by its path."""

    files: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)

    def count(self, place: str, rows: int) -> None:
        """Counts a file with rows that change."""
        self.files[place] += 1
        self.rows[place] += rows


def sweep(settings: Settings, feeds: Iterable[Feed], finder: Finder, *, is_dry_run: bool = False) -> Swept:
    """Rewrites landing zone, lake and what was set aside, delivery by delivery.

    What was rewritten before stays.
    """
    swept = Swept()
    for feed in feeds:
        for day in days_of(settings, feed.name):
            sweep_delivery(settings, feed, day, finder, swept, is_dry_run=is_dry_run)
        for file in undated_files(settings, feed.name):
            sweep_file(settings, feed, file, finder, swept, is_dry_run=is_dry_run)
    return swept


def days_of(settings: Settings, feed: str) -> list[date]:
    """Days of deliveries of a feed, in the landing zone, the lake or among what was set aside."""
    roots = (settings.lake / feed, settings.quarantine / feed, settings.nulled / feed)
    names = {
        folder.name.removeprefix(f"{PARTITION}=") for root in roots for folder in root.glob(f"{PARTITION}=*")
    }
    names |= {folder.name for folder in (settings.landing / feed).glob("????-??-??") if folder.is_dir()}
    days = set()
    for name in names:
        try:
            days.add(date.fromisoformat(name))
        except ValueError:
            continue
    return sorted(days - {SCHEMA_DAY})


def sweep_file(
    settings: Settings, feed: Feed, file: Path, finder: Finder, swept: Swept, *, is_dry_run: bool
) -> None:
    """Rewrites a file that lies in no folder of a day yet."""
    day = settings.now().date()
    try:
        with rewritten(file, feed, day, settings, finder, is_dry_run=is_dry_run) as found:
            if found.changes:
                swept.count("landing", found.changes)
            if found.new:
                put(found.new, file)
    except FileRefused:
        return  # the search says whether somebody is in it
    except (NotRewritten, OSError):
        swept.left.append(f"landing/{feed.name}/{shown(file.name)}")


def sweep_delivery(
    settings: Settings, feed: Feed, day: date, finder: Finder, swept: Swept, *, is_dry_run: bool
) -> None:
    """Rewrites all that is kept of one delivery: prepared beside, then the mark, then renamed."""
    erased: dict[str, set[int]] = {}
    with ExitStack() as stack:
        finished: dict[Path, Path] = {}
        landed: dict[str, Path] = {}
        for file in delivery_files(settings, feed.name, day):
            try:
                found = stack.enter_context(
                    rewritten(file, feed, day, settings, finder, is_dry_run=is_dry_run)
                )
            except FileRefused:
                continue  # ingestion cannot read it either; the search says whether somebody is in it
            except (NotRewritten, OSError):
                swept.left.append(f"landing/{feed.name}/{day}/{shown(file.name)}")
                continue
            erased |= found.erased
            if found.changes:
                swept.count("landing", found.changes)
            if found.new:
                landed[shown(file.name)] = found.new
                finished[file] = found.new
        lake = delivery_folder(settings.lake, feed.name, day)
        for file in sorted(lake.glob("*.parquet")):
            unfinished = None if is_dry_run else stack.enter_context(removed_at_end(file))
            rows = rewrite_rows(file, unfinished, feed, finder)
            if rows:
                swept.count("lake", rows)
            if rows and unfinished:
                finished[file] = unfinished
        for place, root in (("quarantine", settings.quarantine), ("nulled", settings.nulled)):
            aside = delivery_folder(root, feed.name, day) / ROWS
            if not aside.exists():
                continue
            unfinished = None if is_dry_run else stack.enter_context(removed_at_end(aside))
            rows = rewrite_quarantine(aside, unfinished, erased, finder)
            if rows:
                swept.count(place, rows)
            if rows and unfinished:
                finished[aside] = unfinished
        if finished:
            remark(settings, feed.name, day, landed)
            for file, unfinished in finished.items():
                put(unfinished, file)
            note_rows(settings, feed.name, day)


class removed_at_end:
    """A name beside a file to write under; what lies there at the end is removed."""

    def __init__(self, file: Path) -> None:
        self.unfinished = file.with_name(f".{file.name}.unfinished")

    def __enter__(self) -> Path:
        self.unfinished.unlink(missing_ok=True)
        return self.unfinished

    def __exit__(self, *_: object) -> None:
        self.unfinished.unlink(missing_ok=True)


def delivery_files(settings: Settings, feed: str, day: date) -> list[Path]:
    """What lies in the folder of a day in the landing zone, but for what is hidden."""
    folder = settings.landing / feed / day.isoformat()
    if not folder.is_dir():
        return []
    return sorted(
        Path(entry.path) for entry in os.scandir(folder) if entry.is_file() and entry.name[0] != "."
    )


def remark(settings: Settings, feed: str, day: date, landed: dict[str, Path]) -> None:
    """Tells the mark of a delivery what its files are going to be, so that they count as read.

    Size and checksum are theirs; the times are set by the renaming, and the next run takes them from the file
    whose checksum it finds unchanged. What the mark keeps of the file in the lake is noted when that is in
    place (`note_rows`); were it cut off before, the next run would note it.
    """
    if not (delivery_folder(settings.lake, feed, day) / MARK).exists():
        return
    mark = read_mark(settings, feed, day)
    if mark is None:
        return
    for file in mark["files"]:
        if new := landed.get(file["name"]):
            file |= {"bytes": new.stat().st_size, "sha256": content_fingerprint(new)}
    mark.pop("lake", None)
    write_mark(settings, mark)


def note_rows(settings: Settings, feed: str, day: date) -> None:
    """Notes in the mark of a delivery what its rewritten file in the lake is like."""
    mark = read_mark(settings, feed, day)
    if mark is not None and (delivery_folder(settings.lake, feed, day) / ROWS).exists():
        write_mark(settings, mark | {"lake": asdict(rows_file(settings, feed, day))})


def rewrite_rows(file: Path, target: Path | None, feed: Feed, finder: Finder) -> int:
    """Writes a file of the lake without erased persons; returns how many rows change, 0 for no new file."""
    with pq.ParquetFile(file) as old:
        changed = sum(rows for _, rows in cleaned_groups(old, feed, finder))
        if not changed or target is None:
            return changed
        with pq.ParquetWriter(target, old.schema_arrow, compression="zstd") as writer:
            for table, _ in cleaned_groups(old, feed, finder):
                writer.write_table(table)
    target.chmod(file.stat().st_mode & 0o777)
    return changed


def cleaned_groups(old: pq.ParquetFile, feed: Feed, finder: Finder) -> Iterator[tuple[pa.Table, int]]:
    """The row groups of a file of the lake without erased persons, each with how many rows changed."""
    for group in range(old.num_row_groups):
        yield cleaned(old.read_row_group(group), feed, finder)


def cleaned(rows: pa.Table, feed: Feed, finder: Finder) -> tuple[pa.Table, int]:
    """Rows of the lake without erased persons, and how many of them changed."""
    erased = erased_in(with_contract(rows, feed), feed, finder, is_at_door=False)
    columns = {name: rows[name].combine_chunks() for name in rows.column_names}
    for name, pseudonyms in erased.pseudonyms.items():
        for place in (name, NORMALISED.get(name, "")):
            if place in columns:
                columns[place] = pc.coalesce(pseudonyms, columns[place].cast(pa.string()))
    own = {*normalised_columns(feed).values(), *ORIGIN.names}
    delivered = [name for name in columns if name not in own]
    for name in personal_columns(delivered, feed):
        columns[name] = pc.if_else(erased.is_row, pa.scalar(None, columns[name].type), columns[name])
    for name in (name for name in query_columns(feed) if name in columns):
        path = pc.replace_substring_regex(columns[name], QUERY, "")
        columns[name] = pc.if_else(erased.is_row, path, columns[name])
    for name in delivered:
        if pa.types.is_string(columns[name].type):
            found = finder.replaced_in(columns[name], is_key=not is_loose(name, feed))
            columns[name] = columns[name] if found is None else found
    if "_nulled" in columns:
        columns["_nulled"] = still_nulled(
            columns["_nulled"], erased.is_row, personal_columns(delivered, feed)
        )
    table = pa.table(columns, schema=rows.schema)
    return table, 0 if table.equals(rows) else count_changed(rows, table)


def still_nulled(nulled: pa.Array, is_row: pa.Array, gone: Iterable[str]) -> pa.Array:
    """The columns of each row whose value could not be read: what is empty since was not delivered."""
    gone = set(gone)
    places = pc.indices_nonzero(pc.and_(is_row, pc.greater(pc.list_value_length(nulled), 0))).to_pylist()
    if not places:
        return nulled
    names = nulled.to_pylist()
    for at in places:
        names[at] = [name for name in names[at] if name not in gone]
    return pa.array(names, nulled.type)


def with_contract(rows: pa.Table, feed: Feed) -> pa.Table:
    """Rows with all columns of the contract: a column that it did not have when they were read is null."""
    for column in feed.all_columns:
        if column.name not in rows.column_names:
            rows = rows.append_column(column.name, pa.nulls(rows.num_rows, pa.string()))
    return rows


def count_changed(before: pa.Table, after: pa.Table) -> int:
    """In how many rows two tables of the same shape differ."""
    is_other = pa.repeat(pa.scalar(False), before.num_rows)
    for name in before.column_names:
        one, other = before[name].combine_chunks(), after[name].combine_chunks()
        if one.equals(other):
            continue
        if pa.types.is_list(one.type):  # lists have no comparison
            one, other = (pa.array(map(str, values.to_pylist()), pa.string()) for values in (one, other))
        differs = pc.or_(
            pc.fill_null(pc.not_equal(one, other), False), pc.xor(pc.is_null(one), pc.is_null(other))
        )
        is_other = pc.or_(is_other, differs)
    return pc.sum(is_other).as_py()


def rewrite_quarantine(file: Path, target: Path | None, erased: dict[str, set[int]], finder: Finder) -> int:
    """Writes a file of what was set aside without the texts and values of erased persons; the rows stay.

    Args:
        file: The file.
        target: Its new form, or None when it is only asked.
        erased: Of each file of the delivery the numbers of the rows that are an erased person's.
        finder: For rows whose file is gone: those that have an erased identifier.

    Returns:
        How many rows change, 0 without a new file.
    """
    with pq.ParquetFile(file) as opened:
        rows = opened.read()
    goes = [
        bool(row["raw"] or row["value"])
        and (
            row["row"] in erased.get(row["file"], ()) or finder.is_in_fields(f"{row['raw']}\n{row['value']}")
        )
        for row in rows.select(["file", "row", "value", "raw"]).to_pylist()
    ]
    if not any(goes) or target is None:
        return sum(goes)
    mask = pa.array(goes)
    for name, instead in (("value", None), ("raw", "")):
        at = rows.column_names.index(name)
        rows = rows.set_column(at, rows.schema.field(name), pc.if_else(mask, instead, rows[name]))
    pq.write_table(rows, target, compression="zstd")
    target.chmod(file.stat().st_mode & 0o777)
    return sum(goes)
