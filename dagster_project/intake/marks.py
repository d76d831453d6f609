"""What is written down about a translation: of which files and rules it was made, what became of the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.files import read_text, write_text
from dagster_project.ingest.landing import FileStatus, delivered_files
from dagster_project.intake.session import Source
from dagster_project.settings import Settings

#: Folder of the marks among the translations.
MARKS = ".marks"


def mark_file(root: Path, source: Source, day: date) -> Path:
    """The mark of the translation of one day."""
    return root / MARKS / source.folder / f"{day}.json"


def read_mark(settings: Settings, source: Source, day: date) -> dict[str, Any] | None:
    """The mark of a translation; None when there is none or it is damaged."""
    text = read_text(mark_file(settings.translated, source, day))
    try:
        return json.loads(text or "")
    except ValueError:
        return None


def write_mark(settings: Settings, source: Source, day: date, mark: dict[str, Any]) -> None:
    """Writes the mark of a translation: from here on it counts as done."""
    write_text(json.dumps(mark, ensure_ascii=False, indent=1), mark_file(settings.translated, source, day))


def lookup_files(
    settings: Settings, roots: Sequence[Path], source: Source, but: date
) -> Iterator[tuple[date, Path, FileStatus]]:
    """Files of other days that hold a part which all days look things up in, such as the users of tickets.

    Args:
        settings: The shop's.
        roots: Folders of translations, each beside its landing zone.
        source: The format and shop.
        but: The day whose own files are not meant.

    Yields:
        Day, file and status, the latest day last.
    """
    parts = {part.name for part in source.form.parts if part.is_lookup}
    for root in roots if parts else ():
        beside = settings.model_copy(update={"data": root.parent})
        for mark in sorted((root / MARKS / source.folder).glob("*.json")):
            day = date.fromisoformat(mark.stem)
            known = json.loads(mark.read_text(encoding="utf-8"))["parts"]
            for file, status in delivered_files(beside, source.folder, day).items() if day != but else ():
                if parts & set(known.get(file.name, ())):
                    yield day, file, status
