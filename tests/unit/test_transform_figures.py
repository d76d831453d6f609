"""What is told of a build: dbt's nodes as they finish, then warnings and figures, then a failure."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from dagster_project.assets import transform
from dagster_project.assets.transform import COMPONENTS
from dagster_project.dbt_events import Nodes
from dagster_project.dbt_failures import about_nodes, what_to_do
from dagster_project.dbt_runner import DbtError, FinishedNode, Result
from dagster_project.settings import Settings

PERSONS = dg.AssetKey(["intermediate", "int_persons"])
PART = Nodes(
    assets={"model.lifecycle.int_identity_components": COMPONENTS, "model.lifecycle.int_persons": PERSONS},
    checks={
        "test.lifecycle.adds_up.1": dg.AssetCheckKey(PERSONS, "adds_up"),
        "test.lifecycle.warns.2": dg.AssetCheckKey(PERSONS, "warns"),
    },
)
GROUPS = FinishedNode("model.lifecycle.int_identity_components", "success", 1.5, None)
OTHER = FinishedNode("model.lifecycle.int_persons", "success", 0.5, None)
ADDS_UP = FinishedNode("test.lifecycle.adds_up.1", "pass", 0.1, 0)
WARNS = FinishedNode("test.lifecycle.warns.2", "warn", 0.1, 3)
FAILS = FinishedNode("test.lifecycle.adds_up.1", "fail", 0.1, 2)
SKIPPED = FinishedNode("model.lifecycle.int_persons", "skipped", 0.0, None)
UNKNOWN = FinishedNode("test.lifecycle.of_many_tables.3", "pass", 0.1, 0)


class Told:
    """Stands for dbt: nodes that finish, and how it ends."""

    nodes: tuple[FinishedNode, ...] = ()
    error: str | None = None

    def __init__(self, _settings: Settings, arguments: list[str]) -> None:
        Told.arguments = arguments
        self.results = [
            Result(node.unique_id, node.status, f"Got {node.failures} results", "select 1")
            for node in self.nodes
        ]
        self.succeeded = not any(node.status in {"fail", "error"} for node in self.nodes)

    def finished_nodes(self) -> Iterator[FinishedNode]:
        yield from self.nodes
        if self.error:
            raise DbtError(self.error)


@pytest.fixture(autouse=True)
def dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transform, "Invocation", Told)
    monkeypatch.setattr(transform, "figures", lambda _settings: {"largest_component": 7})
    monkeypatch.setattr(transform, "rows_warned_of", lambda _settings, _sql: "currency TWD")


def seen(
    settings: Settings, *nodes: FinishedNode, error: str | None = None, assets: set[dg.AssetKey] | None = None
) -> list[Any]:
    """What Dagster is told, until the end or the failure, whose text comes last."""
    Told.nodes, Told.error = nodes, error
    context = SimpleNamespace(
        selected_asset_keys=set(PART.assets.values()) if assets is None else assets,
        selected_asset_check_keys=set(PART.checks.values()) if assets is None else set(),
    )
    told: list[Any] = []
    try:
        told.extend(transform.build(context, settings, PART, ["--exclude", "x"]))
    except dg.Failure as failure:
        told.append(failure.description)
    return told


def test_a_model_is_a_materialisation_and_a_test_a_check(settings: Settings):
    model, check = seen(settings, OTHER, ADDS_UP, UNKNOWN)
    assert (model.asset_key, model.metadata) == (PERSONS, {"Execution Duration": 0.5})
    assert (check.asset_key, check.check_name, check.passed) == (PERSONS, "adds_up", True)
    assert check.metadata["dagster_dbt/failed_row_count"].value == 0


def test_warnings_come_after_the_rest_with_the_rows_that_they_warn_of(settings: Settings):
    _, _, warning = seen(settings, WARNS, OTHER, ADDS_UP)
    assert (warning.check_name, warning.passed, warning.severity.value) == ("warns", False, "WARN")
    assert warning.description == "currency TWD"


def test_figures_come_last_also_before_a_failure(settings: Settings):
    for nodes in ((GROUPS, OTHER), (GROUPS, FAILS, SKIPPED)):
        figures = next(event for event in seen(settings, *nodes) if isinstance(event, dg.AssetObservation))
        assert figures.metadata["largest_component"].value == 7
    assert not any(isinstance(event, dg.AssetObservation) for event in seen(settings, OTHER))


def test_a_failure_names_what_failed_and_skipped_tables_are_no_materialisations(settings: Settings):
    _, check, _, failure = seen(settings, GROUPS, FAILS, SKIPPED)
    assert (check.passed, check.severity.value) == (False, "ERROR")
    assert failure.startswith("1 models or tests failed.\nadds_up: Got 2 results\n")


def test_dbt_that_cannot_go_on_is_told_in_its_own_words(settings: Settings):
    model, failure = seen(settings, OTHER, error='IO Error: Could not set lock on file "w"')
    assert model.asset_key == PERSONS
    assert failure.startswith('dbt stopped: IO Error: Could not set lock on file "w"')


def test_a_part_of_the_tables_is_built_by_name_without_other_tests(settings: Settings):
    assert seen(settings, OTHER)
    assert Told.arguments[-2:] == ["--exclude", "x"]
    assert seen(settings, OTHER, assets={PERSONS})
    assert Told.arguments[-4:] == ["--indirect-selection", "empty", "--select", "int_persons"]


def test_whose_memory_ran_out_is_told_to_build_one_model_at_a_time():
    of_memory = "orders: Runtime Error Out of Memory Error: failed to pin block of size 256.0 KiB"
    assert "--threads 1" in what_to_do(["order_items: 3 rows", of_memory])
    assert "--threads" not in what_to_do(["order_items: 3 rows"])
    assert "--threads 1" in about_nodes([Result("model.lifecycle.orders", "error", of_memory, "")])
