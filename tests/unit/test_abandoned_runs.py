"""Runs whose process was killed are ended, schedule and sensor go on, and living runs are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from dagster_project import abandoned_runs
from dagster_project.abandoned_runs import ABANDONED, end_abandoned_runs, request_again
from dagster_project.jobs import DAILY
from dagster_project.resources import lock_of
from dagster_project.run import range_tags
from dagster_project.schedules import daily_schedule
from dagster_project.sensors import landing_sensor
from dagster_project.settings import Settings

DAY = "2026-02-01"


@dg.job(name=DAILY, partitions_def=dg.DailyPartitionsDefinition(DAY, end_offset=1))
def daily() -> None:
    """Stands for the day's job."""


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abandoned_runs.time, "sleep", lambda _seconds: None)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """Dagster's real records in files."""
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as instance:
        yield instance


@pytest.fixture
def instance(records: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    """These records without a run of another test."""
    yield records
    for run in records.get_runs():
        records.delete_run(run.run_id)


def left(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus, tags: dict[str, str] | None = None
) -> str:
    """A run that stays as it was when its process was killed."""
    run = instance.create_run_for_job(daily, tags=tags or {"dagster/partition": DAY}, status=status)
    return run.run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    return instance.get_run_by_id(run_id).status


def sensor_tick(instance: dg.DagsterInstance, settings: Settings) -> dg.SensorResult:
    repository = dg.Definitions(jobs=[daily], sensors=[landing_sensor(settings, {})]).get_repository_def()
    sensor = repository.get_sensor_def("landing_sensor")
    return sensor.evaluate_tick(dg.build_sensor_context(instance=instance, repository_def=repository))


@pytest.mark.parametrize("state", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
def test_the_sensor_ends_a_killed_run_and_asks_for_it_again_once(
    instance: dg.DagsterInstance, settings: Settings, state: dg.DagsterRunStatus
):
    killed = left(instance, state)
    [request] = sensor_tick(instance, settings).run_requests
    assert status(instance, killed) == dg.DagsterRunStatus.FAILURE
    assert request.partition_key == DAY
    again = left(instance, state, {"dagster/partition": DAY, "dagster/run_key": request.run_key})
    assert sensor_tick(instance, settings).run_requests == []
    assert status(instance, again) == dg.DagsterRunStatus.FAILURE


def test_a_killed_range_of_days_is_asked_for_as_a_range(instance: dg.DagsterInstance, settings: Settings):
    days = range_tags(datetime(2026, 2, 1).date(), datetime(2026, 2, 2).date())
    left(instance, dg.DagsterRunStatus.STARTED, days)
    end_abandoned_runs(instance, settings)
    assert days.items() <= request_again(instance).tags.items()


def test_the_schedule_goes_on_after_a_kill(instance: dg.DagsterInstance, settings: Settings):
    killed = left(instance, dg.DagsterRunStatus.STARTED)
    schedule = daily_schedule(settings)
    repository = dg.Definitions(jobs=[daily], schedules=[schedule]).get_repository_def()
    context = dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=datetime(2026, 2, 2, 21, 0, tzinfo=UTC),
        repository_def=repository,
    )
    [request] = schedule.evaluate_tick(context).run_requests
    assert request.partition_key == "2026-02-02"
    assert status(instance, killed) == dg.DagsterRunStatus.FAILURE


def test_a_run_that_holds_the_data_folder_is_left_alone(instance: dg.DagsterInstance, settings: Settings):
    alive = left(instance, dg.DagsterRunStatus.STARTED)
    with lock_of(settings):
        assert end_abandoned_runs(instance, settings) == []
    assert status(instance, alive) == dg.DagsterRunStatus.STARTED


def test_a_run_that_takes_the_data_folder_between_the_looks_is_left_alone(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    waiting = left(instance, dg.DagsterRunStatus.STARTED)
    lock = lock_of(settings)
    monkeypatch.setattr(abandoned_runs.time, "sleep", lambda _seconds: lock.acquire())
    assert end_abandoned_runs(instance, settings) == []
    lock.release()
    assert status(instance, waiting) == dg.DagsterRunStatus.STARTED


def test_a_run_that_ends_between_the_looks_is_left_alone(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    ending = left(instance, dg.DagsterRunStatus.STARTED)
    run = instance.get_run_by_id(ending)

    def end(_seconds: float) -> None:
        instance.report_dagster_event(
            dg.DagsterEvent(event_type_value="PIPELINE_SUCCESS", job_name=DAILY), run_id=run.run_id
        )

    monkeypatch.setattr(abandoned_runs.time, "sleep", end)
    assert end_abandoned_runs(instance, settings) == []
    assert status(instance, ending) == dg.DagsterRunStatus.SUCCESS


def test_a_run_that_is_being_launched_has_time_for_it(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    launched = left(instance, dg.DagsterRunStatus.STARTING)
    assert end_abandoned_runs(instance, settings) == []
    monkeypatch.setattr(abandoned_runs, "LAUNCH", timedelta(0))
    assert end_abandoned_runs(instance, settings) == [launched]
    assert instance.get_run_by_id(launched).tags[ABANDONED] == "true"


def test_what_has_not_been_launched_is_left_alone(instance: dg.DagsterInstance, settings: Settings):
    waiting = left(instance, dg.DagsterRunStatus.NOT_STARTED)
    assert end_abandoned_runs(instance, settings) == []
    assert status(instance, waiting) == dg.DagsterRunStatus.NOT_STARTED


def test_a_run_that_failed_by_itself_is_not_asked_for_again(instance: dg.DagsterInstance, settings: Settings):
    left(instance, dg.DagsterRunStatus.FAILURE)
    assert request_again(instance) is None
