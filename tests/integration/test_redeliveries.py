"""Deliveries that come again: a key that is gone is as it was before; only what differs touches anybody."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from built_shop import build_shop, dbt

from dagster_project.assets.ingest import read_pending
from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.lake import ROWS, delivery_folder
from dagster_project.settings import Settings

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
HEADER = "order_id,customer_id,ordered_at,status,subtotal,total"
ORIGINAL = "A1,a,2026-03-01 10:00,paid,1000,1000"
CORRECTED = "A1,a,2026-03-01 10:00,paid,1200,1200"
ORIGINAL_OTHER = "A2,b,2026-03-02 10:00,paid,400,400"
OTHER = "A2,b,2026-03-02 10:00,paid,500,500"
COUNTS, ORDERS = "+int_delivery_counts", "+int_orders_placed"
#: A build has ended when it has built these.
EVERYTHING_INCREMENTAL = "+config.materialized:incremental"
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
DELIVERED, HELD = ("+base_orders", "+stg_deliveries"), "assert_lake_holds_the_rows_taken"


def write(landing: Path, day: date, *rows: str) -> None:
    folder = landing / "orders" / str(day)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orders.csv").write_text("\n".join((HEADER, *rows)) + "\n")


def redeliver(settings: Settings, day: date, *rows: str, models: str) -> None:
    """Delivers a day once more with other rows, and builds."""
    write(settings.landing, day, *rows)
    ingest_delivery(settings, read_contracts()["orders"], day)
    dbt(settings, "run", "--select", models)


def totals(settings: Settings) -> dict[str, int]:
    """The totals of the orders in force."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        orders = "select order_id, cast(total as bigint) from staging.base_orders where deleted is not true"
        return dict(warehouse.execute(orders).fetchall())


def superseded(settings: Settings) -> dict[date, int]:
    """How many rows of each delivery a later one has replaced."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        counts = "select delivery, duplicates from intermediate.int_delivery_counts where feed = 'orders'"
        return dict(warehouse.execute(counts).fetchall())


def test_a_key_that_a_delivery_has_lost_is_as_it_was_before_it(tmp_path: Path):
    write(tmp_path / "landing", FIRST, ORIGINAL)
    write(tmp_path / "landing", SECOND, CORRECTED, OTHER)
    shop = Settings(data=tmp_path / "data")
    build_shop(shop, tmp_path / "landing", SECOND, COUNTS)
    assert (totals(shop), superseded(shop)) == ({"A1": 1200, "A2": 500}, {FIRST: 1, SECOND: 0})
    redeliver(shop, SECOND, OTHER, models=COUNTS)
    assert (totals(shop), superseded(shop)) == ({"A1": 1000, "A2": 500}, {FIRST: 0, SECOND: 0})


def test_a_key_is_counted_once_when_the_delivery_that_it_first_came_with_has_lost_it(tmp_path: Path):
    write(tmp_path / "landing", FIRST, ORIGINAL)
    write(tmp_path / "landing", SECOND, CORRECTED)
    shop = Settings(data=tmp_path / "data")
    build_shop(shop, tmp_path / "landing", SECOND, COUNTS)
    redeliver(shop, FIRST, OTHER, models=COUNTS)
    assert (totals(shop), superseded(shop)) == ({"A1": 1200, "A2": 500}, {FIRST: 0, SECOND: 0})


def test_of_a_delivery_that_comes_again_only_the_persons_of_other_rows_are_touched(tmp_path: Path):
    write(tmp_path / "landing", SECOND, ORIGINAL, ORIGINAL_OTHER)
    shop = Settings(data=tmp_path / "data")
    build_shop(shop, tmp_path / "landing", SECOND, ORDERS)
    dbt(shop, "build", *WITHOUT_TESTS, "--select", EVERYTHING_INCREMENTAL)
    redeliver(shop, SECOND, ORIGINAL, OTHER, models=ORDERS)
    touched = """
        select cause, order_id
        from intermediate.touched_persons
        left join intermediate.int_orders_placed on owner in (order_id, customer_id)
    """
    with duckdb.connect(str(shop.warehouse), read_only=True) as warehouse:
        assert set(warehouse.execute(touched).fetchall()) == {("orders", "A2")}
    dbt(shop, "build", *WITHOUT_TESTS, "--select", EVERYTHING_INCREMENTAL)
    with duckdb.connect(str(shop.warehouse), read_only=True) as warehouse:
        assert warehouse.execute(touched).fetchall() == [], "a build that has ended empties the list"


def test_rows_that_the_lake_lost_come_back_with_the_next_run(tmp_path: Path):
    """A build in between goes without them; one after they were read again goes with them."""
    write(tmp_path / "landing", FIRST, ORIGINAL)
    write(tmp_path / "landing", SECOND, CORRECTED, OTHER)
    shop = Settings(data=tmp_path / "data")
    build_shop(shop, tmp_path / "landing", SECOND, *DELIVERED, HELD)
    (delivery_folder(shop.lake, "orders", SECOND) / ROWS).unlink()
    dbt(shop, "run", "--select", *DELIVERED)
    assert totals(shop) == {"A1": 1000}
    with pytest.raises(AssertionError, match=HELD):
        dbt(shop, "test", "--select", HELD)
    orders = read_contracts()["orders"]
    assert [report.day for report in read_pending(shop, orders, SECOND, [])] == [SECOND]
    dbt(shop, "run", "--select", *DELIVERED)
    dbt(shop, "test", "--select", HELD)
    assert totals(shop) == {"A1": 1200, "A2": 500}
