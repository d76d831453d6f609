"""Every sentence about the landing zone and the lake: what is new, what is replaced, what does nothing."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from ingest_shop import DAY, FEEDS, Shop

from dagster_project.ingest import landing
from dagster_project.ingest.delivery import NothingDelivered, ingest_delivery
from dagster_project.ingest.lake import ensure_schema_files, schema_of
from dagster_project.ingest.landing import file_undated, landing_days, not_filed, pending_deliveries
from dagster_project.ingest.waiting import waiting_deliveries

TEXT = "product_id,name\np1,a\n"
FOREVER = date(2199, 12, 31)


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def pending(shop, feed="products", up_to=FOREVER, force=()):
    return pending_deliveries(shop.settings, FEEDS[feed], up_to, force)


def test_a_delivery_is_pending_until_it_is_read(shop):
    assert pending(shop) == []
    shop.land("products", TEXT)
    shop.land("products", TEXT, day=DAY + timedelta(1))
    assert pending(shop, up_to=DAY) == [DAY]
    assert pending(shop) == [DAY, DAY + timedelta(1)]
    shop.read("products")
    assert pending(shop) == [DAY + timedelta(1)]
    assert pending(shop, force=[DAY]) == [DAY, DAY + timedelta(1)]


def test_a_changed_or_further_file_makes_the_whole_day_pending_and_replaces_it(shop):
    shop.take("products", TEXT)
    shop.land("products", TEXT.replace("p1", "p2"))
    assert pending(shop) == [DAY]
    shop.read("products")
    assert [row["product_id"] for row in shop.rows("products")] == ["p2"]
    shop.land("products", TEXT, "b.csv")
    assert pending(shop) == [DAY]
    shop.read("products")
    assert [row["product_id"] for row in shop.rows("products")] == ["p2", "p1"]


def test_a_change_that_keeps_size_and_time_is_seen(shop):
    file = shop.land("products", TEXT)
    shop.read("products")
    before = file.stat()
    file.write_text(TEXT.replace("p1", "p2"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert pending(shop) == [DAY]


def test_a_touched_file_is_hashed_once(shop, monkeypatch):
    file = shop.land("products", TEXT)
    shop.read("products")
    os.utime(file)
    hashed = []
    real = landing.content_fingerprint
    monkeypatch.setattr(landing, "content_fingerprint", lambda path: hashed.append(path) or real(path))
    assert pending(shop) == [] and pending(shop) == []
    assert hashed == [file]


def test_removing_a_landed_file_or_folder_does_nothing(shop):
    first = shop.land("products", TEXT)
    second = shop.land("products", TEXT.replace("p1", "p2"), "b.csv")
    shop.read("products")
    second.unlink()
    assert pending(shop) == [] and pending(shop, force=[DAY]) == []
    shop.write_shop_yml("country: US\n")
    assert pending(Shop(shop.settings.data)) == [], "a further rule would drop the rows of the removed file"
    first.unlink()
    assert pending(shop) == []
    first.parent.rmdir()
    assert pending(shop, force=[DAY]) == []
    with pytest.raises(NothingDelivered):
        ingest_delivery(shop.settings, FEEDS["products"], DAY)
    assert [row["product_id"] for row in shop.rows("products")] == ["p1", "p2"]


def test_what_is_delivered_after_a_removal_is_the_whole_delivery(shop):
    file = shop.land("products", TEXT)
    shop.read("products")
    file.unlink()
    shop.land("products", TEXT.replace("p1", "p2"), "b.csv")
    assert pending(shop) == [DAY]
    shop.read("products")
    assert [row["product_id"] for row in shop.rows("products")] == ["p2"]


@pytest.mark.parametrize("setting", ["time_zone: America/New_York", "country: US"])
def test_a_changed_rule_of_reading_makes_days_pending_whose_files_are_there(shop, setting):
    shop.take("products", TEXT)
    assert pending(shop) == []
    shop.write_shop_yml(setting + "\n")
    assert pending(Shop(shop.settings.data)) == [DAY]


def test_a_changed_contract_makes_days_pending_and_a_changed_description_does_not(shop):
    from dataclasses import replace

    shop.take("products", TEXT)
    feed = FEEDS["products"]
    first, *others = feed.columns
    described = replace(feed, columns=(replace(first, description="new"), *others))
    required = replace(feed, columns=(first, replace(others[0], is_required=True), *others[1:]))
    assert pending_deliveries(shop.settings, described, FOREVER) == []
    assert pending_deliveries(shop.settings, required, FOREVER) == [DAY]


def test_hundreds_of_read_days_are_cheap(shop):
    import time

    for n in range(60):
        shop.land("products", TEXT, day=DAY - timedelta(n))
        ingest_delivery(shop.settings, FEEDS["products"], DAY - timedelta(n))
    started = time.process_time()
    assert pending(shop) == []
    assert time.process_time() - started < 0.3


def test_undated_files_are_filed_under_the_day_first_seen(shop):
    folder = shop.settings.landing / "products"
    for name in ("a.csv.gz", "c.v2.csv", "d"):
        shop.land("products", TEXT, name)
    for name in ("a.csv.gz", "b.csv", "c.v2.csv", "d", ".hidden", "_tmp"):
        (folder / name).write_text(TEXT)
    moved = file_undated(shop.settings, FEEDS.values(), DAY)
    assert [(m.feed, m.target.relative_to(folder).as_posix()) for m in moved] == [
        ("products", "2026-11-20/a-1.csv.gz"),
        ("products", "2026-11-20/b.csv"),
        ("products", "2026-11-20/c.v2-1.csv"),
        ("products", "2026-11-20/d-1"),
    ]
    assert sorted(file.name for file in folder.iterdir()) == [".hidden", "2026-11-20", "_tmp"]
    (folder / "a.csv.gz").write_text(TEXT)
    assert file_undated(shop.settings, FEEDS.values(), DAY)[0].target.name == "a-2.csv.gz"
    assert file_undated(shop.settings, FEEDS.values(), DAY) == []


def test_links_to_nowhere_and_folders_wait_like_any_file_until_they_are_read(shop):
    for name in ("2026-11-20/gone.csv", "undated.csv"):
        link = shop.settings.landing / "orders" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to("/nowhere/orders.csv")
    (shop.settings.landing / "orders" / "2026-11-20" / "folder.csv").mkdir()
    (shop.settings.landing / "orders" / "2026-11-20" / "folder.csv" / "a.csv").touch()
    waiting = waiting_deliveries(shop.settings, FEEDS, DAY + timedelta(1))
    assert [(each.day, [file.name for file in each.files]) for each in waiting] == [
        (DAY, ["folder.csv", "gone.csv"]),
        (DAY + timedelta(1), ["undated.csv"]),
    ]
    file_undated(shop.settings, FEEDS.values(), DAY + timedelta(1))
    assert shop.read("orders").quarantined == 2
    assert shop.read("orders", DAY + timedelta(1)).quarantined == 1
    assert waiting_deliveries(shop.settings, FEEDS, DAY + timedelta(1)) == []


def test_what_the_rights_forbid_stops_nothing_and_is_told(shop, monkeypatch):
    closed = shop.land("products", TEXT).parent
    shop.land("products", TEXT, day=DAY - timedelta(1))
    undated = shop.settings.landing / "products" / "undated.csv"
    undated.write_text(TEXT)
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and may(path, mode))
    (problem,) = landing_days(shop.settings, FEEDS, DAY).problems
    assert problem.path == "products/2026-11-20" and "the right to read it" in problem.reason
    assert pending(shop) == [DAY - timedelta(1)]

    def refuse(_file, _target):
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refuse)
    assert file_undated(shop.settings, FEEDS.values(), DAY) == []
    (left,) = not_filed(shop.settings, FEEDS.values())
    assert left.path == "products/undated.csv" and undated.exists()


def test_landing_days_lists_days_and_what_cannot_be_used(shop):
    shop.land("products", TEXT)
    shop.land("products", TEXT, day=DAY - timedelta(3))
    shop.land("products", TEXT, day=DAY + timedelta(1))
    shop.land("orders", "", ".ignored")
    for bad in (
        "products/2026-13-01",
        "products/20261120",
        "products/1900-01-01",
        "products/tmp",
        "shoes/2026-11-20",
    ):
        (shop.settings.landing / bad).mkdir(parents=True)
    (shop.settings.landing / "loose.csv").write_text(TEXT)
    found = landing_days(shop.settings, FEEDS, today=DAY)
    assert dict(found.days) == {"products": (DAY - timedelta(3), DAY)}
    assert found.latest == DAY
    assert {problem.path for problem in found.problems} == {
        "loose.csv",
        "products/1900-01-01",
        "products/2026-11-21",
        "products/2026-13-01",
        "products/20261120",
        "products/tmp",
        "shoes",
    }
    assert all(": " in problem.reason for problem in found.problems)
    assert pending(shop, up_to=DAY) == [DAY - timedelta(3), DAY]


def test_an_empty_landing_zone(shop):
    found = landing_days(shop.settings, FEEDS, today=DAY)
    assert (dict(found.days), found.problems, found.latest) == ({}, (), None)
    assert file_undated(shop.settings, FEEDS.values(), DAY) == []


def test_every_feed_has_an_empty_file_with_its_schema(shop):
    assert ensure_schema_files(shop.settings, FEEDS.values()) == list(FEEDS)
    assert ensure_schema_files(shop.settings, FEEDS.values()) == []
    for name, feed in FEEDS.items():
        file = shop.settings.lake / name / "delivery=1900-01-01" / "rows.parquet"
        assert pq.read_schema(file).equals(schema_of(feed))
        assert pq.read_metadata(file).num_rows == 0
    pq.write_table(schema_of(FEEDS["orders"]).empty_table(), file)
    assert ensure_schema_files(shop.settings, FEEDS.values()) == [name]


def test_the_lake_has_the_types_of_the_contract_and_reads_with_the_schema_file(shop):
    ensure_schema_files(shop.settings, FEEDS.values())
    shop.take("products", "product_id,unit_cost,colour\np1,1.5,red\n")
    files = f"{shop.settings.lake}/products/*/*.parquet"
    rows = duckdb.sql(f"from read_parquet('{files}', union_by_name = true, hive_partitioning = true)")
    types = dict(zip(rows.columns, map(str, rows.types), strict=True))
    expected = {c.name: c.data_type.upper() for c in FEEDS["products"].all_columns}
    assert {name: types[name] for name in expected} == expected
    others = {name: kind for name, kind in types.items() if name not in expected}
    assert others == {
        "colour": "VARCHAR",
        "_file": "VARCHAR",
        "_file_number": "BIGINT",
        "_row": "BIGINT",
        "_loaded_at": "TIMESTAMP",
        "_nulled": "VARCHAR[]",
        "delivery": "DATE",
    }


def test_nothing_unfinished_stays_behind(shop):
    shop.take("products", TEXT + ",b\n")
    files = [
        f.relative_to(shop.settings.data).as_posix() for f in shop.settings.data.rglob("*") if f.is_file()
    ]
    assert sorted(file for file in files if not file.startswith(("landing", "shop.yml"))) == [
        "lake/products/delivery=2026-11-20/_delivery.json",
        "lake/products/delivery=2026-11-20/rows.parquet",
        "quarantine/products/delivery=2026-11-20/rows.parquet",
    ]


@pytest.mark.parametrize("step", ["lake.Path.replace", "delivery._commit", "delivery.write_mark"])
def test_a_process_killed_in_the_middle_is_healed_by_the_next(shop, step):
    shop.take("products", TEXT)
    shop.land("products", TEXT.replace("p1", "p2") + ",unusable\n")
    module, name = step.split(".", 1)
    script = f"""
        import os, signal
        from datetime import date
        from dagster_project.ingest import delivery, lake
        from dagster_project.ingest.contracts import read_contracts
        from dagster_project.settings import Settings
        {module}.{name} = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
        delivery.ingest_delivery(Settings(), read_contracts()["products"], date(2026, 11, 20))
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | {"LIFECYCLE_DATA": str(shop.settings.data)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert pending(shop) == [DAY]
    shop.read("products")
    assert [row["product_id"] for row in shop.rows("products")] == ["p2"]
    assert pending(shop) == []
    assert list((shop.settings.data / ".ingest").iterdir()) == []


def test_a_killed_change_is_healed_also_when_the_former_file_comes_back(shop):
    file = shop.land("products", TEXT)
    shop.read("products")
    kept = file.with_name("_kept")
    shutil.copy2(file, kept)
    shop.land("products", TEXT.replace("p1", "p2"))
    shop.read("products")
    (shop.settings.lake / "products" / f"delivery={DAY}" / "_delivery.json").unlink()
    shutil.copy2(kept, file)
    assert pending(shop) == [DAY]
    assert [row["product_id"] for row in shop.take("products", TEXT)] == ["p1"]
