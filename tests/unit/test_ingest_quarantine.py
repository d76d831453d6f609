"""Every sentence about quarantine: which rows are not taken, why, and that nothing else is touched."""

import logging
from datetime import date

import pytest
from ingest_shop import DAY, FEEDS, Shop

from dagster_project.ingest.delivery import DeliveryReport, RowsLost, check_counts, ingest_delivery
from dagster_project.ingest.quarantine import quarantine_summary

REFUNDS = "refund_id,order_id,refunded_at,amount\n"


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def refused(shop, feed, text, name="a.csv"):
    shop.land(feed, text, name)
    shop.read(feed)
    return [
        (row["line"], row["column"], row["value"], row["reason"].split(":")[0]) for row in shop.refused(feed)
    ]


def test_a_required_column_that_is_missing_null_or_unreadable(shop):
    assert refused(shop, "refunds", "refund_id,order_id,amount\nr,o,1\n") == [
        (1, None, None, "has no header with all required columns")
    ]
    assert shop.refused("refunds")[0]["reason"].endswith("add refunded_at")
    text = REFUNDS + "r1,o,2026-11-01,1\n ,o,2026-11-01,1\nr3,o,,1\nr4,o,yesterday,1\nr5,o,2026-11-01,1えん\n"
    assert refused(shop, "refunds", text) == [
        (3, "refund_id", None, "required value is empty"),
        (4, "refunded_at", None, "required value is empty"),
        (5, "refunded_at", "yesterday", "is no time of the years 1900 to 2199"),
        (6, "amount", "1えん", "is no number that fits"),
    ]
    assert [row["refund_id"] for row in shop.rows("refunds")] == ["r1"]


def test_deleted_that_is_unreadable(shop):
    text = "product_id,deleted\np1,\np2,maybe\np3,yes\n"
    assert refused(shop, "products", text) == [(3, "deleted", "maybe", "is neither true nor false")]
    assert [row["deleted"] for row in shop.rows("products")] == [None, True]


def test_in_a_withdrawing_row_only_the_keys_are_required(shop):
    text = REFUNDS.replace("amount", "amount,deleted") + (
        "r1,,,,true\nr2,o,never,-5,1\n,o,2026-11-01,1,true\nr4,,2026-11-01,1,false\nr5,,2026-11-01,1,\n"
    )
    assert [(line, column) for line, column, *_ in refused(shop, "refunds", text)] == [
        (4, "refund_id"),
        (5, "order_id"),
        (6, "order_id"),
    ]
    assert [(row["refund_id"], row["_nulled"]) for row in shop.rows("refunds")] == [
        ("r1", []),
        ("r2", ["refunded_at"]),
    ]
    shop.land("refunds", "refund_id,deleted\nr9,true\n")
    assert shop.read("refunds").taken == 1


def test_a_required_listed_column_with_another_value(shop):
    text = "consent_id,channel,granted,occurred_at\nc1, EMAIL ,y,2026-11-01\nc2,fax,y,2026-11-01\n"
    assert refused(shop, "consents", text) == [
        (3, "channel", "fax", "is none of email, sms, line, push, ads")
    ]


def test_an_optional_value_that_is_unreadable_or_unlisted_becomes_null_and_is_counted(shop):
    shop.land("products", "product_id,kind,unit_cost\np1,box,cheap\np2,goods,1\np3,,\n")
    report = shop.read("products")
    assert (report.taken, report.nulled) == (3, {"kind": 1, "unit_cost": 1})
    assert [row["_nulled"] for row in shop.rows("products")] == [["kind", "unit_cost"], [], []]


@pytest.mark.parametrize(("amount", "is_taken"), [("0", True), ("-0.0001", False), ("-0.00001", True)])
def test_refunds_below_zero(shop, amount, is_taken):
    shop.land("refunds", REFUNDS + f"r,o,2026-11-01,{amount}\n")
    assert (shop.read("refunds").taken == 1) == is_taken


@pytest.mark.parametrize(("rating", "is_taken"), [("1", True), ("5", True), ("0.9", False), ("5.1", False)])
def test_ratings_outside_1_to_5(shop, rating, is_taken):
    shop.land("reviews", f"review_id,rating,created_at\nr,{rating},2026-11-01\n")
    assert (shop.read("reviews").taken == 1) == is_taken


def test_a_line_with_another_number_of_fields(shop):
    text = 'product_id,name,brand\np1,a\np2,a,b\np3,a,b,c\n"p4","a\nb"\np5,a,b\n,,\n'
    found = refused(shop, "products", text)
    assert [(line, reason) for line, _, _, reason in found] == [
        (2, "has 2 fields where the header has 3"),
        (4, "has 4 fields where the header has 3"),
        (5, "has 2 fields where the header has 3"),
    ]
    assert shop.refused("products")[-1]["raw"] == '"p4","a\nb"'
    assert [row["product_id"] for row in shop.rows("products")] == ["p2", "p5"]
    assert [row["_row"] for row in shop.rows("products")] == [2, 5]


