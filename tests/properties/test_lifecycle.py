"""The lifecycle models against a naive reading of the definitions, on random persons."""

from __future__ import annotations

import os
from datetime import date

import duckdb
import pytest
from lifecycle_facts import materialise, random_facts
from naive_lifecycle import Interval, Thresholds, daily, lifecycle

from dagster_project.settings import Settings

AS_OF = date(2026, 6, 30)
#: More persons, and other ones, on demand.
PERSONS = int(os.environ.get("LIFECYCLE_TEST_PERSONS", "300"))
SEED = int(os.environ.get("LIFECYCLE_TEST_SEED", "1"))

#: Short periods, in which every rule comes and goes many times in a person's history.
SHORT = Thresholds(
    prospect_days=9, at_risk_days=12, churn_days=30, advocacy_days=20, loyalty_orders=3, loyalty_days=40
)


def intervals_in(warehouse: duckdb.DuckDBPyConnection) -> list[Interval]:
    rows = warehouse.execute(
        "select customer_id, stage, rule_id, previous_stage, evidence, valid_from, valid_to, days_in_stage "
        "from marts.lifecycle_stages order by customer_id, valid_from"
    ).fetchall()
    return [Interval(*row) for row in rows]


@pytest.mark.parametrize("thresholds", [Thresholds(), SHORT], ids=["defaults", "short periods"])
def test_models_agree_with_a_reading_day_by_day(settings: Settings, thresholds: Thresholds):
    facts = random_facts(SEED, PERSONS, AS_OF, thresholds)
    expected = lifecycle(facts, AS_OF, thresholds)
    with materialise(settings, facts, AS_OF, thresholds) as warehouse:
        built = intervals_in(warehouse)
        built_daily = warehouse.execute(
            'select date, stage, customers, entered, "left" from marts.lifecycle_daily'
        ).fetchall()
    assert len({interval.rule_id for interval in expected}) == 10, "every rule occurs"
    assert set(built) - set(expected) == set(expected) - set(built) == set()
    assert len(built) == len(expected)
    assert sorted(built_daily) == sorted(daily(expected, AS_OF))
