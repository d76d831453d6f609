"""What lies in the lake: its schema, atomic writes, and the commit mark of a delivery.

A delivery is committed when its `_delivery.json` is there. The mark is taken away before the rows change
and written after that, so a process that dies in between leaves a delivery that will be read again. The mark
also keeps what the file of the rows was like, so that one that is lost, cut off or another is noticed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.files import has_parquet_footer, put, read_text, replaced, sha256_of_file, write_text
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.identifiers import normalised_columns
from dagster_project.settings import Settings

ROWS = "rows.parquet"
MARK = "_delivery.json"

#: The folder of empty files (rows with the whole schema, a mark), so that dbt finds its sources; no delivery.
SCHEMA_DAY = date(1900, 1, 1)

#: What a mark must tell; one that does not is damaged.
MARKED = frozenset("feed delivery taken files rules".split())

#: Columns that every row of the lake has beside its contract's.
ORIGIN = pa.schema(
    [
        ("_file", pa.string()),
        (
            "_file_number",
            pa.int64(),
        ),  # in the natural order of the delivery's files
        ("_row", pa.int64()),
        ("_loaded_at", pa.timestamp("us")),
        ("_nulled", pa.list_(pa.string())),
    ]
)

#: Made by readers from the name of the folder, so no column of a file may have this name.
PARTITION = "delivery"

TYPES = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def arrow_type(data_type: str) -> pa.DataType:
    """The Arrow type of a contract's type."""
    if data_type in TYPES:
        return TYPES[data_type]
    precision, scale = data_type.removeprefix("decimal(").removesuffix(")").split(",")
    return pa.decimal128(int(precision), int(scale))


def schema_of(feed: Feed, unknown: Iterable[str] = ()) -> pa.Schema:
    """The schema of a feed's rows in the lake.

    Args:
        feed: The contract.
        unknown: Delivered columns that the contract does not know, by their names in the lake.
    """
    contract = [(column.name, arrow_type(column.data_type)) for column in feed.all_columns]
    others = [(name, pa.string()) for name in (*unknown, *normalised_columns(feed).values())]
    return pa.schema([*contract, *others, *ORIGIN])


def lake_name(unknown: str, feed: Feed) -> str:
    """The name in the lake of a column that the contract does not know."""
    taken = {*normalised_columns(feed).values(), *ORIGIN.names, PARTITION}
    return f"{unknown}_delivered" if unknown in taken else unknown


def delivery_folder(root: Path, feed: str, day: date) -> Path:
    """Folder of a delivery in the lake or in quarantine."""
    return root / feed / f"{PARTITION}={day}"


def read_mark(settings: Settings, feed: str, day: date) -> dict[str, Any] | None:
    """What was written down when a delivery was read; None when it never was to the end, or is damaged."""
    text = read_text(delivery_folder(settings.lake, feed, day) / MARK)
    try:
        mark = json.loads(text or "")
    except ValueError:
        return None
    return mark if isinstance(mark, dict) and mark.keys() >= MARKED else None


def write_mark(settings: Settings, mark: dict[str, Any]) -> None:
    """Writes down what was read: from here on the delivery counts as read."""
    file = delivery_folder(settings.lake, mark["feed"], date.fromisoformat(mark["delivery"])) / MARK
    write_text(json.dumps(mark, ensure_ascii=False, indent=1), file)


@dataclass(frozen=True)
class RowsFile:
    """What the mark of a delivery keeps of its file in the lake."""

    rows: int
    bytes: int
    mtime_ns: int
    ctime_ns: int
    sha256: str


def rows_file(settings: Settings, feed: str, day: date) -> RowsFile:
    """What the file of a delivery's rows is like now.

    Raises:
        OSError: When it is gone.
        pa.ArrowInvalid: When it is no whole Parquet file.
    """
    file = delivery_folder(settings.lake, feed, day) / ROWS
    rows, status = pq.read_metadata(file).num_rows, file.stat()
    return RowsFile(rows, status.st_size, status.st_mtime_ns, status.st_ctime_ns, sha256_of_file(file))


def holds_what_was_taken(settings: Settings, mark: dict[str, Any], *, is_read: bool = False) -> bool:
    """Whether the lake has the rows that a mark says were taken.

    As long as size and times are those noted, the file is not opened; else its checksum tells. Of marks that
    earlier versions wrote, the number of rows does.

    Args:
        settings: Where the lake is.
        mark: The delivery's.
        is_read: The checksum tells in any case.
    """
    feed, day, noted = mark["feed"], date.fromisoformat(mark["delivery"]), mark.get("lake")
    if noted and not is_read and _looks_the_same(delivery_folder(settings.lake, feed, day) / ROWS, noted):
        return True
    try:
        found = asdict(rows_file(settings, feed, day))
    except (OSError, pa.ArrowInvalid):
        return False
    if found["rows"] != mark["taken"] or (noted and found["sha256"] != noted["sha256"]):
        return False
    if found != noted:
        write_mark(settings, mark | {"lake": found})
    return True


