"""How long exports are kept."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from activate_warehouse import DAY, SEGMENT, build_warehouse, destination, member, rows_of

from dagster_project.activate.differences import exported_days
from dagster_project.activate.export import export
from dagster_project.activate.retention import remove_old_exports

MAILER = destination()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A list that was exported on each of five days."""
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", [member("a", valid_from=date(2020, 1, 1))])
    for ago in range(4, -1, -1):
        export(warehouse, tmp_path / "exports", SEGMENT, MAILER, DAY - timedelta(days=ago))
    return tmp_path / "exports" / SEGMENT.name / MAILER.name


def test_older_days_go_and_the_day_itself_stays(folder: Path):
    assert remove_old_exports(folder.parents[1], DAY - timedelta(days=2)) == 2
    assert exported_days(folder) == [DAY - timedelta(days=ago) for ago in (2, 1, 0)]
    assert {entry.name for entry in folder.iterdir()} == {str(day) for day in exported_days(folder)}


def test_the_last_export_stays_however_old_and_the_next_is_compared_with_it(folder: Path, tmp_path: Path):
    remove_old_exports(folder.parents[1], DAY + timedelta(days=900))
    assert exported_days(folder) == [DAY]
    warehouse = build_warehouse(tmp_path / "later.duckdb", [member("b", valid_from=date(2020, 1, 1))])
    report = export(warehouse, folder.parents[1], SEGMENT, MAILER, DAY + timedelta(days=900))
    assert [row["Email"] for row in rows_of(report.folder, "removed")] == ["a@example.jp"]


def test_a_removal_that_was_broken_off_is_finished(folder: Path):
    oldest = folder / str(exported_days(folder)[0])
    oldest.rename(folder / f".{oldest.name}.removing")
    assert len(exported_days(folder)) == 4, "it is no export any more"
    assert remove_old_exports(folder.parents[1], date(2000, 1, 1)) == 0
    assert not list(folder.glob(".*"))
