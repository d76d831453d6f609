"""Random shops with nasty deliveries: the pipeline against a naive reading, and against its own past."""

from __future__ import annotations

import hashlib
import os
import random
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from activate_warehouse import destination, rows_of
from built_shop import dbt
from naive_lifecycle import Interval, Thresholds, lifecycle
from naive_shop import File, Rules, Shop, kpis_by_month, may_be_mailed, read_shop, text_of
from shops import AS_OF, DELIVERIES, earlier, land, random_deliveries

from dagster_project.activate.export import export_list, opened
from dagster_project.activate.segment import lists_of, read_segments
from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.lake import ensure_schema_files
from dagster_project.ingest.landing import pending_deliveries
from dagster_project.predict.tables import ensure_files as ensure_predictions
from dagster_project.publish.reports import ensure_files as ensure_reports
from dagster_project.settings import Settings
from dagster_project.state import advance_as_of

#: More shops, and other ones, on demand.
SHOPS = int(os.environ.get("LIFECYCLE_TEST_SHOPS", "200"))
SEED = int(os.environ.get("LIFECYCLE_TEST_SEED", "1"))

#: Short periods, so that every stage comes and goes within the weeks of the shops.
THRESHOLDS = Thresholds(
    prospect_days=9, at_risk_days=12, churn_days=30, advocacy_days=20, loyalty_orders=3, loyalty_days=40
)
RULES = Rules(repeat_days=40, lead_window=20)
SHOP_YML = "".join(
    f"{name}: {value}\n"
    for name, value in (vars(THRESHOLDS) | {"repeat_days": 40, "lead_window": 20}).items()
)

#: What differs between two runs although the facts are the same: when they ran.
CLOCK = {"built_at", "loaded_at"}
#: Differences shown when there are any.
SHOWN = 12


def read_landing(settings: Settings, day: date) -> None:
    """The first part of a run of the day: what is new in the landing zone, to the lake."""
    as_of = advance_as_of(settings, day)
    feeds = read_contracts()
    ensure_schema_files(settings, feeds.values())
    for feed in feeds.values():
        for pending in pending_deliveries(settings, feed, as_of):
            ingest_delivery(settings, feed, pending)


def run(settings: Settings, day: date) -> None:
    """One run of the pipeline: what is new in the landing zone, to the marts, without predictions."""
    read_landing(settings, day)
    ensure_predictions(settings)
    ensure_reports(settings)
    nodes = ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
    dbt(settings, "build", *nodes)


def new_shop(data: Path) -> Settings:
    """An empty data folder with the settings of these shops."""
    data.mkdir(parents=True)
    (data / "shop.yml").write_text(SHOP_YML)
    return Settings(data=data, hash_key="key-of-the-tests")


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
def files() -> list[File]:
    return random_deliveries(SHOPS, SEED)


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


@pytest.fixture(scope="module")
def grown(files: list[File], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same files in the end, delivered bit by bit in three runs, with others in their place before."""
    settings = new_shop(tmp_path_factory.mktemp("grown") / "data")
    dice = random.Random(SEED)
    first, second, third = (dice.sample(files, len(files) // 3) for _ in range(3))
    land(settings.landing, (earlier(file, dice) for file in first))
    read_landing(settings, DELIVERIES[1])
    land(settings.landing, (earlier(file, dice) for file in second))
    run(settings, DELIVERIES[3])
    land(settings.landing, third)
    run(settings, AS_OF)
    land(settings.landing, files)
    run(settings, DELIVERIES[0])
    return settings


@pytest.mark.slow
def test_any_way_to_the_same_deliveries_gives_the_same_marts(built: Settings, grown: Settings):
    with duckdb.connect() as both:
        for name, settings in (("built", built), ("grown", grown)):
            both.execute(f"attach '{settings.warehouse}' as {name} (read_only)")
        tables = both.execute(
            "select table_name, list(column_name) from information_schema.columns "
            "where table_catalog = 'built' and table_schema = 'marts' group by table_name order by table_name"
        ).fetchall()
        different = {
            table: sample
            for table, columns in tables
            if (sample := difference(both, table, [name for name in columns if name not in CLOCK]))
        }
    assert len(tables) > 20
    assert different == {}


def difference(both: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    """A few rows that one of the two warehouses has more often than the other."""
    rows = {name: f"select {quoted(columns)} from {name}.marts.{table}" for name in ("built", "grown")}
    return both.execute(
        f"(select 'built', * from ({rows['built']} except all {rows['grown']}) limit {SHOWN}) union all "
        f"(select 'grown', * from ({rows['grown']} except all {rows['built']}) limit {SHOWN})"
    ).fetchall()


def quoted(columns: list[str]) -> str:
    """SQL of a list of columns."""
    return ", ".join(f'"{name}"' for name in columns)


def is_close(found: Any, expected: Any) -> bool:
    """Whether two values are the same but for rounding."""
    if found is None or expected is None:
        return found is expected
    return float(found) == pytest.approx(float(expected), rel=1e-9, abs=0.01)