def _looks_the_same(file: Path, noted: dict[str, Any]) -> bool:
    try:
        status = file.stat()
    except FileNotFoundError:
        return False
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns) == (
        noted["bytes"], noted["mtime_ns"], noted["ctime_ns"],
    )  # fmt: skip


def deliveries_in_lake(settings: Settings, feed: str) -> list[date]:
    """Days of the deliveries of a feed that have a folder in the lake, ascending."""
    names = (
        folder.name.removeprefix(f"{PARTITION}=") for folder in (settings.lake / feed).glob(f"{PARTITION}=*")
    )
    return [day for day in sorted(map(date.fromisoformat, names)) if day != SCHEMA_DAY]


def replace_delivery(settings: Settings, feed: str, day: date, rows: Path, refused: Path | None) -> None:
    """Puts a delivery's finished files in place of the former ones; uncommitted until its mark is written.

    Args:
        settings: Where the lake and the quarantine are.
        feed: Name of the feed.
        day: Day of the delivery.
        rows: Parquet of the rows taken.
        refused: Parquet of the rows not taken, or None when there is none.
    """
    lake = delivery_folder(settings.lake, feed, day)
    quarantine = delivery_folder(settings.quarantine, feed, day)
    lake.mkdir(parents=True, exist_ok=True)
    (lake / MARK).unlink(missing_ok=True)
    if refused:
        quarantine.mkdir(parents=True, exist_ok=True)
        put(refused, quarantine / ROWS)
    else:
        (quarantine / ROWS).unlink(missing_ok=True)
    put(rows, lake / ROWS)


@contextmanager
def workspace(settings: Settings, feed: str, day: date) -> Iterator[Path]:
    """A folder for the unfinished files of a delivery, beside the lake so that a rename puts them in place.

    Whatever a killed process left in it is thrown away.
    """
    folder = settings.data / ".ingest" / f"{feed}-{day}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ensure_schema_files(settings: Settings, feeds: Iterable[Feed]) -> list[str]:
    """Writes the empty files of each feed that has none or one of a former contract.

    Args:
        settings: Where the lake is.
        feeds: The contracts.

    Returns:
        Names of the feeds whose file was written.
    """
    written = []
    for feed in feeds:
        file = delivery_folder(settings.lake, feed.name, SCHEMA_DAY) / ROWS
        schema = schema_of(feed)
        file.parent.mkdir(parents=True, exist_ok=True)
        if read_text(file.parent / MARK) != "":
            write_text("", file.parent / MARK)
        if has_parquet_footer(file) and pq.read_schema(file).equals(schema):
            continue
        with replaced(file) as unfinished:
            pq.write_table(schema.empty_table(), unfinished)
        written.append(feed.name)
    return written


class Segments:
    """Parquet files of one delivery while it is read: a new one for each file and set of columns."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.rows = 0
        self.files: list[Path] = []
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Adds rows, in a further file when their columns are others."""
        if self._writer is None or not self._writer.schema.equals(table.schema):
            self.close()
            self.files.append(self.folder / f"{self.name}-{len(self.files)}.parquet")
            self._writer = pq.ParquetWriter(self.files[-1], table.schema, compression="zstd")
        self._writer.write_table(table)
        self.rows += table.num_rows

    def close(self) -> None:
        """Finishes the file in work."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def join_segments(files: Sequence[Path], schema: pa.Schema, joined: Path) -> None:
    """Makes one Parquet file of several; columns that one does not have are null.

    Args:
        files: Parquet files, each with some of the columns.
        schema: All columns.
        joined: The file to write.
    """
    if len(files) == 1 and pq.read_schema(files[0]).equals(schema):
        files[0].replace(joined)
        return
    with pq.ParquetWriter(joined, schema, compression="zstd") as writer:
        for file in files:
            with pq.ParquetFile(file) as segment:
                for group in range(segment.num_row_groups):
                    writer.write_table(with_columns(segment.read_row_group(group), schema))


def with_columns(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the columns of a schema; those it does not have are null."""
    return pa.Table.from_arrays(
        [
            table[field.name] if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
            for field in schema
        ],
        schema=schema,
    )
