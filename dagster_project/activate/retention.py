"""How long exports are kept: their files hold people whom the shop may have erased since."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from dagster_project.activate.differences import exported_days


def remove_old_exports(exports: Path, before: date) -> int:
    """Removes the days of every list that are older, except its last: the next export is compared with it.

    A day gets another name first, so that one whose removal was broken off is neither taken for an export
    nor left.

    Returns:
        How many days were removed.
    """
    for left_over in exports.glob("*/*/.*.removing"):
        shutil.rmtree(left_over)
    removed = 0
    for folder in exports.glob("*/*"):
        for day in (day for day in exported_days(folder)[:-1] if day < before):
            going = folder / f".{day}.removing"
            (folder / day.isoformat()).rename(going)
            shutil.rmtree(going)
            removed += 1
    return removed
