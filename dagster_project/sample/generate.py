"""Makes the sample shop: its truth, and the files it delivers.

Everything is set-based SQL in DuckDB, so that a million customers take minutes and little memory.
The files in `truth/` run in the order of their names and say what happened in the shop; one file in
`feeds/` for each feed says what the shop delivers of it and when; those in `answers/` write the truth
down. How a file looks is in `styles`, the rows that no pipeline should take are in `spoil`.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import yaml

from dagster_project.sample.spoil import BadRow, spoil
from dagster_project.sample.styles import PARQUET, Style, finish, mixed_style
from dagster_project.settings import DBT

SQL = Path(__file__).resolve().parent

#: The last business day of the committed shop.
LAST_DAY = date(2026, 10, 31)
#: The shop delivers daily on this many last days, and by month, quarter or half-year before.
DAILY_DELIVERIES = 10
FORMATS = ("mixed", "parquet")

#: What hears of the progress: a line of text for each step.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Scale:
    """How busy the shop is.

    Attributes:
        sessions_per_customer: Visits for each person if strangers come as they do by default; about a third
            of them are the person's own.
        strangers_per_customer: People who look in once or a few times and stay unknown, for each person.
        mean_gap_days: Mean days between purchases: purchase rates are Gamma(1.5, 1.5 × this).
        dropout_b: The chance to be lost after a purchase is Beta(1, this): the greater, the more
            orders a customer makes.
    """

    sessions_per_customer: int = 40
    strangers_per_customer: float = 16.0
    mean_gap_days: float = 110.0
    dropout_b: float = 1.4


@dataclass(frozen=True)
class Written:
    """A file of a delivery, with the number of its rows and of those not to be taken."""

    feed: str
    delivery: date
    file: str
    delivered: int
    quarantined: int


def generate(
    out: Path,
    customers: int,
    days: int,
    seed: int,
    last_day: date = LAST_DAY,
    progress: Progress | None = None,
    *,
    file_format: str = "mixed",
    scale: Scale = Scale(),
) -> None:
    """Writes a shop's deliveries to `out/landing` and its truth to `out/truth`.

    The same arguments give the same bytes, whatever the number of threads.

    Args:
        out: Folder; must not hold a landing zone yet.
        customers: True persons whom the shop can come to know; buyers are about four fifths.
        days: Business days up to and with `last_day`.
        seed: Any whole number.
        last_day: The last business day, and the day of the last delivery.
        progress: Called at each step.
        file_format: `mixed` (text of every kind that shops send, with bad rows) or `parquet`
            (fast, all rows good).
        scale: How often people come and buy.

    Raises:
        ValueError: On numbers below one or an unknown format.
        FileExistsError: When `out` holds deliveries already.
    """
    if customers < 1 or days < 1:
        raise ValueError(f"customers and days must be at least 1, not {customers} and {days}")
    if file_format not in FORMATS:
        raise ValueError(f"file_format must be one of {', '.join(FORMATS)}, not {file_format!r}")
    if (out / "landing").exists():
        raise FileExistsError(f"{out / 'landing'} exists; choose another folder")
    tell = progress or (lambda _step: None)
    with workshop(out) as connection:
        set_variables(connection, customers, days, seed, last_day, scale)
        for file in sorted((SQL / "truth").glob("*.sql")):
            tell(f"truth: {file.stem}")
            connection.execute(file.read_text(encoding="utf-8"))
        files, bad_rows = write_feeds(connection, out / "landing", last_day, file_format, tell)
        write_truth(connection, out / "truth", files, bad_rows)


@contextmanager
def workshop(out: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database on disk that lasts as long as the work, so that memory does not grow with the shop."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".sample-") as folder:
        connection = duckdb.connect(str(Path(folder) / "sample.duckdb"))
        try:
            connection.execute("create schema feeds")
            yield connection
        finally:
            connection.close()


def set_variables(
    connection: duckdb.DuckDBPyConnection,
    customers: int,
    days: int,
    seed: int,
    last_day: date,
    scale: Scale,
) -> None:
    """Tells the SQL what was asked for."""
    first_day = last_day - timedelta(days=days - 1)
    numbers = {"customers": customers, "days": days, "seed": seed, **vars(scale)}
    dates = {
        "first_day": first_day,
        "last_day": last_day,
        "daily_from": max(first_day, last_day - timedelta(days=DAILY_DELIVERIES - 1)),
    }
    for name, number in numbers.items():
        kind = "double" if isinstance(number, float) else "bigint"
        connection.execute(f"set variable {name} = {number}::{kind}")
    for name, day in dates.items():
        connection.execute(f"set variable {name} = date '{day}'")


def feed_keys() -> dict[str, list[str]]:
    """The feeds in the order of their contracts, each with the columns of its key."""
    sources = DBT / "models" / "staging" / "shop" / "_shop__sources.yml"
    tables = yaml.safe_load(sources.read_text(encoding="utf-8"))["sources"][0]["tables"]
    return {
        table["name"]: [
            column["name"]
            for column in table["columns"]
            if column.get("config", {}).get("meta", {}).get("key")
        ]
        for table in tables
        if (SQL / "feeds" / f"{table['name']}.sql").exists()
    }


def write_feeds(
    connection: duckdb.DuckDBPyConnection,
    landing: Path,
    last_day: date,
    file_format: str,
    tell: Progress,
) -> tuple[list[Written], list[BadRow]]:
    """Writes all deliveries of all feeds; returns the files and the rows spoilt in them."""
    files: list[Written] = []
    bad_rows: list[BadRow] = []
    for feed, key in feed_keys().items():
        tell(f"feed: {feed}")
        connection.execute((SQL / "feeds" / f"{feed}.sql").read_text(encoding="utf-8"))
        deliveries = deliveries_of(connection, feed)
        for delivery in deliveries:
            is_last = delivery == deliveries[-1]
            is_daily = (last_day - delivery).days < DAILY_DELIVERIES
            style = PARQUET if file_format == "parquet" else mixed_style(feed, delivery, is_daily)
            file = landing / feed / str(delivery) / style.file_name(feed)
            rows = copy_delivery(connection, feed, key, delivery, style, file)
            spoilt = spoil(file, feed, delivery, style, rows) if is_last and style.is_text else []
            finish(file, style)
            quarantined = sum(row.effect == "quarantined" for row in spoilt)
            files.append(Written(feed, delivery, file.name, rows + len(spoilt), quarantined))
            bad_rows += spoilt
    return files, bad_rows


def deliveries_of(connection: duckdb.DuckDBPyConnection, feed: str) -> list[date]:
    """The days on which a feed is delivered, in order."""
    query = f"select distinct delivery from feeds.{feed} order by delivery"
    return [day for (day,) in connection.execute(query).fetchall()]


def copy_delivery(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    key: list[str],
    delivery: date,
    style: Style,
    file: Path,
) -> int:
    """Writes the rows of one delivery in the order of their key; returns their number."""
    file.parent.mkdir(parents=True, exist_ok=True)
    described = connection.execute(f"describe feeds.{feed}").fetchall()
    columns = style.columns([(name, kind) for name, kind, *_ in described if name != "delivery"])
    rows = (
        f"select {columns} from feeds.{feed} as delivered "
        f"where delivery = date '{delivery}' order by {', '.join(f'delivered.{name}' for name in key)}"
    )
    copied = connection.execute(f"copy ({rows}) to '{file}' ({style.copy_options})").fetchall()
    return int(copied[0][0])


def write_truth(
    connection: duckdb.DuckDBPyConnection,
    truth: Path,
    files: list[Written],
    bad_rows: list[BadRow],
) -> None:
    """Writes down who is whom, what they did, and what is wrong with which row."""
    truth.mkdir(parents=True, exist_ok=True)
    for answer in sorted((SQL / "answers").glob("*.sql")):
        query = answer.read_text(encoding="utf-8")
        connection.execute(f"copy ({query}) to '{truth / answer.stem}.csv' (format csv, header)")
    for name, kind, rows in (("files", Written, files), ("bad_rows", BadRow, bad_rows)):
        with (truth / f"{name}.csv").open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, list(kind.__dataclass_fields__), lineterminator="\n")
            writer.writeheader()
            writer.writerows(vars(row) for row in rows)
