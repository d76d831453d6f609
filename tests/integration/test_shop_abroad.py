"""A shop in New York that reports in dollars: its days, also where the clock changes, and its money."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from built_shop import build_shop

from dagster_project.assets.transform import rows_warned_of
from dagster_project.settings import Settings

AS_OF = date(2026, 3, 10)

#: Orders of 100 in their currency, each by somebody else, and the day in New York.
ORDERS = {
    "2025-11-02T05:30:00Z": ("USD", "2025-11-02"),  # 01:30 in summer time
    "2025-11-02T06:30:00Z": ("USD", "2025-11-02"),  # 01:30 again, an hour later
    "2025-11-03T04:59:59Z": ("USD", "2025-11-02"),  # the last second of a day of 25 hours
    "2025-11-03T05:00:00Z": ("EUR", "2025-11-03"),  # before the first rate
    "2026-03-08T04:59:59Z": ("USD", "2026-03-07"),
    "2026-03-08T00:00:00-05:00": ("USD", "2026-03-08"),
    "2026-03-08T02:30:00": ("USD", "2026-03-08"),  # no such time, as it stands
    "2026-03-09T12:59:59+09:00": ("USD", "2026-03-08"),  # the last second of a day of 23 hours
    "2026-03-09T04:00:00Z": ("EUR", "2026-03-09"),
}
FILES = {
    "orders": "order_id,email,ordered_at,status,currency,subtotal,total\n"
    + "".join(f"o{n},p{n}@b.com,{at},paid,{c},100,100\n" for n, (at, (c, _)) in enumerate(ORDERS.items())),
    "order_items": "order_id,line_no,product_id,quantity,unit_price\n"
    "o0,1,goods,1,60\no0,2,card,1,40\no1,1,unknown,1,100\no8,1,goods,2,50\n",
    "products": "product_id,kind,unit_cost\ngoods,goods,20\ncard,gift_card,\n",
    "refunds": "refund_id,order_id,refunded_at,amount\n"
    "r1,o8,2026-03-11T03:59:59Z,30\nr2,o5,2026-03-09T04:00Z,5\n",
    "fx_rates": "rate_date,currency,rate\n2026-03-08,eur,1.1\n2026-03-10,EUR,2\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("abroad") / "data")
    settings.data.mkdir()
    (settings.data / "shop.yml").write_text("time_zone: America/New_York\ncurrency: USD\n")
    landing = tmp_path_factory.mktemp("landing")
    for feed, text in FILES.items():
        file = landing / feed / AS_OF.isoformat() / f"{feed}.csv"
        file.parent.mkdir(parents=True)
        file.write_text(text)
    selected = ["+kpis", "+data_quality", "+path:models/marts/facts", "+assert_exchange_rates_are_known"]
    build_shop(settings, landing, AS_OF, *selected)
    return settings


@pytest.fixture
def built(shop: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


def by_day(marts: duckdb.DuckDBPyConnection, kpi: str) -> dict[str, float]:
    """A KPI on the days on which it is not 0."""
    rows = marts.execute(
        "select period_start::varchar, kpis.value from kpis "
        "where kpi_id = ? and period = 'day' and dimension = 'all' and kpis.value != 0",
        [kpi],
    ).fetchall()
    return dict(rows)


@pytest.mark.slow
def test_orders_are_of_the_day_on_which_the_shops_clock_stood(built: duckdb.DuckDBPyConnection):
    days = [day for _, day in ORDERS.values()]
    assert by_day(built, "orders") == {day: days.count(day) for day in days}


@pytest.mark.slow
def test_money_is_of_the_orders_day_and_a_missing_rate_counts_as_nothing(built: duckdb.DuckDBPyConnection):
    assert by_day(built, "gross_sales") == {
        "2025-11-02": 260,  # a gift card of 40 is no sale
        "2026-03-07": 100,
        "2026-03-08": 300,
        "2026-03-09": pytest.approx(110),
    }
    assert by_day(built, "refunds") == {"2026-03-09": 5, "2026-03-10": pytest.approx(33)}
    assert by_day(built, "net_revenue")["2026-03-10"] == pytest.approx(-33)


@pytest.mark.slow
def test_profit_is_of_the_orders_whose_costs_are_known(built: duckdb.DuckDBPyConnection):
    profits = built.execute(
        "select period_start::varchar, kpis.value, n from kpis where kpi_id = 'gross_profit' "
        "and period = 'month' and dimension = 'all' and n > 0 order by 1"
    ).fetchall()
    assert profits == [("2025-11-01", 40, 1), ("2026-03-01", pytest.approx(110 - 40 - 33), 1)]


@pytest.mark.slow
def test_a_missing_rate_is_listed(built: duckdb.DuckDBPyConnection):
    listed = built.execute("select feed, missing_rates from data_quality where missing_rates > 0").fetchall()
    assert listed == [("orders", 1)]


@pytest.mark.slow
def test_the_check_that_warns_of_a_missing_rate_names_currency_and_day(shop: Settings):
    results = json.loads((shop.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    (test,) = (
        result for result in results if result["unique_id"].endswith("assert_exchange_rates_are_known")
    )
    assert test["status"] == "warn"
    said = rows_warned_of(shop, test["compiled_code"])
    assert said == "currency EUR, rate_date 2025-11-03, affected_rows 1"
