"""The schemes of stages, as the documents that asked for them name and order their stages."""

from __future__ import annotations

import csv

import pytest

from dagster_project.settings import PROJECT

REFERENCE = PROJECT / "seeds" / "reference"


def rows_of(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("scheme", "labels"),
    [
        ("advocacy_5", "認知 検討 コンバージョン 維持 推奨"),
        ("advocacy_6", "認知 興味 意思決定 購入 保持 推奨"),
        ("loyalty_5", "認知 検討 購入 維持 ロイヤルティ"),
    ],
)
def test_scheme_names_its_stages_in_order(scheme: str, labels: str):
    named = {
        int(row["position"]): row["label_ja"]
        for row in rows_of("lifecycle_scheme_stages")
        if row["scheme"] == scheme
    }
    assert [named[position] for position in sorted(named)] == labels.split()


@pytest.mark.parametrize("scheme", ["advocacy_5", "advocacy_6", "loyalty_5"])
def test_climbing_the_stages_never_goes_back_in_a_scheme(scheme: str):
    lapsed = {row["stage"] for row in rows_of("stages") if row["is_lapsed"] == "true"}
    place = {
        row["stage"]: int(row["position"])
        for row in rows_of("lifecycle_scheme_stages")
        if row["scheme"] == scheme
    }
    climb = [place[row["stage"]] for row in rows_of("stages") if row["stage"] not in lapsed]
    assert climb == sorted(climb)


def test_every_stage_has_one_rule_and_a_place_in_every_scheme():
    stages = [row["stage"] for row in rows_of("stages")]
    assert sorted(stages) == sorted(row["stage"] for row in rows_of("lifecycle_rules"))
    for scheme in {row["scheme"] for row in rows_of("lifecycle_scheme_stages")}:
        named = [row["stage"] for row in rows_of("lifecycle_scheme_stages") if row["scheme"] == scheme]
        assert sorted(named) == sorted(stages)
