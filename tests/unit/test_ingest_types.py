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
            "1,000": Decimal(1000),
            "¥1,234": Decimal(1234),
            "￥1,234,567.5": Decimal("1234567.5"),
            "-$5": Decimal(-5),
            "€ -5": Decimal(-5),
            "1,234円": Decimal(1234),
            "１２３．５": Decimal("123.5"),
            "−3": Decimal(-3),
            "12,34": UNREADABLE,
            "1,2345": UNREADABLE,
            "¥1円": UNREADABLE,
            "-¥-1": UNREADABLE,
            "$": UNREADABLE,
            "1,000,": UNREADABLE,
            "1.000,5": UNREADABLE,
            "1,5": UNREADABLE,
            ".5": UNREADABLE,
            "5.": UNREADABLE,
            "1 000": UNREADABLE,
            "1_000": UNREADABLE,
            "nan": UNREADABLE,
            "inf": UNREADABLE,
            "0x10": UNREADABLE,
            "１": Decimal(1),
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
    rows = shop.take("sessions", head + "".join(f"s{t},d,2026-11-20,{t},\n" for t in texts))
    assert [row["pageviews"] for row in rows] == [999999999999, -999999999999, None, None, None]
    assert [row["_nulled"] for row in rows] == [[], [], *[["pageviews"]] * 3]


def test_a_session_lasts_a_day_at_most(shop):
    expected = {
        "0": Decimal(0),
        "86400": Decimal(86400),
        "-1": UNREADABLE,
        "86400.1": UNREADABLE,
        "1.5": Decimal("1.5"),
    }
    check(shop, "sessions", "duration_s", ["s", "d", "2026-11-01"], expected)


def test_ids_are_what_they_were_before_a_spreadsheet_had_them(shop):
    written = {
        "'007": "007",
        '="008"': "008",
        "501.0": "501",
        "501.00": "501.00",
        "v1.0": "v1.0",
        "a\u200bb\ufeff": "ab",
        "1e5": "1e5",
        "5.12E-12": "5.12E-12",
        "５０２": "５０２",
        "0": "0",
        "null": "null",
    }
    lines = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in written]
    rows = shop.take("products", "product_id\n" + "\n".join(lines) + "\n")
    assert [row["product_id"] for row in rows] == list(written.values())


@pytest.mark.parametrize("text", ["5.12E+12", "5e+12", "1.23E+12"])
def test_an_id_that_a_spreadsheet_has_shortened_is_lost(shop, text):
    shop.land(
        "carts",
        f"cart_id,created_at,updated_at,order_id\n{text},2026-11-01,2026-11-01,o\n"
        f"c,2026-11-01,2026-11-01,{text}\n",
    )
    report = shop.read("carts")
    assert (report.taken, report.quarantined, report.nulled) == (1, 1, {"order_id": 1})
    assert "its digits are lost" in shop.refused("carts")[0]["reason"]
    assert shop.rows("carts")[0]["order_id"] is None


@pytest.mark.parametrize(
    "word", ["null", "None", "NAN", "n/a", "#N/A", "\\N", "undefined", "(not set)", "-", "0", "0.0"]
)
def test_words_for_nothing_are_no_identifier_of_a_person(shop, word):
    head = "order_id,customer_id,email,phone,device_id,ordered_at,status,subtotal,total,payment_method\n"
    line = f"o1,{word},{word},{word},{word},2026-11-01,paid,1,1,{word}\n"
    (row,) = shop.take("orders", head + line)
    is_number = word[0] == "0"
    assert row["customer_id"] is None and row["_email"] is None and row["_phone"] is None
    assert row["device_id"] == ({"0": "0", "0.0": "0"}[word] if is_number else None)
    assert row["payment_method"] == word and row["_nulled"] == []


def test_currencies_are_codes_and_what_is_none_has_no_rate(shop):
    head = "order_id,ordered_at,status,subtotal,total,currency\n"
    texts = ["jpy", "USD", "", "円", "東京都千代田区1-1", "RMB"]
    shop.land("orders", head + "".join(f"o{at},2026-11-01,paid,1,1,{t}\n" for at, t in enumerate(texts)))
    report = shop.read("orders")
    assert [row["currency"] for row in shop.rows("orders")] == ["JPY", "USD", None, "XXX", "XXX", "XXX"]
    assert report.nulled == {"currency": 3}
    shop.land("fx_rates", "rate_date,currency,rate\n2026-11-01,USD,150\n2026-11-01,tokyo,1\n")
    assert shop.read("fx_rates").quarantined == 1


@pytest.mark.parametrize(
    ("day", "is_read"), [("1986-11-20", True), ("1986-11-19 23:59:59", False), ("1970-01-01", False)]
)
def test_times_that_only_fill_a_field_are_unreadable(shop, day, is_read):
    shop.land("refunds", f"refund_id,order_id,refunded_at,amount\nr,o,{day},1\n")
    assert shop.read("refunds").taken == is_read
    shop.land("shipments", f"shipment_id,order_id,shipped_at,promised_at\ns,o,{day},{day}\n")
    shop.read("shipments")
    (row,) = shop.rows("shipments")
    assert row["_nulled"] == ([] if is_read else ["shipped_at"])
    assert row["promised_at"] is not None


def test_a_consent_that_cannot_be_read_is_a_refusal(shop):
    lines = {
        "c1,email,yes": ("email", True, []),
        "c2,email,": ("email", False, ["granted"]),
        "c3,email,perhaps": ("email", False, ["granted"]),
        "c4,,no": (None, False, ["channel"]),
        "c5,fax,no": (None, False, ["channel"]),
        "c6,fax,perhaps": (None, False, ["channel", "granted"]),
        "c7,,yes": None,
        "c8,fax,yes": None,
    }
    text = "".join(f"{line},2026-11-01\n" for line in lines)
    shop.land("consents", "consent_id,channel,granted,occurred_at\n" + text)
    report = shop.read("consents")
    found = [(row["channel"], row["granted"], row["_nulled"]) for row in shop.rows("consents")]
    assert found == [expected for expected in lines.values() if expected]
    assert (report.quarantined, report.nulled) == (2, {"channel": 3, "granted": 3})
    reasons = {(finding.column, finding.reason.split(":")[0]) for finding in report.findings}
    assert ("granted", "is neither true nor false and counts as false") in reasons
    shop.land("consents", '{"consent_id": "c9", "channel": "ads", "occurred_at": "2026-11-01"}', "a.jsonl")
    shop.read("consents")
    assert shop.rows("consents")[-1]["granted"] is False


def test_booleans(shop):
    yes = ["true", "T", "Yes", "y", "1", "TRUE", "1.0", "On", "はい", "○"]
    no = ["false", "F", "No", "n", "0", "0.0", "off", "いいえ", "×"]
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
            "2026/11/22": datetime(2026, 11, 22),
            "2026/1/2 9:05": datetime(2026, 1, 2, 9, 5),
            "2026/1/2T09:05:06Z": datetime(2026, 1, 2, 18, 5, 6),
            "2026-11-22 9:30": nine,
            "2026/1/02": datetime(2026, 1, 2),
            "2026/13/1": UNREADABLE,
            "2026/1": UNREADABLE,
            "11/22/2026": UNREADABLE,
            "2026/11/22/1": UNREADABLE,
            "2026-1-2": UNREADABLE,
            "2026-02-30": UNREADABLE,
            "2026-11-22 24:00": UNREADABLE,
            "2026-11-22 09:60": UNREADABLE,
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
