"""The daily job on the sample shop against a plain Dagster and dbt project of two models, made beside.

Processor seconds of whole process trees, so that a machine with other work measures the same; each side runs
once before, which parses and sets up, and is measured the second time.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster_project.sample.landing import land_sample
from dagster_project.settings import PROJECT, Settings

#: The plain project: what the documentations of dbt and of dagster-dbt begin with.
PLAIN = {
    "dbt/dbt_project.yml": "{name: plain, version: '1.0', profile: plain, model-paths: [models]}\n",
    "dbt/profiles.yml": (
        "plain: {target: duckdb, outputs: {duckdb: {type: duckdb, path: plain.duckdb, threads: 2}}}\n"
    ),
    "dbt/models/orders.sql": "{{ config(materialized='table') }} select range as order_id from range(1000)\n",
    "dbt/models/totals.sql": (
        "{{ config(materialized='table') }} select count(*) as orders from {{ ref('orders') }}\n"
    ),
    "job.py": """
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

PROJECT = Path(__file__).parent / "dbt"
MANIFEST = PROJECT / "target" / "manifest.json"
DBT = Path(sys.executable).parent / "dbt"
if not MANIFEST.exists():
    subprocess.run([DBT, "parse", "--profiles-dir", PROJECT], cwd=PROJECT, check=True)


@dbt_assets(manifest=MANIFEST)
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()


resources = {
    "dbt": DbtCliResource(project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(DBT))
}
job = dg.define_asset_job("plain", executor_def=dg.in_process_executor)
definitions = dg.Definitions(assets=[models], jobs=[job], resources=resources)
with dg.DagsterInstance.get() as instance:
    assert definitions.resolve_job_def("plain").execute_in_process(instance=instance).success
""",
}


def measure() -> list[dict[str, Any]]:
    """Runs a further day of the sample shop and the plain project, in processor seconds and as a ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ours, first, records = further_day(Path(folder) / "shop")
        plain = plain_job(Path(folder) / "plain")
    return [
        row("daily job ÷ plain two-model project's job, processor seconds", ours / plain, "≤ 4", "ratio"),
        row("… the daily job, a further day of the sample", ours, None, "s of processor"),
        row("… the plain project's job", plain, None, "s of processor"),
        row("Dagster's records of a run", records / 1e6, "≤ 3", "MB"),
        row("first run of the sample shop (reads every delivery, parses dbt)", first, None, "s of processor"),
    ]


def further_day(folder: Path) -> tuple[float, float, int]:
    """Runs the sample's last two days, one after the other.

    Returns:
        Processor seconds of the second and of the first, and bytes that Dagster's records grew by in the
        second.
    """
    settings = Settings(data=folder)
    land_sample(settings)
    before, last = sorted({delivery.name for delivery in settings.landing.glob("*/*")})[-2:]
    environment = os.environ | settings.environment()
    run = [sys.executable, "-m", "dagster_project.cli", "run", "--day"]
    first = processor_seconds([*run, before], environment)
    kept = size_of(settings.dagster_home)
    further = processor_seconds([*run, last], environment)
    return further, first, size_of(settings.dagster_home) - kept


def plain_job(folder: Path) -> float:
    """Processor seconds of the plain project's job, the second time."""
    for name, text in PLAIN.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    home = folder / ".dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    environment = os.environ | {"DAGSTER_HOME": str(home), "DO_NOT_TRACK": "1"}
    job = [sys.executable, str(folder / "job.py")]
    processor_seconds(job, environment)
    return processor_seconds(job, environment)


def row(name: str, value: float, goal: str | None, unit: str) -> dict[str, Any]:
    """One measurement."""
    return {"name": name, "value": value, "goal": goal, "unit": unit}


def processor_seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Processor time of a command that must succeed, with all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, cwd=PROJECT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
