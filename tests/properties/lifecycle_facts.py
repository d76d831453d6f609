"""Facts for tests of the lifecycle: rows of the marts that stages are made of, and a warehouse of them."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import yaml
from naive_lifecycle import DAY, Facts, Thresholds

from dagster_project.settings import DBT, Settings

Row = tuple[str, dict[str, Any]]

NAMES = {"customer_id": pa.string()}
TIME = pa.timestamp("us")
#: Schema, table and the columns that the lifecycle models read.
TABLES = {
    "orders": (
        "marts",
        {"order_id": pa.string(), "ordered_at": TIME, "is_valid": pa.bool_(), "is_test": pa.bool_()},
    ),
    "sessions": (
        "marts",
        {"session_id": pa.string(), "started_at": TIME}
        | dict.fromkeys(
            ("product_views", "searches", "video_views", "add_to_carts", "checkouts"), pa.int64()
        ),
    ),
    "carts": ("marts", {"cart_id": pa.string(), "created_at": TIME, "updated_at": TIME}),
    "leads": ("marts", {"lead_id": pa.string(), "created_at": TIME, "kind": pa.string()}),
    "int_registrations": ("intermediate", {"shop_customer_id": pa.string(), "created_at": TIME}),
    "support_tickets": ("marts", {"ticket_id": pa.string(), "opened_at": TIME}),
    "email_events": ("marts", {"event_id": pa.string(), "occurred_at": TIME, "event": pa.string()}),
    "survey_responses": (
        "marts",
        {"response_id": pa.string(), "responded_at": TIME, "survey": pa.string(), "score": pa.float64()},
    ),
    "reviews": ("marts", {"review_id": pa.string(), "created_at": TIME, "rating": pa.float64()}),
    "referrals": (
        "marts",
        {"referral_id": pa.string(), "created_at": TIME, "referee_customer_id": pa.string()},
    ),
    "social_mentions": ("marts", {"mention_id": pa.string(), "occurred_at": TIME, "sentiment": pa.string()}),
}

#: Tables without which dbt takes the list of touched persons for lost (dbt/macros/touched.sql).
VERSIONED = (
    "carts", "email_events", "loyalty_points", "order_items", "orders", "sessions", "shipments", "surveys"
)  # fmt: skip
OTHERS_OF_THE_LIST = (
    "intermediate.int_orders_placed",
    "marts.order_items",
    *(f"staging.base_{feed}" for feed in VERSIONED),
)


def order(at: datetime, key: str, *, valid: bool = True, test: bool = False) -> Row:
    """An order; one that is not valid is cancelled, pending or refunded in full."""
    return "orders", {"order_id": key, "ordered_at": at, "is_valid": valid and not test, "is_test": test}


def session(at: datetime, key: str, **counters: int | None) -> Row:
    """A session; counters not given are null."""
    names = ("product_views", "searches", "video_views", "add_to_carts", "checkouts")
    return "sessions", {"session_id": key, "started_at": at} | dict.fromkeys(names) | counters


def cart(created_at: datetime, key: str, updated_at: datetime | None = None) -> Row:
    """A cart; its last change is null when it lies after as_of."""
    return "carts", {"cart_id": key, "created_at": created_at, "updated_at": updated_at}


def lead(at: datetime, key: str, kind: str | None = "newsletter") -> Row:
    """A lead."""
    return "leads", {"lead_id": key, "created_at": at, "kind": kind}


def registration(at: datetime, key: str) -> Row:
    """A registration in the shop."""
    return "int_registrations", {"shop_customer_id": key, "created_at": at}


def ticket(at: datetime, key: str) -> Row:
    """A support ticket."""
    return "support_tickets", {"ticket_id": key, "opened_at": at}


def message(at: datetime, key: str, event: str) -> Row:
    """What happened to a message sent."""
    return "email_events", {"event_id": key, "occurred_at": at, "event": event}


def answer(at: datetime, key: str, score: float | None, survey: str = "nps") -> Row:
    """An answer to a survey."""
    return "survey_responses", {"response_id": key, "responded_at": at, "survey": survey, "score": score}


def review(at: datetime, key: str, rating: float) -> Row:
    """A review."""
    return "reviews", {"review_id": key, "created_at": at, "rating": rating}


def referral(at: datetime, key: str, referee: str | None = None) -> Row:
    """A referral made by the person."""
    return "referrals", {"referral_id": key, "created_at": at, "referee_customer_id": referee}


def mention(at: datetime, key: str, sentiment: str | None) -> Row:
    """A mention on a social network."""
    return "social_mentions", {"mention_id": key, "occurred_at": at, "sentiment": sentiment}


def facts_of(rows_by_person: dict[str | None, list[Row]]) -> Facts:
    """The marts that hold the rows of each person; None is nobody."""
    facts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for person, rows in rows_by_person.items():
        for table, row in rows:
            facts[table].append(row | {"customer_id": person})
    return facts


#: Times that collide, so that ties are decided by feed and key.
TIMES = (time(0), time(9), time(9), time(9), time(23, 59, 59))


def gaps_around(thresholds: Thresholds) -> tuple[int, ...]:
    """Distances that fall on, just before and just after every threshold."""
    days = {value for key, value in asdict(thresholds).items() if key.endswith("_days")}
    return (0, 0, 0, 1, 2, *sorted({day + offset for day in days for offset in (-1, 0, 1)}))


def random_row(chance: random.Random, at: datetime, key: str) -> Row:
    """A row of a random table, with values on both sides of what counts."""
    counter = (None, 0, 0, 0, 1, 3)
    kind = chance.randrange(13)
    if kind <= 2:
        return order(at, key, valid=chance.random() < 0.8, test=chance.random() < 0.1)
    if kind <= 4:
        names = ("product_views", "searches", "video_views", "add_to_carts", "checkouts")
        return session(at, key, **{name: chance.choice(counter) for name in names})
    if kind == 5:
        later = chance.choice((None, at, at + timedelta(hours=1), at + chance.choice((1, 30, 90)) * DAY))
        return cart(at, key, later)
    if kind <= 8:
        survey = chance.choice(("nps", "nps", "nps", "nps", "csat", "exit_reason"))
        return answer(at, key, chance.choice((None, 0, 6, 6, 6.5, 7, 8, 8.5, 9, 9, 10)), survey)
    makers = (
        lambda: lead(at, key, chance.choice((None, "trial", "newsletter"))),
        lambda: registration(at, key),
        lambda: ticket(at, key),
        lambda: message(at, key, chance.choice(("sent", "opened", "clicked", "bounced", "unsubscribed"))),
        lambda: review(at, key, chance.choice((1, 3, 4, 5))),
        lambda: referral(at, key),
        lambda: mention(at, key, chance.choice((None, "positive", "neutral", "negative"))),
    )
    return chance.choice(makers)()


def random_rows(
    chance: random.Random, person: int, first_day: date, as_of: date, gaps: tuple[int, ...]
) -> Iterator[Row]:
    """The rows of a random person: days at threshold distances from earlier ones of the same person."""
    days = [first_day + chance.randrange(120) * DAY]
    for _ in range(chance.randrange(14)):
        days.append(chance.choice(days) + chance.choice(gaps) * DAY)
    for number, day in enumerate(sorted(days)):
        table, row = random_row(
            chance, datetime.combine(day, chance.choice(TIMES)), f"{chance.randrange(10)}-{person}-{number}"
        )
        if day <= as_of:
            if table == "carts" and row["updated_at"] is not None and row["updated_at"].date() > as_of:
                row["updated_at"] = None
            yield table, row


def random_facts(seed: int, persons: int, as_of: date, thresholds: Thresholds) -> Facts:
    """The marts of a random shop, the same for the same seed; a few rows belong to nobody."""
    chance = random.Random(seed)
    gaps = gaps_around(thresholds)
    first_day = as_of - 900 * DAY
    people: dict[str | None, list[Row]] = {
        f"person-{number:05d}": list(random_rows(chance, number, first_day, as_of, gaps))
        for number in range(persons)
    }
    people[None] = list(random_rows(chance, persons, first_day, as_of, gaps))
    return facts_of(people)


def materialise(
    settings: Settings, facts: Facts, as_of: date, thresholds: Thresholds | None = None
) -> duckdb.DuckDBPyConnection:
    """Builds and tests the lifecycle models, and nothing else, on a warehouse that holds the facts.

    Returns:
        A read-only connection to the warehouse.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    (settings.data / "shop.yml").write_text(yaml.safe_dump(asdict(thresholds or Thresholds())))
    settings.state_file.write_text(f'{{"as_of": "{as_of}"}}')
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        write_facts(warehouse, facts)
    models = "path:models/intermediate/lifecycle path:models/marts/lifecycle int_as_of"
    seeds = "stages lifecycle_rules lifecycle_scheme_stages"
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "--quiet",
        "build",
        "--select",
        f"{models} {seeds}",
        "--exclude-resource-type",
        "unit_test",
        "--indirect-selection",
        "cautious",
        "--project-dir",
        str(DBT),
        "--profiles-dir",
        str(DBT),
        "--target-path",
        str(settings.dbt_target),
        "--log-path",
        str(settings.dbt_target),
        "--vars",
        json.dumps(settings.dbt_vars()),
    ]
    environment = os.environ | settings.environment()
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("delete from intermediate.touched_persons")
    return duckdb.connect(str(settings.warehouse), read_only=True)


