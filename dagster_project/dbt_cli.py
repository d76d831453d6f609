"""How dbt is called, and by which rules and settings its tables were built."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from dagster_project.files import read_text, write_text
from dagster_project.settings import DBT, PROJECT, Settings

#: The tag of tests that run only when everything is built anew; `dbt_project.yml` says which.
FULL_BUILD = "full_build"

#: dbt as it is installed beside the running Python.
DBT_EXECUTABLE = Path(sys.executable).parent / "dbt"


def dbt_command(settings: Settings, *arguments: str) -> list[str]:
    """The command line of dbt with this shop's settings, beside the running Python whatever PATH says."""
    return [str(DBT_EXECUTABLE), *arguments, *dbt_arguments(settings)]


def dbt_arguments(settings: Settings) -> list[str]:
    """The arguments of every command of dbt: where things lie, and the shop's settings."""
    target = str(settings.dbt_target)
    return [
        "--project-dir", str(DBT), "--profiles-dir", str(DBT),
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


def is_built_by_todays_rules(settings: Settings) -> bool:
    """Whether all tables were built by today's rules and settings."""
    return read_text(rules_mark(settings)) == fingerprint(settings)


def forget_rules_if_changed(settings: Settings) -> None:
    """Forgets by which rules the tables were built, unless it was by today's.

    From then on there may be tables of both, also where the old rules come back, until a build has come to
    its end.
    """
    if not is_built_by_todays_rules(settings):
        rules_mark(settings).unlink(missing_ok=True)


def keep_rules(settings: Settings) -> None:
    """Writes down that all tables were built by today's rules and settings."""
    write_text(fingerprint(settings), rules_mark(settings))


def writes(arguments: Sequence[str]) -> bool:
    """Whether a command of dbt may write to the warehouse, or keep others from opening it."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    return bool(words) and words[0] not in {"list", "ls", "parse"} and words[:2] != ["docs", "serve"]


def build_arguments(settings: Settings, selection: Sequence[str]) -> list[str]:
    """Arguments of the production build.

    Unit tests prove the SQL, not the data, and Dagster cannot show them: they run in `make test`. A changed
    rule rebuilds also what else is built by changed keys, and is followed by every test of the data.
    """
    daily = ["--exclude", f"tag:{FULL_BUILD}"]
    return [
        "build",
        "--exclude-resource-type", "unit_test",
        *(daily if is_built_by_todays_rules(settings) else ["--full-refresh"]),
        *selection,
    ]  # fmt: skip
