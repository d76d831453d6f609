"""The first sheet of a workbook as lines of JSON, written by a process of its own with limits of its own.

    python -m dagster_project.ingest.spreadsheet_rows orders.xlsx rows.jsonl

The library holds a sheet as a whole, cells that are not there included: one cell in the last corner of a
small file would fill the memory. Here it costs only this process. Each line is the number of a row in the
sheet and the texts of its cells.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from python_calamine import CalamineWorkbook

#: Bytes of memory and of the file written, and seconds of work, beyond which the process is ended.
MEMORY = 1 << 30
WRITTEN = 2 << 30
SECONDS = 900


def main(workbook: Path, target: Path) -> None:
    """Writes the rows of the first sheet that have a value."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CPU, SECONDS),
    ):
        resource.setrlimit(limit, (most, most))
    with target.open("w", encoding="utf-8") as lines:
        sheet = CalamineWorkbook.from_path(workbook).get_sheet_by_index(0)
        first_row = sheet.start[0] + 1 if sheet.start else 1
        for number, cells in enumerate(sheet.iter_rows(), first_row):
            texts = [as_text(cell) for cell in cells]
            if any(texts):
                lines.write(json.dumps([number, texts], ensure_ascii=False) + "\n")


def as_text(cell: object) -> str:
    """What a person would have written into a CSV file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f").removesuffix(".0")
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
