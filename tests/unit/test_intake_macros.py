"""What formats are written in: numbers and times as people and tools write them, exact money."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.intake.formats import MACROS


def connected() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(MACROS.read_text(encoding="utf-8"))
    return connection


@pytest.fixture(scope="module")
def door() -> duckdb.DuckDBPyConnection:
    connection = connected()
    connection.execute("set variable shop = 'till'")
    connection.execute("set variable time_zone = 'Asia/Tokyo'")
    connection.execute("set variable settings = map {'tax_rate': '10', 'reduced_products': 'TEA-1|TEA-2'}")
    return connection


def asked(door: duckdb.DuckDBPyConnection, sql: str, *values: object) -> object:
    return door.execute(f"select {sql}", list(values)).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234", "1234"), ("1,234", "1234"), ("1,234.5", "1234.5"), ("¥5,850", "5850"), ("￥5,850", "5850"),
        ("5,850円", "5850"), ("１，２３４", "1234"), ("$1,240.00", "1240"), ("-$3.00", "-3"),
        ("($6.48)", "-6.48"),
        ("৳2,999", "2999"), ("1 234.50", "1234.5"), ("1\u202f234.50", "1234.5"), ("USD 12.50", "12.5"),
        ("12.50 EUR", "12.5"), ("1,00,000", "100000"), ("0", "0"), (".5", "0.5"), ("12%", "12"), ("'7", "7"),
    ],
)  # fmt: skip
def test_numbers_are_read_however_they_are_written(door, text, number):
    assert asked(door, "amount(?)", text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "--", "-", "n/a", "1.234.5", "1,23", "12,50", "abc", "1-2", None])
def test_what_is_no_number_is_none(door, text):
    assert asked(door, "amount(?)", text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.234,56", "1234.56"), ("12,34", "12.34"), ("1 234,5", "1234.5"), ("1.200", "1200")],
)
def test_a_decimal_comma_is_read_where_it_is_one(door, text, number):
    assert asked(door, "amount(?, ',')", text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-10-03 23:50:00 +0900", "2026-10-03 23:50:00"),
        ("2026-10-03T15:30:00+00:00", "2026-10-04 00:30:00"),
        ("2026-10-03T15:30:00Z", "2026-10-04 00:30:00"),
        ("2017-09-23T14:18:23-07:00", "2017-09-24 06:18:23"),
        ("2026-11-20T15:30:00.000Z", "2026-11-21 00:30:00"),
        ("2026-03-01T10:00:00.123456789Z", "2026-03-01 19:00:00.123456"),
        ("2025-03-02 10:12:00 UTC", "2025-03-02 19:12:00"),
        ("2026/10/05 13:22:10", "2026-10-05 13:22:10"),
        ("2026/1/5 9:05", "2026-01-05 09:05:00"),
        ("2026年11月1日", "2026-11-01 00:00:00"),
        ("2026/11/20 3:15:06 午後 GMT+9", "2026-11-20 15:15:06"),
        ("2026/11/20 12:05:06 午前 GMT+9", "2026-11-20 00:05:06"),
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("3.11.2026 9:00", "2026-11-03 09:00:00"),
        ("Nov 21, 2026 09:00:00", "2026-11-21 09:00:00"),
        ("21 November 2026", "2026-11-21 00:00:00"),
    ],
)
def test_times_become_wall_times_of_the_shop(door, text, time):
    assert asked(door, "moment(?)", text) == time


def test_times_of_another_zone_and_order_are_said(door):
    assert asked(door, "moment(?, 'UTC')", "2026-11-20 15:00:00") == "2026-11-21 00:00:00"
    assert asked(door, "moment(?, null, 'mdy')", "11/20/2026 11:58:00 PM") == "2026-11-20 23:58:00"
    assert asked(door, "moment(?, null, 'dmy')", "13-04-2022 10:00") == "2022-04-13 10:00:00"
    assert asked(door, "moment(?, 'America/Los_Angeles')", "2017-11-17 13:07:41") == "2017-11-18 06:07:41"
    assert asked(door, "since_1970(?)", "1795136400123456") == "2026-11-20 10:00:00.123456"


@pytest.mark.parametrize("text", ["yesterday", "11/12/2026", "2026-13-01", "2026-02-30", "2026-11-20 25:00"])
def test_a_time_that_cannot_be_read_stays_as_it_is(door, text):
    assert asked(door, "moment(?)", text) == text


@given(st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=1), st.sampled_from([0, 8, 10, 15, 19, 20]))
@settings(deadline=None)
def test_tax_is_taken_out_to_four_decimals_half_away_from_zero(prices, rate):
    with connected() as connection:
        query = "select list_transform(?::decimal(18, 4)[], lambda price: without_tax(price, ?))"
        found = connection.execute(query, [prices, rate]).fetchall()[0][0]
    exact = [(price * 100 / (100 + rate)).quantize(Decimal("0.0001"), "ROUND_HALF_UP") for price in prices]
    assert found == exact


def test_ids_and_words(door):
    assert asked(door, "prefixed(?)", " '4001") == "till:4001"
    assert asked(door, "prefixed(?)", '="0012"') == "till:0012"
    assert asked(door, "prefixed(?)", "") is None
    assert asked(door, "plain(?)", "　ロゴ　Ｔシャツ　") == "ロゴ　Ｔシャツ"
    assert [asked(door, "truth(?)", text) for text in ("yes", "はい", "0", "×", "?")] == [
        True, True, False, False, None,
    ]  # fmt: skip
    assert asked(door, "tax_rate_of('TEA-2')") == 8
    assert asked(door, "tax_rate_of('MUG')") == 10
