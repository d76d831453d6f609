"""The daily job on the sample shop: the time of the whole process against that of its SQL, and where it goes.

A plain Dagster and dbt project of two models measured 37 for this ratio: imports, parsing, bookkeeping.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dagster_project.dbt_cli import DBT_EXECUTABLE, dbt_command
from dagster_project.sample.landing import land_sample
from dagster_project.settings import PROJECT, Settings

#: How dbt's log tells of a statement that has run.
STATEMENT = re.compile(r"SQL status: \S+ in ([\d.]+) seconds")

#: dbt is started once for each part of the build.
DBT_STARTS = 3


def measure() -> list[dict[str, Any]]:
    """Runs the sample shop's day twice and splits the second run, in seconds and as a ratio."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        land_sample(settings)
        environment = os.environ | settings.environment() | {"DBT_LOG_LEVEL_FILE": "debug"}
        day = [sys.executable, "-m", "dagster_project.cli", "run", "--day", "max"]
        first = seconds(day, environment)
        for log in settings.dbt_target.glob("dbt.log*"):
            log.unlink()
        whole = seconds(day, environment)
        statements = sql_seconds(settings.dbt_target)
        imports = seconds([sys.executable, "-c", "import dagster_project.definitions"], environment)
        dbt_imports = seconds([str(DBT_EXECUTABLE), "--version"], environment)
        parse = seconds(dbt_command(settings, "--quiet", "parse"), environment) - dbt_imports
    started = imports + DBT_STARTS * dbt_imports
    rest = whole - started - DBT_STARTS * parse - statements
    return [
        row("daily job: whole process ÷ its SQL", whole / statements, "≤ 4", "ratio"),
        row("daily job: whole process", whole, None, "s"),
        row("… SQL statements of dbt", statements, None, "s"),
        row(f"… imports (Dagster once, dbt {DBT_STARTS} times)", started, None, "s"),
        row(f"… reading the parsed dbt project, {DBT_STARTS} times", DBT_STARTS * parse, None, "s"),
        row("… the rest (dbt per node, Dagster's records, ingest, exports)", rest, None, "s"),
        row("first run of the sample shop (reads every delivery, parses dbt)", first, None, "s"),
    ]


def row(name: str, value: float, goal: str | None, unit: str) -> dict[str, Any]:
    """One measurement."""
    return {"name": name, "value": value, "goal": goal, "unit": unit}


def seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    """Wall time of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, cwd=PROJECT, check=True, capture_output=True)
    return time.perf_counter() - began


def sql_seconds(target: Path) -> float:
    """What the statements in dbt's logs took together; two threads may run two at once."""
    return sum(
        float(found.group(1))
        for log in target.glob("dbt.log*")
        for found in STATEMENT.finditer(log.read_text(encoding="utf-8", errors="replace"))
    )
