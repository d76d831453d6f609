"""Lists of marketing tools lose erased persons, and each tool gets what it needs to take them out."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from activate_warehouse import DAY, SEGMENT, build_warehouse, bytes_of, member, rows_of
from erased_shop import TARO, bury

from dagster_project.activate.destination import Destination, read_destinations
from dagster_project.activate.differences import RECORD
from dagster_project.activate.export import export
from dagster_project.activate.push import ACCEPTED, PUSHED, push_list
from dagster_project.erasure.lists import clean_lists, erased_rows, forget_keys
from dagster_project.erasure.persons import Found
from dagster_project.erasure.search import search
from dagster_project.erasure.texts import Finder
from dagster_project.settings import Settings

NEXT = DAY + timedelta(days=1)
DESTINATIONS = read_destinations()
CONSENTS = dict.fromkeys(["email", "sms", "line", "push", "ads"], True)
#: What the published data calls Taro.
PERSON = "7" * 32
ADDRESSES = {
    "email": "taro@example.jp",
    "phone": "+819012345678",
    "line_user_id": "U0123456789abcdef0123456789abcdef",
    "shop_customer_id": "C0000007",
}


def people(*names: str) -> list[dict]:
    others = {
        name: {
            "email": f"{name}@example.jp",
            "phone": f"+81901111{number:04d}",
            "line_user_id": f"U{number:032d}",
            "shop_customer_id": f"C000010{number}",
        }
        for number, name in enumerate(["ann", "ben"])
    }
    return [
        member(
            name if name != "taro" else "7" * 32, consents=CONSENTS, **(others | {"taro": ADDRESSES})[name]
        )
        for name in names
    ]


class Lists:
    """The exports of one list."""

    def __init__(self, settings: Settings, to: Destination) -> None:
        self.settings, self.to = settings, to
        self.folder = settings.exports / SEGMENT.name / to.name
        self.removals = settings.data / "erasures" / "one" / "removals"

    def export(self, day, *names: str):
        warehouse = build_warehouse(self.settings.warehouse, people(*names))
        return export(warehouse, self.settings.exports, SEGMENT, self.to, day)

    def clean(self) -> Finder:
        self.settings.warehouse.unlink()
        finder = bury(self.settings, Found(set(TARO), set(), {PERSON}))
        self.cleaned = clean_lists(self.settings, finder, DAY, self.removals)
        return finder


@pytest.mark.parametrize("name", sorted(DESTINATIONS))
def test_every_tool_is_told_whom_to_take_out_and_we_forget_it(settings: Settings, name: str):
    lists = Lists(settings, DESTINATIONS[name])
    for offset in (3, 2, 1, 0):
        assert lists.export(DAY - timedelta(days=offset), "ann", "ben", "taro").rows["full"] == 3
    finder = lists.clean()
    assert [file.parent for file in lists.cleaned.removals] == [lists.removals / SEGMENT.name / name]
    (removed,) = lists.cleaned.removals
    assert removed.stat().st_mode & 0o777 == 0o600
    days = sorted(folder.name for folder in lists.folder.iterdir())
    assert days == [str(DAY - timedelta(days=1)), str(DAY)], "the next export is compared with one of them"
    seen = search(settings, finder)
    assert [file for file in seen.found if not file.startswith("erasures/one/removals/")] == []
    report = lists.export(NEXT, "ann", "ben")
    assert (report.rows["added"], report.rows["removed"], report.rows["full"]) == (0, 0, 2)
    assert report.baseline is None


@pytest.mark.parametrize("name", sorted(DESTINATIONS))
def test_a_removal_file_is_what_an_export_would_have_written(settings: Settings, tmp_path: Path, name: str):
    lists = Lists(settings, DESTINATIONS[name])
    lists.export(DAY, "ann", "ben", "taro")
    other = Lists(Settings(data=tmp_path / "other"), DESTINATIONS[name])
    other.export(DAY, "ann", "ben", "taro")
    expected = other.export(NEXT, "ann", "ben")
    lists.clean()
    (removed,) = lists.cleaned.removals
    (wanted,) = (expected.folder / file.name for file in expected.files if file.kind == "removed")
    if removed.suffix == ".parquet":
        one, other = (pq.ParquetFile(file).read() for file in (removed, wanted))
        assert (one.to_pylist(), one.schema.names) == (other.to_pylist(), other.schema.names)
    else:
        assert bytes_of(removed) == bytes_of(wanted)


def test_who_left_before_is_in_no_file_of_the_past(settings: Settings):
    lists = Lists(settings, DESTINATIONS["csv"])
    for offset, names in ((2, ("ann", "ben", "taro")), (1, ("ann", "ben")), (0, ("ann", "ben"))):
        lists.export(DAY - timedelta(days=offset), *names)
    finder = lists.clean()
    assert lists.cleaned.removals == [], "the tool was told by the export"
    assert search(settings, finder).found == {}
    assert len(rows_of(lists.folder / str(DAY), "full")) == 2, "a day that names nobody stays"


def test_cleaning_twice_changes_nothing(settings: Settings):
    lists = Lists(settings, DESTINATIONS["hubspot"])
    lists.export(DAY, "ann", "ben", "taro")
    finder = lists.clean()
    before = {file: file.read_bytes() for file in settings.data.rglob("*") if file.is_file()}
    again = clean_lists(settings, finder, DAY, lists.removals)
    assert (again.rows, again.days, again.removals) == (0, 0, [])
    assert {file: file.read_bytes() for file in settings.data.rglob("*") if file.is_file()} == before


def test_a_second_person_gets_a_file_beside_the_first(settings: Settings):
    """When another is named before the first erasure has come to its end."""
    lists = Lists(settings, DESTINATIONS["hubspot"])
    lists.export(DAY, "ann", "ben", "taro")
    lists.clean()
    ben = bury(settings, Found({("email", "ben@example.jp")}))
    cleaned = clean_lists(settings, ben, DAY, lists.removals)
    names = sorted(file.parent.name for file in lists.removals.rglob("removed*"))
    assert names == ["hubspot", "hubspot-again"]
    assert b"taro@" not in cleaned.removals[0].read_bytes()


def test_a_record_that_does_not_fit_its_manifest_is_mended(settings: Settings):
    """As after a cut between the two writes."""
    lists = Lists(settings, DESTINATIONS["csv"])
    lists.export(DAY, "ann", "ben", "taro")
    record = lists.folder / str(DAY) / RECORD
    before = record.read_bytes()
    lists.clean()
    record.write_bytes(before)
    finder = bury(settings)
    clean_lists(settings, finder, DAY, lists.removals)
    assert not any(erased_rows(record, finder))
    assert lists.export(NEXT, "ann", "ben").baseline is None


def test_a_tool_with_an_api_takes_the_person_back_by_the_key(settings: Settings):
    lists = Lists(settings, DESTINATIONS["hubspot"])
    lists.export(DAY, "ann", "ben", "taro")
    accepted = lists.folder / PUSHED / ACCEPTED
    accepted.parent.mkdir()
    record = pq.ParquetFile(lists.folder / str(DAY) / RECORD).read()
    key = {"key_sha256": lists.to.for_segment(SEGMENT.name).key_sha256}
    pq.write_table(record.replace_schema_metadata(key), accepted)
    finder = lists.clean()
    kept = [row for row in pq.ParquetFile(accepted).read().to_pylist() if row["Email"] == "taro@example.jp"]
    assert [{name: value for name, value in row.items() if value is not None} for row in kept] == [
        {"Email": "taro@example.jp"}
    ]
    pending = push_list(settings.exports, SEGMENT.name, lists.to).pending
    assert pending == {"removed": 1, "changed": 0, "added": 0}
    assert forget_keys(settings, finder) == 1
    assert push_list(settings.exports, SEGMENT.name, lists.to).pending["removed"] == 0
    assert isinstance(pq.ParquetFile(accepted).read(), pa.Table)


def test_the_manifest_of_a_reduced_day_says_so(settings: Settings):
    lists = Lists(settings, DESTINATIONS["csv"])
    lists.export(DAY, "ann", "ben", "taro")
    lists.clean()
    manifest = json.loads((lists.folder / str(DAY) / "manifest.json").read_bytes())
    assert (manifest["rows"]["full"], manifest["files"]) == (2, [])
