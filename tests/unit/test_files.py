"""How files are written: whole or not at all, whatever fails on the way."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.files import read_text, replaced, write_text
from dagster_project.publish import reports
from dagster_project.publish.reports import DamagedFile, ensure_files, folder, remember, second
from dagster_project.settings import PROJECT, Settings, SettingsError
from dagster_project.state import advance_as_of, read_as_of

DAY = date(2026, 2, 1)


def test_a_file_is_synced_renamed_and_its_folder_synced_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    did: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def told_fsync(descriptor: int) -> None:
        did.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def told_replace(source: Path, target: Path) -> Path:
        did.append(f"rename {source.name} {target.name}")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", told_fsync)
    monkeypatch.setattr(Path, "replace", told_replace)
    write_text("new", tmp_path / "folder" / "a.json")
    assert did == [
        "sync .a.json.unfinished",
        "rename .a.json.unfinished a.json",
        "sync folder",
    ]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_when_writing_fails_the_former_file_stays_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
):
    file = tmp_path / "a.json"
    write_text("old", file)

    def fails(*_arguments: object) -> None:
        raise OSError(28, os.strerror(28))

    if failing != "write":
        monkeypatch.setattr(os if failing == "fsync" else Path, failing, fails)
    with pytest.raises(OSError, match="No space left"), replaced(file) as unfinished:
        unfinished.write_text("ne")
        if failing == "write":
            fails()
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    assert read_text(file) == "old"


def test_files_are_renamed_in_one_module_only():
    """Moves of the shop's own files, and of parts within a folder that is not in its place yet, are none."""
    others = {"ingest/landing.py", "ingest/lake.py", "activate/export.py", "activate/files.py",
              "activate/retention.py", "erasure/lists.py", "intake/filing.py",
              "sample/styles.py"}  # fmt: skip
    found = {
        str(file.relative_to(PROJECT / "dagster_project"))
        for file in (PROJECT / "dagster_project").rglob("*.py")
        if re.search(
            r"\.rename\(\w+\)|\.replace\([\w./ \[\]]+\)$|os\.replace", file.read_text(), re.MULTILINE
        )
    }
    assert found - others == {"files.py"}


@pytest.mark.parametrize("content", [None, "", '{"as_of": "2026-', "\0" * 23, "[]", '{"as_of": 3}'])
def test_a_damaged_state_is_read_from_what_was_published(settings: Settings, content: str | None):
    settings.published.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published)) as published:
        published.execute(f"create table about as select date '{DAY}' as as_of")
    if content is not None:
        settings.state_file.write_text(content)
    assert read_as_of(settings) == DAY
    assert advance_as_of(settings, date(2026, 1, 1)) == DAY
    assert json.loads(settings.state_file.read_text()) == {"as_of": str(DAY)}


@pytest.mark.parametrize("content", [None, "", "\0" * 23])
def test_a_damaged_state_before_anything_was_published_is_none(settings: Settings, content: str | None):
    settings.data.mkdir(parents=True)
    if content is not None:
        settings.state_file.write_text(content)
    assert read_as_of(settings) is None
    assert advance_as_of(settings, DAY) == DAY


def test_a_shop_that_has_been_run_does_not_lose_its_settings_quietly(settings: Settings):
    assert settings.shop["currency"] == "JPY"
    write_text("", settings.build_mark)
    (settings.data / "shop.yml").unlink()
    with pytest.raises(SettingsError, match=r"shop.yml: is gone.*put it back"):
        _ = Settings().shop


@pytest.fixture
def reported(settings: Settings) -> Settings:
    """A shop with two reports in its memory."""
    ensure_files(settings)
    for report in (1, 2):
        with duckdb.connect() as connection:
            for name, empty in (("kpis", reports.EMPTY_KPIS), ("facts", reports.EMPTY_FACTS)):
                file = folder(settings) / f"{name}.parquet"
                connection.execute(f"create or replace table memory as {empty}")
                connection.execute(f"insert into memory by name from '{file}'")
                connection.execute(f"insert into memory (report) values ({report})")
                reports.write(connection, "from memory order by report", file)
    return settings


def damage(file: Path, how: str, old: bytes) -> None:
    """What can happen to a file."""
    whole = file.read_bytes()
    if how == "gone":
        file.unlink()
    else:
        changed = {"half": whole[: len(whole) // 2], "zeros": bytes(len(whole)), "old": old}
        file.write_bytes(changed[how])


@pytest.mark.parametrize("how", ["gone", "half", "zeros", "old", "damaged in the middle"])
@pytest.mark.parametrize("is_second", [False, True])
@pytest.mark.parametrize("name", ["kpis", "facts"])
def test_one_copy_of_what_was_reported_makes_the_other_good(
    reported: Settings, name: str, is_second: bool, how: str
):
    file = folder(reported) / f"{name}.parquet"
    whole = file.read_bytes()
    hurt = second(file) if is_second else file
    if how == "damaged in the middle":
        hurt.write_bytes(whole[:4] + bytes(60) + whole[64:])
    else:
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (from '{file}' where report < 2) to '{reported.data / 'old'}' (format parquet)"
            )
        damage(hurt, how, (reported.data / "old").read_bytes())
    ensure_files(reported)
    assert file.read_bytes() == second(file).read_bytes() == whole


@pytest.mark.parametrize("how", ["half", "zeros"])
def test_what_was_reported_is_not_begun_anew_unasked(reported: Settings, how: str):
    file = folder(reported) / "kpis.parquet"
    damage(file, how, b"")
    damage(second(file), "gone", b"")
    with pytest.raises(DamagedFile, match=r"kpis.parquet: neither it nor kpis.second.parquet can be read"):
        remember(reported)
