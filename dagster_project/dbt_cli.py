"""How dbt is called, and its manifest: what Dagster knows of the models.

The manifest is parsed anew only when something it depends on has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from dagster_project.settings import DBT, PROJECT, Settings

#: dbt as it is installed beside the running Python.
DBT_EXECUTABLE = Path(sys.executable).parent / "dbt"


class ManifestError(RuntimeError):
    """dbt could not read its project; the message is dbt's own."""


def dbt_command(settings: Settings, *arguments: str) -> list[str]:
    """The command line of dbt with this shop's settings, beside the running Python whatever PATH says."""
    target = str(settings.dbt_target)
    return [
        str(DBT_EXECUTABLE), *arguments, "--project-dir", str(DBT), "--profiles-dir", str(DBT),
        "--target-path", target, "--log-path", target, "--vars", variables(settings),
    ]  # fmt: skip


def variables(settings: Settings) -> str:
    """The vars as one text, the same for the same settings: a changed one makes dbt parse everything anew.

    The project's folder is among them since dbt keeps it in what it has parsed: a project that was moved
    would look for its seeds where they were.
    """
    return json.dumps(settings.dbt_vars() | {"project_folder": str(PROJECT)}, sort_keys=True)


def fingerprint(settings: Settings) -> str:
    """Hash of all that a build depends on besides the data: models, macros, seeds, the shop's settings."""
    digest = hashlib.sha256(json.dumps([settings.dbt_vars(), str(settings.data)], sort_keys=True).encode())
    folders = (DBT, PROJECT / "seeds" / "reference", PROJECT / "dagster_project" / "identity" / "models")
    for file in sorted(file for folder in folders for file in folder.rglob("*")):
        if file.suffix in {".sql", ".py", ".yml", ".csv", ".md"}:
            digest.update(str(file.relative_to(PROJECT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def rules_mark(settings: Settings) -> Path:
    """The file that says by which rules and settings all tables of the warehouse were built."""
    return settings.dbt_target / "tables.fingerprint"


def has_tables_of_other_rules(settings: Settings) -> bool:
    """Whether some table may have been built by other rules or settings than today's.

    Then it is also forgotten by which, until a build has come to its end: one that dies halfway leaves tables
    of both.
    """
    mark = rules_mark(settings)
    if mark.exists() and mark.read_text() == fingerprint(settings):
        return False
    mark.unlink(missing_ok=True)
    return True


def keep_rules(settings: Settings) -> None:
    """Writes down that all tables were built by today's rules and settings."""
    rules_mark(settings).write_text(fingerprint(settings))


def ensure_manifest(settings: Settings) -> Path:
    """Path of an up-to-date `manifest.json`, parsing the dbt project if it has changed.

    Raises:
        ManifestError: When dbt cannot parse the project.
    """
    manifest = settings.dbt_target / "manifest.json"
    mark = settings.dbt_target / "manifest.fingerprint"
    now = fingerprint(settings)
    if manifest.exists() and mark.exists() and mark.read_text() == now:
        return manifest
    parsed = subprocess.run(
        dbt_command(settings, "--quiet", "parse"),
        env=os.environ | settings.environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    if parsed.returncode != 0:
        raise ManifestError(f"dbt cannot read its project:\n{parsed.stdout}{parsed.stderr}")
    mark.write_text(now)
    return manifest
