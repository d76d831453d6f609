"""What the mark of a delivery knows of its rows in the lake: lost or other ones are read again or told."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest
from ingest_shop import DAY, FEEDS, Shop

from dagster_project import files
from dagster_project.assets.ingest import refuse_what_cannot_end_well
from dagster_project.ingest import lake
from dagster_project.ingest.lake import (
    MARK,
    ROWS,
    delivery_folder,
    ensure_schema_files,
    read_mark,
    write_mark,
)
from dagster_project.ingest.landing import CHECKSUM_EVERY, lost_deliveries, pending_deliveries

CARTS = "cart_id,created_at,updated_at\n"
FEED = FEEDS["carts"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop that delivered two files of carts, which were read."""
    shop = Shop(tmp_path / "data")
    shop.land(
        "carts",
        CARTS + "k1,2026-11-20 10:00,2026-11-20 10:00\nk2,2026-11-20 11:00,2026-11-20 11:00\n",
        "a.csv",
    )
    shop.land("carts", CARTS + "k3,2026-11-20 12:00,2026-11-20 12:00\n", "b.csv")
    shop.read("carts")
    return shop


def rows_of(shop: Shop) -> Path:
    return delivery_folder(shop.settings.lake, "carts", DAY) / ROWS


def mark_of(shop: Shop) -> Path:
    return rows_of(shop).with_name(MARK)


def pending(shop: Shop, **how: bool) -> list[date]:
    return pending_deliveries(shop.settings, FEED, DAY, **how)


def lost(shop: Shop) -> list[str]:
    return [f"{each.path}: {each.reason}" for each in lost_deliveries(shop.settings, [FEED], DAY)]


def gone(file: Path) -> None:
    file.unlink()


def half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def other(file: Path) -> None:
    """Whole, and of another delivery."""
    shop = Shop(file.parents[3] / "other")
    shop.land("carts", CARTS + "k9,2026-11-19 10:00,2026-11-19 10:00\n")
    shop.read("carts")
    shutil.copy(rows_of(shop), file)


DAMAGES = [gone, half, zeros, other]


def test_what_lies_as_it_was_written_is_not_opened(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lake, "rows_file", lambda *_arguments: pytest.fail("was opened"))
    assert pending(shop) == []
    assert lost(shop) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_lost_rows_are_read_again_from_landing(shop: Shop, damage: Callable[[Path], None]):
    before = shop.rows("carts")
    damage(rows_of(shop))
    assert (pending(shop), lost(shop)) == ([DAY], [])
    shop.read("carts")
    after = shop.rows("carts")
    assert [row["cart_id"] for row in after] == [row["cart_id"] for row in before] == ["k1", "k2", "k3"]
    assert after[0]["_loaded_at"] > before[0]["_loaded_at"], "by which incremental models notice"
    assert pending(shop) == []


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("landing", ["a.csv", "b.csv", "both"])
def test_lost_rows_whose_files_are_gone_stop_the_run(
    shop: Shop, damage: Callable[[Path], None], landing: str
):
    """Also when one of two files is left: reading that alone would lose the rows of the other."""
    damage(rows_of(shop))
    names = ["a.csv", "b.csv"] if landing == "both" else [landing]
    for name in names:
        (shop.settings.landing / "carts" / str(DAY) / name).unlink()
    assert pending(shop) == []
    with pytest.raises(dg.Failure) as failure:
        refuse_what_cannot_end_well(shop.settings, [FEED], DAY)
    [line] = str(failure.value.description).splitlines()
    assert line.startswith(f"lake/carts/delivery={DAY}: its rows are gone or damaged")
    assert f"put {', '.join(names)} back" in line


def test_files_that_are_gone_from_landing_do_nothing_while_the_lake_is_whole(shop: Shop):
    shutil.rmtree(shop.settings.landing / "carts" / str(DAY))
    assert (pending(shop), lost(shop)) == ([], [])


@pytest.mark.parametrize("damage", [gone, half, zeros])
def test_a_damaged_mark_is_written_anew(shop: Shop, damage: Callable[[Path], None]):
    damage(mark_of(shop))
    assert (pending(shop), lost(shop)) == ([DAY], [])
    shop.read("carts")
    assert pending(shop) == []


