"""Questions of forms, and times since 1970, as formats read them."""

from __future__ import annotations

import json

import duckdb
import pytest

from dagster_project.intake.formats import MACROS
from dagster_project.intake.staging import whole_names


@pytest.fixture(scope="module")
def door() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(MACROS.read_text(encoding="utf-8"))
    connection.execute("set variable time_zone = 'Europe/Paris'")
    return connection


def asked(door: duckdb.DuckDBPyConnection, sql: str, *values: object) -> object:
    return door.execute(f"select {sql}", list(values)).fetchall()[0][0]


def test_a_column_without_a_name_is_another_choice_of_the_question_before_it(door):
    names = whole_names(["Which?", "", "", "Else?", "Which?"])
    assert names == ["Which?", "Which?#2", "Which?#3", "Else?", "Which?#4"]
    row = json.dumps(dict(zip(names, ["Lenovo", "", "Dell", "no", "HP"], strict=True)))
    assert asked(door, "answers(?, 'which?')", row) == ["Lenovo", "Dell", "HP"]
    assert asked(door, "has_question(?, 'Who?')", row) is False


@pytest.mark.parametrize(
    ("wall", "written"),
    [
        ("2026-07-01 09:00:00", "2026-07-01T09:00:00+02:00"),
        ("2026-12-01 09:00:00", "2026-12-01T09:00:00+01:00"),
    ],
)
def test_a_time_of_the_shop_is_written_with_its_offset(door, wall, written):
    assert asked(door, "with_offset(?)", wall) == written


def test_seconds_since_1970_are_times_of_the_shop(door):
    assert asked(door, "since_1970_seconds('1795142400')") == "2026-11-20 03:40:00"
    assert asked(door, "since_1970_seconds(null)") is None
