"""A build that needs more memory than it may have: models that make DuckDB spill, with our profile."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from dagster_project.dbt_cli import DBT_EXECUTABLE
from dagster_project.settings import DBT, Settings

PROJECT = "{name: spilling, profile: lifecycle, model-paths: [models]}"
MODELS = {
    "wide": "select hash(range) as place, range as row, repeat('x', 60) as text from range(6000000)",
    "ordered": "select * from {{ ref('wide') }} order by place",
    "counted": "select count(*) as rows, sum(row) as total from {{ ref('ordered') }}",
}


def test_models_after_one_that_spilled_are_built(tmp_path: Path):
    """The rows are 500 MB, the limit is 200: they cannot be sorted without the disk."""
    settings = Settings(data=tmp_path / "data", memory_limit="200MB")
    settings.data.mkdir()
    (tmp_path / "project" / "models").mkdir(parents=True)
    (tmp_path / "project" / "dbt_project.yml").write_text(PROJECT)
    for name, sql in MODELS.items():
        model = "{{ config(materialized='table') }} " + sql
        (tmp_path / "project" / "models" / f"{name}.sql").write_text(model)
    folders = ["--project-dir", str(tmp_path / "project"), "--profiles-dir", str(DBT)]
    built = subprocess.run(
        [str(DBT_EXECUTABLE), "run", *folders],
        env=os.environ | settings.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout
