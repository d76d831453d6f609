"""When a run must build everything anew: tables that may have been built by other rules or settings."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from dagster_project import dbt_cli
from dagster_project.dbt_cli import (
    FULL_BUILD,
    build_arguments,
    forget_rules_if_changed,
    is_built_by_todays_rules,
    keep_rules,
    variables,
    writes,
)
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
    assert "--full-refresh" in build_arguments(settings, [])


def test_the_same_rules_rebuild_changed_keys_only(built: Settings):
    assert is_built_by_todays_rules(built)
    assert "--full-refresh" not in build_arguments(built, [])


def test_tests_of_tables_in_between_run_only_when_everything_is_built_anew(built: Settings):
    def exclusions(settings: Settings) -> list[str]:
        arguments = build_arguments(settings, ["--exclude", "something"])
        return [value for name, value in pairwise(arguments) if name == "--exclude"]

    assert exclusions(built) == [f"tag:{FULL_BUILD}", "something"]
    assert exclusions(with_churn_days(built, 200)) == ["something"]


def test_a_changed_threshold_rebuilds_everything(built: Settings):
    assert "--full-refresh" in build_arguments(with_churn_days(built, 200), [])


def test_a_threshold_changed_back_rebuilds_everything_unless_a_build_came_to_its_end(built: Settings):
    """Between the two changes a run may have died after some tables."""
    forget_rules_if_changed(with_churn_days(built, 200))
    before = with_churn_days(built, 180)
    assert not is_built_by_todays_rules(before)
    keep_rules(before)
    forget_rules_if_changed(before)
    assert is_built_by_todays_rules(before)


def test_asking_changes_nothing(built: Settings):
    assert not is_built_by_todays_rules(with_churn_days(built, 200))
    assert is_built_by_todays_rules(with_churn_days(built, 180))


def test_commands_that_leave_the_warehouse_alone_do_not_wait_for_a_run():
    assert all(writes(command) for command in (["build"], ["--quiet", "run"], ["docs", "generate"], ["show"]))
    assert not any(writes(command) for command in (["ls"], ["parse"], ["--version"], ["docs", "serve"]))


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
    assert is_built_by_todays_rules(built)
