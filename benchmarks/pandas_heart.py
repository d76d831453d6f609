"""The heart of the build in SQL, against the same in pandas: from the same lake to the same rows.

Not all models are ported: some two hundred count, rank and lay out what the others have found. The heart is
those that find it, a closed set from the lake to six tables (`TABLES`): who is whom, every session and order
with its person and worth, which touches earned an order by each model of attribution, and the stages that
each person went through, with the event that began them.

Nothing is held back on either side. SQL is `dbt build` of `MODELS` and all that they read, with dbt's start,
the tables between and the digests of tomorrow's changes; parsing the project is not in it, as that is kept
from day to day. Pandas is a process of its own from its start to the last file: columns as categories and
whole numbers, no loop in Python but those over texts to be hashed and over merged persons, where the
warehouse has the same one. Pandas keeps what is between in memory, and writes Parquet.

Not ported, as no generated shop has it: amounts of too many digits, `count_refunded_orders`, and shops whose
rates stand under two spellings of one currency. `tests/benchmarks` compares every row of every table.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import incremental
from benchmarks.heart import attribution, facts, identity, lake, lifecycle
from dagster_project.dbt_cli import dbt_command
from dagster_project.dbt_runner import ensure_manifest
from dagster_project.settings import Settings, currency_decimals
from dagster_project.state import read_as_of

#: The tables of the heart, with their schemas in the warehouse.
TABLES = {
    "identities": "marts",
    "int_persons": "intermediate",
    "sessions": "marts",
    "orders": "marts",
    "attribution": "marts",
    "lifecycle_stages": "marts",
}
MODELS = tuple(f"+{table}" for table in TABLES)

#: Pandas holds all in memory: some 6 GiB for so many.
PERSONS_AT_MOST = 100_000

#: Writes the tables into a folder, in a process whose memory is counted; prints seconds and bytes.
PROGRAM = "import sys; from benchmarks.pandas_heart import print_measured; print_measured(sys.argv[1])"


def measure(size: incremental.Size) -> list[dict[str, Any]]:
    """The heart of a shop in SQL and in pandas, of a smaller shop where not all would fit into memory."""
    if size.persons > PERSONS_AT_MOST:
        size = replace(size, persons=PERSONS_AT_MOST, folder=None)
    with incremental.shops(size) as (settings, _):
        in_pandas, measured = seconds_in_pandas(settings)
        in_sql = seconds_in_sql(settings)
    name = f"{size.persons:,} persons: heart of the build in SQL ÷ in pandas"
    return [
        incremental.row(name, in_sql / in_pandas, "≤ 1/15", "ratio"),
        incremental.row("… heart in SQL", in_sql, None, "s"),
        incremental.row("… heart in pandas", in_pandas, None, "s"),
        *(incremental.row(f"… … {step}", spent, None, "s") for step, spent in measured["seconds"].items()),
        incremental.row("… most memory of pandas", measured["bytes"] / 2**30, None, "GiB"),
    ]


def seconds_in_pandas(settings: Settings) -> tuple[float, dict[str, Any]]:
    """Time of a process that writes the tables by pandas, and what it says of itself."""
    with TemporaryDirectory(dir=settings.data) as folder:
        began = time.perf_counter()
        told = subprocess.check_output(
            [sys.executable, "-c", PROGRAM, folder], text=True, env=os.environ | settings.environment()
        )
        spent = time.perf_counter() - began
    return spent, json.loads(told)


def seconds_in_sql(settings: Settings) -> float:
    """Time of dbt, in a data folder that shares nothing but the lake."""
    with TemporaryDirectory(dir=settings.data) as folder:
        shop = settings.model_copy(update={"data": Path(folder)})
        (shop.data / "lake").symlink_to(settings.lake)
        for file in ("shop.yml", settings.state_file.name):
            if (settings.data / file).exists():
                shutil.copy(settings.data / file, shop.data)
        ensure_manifest(shop)
        build = dbt_command(shop, *incremental.MODELS, "--full-refresh", "--select", *MODELS)
        began = time.perf_counter()
        incremental.run(shop, build)
        return time.perf_counter() - began


def print_measured(folder: str) -> None:
    """Writes the tables of the environment's shop; prints the seconds of each step, and the most memory."""
    settings = Settings()
    seconds: dict[str, float] = {}
    write_tables(settings, Path(folder), seconds)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "bytes": memory}))


def write_tables(settings: Settings, folder: Path, seconds: dict[str, float]) -> None:
    """Writes the tables of the heart as Parquet, one file each, and notes the seconds of each step.

    Raises:
        ValueError: When nothing has been ingested.
    """
    as_of, shop = read_as_of(settings), settings.shop
    if as_of is None:
        raise ValueError(f"{settings.data}: nothing has been ingested")
    units = 10 ** currency_decimals(shop["currency"])
    with timed(seconds, "rows in force"):
        frames = lake.read_shop(settings.lake, as_of)
    with timed(seconds, "identity"):
        whole, tables = identity.resolve(frames, shop["max_customers_per_device"], settings.hash_key)
    with timed(seconds, "orders and touches"):
        placed = facts.orders_placed(frames, whole, shop["currency"])
        priced = facts.orders_priced(frames, placed)
        validated = facts.orders_validated(frames, placed, priced)
        number = facts.orders_numbered(placed, validated["is_valid"])
        contacts = facts.touches(frames, whole)
        found = facts.order_touches(placed, validated["is_valid"], contacts, shop["attribution_days"])
        credited = facts.last_non_direct(found, contacts)
        orders = facts.orders(placed, priced, validated, number, credited, contacts)
    with timed(seconds, "attribution"):
        share = attribution.credits(
            found,
            credited,
            orders["ordered_at"],
            contacts["touched_at"],
            shop["attribution_half_life_days"],
            shop["attribution_end_share"],
        )
        revenue = attribution.revenues(found, share, orders["net_revenue"].to_numpy(), units)
        tables["attribution"] = attribution.attribution(orders, contacts, found, share, revenue, whole)
    with timed(seconds, "lifecycle"):
        tables["lifecycle_stages"] = lifecycle.stages(frames, whole, orders, shop, as_of)
    with timed(seconds, "sessions, and writing"):
        tables["sessions"] = facts.sessions(frames, whole)
        tables["orders"] = facts.with_pseudonyms(orders, whole)
        lake.write(tables, folder)


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Notes how long something takes."""
    began = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - began
