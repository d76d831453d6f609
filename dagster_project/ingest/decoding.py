"""From the bytes of a text file to its text: compression, byte order mark, UTF-8 or CP932.

A file is decoded whole before any of it is taken: a broken compression or a byte that is in neither encoding
shows only at its place, and half a file must not be taken.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from dagster_project.ingest.records import FileRefused

CHUNK_BYTES = 1 << 20


@contextmanager
def open_text(file: Path) -> Iterator[TextIO]:
    """Opens a text file, with line ends as delivered.

    Raises:
        FileRefused: When it is neither UTF-8 nor CP932, or its compression is broken.
    """
    encoding = find_encoding(file)
    with open_bytes(file) as stream:
        yield io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="")


def open_bytes(file: Path) -> BinaryIO:
    """Opens a file for reading, through gzip when its name ends in `.gz`."""
    if file.name.lower().endswith(".gz"):
        return cast(BinaryIO, gzip.open(file, "rb"))
    return file.open("rb")


def find_encoding(file: Path) -> str:
    """The encoding in which the whole file decodes: UTF-8 (the only one with a BOM), else CP932.

    Raises:
        FileRefused: When it decodes in neither, or its compression is broken.
    """
    with open_bytes(file) as stream:
        try:
            has_mark = stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
            for encoding in ("utf-8-sig",) if has_mark else ("utf-8", "cp932"):
                stream.seek(0)
                if _decodes(stream, encoding):
                    return encoding
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileRefused("is a broken or cut off gzip file: deliver it again") from error
    raise FileRefused("cannot be decoded: deliver it in UTF-8 or CP932")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while chunk := stream.read(CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
