"""Two real shops, read whole: what the marts say adds up to what lies in their files."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from built_shop import build_shop
from conftest import SHARED_DATA

from dagster_project.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED_DATA.exists(), reason="no real data beside this checkout (../shared/data)"),
]


def build(name: str, as_of: date, folder: Path) -> Settings:
    """The marts of a shop as of a day, with the shop's own settings."""
    settings = Settings(data=folder, hash_key="key-of-the-tests")
    folder.mkdir(exist_ok=True)
    shutil.copy(SHARED_DATA / name / "shop.yml", folder / "shop.yml")
    settings = Settings(data=folder, hash_key="key-of-the-tests")
    build_shop(settings, SHARED_DATA / name / "landing", as_of, "+orders", "+order_items", "+customers")
    return settings


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return build("cdnow", date(1998, 6, 30), tmp_path_factory.mktemp("cdnow") / "data")


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return build("online_retail", date(2011, 12, 31), tmp_path_factory.mktemp("online_retail") / "data")


def rows(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_cdnow_orders_persons_and_revenue(cdnow: Settings):
    assert rows(cdnow, "select count(*), count(*) filter (not is_valid) from marts.orders") == [(69_659, 80)]
    assert rows(cdnow, "select count(*) from marts.customers") == [(23_570,)]
    assert rows(
        cdnow, "select sum(net_revenue)::decimal(18, 2)::varchar from marts.orders where is_valid"
    ) == [("2500315.63",)]


def test_cdnow_first_orders_by_month(cdnow: Settings):
    """The published 7,846, 8,476 and 7,248 count the 80 orders without an amount."""
    found = rows(
        cdnow,
        "select strftime(order_date, '%Y-%m') as month, count(*) from marts.orders"
        " where is_first group by month order by month",
    )
    assert found[:3] == [("1997-01", 7_814), ("1997-02", 8_455), ("1997-03", 7_231)]
    assert ("1997-11", 2) in found


def test_online_retail_reconciles_with_its_files_to_the_penny(online_retail: Settings):
    landing = SHARED_DATA / "online_retail" / "landing"
    delivered = duckdb.sql(
        "select count(*), sum(quantity::decimal(18, 4) * unit_price::decimal(18, 4))"
        f" from read_parquet('{landing}/order_items/*/*.parquet', union_by_name = true)"
    ).fetchall()
    refunded = duckdb.sql(
        "select sum(amount::decimal(18, 4))"
        f" from read_csv('{landing}/refunds/*/*.csv', union_by_name = true, all_varchar = true)"
    ).fetchall()
    assert rows(online_retail, "select count(*), sum(gross_sales) from marts.order_items") == delivered
    assert rows(online_retail, "select sum(gross_sales) from marts.orders") == [(delivered[0][1],)]
    assert rows(online_retail, "select sum(refunds) from marts.orders") == refunded


def test_online_retail_guests_without_an_identifier_belong_to_nobody(online_retail: Settings):
    assert rows(online_retail, "select count(*) from marts.orders where customer_id is null") == [(3_107,)]
    assert rows(online_retail, "select max(orders) < 500 from marts.customers") == [(True,)], (
        "nobody is made of all guests"
    )
