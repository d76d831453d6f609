"""Models that rebuild only touched persons, run after run, against the same models built at once."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from built_shop import dbt
from lifecycle_facts import materialise, random_facts, write_facts
from naive_lifecycle import Facts, Thresholds

from dagster_project.settings import Settings

PERSONS = 300
DAYS = (date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 30))
SHORT = Thresholds(
    prospect_days=9, at_risk_days=12, churn_days=30, advocacy_days=20, loyalty_orders=3, loyalty_days=40
)
TABLES = "\n".join(
    [
        "select table_schema || '.' || table_name from information_schema.tables",
        "where table_name like '%lifecycle%' and table_type = 'BASE TABLE'",
        "and not contains(table_name, '__') order by all",
    ]
)


def by_person(facts: Facts) -> dict[Any, list[tuple[str, dict]]]:
    rows: dict[Any, list[tuple[str, dict]]] = defaultdict(list)
    for table, found in facts.items():
        for row in found:
            rows[row["customer_id"]].append((table, row))
    return rows


def with_other_keys(facts: Facts, seed: int) -> Facts:
    """The same facts under keys of their own; the key is a row's first column."""
    return {
        table: [row | {next(iter(row)): f"{next(iter(row.values()))}-{seed}"} for row in rows]
        for table, rows in facts.items()
    }


def some_days_later(before: Facts, after: Facts, seed: int) -> Facts:
    """Some persons go, come, become one, have rows fewer, or have become others; most are as they were."""
    dice = random.Random(seed)
    old, new = by_person(before), by_person(with_other_keys(after, seed))
    facts: dict[str, list[dict]] = defaultdict(list)
    for person in sorted(old.keys() | new.keys(), key=str):
        kind = dice.choice(["same"] * 6 + ["gone", "other", "both", "fewer"])
        rows = {"gone": [], "other": new[person], "both": old[person] + new[person]}.get(kind, old[person])
        merged_with = f"person-{dice.randrange(PERSONS):05d}" if dice.random() < 0.03 else person
        for table, row in rows:
            if kind != "fewer" or dice.random() < 0.5:
                facts[table].append(row | {"customer_id": merged_with})
    return facts


def new_shop(folder: Path) -> Settings:
    return Settings(data=folder, hash_key="key-of-the-tests")


def tables(settings: Settings) -> dict[str, list[tuple]]:
    """All rows of the tables of the lifecycle, sorted."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        names = [name for (name,) in warehouse.execute(TABLES).fetchall()]
        return {name: warehouse.execute(f"from {name} order by all").fetchall() for name in names}


@pytest.mark.slow
def test_successive_runs_and_a_crash_give_what_one_full_build_gives(tmp_path: Path):
    first = random_facts(1, PERSONS, DAYS[0], SHORT)
    second = some_days_later(first, random_facts(2, PERSONS, DAYS[1], SHORT), seed=1)
    third = some_days_later(second, random_facts(3, PERSONS, DAYS[2], SHORT), seed=2)
    grown = new_shop(tmp_path / "grown")
    materialise(grown, first, DAYS[0], SHORT).close()
    with duckdb.connect(str(grown.warehouse)) as warehouse:
        write_facts(warehouse, second)
    # A run that dies after a few models, of facts that are taken back.
    dbt(grown, "run", "--select", "+int_lifecycle_prospect_changes,path:models/intermediate/lifecycle")
    materialise(grown, first, DAYS[1], SHORT).close()
    materialise(grown, third, DAYS[2], SHORT).close()
    at_once = new_shop(tmp_path / "at_once")
    materialise(at_once, third, DAYS[2], SHORT).close()
    found, expected = tables(grown), tables(at_once)
    assert len(expected) > 12
    assert {name for name in expected if found[name] != expected[name]} == set()
