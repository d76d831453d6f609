"""Dagster's event log with connections that stay open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.event_log import OpenEventLog, OpenStorage


def test_tables_can_be_asked_for_in_the_middle_of_a_transaction(tmp_path: Path):
    """As Dagster does while it stores a materialisation with tags; a run once waited for itself here."""
    log = OpenEventLog(str(tmp_path))

    def ask() -> tuple[bool, bool]:
        with log.index_connection():
            return log.has_table("asset_event_tags"), log.has_table("no_such_table")

    assert ThreadPoolExecutor(1).submit(ask).result(timeout=60) == (True, False)
    log.dispose()


@dg.asset(check_specs=[dg.AssetCheckSpec("adds_up", asset="orders")])
def orders() -> dg.MaterializeResult:
    """Stands for a table with a test."""
    return dg.MaterializeResult(
        metadata={"rows": 5}, check_results=[dg.AssetCheckResult(check_name="adds_up", passed=True)]
    )


def records(folder: Path, module: str, name: str) -> str:
    """What `dagster.yaml` says to keep the records so."""
    return (
        f"storage:\n  custom:\n    module: {module}\n    class: {name}\n    config: {{base_dir: {folder}}}\n"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


@pytest.fixture(scope="module")
def run_of_before(folder: Path) -> str:
    """A run that Dagster's usual storage recorded, in a file of its own."""
    (folder / "dagster.yaml").write_text(
        records(folder, "dagster._core.storage.sqlite_storage", "DagsterSqliteStorage")
    )
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        return dg.materialize([orders], instance=instance).run_id


@pytest.fixture(scope="module")
def instance(folder: Path, run_of_before: str) -> Iterator[dg.DagsterInstance]:
    assert run_of_before
    (folder / "dagster.yaml").write_text(records(folder, OpenStorage.__module__, OpenStorage.__name__))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def test_a_run_is_recorded_once_without_what_says_nothing(folder: Path, instance: dg.DagsterInstance):
    run = dg.materialize([orders], instance=instance)
    files = [file.stem for file in (folder / "history" / "runs").glob("*.db")]
    assert run.run_id not in files
    with sqlite3.connect(folder / "history" / "runs" / "index.db") as log:
        counted = dict(
            log.execute(
                "select dagster_event_type, count(*) from event_logs where run_id = ? group by 1",
                [run.run_id],
            )
        )
    assert counted["ASSET_MATERIALIZATION"] == counted["ASSET_CHECK_EVALUATION"] == 1
    assert counted["STEP_SUCCESS"] == counted["PIPELINE_SUCCESS"] == 1
    assert "STEP_OUTPUT" not in counted
    shown = [
        record.event_log_entry.dagster_event_type
        for record in instance.get_records_for_run(run.run_id).records
    ]
    assert dg.DagsterEventType.RUN_SUCCESS in shown


def test_what_was_recorded_before_is_still_shown(instance: dg.DagsterInstance, run_of_before: str):
    shown = instance.get_records_for_run(run_of_before).records
    assert "STEP_OUTPUT" in {record.event_log_entry.dagster_event.event_type_value for record in shown}
    assert {record.event_log_entry.run_id for record in shown} == {run_of_before}
    latest = instance.get_latest_materialization_event(dg.AssetKey("orders"))
    assert latest.asset_materialization.metadata["rows"].value == 5
    fetched = instance.fetch_materializations(dg.AssetKey("orders"), limit=10).records
    assert run_of_before in {record.run_id for record in fetched}
