"""Numbers at the ends of what a file can say: no row of them stops a run or fails a test of dbt's."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import duckdb
import pytest
from built_shop import build_shop

from dagster_project.ingest.contracts import Feed, read_contracts
from dagster_project.settings import Settings

SHOP = Path(__file__).parents[1] / "golden" / "kpi_shop" / "landing"
AS_OF = date(2026, 3, 15)

#: The greatest and smallest numbers that fit each type, and the next to them in size.
ENDS = {
    "bigint": ["9223372036854775807", "-9223372036854775808", "3037000500", "999999999999"],
    "decimal(18,4)": ["99999999999999.9999", "-99999999999999.9999", "9999999999999"],
    "decimal(18,8)": ["9999999999.99999999", "0.00000001", "-9999999999.99999999"],
}
#: What absurd rows refer to, so that they are counted wherever they can be.
GOOD = {
    "varchar": "absurd0", "boolean": "true", "date": "2026-03-01", "timestamp": "2026-03-01 10:00:00",
    "bigint": "1", "decimal(18,4)": "1", "decimal(18,8)": "1",
}  # fmt: skip
#: Money in a currency whose rate is absurd as well.
CURRENCIES = ["", "AAA", "BBB"]


def absurd_rows(feed: Feed) -> list[dict[str, str]]:
    """Rows with an end in one of the numbers, or in all of them, each three times."""
    numbers = [column for column in feed.columns if column.data_type in ENDS]
    base = {c.name: c.values[0] if c.values else GOOD[c.data_type] for c in feed.columns}
    if feed.name == "orders":
        base |= {"status": "paid", "is_test": "false"}
    ends = [{column.name: end} for column in numbers for end in ENDS[column.data_type]]
    ends += [{column.name: ENDS[column.data_type][at] for column in numbers} for at in range(3)]
    currencies = CURRENCIES if "currency" in feed.names and feed.name != "fx_rates" else [""]
    spoilt = [base | end | {"currency": currency} for currency, end, _ in product(currencies, ends, range(3))]
    return [
        {name: row[name] for name in base} | keys_of(feed, row, number) for number, row in enumerate(spoilt)
    ]


def keys_of(feed: Feed, row: dict[str, str], number: int) -> dict[str, str]:
    """The row's own key; the lines share a few orders, so that their sums are absurd as well."""
    if feed.name == "order_items":
        lines = {"line_no": str(number)} if row["line_no"] == GOOD["bigint"] else {}
        return {"order_id": f"absurd{number % 4}"} | lines
    texts = [c.name for c in feed.columns if c.is_key and c.data_type == "varchar" and not c.values]
    return dict.fromkeys(texts, f"absurd{number}")


def deliver(landing: Path, feed: Feed, rows: list[dict[str, str]]) -> None:
    file = landing / feed.name / AS_OF.isoformat() / "absurd.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, list(feed.names))
        writer.writeheader()
        writer.writerows(rows)


def land_absurd(landing: Path) -> None:
    shutil.copytree(SHOP, landing)
    feeds = read_contracts()
    for feed in feeds.values():
        if any(column.data_type in ENDS for column in feed.columns):
            deliver(landing, feed, absurd_rows(feed))
    rates = [
        {"rate_date": "2026-01-01", "currency": currency, "rate": rate}
        for currency, rate in zip(CURRENCIES[1:], ["9999999999.99999999", "0.00000001"], strict=True)
    ]
    deliver(landing, feeds["fx_rates"], rates)


@pytest.mark.slow
def test_no_number_stops_a_run(settings: Settings, tmp_path: Path):
    land_absurd(tmp_path / "landing")
    build_shop(settings, tmp_path / "landing", AS_OF, "*")
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        impossible = connection.execute(
            "select count(*), min(order_items.gross_sales), max(order_items.gross_sales) "
            "from marts.order_items semi join intermediate.int_order_lines_priced as lines "
            "on order_items.order_id = lines.order_id and order_items.line_no = lines.line_no "
            "and lines.line_price is null"
        ).fetchall()
        greatest = connection.execute("select max(gross_sales) from marts.orders").fetchall()
        nulled = connection.execute(
            "select nulled_values > 0 from marts.data_quality where feed = 'sessions' and nulled_values > 0"
        ).fetchall()
    assert impossible[0][0] > 0
    assert impossible[0][1:] == (0, 0)
    assert greatest == [(Decimal("199999999999999.9998"),)]
    assert nulled == [(True,)]