BROKEN_QUOTES = {
    "never closed": 'p1,a,b\np2,"a,b\np3,a,b\np4,a,b\n',
    "never closed, quotes behind": 'p1,a,b\np2,"a,b\np3,"a",b\np4,a,b\n',
    "text behind the quote": 'p1,a,b\np2,"a"x,b\np3,a,b\np4,"a",b\n',
    "two that seem to close each other": 'p1,a,b\n"p2,a,b\np3,a,b\np4,a,b\n',
    "a quote in a key": 'p1,a,b\n",a,b\np3,a,b\np4,a,b\n',
}


@pytest.mark.parametrize("lines", BROKEN_QUOTES.values(), ids=BROKEN_QUOTES)
def test_a_broken_quote_costs_its_own_line_only(shop, lines):
    shop.land("products", "product_id,name,brand\n" + lines)
    report = shop.read("products")
    assert [row["product_id"] for row in shop.rows("products")] == ["p1", "p3", "p4"]
    assert report.quarantined == 1
    assert shop.refused("products")[0]["line"] == 3
    assert shop.refused("products")[0]["raw"] == lines.split("\n")[1]


def test_a_field_of_a_mebibyte_ends_the_search_for_the_closing_quote(shop):
    text = 'product_id,name\np0,"\n' + "".join(f"p{n},{'x' * 90}\n" for n in range(1, 15_000))
    shop.land("products", text)
    report = shop.read("products")
    assert (report.taken, report.quarantined) == (14_999, 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1, 2]", "is no JSON object"),
        ('"text"', "is no JSON object"),
        ("{'product_id': 1}", "is no JSON object"),
        ('{"product_id": "p1"', "is no JSON object"),
        ("[" * 100_000, "is no JSON object"),
        ('{"product_id": "p1", "Product_id": "p2"}', "has the same name twice"),
        ('{"product_id": "\\ud800"}', "has half a character (a lone surrogate)"),
        ('{"product_id": "a\\u0000"}', "holds a NUL character"),
        ("{}", "required value is empty"),
    ],
)
def test_a_json_line_that_is_no_row(shop, line, reason):
    found = refused(
        shop, "products", f'{{"product_id": "p0"}}\n\n{line}\n{{"product_id": "p9"}}\n', "a.jsonl"
    )
    assert [(at, why) for at, _, _, why in found] == [(3, reason)]
    assert [row["product_id"] for row in shop.rows("products")] == ["p0", "p9"]
    assert shop.refused("products")[0]["raw"] == line


def test_duplicates_and_withdrawing_rows_are_taken(shop):
    assert len(shop.take("products", "product_id,deleted\np,\np,\np,true\n")) == 3


def test_rows_that_would_be_lost_are_an_error(shop):
    report = DeliveryReport("orders", DAY, 10, 7, 3, {}, (), {}, ())
    check_counts(report, 7, 3)
    with pytest.raises(RowsLost):
        check_counts(report, 6, 3)
    with pytest.raises(RowsLost):
        check_counts(DeliveryReport("orders", DAY, 11, 7, 3, {}, (), {}, ()), 7, 3)


def test_the_summary_counts_without_values(shop):
    shop.land("refunds", REFUNDS + "r1,o,secret,1\nr2,o,hidden,1\nr3,o,2026-11-01,x\n")
    shop.land("refunds", b"\x81\xff\xff", "b.csv")
    shop.read("refunds")
    summary = quarantine_summary(shop.settings)
    assert [(c.feed, c.day, c.file, c.column, c.rows, c.first_line) for c in summary] == [
        ("refunds", date(2026, 11, 20), "a.csv", "refunded_at", 2, 2),
        ("refunds", date(2026, 11, 20), "a.csv", "amount", 1, 4),
        ("refunds", date(2026, 11, 20), "b.csv", None, 1, None),
    ]
    assert "secret" not in repr(summary)
    assert [count.told.split(":")[0] for count in summary] == [
        "refunds/2026-11-20/a.csv, line 2, column refunded_at",
        "refunds/2026-11-20/a.csv, line 4, column amount",
        "refunds/2026-11-20/b.csv",
    ]
    assert [count.told.endswith("(the first of 2 rows)") for count in summary] == [True, False, False]
    assert quarantine_summary(Shop(shop.settings.data / "empty").settings) == []


def test_no_value_is_logged_or_reported(shop, caplog):
    shop.land("leads", "lead_id,email,created_at\nl,a@secret.jp,secret\n")
    with caplog.at_level(logging.DEBUG):
        report = ingest_delivery(shop.settings, FEEDS["leads"], DAY)
    assert "1 rows quarantined: is no time" in caplog.text
    assert "secret" not in caplog.text + repr(report)


def test_a_delivery_read_again_without_faults_leaves_no_quarantine(shop):
    shop.take("products", "product_id,name\n,a\n")
    assert shop.refused("products")
    shop.take("products", "product_id,name\np,a\n")
    assert shop.refused("products") == []
