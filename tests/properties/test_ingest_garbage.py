"""Garbage of every kind goes in: nothing is lost, good rows come out unharmed, and reasons are given."""

from __future__ import annotations

import csv
import io
import random
import re
import tempfile
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import SHARED_DATA
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingest_shop import DAY, FEEDS, Shop, csv_line, good_row

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.csv_reading import Layout, Lines, read_block, read_plain_block
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.landing import landing_days
from dagster_project.ingest.records import Batch

WRONG = {
    "bigint": "many",
    "boolean": "perhaps",
    "date": "2026-02-30",
    "timestamp": "tomorrow",
    "decimal(18,4)": "1,5 €",
    "decimal(18,8)": "--",
}


def spoil(feed: Feed, row: dict[str, str], kind: str, chance: random.Random) -> str:
    """A line that cannot be taken."""
    required = [c for c in feed.columns if c.is_required and c.unreadable_as is None]
    typed = [c for c in required if c.data_type in WRONG or c.values]
    column = chance.choice(typed if kind == "wrong type" and typed else required)
    key = feed.keys[0]
    match kind:
        case "wrong type":
            wrong = "\0" if column.data_type == "varchar" and not column.values else "?"
            return csv_line((row | {column.name: WRONG.get(column.data_type, wrong)}).values())
        case "missing key":
            return csv_line((row | {key: chance.choice(["", " ", '""', "\u3000"])}).values())
        case "open quote":
            return csv_line((row | {key: '"' + row[key]}).values())
        case "text behind a quote":
            return csv_line((row | {key: f'"{row[key]}"x'}).values())
        case "nul":
            return csv_line((row | {key: row[key] + "\0"}).values())
        case "too many fields":
            return csv_line([*row.values(), "x"])
        case _:
            return csv_line(list(row.values())[:-1])


KINDS = [
    "wrong type",
    "missing key",
    "open quote",
    "text behind a quote",
    "nul",
    "too many fields",
    "too few",
]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
@pytest.mark.parametrize("bad", [0.05, 0.5, 0.98])
def test_a_thousand_rows_of_garbage_for_every_feed(tmp_path, feed, bad):
    shop, chance = Shop(tmp_path), random.Random(f"{feed.name}{bad}")
    good, lines = [], [csv_line(column.name for column in feed.columns)]
    for number in range(1_000):
        row = good_row(feed, number)
        if chance.random() < bad:
            lines.append(spoil(feed, row, chance.choice(KINDS), chance))
        else:
            good.append(number + 1)
            lines.append(csv_line(row.values()))
    shop.land(feed.name, "".join(lines))
    shop.land(feed.name, b"\x81\xff\xff", "undecodable.csv")
    shop.land(feed.name, b"", "empty.csv")
    report = shop.read(feed.name)
    assert report.delivered == 1_002
    assert [row["_row"] for row in shop.rows(feed.name)] == good
    assert all(row["_nulled"] == [] for row in shop.rows(feed.name))
    for row in shop.refused(feed.name):
        assert re.search(r": \w+", row["reason"]), "a reason says what to do"
        assert row["line"] is None or row["raw"] == lines[row["line"] - 1].rstrip("\n")


FIELD = st.text(st.sampled_from('ab ;,"\n\r\t\0é髙1'), max_size=6)


@given(st.lists(st.text(st.sampled_from('ab,;"\n\r \tx\0'), max_size=30), max_size=8).map("\n".join))
@hypothesis_settings(max_examples=400, deadline=None)
def test_the_fast_reader_gives_what_the_reference_gives(text):
    lines = list(io.StringIO(text, newline=""))
    layout = Layout(["x", "y"], ",")
    fast = read_plain_block(lines, layout, 0, 2)
    if fast is None:
        return
    (slow,) = read_block(Lines(lines), len(lines), layout, 0)
    assert isinstance(slow, Batch)
    assert fast.texts.to_pylist() == slow.texts.to_pylist()
    assert (fast.rows, list(fast.raw)) == (slow.rows, list(slow.raw))
    assert [line - 1 for line in fast.lines.to_pylist()] == slow.lines.to_pylist()


