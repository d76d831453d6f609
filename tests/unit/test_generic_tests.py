"""The tests that dbt runs every day on every model find what they are there for, and say what it is."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import jinja2
import pytest

from dagster_project.settings import DBT


class Adapter:
    """What the tests need of dbt's adapter for DuckDB."""

    @staticmethod
    def quote(name: str) -> str:
        """The name as an identifier."""
        return f'"{name}"'


def failures(name: str, model: str, **arguments: Any) -> list[tuple[Any, ...]]:
    """The rows that a test of `dbt/tests/generic` finds in a query."""
    text = (DBT / "tests" / "generic" / f"{name}.sql").read_text(encoding="utf-8")
    macro = re.sub(r"{% test (.*?)%}", r"{% macro \1%}", text).replace("{% endtest %}", "{% endmacro %}")
    module = jinja2.Environment().from_string(macro, globals={"adapter": Adapter}).module
    sql = getattr(module, name)(f"({model}) as model", **arguments)
    return duckdb.sql(sql).order("all").fetchall()


def rows(*values: str) -> str:
    """A query of columns a, b, c and d."""
    return f"select * from (values {', '.join(values)}) as rows (a, b, c, d)"


KEY = {"columns": ["a", "b"]}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["(1, 1, 'x', 'y')", "(1, 2, 'x', 'y')", "(2, 1, 'x', 'y')"], []),
        (["(1, 1, 'x', 'y')", "(1, 1, 'z', 'y')"], [(1, 1, "more than one row")]),
        (["(1, null, 'x', 'y')", "(1, 2, 'x', 'y')"], [(1, None, "b is null")]),
        (["(1, 1, null, 'y')", "(1, 2, 'x', null)"], [(1, 1, "c is null"), (1, 2, "d is null")]),
        (
            ["(1, null, 'x', 'y')", "(1, null, 'x', 'y')"],
            [(1, None, "b is null"), (1, None, "b is null"), (1, None, "more than one row")],
        ),
    ],
    ids=["all is well", "a key twice", "an empty key", "another column empty", "an empty key twice"],
)
def test_one_row_per_finds_keys_that_repeat_and_columns_that_are_empty(values: list[str], found: list[tuple]):
    assert failures("one_row_per", rows(*values), **KEY, no_nulls=["c", "d"]) == found


def test_one_row_per_lets_columns_be_empty_that_it_does_not_list():
    assert failures("one_row_per", rows("(1, 1, null, null)", "(1, 2, null, null)"), **KEY) == []


def test_expression_is_true_says_which_of_several_is_not_and_unknown_is_not():
    model = rows("(1, 2, 'x', 'y')", "(3, 2, 'x', 'y')", "(1, 2, 'it''s', 'y')", "(null, 2, 'x', 'y')")
    found = failures("expression_is_true", model, expression=["a < b", "c = 'x'"])
    assert [(a, broken) for a, *_, broken in found] == [(1, "c = 'x'"), (3, "a < b"), (None, "a < b")]
    assert [row[-1] for row in failures("expression_is_true", model, expression="a < b")] == ["a < b"] * 2
