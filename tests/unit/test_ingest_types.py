"""Every sentence about types: how a delivered text becomes a value, the same for every format."""

import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_shop import Shop

UNREADABLE = object()


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def values_of(shop, feed, column, texts, required):
    """What becomes of texts in an optional column, one row each."""
    lines = [
        ",".join(['"' + value.replace('"', '""') + '"' for value in (*required, text)]) for text in texts
    ]
    head, *_ = HEADS[feed]
    shop.take(feed, f"{head},{column}\n" + "\n".join(lines) + "\n")
    found = []
    for row in shop.rows(feed):
        found.append(UNREADABLE if column in row["_nulled"] else row[column])
    return found


HEADS = {
    "products": ("product_id",),
    "sessions": ("session_id,device_id,started_at",),
    "warranties": ("warranty_id,order_id,sold_at",),
    "customers": ("customer_id,created_at",),
}


def check(shop, feed, column, required, expected):
    assert values_of(shop, feed, column, list(expected), required) == list(expected.values())


def test_ids_are_text_trimmed_with_their_case_and_blank_is_null(shop):
    rows = shop.take("products", 'product_id,name,brand\n  aB01 ,"  ","  \u3000"\n007,NULL,N/A\n1e5,-,x\n')
    assert [row["product_id"] for row in rows] == ["aB01", "007", "1e5"]
    assert [row["name"] for row in rows] == [None, "NULL", "-"]
    assert [row["brand"] for row in rows] == [None, "N/A", "x"]


def test_numbers(shop):
    check(
        shop,
        "products",
        "unit_cost",
        ["p"],
        {
            "1": Decimal(1),
            "+1.5": Decimal("1.5"),
            "-2": Decimal(-2),
            " 3 ": Decimal(3),
            "1e3": Decimal(1000),
            "1.5E-1": Decimal("0.15"),
            "007": Decimal(7),
            "": None,
            "1,000": UNREADABLE,
            "¥100": UNREADABLE,
            "1.000,5": UNREADABLE,
            "1,5": UNREADABLE,
            ".5": UNREADABLE,
            "5.": UNREADABLE,
            "1 000": UNREADABLE,
            "1_000": UNREADABLE,
            "nan": UNREADABLE,
            "inf": UNREADABLE,
            "0x10": UNREADABLE,
            "１": UNREADABLE,
        },
    )


def test_money_is_rounded_half_away_from_zero_and_what_does_not_fit_is_unreadable(shop):
    check(
        shop,
        "products",
        "unit_cost",
        ["p"],
        {
            "1.00005": Decimal("1.0001"),
            "-1.00005": Decimal("-1.0001"),
            "1.00004999": Decimal("1.0000"),
            "99999999999999.9999": Decimal("99999999999999.9999"),
            "99999999999999.99995": UNREADABLE,
            "100000000000000": UNREADABLE,
            "1e30": UNREADABLE,
            "1e-30": Decimal(0),
            "1e14": UNREADABLE,
            "54658.49e10": UNREADABLE,
            "17.545440549449900994495945E+12": Decimal("17545440549449.9010"),
            "7901260300937567.5545e-3": Decimal("7901260300937.5676"),
        },
    )


def test_whole_number_columns_also_take_zeros_behind_the_point(shop):
    check(
        shop,
        "sessions",
        "pageviews",
        ["s", "d", "2026-11-01"],
        {
            "3": 3,
            "3.0": 3,
            "+3.000": 3,
            "1e3": 1000,
            "3.5": UNREADABLE,
            "15e-1": UNREADABLE,
            "30e-1": 3,
            "1e-400": UNREADABLE,
            "1" * 20: UNREADABLE,
        },
    )


def test_counts_have_at_most_twelve_digits(shop):
    head = "session_id,device_id,started_at,pageviews,duration_s\n"
    texts = ["999999999999", "-999999999999", "1000000000000", "-1000000000000", "9" * 30]
    rows = shop.take("sessions", head + "".join(f"s{t},d,2026-11-20,{t},{t}\n" for t in texts))
    assert [row["pageviews"] for row in rows] == [999999999999, -999999999999, None, None, None]
    assert [row["duration_s"] for row in rows] == [999999999999, -999999999999, None, None, None]
    assert [row["_nulled"] for row in rows] == [[], [], *[["duration_s", "pageviews"]] * 3]


def test_booleans(shop):
    yes = ["true", "T", "Yes", "y", "1", "TRUE"]
    no = ["false", "F", "No", "n", "0"]
    expected = (
        dict.fromkeys(yes, True) | dict.fromkeys(no, False) | {"": None, "ja": UNREADABLE, "2": UNREADABLE}
    )
    check(shop, "customers", "is_member", ["c", "2026-11-01"], expected)