@given(st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=12), st.sampled_from(["\n", "\r\n"]))
@hypothesis_settings(max_examples=200, deadline=None)
def test_whatever_a_csv_writer_writes_is_read_as_it_was(rows, end):
    written = io.StringIO(newline="")
    writer = csv.writer(
        written, lineterminator=end, quoting=csv.QUOTE_ALL
    )  # it leaves a lone \r bare otherwise
    writer.writerows([(f"k{at}", *row) for at, row in enumerate(rows)])
    lines = Lines(io.StringIO(written.getvalue(), newline=""))
    total = sum(1 for _ in io.StringIO(written.getvalue(), newline=""))
    parts = list(read_block(lines, total, Layout(["k", "x", "y", "z"], ","), 0))
    found = [tuple(row.values()) for part in parts for row in part.texts.to_pylist()]
    assert found == [(f"k{at}", *row) for at, row in enumerate(rows)]


AMOUNT = st.one_of(
    st.decimals(-(10**15), 10**15, allow_nan=False, places=6).map(str),
    st.decimals(-1, 1, allow_nan=False, places=12).map(lambda number: f"{number:e}"),
    st.decimals(-(10**15), 10**15, allow_nan=False, places=9).map(lambda number: f"{number:e}"),
    st.sampled_from(
        ["", " ", "1,5", "x", "+3", "1.", ".5", "1e400", "00000000000000000000001", "\0", "1e-5", "5e-5"]
    ),
)
MOMENT = st.one_of(
    st.datetimes(datetime(1850, 1, 1), datetime(2250, 1, 1)).map(str),
    st.dates(date(1850, 1, 1), date(2250, 1, 1)).map(lambda day: f"{day} 09:30Z"),
    st.sampled_from(
        ["", "2026-02-29", "2024-02-29", "2026-11-22T24:00", "2026-11-22 23:59", "22.11.2026", "now"]
    ),
)
KEY = st.text(st.sampled_from("ab1 -_é髙\0"), max_size=4)


@given(st.lists(st.tuples(KEY, KEY, MOMENT, AMOUNT, st.booleans()), max_size=25))
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_taken_rows_are_what_a_plain_evaluation_says(rows):
    rows = [row for row in rows if any(map(str.strip, row[:4]))]  # a line without a value is no row
    lines = [csv_line(["refund_id", "order_id", "refunded_at", "amount"])]
    expected = []
    for number, (refund, order, moment, amount, is_quoted) in enumerate(rows, 1):
        shape = '"{}"' if is_quoted or "," in amount else "{}"
        lines.append(csv_line(shape.format(value) for value in (refund, order, moment, amount)))
        values = (plain_text(refund), plain_text(order), plain_time(moment), plain_amount(amount))
        if None not in values and values[3] >= 0:
            expected.append((number, *values))
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        shop.land("refunds", "".join(lines))
        report = shop.read("refunds")
        assert report.delivered == len(rows)
        taken = shop.rows("refunds")
    names = ("_row", "refund_id", "order_id", "refunded_at", "amount")
    assert [tuple(row[name] for name in names) for row in taken] == expected


def plain_text(text: str) -> str | None:
    """The value of a text."""
    return None if "\0" in text else text.strip() or None


def plain_time(text: str) -> datetime | None:
    """The value of a time in a shop in Tokyo."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", ""))
    except ValueError:
        return None
    if not 1900 <= moment.year <= 2199:
        return None
    wall = tokyo(moment) if text.endswith("Z") else moment
    return wall if wall and wall >= datetime(DAY.year - 40, DAY.month, DAY.day) else None


def tokyo(moment: datetime) -> datetime | None:
    """The wall time in Tokyo of a time in UTC."""
    wall = moment.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None)
    return wall if 1900 <= wall.year <= 2199 else None


def plain_amount(text: str) -> Decimal | None:
    """The value of an amount of money."""
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text.strip(), re.ASCII):
        return None
    number = Decimal(text.strip())
    if number.adjusted() > 20:
        return None
    rounded = number.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return rounded if abs(rounded) < 10**14 else None


@pytest.mark.parametrize("shop_name", ["cdnow", "online_retail"])
def test_real_shops_are_read_whole(tmp_path, shop_name):
    source = SHARED_DATA / shop_name
    if not source.exists():
        pytest.skip(f"needs the data of {shop_name} in {SHARED_DATA}")
    shop = Shop(tmp_path)
    shop.settings.data.mkdir(exist_ok=True)
    shop.write_shop_yml((source / "shop.yml").read_text())
    (shop.settings.data / "landing").symlink_to(source / "landing")
    delivered = taken = 0
    for feed, days in landing_days(shop.settings, FEEDS, DAY).days.items():
        for day in days:
            report = ingest_delivery(shop.settings, FEEDS[feed], day)
            delivered, taken = delivered + report.delivered, taken + report.taken
            assert report.nulled == {}
    assert delivered == taken == {"cdnow": 69_659, "online_retail": 1_073_242}[shop_name]
