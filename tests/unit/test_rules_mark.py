"""When a run must build everything anew: tables that may have been built by other rules or settings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project import dbt_cli
from dagster_project.dbt_cli import has_tables_of_other_rules, keep_rules, variables
from dagster_project.resources import dbt_arguments
from dagster_project.settings import Settings


@pytest.fixture
def built(settings: Settings) -> Settings:
    """A data folder whose tables were all built by today's rules."""
    settings.dbt_target.mkdir(parents=True)
    keep_rules(settings)
    return settings


def with_churn_days(settings: Settings, days: int) -> Settings:
    (settings.data / "shop.yml").write_text(f"churn_days: {days}\n")
    return Settings()


def test_a_new_data_folder_is_built_as_a_whole(settings: Settings):
    assert has_tables_of_other_rules(settings)


def test_the_same_rules_rebuild_changed_keys_only(built: Settings):
    assert not has_tables_of_other_rules(built)
    assert "--full-refresh" not in dbt_arguments(built, indirect_selection="eager")


def test_a_changed_threshold_rebuilds_everything(built: Settings):
    assert "--full-refresh" in dbt_arguments(with_churn_days(built, 200), indirect_selection="eager")


def test_a_threshold_changed_back_rebuilds_everything_unless_a_build_came_to_its_end(built: Settings):
    """Between the two changes a run may have died after some tables."""
    assert has_tables_of_other_rules(with_churn_days(built, 200))
    before = with_churn_days(built, 180)
    assert has_tables_of_other_rules(before)
    keep_rules(before)
    assert not has_tables_of_other_rules(before)


def test_a_project_that_was_moved_is_parsed_anew_but_its_tables_stay(
    built: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    before = variables(built)
    shutil.copytree(dbt_cli.DBT, tmp_path / "moved" / "dbt")
    for folder in ("seeds/reference", "dagster_project/identity/models"):
        shutil.copytree(dbt_cli.PROJECT / folder, tmp_path / "moved" / folder)
    monkeypatch.setattr(dbt_cli, "PROJECT", tmp_path / "moved")
    monkeypatch.setattr(dbt_cli, "DBT", tmp_path / "moved" / "dbt")
    assert variables(built) != before
    assert not has_tables_of_other_rules(built)
