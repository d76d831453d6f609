"""The rows of the sample shop that no pipeline should take, or not whole, and a record of each."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster_project.sample.styles import Style


@dataclass(frozen=True)
class BadRow:
    """A row that was spoilt on purpose.

    Attributes:
        feed: Its feed.
        delivery: The day of its delivery.
        file: Name of the file in that day's folder.
        line: Line in the file, the header being line 1.
        row: Record in the file, the first after the header being 1.
        effect: `quarantined`, or `nulled` when only the value is lost.
        column: What is wrong; empty when the line as a whole is.
        value: What stands there.
        reason: Why that is wrong.
    """

    feed: str
    delivery: date
    file: str
    line: int
    row: int
    effect: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Fault:
    """What to do to a copy of a good row. Without a column the line itself is replaced or cut."""

    feed: str
    reason: str
    column: str = ""
    value: str = ""
    effect: str = "quarantined"


FAULTS = (
    Fault("orders", "unreadable date", "ordered_at", "11/22/2026"),
    Fault("orders", "key missing", "order_id"),
    Fault("orders", "not a listed value", "status", "processing"),
    Fault("orders", "wrong number of fields"),
    Fault("orders", "not a listed value", "channel", "fax", "nulled"),
    Fault("order_items", "key missing", "line_no"),
    Fault("order_items", "unreadable number", "quantity", "二"),
    Fault("refunds", "below the minimum", "amount", "-500"),
    Fault("customers", "unreadable date", "created_at", "2026-02-30"),
    Fault("customers", "unreadable number", "birth_year", "昭和五十年", "nulled"),
    Fault("sessions", "required value missing", "device_id"),
    Fault("sessions", "not an object"),
    Fault("surveys", "not a listed value", "survey", "exit_interview"),
    Fault("surveys", "unreadable number", "score", "とても良い", "nulled"),
    Fault("marketing_spend", "unreadable number", "cost", "1.200,5"),
    Fault("reviews", "above the maximum", "rating", "6"),
    Fault("shipments", "required value missing", "order_id"),
    Fault("shipments", "wrong number of fields"),
    Fault("consents", "unreadable date", "occurred_at", "2026-02-30"),
    Fault("fx_rates", "unreadable number", "rate", "n/a"),
    Fault("identity_rules", "not a listed value", "kind", "should_link"),
)

#: Columns that make a copy that is not taken a row of its own, so that it touches no good one.
KEYS = {
    "orders": "order_id", "order_items": "line_no", "refunds": "refund_id", "customers": "customer_id",
    "sessions": "session_id", "surveys": "response_id", "marketing_spend": "campaign_id",
    "reviews": "review_id", "shipments": "shipment_id", "consents": "consent_id", "fx_rates": "currency",
    "identity_rules": "rule_id",
}  # fmt: skip


def spoil(file: Path, feed: str, delivery: date, style: Style, rows: int) -> list[BadRow]:
    """Adds the faulty rows of a feed at the end of a UTF-8 file; returns what was added.

    Args:
        file: A file of `rows` good rows, at least one.
        feed: Its feed.
        delivery: The day of its delivery.
        style: Its look.
        rows: How many records it holds, one line each.
    """
    faults = [fault for fault in FAULTS if fault.feed == feed]
    headers = 0 if style.is_json else 1
    bad_rows = []
    with file.open("r+", encoding="utf-8", newline="") as text:
        first_lines = [text.readline().rstrip("\n") for _ in range(1 + headers)]
        text.seek(0, io.SEEK_END)
        for number, fault in enumerate(faults, start=1):
            line = (
                json_line(first_lines, fault, number)
                if style.is_json
                else csv_line(first_lines, fault, number, style.delimiter)
            )
            text.write(line + "\n")
            record = rows + number
            bad_rows.append(
                BadRow(
                    feed, delivery, file.name, record + headers, record,
                    fault.effect, fault.column, fault.value, fault.reason,
                )
            )  # fmt: skip
    return bad_rows


def json_line(first_lines: list[str], fault: Fault, number: int) -> str:
    """A spoilt copy of the first record of a JSON lines file."""
    if not fault.column:
        return '["not an object"]'
    record = json.loads(first_lines[0])
    record |= own_key(fault, number)
    record[fault.column] = fault.value or None
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def csv_line(first_lines: list[str], fault: Fault, number: int, delimiter: str) -> str:
    """A spoilt copy of the first record of a CSV file; without a column, one field short."""
    header, values = csv.reader(first_lines, delimiter=delimiter)
    record = dict(zip((name.lower() for name in header), values, strict=True))
    record |= own_key(fault, number)
    if fault.column:
        record[fault.column] = fault.value
    fields = list(record.values()) if fault.column else list(record.values())[:-1]
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(fields)
    return line.getvalue()


def own_key(fault: Fault, number: int) -> dict[str, str]:
    """A key that no good row has; none for a row that is taken, as it would be one more order or customer."""
    if fault.effect == "nulled":
        return {}
    key = KEYS[fault.feed]
    return {key: {"line_no": str(90 + number), "currency": "XXX"}.get(key, f"spoilt-{number}")}
