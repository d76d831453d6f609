"""The rows of any delivered file, as text columns with line numbers: the one way into files.

    for part in parts_of(file):
        for found in read_part(part, FeedHeader(feed), folder):
            ...  # a Batch of rows, or a Refused record

Memory holds one batch at a time, whatever the size of the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from pathlib import Path

from dagster_project.ingest.csv_reading import read_csv
from dagster_project.ingest.decoding import open_text
from dagster_project.ingest.header import Header
from dagster_project.ingest.json_reading import read_json
from dagster_project.ingest.landing import extension_of
from dagster_project.ingest.parquet_reading import read_parquet
from dagster_project.ingest.records import LONGEST_LINE, Batch, FileRefused, Refused
from dagster_project.ingest.spreadsheet_reading import read_spreadsheet
from dagster_project.ingest.unpacking import OLE, PARQUET, ZIP, Part, begins_with, is_workbook, unpacked

#: Reads a file that is not compressed, of which a header says how its columns are called.
Reader = Callable[[Path, Header], Iterator[Batch | Refused]]

JSON_NAMES = (".jsonl", ".ndjson", ".json")


def read_part(part: Part, header: Header, folder: Path) -> Iterator[Batch | Refused]:
    """Reads one file of rows of any kind: delimited text, JSON, Parquet or a workbook's first sheet.

    Args:
        part: The file, or the file in an archive (`parts_of`).
        header: Which line names the columns (`FeedHeader`).
        folder: Where it may be unpacked; nothing of it stays there.

    Yields:
        Batches of rows in the order of the file, and each record that is no row.

    Raises:
        FileRefused: When the file is quarantined whole, possibly after rows were yielded.
    """
    with unpacked(part, folder) as file:
        try:
            yield from find_reader(file, extension_of(part.member or part.name), folder)(file, header)
        except PermissionError as error:
            raise FileRefused("may not be opened: give the pipeline's user the right to read it") from error


class Form(Enum):
    """How the rows of a file are written, whatever it is called."""

    TEXT = "delimited text"
    JSON = "JSON"
    PARQUET = "Parquet"
    WORKBOOK = "workbook"


def form_of(file: Path, extension: str) -> Form:
    """How the rows of a file are written that is compressed no more, by its content where that tells.

    Args:
        file: The file.
        extension: That of the name it was delivered under.

    Raises:
        FileRefused: When it is none that can be read.
    """
    if is_workbook(file):
        return Form.WORKBOOK
    if begins_with(file, ZIP):
        raise FileRefused("is an archive in an archive: unpack it once before delivering it")
    if begins_with(file, OLE):
        raise FileRefused("is an old .xls or a workbook with a password: save it as .xlsx or CSV without one")
    if extension == ".parquet" or begins_with(file, PARQUET):
        return Form.PARQUET
    if extension == ".xlsx":
        raise FileRefused("is no readable .xlsx file: deliver it again, or as CSV")
    if extension in JSON_NAMES or looks_like_json(file):
        return Form.JSON
    return Form.TEXT


def find_reader(file: Path, extension: str, folder: Path) -> Reader:
    """What reads a file that is compressed no more.

    Args:
        file: The file.
        extension: That of the name it was delivered under.
        folder: Where the rows of a workbook may be written meanwhile.

    Raises:
        FileRefused: When nothing does.
    """
    readers: dict[Form, Reader] = {
        Form.WORKBOOK: partial(read_spreadsheet, folder=folder),
        Form.PARQUET: read_parquet,
        Form.JSON: read_json,
        Form.TEXT: read_csv,
    }
    return readers[form_of(file, extension)]


def looks_like_json(file: Path) -> bool:
    """Whether a text file holds JSON: its first line that is not blank is an object, or begins an array."""
    with open_text(file) as text:
        lines = iter(partial(text.readline, LONGEST_LINE), "")
        first = next((line.strip() for line in lines if line.strip()), "")
    if not first.startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(first), dict | list)
    except (json.JSONDecodeError, RecursionError):
        return first in ("[", "{") or first.startswith(("[{", '{"'))
