"""How MetricFlow is asked: the semantic models of dbt over the published database, so that no run waits.

`mf` takes everything from a dbt project folder and its `target/`. That folder is made in the data folder, as
what dbt writes lies there and not in the checkout.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from dagster_project.dbt_runner import ensure_manifest
from dagster_project.settings import DBT, Settings

#: MetricFlow as it is installed beside the running Python.
MF_EXECUTABLE = Path(sys.executable).parent / "mf"


def ensure_project(settings: Settings) -> Path:
    """The folder that MetricFlow takes for a dbt project: its name, and what dbt made of the semantic models.

    Raises:
        FileNotFoundError: When MetricFlow is not installed, or nothing is published yet.
        DbtError: When dbt cannot parse the project.
    """
    if not settings.published.exists():
        raise FileNotFoundError("nothing is published yet: `lifecycle run` does it")
    if not MF_EXECUTABLE.exists():
        raise FileNotFoundError("MetricFlow is not installed; `pip install dbt-metricflow` brings it")
    folder = settings.data / ".metricflow"
    (folder / "target").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DBT / "dbt_project.yml", folder / "dbt_project.yml")
    manifest = ensure_manifest(settings).with_name("semantic_manifest.json")
    shutil.copyfile(manifest, folder / "target" / manifest.name)
    return folder


def mf_environment(settings: Settings) -> dict[str, str]:
    """The variables by which MetricFlow finds its project, and reads the published database."""
    return settings.environment() | {
        "DBT_PROJECT_DIR": str(ensure_project(settings)),
        "DBT_PROFILES_DIR": str(DBT),
        "LIFECYCLE_DBT_TARGET": "published",
    }
