"""A KPI is one SQL file and one row; these tests hold the two together."""

from __future__ import annotations

import csv
import re

import pytest

from dagster_project.settings import DBT, PROJECT, model_names

DEFINITIONS = PROJECT / "seeds" / "reference" / "kpi_definitions.csv"
WITHOUT_DENOMINATOR = {"count", "sum"}


def definitions() -> list[dict[str, str]]:
    with DEFINITIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_has_a_model_and_every_model_a_row():
    assert sorted(f"kpi_{row['kpi_id']}" for row in definitions()) == model_names("kpis")


@pytest.mark.parametrize("row", definitions(), ids=lambda row: row["kpi_id"])
def test_row_is_complete(row: dict[str, str]):
    optional = {"variant", "note", "counted_from"}
    assert not [column for column, text in row.items() if not text and column not in optional]
    assert row["name_ja"] != row["name_en"] or row["name_en"].isupper()


@pytest.mark.parametrize("row", definitions(), ids=lambda row: row["kpi_id"])
def test_model_yields_what_its_kind_needs(row: dict[str, str]):
    sql = (DBT / "models" / "kpis" / f"kpi_{row['kpi_id']}.sql").read_text(encoding="utf-8")
    assert ("'day' as period" in sql) == (row["additive"] == "true"), "additive ones yield days"
    has_denominator = "cast(null as double) as denominator" not in sql
    assert has_denominator == (row["kind"] not in WITHOUT_DENOMINATOR)
    has_squares = "cast(null as double) as sum_of_squares" not in sql
    assert has_squares == (row["kind"] == "mean"), "means need squares for their interval"


def test_every_kpi_but_predictions_says_what_it_is_counted_from():
    model = DBT / "models" / "intermediate" / "restatements" / "int_fact_days.sql"
    kinds = {"person", *re.findall(r"fact_days\('(\w+)'", model.read_text(encoding="utf-8"))}
    assert {row["kpi_id"] for row in definitions() if not row["counted_from"]} == {"clv_365d", "clv_to_cac"}
    named = {kind for row in definitions() for kind in row["counted_from"].split()}
    assert named == kinds
