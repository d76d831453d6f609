"""What is in a delivered file: itself, what is compressed in it, or the files of a zip archive.

Content decides where the name lies: a zip, gzip or workbook that is called .csv is read as what it is.
Whatever is packed is unpacked into the folder of the delivery first, up to limits, so that the readers find
plain files and no small file fills the memory or the disk.
"""

from __future__ import annotations

import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from dagster_project.ingest.decoding import CHUNK_BYTES
from dagster_project.ingest.landing import extension_of, is_ignored, natural_order, shown
from dagster_project.ingest.records import FileRefused

#: Bytes that a file may have when unpacked; and how many times its size, once it has `RATIO_FROM`.
LARGEST_UNPACKED = 8 << 30
LARGEST_RATIO = 200
RATIO_FROM = 64 << 20

#: Files of an archive, beyond which it is taken for something else than a delivery.
MOST_FILES = 1_000

GZIP, ZIP, PARQUET, OLE = b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"

TEXT = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json")
KNOWN = (*TEXT, ".parquet", ".xlsx")

BOMB = f"unpacks to more than {LARGEST_RATIO} times its size or 8 GiB: deliver it in smaller files"
BROKEN_ZIP = "is a broken, cut off or encrypted zip archive: deliver it again, without a password"
BROKEN_GZIP = "is a broken or cut off gzip file: deliver it again"
UNKNOWN = f"has an unknown extension: known are {' '.join(KNOWN)}, .gz of the first six, and .zip"


@dataclass(frozen=True)
class Part:
    """One file of rows.

    Attributes:
        name: How it is named in reports: the file's name, in a zip followed by the path inside.
        file: The delivered file.
        member: Its path inside the archive, or None when the file is no archive.
    """

    name: str
    file: Path
    member: str | None = None


def parts_of(file: Path) -> list[Part]:
    """The files of rows in a delivered file, in natural order.

    Raises:
        FileRefused: When it is no file, cannot be opened, or is an archive that cannot be used.
    """
    if not stat.S_ISREG(_status(file).st_mode):
        raise FileRefused("is no file: put files directly into the folder of the day")
    with _readable():
        if not is_archive(file):
            return [Part(shown(file.name), file)]
        with open_archive(file) as archive:
            members = [member for member in archive.infolist() if is_delivered(member)]
    if not members:
        raise FileRefused("is an archive without a file: put the files into it, or deliver them as they are")
    if len(members) > MOST_FILES:
        raise FileRefused(f"is an archive of more than {MOST_FILES:,} files: deliver fewer, larger ones")
    _check_size(sum(member.file_size for member in members), file.stat().st_size)
    names = sorted((member.filename for member in members), key=natural_order)
    return [Part(f"{shown(file.name)}/{shown(name)}", file, name) for name in names]


@contextmanager
def unpacked(part: Part, folder: Path) -> Iterator[Path]:
    """A file with the bytes of a part, compressed no more.

    Args:
        part: What is read.
        folder: Where it may be unpacked; nothing of it stays there.

    Raises:
        FileRefused: When its extension is unknown, it cannot be unpacked, or grows beyond the limits.
    """
    extension = extension_of(part.member or part.name)
    if extension not in KNOWN and not (part.member is None and extension == ".zip"):
        raise FileRefused(UNKNOWN)
    made: list[Path] = []
    try:
        path = part.file
        with _readable():
            if part.member is not None:
                path = _target(folder, made)
                with open_archive(part.file) as archive, archive.open(part.member) as packed:
                    _write(packed, path, part.file.stat().st_size)
            while begins_with(path, GZIP):
                if len(made) > 1:
                    raise FileRefused("is compressed several times: compress it once")
                source, path = path, _target(folder, made)
                try:
                    with gzip.open(source, "rb") as packed:
                        _write(packed, path, source.stat().st_size)
                except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                    raise FileRefused(BROKEN_GZIP) from error
        yield path
    finally:
        for file in made:
            file.unlink(missing_ok=True)


def is_archive(file: Path) -> bool:
    """Whether a file is a zip archive of files, which a workbook is not."""
    if not begins_with(file, ZIP):
        return file.name.lower().endswith(".zip")
    return not is_workbook(file)


def is_workbook(file: Path) -> bool:
    """Whether a file is an Excel workbook (.xlsx), which is a zip archive of its parts."""
    if not begins_with(file, ZIP):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError):
        return file.name.lower().endswith(".xlsx")


def begins_with(file: Path, magic: bytes) -> bool:
    """Whether a file begins with these bytes."""
    with file.open("rb") as stream:
        return stream.read(len(magic)) == magic


def is_delivered(member: zipfile.ZipInfo) -> bool:
    """Whether a file of an archive is delivered: no folder, nothing that tools leave beside files."""
    path = PurePosixPath(member.filename)
    return not member.is_dir() and not any(is_ignored(name) for name in path.parts)


def _target(folder: Path, made: list[Path]) -> Path:
    made.append(folder / f"unpacked-{len(made)}")
    return made[-1]


def _write(packed: IO[bytes] | gzip.GzipFile, target: Path, packed_bytes: int) -> None:
    written = 0
    with target.open("wb") as plain:
        while chunk := packed.read(CHUNK_BYTES):
            written += len(chunk)
            _check_size(written, packed_bytes)
            plain.write(chunk)


def _check_size(unpacked_bytes: int, packed_bytes: int) -> None:
    is_dense = unpacked_bytes > max(RATIO_FROM, LARGEST_RATIO * packed_bytes)
    if is_dense or unpacked_bytes > LARGEST_UNPACKED:
        raise FileRefused(BOMB)


@contextmanager
def open_archive(file: Path) -> Iterator[zipfile.ZipFile]:
    """Opens a zip archive; names that are not marked as UTF-8 are CP932, as Windows writes them in Japan.

    Raises:
        FileRefused: When it is broken or wants a password (a RuntimeError of zipfile), also while it is read.
    """
    try:
        with zipfile.ZipFile(file, metadata_encoding="cp932") as archive:
            yield archive
    except (zipfile.BadZipFile, RuntimeError, EOFError, zlib.error, KeyError, UnicodeError) as error:
        raise FileRefused(BROKEN_ZIP) from error


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise FileRefused("may not be opened: give the pipeline's user the right to read it") from error


def _status(file: Path) -> os.stat_result:
    try:
        return file.stat()
    except OSError as error:  # a link to nothing, or gone since the folder was listed
        raise FileRefused("cannot be found: it is a link to nothing, or was removed") from error
