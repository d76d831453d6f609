"""The `lifecycle` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import typer

from dagster_project.settings import DBT, Settings

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def lifecycle() -> None:
    """The customer-lifecycle warehouse."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def dbt(context: typer.Context) -> None:
    """Runs dbt with this shop's settings, such as `lifecycle dbt build --select customers`."""
    settings = Settings()
    command = [
        sys.executable, "-m", "dbt.cli.main", *context.args,
        "--project-dir", str(DBT), "--profiles-dir", str(DBT), "--target-path", str(settings.dbt_target),
        "--log-path", str(settings.dbt_target), "--vars", json.dumps(settings.dbt_vars(), sort_keys=True),
    ]
    raise typer.Exit(subprocess.run(command, env=os.environ | settings.environment(), check=False).returncode)


if __name__ == "__main__":
    app()
