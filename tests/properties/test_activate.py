"""Whatever people, consents and days there are: differences add up, and nobody is in who may not be."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from activate_warehouse import DAY, SEGMENT, build_warehouse, destination, member, rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_project.activate.destination import Column, Destination
from dagster_project.activate.export import ExportReport, Status, export

PERSONS = [f"p{number}" for number in range(8)]
EMAILS = [None, "", "x@pc.fw.rakuten.ne.jp", *(f"e{number}@example.jp" for number in range(9))]
PHONES = [None, *(f"+8190123400{number:02}" for number in range(4))]
NAMES = ["山田", "鈴木", "=1+1", None]

people = st.fixed_dictionaries(
    {
        "email": st.sampled_from(EMAILS),
        "phone": st.sampled_from(PHONES),
        "name": st.sampled_from(NAMES),
        "is_control": st.sampled_from([False, False, False, True]),
        "is_erased": st.sampled_from([False, False, False, True]),
        "consents": st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("email", "ads"), st.sampled_from([True, True, False]))
        ),
    }
)
#: Everybody with something: many persons for the price of one export.
crowds = st.fixed_dictionaries(dict.fromkeys(PERSONS, people))
#: A day's members: each person at most once.
days = st.dictionaries(st.sampled_from(PERSONS), people, max_size=len(PERSONS))

BY_EMAIL = destination()
BY_EMAIL_OR_PHONE = destination(
    name="ads_platform",
    channel="ads",
    addresses=["email", "phone"],
    key=["Email", "Phone"],
    columns=[
        Column(name="Email", value="email"),
        Column(name="Phone", value="phone"),
        Column(name="Name", value="name"),
    ],
)


def export_day(
    folder: Path, to: Destination, people_of_day: dict, offset: int, **options: bool
) -> ExportReport:
    members = [member(person, **attributes) for person, attributes in people_of_day.items()]
    warehouse = build_warehouse(folder / "warehouse.duckdb", members)
    return export(warehouse, folder / "exports", SEGMENT, to, DAY + timedelta(days=offset), **options)


def apply_differences(state: dict, report: ExportReport, to: Destination) -> None:
    """Does what a destination does with the files, and insists that each step makes sense."""

    def key(row: dict) -> tuple:
        return tuple(row[name] for name in to.key)

    for row in rows_of(report.folder, "removed"):
        del state[key(row)]
    for row in rows_of(report.folder, "changed"):
        assert state[key(row)] != row
        state[key(row)] = row
    for row in rows_of(report.folder, "added"):
        assert key(row) not in state
        state[key(row)] = row


@pytest.mark.parametrize("to", [BY_EMAIL, BY_EMAIL_OR_PHONE], ids=lambda to: to.name)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(days, min_size=30, max_size=30))
def test_differences_applied_day_after_day_give_the_full_list(to, history):
    state: dict = {}
    with tempfile.TemporaryDirectory() as folder:
        for offset, people_of_day in enumerate(history):
            report = export_day(Path(folder), to, people_of_day, offset, allow_empty=True)
            apply_differences(state, report, to)
            full = rows_of(report.folder, "full")
            assert sorted(state.values(), key=str) == sorted(full, key=str)


def may_be_in(attributes: dict, channel: str) -> bool:
    is_barred = attributes["is_control"] or attributes["is_erased"]
    return attributes["consents"].get(channel, False) and not is_barred


@pytest.mark.parametrize("to", [BY_EMAIL, BY_EMAIL_OR_PHONE], ids=lambda to: to.name)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(people_of_day=crowds)
def test_nobody_is_in_a_file_who_may_not_be(to, people_of_day):
    with tempfile.TemporaryDirectory() as folder:
        report = export_day(Path(folder), to, people_of_day, 0)
        given_away = {
            row[name]
            for kind in report.rows
            for row in rows_of(report.folder, kind)
            for name in to.key
            if row[name]
        }
    allowed = {
        attributes[address]
        for attributes in people_of_day.values()
        if may_be_in(attributes, to.channel)
        for address in to.addresses
        if attributes[address] and "rakuten" not in attributes[address]
    }
    assert given_away == allowed
    assert report.members == len(people_of_day) == report.rows["full"] + sum(report.excluded.values())


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(days, min_size=2, max_size=6))
def test_a_held_list_never_removes_and_catches_up(history):
    state: dict = {}
    with tempfile.TemporaryDirectory() as folder:
        for offset, people_of_day in enumerate(history):
            report = export_day(Path(folder), BY_EMAIL, people_of_day, offset)
            if report.status is Status.HELD:
                assert state and report.rows["full"] == 0
                continue
            apply_differences(state, report, BY_EMAIL)
            assert len(state) == report.rows["full"]
