"""What the pipeline knows of itself: as_of, and what the published data was built from."""

from __future__ import annotations

import json
from datetime import date

from dagster_project.settings import Settings


def read_as_of(settings: Settings) -> date | None:
    """The greatest business day ever run, or None before the first run."""
    if not settings.state_file.exists():
        return None
    return date.fromisoformat(json.loads(settings.state_file.read_text())["as_of"])


def advance_as_of(settings: Settings, day: date) -> date:
    """Moves as_of to `day` if that is later; it never moves back.

    Returns:
        as_of.
    """
    before = read_as_of(settings)
    if before is not None and day <= before:
        return before
    settings.data.mkdir(parents=True, exist_ok=True)
    temporary = settings.state_file.with_suffix(".tmp")
    temporary.write_text(json.dumps({"as_of": day.isoformat()}))
    temporary.replace(settings.state_file)
    return day
