"""What the pipeline knows of itself: as_of."""

from __future__ import annotations

import json
from datetime import date

from dagster_project.files import DamagedFile, read_text, write_text
from dagster_project.publish.swap import reading_published
from dagster_project.settings import Settings


def read_as_of(settings: Settings) -> date | None:
    """The greatest business day ever run, or None before the first run.

    Where the file is damaged or gone, the published database still knows it.
    """
    known = as_of_in(read_text(settings.state_file))
    return known or published_as_of(settings)


def as_of_in(text: str | None) -> date | None:
    """The day that a state file names; None when it names none."""
    try:
        return date.fromisoformat(json.loads(text or "")["as_of"])
    except (ValueError, KeyError, TypeError):
        return None


def published_as_of(settings: Settings) -> date | None:
    """The day that the published database was built for; None when there is none that can be read."""
    try:
        with reading_published(settings) as connection:
            [(as_of,)] = connection.execute("select as_of from about").fetchall()
    except (FileNotFoundError, DamagedFile):
        return None
    return as_of


def advance_as_of(settings: Settings, day: date) -> date:
    """Moves as_of to `day` if that is later; it never moves back.

    Returns:
        as_of.
    """
    as_of = max(day, read_as_of(settings) or day)
    if as_of_in(read_text(settings.state_file)) != as_of:
        write_text(json.dumps({"as_of": as_of.isoformat()}), settings.state_file)
    return as_of
