"""Random shops with nasty deliveries: the pipeline against a naive reading, and against its own past."""

from __future__ import annotations

import hashlib
import os
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from activate_warehouse import destination, rows_of
from faults import unnoticed_faults
from naive_lifecycle import Interval, lifecycle
from naive_shop import FEEDS, File, Shop, kpis_by_month, may_be_mailed, read_shop, text_of
from same_tables import assert_same_tables, columns_by_table, keys_of_tables
from shop_runs import RULES, THRESHOLDS, kept, new_shop, read_landing, rebuild, run
from shops import AS_OF, DELIVERIES, FIRST_BUILD, SECOND_BUILD, earlier, land, random_deliveries

from dagster_project.activate.export import export_list, opened
from dagster_project.activate.segment import lists_of, read_segments
from dagster_project.ingest.contracts import Column, read_contracts
from dagster_project.settings import Settings

#: More shops, and other ones, on demand.
SHOPS = int(os.environ.get("LIFECYCLE_TEST_SHOPS", "200"))
SEED = int(os.environ.get("LIFECYCLE_TEST_SEED", "1"))

#: Tables made from files that other tests make: what was predicted, and what was reported before.
WITHOUT_FILES = re.compile("calibration|predictions|likely_to_churn|report|restate|fact_changes|fact_states")
#: What a build that has ended empties.
EMPTIED = {"intermediate.touched_persons", "intermediate.touched_rows"}
#: Differences shown when there are any.
SHOWN = 12


def query(settings: Settings, sql: str) -> list[dict[str, Any]]:
    """Rows of the warehouse."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return warehouse.sql(sql).to_arrow_table().to_pylist()


def pseudonym(identifier: tuple[str, str] | None) -> str | None:
    """The person's id in marts."""
    if identifier is None:
        return None
    return hashlib.sha256(f"key-of-the-tests:{text_of(identifier)}".encode()).hexdigest()[:32]


def assert_same(found: Iterable[Any], expected: Iterable[Any]) -> None:
    """Fails with a few of the rows that are in one only; as many rows of each."""
    found, expected = list(found), list(expected)
    too_much = sorted(set(found) - set(expected), key=repr)
    missing = sorted(set(expected) - set(found), key=repr)
    assert (too_much[:SHOWN], missing[:SHOWN]) == ([], []), (
        f"{len(too_much)} too much, {len(missing)} missing"
    )
    assert len(found) == len(expected)


@pytest.fixture(scope="module")
def deliveries() -> tuple[list[File], list[File]]:
    """The files of some weeks, and those of a day more."""
    return random_deliveries(SHOPS, SEED)


@pytest.fixture(scope="module")
def files(deliveries: tuple[list[File], list[File]]) -> list[File]:
    return [file for part in deliveries for file in part]


