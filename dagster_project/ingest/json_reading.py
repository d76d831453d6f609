"""JSON: one object per line, or in a `.json` file one array of objects.

Numbers stay as delivered; the columns of a file are the names that its objects use.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.csv_reading import batch_of
from dagster_project.ingest.decoding import open_text
from dagster_project.ingest.records import (
    BATCH_ROWS,
    MAXIMUM_COLUMNS,
    Batch,
    FileRefused,
    Refused,
    plain_number,
)

NOT_AN_OBJECT = "is no JSON object: write one {…} per line"
SAME_NAME_TWICE = "has the same name twice: give every value its own name"
NOT_TEXT = "has half a character (a lone surrogate): deliver it in UTF-8"


class _Names(dict[str, Any]):
    """An object with its names trimmed and in lower case; knows whether two of them are the same."""

    is_ambiguous = False


def read_json(file: Path, feed: Feed) -> Iterator[Batch | Refused]:
    """Reads a file of JSON objects.

    Args:
        file: `.jsonl`, `.ndjson` or `.json`, possibly gzipped.
        feed: The contract.

    Yields:
        Batches of rows, and each record that is no row.

    Raises:
        FileRefused: When it cannot be decoded, or a JSON array is broken.
    """
    with open_text(file) as text:
        is_json = file.name.lower().removesuffix(".gz").endswith(".json")
        if is_json and first_character(text) == "[":
            yield from _batches(_elements(text.read()), feed)
            return
        lines = enumerate(text, 1)
        yield from _batches(((line, raw) for line, raw in lines if raw.strip()), feed)


def first_character(text: TextIO) -> str:
    """The first character that is not blank; the stream stays where it was."""
    found = next((line.strip()[0] for line in text if line.strip()), "")
    text.seek(0)
    return found


def number_text(token: str) -> str:
    """The text of a number without an exponent and without zeros behind the last decimal."""
    text = plain_number(token)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text.lower() else text


def _elements(text: str) -> list[tuple[int, str]]:
    """The elements of a JSON array, each with the line on which it begins and its text."""
    decoder = json.JSONDecoder()
    elements: list[tuple[int, str]] = []
    at, line = text.index("[") + 1, 1
    counted = 0
    is_first = True
    try:
        while True:
            at = _skip_blank(text, at)
            if text[at] == "]" and (is_first or elements):
                break
            if not is_first:
                if text[at] != ",":
                    raise FileRefused("is a broken JSON array: deliver it again")
                at = _skip_blank(text, at + 1)
            _, end = decoder.raw_decode(text, at)
            line += text.count("\n", counted, at)
            counted = at
            elements.append((line, text[at:end]))
            at, is_first = end, False
    except (json.JSONDecodeError, IndexError, RecursionError) as error:
        raise FileRefused("is a broken JSON array: deliver it again") from error
    if text[at + 1 :].strip():
        raise FileRefused("is a broken JSON array: text follows its end")
    return elements


def _skip_blank(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _batches(records: Iterable[tuple[int, str]], feed: Feed) -> Iterator[Batch | Refused]:
    names = dict.fromkeys(feed.names)
    taken: list[tuple[tuple[int, int], str, dict[str, str | None]]] = []
    for row, (line, raw) in enumerate(records, 1):
        values, reason = parse_object(raw)
        if reason:
            yield Refused(row, line, reason, raw)
            continue
        names |= dict.fromkeys(values)
        if len(names) > MAXIMUM_COLUMNS:
            raise FileRefused(f"has more than {MAXIMUM_COLUMNS} columns: name columns, not values")
        taken.append(((row, line), raw, values))
        if len(taken) == BATCH_ROWS:
            yield _batch(names, taken)
            taken = []
    if taken:
        yield _batch(names, taken)


def _batch(names: Iterable[str], taken: list[tuple[tuple[int, int], str, dict[str, str | None]]]) -> Batch:
    columns = list(names)
    places, raw, values = zip(*taken, strict=True)
    rows = [[row.get(name) for name in columns] for row in values]
    return batch_of(columns, rows, places, raw)


def parse_object(raw: str) -> tuple[dict[str, str | None], str | None]:
    """The values of a JSON object as texts, and why it is no row (or None)."""
    try:
        parsed = json.loads(
            raw,
            parse_float=number_text,
            parse_int=number_text,
            parse_constant=lambda token: None if token == "NaN" else token,
            object_pairs_hook=_named,
        )
    except (json.JSONDecodeError, RecursionError):
        return {}, NOT_AN_OBJECT
    if not isinstance(parsed, _Names):
        return {}, NOT_AN_OBJECT
    if parsed.is_ambiguous:
        return {}, SAME_NAME_TWICE
    values = {name: _text(value) for name, value in parsed.items()}
    try:
        "".join(f"{name}{value}" for name, value in values.items()).encode()
    except UnicodeEncodeError:
        return {}, NOT_TEXT
    return values, None


def _named(pairs: list[tuple[str, Any]]) -> _Names:
    found = _Names((name.strip().lower().replace("\0", "") or "unnamed", value) for name, value in pairs)
    found.is_ambiguous = len(found) < len(pairs)
    return found


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