def test_times(shop):
    nine = datetime(2026, 11, 22, 9, 30)
    check(
        shop,
        "customers",
        "updated_at",
        ["c", "2026-11-01"],
        {
            "2026-11-22": datetime(2026, 11, 22),
            "2026-11-22T09:30": nine,
            "2026-11-22 09:30:00": nine,
            "2026-11-22 09:30:00.123456": nine.replace(microsecond=123456),
            "2026-11-22 09:30:00.123456789": nine.replace(microsecond=123456),
            "2026-11-22T00:30Z": nine,
            "2026-11-22 00:30:00 Z": nine,
            "2026-11-22T09:30+09:00": nine,
            "2026-11-22 09:30 +0900": nine,
            "2026-11-22 09:30+09": nine,
            "2026-11-21 20:00-04:30": nine,
            "2026/11/22": UNREADABLE,
            "2026-02-30": UNREADABLE,
            "2026-11-22 24:00": UNREADABLE,
            "2026-11-22 09:60": UNREADABLE,
            "2026-11-22 9:30": UNREADABLE,
            "2026-11-22 09": UNREADABLE,
            "2026-11-22Z": UNREADABLE,
            "20261122": UNREADABLE,
            "1899-12-31": UNREADABLE,
            "1900-01-01": datetime(1900, 1, 1),
            "2199-12-31 23:59": datetime(2199, 12, 31, 23, 59),
            "2199-12-31T23:59Z": UNREADABLE,
            "2200-01-01": UNREADABLE,
            "1763780000": UNREADABLE,
        },
    )


def test_a_time_in_a_date_column_gives_its_shop_date(shop):
    check(
        shop,
        "warranties",
        "starts_on",
        ["w", "o", "2026-11-01"],
        {
            "2026-11-22": date(2026, 11, 22),
            "2026-11-22 23:59": date(2026, 11, 22),
            "2026-11-21T15:00Z": date(2026, 11, 22),
            "soon": UNREADABLE,
        },
    )


def test_times_are_wall_times_of_the_shop_also_where_the_clock_is_set_back(shop):
    shop.write_shop_yml("time_zone: America/New_York\n")
    check(
        shop,
        "customers",
        "updated_at",
        ["c", "2026-11-01"],
        {
            "2026-11-01T05:30Z": datetime(2026, 11, 1, 1, 30),
            "2026-11-01T06:30Z": datetime(2026, 11, 1, 1, 30),
            "2026-11-01 01:30": datetime(2026, 11, 1, 1, 30),
            "2026-03-08 02:30": datetime(2026, 3, 8, 2, 30),
        },
    )


def test_listed_values_are_compared_trimmed_in_lower_case(shop):
    check(shop, "products", "kind", ["p"], {" Gift_Card ": "gift_card", "GOODS": "goods", "box": UNREADABLE})


def test_a_text_with_nul_is_unreadable(shop):
    check(shop, "products", "name", ["p"], {"a\0b": UNREADABLE, "ab": "ab"})


def test_keys_compare_after_typing(shop):
    shop.land("order_items", "order_id,line_no,product_id,quantity,unit_price\no,01,p,1,1\no,1.0,p,1,1\n")
    shop.read("order_items")
    assert {row["line_no"] for row in shop.rows("order_items")} == {1}


def test_json_numbers_are_read_as_their_text(shop):
    lines = [
        '{"product_id": 12345678901234567890, "unit_cost": 1.10, "name": "1.0"}',
        '{"product_id": 7.0, "unit_cost": 0.10000000000000000555, "name": 1.50}',
        '{"product_id": 1e3, "unit_cost": "2", "name": true}',
        '{"product_id": "x", "unit_cost": NaN, "name": {"ja": "い"}}',
    ]
    rows = shop.take("products", "\n".join(lines), "a.jsonl")
    assert [row["product_id"] for row in rows] == ["12345678901234567890", "7", "1000", "x"]
    assert [row["unit_cost"] for row in rows] == [Decimal("1.1"), Decimal("0.1"), Decimal(2), None]
    assert [row["name"] for row in rows] == ["1.0", "1.5", "true", '{"ja": "い"}']


def test_parquet_types_are_read_as_their_text(shop):
    instant = datetime(2026, 11, 22, 0, 30)
    table = pa.table(
        {
            "customer_id": pa.array([12345678901.0, 1e16, 3.5, None]),
            "email": pa.array(["a@b.jp"] * 4).dictionary_encode(),
            "created_at": pa.array([instant] * 4, pa.timestamp("ns", "UTC")),
            "updated_at": pa.array([instant] * 4, pa.timestamp("ms")),
            "birth_year": pa.array([1980.0, float("nan"), 1980.5, 1]),
            "phone": pa.array([Decimal("312345678.00")] * 4, pa.decimal128(12, 2)),
            "is_member": pa.array([True, False, None, True]),
            "name": pa.array([b"abc", "い".encode(), b"\xff", None]),
            "tags": pa.array([["a"], [], None, None]),
        }
    )
    file = shop.land("customers", b"", "a.parquet")
    pq.write_table(table, file)
    report = shop.read("customers")
    rows = shop.rows("customers")
    assert [row["customer_id"] for row in rows] == ["12345678901", "10000000000000000", "3.5"]
    assert {row["created_at"] for row in rows} == {datetime(2026, 11, 22, 9, 30)}
    assert {row["updated_at"] for row in rows} == {instant}
    assert [row["birth_year"] for row in rows] == [1980, None, None]
    assert [row["_nulled"] for row in rows] == [[], [], ["birth_year"]]
    assert [row["phone"] for row in rows] == ["312345678"] * 3
    assert [row["is_member"] for row in rows] == [True, False, None]
    assert [row["tags"] for row in rows] == ['["a"]', "[]", None]
    assert report.quarantined == 1
    assert json.loads(shop.refused("customers")[0]["raw"])["email"] == "a@b.jp"


def test_rates_keep_eight_decimals(shop):
    rows = shop.take("fx_rates", "rate_date,currency,rate\n2026-11-01,USD,0.006412345\n")
    assert rows[0]["rate"] == Decimal("0.00641235")