@pytest.fixture(scope="module")
def built(files: list[File], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """All files delivered at once, and one run."""
    settings = new_shop(tmp_path_factory.mktemp("built") / "data")
    land(settings.landing, files)
    run(settings, AS_OF)
    return settings


@pytest.fixture(scope="module")
def told(files: list[File]) -> Shop:
    """What the deliveries come to by the naive reading."""
    return read_shop(files, AS_OF, RULES)


@pytest.fixture(scope="module")
def histories(told: Shop) -> list[Interval]:
    return lifecycle(told.facts, AS_OF, THRESHOLDS)


def test_feeds_are_those_of_the_contract():
    contracts = read_contracts()
    assert {feed: columns.split() for feed, columns in FEEDS.items()} == {
        name: [written(column) for column in feed.columns] for name, feed in contracts.items()
    }


def written(column: Column) -> str:
    """A column of the contract as `naive_shop.FEEDS` writes it."""
    signs = {"bigint": "%", "boolean": "?", "timestamp": "@", "date": "/", "varchar": ""}
    values = f"={'|'.join(column.values)}" if column.values else ""
    needed = "*!" if column.is_key else "*" if column.is_required else ""
    return f"{column.name}{needed}{signs.get(column.data_type, '#')}{values}"


@pytest.mark.slow
def test_every_column_is_drawn_with_several_values_and_with_each_that_is_listed(built: Settings):
    missing = []
    for feed in read_contracts().values():
        rows = f"read_parquet('{built.lake}/{feed.name}/*/*.parquet', union_by_name = true)"
        names = [column.name for column in feed.columns]
        lists = ", ".join(f'list(distinct lower(trim("{name}"::varchar))) as "{name}"' for name in names)
        values = query(built, f"select {lists} from {rows} where deleted is not true")[0]
        for column in feed.columns:
            found = set(values[column.name] or []) - {None, ""}
            if len(found) < 2 or not found.issuperset(column.values):
                missing.append((feed.name, column.name, found))
    assert missing == []


@pytest.mark.slow
def test_every_column_of_staging_changes_in_some_row_on_the_last_day(grown: Grown):
    keys = {table: key for table, key in keys_of_tables(grown.manifest).items() if ".stg_" in table}
    unchanged = []
    with duckdb.connect() as both:
        for name, path in (("before", grown.second), ("after", grown.third)):
            both.execute(f"attach '{path}' as {name} (read_only)")
        columns = columns_by_table(both, "after")
        for table, key in keys.items():
            names = [name for name in columns[table] if name not in key]
            if table == "staging.stg_deliveries" or not names:
                continue
            counts = ", ".join(f'count(*) filter (before."{n}" is distinct from after."{n}")' for n in names)
            found = both.execute(
                f"select {counts} from before.{table} as before inner join after.{table} as after "
                f"using ({', '.join(key)})"
            ).fetchall()[0]
            unchanged += [(table, name) for name, count in zip(names, found, strict=True) if not count]
    assert len(keys) >= len(FEEDS)
    assert unchanged == []


@pytest.mark.slow
def test_no_table_is_empty_but_those_of_predictions_and_reports(built: Settings):
    with duckdb.connect(str(built.warehouse), read_only=True) as warehouse:
        tables = [t for t in columns_by_table(warehouse, "warehouse") if "__" not in t and t not in EMPTIED]
        empty = {table for table in tables if not warehouse.execute(f"from {table} limit 1").fetchall()}
    assert {table for table in empty if not WITHOUT_FILES.search(table)} == set()


@pytest.mark.slow
def test_versions_in_force(built: Settings, told: Shop):
    for feed, rows in told.in_force.items():
        counted = query(built, f"select count(*) as rows from staging.stg_{feed}")
        assert counted == [{"rows": len(rows)}], feed


@pytest.mark.slow
def test_persons(built: Settings, told: Shop):
    found = query(
        built, "select identifier_kind, identifier_value, customer_id from intermediate.int_identifiers"
    )
    assert_same(
        [tuple(row.values()) for row in found],
        [(*identifier, pseudonym(person)) for identifier, person in told.persons.items()],
    )


@pytest.mark.slow
def test_orders(built: Settings, told: Shop):
    columns = (
        "order_id", "customer_id", "order_number", "is_valid", "is_test", "ordered_at", "order_date",
        "gross_sales", "discount", "refunds", "net_revenue", "gross_profit",
    )  # fmt: skip
    found = query(built, f"select {', '.join(columns)} from marts.orders")
    expected = (order | {"customer_id": pseudonym(order["customer_id"])} for order in told.orders)
    assert_same(
        (tuple(row[name] for name in columns) for row in found),
        (tuple(row[name] for name in columns) for row in expected),
    )


@pytest.mark.slow
def test_whose_row(built: Settings, told: Shop):
    keys = {
        "sessions": "session_id", "carts": "cart_id", "leads": "lead_id", "support_tickets": "ticket_id",
        "email_events": "event_id", "survey_responses": "response_id", "reviews": "review_id",
        "social_mentions": "mention_id", "referrals": "referral_id",
    }  # fmt: skip
    for table, key in keys.items():
        found = query(built, f"select {key}, customer_id from marts.{table}")
        assert_same(
            [tuple(row.values()) for row in found],
            [(row[key], pseudonym(row["customer_id"])) for row in told.facts[table]],
        )


@pytest.mark.slow
def test_stages(built: Settings, histories: list[Interval]):
    columns = list(Interval.__dataclass_fields__)
    found = query(built, f"select {', '.join(columns)} from marts.lifecycle_stages")
    assert len({interval.rule_id for interval in histories}) == 10, "every rule occurs"
    assert_same(
        [tuple(row.values()) for row in found],
        [(pseudonym(i.customer_id), *(getattr(i, name) for name in columns[1:])) for i in histories],
    )


@pytest.mark.slow
def test_kpis(built: Settings, told: Shop, histories: list[Interval]):
    expected = kpis_by_month(told, histories, AS_OF, RULES)
    found = query(
        built,
        "select kpi_id, period_start, value from marts.kpis where dimension = 'all' and period = 'month'",
    )
    values = {(row["kpi_id"], row["period_start"]): row["value"] for row in found}
    months = {start for _, start in values}
    assert months == {start for _, start in expected}
    differences = {
        key: (values.get(key), value)
        for key, value in expected.items()
        if not is_close(values.get(key), value)
    }
    assert differences == {}


@pytest.mark.slow
def test_nobody_is_in_a_file_who_did_not_agree_is_withdrawn_or_in_control(
    built: Settings, told: Shop, files: list[File], tmp_path: Path
):
    allowed = may_be_mailed(told, files, AS_OF, RULES)
    rows, excluded = 0, Counter[str]()
    with opened(built.warehouse, tmp_path / "exports") as connection:
        for each in (each for segment in read_segments().values() for each in lists_of(connection, segment)):
            report = export_list(connection, tmp_path / "exports", each, destination(), AS_OF)
            excluded.update(report.excluded)
            held_back = connection.execute(
                "select customer_id from warehouse.marts.segment_members where segment = ? and is_control",
                [each.name],
            ).fetchall()
            persons = {told.persons["email", row["Email"]] for row in rows_of(report.folder, "full")}
            assert len(persons) == report.rows["full"], each.name
            assert persons <= allowed, each.name
            assert {pseudonym(person) for person in persons}.isdisjoint(person for (person,) in held_back)
            rows += len(persons)
    assert rows > 50
    assert min(excluded[reason] for reason in ("no_consent", "erased", "control_group")) > 0, excluded


@dataclass(frozen=True)
class Grown:
    """A shop that was built three times, its warehouse after the last two, and the second built at once."""

    settings: Settings
    second: Path
    second_at_once: Path
    third: Path

    @property
    def manifest(self) -> Path:
        return self.settings.dbt_target / "manifest.json"


@pytest.fixture(scope="module")
def grown(deliveries: tuple[list[File], list[File]], tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """The same files in the end: most bit by bit, with others in their place before; then a day more."""
    weeks, later = deliveries
    settings = new_shop(tmp_path_factory.mktemp("grown") / "data")
    dice = random.Random(SEED)
    first, second, third = (dice.sample(weeks, len(weeks) // 3) for _ in range(3))
    land(settings.landing, (earlier(file, dice) for file in first))
    read_landing(settings, DELIVERIES[1])
    land(settings.landing, (earlier(file, dice) for file in second))
    run(settings, FIRST_BUILD)
    land(settings.landing, third)
    read_landing(settings, SECOND_BUILD)
    land(settings.landing, weeks)
    run(settings, DELIVERIES[0])
    second_at_once = rebuild(settings)
    second_build = kept(settings, "second")
    land(settings.landing, later)
    run(settings, AS_OF)
    return Grown(settings, second_build, second_at_once, kept(settings, "third"))


@pytest.mark.slow
def test_days_delivered_again_in_other_words_give_the_tables_of_one_build(grown: Grown):
    assert_same_tables(grown.second, grown.second_at_once, grown.manifest)


@pytest.mark.slow
def test_any_way_to_the_same_deliveries_gives_the_same_tables(built: Settings, grown: Grown):
    assert_same_tables(kept(built, "built"), grown.third, grown.manifest)


@pytest.mark.slow
def test_every_branch_of_what_tells_of_changes_is_missed_when_it_is_left_out(grown: Grown, tmp_path: Path):
    unnoticed = unnoticed_faults(grown.settings, grown.second, grown.third, tmp_path)
    assert not unnoticed, "\n".join(map(str, unnoticed))


def is_close(found: Any, expected: Any) -> bool:
    """Whether two values are the same but for rounding."""
    if found is None or expected is None:
        return found is expected
    return float(found) == pytest.approx(float(expected), rel=1e-9, abs=0.01)
