"""A shop's landing folder taken through the rooms without Dagster: lake, persons, the tables asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

from dagster_project.dbt_cli import dbt_command
from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.lake import ensure_schema_files
from dagster_project.predict.tables import ensure_files as ensure_predictions
from dagster_project.publish.reports import ensure_files as ensure_reports
from dagster_project.settings import Settings
from dagster_project.state import advance_as_of


def dbt(settings: Settings, *arguments: str) -> None:
    """Runs dbt and shows what it said when it failed."""
    command = dbt_command(settings, "--quiet", *arguments)
    done = subprocess.run(
        command, env=os.environ | settings.environment(), check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def build_shop(settings: Settings, landing: Path, as_of: date, *select: str) -> None:
    """Builds the selected dbt nodes of the shop that delivered `landing`."""
    shutil.copytree(landing, settings.landing)
    feeds = read_contracts()
    ensure_schema_files(settings, feeds.values())
    for folder in sorted(landing.glob("*/*")):
        ingest_delivery(settings, feeds[folder.parent.name], date.fromisoformat(folder.name))
    advance_as_of(settings, as_of)
    ensure_predictions(settings)
    ensure_reports(settings)
    nodes = ["--indirect-selection", "empty", "--exclude-resource-type", "unit_test", "--select"]
    dbt(settings, "build", *nodes, *select)
