"""dbt in this process: what is told of its nodes, how it is stopped, and that it leaves the warehouse."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version

import duckdb
import pytest

from dagster_project.dbt_events import UNIQUE_ID, Nodes
from dagster_project.dbt_failures import about_dbt
from dagster_project.dbt_runner import DbtError, Invocation, ensure_manifest
from dagster_project.settings import Settings

SEEDS = ["seed", "--threads", "1"]

#: Opens the warehouse as another program does, until it is told to end.
OTHER_PROGRAM = (
    "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.readline()"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("dbt"), hash_key="key-of-the-tests")
    ensure_manifest(settings)
    return settings


@pytest.fixture
def opened_elsewhere(shop: Settings) -> Iterator[int]:
    """Another process that has the warehouse open; its id."""
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROGRAM, str(shop.warehouse)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert other.stdout.readline() == "open\n"
    yield other.pid
    other.communicate("\n")


def test_the_versions_that_this_was_tried_with():
    """What dbt_runner and dbt_events use beyond documented interfaces may be another in other versions.

    `NodeFinished` and its `run_result`, `FACTORY.adapters`, `cancel_open_connections`,
    `DuckDBConnectionManager.close_all_connections`, `cleanup_connections`, `reset_adapters`; of dagster-dbt
    the metadata `dagster_dbt/unique_id`.
    """
    tried = {"dbt-core": "1.11", "dbt-duckdb": "1.11", "dbt-adapters": "1.2", "dagster-dbt": "0.29"}
    assert {name: version(name)[: len(short)] for name, short in tried.items()} == tried


def test_the_project_uses_nothing_that_dbt_will_drop(shop: Settings):
    assert "deprecat" not in (shop.dbt_target / "dbt.log").read_text(encoding="utf-8").lower()


def test_nodes_are_told_when_they_are_done_and_the_warehouse_is_left(shop: Settings):
    invocation = Invocation(shop, SEEDS)
    nodes = list(invocation.finished_nodes())
    assert invocation.succeeded
    assert {node.unique_id.split(".")[0] for node in nodes} <= {"seed", "operation"}
    seeds = [node for node in nodes if node.unique_id.startswith("seed.")]
    assert len(seeds) > 3
    assert {(node.status, node.failures) for node in seeds} == {("success", None)}
    assert {result.unique_id for result in invocation.results} >= {node.unique_id for node in seeds}
    with duckdb.connect(str(shop.warehouse), read_only=True) as warehouse:
        assert warehouse.execute("select count(*) > 0 from reference.stages").fetchall() == [(True,)]
    with duckdb.connect(str(shop.warehouse)):
        pass  # nor is it kept open for reading


def test_who_stops_asking_stops_dbt(shop: Settings):
    told = Invocation(shop, SEEDS).finished_nodes()
    first = next(told)
    told.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "dbt"]
    assert first.status == "success"
    with duckdb.connect(str(shop.warehouse)):
        pass
    log = (shop.dbt_target / "dbt.log").read_text(encoding="utf-8")
    assert "CANCEL" in log or "cancelled by user" in log.lower()


def test_dbt_that_cannot_begin_says_why_and_what_to_do_whatever_the_last_run_left(
    shop: Settings, opened_elsewhere: int
):
    (shop.dbt_target / "run_results.json").write_text('{"results": []}')
    with pytest.raises(DbtError, match="Could not set lock") as raised:
        list(Invocation(shop, SEEDS).finished_nodes())
    said = about_dbt(str(raised.value))
    assert f"PID {opened_elsewhere}" in said
    assert "close it, then `lifecycle run`" in said
    assert "0 models" not in said


def test_what_dbt_does_not_understand_is_an_error(shop: Settings):
    with pytest.raises(DbtError, match="No such option"):
        list(Invocation(shop, ["build", "--no-such-option"]).finished_nodes())


def test_what_stops_everything_is_answered_with_what_helps():
    assert "Make room" in about_dbt("IO Error: Could not write file: No space left on device")
    assert "built again from the lake" in about_dbt("Failure while replaying WAL file")
    assert "--threads 1" in about_dbt("Out of Memory Error: could not allocate block")


def test_every_model_and_test_has_its_place_in_dagster(shop: Settings):
    from dagster_project.assets.transform import transform_assets

    facts, _, marts = transform_assets(ensure_manifest(shop))
    parts = Nodes.of(facts), Nodes.of(marts)
    assert all(
        UNIQUE_ID in spec.metadata for part in (facts, marts) for spec in (*part.specs, *part.check_specs)
    )
    assert not parts[0].assets.keys() & parts[1].assets.keys()
    assert sum(len(part.assets) for part in parts) > 200
    [one] = [key for key in parts[1].assets.values() if key.path[-1] == "clv_calibration"]
    chosen = parts[1].only({one}, set())
    assert chosen.selection()[-1] == "clv_calibration"
    assert list(chosen.assets.values()) == [one]