def write_facts(warehouse: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """Creates the tables that the lifecycle models read, and the persons that their tests ask for.

    Persons of rows that differ from those that were there are added to the list of touched ones.
    """
    for schema in ("intermediate", "marts", "staging"):
        warehouse.execute(f"create schema if not exists {schema}")
    for table in (*OTHERS_OF_THE_LIST, "intermediate.touched_rows"):
        warehouse.execute(f"create table if not exists {table} (feed varchar)")
    warehouse.execute(
        "create table if not exists intermediate.touched_persons (owner varchar, cause varchar)"
    )
    for table, (schema, columns) in TABLES.items():
        rows = pa.Table.from_pylist(list(facts.get(table, [])), schema=pa.schema(columns | NAMES))
        warehouse.register("rows", rows)
        warehouse.execute(f"create table if not exists {schema}.{table} as select * from rows limit 0")
        add_touched_persons(warehouse, f"{schema}.{table}", table)
        warehouse.execute(f"create or replace table {schema}.{table} as select * from rows")
        warehouse.unregister("rows")
    people = sorted({row["customer_id"] for rows in facts.values() for row in rows} - {None})
    warehouse.register("people", pa.table({"customer_id": pa.array(people, pa.string())}))
    warehouse.execute("create or replace table intermediate.int_persons as select * from people")
    warehouse.unregister("people")


def add_touched_persons(warehouse: duckdb.DuckDBPyConnection, table: str, cause: str) -> None:
    """Adds the persons of the rows that differ between a table and `rows`, as `touched_persons` would."""
    warehouse.execute(
        f"""
        insert into intermediate.touched_persons
        with differing as (
            (from {table} except all from rows)
            union all
            (from rows except all from {table})
        )
        select distinct customer_id, '{cause}'
        from differing
        where customer_id is not null
        """
    )
