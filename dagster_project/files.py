"""Files that later runs rely on: there whole or not at all, also when the disk is full or the power fails.

A file is written under another name beside its own, brought to the disk, and renamed; then its folder is
brought to the disk too, as the new name stands there. PostgreSQL writes its files in the same order
(`durable_rename`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DamagedFile(OSError):
    """A file that cannot be used and not be made again; the message names it, the reason and what to do."""


class DiskFull(OSError):
    """Too little room for what is about to be written; the message says how much is needed, and where."""


@contextmanager
def replaced(file: Path) -> Iterator[Path]:
    """A name to write under; at the end of the block, what lies there takes the place of `file`.

    When the block or the disk fails, the former file stays and nothing is left beside it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        yield unfinished
        put(unfinished, file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def put(finished: Path, file: Path) -> None:
    """Moves a finished file to its place on the same disk, replacing what was there."""
    sync(finished)
    finished.replace(file)
    sync(file.parent)


def put_folder(finished: Path, folder: Path) -> None:
    """Moves a finished folder of files to its place on the same disk, where nothing may be."""
    for file in finished.iterdir():
        sync(file)
    sync(finished)
    finished.rename(folder)
    sync(folder.parent)


def sync(path: Path) -> None:
    """Waits until a file's bytes, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(text: str, file: Path) -> None:
    """Writes a text in UTF-8."""
    with replaced(file) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def read_text(file: Path) -> str | None:
    """The text of a file; None when it is gone or is no text."""
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def sha256_of_file(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def has_parquet_footer(file: Path) -> bool:
    """Whether a file ends as Parquet does: neither gone nor cut off nor emptied."""
    import pyarrow as pa  # here, as it takes long and every command reads this module
    import pyarrow.parquet as pq

    try:
        pq.read_metadata(file)
    except (OSError, pa.ArrowInvalid):
        return False
    return True


def require_space(folder: Path, needed: int, what_for: str) -> None:
    """Refuses to begin what would not fit.

    Args:
        folder: On the disk that is written to; it may not be there yet.
        needed: Bytes.
        what_for: Ends the sentence "… needs n MB".

    Raises:
        DiskFull: When less is free.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise DiskFull(
            f"{what_for} needs about {megabytes(needed)} in {folder}, and {megabytes(free)} are free:"
            " make room on that disk, and run again"
        )


def megabytes(size: int) -> str:
    """A number of bytes as people read it."""
    return f"{-(-size // 1_000_000):,} MB"
