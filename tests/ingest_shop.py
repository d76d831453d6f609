"""A shop with a landing zone, for the tests of ingestion."""

import gzip
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from dagster_project.ingest.contracts import Feed, read_contracts
from dagster_project.ingest.delivery import DeliveryReport, ingest_delivery
from dagster_project.ingest.lake import delivery_folder
from dagster_project.settings import Settings

DAY = date(2026, 11, 20)
FEEDS = read_contracts()

#: A readable value of each type.
GOOD = {
    "varchar": "a",
    "bigint": "1",
    "boolean": "true",
    "date": "2026-11-01",
    "timestamp": "2026-11-01 10:00:00",
    "decimal(18,4)": "3",
    "decimal(18,8)": "3",
}


class Shop:
    """A data folder, and what may be done with it."""

    def __init__(self, data: Path) -> None:
        self.settings = Settings(data=data)

    def write_shop_yml(self, text: str) -> None:
        self.settings.data.mkdir(parents=True, exist_ok=True)
        (self.settings.data / "shop.yml").write_text(text, encoding="utf-8")

    def land(self, feed: str, content: str | bytes, name: str = "a.csv", day: date = DAY) -> Path:
        file = self.settings.landing / feed / day.isoformat() / name
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return file

    def read(self, feed: str, day: date = DAY) -> DeliveryReport:
        report = ingest_delivery(self.settings, FEEDS[feed], day)
        assert report.taken + report.quarantined == report.delivered
        assert len(self.rows(feed, day)) == report.taken
        assert len(self.refused(feed, day)) == report.quarantined
        return report

    def take(self, feed: str, content: str | bytes, name: str = "a.csv") -> list[dict]:
        self.land(feed, content, name)
        self.read(feed)
        return self.rows(feed)

    def rows(self, feed: str, day: date = DAY) -> list[dict]:
        file = delivery_folder(self.settings.lake, feed, day) / "rows.parquet"
        return pq.ParquetFile(file).read().to_pylist()

    def refused(self, feed: str, day: date = DAY) -> list[dict]:
        file = delivery_folder(self.settings.quarantine, feed, day) / "rows.parquet"
        return pq.ParquetFile(file).read().to_pylist() if file.exists() else []


def good_row(feed: Feed, number: int) -> dict[str, str]:
    """A row that can be taken, with a key of its own."""
    row = {c.name: c.values[0] if c.values else GOOD[c.data_type] for c in feed.columns}
    row |= {c.name: "JPY" for c in feed.columns if c.is_currency}
    key = next(c for c in feed.columns if c.is_key)
    row[key.name] = f"{2000 + number // 400}-{1 + number // 30 % 12:02d}-{1 + number % 28:02d}"
    return row if key.data_type == "date" else row | {key.name: f"k{number}"}


def csv_line(values: object) -> str:
    """One line of plain values."""
    return ",".join(map(str, values)) + "\n"  # type: ignore[call-overload]
