"""Real shops whose figures others have published: what the marts say of them must be the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from built_shop import build_shop
from conftest import SHARED_DATA

from dagster_project.settings import Settings

pytestmark = pytest.mark.slow

ONLINE_RETAIL = SHARED_DATA / "online_retail"
KAG_ADS = SHARED_DATA / "formats" / "kag_ads" / "kag_conversion_data.parquet"

#: Customers of the UCI Online Retail data by month of the first invoice and month since then, of lines with a
#: quantity and a price above 0 and a customer number (github.com/HarshTanwar001/Cohort-Analysis,
#: github.com/Hadrien-lcrx/cohort-analysis). December 2011 ends on the 9th.
COHORTS = """
2010-12 885 324 286 340 321 352 321 309 313 350 331 445 235
2011-01 417 92 111 96 134 120 103 101 125 136 152 49
2011-02 380 71 71 108 103 94 96 106 94 116 26
2011-03 452 68 114 90 101 76 121 104 126 39
2011-04 300 64 61 63 59 68 65 78 22
2011-05 284 54 49 49 59 66 75 27
2011-06 242 42 38 64 56 81 23
2011-07 188 34 39 42 51 21
2011-08 169 35 42 41 21
2011-09 299 70 90 34
2011-10 358 86 41
2011-11 323 36
2011-12 41
"""

#: Facebook campaigns of the KAG data: impressions, clicks, cost, conversions.
CAMPAIGNS = {
    "916": (482_925, 113, 149.71, 58),
    "936": (8_128_187, 1_984, 2_893.37, 537),
    "1178": (204_823_716, 36_068, 55_662.15, 2_669),
}


def published_cohorts() -> dict[tuple[str, int], int]:
    rows = [line.split() for line in COHORTS.split("\n") if line]
    return {(month, number): int(count) for month, *counts in rows for number, count in enumerate(counts)}


def one_year_of_sales(landing: Path) -> None:
    """Delivers what the published table is made of: no refunds, no line without quantity or price."""
    for feed in ("orders", "order_items"):
        for delivery in sorted((ONLINE_RETAIL / "landing" / feed).glob("201*")):
            if delivery.name >= "2010-12-31":
                shutil.copytree(delivery, landing / feed / delivery.name)
    for file in landing.glob("order_items/*/order_items.parquet"):
        counted = landing.parent / "counted.parquet"
        duckdb.execute(
            f"copy (from '{file}' where quantity > 0 and unit_price > 0) to '{counted}' (format parquet)"
        )
        counted.replace(file)


def campaigns_of_one_day(landing: Path) -> None:
    """Delivers the advertisements as one day of spend, as the data has no dates."""
    delivery = landing / "marketing_spend" / "2017-08-31"
    delivery.mkdir(parents=True)
    duckdb.execute(
        "copy (select '2017-08-30' as spend_date, 'Facebook' as platform, xyz_campaign_id as campaign_id, "
        "sum(Impressions) as impressions, sum(Clicks) as clicks, round(sum(Spent), 4) as cost, "
        f"sum(Total_Conversion) as conversions from '{KAG_ADS}' group by all) to '{delivery / 'ads.csv'}'"
    )


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    if not ONLINE_RETAIL.exists():
        pytest.skip("real data is not beside this checkout (../shared/data)")
    folder = tmp_path_factory.mktemp("online_retail")
    one_year_of_sales(folder / "landing")
    settings = Settings(data=folder / "data")
    settings.data.mkdir()
    shutil.copy(ONLINE_RETAIL / "shop.yml", settings.data)
    build_shop(settings, folder / "landing", date(2011, 12, 31), "+cohort_retention")
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def kag_ads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    if not KAG_ADS.exists():
        pytest.skip("real data is not beside this checkout (../shared/data)")
    folder = tmp_path_factory.mktemp("kag_ads")
    campaigns_of_one_day(folder / "landing")
    settings = Settings(data=folder / "data")
    build_shop(settings, folder / "landing", date(2017, 8, 31), "+campaigns_daily", "+kpis_of_advertising")
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        yield connection


def test_cohorts_of_online_retail(online_retail: duckdb.DuckDBPyConnection):
    found = online_retail.execute(
        "select strftime(cohort_month, '%Y-%m'), month_number, active_customers from marts.cohort_retention"
    ).fetchall()
    assert {(month, number): count for month, number, count in found} == published_cohorts()


#: Invoices, revenue, customers, those with two invoices and with two days of them, of the same lines.
SALES = (18_532, 8_911_407.904, 4_338, 2_845, 2_790)

#: Whole days since the last invoice at 2011-12-10 12:50, lines, and money of the first five customers.
RECENCY_LINES_MONEY = {
    "12346": (326, 1, 77_183.60),
    "12347": (2, 182, 4_310.00),
    "12348": (75, 31, 1_797.24),
    "12349": (19, 73, 1_757.55),
    "12350": (310, 17, 334.40),
}


def test_sales_of_online_retail(online_retail: duckdb.DuckDBPyConnection):
    found = online_retail.execute(
        "select sum(orders)::bigint, sum(sales)::double, count(*), "
        "count_if(orders >= 2), count_if(days >= 2) "
        "from (select count(*) as orders, count(distinct order_date) as days, sum(gross_sales) as sales "
        "from marts.orders where order_number is not null group by customer_id) as buyers"
    ).fetchall()
    assert found == [SALES]


def test_recency_frequency_and_money_of_online_retail(online_retail: duckdb.DuckDBPyConnection):
    found = online_retail.execute(
        "select identifier_value, floor(epoch(timestamp '2011-12-10 12:50' - max(ordered_at)) / 86400), "
        "sum(lines), sum(gross_sales)::double "
        "from marts.orders inner join intermediate.int_identifiers using (customer_id) "
        "where order_number is not null and identifier_kind = 'shop_customer_id' "
        "and identifier_value between '12346' and '12350' group by identifier_value"
    ).fetchall()
    assert {number: tuple(figures) for number, *figures in found} == RECENCY_LINES_MONEY


def test_campaigns_of_kag(kag_ads: duckdb.DuckDBPyConnection):
    found = kag_ads.execute(
        "select campaign_id, impressions, clicks, cast(round(cost, 2) as double), reported_conversions "
        "from marts.campaigns_daily where platform = 'facebook'"
    ).fetchall()
    assert {campaign: tuple(figures) for campaign, *figures in found} == CAMPAIGNS


PUBLISHED_KPIS = {
    "ad_impressions": 213_434_828,
    "ad_clicks": 38_165,
    "ad_cost": 58_705.23,
    "ctr": 0.00017881,
    "cpc": 1.5382,
}


@pytest.mark.parametrize(("kpi", "published"), PUBLISHED_KPIS.items())
def test_kpis_of_kag(kag_ads: duckdb.DuckDBPyConnection, kpi: str, published: float):
    [(numerator, denominator)] = kag_ads.execute(
        "select numerator, denominator from kpis.kpis_of_advertising where kpi_id = $1 and dimension = 'all'",
        [kpi],
    ).fetchall()
    assert float(numerator) / float(denominator or 1) == pytest.approx(published, rel=5e-5)
