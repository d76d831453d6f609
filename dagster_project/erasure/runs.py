"""Dagster's records of runs that name an erased person: events, logs and what ran under them."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from dagster_project.erasure.search import found_in_file
from dagster_project.erasure.texts import Finder
from dagster_project.settings import Settings

RUN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def remove_runs(settings: Settings, finder: Finder) -> int:
    """Removes the records of runs in whose files an erased person is named; returns how many files had one.

    What all runs share (`runs.db`, the index) loses the rows that name one, and is written anew.
    """
    touched = 0
    for file in sorted(each for each in settings.dagster_home.rglob("*") if each.is_file()):
        if not file.exists() or not found_in_file(file, finder):
            continue
        touched += 1
        run = RUN.search(str(file.relative_to(settings.dagster_home)))
        if run:
            remove_run(settings.dagster_home, run.group())
        elif file.suffix == ".db":
            with suppress(sqlite3.OperationalError):  # Dagster has it open: the search tells that it is left
                remove_rows(file, finder)
        elif file.suffix in (".db-wal", ".db-shm", ".db-journal"):
            continue
        else:
            file.unlink()
    return touched


def remove_run(home: Path, run: str) -> None:
    """Removes what Dagster keeps of one run beside the list of runs."""
    for place in [*home.rglob(f"{run}*")]:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def remove_rows(database: Path, finder: Finder) -> None:
    """Deletes the rows of a SQLite database that name an erased person, and writes the database anew."""
    connection = sqlite3.connect(database)
    try:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            gone = [
                row[0]
                for row in connection.execute(f'select rowid, * from "{table}"')
                if any(finder.anything(text) for text in row[1:] if isinstance(text, str))
            ]
            connection.executemany(f'delete from "{table}" where rowid = ?', [(at,) for at in gone])
        connection.commit()
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()
