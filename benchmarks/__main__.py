"""`make bench`: every ratio measured in one run, as a table and as `bench.json` in the data folder.

Nothing here is a test: a ratio moves with the machine, and the table says which goals it met today.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import daily_job, export, incremental, pandas_heart, predict
from dagster_project.settings import Settings

#: Name of a part to what measures it; each gives rows of name, value, goal, unit.
PARTS: dict[str, Callable[[incremental.Size], list[dict[str, Any]]]] = {
    "daily_job": lambda _size: daily_job.measure(),
    "export": lambda _size: export.measure(),
    "incremental": incremental.measure,
    "pandas_heart": pandas_heart.measure,
    "predict": lambda _size: predict.measure(),
}


def as_table(rows: list[dict[str, Any]]) -> Table:
    """The measurements as people read them."""
    table = Table("what", "measured", "goal", "unit", title="Benchmark", title_justify="left")
    for row in rows:
        measured = "not measured" if row["value"] is None else f"{row['value']:,.3g}"
        table.add_row(row["name"], measured, row["goal"] or "", row["unit"])
    return table


def main() -> None:
    """Measures the parts asked for and writes them down."""
    parser = argparse.ArgumentParser(prog="lifecycle bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without")
    default = incremental.Size()
    parser.add_argument(
        "--persons",
        type=int,
        default=default.persons,
        help="people of the generated shop (incremental, pandas_heart)",
    )
    parser.add_argument(
        "--memory-limit", default=default.memory_limit, help="what DuckDB may use, such as 8GB (as above)"
    )
    parser.add_argument(
        "--folder", type=Path, help="keeps the generated shop here for the next time (as above)"
    )
    asked = parser.parse_args()
    chosen = asked.parts or list(PARTS)
    unknown = sorted(set(chosen) - set(PARTS))
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    size = incremental.Size(asked.persons, asked.memory_limit, asked.folder)
    console, settings, rows = Console(), Settings(), []
    for part in chosen:
        with console.status(f"Measuring {part} …"):
            rows.extend(PARTS[part](size))
    settings.data.mkdir(parents=True, exist_ok=True)
    file = settings.data / "bench.json"
    file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    console.print(as_table(rows))
    console.print(f"Written to {file}", soft_wrap=True)


if __name__ == "__main__":
    main()
