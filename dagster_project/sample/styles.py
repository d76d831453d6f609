"""How the files of the sample shop look: endings, encodings, delimiters and headers, mixed as in life."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Style:
    """The look of a file.

    Attributes:
        ending: Of the file's name, without the first dot; says the format too.
        delimiter: Between the fields of a CSV file.
        encoding: `utf-8`, `utf-8-sig` (with BOM) or `cp932`; the last comes with CRLF, as from Windows.
        header: How column names are written: `lower`, `upper` or `title` (Order_Id).
        is_reversed: True when the columns stand in the reverse of the contract's order.
        extra: SQL of a column that no contract knows.
        is_utc: True when times are written in UTC with a Z.
    """

    ending: str = "csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    header: str = "lower"
    is_reversed: bool = False
    extra: str | None = None
    is_utc: bool = False

    @property
    def is_json(self) -> bool:
        """True for JSON lines."""
        return "json" in self.ending

    @property
    def is_text(self) -> bool:
        """True for files that one can read, and spoil, line by line."""
        return self.ending != "parquet" and not self.ending.endswith(".gz")

    @property
    def copy_options(self) -> str:
        """The options of DuckDB's COPY."""
        if self.ending == "parquet":
            return "format parquet, compression zstd"
        compression = "gzip" if self.ending.endswith(".gz") else "none"
        if self.is_json:
            return f"format json, compression {compression}"
        return f"format csv, header, delimiter '{self.delimiter}', compression {compression}"

    def file_name(self, feed: str) -> str:
        """The name of a feed's file."""
        return f"{feed}.{self.ending}"

    def columns(self, columns: list[tuple[str, str]]) -> str:
        """The select list for columns given as (name, type)."""
        selected = [self._column(name, kind) for name, kind in columns]
        if self.is_reversed:
            selected.reverse()
        return ", ".join([*selected, self.extra] if self.extra else selected)

    def _column(self, name: str, kind: str) -> str:
        written = {"lower": name, "upper": name.upper(), "title": name.title()}[self.header]
        if self.is_utc and kind == "TIMESTAMP":
            # Japan has no summer time: nine hours, always.
            return f"strftime({name} - interval 9 hour, '%Y-%m-%dT%H:%M:%SZ') as \"{written}\""
        return f'{name} as "{written}"'


PARQUET = Style("parquet")
PLAIN = Style()
CP932 = Style(encoding="cp932")
WITH_BOM = Style(encoding="utf-8-sig")

#: Feeds that always look the same.
FIXED = {
    "order_items": Style(header="upper"),
    "products": WITH_BOM,
    "shipments": Style("tsv", delimiter="\t"),
    "carts": Style(delimiter=";"),
    "surveys": CP932,
    "support_tickets": Style(header="title", is_reversed=True, encoding="utf-8-sig"),
    "social_mentions": Style("txt", delimiter="\t"),
    "marketing_spend": Style(extra="7 as quality_score"),
    "loyalty_points": PARQUET,
}


def mixed_style(feed: str, delivery: date, is_daily: bool) -> Style:
    """The look of a feed's delivery: the history comes packed where it is large, the days as plain text."""
    if feed in FIXED:
        return FIXED[feed]
    if feed == "sessions":
        return Style("jsonl" if is_daily else "jsonl.gz")
    if feed == "email_events":
        return Style("ndjson" if is_daily else "ndjson.gz", is_utc=True)
    if feed in ("orders", "customers"):
        # The old cash register's export was in use every other quarter, and still is on even days.
        is_old = delivery.day % 2 == 0 if is_daily else delivery.month % 6 < 3
        return CP932 if is_old else PLAIN
    return PLAIN


def finish(file: Path, style: Style) -> None:
    """Gives a finished UTF-8 text its real encoding, a piece at a time."""
    if style.encoding == "utf-8" or not style.is_text:
        return
    line_end = "\r\n" if style.encoding == "cp932" else ""
    unfinished = file.with_name(f".{file.name}")
    file.rename(unfinished)
    with (
        unfinished.open(encoding="utf-8", newline="\n") as source,
        file.open("w", encoding=style.encoding, newline=line_end) as target,
    ):
        shutil.copyfileobj(source, target)
    unfinished.unlink()
