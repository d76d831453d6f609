"""JSON: one object per line, one array of objects, or one object whose only list holds the objects.

Numbers stay as delivered; the columns of a file are the names that its objects use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from dagster_project.ingest.decoding import NOT_DECODED, check_lines, is_damaged, open_text, readable
from dagster_project.ingest.header import Header
from dagster_project.ingest.records import (
    BATCH_CHARACTERS,
    LONGEST_LINE,
    MAXIMUM_COLUMNS,
    TOO_MANY_COLUMNS,
    Batch,
    FileRefused,
    Refused,
    batch_of,
    plain_number,
    rows_at_once,
)

NOT_AN_OBJECT = "is no JSON object: write one {…} per line"
SAME_NAME_TWICE = "has the same name twice: give every value its own name"
NOT_TEXT = "has half a character (a lone surrogate): deliver it in UTF-8"
BROKEN = f"is a broken JSON document, or has a value of more than {LONGEST_LINE >> 20} MiB: deliver it again"
EMPTY = "is empty: deliver [] when there is no row"

#: Characters read at a time of a document that is not cut into lines.
CHUNK = 1 << 20

#: What a member of an object can be.
ROWS, EMPTY_LIST, OTHER = "objects", "an empty list", "something else"

DECODER = json.JSONDecoder()
BLANK = re.compile(r"[ \t\r\n]+")

#: A record: the line on which it begins, and its text.
Record = tuple[int, str]

#: Where in a text the objects are.
Shape = Callable[[TextIO], Iterable[Record]]


class _Names(dict[str, Any]):
    """An object that still knows its pairs, of which two may have the same name."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def read_json(file: Path, header: Header) -> Iterator[Batch | Refused]:
    """Reads a file of JSON objects.

    Args:
        file: The file, not compressed.
        header: How columns are called, and which names an object that is a row has.

    Yields:
        Batches of rows, and each record that is no row.

    Raises:
        FileRefused: When it cannot be decoded, is empty, or a JSON document is broken.
    """
    yield from read_objects(file, find_shape(file, header), header)


def read_objects(
    file: Path, shape: Shape, header: Header, most: int | None = None
) -> Iterator[Batch | Refused]:
    """Reads the objects that a file holds in a shape, the first so many or all, as `read_json` does."""
    if shape is lines_of:
        check_lines(file)
    with open_text(file) as text:
        yield from _batches(islice(shape(text), most), header)


def find_shape(file: Path, header: Header) -> Shape:
    """How the objects of a file are written: in lines, as an array, in a list of an object, or as one.

    Raises:
        FileRefused: When nothing is in it.
    """
    shape, members = shape_of(file)
    lists = {name: kind for name, kind in members.items() if kind in (ROWS, EMPTY_LIST)}
    filled_lists = [name for name, kind in lists.items() if kind == ROWS]
    if lists and header.names(list(members), 1) is None and (len(filled_lists) == 1 or len(lists) == 1):
        return partial(list_of, name=(filled_lists or list(lists))[0])
    return shape


def shapes_of(file: Path) -> dict[str, Shape]:
    """The file itself, under no name, and each list of objects in it when it is one object.

    Raises:
        FileRefused: When nothing is in it.
    """
    shape, members = shape_of(file)
    lists = {name: partial(list_of, name=name) for name, kind in members.items() if kind == ROWS}
    return {"": shape, **lists}


def shape_of(file: Path) -> tuple[Shape, dict[str, str]]:
    """How a file as a whole is written, and what its members are when it is one object.

    Raises:
        FileRefused: When nothing is in it.
    """
    with open_text(file) as text:
        filled = (line for line in iter(partial(text.readline, LONGEST_LINE), "") if line.strip())
        first, second = next(filled, "").strip(), next(filled, "")
    if not first:
        raise FileRefused(EMPTY)
    if second and is_whole(first):
        return lines_of, {}
    if first.startswith("["):
        return array_of, {}
    if not first.startswith("{"):
        return lines_of, {}
    try:
        with open_text(file) as text:
            return object_of, Document(text).members()
    except FileRefused:
        return lines_of, {}  # the first of them is broken


def is_whole(text: str) -> bool:
    """Whether a text is a JSON value."""
    try:
        json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def lines_of(text: TextIO) -> Iterator[Record]:
    """One object per line."""
    return ((line, raw) for line, raw in enumerate(text, 1) if raw.strip())


def array_of(text: TextIO) -> Iterator[Record]:
    """The elements of the array that the document is."""
    document = Document(text)
    yield from document.elements()
    document.end()


def object_of(text: TextIO) -> Iterator[Record]:
    """The object that the document is."""
    yield Document(text).value()


def list_of(text: TextIO, name: str) -> Iterator[Record]:
    """The elements of the list that an object has under a name."""
    document = Document(text)
    for member in document.names():
        if member == name:
            yield from document.elements()
        else:
            document.skip()
    document.end()


