"""From the bytes of a text file to its text: byte order mark, UTF-8, UTF-16 or CP932.

A file is decoded whole before any of it is taken: a byte that is in no encoding shows only at its place, and
half a file must not be taken.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from dagster_project.ingest.records import LONGEST_LINE, TOO_LONG, FileRefused

CHUNK_BYTES = 1 << 20

#: How bytes that are no UTF-8 stand in the text: as characters that no other text has.
DAMAGE = "surrogateescape"

NOT_DECODED = "has bytes that are no character of its encoding: deliver the line again"


@contextmanager
def open_text(file: Path) -> Iterator[TextIO]:
    """Opens a text file, with line ends as delivered; damaged bytes are found by `is_damaged`.

    Raises:
        FileRefused: When it is neither UTF-8, UTF-16 nor CP932, or empty.
    """
    encoding = find_encoding(file)
    with file.open(
        encoding=encoding, errors=DAMAGE if encoding.startswith("utf-8") else "strict", newline=""
    ) as text:
        yield text


def is_damaged(text: str) -> bool:
    """Whether a text has bytes that are no UTF-8."""
    return any("\udc80" <= character <= "\udcff" for character in text)


def readable(text: str) -> str:
    """A text with its damaged bytes and half characters written as escapes."""
    return text.encode("utf-8", DAMAGE).decode("utf-8", "backslashreplace") if not text.isascii() else text


def find_encoding(file: Path) -> str:
    """The encoding of a file: what its mark says, UTF-8 if it decodes, also with some damage, else CP932.

    Damaged UTF-8 is known from CP932 by more characters beyond ASCII that decode than bytes that do not.

    Raises:
        FileRefused: When it decodes in none, or is empty.
    """
    with file.open("rb") as stream:
        mark = stream.read(3)
        if not mark:
            raise FileRefused("has no header: it is empty; deliver at least a line with the column names")
        if mark == codecs.BOM_UTF8:
            return "utf-8-sig"
        if mark[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            if failed_at(stream, "utf-16") is not None:
                raise FileRefused("cannot be decoded: its mark says UTF-16, which it is not; deliver UTF-8")
            return "utf-16"
        broken = failed_at(stream, "utf-8")
        if broken is None or is_damaged_utf8(stream):
            return "utf-8"
        if failed_at(stream, "cp932") is None:
            return "cp932"
    raise FileRefused(f"cannot be decoded from byte {broken + 1:,} on: deliver it in UTF-8 or CP932")


def check_lines(file: Path) -> None:
    """Refuses a file with a line that memory should not hold.

    Raises:
        FileRefused: When a line is longer than `LONGEST_LINE`.
    """
    length = 0
    with file.open("rb") as stream:
        for chunk in chunks(stream):
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            length = length + len(chunk) if last < 0 else len(chunk) - last
            if length > LONGEST_LINE:
                raise FileRefused(TOO_LONG)


def failed_at(stream: BinaryIO, encoding: str) -> int | None:
    """The first byte at which a stream does not decode, from 0; None when all of it does."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read = 0
    try:
        for chunk in chunks(stream):
            pending = len(decoder.getstate()[0])
            decoder.decode(chunk)
            read += len(chunk)
        pending = len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return max(0, read - pending + error.start)
    return None


@dataclass
class Damage:
    """What of a text in UTF-8 decodes: characters beyond ASCII; and bytes that do not."""

    characters: int = 0
    bytes: int = 0

    def count(self, text: str) -> None:
        """Counts a part of the text."""
        beyond = len(text) - len(text.encode("ascii", "ignore"))
        lost = len(text) - len(text.encode("utf-8", "ignore").decode())
        self.bytes += lost
        self.characters += beyond - lost


def is_damaged_utf8(stream: BinaryIO) -> bool:
    """Whether a stream that is no whole UTF-8 is UTF-8 of which some bytes were lost."""
    decoder = codecs.getincrementaldecoder("utf-8")(DAMAGE)
    damage = Damage()
    for chunk in chunks(stream):
        damage.count(decoder.decode(chunk))
    damage.count(decoder.decode(b"", final=True))
    return damage.characters > damage.bytes


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """All bytes of a stream from its beginning."""
    stream.seek(0)
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
