"""Publishing when the disk does not do what it should: readers find the old file or a whole new one."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from dagster_project import files
from dagster_project.files import DiskFull
from dagster_project.publish import swap
from dagster_project.publish.swap import PublishError, open_published, publish
from dagster_project.settings import Settings

ROWS = 3000


def build(settings: Settings, version: int, rows: int = ROWS) -> None:
    """A warehouse of three tables, in which every row bears the version."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema marts")
        for table in ("about", "customers", "orders"):
            warehouse.execute(
                f"create table marts.{table} as select {version} as version, md5(i::varchar) as text"
                f" from range({rows}) as numbers(i)"
            )


def read(settings: Settings) -> tuple[set[str], set[tuple[int, int]]]:
    """Tables of the published file, and the version and number of rows of each."""
    with open_published(settings) as published:
        names = {
            name
            for (name,) in published.execute(
                "select view_name from duckdb_views() where not internal"
            ).fetchall()
        }
        counts = {
            published.execute(f"select min(version), count(*) from {name}").fetchall()[0] for name in names
        }
    return names, counts


WHOLE = {"about", "customers", "orders"}


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """A shop that has published its first day and built its second."""
    build(settings, 1)
    publish(settings)
    build(settings, 2)
    return settings


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file can grow beyond a size in bytes: writes fail as on a full disk (EFBIG in place of ENOSPC)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_wherever_the_disk_is_full_the_old_file_stays_or_the_new_one_is_whole(shop: Settings):
    size = shop.published.stat().st_size
    refused = 0
    for limit in range(0, size + 65_536, 16_384):
        try:
            with files_of_at_most(limit):
                publish(shop)
        except (duckdb.Error, PublishError, OSError):
            refused += 1
            assert read(shop) == (WHOLE, {(1, ROWS)})
        else:
            assert read(shop) == (WHOLE, {(2, ROWS)})
            break
        assert [file.name for file in shop.published.parent.iterdir()] == [shop.published.name]
    else:
        pytest.fail("with room enough it was not published")
    assert refused > 10


def test_a_full_disk_is_an_error_and_publishes_nothing(tmp_path: Path):
    """A file system of its own that takes a part of the new file."""
    script = (
        "from dagster_project.settings import Settings; from dagster_project.publish import swap;"
        " swap.space_needed = lambda settings: 0; swap.publish(Settings())"
    )
    settings = Settings(data=tmp_path / "data")
    build(settings, 1, 30_000)
    settings.published.parent.mkdir()
    mounted = f"mount -t tmpfs -o size=1m full {settings.published.parent}"
    if subprocess.run(["unshare", "-rm", "sh", "-c", mounted], check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here; the test before limits files instead")
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{mounted} && "{sys.executable}" -c "$0"; code=$?;'
         f" ls -A {settings.published.parent}; exit $code", script],
        env=os.environ | settings.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_sync_or_rename_that_fails_is_an_error(
    shop: Settings, monkeypatch: pytest.MonkeyPatch, call: str, number: int
):
    """The old file stays, or, when only the folder's names could not be synced, the new one is whole."""
    calls = 0

    def fails(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return original(*arguments)

    owner = os if call == "fsync" else Path
    original = getattr(owner, call)
    monkeypatch.setattr(owner, call, fails)
    try:
        publish(shop)
    except OSError:
        assert calls == number
    else:
        assert calls < number
    monkeypatch.undo()
    tables, counts = read(shop)
    assert tables == WHOLE
    assert counts in ({(1, ROWS)}, {(2, ROWS)})
    assert calls >= number or counts == {(2, ROWS)}
    assert [file.name for file in shop.published.parent.iterdir()] == [shop.published.name]


def test_a_copy_that_lacks_rows_or_a_table_is_not_published(shop: Settings, monkeypatch: pytest.MonkeyPatch):
    copied = swap._copy_marts
    for loss in ("delete from marts.orders where rowid = 0", "drop view orders", "drop table marts.orders"):

        def loses(settings: Settings, new: Path, descriptions: object, loss: str = loss) -> dict[str, int]:
            rows = copied(settings, new, {})
            with duckdb.connect(str(new)) as connection:
                connection.execute(loss)
            return rows

        monkeypatch.setattr(swap, "_copy_marts", loses)
        with pytest.raises(PublishError, match="orders"):
            publish(shop)
        assert read(shop) == (WHOLE, {(1, ROWS)})


def test_what_an_earlier_run_left_beside_is_not_taken_for_the_new_file_s(shop: Settings):
    for name in (".lifecycle.duckdb.unfinished", ".lifecycle.duckdb.unfinished.wal", "lifecycle.duckdb.wal"):
        (shop.published.parent / name).write_bytes(b"left over")
    publish(shop)
    assert [file.name for file in shop.published.parent.iterdir()] == [shop.published.name]
    assert read(shop) == (WHOLE, {(2, ROWS)})


@pytest.mark.parametrize("content", [b"", b"no database", bytes(500_000)])
def test_a_damaged_published_file_is_replaced(shop: Settings, content: bytes):
    shop.published.write_bytes(content)
    publish(shop)
    assert read(shop) == (WHOLE, {(2, ROWS)})


def test_what_would_not_fit_is_not_begun(shop: Settings, monkeypatch: pytest.MonkeyPatch):
    usage = files.shutil.disk_usage(shop.data)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _folder: usage._replace(free=400_000))
    with pytest.raises(DiskFull, match=r"publishing needs about \d+ MB in .*published, and 1 MB are free"):
        publish(shop)
    assert read(shop) == (WHOLE, {(1, ROWS)})