class Document:
    """A JSON document that is read from front to back, a value at a time."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0
        self._line = 1
        self._is_read = False

    def members(self) -> dict[str, str]:
        """What each member of the object is that the document is: `ROWS`, `EMPTY_LIST` or `OTHER`."""
        found: dict[str, str] = {}
        for name in self.names():
            found[name] = self.skip()
            if len(found) > MAXIMUM_COLUMNS:
                raise FileRefused(TOO_MANY_COLUMNS)
        self.end()
        return found

    def names(self) -> Iterator[str]:
        """The names of the object that begins here; the value of each is to be read before the next."""
        self._expect("{")
        while self._next() != "}":
            name = json.loads(self.value()[1])
            self._expect(":")
            yield name
            if self._next() == ",":
                self._expect(",")
        self._expect("}")

    def elements(self) -> Iterator[Record]:
        """The elements of the array that begins here; a comma may be missing between two."""
        self._expect("[")
        while self._next() != "]":
            yield self.value()
            if self._next() == ",":
                self._expect(",")
        self._expect("]")

    def skip(self) -> str:
        """Passes over a value and says what it is: `ROWS`, `EMPTY_LIST` or `OTHER`."""
        if self._next() != "[":
            self.value()
            return OTHER
        kinds = {raw[0] == "{" for _, raw in self.elements() if raw != "null"}
        if not kinds:
            return EMPTY_LIST
        return ROWS if kinds == {True} else OTHER

    def end(self) -> None:
        """Holds that nothing follows."""
        if self._next():
            raise self._broken()

    def value(self) -> Record:
        """The value that begins here: its line and its text."""
        self._next()
        while True:
            try:
                _, end = DECODER.raw_decode(self._buffer, self._at)
                if end < len(self._buffer) or self._is_read:
                    break
            except (json.JSONDecodeError, RecursionError) as error:
                if self._is_read:
                    raise self._broken() from error
            if len(self._buffer) - self._at > LONGEST_LINE:
                raise self._broken()
            self._fill()
        line, raw = self._line, self._buffer[self._at : end]
        self._line += raw.count("\n")
        self._at = end
        return line, raw

    def _next(self) -> str:
        """The next character that is not blank, which stays; empty at the end."""
        while True:
            blank = BLANK.match(self._buffer, self._at)
            if blank:
                self._line += blank[0].count("\n")
                self._at = blank.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._is_read:
                return ""
            self._fill()

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise self._broken()
        self._at += 1

    def _fill(self) -> None:
        """Reads on: as much as is waiting, so that a long value is looked at a few times only."""
        self._buffer = self._buffer[self._at :]
        self._at = 0
        more = self._text.read(max(CHUNK, len(self._buffer)))
        self._is_read = not more
        self._buffer += more

    def _broken(self) -> FileRefused:
        return FileRefused(BROKEN, self._line)


def _batches(records: Iterable[Record], header: Header) -> Iterator[Batch | Refused]:
    names: dict[str, None] = {}
    taken: list[tuple[tuple[int, int], str, dict[str, str | None]]] = []
    characters = 0
    for row, (line, raw) in enumerate(records, 1):
        values, reason = parse_object(raw, header.column)
        if reason:
            yield Refused(row, line, reason, readable(raw))
            continue
        names |= dict.fromkeys(values)
        if len(names) > MAXIMUM_COLUMNS:
            raise FileRefused(TOO_MANY_COLUMNS)
        taken.append(((row, line), raw, values))
        characters += len(raw)
        if len(taken) >= rows_at_once(len(names)) or characters > BATCH_CHARACTERS:
            yield _batch(names, taken)
            taken, characters = [], 0
    if taken:
        yield _batch(names, taken)


def _batch(names: Iterable[str], taken: list[tuple[tuple[int, int], str, dict[str, str | None]]]) -> Batch:
    columns = list(names)
    places, raw, values = zip(*taken, strict=True)
    rows = [[row.get(name) for name in columns] for row in values]
    return batch_of(columns, rows, places, raw)


def parse_object(raw: str, column: Callable[[str], str]) -> tuple[dict[str, str | None], str | None]:
    """The values of a JSON object as texts, and why it is no row (or None).

    Args:
        raw: The text of the object.
        column: How a name is called as a column.
    """
    if is_damaged(raw):
        return {}, NOT_DECODED
    try:
        parsed = json.loads(
            raw,
            parse_float=number_text,
            parse_int=number_text,
            parse_constant=lambda token: None if token == "NaN" else token,
            object_pairs_hook=_Names,
        )
    except (json.JSONDecodeError, RecursionError):
        return {}, NOT_AN_OBJECT
    if not isinstance(parsed, _Names):
        return {}, NOT_AN_OBJECT
    values = {column(name).replace("\0", "") or "unnamed": _text(value) for name, value in parsed.pairs}
    if len(values) < len(parsed.pairs):
        return {}, SAME_NAME_TWICE
    try:
        "".join(f"{name}{value}" for name, value in values.items()).encode()
    except UnicodeEncodeError:
        return {}, NOT_TEXT
    return values, None


def number_text(token: str) -> str:
    """The text of a number without an exponent and without zeros behind the last decimal."""
    text = plain_number(token)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text.lower() else text


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
