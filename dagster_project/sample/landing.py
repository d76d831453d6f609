"""Lands the committed sample shop in a data folder, as a shop's own export job would."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dagster_project.settings import PROJECT, Settings, SettingsError

SAMPLE = PROJECT / "seeds" / "sample"


def land_sample(settings: Settings) -> int:
    """Copies the sample's files into the landing zone; files that are there already are left alone.

    Returns:
        How many files were copied.

    Raises:
        SettingsError: When the landing zone holds files of another shop.
    """
    foreign = foreign_files(settings.landing)
    if foreign:
        raise SettingsError(
            f"{settings.landing} holds files of another shop"
            f" (such as {foreign[0].relative_to(settings.landing)});"
            " run the demo in a folder of its own: LIFECYCLE_DATA=/some/other/folder make demo"
        )
    copied = 0
    for file in sample_files():
        target = settings.data / file.relative_to(SAMPLE)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            os.utime(target, (file.stat().st_mtime,) * 2)  # it is whole, and nobody waits for it
            copied += 1
    return copied


def sample_files() -> list[Path]:
    """The files that are landed: deliveries and shop.yml, not the truth about them."""
    return sorted(file for file in [*SAMPLE.glob("landing/**/*"), SAMPLE / "shop.yml"] if file.is_file())


def foreign_files(landing: Path) -> list[Path]:
    """Files in the landing zone that are not the sample's."""
    own = {file.relative_to(SAMPLE / "landing") for file in sample_files() if file.name != "shop.yml"}
    return sorted(
        file for file in landing.glob("**/*") if file.is_file() and file.relative_to(landing) not in own
    )
