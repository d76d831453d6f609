"""The build of a large generated shop: against reading and writing alone, and one more day against all.

Every build is timed from the lake to the last model, identities included; ingest, tests and predictions are
not (`daily_job` and `predict` measure them).
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from dagster_project.dbt_cli import dbt_command
from dagster_project.ingest.contracts import Feed, read_contracts
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.lake import ensure_schema_files
from dagster_project.ingest.landing import pending_deliveries
from dagster_project.predict.tables import ensure_files as ensure_predictions
from dagster_project.publish.reports import ensure_files as ensure_reports
from dagster_project.sample.generate import LAST_DAY, Scale, generate
from dagster_project.settings import Settings
from dagster_project.state import advance_as_of

DAYS = 730
#: Of five persons four are known to the shop; a person has about six orders and forty sessions.
KNOWN = 0.8
SCALE = Scale(sessions_per_customer=124, strangers_per_customer=0.25, mean_gap_days=25.0, dropout_b=10.0)
NEXT_DAY = LAST_DAY + timedelta(days=1)
#: One key in so many comes again on the next day, as one of its own.
SHARE_OF_A_DAY = 1000
#: The feeds that grow daily, with the table that knows the persons of their rows.
GROWING = {
    "orders": "marts.orders",
    "order_items": "marts.orders",
    "refunds": "intermediate.int_refunds",
    "sessions": "marts.sessions",
    "carts": "marts.carts",
    "surveys": "marts.survey_responses",
    "email_events": "marts.email_events",
    "leads": "marts.leads",
    "support_tickets": "marts.support_tickets",
    "reviews": "marts.reviews",
    "loyalty_points": "intermediate.int_loyalty_points",
    "shipments": "marts.shipments",
}
MODELS = ("--quiet", "build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


@dataclass(frozen=True)
class Size:
    """What is built: persons, what DuckDB may use, and a folder that keeps the shop for the next time."""

    persons: int = 100_000
    memory_limit: str = "8GB"
    folder: Path | None = None


@contextmanager
def shops(size: Size) -> Iterator[tuple[Settings, Settings]]:
    """The shop, and the same with a quarter of its history; both are in the lake, to the last day."""
    folder: AbstractContextManager[Any] = nullcontext(size.folder) if size.folder else TemporaryDirectory()
    with folder as place:
        whole = Settings(data=Path(place) / "whole", memory_limit=size.memory_limit)
        quarter = Settings(data=Path(place) / "quarter", memory_limit=size.memory_limit)
        if not whole.landing.exists():
            generate(whole.data, round(size.persons * KNOWN), DAYS, 1, file_format="parquet", scale=SCALE)
            ingest(whole, LAST_DAY)
            keep_a_quarter(whole, quarter)
        for shop in (whole, quarter):
            forget_next_day(shop)
            shop.warehouse.unlink(missing_ok=True)  # or only a few identifiers would be walked
            advance_as_of(shop, LAST_DAY)
        yield whole, quarter


def measure(size: Size = Size()) -> list[dict[str, Any]]:
    """Builds the shop, a day more, and the same with a quarter of its history."""
    with shops(size) as (whole, quarter):
        full = seconds_of_a_build(whole, LAST_DAY, "--full-refresh")
        plain = seconds_of_reading_and_writing(whole)
        day = seconds_of_one_more_day(whole)
        seconds_of_a_build(quarter, LAST_DAY, "--full-refresh")
        day_on_a_quarter = seconds_of_one_more_day(quarter)
        rows = lake_rows(whole)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    name = f"{size.persons:,} persons"
    return [
        row(f"{name}: full build ÷ reading the lake and writing as much", full / plain, "≤ 4", "ratio"),
        row(f"{name}: one more day ÷ full build", day / full, "≤ 0.10", "ratio"),
        row("… that day ÷ on a quarter of the history", day / day_on_a_quarter, "≤ 1.3", "ratio"),
        row("… full build", full, None, "s"),
        row("… reading the lake and writing as much", plain, None, "s"),
        row("… one more day", day, None, "s"),
        row("… most memory of a process", memory, "≤ 8", "GiB"),
        row("… sessions", rows["sessions"], None, "rows"),
        row("… orders", rows["orders"], None, "rows"),
    ]


def row(name: str, value: float, goal: str | None, unit: str) -> dict[str, Any]:
    """One measurement."""
    return {"name": name, "value": value, "goal": goal, "unit": unit}


def ingest(settings: Settings, day: date) -> None:
    """Reads what has landed into the lake, and moves as_of to the day."""
    feeds = read_contracts()
    as_of = advance_as_of(settings, day)
    ensure_schema_files(settings, feeds.values())
    for feed in feeds.values():
        for pending in pending_deliveries(settings, feed, as_of):
            ingest_delivery(settings, feed, pending)
    for ensure in (ensure_predictions, ensure_reports):
        ensure(settings)


def keep_a_quarter(whole: Settings, quarter: Settings) -> None:
    """Makes a shop of the deliveries of the last quarter of the days."""
    first = LAST_DAY - timedelta(days=DAYS // 4)
    for folder in whole.landing.glob("*/*"):
        if date.fromisoformat(folder.name) > first:
            shutil.copytree(folder, quarter.landing / folder.relative_to(whole.landing))
    ingest(quarter, LAST_DAY)


def forget_next_day(settings: Settings) -> None:
    """Takes back what an earlier measurement has delivered."""
    for folder in (
        *settings.landing.glob(f"*/{NEXT_DAY}"),
        *settings.lake.glob(f"*/delivery={NEXT_DAY}"),
    ):
        shutil.rmtree(folder)
    settings.state_file.unlink()


def seconds_of_a_build(settings: Settings, day: date, *arguments: str) -> float:
    """Time of all models from the lake on."""
    advance_as_of(settings, day)
    began = time.perf_counter()
    run(settings, dbt_command(settings, *MODELS, *arguments))
    return time.perf_counter() - began


def run(settings: Settings, command: list[str]) -> None:
    """Runs a command that must succeed."""
    subprocess.run(command, env=os.environ | settings.environment(), check=True)


def seconds_of_reading_and_writing(settings: Settings) -> float:
    """Time of a script that reads all of the lake, and writes every table of the warehouse once more.

    Each copy goes when it is on the disk, which need not hold the warehouse twice.
    """
    copy = settings.data / "copy.duckdb"
    copy.unlink(missing_ok=True)
    began = time.perf_counter()
    with duckdb.connect(str(copy), config={"memory_limit": settings.memory_limit}) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        for feed in read_contracts():
            rows = lake_of(settings, feed)
            connection.execute(f"select bit_xor(hash(rows)) from {rows} as rows").fetchall()
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f'create table {schema}."{table}" as from warehouse.{schema}."{table}"')
            connection.execute("checkpoint")
            connection.execute(f'drop table {schema}."{table}"')
    spent = time.perf_counter() - began
    copy.unlink()
    return spent


def lake_of(settings: Settings, feed: str) -> str:
    """SQL of all rows of a feed."""
    return f"read_parquet('{settings.lake}/{feed}/*/*.parquet', union_by_name = true)"


def seconds_of_one_more_day(settings: Settings) -> float:
    """Delivers one key in a thousand once more, as of the next day, and builds."""
    feeds = read_contracts()
    for name, persons in GROWING.items():
        deliver_more(settings, feeds[name], persons)
    ingest(settings, NEXT_DAY)
    return seconds_of_a_build(settings, NEXT_DAY)


def deliver_more(settings: Settings, feed: Feed, persons: str) -> None:
    """Lands a row of each of some persons once more, with keys of their own and the next day's time.

    The persons are drawn evenly, whoever has many rows as often as who has one, and those of one feed are
    those of the others as far as they are there: who buys has also looked.
    """
    target = settings.landing / feed.name / str(NEXT_DAY) / "more.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    key = feed.keys[0]
    later = f"(timestamp '{NEXT_DAY}' - date_trunc('day', {feed.event_time}))" if feed.event_time else ""
    columns = [
        f"'more-' || {column.name} as {column.name}" if column.is_key and column.data_type == "varchar"
        else f"{column.name} + {later} as {column.name}" if later and column.data_type == "timestamp"
        else column.name
        for column in feed.columns
    ]  # fmt: skip
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            f"""
            copy (
                with drawn as (
                    select {key}
                    from (
                        select customer_id, arg_min({key}, hash({key})) as {key}
                        from {persons}
                        where customer_id is not null
                        group by customer_id
                    )
                    order by hash(customer_id)
                    limit (select count(*) // {SHARE_OF_A_DAY} from {persons})
                )
                select {", ".join(columns)}
                from {lake_of(settings, feed.name)}
                semi join drawn using ({key})
            ) to '{target}' (format parquet)
            """
        )


def lake_rows(settings: Settings) -> dict[str, int]:
    """Rows of the feeds that make a shop large."""
    return {
        feed: duckdb.sql(f"select count(*) from {lake_of(settings, feed)}").fetchall()[0][0]
        for feed in ("sessions", "orders")
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
