"""Who is in a file and who is not, what a day's folder holds, and how it gets there."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from activate_warehouse import (
    DAY,
    SEGMENT,
    build_warehouse,
    bytes_of,
    contents,
    destination,
    member,
    rows_of,
)

from dagster_project.activate import export as export_module
from dagster_project.activate.destination import Channel, Column, read_destinations
from dagster_project.activate.differences import Baseline
from dagster_project.activate.export import ExportError, ExportReport, Status, export, export_list, opened

MAILER = destination()


@pytest.fixture
def run(tmp_path: Path):
    """Builds the warehouse from members and exports them."""

    def build_and_export(members, to=MAILER, day=DAY, segment=SEGMENT, **options) -> ExportReport:
        warehouse = build_warehouse(tmp_path / "warehouse.duckdb", members)
        return export(warehouse, tmp_path / "exports", segment, to, day, **options)

    return build_and_export


def emails(report: ExportReport, kind: str = "full") -> list[str]:
    return [row["Email"] for row in rows_of(report.folder, kind)]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "is_member"),
    [
        (DAY, None, True),
        (DAY + timedelta(days=1), None, False),
        (DAY - timedelta(days=9), DAY + timedelta(days=1), True),
        (DAY - timedelta(days=9), DAY, False),
    ],
)
def test_members_are_those_of_the_day(run, valid_from, valid_to, is_member):
    report = run([member("a", valid_from=valid_from, valid_to=valid_to)])
    assert emails(report) == (["a@example.jp"] if is_member else [])


def test_members_of_other_segments_are_not_taken(run):
    assert run([member("a"), member("b", segment="new_customers")]).rows["full"] == 1


def test_everybody_left_out_is_counted_once_with_the_first_reason(run):
    report = run(
        [
            member("a1"),
            member("a2", is_erased=True, is_control=True, consents={}, email=None),
            member("b1", is_control=True, consents={}, email=None),
            member("c1", consents={"email": False}),
            member("c2", consents={}),
            member("c3", consents={"ads": True}, email=None),
            member("d1", email=None),
            member("d2", email="  "),
            member("d3", email="no address"),
            member("e1", email="815db15ff6ee7c02@pc.fw.rakuten.ne.jp"),
            member("e2", email="x1y2z3@marketplace.amazon.co.jp"),
            member("f1", email="a1@example.jp"),
        ]
    )
    assert emails(report) == ["a1@example.jp"]
    assert report.excluded == {
        "erased": 1,
        "control_group": 1,
        "no_consent": 3,
        "masked_address": 2,
        "no_address": 3,
        "duplicate_address": 1,
    }
    assert report.members == 12


def test_an_address_of_a_similar_domain_is_not_masked(run):
    report = run([member("a", email="a@notfw.rakuten.ne.jp"), member("b", email="b@rakuten.ne.jp")])
    assert report.rows["full"] == 2


def test_addresses_that_japanese_carriers_gave_out_are_kept(run):
    report = run([member("a", email="abc..def@docomo.ne.jp"), member("b", email="abc.@ezweb.ne.jp")])
    assert report.rows["full"] == 2


def test_a_person_without_contact_row_or_flag_is_left_out(run, tmp_path):
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", [member("a"), member("b", is_control=None)])
    with duckdb.connect(warehouse) as connection:
        connection.execute("delete from intermediate.int_contacts where customer_id = 'a'")
    report = export(warehouse, tmp_path / "exports", SEGMENT, MAILER, DAY)
    assert report.excluded["no_address"] == 1
    assert report.excluded["control_group"] == 1


ADS = destination(
    channel="ads",
    addresses=["email", "phone"],
    key=["Email", "Phone"],
    columns=[Column(name="Email", value="email"), Column(name="Phone", value="phone")],
)
FOR_ADS = {"consents": {"ads": True}}


def test_one_usable_address_is_enough(run):
    report = run(
        [
            member("a", phone="+819012345678", email="a@pc.fw.rakuten.ne.jp", **FOR_ADS),
            member("b", phone=None, **FOR_ADS),
            member("c", phone=None, email=None, **FOR_ADS),
        ],
        ADS,
    )
    assert rows_of(report.folder, "full") == [
        {"Email": "", "Phone": "+819012345678"},
        {"Email": "b@example.jp", "Phone": ""},
    ]


def test_an_address_is_given_to_one_person_only(run):
    report = run(
        [
            member("a", email="family@example.jp", phone=None, **FOR_ADS),
            member("b", email="family@example.jp", phone="+819011111111", **FOR_ADS),
            member("c", email=None, phone="+819011111111", **FOR_ADS),
        ],
        ADS,
    )
    given = [value for row in rows_of(report.folder, "full") for value in row.values() if value]
    assert sorted(given) == ["+819011111111", "family@example.jp"]
    assert report.excluded["duplicate_address"] == 1


def test_consent_for_one_channel_does_not_carry_the_address_of_another(run):
    csv = read_destinations()["csv"]
    report = run([member("a", phone="+819012345678", line_user_id="U1")], csv)
    (row,) = rows_of(report.folder, "full")
    assert (row["email"], row["phone"], row["line_user_id"]) == ("a@example.jp", "", "")
    by_sms = SEGMENT.model_copy(update={"channel": Channel.SMS})
    report = run([member("a", phone="+819012345678", consents={"sms": True})], csv, segment=by_sms)
    (row,) = rows_of(report.folder, "full")
    assert (row["email"], row["phone"], row["line_user_id"]) == ("", "+819012345678", "")


def test_first_export_adds_everybody(run):
    report = run([member("a"), member("b")])
    assert report.rows == {"full": 2, "added": 2, "removed": 0, "changed": 0}
    assert report.baseline is Baseline.FIRST_EXPORT
    assert report.compared_with is None


def test_differences_are_relative_to_the_last_exported_day(run):
    run([member("a"), member("b"), member("c")], day=DAY - timedelta(days=5))
    report = run([member("a"), member("b", name="鈴木 花子"), member("d")])
    assert report.compared_with == DAY - timedelta(days=5)
    assert emails(report, "added") == ["d@example.jp"]
    assert rows_of(report.folder, "removed") == [{"Email": "c@example.jp"}]
    assert rows_of(report.folder, "changed") == [{"Email": "b@example.jp", "Name": "鈴木 花子"}]


def test_a_change_of_what_is_not_exported_is_no_change(run):
    run([member("a", orders=3)], day=DAY - timedelta(days=1))
    assert run([member("a", orders=4)]).rows["changed"] == 0


def test_members_of_a_prediction_are_not_changed_every_day(run):
    """Predictions exist for as_of only, so that everybody is a member since today, and was so yesterday."""
    csv = read_destinations()["csv"]
    predicted = SEGMENT.model_copy(update={"history": False})
    for segment, changed in ((SEGMENT, 1), (predicted, 0)):
        for day in (DAY - timedelta(days=1), DAY):
            report = run([member("a", valid_from=day)], csv, day=day, segment=segment)
        assert report.rows["changed"] == changed
    assert rows_of(report.folder, "full")[0]["member_since"] == ""


def test_a_removed_person_can_be_given_a_value(run):
    tagging = destination(
        columns=[
            Column(name="Email", value="email"),
            Column(name="Segment", value="segment", when_removed=""),
            Column(name="Active", value="'yes'", when_removed="no"),
            Column(name="Name", value="name"),
        ]
    )
    run([member("a"), member("b")], tagging, day=DAY - timedelta(days=1))
    report = run([member("a")], tagging)
    assert rows_of(report.folder, "removed") == [{"Email": "b@example.jp", "Segment": "", "Active": "no"}]


def test_whoever_withdraws_consent_is_removed_by_key_only(run):
    run([member("a"), member("b")], day=DAY - timedelta(days=1))
    report = run([member("a"), member("b", consents={"email": False})])
    assert rows_of(report.folder, "removed") == [{"Email": "b@example.jp"}]
    assert "b@example.jp" not in emails(report) + emails(report, "added") + emails(report, "changed")


def test_an_address_that_passes_to_another_person_is_not_removed(run):
    shared = {"email": "family@example.jp"}
    run([member("a", **shared), member("b", **shared)], day=DAY - timedelta(days=1))
    report = run([member("b", name="次郎", **shared)])
    assert (report.rows["added"], report.rows["removed"], report.rows["changed"]) == (0, 0, 1)


def test_the_same_day_again_gives_the_same_bytes_and_compares_with_the_day_before(run):
    members = [member(f"p{number}") for number in range(200)]
    run(members[:150], day=DAY - timedelta(days=1))
    for to in (MAILER, *(read_destinations()[name] for name in ("csv", "parquet"))):
        first = contents(run(members, to).folder)
        assert contents(run(list(reversed(members)), to).folder) == first


def test_an_earlier_day_does_not_compare_with_a_later_one(run):
    run([member("a")], day=DAY)
    assert run([member("a")], day=DAY - timedelta(days=1)).baseline is Baseline.FIRST_EXPORT


def test_a_lost_record_is_a_new_baseline_with_a_warning(run):
    yesterday = run([member("a"), member("b")], day=DAY - timedelta(days=1)).folder
    (yesterday / ".record.parquet").unlink()
    report = run([member("a")])
    assert report.baseline is Baseline.RECORD_LOST
    assert report.rows == {"full": 1, "added": 1, "removed": 0, "changed": 0}
    assert any("lost" in warning for warning in report.warnings)


@pytest.mark.parametrize("damage", ["", "{", "{}", "[]"])
def test_a_damaged_manifest_is_a_lost_record(run, damage):
    yesterday = run([member("a")], day=DAY - timedelta(days=1)).folder
    (yesterday / "manifest.json").write_text(damage)
    assert run([member("a")]).baseline is Baseline.RECORD_LOST


def test_a_changed_record_is_not_trusted(run):
    yesterday = run([member("a")], day=DAY - timedelta(days=1)).folder
    with (yesterday / ".record.parquet").open("ab") as record:
        record.write(b"x")
    assert run([member("a")]).baseline is Baseline.RECORD_LOST


def test_lists_recognised_by_other_columns_are_not_compared(run):
    run([member("a")], day=DAY - timedelta(days=1))
    hashed = destination(columns=[Column(name="Email", value="email", hash="sha256")])
    report = run([member("a")], hashed)
    assert report.baseline is Baseline.KEY_CHANGED
    assert report.rows["removed"] == 0


def test_a_new_column_changes_everybody_and_still_removes(run):
    run([member("a"), member("b")], day=DAY - timedelta(days=1))
    wider = destination(columns=[*MAILER.columns, Column(name="Stage", value="stage")])
    report = run([member("a"), member("c")], wider)
    assert report.rows == {"full": 2, "added": 1, "removed": 1, "changed": 1}


def test_a_list_does_not_become_empty_unasked(run, tmp_path):
    run([member("a")], day=DAY - timedelta(days=1))
    held = run([])
    assert held.status is Status.HELD
    assert held.warnings
    assert [folder.name for folder in (tmp_path / "exports/at_risk/mailer").iterdir()] == ["2026-11-21"]
    assert run([member("b")], day=DAY + timedelta(days=1)).rows["removed"] == 1


def test_a_small_list_becomes_empty_by_itself_unless_the_source_is_empty(run):
    others = [member("z", segment="churned")]
    run([member("a"), member("b"), *others], day=DAY - timedelta(days=1))
    assert run([], hold_from=3).status is Status.HELD, "nobody is in any segment"
    assert run(others, hold_from=2).status is Status.HELD
    assert run(others, hold_from=3).rows["removed"] == 2


def test_who_may_not_be_written_to_is_removed_though_the_list_becomes_empty(run):
    run([member("a"), member("b")], day=DAY - timedelta(days=1))
    report = run([member("a", consents={}), member("b", is_erased=True)])
    assert (report.status, report.rows["removed"]) == (Status.WRITTEN, 2)


def test_a_list_becomes_empty_when_asked(run):
    run([member("a")], day=DAY - timedelta(days=1))
    report = run([], allow_empty=True)
    assert report.rows == {"full": 0, "added": 0, "removed": 1, "changed": 0}


def test_a_segment_may_begin_and_stay_empty(run):
    assert run([], day=DAY - timedelta(days=1)).status is Status.WRITTEN
    assert run([]).status is Status.WRITTEN


def test_nobody_else_can_read_the_files(run, tmp_path):
    for to in (MAILER, *(read_destinations()[name] for name in ("parquet", "zoho_crm"))):
        run([member("a")], to)
    everything = [tmp_path / "exports", *(tmp_path / "exports").rglob("*")]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in everything if path.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in everything if path.is_dir()} == {0o700}


def test_the_manifest_says_what_is_in_the_folder(run):
    run([member("z")], day=DAY - timedelta(days=1))
    report = run([member("a"), member("b", is_control=True)], destination(minimum_audience=100))
    manifest = json.loads((report.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["as_of"] == "2026-11-22"
    assert manifest["compared_with"] == "2026-11-21"
    assert manifest["rows"] == {"full": 1, "added": 1, "removed": 1, "changed": 0}
    assert manifest["excluded"]["control_group"] == 1
    assert manifest["limits"] == [{"name": "minimum_audience", "limit": 100, "met": False}]
    assert not manifest["limits_met"]
    assert manifest["segment_definition_sha256"] == SEGMENT.definition_sha256
    listed = {file["name"]: file for file in manifest["files"]}
    present = {file.name for file in report.folder.iterdir()}
    assert present == {*listed, "manifest.json", ".record.parquet"}
    for name, file in listed.items():
        content = (report.folder / name).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["bytes"] == len(content)


def test_manifest_and_report_hold_no_personal_data(run):
    report = run([member("a", name="秘密"), member("b", email=None)])
    for text in (repr(report), (report.folder / "manifest.json").read_text(encoding="utf-8")):
        assert "example.jp" not in text
        assert "秘密" not in text
        assert "S-a" not in text


def test_errors_hold_no_personal_data(run):
    failing = destination(columns=[Column(name="Email", value="email"), Column(name="N", value="name::int")])
    with pytest.raises(ExportError) as failure:
        run([member("a", name="秘密の名前")], failing)
    assert "at_risk to mailer" in str(failure.value)
    assert "秘密" not in str(failure.value)
    assert failure.value.__suppress_context__


def test_a_column_that_the_warehouse_lacks_is_named(run):
    lacking = destination(columns=[Column(name="Email", value="email"), Column(name="N", value="no_such")])
    with pytest.raises(ExportError, match=r"at_risk to mailer.*no_such"):
        run([member("a")], lacking)


def test_a_failed_export_leaves_nothing_behind(run, tmp_path):
    before = contents(run([member("a")]).folder)
    failing = destination(columns=[Column(name="Email", value="email"), Column(name="N", value="name::int")])
    with pytest.raises(ExportError):
        run([member("b")], failing)
    folder = tmp_path / "exports/at_risk/mailer"
    assert [entry.name for entry in folder.iterdir()] == [DAY.isoformat()]
    assert contents(folder / DAY.isoformat()) == before


class Crash(BaseException):
    """The process ends here."""


def crash(*_arguments: object) -> None:
    raise Crash


@pytest.mark.parametrize("last_step", ["write_manifest", "replace_folder"])
def test_a_crash_before_the_rename_leaves_the_old_day(run, monkeypatch, last_step):
    before = run([member("a")])
    old = contents(before.folder)
    with monkeypatch.context() as patched:
        patched.setattr(export_module, last_step, crash)
        patched.setattr(export_module, "clear_away", lambda _work: None)
        with pytest.raises(Crash):
            run([member("b")])
    assert contents(before.folder) == old
    assert emails(run([member("b")])) == ["b@example.jp"]


def test_a_crash_between_the_renames_is_mended_by_the_next_export(run, monkeypatch):
    folder = run([member("a")]).folder
    old = contents(folder)

    def crash_half_way(_new: Path, published: Path, replaced: Path) -> None:
        published.rename(replaced)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(export_module, "replace_folder", crash_half_way)
        patched.setattr(export_module, "clear_away", lambda _work: None)
        with pytest.raises(Crash):
            run([member("b")])
    assert not folder.exists()
    report = run([member("a"), member("c")], day=DAY + timedelta(days=1))
    assert contents(folder) == old
    assert report.compared_with == DAY
    assert emails(report, "added") == ["c@example.jp"]
    assert [entry.name for entry in folder.parent.iterdir() if entry.name.startswith(".")] == []


def test_days_far_apart_compare_in_calendar_order(run):
    run([member("a")], day=date(2025, 12, 31))
    run([member("b")], day=date(2026, 1, 2))
    assert run([member("c")], day=date(2026, 1, 10)).compared_with == date(2026, 1, 2)


def test_one_connection_serves_many_exports_without_mixing_them(run, tmp_path):
    """Each list is what it would be if it had been exported alone, whatever came before on the connection."""
    members = [
        member("a", consents={"email": True, "ads": True}),
        member("b", segment="churned", consents={"email": True, "ads": True}),
        member("c", consents={"email": True, "ads": False}),
    ]
    churned = SEGMENT.model_copy(update={"name": "churned"})
    destinations = [MAILER, *(read_destinations()[name] for name in ("csv_ja", "google_ads", "parquet"))]
    pairs = [(segment, to) for segment in (SEGMENT, churned) for to in destinations]
    alone = [contents(run(members, to, segment=segment).folder) for segment, to in pairs]
    with opened(tmp_path / "warehouse.duckdb", tmp_path / "together") as connection:
        reports = [export_list(connection, tmp_path / "together", segment, to, DAY) for segment, to in pairs]
    assert [contents(report.folder) for report in reports] == alone


def test_a_list_as_the_day_before_changes_nothing(run):
    run([member("a")], day=DAY - timedelta(days=1))
    report = run([member("a")])
    assert report.rows == {"full": 1, "added": 0, "removed": 0, "changed": 0}
    assert rows_of(report.folder, "added") == rows_of(report.folder, "removed") == []


def test_the_report_says_which_columns_are_filled(run):
    report = run([member("a"), member("b", name=None), member("c", is_control=True)])
    assert report.filled == {"Email": 2, "Name": 1}


@pytest.mark.parametrize(("decimals", "amount"), [(0, "26086"), (2, "26085.79")])
def test_people_get_amounts_in_whole_units_of_the_currency_and_japanese_labels(
    run, tmp_path, decimals, amount
):
    run([member("a", net_revenue=26085.7904)])
    to = read_destinations()["csv_ja"]
    folder = tmp_path / "rounded"
    with opened(tmp_path / "warehouse.duckdb", folder, currency_decimals=decimals) as connection:
        (row,) = rows_of(export_list(connection, folder, SEGMENT, to, DAY).folder, "full")
    assert (row["純売上"], row["ステージ"], row["会員ランク"]) == (amount, "離反懸念", "ゴールド")


def build_large_warehouse(file: Path, members: int) -> Path:
    """A warehouse in which everybody is a member, can be reached everywhere and agrees to everything."""
    build_warehouse(file, [])
    with duckdb.connect(file) as connection:
        connection.execute(
            "create temp table people as"
            " select 'p' || lpad(number::varchar, 8, '0') as customer_id from range($1) as numbers (number)",
            [members],
        )
        connection.execute("""
            insert into marts.segment_members by name
            select 'at_risk' as segment, customer_id, date '2026-11-01' as valid_from, false as is_control
            from people
        """)
        connection.execute("""
            insert into intermediate.int_contacts by name
            select
                customer_id, customer_id || '@example.jp' as email, 'U' || md5(customer_id) as line_user_id,
                '山田 太郎' as name
            from people
        """)
        connection.execute("""
            insert into intermediate.int_consent_status by name
            select customer_id, unnest(['email', 'line', 'ads']) as channel, true as is_granted from people
        """)
        connection.execute("""
            insert into marts.customers by name
            select customer_id, 'at_risk' as stage, 'gold' as tier from people
        """)
    return file


#: What the tools say of one file: rows, bytes (before compression, for Zoho as for all).
LIMITS = {
    "hubspot": (1_048_576, 20_000_000),
    "klaviyo": (None, 50_000_000),
    "line": (1_500_000, None),
    "salesforce": (None, 100_000_000),
    "yahoo_japan_ads": (None, 200_000_000),
    "zoho_crm": (25_000, 25_000_000),
}


@pytest.mark.slow
def test_a_large_list_keeps_to_the_limits_of_the_tools(tmp_path):
    """1.2 million members, read back part by part: each within the limits and with a header of its own."""
    members = 1_200_000
    warehouse = build_large_warehouse(tmp_path / "warehouse.duckdb", members)
    destinations = read_destinations()
    assert {*LIMITS} == {
        name for name, to in destinations.items() if to.rows_per_file or to.bytes_per_file
    }, "a limit that nobody looks at"
    with opened(warehouse, tmp_path / "exports", memory_limit="1GB") as connection:
        for name, (rows, size) in LIMITS.items():
            report = export_list(connection, tmp_path / "exports", SEGMENT, destinations[name], DAY)
            has_header = destinations[name].header != "none"
            seen, first_lines = 0, set()
            for file in (file for file in report.files if file.kind == "full"):
                lines = bytes_of(report.folder / file.name).splitlines(keepends=True)
                first_lines.add(lines[0])
                assert len(lines) - has_header == file.rows <= (rows or members)
                assert sum(map(len, lines)) <= (size or sys.maxsize)
                seen += file.rows
                (report.folder / file.name).unlink()
            assert seen == members and report.limits_met
            assert not has_header or len(first_lines) == 1
