"""Files are there whole or not at all: written beside their place, brought to the disk, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(file: Path) -> Iterator[Path]:
    """A name to write under, for the owner only; at the end, what lies there takes the place of `file`.

    When the block fails, the former file stays and nothing is left beside it.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield unfinished
        put(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)


def put(finished: Path, file: Path) -> None:
    """Moves a finished file to its place on the same disk, replacing what was there."""
    sync(finished)
    finished.replace(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Waits until a file's bytes, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(text: str, file: Path) -> None:
    """Writes a text in UTF-8, for the owner only."""
    with replaced(file) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
