"""Every file that later runs rely on: gone, halved, zeroed or old, it heals or one line tells what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from golden_shop import FIRST, SECOND, land
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.settings import PROJECT, Settings

KINDS = ("gone", "half", "zeros", "old")

#: Every kind of file that the pipeline keeps beside the databases of dbt and Dagster.
FILES = (
    "state.json",
    "published/lifecycle.duckdb",
    "reported/kpis.parquet",
    "reported/kpis.second.parquet",
    "reported/facts.parquet",
    "reported/facts.second.parquet",
    "resolved/predictions/customers.parquet",
    "resolved/predictions/fit.parquet",
    "resolved/predictions/calibration.parquet",
    "resolved/predictions/fits.json",
    f"lake/orders/delivery={FIRST}/rows.parquet",
    f"lake/sessions/delivery={FIRST}/_delivery.json",
    f"lake/customers/delivery={FIRST}/rows.parquet",
    f"lake/customers/delivery={FIRST}/_delivery.json",
    "lake/leads/delivery=1900-01-01/rows.parquet",
    "lake/leads/delivery=1900-01-01/_delivery.json",
    f"exports/high_value/csv/{FIRST}/.record.parquet",
    f"exports/high_value/csv/{FIRST}/manifest.json",
    f"exports/new_customers/csv/{FIRST}/manifest.json",
    ".dbt/built.fingerprint",
    ".dbt/tables.fingerprint",
    ".dbt/manifest.fingerprint",
    ".dbt/manifest.json",
    ".dbt/partial_parse.msgpack",
    ".dbt/run_results.json",
    ".dbt/semantic_manifest.json",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def former(new_data_folder: Callable[[], Path]) -> Path:
    """The golden shop after its first day."""
    settings = Settings(data=new_data_folder(), hash_key="key-of-the-tests")
    land(settings, FIRST)
    run(settings, FIRST)
    return settings.data


@pytest.fixture(scope="module")
def shop(former: Path) -> Settings:
    """The same shop after its second day."""
    shutil.copytree(former, former.with_name("after_second_day"))
    settings = Settings(data=former.with_name("after_second_day"), hash_key="key-of-the-tests")
    land(settings, SECOND)
    run(settings, SECOND)
    return settings


@pytest.fixture
def mended(shop: Settings, tmp_path: Path) -> Iterator[Settings]:
    """The shop, put back afterwards as it was, so that each kind of damage meets a whole one."""
    kept = shutil.copytree(shop.data, tmp_path / "kept")
    yield shop
    shutil.rmtree(shop.data)
    shutil.move(kept, shop.data)


def run(settings: Settings, day: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", "run", "--day", str(day)],
        cwd=PROJECT, env=os.environ | settings.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def damage(file: Path, kind: str, former: Path) -> None:
    """Does to a file what crashes, full disks and half restored backups do; empty ones get some content."""
    whole = file.read_bytes() or b"{"
    file.unlink()
    if kind != "gone":
        old = former.read_bytes() if former.exists() else b"{}"
        file.write_bytes({"half": whole[: len(whole) // 2], "zeros": bytes(len(whole)), "old": old}[kind])


@contextmanager
def put_back(file: Path) -> Iterator[None]:
    whole = file.read_bytes()
    try:
        yield
    finally:
        file.write_bytes(whole)


def marts(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every published table, without the moment of building."""
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        ]
        return {
            name: connection.execute(
                f"select * exclude (built_at) from {name} order by all"
                if name == "about"
                else f"from {name} order by all"
            ).fetchall()
            for name in names
        }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", [*FILES, "shop.yml"])
def test_looking_heals_or_tells_in_one_line(
    shop: Settings, former: Path, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
):
    for name, value in shop.environment().items():
        monkeypatch.setenv(name, value)
    with put_back(shop.data / path):
        damage(shop.data / path, kind, former / path)
        for command in ("status", "board", "quarantine"):
            result = CliRunner().invoke(app, [command])
            assert isinstance(result.exception, SystemExit | None), f"{command}: {result.exception!r}"
            assert result.exit_code in {0, 2}
            lines = result.stderr.strip().splitlines()
            assert len(lines) == (1 if result.exit_code else 0)
            if result.exit_code:
                assert Path(path).name in lines[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_makes_all_of_them_good(mended: Settings, former: Path, kind: str):
    """Of what was reported one copy at a time is damaged; the numbers are those of an undisturbed shop."""
    before = marts(mended)
    for path in FILES:
        if "second" not in path:
            damage(mended.data / path, kind, former / path)
    run(mended, SECOND)
    assert marts(mended) == before


def test_a_run_without_what_was_landed_tells_which_rows_are_lost(shop: Settings):
    file = shop.lake / "orders" / f"delivery={FIRST}" / "rows.parquet"
    before = shop.published.read_bytes()
    landed = shop.landing / "orders" / str(FIRST)
    aside = shop.data / "aside"
    landed.rename(aside)
    try:
        with put_back(file):
            damage(file, "half", file)
            done = subprocess.run(
                [sys.executable, "-m", "dagster_project.cli", "run", "--day", str(SECOND)],
                cwd=PROJECT, env=os.environ | shop.environment(), capture_output=True, text=True, check=False,
            )  # fmt: skip
    finally:
        aside.rename(landed)
    assert done.returncode == 1
    assert f"lake/orders/delivery={FIRST}: its rows are gone or damaged" in done.stderr
    assert "Traceback" not in done.stderr
    assert shop.published.read_bytes() == before
