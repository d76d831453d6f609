"""The intervals of KPIs, as the macro renders them, against a published table and another implementation."""

from __future__ import annotations

import duckdb
import jinja2
import pytest
from scipy import stats

from dagster_project.settings import DBT


def limits(kind: str, numerator: float, denominator: float, sum_of_squares: float = 0) -> tuple:
    macros = (
        jinja2.Environment().from_string((DBT / "macros" / "kpis.sql").read_text(encoding="utf-8")).module
    )
    row = (
        f"select '{kind}' as kind, {numerator}::double as numerator, {denominator}::double as denominator, "
        f"{sum_of_squares}::double as sum_of_squares, numerator / nullif(denominator, 0) as value"
    )
    lower, upper = macros.confidence_limit("lower"), macros.confidence_limit("upper")
    return duckdb.sql(f"select {lower}, {upper} from ({row})").fetchall()[0]


@pytest.mark.parametrize(
    ("cases", "n", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_rates_have_the_wilson_limits_of_newcombe_1998(cases: int, n: int, lower: float, upper: float):
    assert limits("rate", cases, n) == pytest.approx((lower, upper), abs=5e-5)


@pytest.mark.parametrize(("cases", "n"), [(0, 1), (1, 1), (3, 7), (999, 1000), (50_000, 1_000_000)])
def test_rates_have_the_wilson_limits_of_scipy(cases: int, n: int):
    expected = stats.binomtest(cases, n).proportion_ci(0.95, method="wilson")
    assert limits("rate", cases, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_rates_of_no_case_or_all_end_where_shares_do():
    assert {limits("rate", 0, n)[0] for n in range(1, 200)} == {0}
    assert {limits("rate", n, n)[1] for n in range(1, 200)} == {1}


def test_means_have_normal_limits():
    values = [2.0, 4.0, 4.0, 10.0]
    error = stats.sem(values) * stats.norm.ppf(0.975)
    found = limits("mean", sum(values), len(values), sum(value**2 for value in values))
    assert found == pytest.approx((5 - error, 5 + error))


@pytest.mark.parametrize(
    ("kind", "numerator", "denominator"),
    [
        ("rate", 0, 0),
        ("rate", 5, 4),
        ("rate", -1, 4),
        ("mean", 3, 1),
        ("mean", 0, 0),
        ("ratio", 1, 4),
        ("count", 1, 4),
    ],
)
def test_nothing_else_has_limits(kind: str, numerator: float, denominator: float):
    assert limits(kind, numerator, denominator) == (None, None)
