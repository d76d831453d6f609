"""Real runs of the daily job: crashes, broken data, garbage in every feed."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from golden_shop import FIRST, SECOND, THIRD, land

from dagster_project.ingest.contracts import Feed, read_contracts
from dagster_project.resources import is_at_work
from dagster_project.settings import PROJECT, Settings


@pytest.fixture(scope="module")
def shop(new_data_folder: Callable[[], Path]) -> Settings:
    """The golden shop after its first day."""
    settings = Settings(data=new_data_folder(), hash_key="key-of-the-tests")
    land(settings, FIRST)
    assert lifecycle(settings, "run", "--day", str(FIRST)).returncode == 0
    return settings


def lifecycle(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", *arguments],
        cwd=PROJECT, env=os.environ | settings.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


def published(settings: Settings) -> tuple[date, int]:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        return connection.execute("select as_of, (select count(*) from orders) from about").fetchall()[0]


def test_a_first_run_publishes_the_day(shop: Settings):
    assert published(shop) == (FIRST, 5)


def test_the_published_file_names_nobody(shop: Settings):
    known = ("aiko", "ben@", "chie", "相川", "0000-0001", "+8190")
    with duckdb.connect(str(shop.published), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
        texts = "\n".join(connection.execute(f"from marts.{name}").fetchdf().to_csv() for (name,) in tables)
    assert "O1" in texts
    for name in known:
        assert name not in texts.lower(), name


def test_the_runs_records_name_nobody(shop: Settings):
    """Logs, metadata and events of the run, as Dagster and dbt keep them."""
    for file in [
        *shop.dagster_home.rglob("*"),
        *shop.dbt_target.rglob("*.log"),
        *shop.dbt_target.rglob("run_results.json"),
    ]:
        if file.is_file():
            content = file.read_bytes()
            for name in (
                b"aiko@",
                b"ben@example",
                b"chie@",
                "相川".encode(),
                b"090-0000-0001",
                b"+819000000001",
            ):
                assert name not in content, file.name


@pytest.mark.parametrize("whom", ["group", "parent"])
def test_a_killed_run_leaves_yesterday_and_the_next_run_heals_it(shop: Settings, whom: str):
    """Killed with all that it started, and alone, as the system does when memory runs out."""
    before = published(shop)
    land(shop, SECOND)
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster_project.cli", "run", "--day", str(SECOND)],
        cwd=PROJECT, env=os.environ | shop.environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(shop, process)
    kill = os.killpg if whom == "group" else os.kill
    kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not is_at_work(shop)
    with duckdb.connect(str(shop.warehouse)):
        pass  # nothing goes on that would work beside the next run
    assert published(shop) == before, "the numbers of before are still there"
    healed = lifecycle(shop, "run", "--day", str(SECOND))
    assert healed.returncode == 0, healed.stderr
    assert published(shop) == (SECOND, 8)
    os.environ.update(shop.environment())
    with dg.DagsterInstance.get() as instance:
        last, killed = (record.dagster_run for record in instance.get_run_records(limit=2))
    assert (last.status, killed.status) == (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)


def wait_for(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    """Waits until dbt is writing tables of the day into the warehouse."""
    log = settings.dbt_target / "dbt.log"
    begun = log.stat().st_size
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        if b"table model" in log.read_bytes()[begun:]:
            return
        time.sleep(0.1)
    raise AssertionError("the run ended before it could be killed")


def test_a_broken_lake_file_whose_files_are_gone_fails_the_run_says_what_to_do_and_publishes_nothing(
    shop: Settings, tmp_path: Path
):
    before = published(shop)
    landed = shop.landing / "orders" / "2026-02-01"
    with cut_in_half(next((shop.lake / "orders").glob("delivery=2026-02-01/*.parquet"))):
        away = landed.rename(tmp_path / "away")
        failed = lifecycle(shop, "run", "--day", str(SECOND))
        away.rename(landed)
    assert failed.returncode == 1
    assert "failed" in failed.stderr
    assert "lake/orders/delivery=2026-02-01" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert published(shop) == before


def test_a_table_that_cannot_be_built_stays_as_it_was(shop: Settings):
    assert stays_without_products(shop, "marts.products")


def test_rows_that_cannot_be_replaced_stay_as_they_were(shop: Settings):
    """The lines of all orders are priced anew, as if their persons were touched."""
    with duckdb.connect(str(shop.warehouse)) as warehouse:
        persons = "select customer_id from intermediate.int_persons"
        warehouse.execute(f"insert into intermediate.touched_persons (owner) {persons}")
    assert stays_without_products(shop, "intermediate.int_order_lines_priced")


def stays_without_products(settings: Settings, table: str) -> bool:
    """Whether a table keeps its rows when it cannot be built, as the file of products is broken."""

    def rows() -> list[tuple[Any, ...]]:
        with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
            return warehouse.execute(f"from {table} order by all").fetchall()

    before = rows()
    with cut_in_half(next((settings.lake / "products").glob("delivery=*/*.parquet"))):
        failed = lifecycle(settings, "dbt", "run", "--select", table.split(".")[1])
    assert failed.returncode == 1
    assert before
    return rows() == before


def test_a_table_of_other_columns_than_its_model_takes_no_rows(shop: Settings):
    with duckdb.connect(str(shop.warehouse)) as warehouse:
        warehouse.execute("alter table intermediate.int_baskets add column colour text")
    failed = lifecycle(shop, "dbt", "run", "--select", "int_baskets")
    with duckdb.connect(str(shop.warehouse)) as warehouse:
        warehouse.execute("alter table intermediate.int_baskets drop column colour")
    assert failed.returncode == 1
    assert 'Column "colour"' in failed.stdout


@contextmanager
def cut_in_half(file: Path) -> Iterator[None]:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    try:
        yield
    finally:
        file.write_bytes(whole)


def garbage(feed: Feed) -> dict[str, bytes]:
    """Files by name: 3,000 rows (broken, without a key, of wrong types), and files that cannot be read."""
    width = len(feed.columns)
    header = ",".join(column.name for column in feed.columns)
    rows = {
        "broken.csv": [f'"{number}\x00' if number % 2 else "x" * number for number in range(1, 1001)],
        "keyless.csv": [f"{',' * (width - 2)}x,"] * 1000,
        "wrong.csv": [",".join([f"?{number}"] * width) for number in range(1000)],
    }
    files = {name: "\n".join([header, *lines, ""]).encode() for name, lines in rows.items()}
    other = io.BytesIO()
    pq.write_table(pa.table({"quite": [1], "different": ["x"]}), other)
    return files | {
        "empty.csv": b"",
        "cut_off.csv.gz": gzip.compress(files["wrong.csv"])[:-100],
        "other.parquet": other.getvalue(),
        "no.parquet": b"PAR1 is not enough",
        "what.docx": b"?",
    }


def test_garbage_in_every_feed_harms_no_good_row(shop: Settings):
    """Beside the third day: thousands of rows in each feed, unreadable files, a folder as a file."""
    land(shop, SECOND)
    land(shop, THIRD)
    for name, feed in read_contracts().items():
        folder = shop.landing / name / str(THIRD)
        (folder / "folder.csv").mkdir(parents=True)
        (folder / "folder.csv" / "a.csv").write_bytes(b"")
        for file, content in garbage(feed).items():
            (folder / file).write_bytes(content)
    run = lifecycle(shop, "run", "--day", str(THIRD))
    assert run.returncode == 0, run.stderr
    with duckdb.connect(str(shop.published), read_only=True) as connection:
        counts = connection.execute(
            f"select feed, delivered, taken, quarantined from data_quality where delivery = '{THIRD}'"
        ).fetchall()
        orders = connection.execute("select order_id from orders order by 1").fetchall()
    assert {feed for feed, *_ in counts} == set(read_contracts())
    for feed, delivered, taken, quarantined in counts:
        assert delivered == taken + quarantined, feed
        assert delivered >= 3006, feed
        assert quarantined >= 2000, feed
    assert [order for (order,) in orders] == ["O1", "O2", "O3", "O4", "O5", "O6", "O7", "O9"]


def test_a_range_of_days_is_one_run_with_a_partition_each(shop: Settings):
    run = lifecycle(shop, "run", "--from", str(FIRST), "--to", str(SECOND))
    assert run.returncode == 0, run.stderr
    assert published(shop)[0] == THIRD, "an earlier day does not move as_of back"
    os.environ.update(shop.environment())
    with dg.DagsterInstance.get() as instance:
        partitions = instance.get_materialized_partitions(dg.AssetKey(["lake", "orders"]))
        exports = instance.get_materialized_partitions(dg.AssetKey(["exports", "high_value"]))
        latest = instance.get_run_records(limit=1)[0].dagster_run
    assert {str(FIRST), str(SECOND), str(THIRD)} <= partitions
    assert {str(FIRST), str(SECOND)} <= exports
    assert latest.tags["dagster/asset_partition_range_start"] == str(FIRST)
    assert (shop.exports / "high_value" / "csv" / str(FIRST) / "manifest.json").exists()


def test_all_that_is_written_is_for_its_owner_only(shop: Settings):
    written = [path for path in shop.data.rglob("*") if not path.is_relative_to(shop.landing)]
    assert {path.relative_to(shop.data).parts[0] for path in written} >= {
        ".dagster", ".dbt", "exports", "lake", "published", "warehouse.duckdb"
    }  # fmt: skip
    open_to_others = [str(path.relative_to(shop.data)) for path in written if path.stat().st_mode & 0o077]
    assert open_to_others == []


def test_readers_of_the_published_file_are_never_locked(shop: Settings, tmp_path: Path):
    readers = [duckdb.connect(str(shop.published), read_only=True) for _ in range(3)]
    assert {reader.execute("select count(*) from customers").fetchall()[0][0] for reader in readers} != {0}
    for reader in readers:
        reader.close()
