"""Workbooks (.xlsx): the rows of the first sheet, with the row's number in the sheet as line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from dagster_project.ingest import spreadsheet_rows
from dagster_project.ingest.header import HEADER_WITHIN, Header
from dagster_project.ingest.records import Batch, FileRefused, Refused, batch_of, rows_at_once

UNREADABLE = "is no workbook that can be read, has a password or is too large: save its first sheet as CSV"
EMPTY = "has no header: its first sheet is empty; write the names of the columns first"


def read_spreadsheet(file: Path, header: Header, folder: Path) -> Iterator[Batch | Refused]:
    """Reads the first sheet of a workbook.

    Args:
        file: The workbook.
        header: Which row names the columns.
        folder: Where its rows may be written meanwhile; nothing of it stays there.

    Yields:
        Batches of rows, and each row with more values than the header has columns.

    Raises:
        FileRefused: When it cannot be read, also for its size, or has no usable header.
    """
    with sheet_rows(file, folder) as rows:
        yield from _batches(rows, header)


@contextmanager
def sheet_rows(file: Path, folder: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """The rows of the first sheet that have a value: the number in the sheet, and the texts of the cells.

    Args:
        file: The workbook.
        folder: Where the rows may be written meanwhile; nothing of it stays there.

    Raises:
        FileRefused: When it cannot be read, also for its size.
    """
    rows = folder / "sheet.jsonl"
    command = [sys.executable, "-m", spreadsheet_rows.__name__, str(file), str(rows)]
    try:
        if subprocess.run(command, capture_output=True, check=False).returncode:
            raise FileRefused(UNREADABLE)
        with rows.open(encoding="utf-8") as lines:
            yield (json.loads(line) for line in lines)
    finally:
        rows.unlink(missing_ok=True)


def _batches(rows: Iterator[tuple[int, list[str]]], header: Header) -> Iterator[Batch | Refused]:
    names = find_header(rows, header)
    number = 0
    while block := list(islice(rows, rows_at_once(len(names)))):
        taken, places, raw = [], [], []
        for line, cells in block:
            number += 1
            text = "\t".join(cells).rstrip("\t")
            if any(cells[len(names) :]):
                reason = f"has more values than the header's {len(names)} columns: name each column"
                yield Refused(number, line, reason, text, fields=tuple(cells))
                continue
            taken.append(cells[: len(names)] + [""] * (len(names) - len(cells)))
            places.append((number, line))
            raw.append(text)
        if taken:
            yield batch_of(names, taken, places, raw)


def find_header(rows: Iterator[tuple[int, list[str]]], header: Header) -> list[str]:
    """The names of the columns; the row that has them and all above are read.

    Raises:
        FileRefused: When none of the first rows names them.
    """
    candidates: list[Sequence[str]] = []
    for line, cells in rows:
        if line > HEADER_WITHIN:
            break
        while cells and not cells[-1].strip():
            cells.pop()
        names = header.names(cells, line)
        if names:
            return names
        candidates += [[]] * (line - 1 - len(candidates)) + [cells]
    raise header.refusal(candidates) if candidates else FileRefused(EMPTY)
