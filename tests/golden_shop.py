"""The golden shop: what it delivers on its three days, for tests that run them."""

from __future__ import annotations

import shutil
from datetime import date

from dagster_project.settings import PROJECT, Settings

GOLDEN = PROJECT / "tests" / "golden"
FIRST, SECOND, THIRD = DAYS = (date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 3))


def land(settings: Settings, day: date, source: str = "landing") -> None:
    """Delivers what the shop delivered on a day."""
    for folder in (GOLDEN / source).glob(f"*/{day}"):
        shutil.copytree(folder, settings.landing / folder.relative_to(GOLDEN / source), dirs_exist_ok=True)
