"""Writing the rows of a query as a destination's files: encoding, splitting, packing, modes.

DuckDB writes the rows as text, one line per row; they are streamed from there into parts, so that memory does
not grow with the list.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb

from dagster_project.activate.destination import Destination
from dagster_project.activate.values import literal
from dagster_project.files import sha256_of_file

#: Characters whose JIS code Unix and Windows read differently: CP932 has them only in Windows' reading.
WINDOWS_READING = str.maketrans("〜‖−¢£¬—", "～∥－￠￡￢―")
#: What Japanese printers put where a character is missing.
MISSING_CHARACTER = "〓"

#: Fixed, so that the same rows are the same bytes.
PARQUET_OPTIONS = "format parquet, compression zstd, row_group_size 122880"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ExportedFile:
    """A file of an export; `kind` is full, added, removed or changed."""

    kind: str
    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Listing:
    """The rows of one kind: a query with a total order, and its columns (English names).

    Attributes:
        is_empty: Whether it is known, without running the query, that there are none.
    """

    kind: str
    query: str
    columns: list[str]
    is_empty: bool = False


def create_private_folder(folder: Path) -> Path:
    """Makes a folder, and those above it that are missing, for its owner only."""
    if not folder.is_dir():
        create_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_listing(
    connection: duckdb.DuckDBPyConnection,
    listing: Listing,
    destination: Destination,
    segment_name: str,
    folder: Path,
) -> list[ExportedFile]:
    """Writes the rows of one kind, in one file or more.

    Args:
        connection: Where the query runs.
        listing: What to write.
        destination: How.
        segment_name: For file names.
        folder: Where to; nothing but the files is left in it.
    """
    write = write_parquet if destination.format == "parquet" else write_text
    parts = write(connection, listing, destination, folder)
    return [
        finish(part, rows, listing, destination, segment_name, number if len(parts) > 1 else None)
        for number, (part, rows) in enumerate(parts, start=1)
    ]


def finish(
    part: Path,
    rows: int,
    listing: Listing,
    destination: Destination,
    segment_name: str,
    number: int | None,
) -> ExportedFile:
    """Packs a written part if the destination wants it so, and gives it its name and mode."""
    name = destination.file_name.format(
        file=listing.kind,
        part="" if number is None else f"-{number:03}",
        extension=destination.extension,
        segment=segment_name,
    )
    file = part.with_name(name)
    if destination.compression == "zip":
        pack(part, file)
        part.unlink()
    else:
        part.rename(file)
    file.chmod(0o600)
    return ExportedFile(listing.kind, name, rows, file.stat().st_size, sha256_of_file(file))


def pack(part: Path, file: Path) -> None:
    """Packs one part into a zip whose bytes depend on nothing but the part."""
    entry = zipfile.ZipInfo(f"{file.stem}.csv", date_time=ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with (
        part.open("rb") as source,
        zipfile.ZipFile(file, "w") as archive,
        archive.open(entry, "w") as target,
    ):
        shutil.copyfileobj(source, target)


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    listing: Listing,
    destination: Destination,
    folder: Path,
) -> list[tuple[Path, int]]:
    """Writes the rows as Parquet; returns the parts and their numbers of rows."""
    limit = destination.rows_per_file
    parts: list[tuple[Path, int]] = []
    while not parts or parts[-1][1] == limit:
        part = folder / f".{listing.kind}.{len(parts) + 1}"
        window = f" limit {limit} offset {len(parts) * limit}" if limit else ""
        parts.append((part, copy_parquet(connection, listing.query + window, part)))
    if len(parts) > 1 and parts[-1][1] == 0:
        parts.pop()[0].unlink()
    return parts


def copy_parquet(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> int:
    """Writes the rows of a query, in its order, as one Parquet file; returns their number."""
    copied = connection.execute(f"copy ({query}) to {literal(str(file))} ({PARQUET_OPTIONS})")
    file.chmod(0o600)
    return copied.fetchall()[0][0]


def write_text(
    connection: duckdb.DuckDBPyConnection,
    listing: Listing,
    destination: Destination,
    folder: Path,
) -> list[tuple[Path, int]]:
    """Writes the rows as delimited text; returns the parts and their numbers of rows."""
    body = folder / f".{listing.kind}.body"
    if listing.is_empty:
        body.touch()
    else:
        connection.execute(f"copy ({listing.query}) to {literal(str(body))} ({copy_options(destination)})")
    header = header_line(listing.columns, destination)
    with body.open("rb") as lines:
        encoded = map(to_cp932, lines) if destination.encoding == "cp932" else lines
        parts = split(encoded, header, destination, folder / f".{listing.kind}")
    body.unlink()
    return parts


def copy_options(destination: Destination) -> str:
    """DuckDB's options for the lines of a delimited text."""
    options = ["format csv", "header false", f"delimiter {literal(destination.delimiter)}"]
    if destination.line_ending == "crlf":
        options.append("new_line '\r\n'")
    if destination.quoting == "all":
        options.append("force_quote *")
    if destination.quoting == "none":
        options.append("quote '', escape ''")
    return ", ".join(options)


def header_line(columns: list[str], destination: Destination) -> bytes:
    """What every part begins with: the byte order mark and the header, if the destination wants them."""
    mark = "\ufeff" if destination.encoding == "utf-8-sig" else ""
    encoding = "cp932" if destination.encoding == "cp932" else "utf-8"
    if destination.header == "none":
        return mark.encode(encoding)
    labels = {column.label("en"): column.label(destination.header) for column in destination.columns}
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=destination.delimiter,
        lineterminator="\r\n" if destination.line_ending == "crlf" else "\n",
        quoting=csv.QUOTE_ALL if destination.quoting == "all" else csv.QUOTE_MINIMAL,
    )
    writer.writerow(labels[name] for name in columns)
    return (mark + text.getvalue()).encode(encoding)


def to_cp932(line: bytes) -> bytes:
    """A line of UTF-8 in CP932; what CP932 cannot express is marked, never dropped silently."""
    text = line.decode("utf-8").translate(WINDOWS_READING)
    try:
        return text.encode("cp932")
    except UnicodeEncodeError:
        return b"".join(character_to_cp932(character) for character in text)


def character_to_cp932(character: str) -> bytes:
    """One character in CP932, or the mark for a missing one."""
    try:
        return character.encode("cp932")
    except UnicodeEncodeError:
        return MISSING_CHARACTER.encode("cp932")


def split(
    lines: Iterator[bytes], header: bytes, destination: Destination, stem: Path
) -> list[tuple[Path, int]]:
    """Writes lines into parts within the destination's limits; returns the parts and their row numbers.

    There is always one part, if only with a header. A line over the limit by itself gets its own part.
    """
    rows_limit = destination.rows_per_file or float("inf")
    bytes_limit = destination.bytes_per_file or float("inf")
    parts: list[tuple[Path, int]] = []
    line = next(lines, b"")
    while line or not parts:
        part = Path(f"{stem}.{len(parts) + 1}")
        rows, size = 0, len(header)
        with open_private(part) as target:
            target.write(header)
            while line and rows < rows_limit and (rows == 0 or size + len(line) <= bytes_limit):
                target.write(line)
                rows, size = rows + 1, size + len(line)
                line = next(lines, b"")
        parts.append((part, rows))
    return parts


def open_private(file: Path) -> BinaryIO:
    """Opens a new file that is its owner's only from the first byte on."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
