"""What is told of a build: figures of groups of identifiers after dbt's own events; what mends a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DagsterDbtCliRuntimeError

from dagster_project.assets import transform
from dagster_project.assets.transform import COMPONENTS, what_to_do, with_figures
from dagster_project.dbt_cli import ensure_manifest
from dagster_project.settings import Settings

GROUPS = dg.Output(None, output_name="intermediate__int_identity_components")
OTHER = dg.Output(None, output_name="intermediate__int_persons")


@pytest.fixture(autouse=True)
def warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transform, "figures", lambda _settings: {"largest_component": 7})


def seen(events: Iterator[Any]) -> list[Any]:
    """Names of outputs and figures told, until the end or the failure."""
    told: list[Any] = []
    try:
        for event in with_figures(events, Settings()):
            is_output = isinstance(event, dg.Output)
            told.append(event.output_name if is_output else event.metadata["largest_component"].value)
    except DagsterDbtCliRuntimeError:
        told.append("failed")
    return told


def failing(*events: dg.Output) -> Iterator[dg.Output]:
    yield from events
    raise DagsterDbtCliRuntimeError("a test failed")


def test_figures_come_last():
    assert seen(iter([GROUPS, OTHER])) == [GROUPS.output_name, OTHER.output_name, 7]


def test_figures_come_before_a_failure():
    assert seen(failing(GROUPS, OTHER)) == [GROUPS.output_name, OTHER.output_name, 7, "failed"]


def test_who_did_not_build_the_groups_is_told_no_figures():
    assert seen(iter([OTHER])) == [OTHER.output_name]
    assert seen(failing(OTHER)) == [OTHER.output_name, "failed"]


def test_the_groups_are_an_asset_of_the_first_part(tmp_path: Path):
    facts, *_ = transform.transform_assets(ensure_manifest(Settings(data=tmp_path)))
    assert COMPONENTS in facts.keys
    assert COMPONENTS.to_python_identifier() == GROUPS.output_name


def test_whose_memory_ran_out_is_told_to_build_one_model_at_a_time():
    of_memory = "orders: Runtime Error Out of Memory Error: failed to pin block of size 256.0 KiB"
    assert "--threads 1" in what_to_do(["order_items: 3 rows", of_memory])
    assert "--threads" not in what_to_do(["order_items: 3 rows"])
