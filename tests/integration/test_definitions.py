"""What Dagster is shown: assets, groups, the job, its schedule and sensor, without running anything."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.dbt_cli import FULL_BUILD
from dagster_project.dbt_runner import ensure_manifest
from dagster_project.definitions import build_defs
from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.waiting import waiting_deliveries
from dagster_project.resources import lock_of
from dagster_project.sensors import SETTLED_SECONDS, request_for
from dagster_project.settings import DBT, Settings

#: Topics in the order of the flow, between what comes in and what goes out.
FLOW = (
    "landing", "lake", "reported", "reference", "staging",
    "identity", "facts", "checkout", "lifecycle", "attribution", "customers", "products", "service", "voice",
    "kpis", "quality", "segments",
    "published", "exports", "pushes",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(new_data_folder: Callable[[], Path]) -> Path:
    return new_data_folder()


@pytest.fixture(scope="module")
def shop(folder: Path) -> Settings:
    settings = Settings(data=folder, hash_key="key-of-the-tests")
    deliver(settings, "orders", "2026-02-01", "orders.csv")
    return settings


@pytest.fixture(scope="module")
def definitions(shop: Settings) -> dg.Definitions:
    return build_defs(shop)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()


def deliver(settings: Settings, feed: str, day: str, name: str) -> Path:
    file = settings.landing / feed / day / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("order_id,ordered_at,status,subtotal,total\n", encoding="utf-8")
    return file


def test_every_feed_is_an_asset_with_its_files_upstream_and_its_contract(graph: dg.AssetGraph):
    for name, feed in read_contracts().items():
        node = graph.get(dg.AssetKey(["lake", name]))
        assert node.parent_keys == {dg.AssetKey(["landing", name])}
        assert node.group_name == "lake"
        assert node.partitions_def is not None
        assert node.backfill_policy == dg.BackfillPolicy.single_run()
        columns = [column.name for column in node.metadata["dagster/column_schema"].columns]
        assert columns == [column.name for column in feed.columns]


def test_groups_point_one_way(graph: dg.AssetGraph):
    """A group is a topic, and takes from those before it in the flow only."""
    for key in graph.get_all_asset_keys():
        group = graph.get(key).group_name
        assert group in FLOW, key
        for parent in graph.get(key).parent_keys:
            assert FLOW.index(graph.get(parent).group_name) <= FLOW.index(group), (parent, key)


def test_intermediate_and_marts_have_the_same_topics():
    layers = [DBT / "models" / "intermediate", DBT / "models" / "marts"]
    topics = [{model.parent.name for model in layer.glob("*/*.sql")} for layer in layers]
    assert topics[0] <= topics[1] <= topics[0] | {"segments"}
    assert topics[1] <= set(FLOW)


def test_lineage_leads_from_files_to_segment_files(graph: dg.AssetGraph):
    key = dg.AssetKey(["exports", "high_value"])
    seen, ahead = set(), {key}
    while ahead:
        seen |= ahead
        ahead = {parent for each in ahead for parent in graph.get(each).parent_keys} - seen
    assert dg.AssetKey(["landing", "orders"]) in seen
    assert (
        dg.AssetKey(["marts", "customers"]) in seen or dg.AssetKey(["intermediate", "int_contacts"]) in seen
    )
    assert dg.AssetKey(["published", "lifecycle"]) in seen


def test_every_asset_has_an_owner_and_a_description(graph: dg.AssetGraph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        if node.is_materializable:
            assert node.owners, key


def test_failed_tests_of_marts_keep_the_published_file_back(graph: dg.AssetGraph):
    published = graph.get(dg.AssetKey(["published", "lifecycle"]))
    marts = {key for key in graph.get_all_asset_keys() if key.path[0] == "marts"}
    assert marts <= published.parent_keys
    checks = [graph.get_check_spec(key) for key in graph.asset_check_keys if key.asset_key.path[0] == "marts"]
    assert len(checks) > 50
    assert [check.name for check in checks if check.blocking], "errors block"


def test_every_dbt_test_of_a_daily_run_has_an_asset_check_and_no_other(shop: Settings, graph: dg.AssetGraph):
    """A test over several tables names one of them in `meta.dagster.ref`, of the later part of the build."""
    nodes = json.loads(ensure_manifest(shop).read_bytes())["nodes"].values()
    tests = [node for node in nodes if node["resource_type"] == "test"]
    daily = {test["name"] for test in tests if FULL_BUILD not in test["tags"]}
    seldom = {test["name"] for test in tests if FULL_BUILD in test["tags"]}
    checks = {key.name for key in graph.asset_check_keys}
    assert daily <= checks
    assert seldom.isdisjoint(checks)
    layers = {test["fqn"][1] for test in tests if test["name"] in seldom}
    assert layers == {"staging", "intermediate"}, "what is published is tested in every run"


def test_the_job_runs_everything_in_one_process(definitions: dg.Definitions):
    job = definitions.resolve_job_def("daily")
    assert job.executor_def.name == "in_process"
    selected = {key.path[0] for key in job.asset_layer.executable_asset_keys}
    assert selected == {
        "lake", "staging", "intermediate", "resolved", "reference", "kpis", "segments", "marts",
        "published", "exports",
    }  # fmt: skip


def test_a_run_can_be_told_that_lists_may_become_empty(definitions: dg.Definitions):
    asked = {"ops": {"export_segments": {"config": {"allow_empty": True}}}}
    configured = dg.validate_run_config(definitions.resolve_job_def("daily"), asked)
    assert configured["ops"]["export_segments"]["config"]["allow_empty"] is True


def test_nothing_is_sent_to_a_tool_by_the_daily_job(graph: dg.AssetGraph, definitions: dg.Definitions):
    pytest.importorskip("drt", reason="the extra push is not installed; requirements.lock has it")
    pushes = {key for key in graph.get_all_asset_keys() if key.path[0] == "pushes"}
    assert {key.path[1] for key in pushes} == {"hubspot", "klaviyo", "salesforce"}
    assert dg.AssetKey(["exports", "at_risk"]) in graph.get(dg.AssetKey(["pushes", "hubspot"])).parent_keys
    assert not pushes & set(definitions.resolve_job_def("daily").asset_layer.executable_asset_keys)


def test_the_schedule_runs_yesterday_in_the_morning_of_the_shop(definitions: dg.Definitions):
    schedule = definitions.resolve_schedule_def("daily_schedule")
    assert schedule.execution_timezone == "Asia/Tokyo"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    six_in_tokyo = datetime(2026, 2, 2, 21, 0, tzinfo=UTC)
    with dg.DagsterInstance.local_temp() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=six_in_tokyo,
            repository_def=definitions.get_repository_def(),
        )
        request = schedule.evaluate_tick(context).run_requests[0]
    assert request.partition_key == "2026-02-02"


def test_the_sensor_waits_until_files_are_left_alone_and_asks_once(shop: Settings):
    feeds = read_contracts()
    file = deliver(shop, "orders", "2026-02-01", "orders.csv")
    waiting = waiting_deliveries(shop, feeds, date(2026, 2, 5))
    written = file.stat().st_mtime
    assert isinstance(request_for(waiting, written + 1), dg.SkipReason), "still being written"
    later = written + SETTLED_SECONDS + 1
    request = request_for(waiting, later)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2026-02-01"
    assert request_for(waiting, later).run_key == request.run_key, "the same files ask for the same run"


def test_the_sensor_asks_for_nothing_while_a_run_reads_what_waits(
    shop: Settings, definitions: dg.Definitions
):
    file = deliver(shop, "orders", "2026-02-01", "orders.csv")
    os.utime(file, (0, 0))
    sensor = definitions.resolve_sensor_def("landing_sensor")
    with dg.DagsterInstance.ephemeral() as instance:

        def tick() -> list[dg.RunRequest]:
            context = dg.build_sensor_context(
                instance=instance, repository_def=definitions.get_repository_def()
            )
            return sensor.evaluate_tick(context).run_requests

        with lock_of(shop):
            assert tick() == []
        assert [request.partition_key for request in tick()] == ["2026-02-01"]


def test_a_file_without_a_day_counts_as_todays(tmp_path: Path):
    settings = Settings(data=tmp_path, hash_key="key")
    file = settings.landing / "orders" / "export.csv"
    file.parent.mkdir(parents=True)
    file.write_text("order_id,ordered_at,status,subtotal,total\n", encoding="utf-8")
    os.utime(file, (0, 0))
    request = request_for(waiting_deliveries(settings, read_contracts(), date(2026, 2, 5)), time.time())
    assert request.partition_key == "2026-02-05"


def test_nothing_new_asks_for_nothing(tmp_path: Path):
    settings = Settings(data=tmp_path, hash_key="key")
    assert isinstance(
        request_for(waiting_deliveries(settings, read_contracts(), date(2026, 2, 5)), 0), dg.SkipReason
    )