@pytest.mark.parametrize("damage", [gone, half, zeros])
def test_a_damaged_mark_without_files_stops_the_run(shop: Shop, damage: Callable[[Path], None]):
    shutil.rmtree(shop.settings.landing / "carts" / str(DAY))
    damage(mark_of(shop))
    [line] = lost(shop)
    assert "its mark is gone or damaged" in line


def test_a_mark_of_an_earlier_delivery_of_the_day_is_noticed(shop: Shop):
    earlier = mark_of(shop).read_bytes()
    shop.land("carts", CARTS + "k3,2026-11-20 12:30,2026-11-20 12:30\n", "b.csv")
    shop.read("carts")
    mark_of(shop).write_bytes(earlier)
    assert pending(shop) == [DAY]


def test_touched_rows_are_looked_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    os.utime(rows_of(shop), (1, 1))
    assert pending(shop) == []
    monkeypatch.setattr(lake, "rows_file", lambda *_arguments: pytest.fail("was opened again"))
    assert pending(shop) == []


@pytest.mark.parametrize(("taken", "waits"), [(3, []), (4, [DAY])])
def test_a_mark_of_a_former_version_is_held_by_the_number_of_rows(shop: Shop, taken: int, waits: list[date]):
    mark = read_mark(shop.settings, "carts", DAY)
    assert mark is not None
    del mark["lake"]
    write_mark(shop.settings, mark | {"taken": taken})
    assert pending(shop) == waits
    assert ("lake" in json.loads(mark_of(shop).read_text())) == (waits == [])


def test_bytes_that_change_by_themselves_are_noticed_within_a_month(shop: Shop):
    """Size and times stay as they are when a disk forgets; so each run takes the checksums of some days."""
    mark = read_mark(shop.settings, "carts", DAY)
    assert mark is not None
    content = bytearray(rows_of(shop).read_bytes())
    content[10] ^= 1
    rows_of(shop).write_bytes(content)
    status = rows_of(shop).stat()
    noted = mark["lake"] | {"mtime_ns": status.st_mtime_ns, "ctime_ns": status.st_ctime_ns}
    write_mark(shop.settings, mark | {"lake": noted})
    days = [DAY + timedelta(days=number) for number in range(CHECKSUM_EVERY)]
    noticed = [day for day in days if pending_deliveries(shop.settings, FEED, day, reads_lake=True)]
    assert noticed == [DAY]


@pytest.mark.parametrize("damage", [gone, half, zeros])
@pytest.mark.parametrize("name", [ROWS, MARK])
def test_damaged_empty_files_are_written_anew(tmp_path: Path, name: str, damage: Callable[[Path], None]):
    settings = Shop(tmp_path / "data").settings
    ensure_schema_files(settings, [FEED])
    folder = delivery_folder(settings.lake, "carts", lake.SCHEMA_DAY)
    whole = {file.name: file.read_bytes() for file in folder.iterdir()}
    (folder / name).write_bytes((folder / name).read_bytes() or b"{}")
    damage(folder / name)
    ensure_schema_files(settings, [FEED])
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == whole


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_delivery_whose_nth_sync_or_rename_fails_is_whole_or_read_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, call: str, number: int
):
    shop.land("carts", CARTS + "k3,2026-11-20 12:30,2026-11-20 12:30\n,2026-11-20,\n", "b.csv")
    owner = os if call == "fsync" else Path
    original, calls = getattr(owner, call), 0

    def fails(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number:
            raise OSError(28, os.strerror(28))
        return original(*arguments)

    monkeypatch.setattr(owner, call, fails)
    try:
        shop.read("carts")
    except OSError:
        assert calls == number
    else:
        assert calls < number
    monkeypatch.undo()
    if pending(shop):
        shop.read("carts")
    assert [row["created_at"].minute for row in shop.rows("carts")] == [0, 0, 30]
    assert len(shop.refused("carts")) == 1


def test_a_run_that_would_not_fit_does_not_begin(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage(shop.settings.data)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _folder: usage._replace(free=50_000_000))
    with pytest.raises(dg.Failure) as failure:
        refuse_what_cannot_end_well(shop.settings, [FEED], DAY)
    told = str(failure.value.description)
    assert told.startswith("this run needs about 100 MB in ")
    assert "50 MB are free" in told
