"""A KPI is a line in its family and a row of definitions; these tests hold the two together."""

from __future__ import annotations

import ast
import csv
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from dagster_project.settings import DBT, PROJECT

DEFINITIONS = PROJECT / "seeds" / "reference" / "kpi_definitions.csv"
FAMILIES = sorted((DBT / "models" / "kpis").glob("*.sql"))
WITHOUT_DENOMINATOR = {"count", "sum"}


class Line(NamedTuple):
    """A KPI in its family: counted from days or periods; numerator, denominator, squares as far as given."""

    kpi_id: str
    counted_by: str
    measures: list[str]


def lines(family: Path) -> list[Line]:
    sql = family.read_text(encoding="utf-8")
    calls = re.findall(r"kpis_of_(days|periods)\('\w+', (\[.*?\])\) }}", sql, re.DOTALL)
    return [
        Line(kpi_id, counted_by, [measure for measure in measures if isinstance(measure, str)])
        for counted_by, text in calls
        for kpi_id, *measures in ast.literal_eval(text)
    ]


LINES = [line for family in FAMILIES for line in lines(family)]


def definitions() -> list[dict[str, str]]:
    with DEFINITIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_has_a_line_and_every_line_a_row():
    assert {row["kpi_id"] for row in definitions()} == {line.kpi_id for line in LINES}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.stem)
def test_family_is_gathered(family: Path):
    gathered = DBT / "models" / "intermediate" / "kpis" / "int_kpi_sums.sql"
    assert f"'{family.stem.removeprefix('kpis_of_')}'" in gathered.read_text(encoding="utf-8")
    assert lines(family), "a family has lines"


@pytest.mark.parametrize("row", definitions(), ids=lambda row: row["kpi_id"])
def test_row_is_complete(row: dict[str, str]):
    optional = {"variant", "note", "counted_from"}
    assert not [column for column, text in row.items() if not text and column not in optional]
    assert row["name_ja"] != row["name_en"] or row["name_en"].isupper()


@pytest.mark.parametrize("row", definitions(), ids=lambda row: row["kpi_id"])
def test_line_yields_what_its_kind_needs(row: dict[str, str]):
    mine = [line for line in LINES if line.kpi_id == row["kpi_id"]]
    counted_by = "days" if row["additive"] == "true" else "periods"
    assert {line.counted_by for line in mine} == {counted_by}, "additive ones yield days"
    measures = 1 if row["kind"] in WITHOUT_DENOMINATOR else 3 if row["kind"] == "mean" else 2
    assert {len(line.measures) for line in mine} == {measures}, "means need squares for their interval"


@pytest.mark.parametrize("row", definitions(), ids=lambda row: row["kpi_id"])
def test_each_family_but_one_counts_only_a_side_of_a_ratio(row: dict[str, str]):
    """Of a ratio, what one family divides by another's count is 0 in its own line."""
    mine = [line for line in LINES if line.kpi_id == row["kpi_id"]]
    if row["kind"] == "ratio" and len(mine) > 1:
        assert all("0" in line.measures for line in mine)


def test_every_kpi_but_predictions_says_what_it_is_counted_from():
    model = DBT / "models" / "intermediate" / "quality" / "int_fact_days.sql"
    kinds = {"person", *re.findall(r"fact_days\('(\w+)'", model.read_text(encoding="utf-8"))}
    assert {row["kpi_id"] for row in definitions() if not row["counted_from"]} == {"clv_365d", "clv_to_cac"}
    named = {kind for row in definitions() for kind in row["counted_from"].split()}
    assert named == kinds
