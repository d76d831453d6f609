"""Persons as the models and the graph make them, against the definitions read word by word."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from identity_models import FEEDS, NOTHING, Models, compile_models
from naive_identity import KINDS, Row, Rule, resolve

from dagster_project.identity.components import resolve_changed
from dagster_project.settings import DEFAULT_HASH_KEY, Settings

START = datetime(2026, 1, 1)
LIMIT = 3

values = {
    "shop_customer_id": ["1", "2", "3", "4", "5", "10"],
    "email": ["a@x", "b@x", "c@x", "d@x", "e@x", "é@x"],
    "phone": ["+811", "+812", "+813"],
    "line_user_id": ["U1", "U2"],
    "device_id": ["D1", "D2", "d:3", "D4"],
}
identifiers = st.sampled_from([f"{kind}:{value}" for kind in KINDS for value in values[kind]])


@pytest.fixture(scope="module")
def models(new_data_folder: Callable[[], Path]) -> Models:
    return compile_models(Settings(data=new_data_folder(), hash_key=DEFAULT_HASH_KEY))


@st.composite
def a_row(draw: st.DrawFn, number: int) -> Row:
    feed = draw(st.sampled_from(sorted(FEEDS)))
    kinds = FEEDS[feed][2]
    required = {"sessions": "device_id", "loyalty_points": "shop_customer_id"}.get(feed)
    carried = {kind: draw(st.sampled_from([*values[kind], None, None])) for kind in kinds}
    if required:
        carried[required] = carried[required] or values[required][0]
    key = f"{draw(st.sampled_from('AB'))}{number}"
    if feed == "customers":
        key = carried["shop_customer_id"] = f"{number}"
    at = START + timedelta(days=draw(st.integers(0, 4)), microseconds=draw(st.sampled_from([0, 0, 500_000])))
    return Row(feed, key, at, tuple(f"{kind}:{value}" for kind, value in carried.items() if value))


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    return [draw(a_row(number)) for number in range(draw(st.integers(0, 25)))]


@st.composite
def some_rules(draw: st.DrawFn) -> list[Rule]:
    kinds = st.sampled_from(["must_link", "cannot_link", "cannot_link", "ignore"])
    given_identifiers = st.one_of(identifiers, identifiers, identifiers, st.none())
    return [
        Rule(f"R{number}", draw(kinds), draw(given_identifiers), draw(given_identifiers))
        for number in range(draw(st.integers(0, 6)))
    ]


def hashed(identifier: str) -> str:
    return hashlib.sha256(f"{DEFAULT_HASH_KEY}:{identifier}".encode()).hexdigest()[:32]


def built(models: Models, rows: list[Row], rules: list[Rule]) -> dict[str, set]:
    queries = {
        "persons": "select identifier, customer_id from intermediate.int_identifiers",
        "identities": "select identifier_hash, customer_id, linked_since, evidence from marts.identities",
        "left_out": "select identifier_a, identifier_b from intermediate.int_links_left_out",
        "shared": "select identifier from intermediate.int_shared_devices",
        "rules": "select rule_id, no_effect_because from intermediate.int_identity_rules "
        "where no_effect_because is not null",
        "merges": "select merged_customer_id, customer_id, merged_at, evidence from marts.person_merges",
    }
    with models.run(rows, rules) as warehouse:
        found = {name: warehouse.execute(query).fetchall() for name, query in queries.items()}
    assert all(len(set(rows)) == len(rows) for rows in found.values()), "no row comes twice"
    return {name: set(rows) for name, rows in found.items()}


def expected(rows: list[Row], rules: list[Rule]) -> dict[str, set]:
    persons = resolve(rows, rules, LIMIT)
    return {
        "persons": {(name, hashed(of)) for name, of in persons.named_after.items()},
        "identities": {
            (hashed(name), hashed(of), *persons.linked[name]) for name, of in persons.named_after.items()
        },
        "left_out": persons.left_out,
        "shared": {(device,) for device in persons.shared},
        "rules": set(persons.without_effect.items()),
        "merges": {
            (hashed(name), hashed(of), since, evidence)
            for name, (of, since, evidence) in persons.merged.items()
        },
    }


@given(rows=some_rows(), rules=some_rules())
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_models_and_graph_agree_with_the_definitions_read_word_by_word(
    models: Models, rows: list[Row], rules: list[Rule]
):
    assert built(models, rows, rules) == expected(rows, rules)


@given(rows=some_rows(), rules=some_rules(), data=st.data())
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_order_of_rows_and_rules_does_not_matter(
    models: Models, rows: list[Row], rules: list[Rule], data: st.DataObject
):
    turned = data.draw(st.permutations(rows)), data.draw(st.permutations(rules))
    assert built(models, *turned) == built(models, rows, rules)


@given(rows=some_rows(), rules=some_rules(), others=some_rows(), other_rules=some_rules(), data=st.data())
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_walking_where_links_have_changed_finds_what_walking_everywhere_does(
    models: Models,
    rows: list[Row],
    rules: list[Rule],
    others: list[Row],
    other_rules: list[Rule],
    data: st.DataObject,
):
    with models.linked(rows, rules) as warehouse:
        yesterday = resolve_changed(warehouse, NOTHING)
    kept = [row for row in rows if data.draw(st.integers(0, 3))]
    came = [replace(row, key=f"{row.key}-{row.feed}") for row in others[:3]]
    with models.linked(kept + came, data.draw(st.sampled_from([rules, rules, other_rules]))) as warehouse:
        assert resolve_changed(warehouse, yesterday) == resolve_changed(warehouse, NOTHING)


def test_only_whom_a_link_came_to_is_walked_again(models: Models):
    customers = [
        Row("sessions", f"S{number}", START, (f"shop_customer_id:{number}", f"device_id:{number}"))
        for number in range(100)
    ]
    login = Row("sessions", "S", START + timedelta(days=1), ("shop_customer_id:7", "device_id:new"))
    with models.linked(customers, []) as warehouse:
        yesterday = resolve_changed(warehouse, NOTHING)
        resolve_changed(warehouse, yesterday)
        assert warehouse.execute("from affected").fetchall() == []
    with models.linked([*customers, login], []) as warehouse:
        components = resolve_changed(warehouse, yesterday)
        walked = warehouse.execute("from affected order by all").fetchall()
    assert walked == [("device_id:7",), ("device_id:new",), ("shop_customer_id:7",)]
    assert len(components) == 201


def test_what_a_rule_kept_apart_is_walked_with_what_it_was_kept_from(models: Models):
    one = Row("sessions", "S1", START, ("shop_customer_id:1", "device_id:D"))
    other = Row("sessions", "S2", START + timedelta(days=1), ("shop_customer_id:2", "device_id:D"))
    apart = Rule("R", "cannot_link", "shop_customer_id:1", "shop_customer_id:2")
    with models.linked([one, other], [apart]) as warehouse:
        yesterday = resolve_changed(warehouse, NOTHING)
    for rows, rules in (([one, other], []), ([other], [apart])):
        with models.linked(rows, rules) as warehouse:
            components = resolve_changed(warehouse, yesterday)
        together = dict(
            zip(*components.select(["identifier", "component"]).to_pydict().values(), strict=True)
        )
        assert together["device_id:D"] == together["shop_customer_id:2"]


def test_a_chain_of_ten_thousand_is_one_person_and_a_kiosk_links_none_of_its_customers(models: Models):
    chain = [
        Row(
            "surveys",
            f"V{number}",
            START,
            (f"shop_customer_id:{(number + 1) // 2}", f"email:{number // 2}@x"),
        )
        for number in range(10_000)
    ]
    kiosk = [
        Row("sessions", f"S{number}", START, (f"shop_customer_id:K{number}", "device_id:kiosk"))
        for number in range(5_000)
    ]
    alone = [Row("sessions", "S", START, ("device_id:kiosk",))]
    began = time.monotonic()
    with models.run(chain + kiosk + alone, []) as warehouse:
        persons = warehouse.execute(
            "select identifiers, count(*) from intermediate.int_persons group by 1 order by 1"
        ).fetchall()
        findings = warehouse.execute(
            "select finding, detail, n from intermediate.int_identity_findings order by 1"
        ).fetchall()
    assert time.monotonic() - began < 20
    assert persons == [(1, 5_000), (10_001, 1)]
    assert findings == [
        ("large_person", "identifiers", 10_001),
        ("shared_device", "customer numbers", 5_000),
    ]


def test_a_visitor_who_logs_in_later_is_one_person_from_the_first_visit(models: Models):
    rows = [
        Row("sessions", "S1", START, ("device_id:D",)),
        Row("customers", "7", START + timedelta(days=3), ("shop_customer_id:7", "email:a@x")),
        Row("sessions", "S2", START + timedelta(days=5), ("shop_customer_id:7", "device_id:D")),
    ]
    with models.run(rows, []) as warehouse:
        person = warehouse.execute(
            "select customer_id, first_seen_at, shop_customer_ids, merged_customer_ids, is_anonymous "
            "from intermediate.int_persons"
        ).fetchall()
    assert person == [(hashed("device_id:D"), START, ["7"], [hashed("shop_customer_id:7")], False)]
