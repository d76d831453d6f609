"""Files under the rules of their formats: quoting, encoding, splitting, packing, formulas, hashes."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
import pytest
from activate_warehouse import DAY, SEGMENT, build_warehouse, destination, files_of, member, rows_of

from dagster_project.activate.destination import Column, read_destinations
from dagster_project.activate.export import ExportReport, export

AWKWARD = '山田 "太郎", 髙﨑;\t①'


@pytest.fixture
def run(tmp_path: Path):
    """Builds the warehouse from members and exports them."""

    def build_and_export(members, to, day=DAY) -> ExportReport:
        warehouse = build_warehouse(tmp_path / "warehouse.duckdb", members)
        return export(warehouse, tmp_path / "exports", SEGMENT, to, day)

    return build_and_export


def test_csv_opens_in_excel(run):
    report = run([member("a", name=AWKWARD)], read_destinations()["csv"])
    content = (report.folder / "full.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfcustomer_id,shop_customer_id,name,email")
    assert content.count(b"\n") == 2
    (row,) = rows_of(report.folder, "full")
    assert row == {
        "customer_id": "a",
        "shop_customer_id": "S-a",
        "name": '山田 "太郎", 髙﨑; ①',
        "email": "a@example.jp",
        "phone": "",
        "line_user_id": "",
        "prefecture": "東京都",
        "birth_year": "1980",
        "member_since": "2026-11-01",
        "stage": "at_risk",
        "tier": "gold",
        "orders": "3",
        "net_revenue": "12000",
        "last_order_date": "2026-08-01",
    }


def test_parquet_keeps_types(run):
    report = run([member("a", name=AWKWARD, net_revenue=Decimal("12.3400"))], read_destinations()["parquet"])
    (row,) = pyarrow.parquet.read_table(report.folder / "full.parquet").to_pylist()
    assert row["name"] == AWKWARD
    assert row["net_revenue"] == Decimal("12.3400")
    assert row["member_since"] == date(2026, 11, 1)
    assert row["last_order_at"] == datetime(2026, 8, 1, 10, 30)
    assert pyarrow.parquet.read_table(report.folder / "removed.parquet").column_names == ["customer_id"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12.3400::decimal(18, 4)", "12.34"),
        ("0::decimal(18, 4)", "0"),
        ("100::decimal(18, 4)", "100"),
        ("-0.5::decimal(18, 4)", "-0.5"),
        ("10.0::double", "10"),
        ("100::bigint", "100"),
        ("null::decimal(18, 4)", ""),
        ("true", "true"),
        ("'  two' || chr(10) || 'lines '", "two lines"),
        ("''", ""),
    ],
)
def test_values_as_text(run, value, text):
    to = destination(columns=[Column(name="Email", value="email"), Column(name="Value", value=value)])
    (row,) = rows_of(run([member("a")], to).folder, "full")
    assert row["Value"] == text


def test_other_delimiters_line_endings_and_quoting(run):
    report = run([member("a", name=AWKWARD)], destination(delimiter=";", line_ending="crlf", quoting="all"))
    content = (report.folder / "full.csv").read_bytes()
    assert content.startswith(b'"Email";"Name"\r\n"a@example.jp";')
    assert list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";", strict=True))[1] == [
        "a@example.jp",
        '山田 "太郎", 髙﨑; ①',
    ]


def test_headers_in_japanese(run):
    columns = [
        {"name": {"ja": "メール", "en": "Email"}, "value": "email"},
        {"name": {"ja": "氏名", "en": "Name"}, "value": "name"},
    ]
    report = run([member("a")], destination(columns=columns, header="ja"))
    assert rows_of(report.folder, "full") == [{"メール": "a@example.jp", "氏名": "山田 太郎"}]


LINES = {
    "extension": "txt",
    "header": "none",
    "quoting": "none",
    "columns": [Column(name="Email", value="email")],
}


def test_one_value_per_line_without_header(run):
    report = run([member("a"), member("b")], destination(**LINES))
    assert (report.folder / "full.txt").read_bytes() == b"a@example.jp\nb@example.jp\n"
    assert (report.folder / "removed.txt").read_bytes() == b""


def test_an_empty_list_has_a_header(run):
    report = run([], destination())
    assert (report.folder / "full.csv").read_bytes() == b"Email,Name\n"


def test_cp932_keeps_what_it_can_express_and_marks_the_rest(run):
    names = {"a": "髙﨑①㈱", "b": "～〜−", "c": "😀𠮷野家", "d": "한글"}
    members = [member(key, name=name) for key, name in names.items()]
    report = run(members, destination(encoding="cp932"))
    rows = rows_of(report.folder, "full", encoding="cp932")
    assert [row["Name"] for row in rows] == ["髙﨑①㈱", "～～－", "〓〓野家", "〓〓"]


def test_cp932_never_alters_an_address(run):
    report = run([member("a", email="테스트@example.jp"), member("b")], destination(encoding="cp932"))
    assert [row["Email"] for row in rows_of(report.folder, "full", "cp932")] == ["b@example.jp"]
    assert report.excluded["no_address"] == 1


@pytest.mark.parametrize(
    ("rows", "parts"), [(0, [0]), (9, [9]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])]
)
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_splitting_by_rows(run, rows, parts, file_format):
    to = destination(format=file_format, extension=file_format, rows_per_file=10)
    report = run([member(f"{number:03}") for number in range(rows)], to)
    full = [file for file in report.files if file.kind == "full"]
    assert [file.rows for file in full] == parts
    names = [f"full-{n:03}.{file_format}" for n in range(1, len(parts) + 1)]
    assert [file.name for file in full] == (names if len(parts) > 1 else [f"full.{file_format}"])
    everybody = [row["Email"] for row in rows_of(report.folder, "full")]
    assert everybody == [f"{number:03}@example.jp" for number in range(rows)]
    assert report.limits_met


def test_splitting_by_bytes(run):
    to = destination(bytes_per_file=1024, encoding="utf-8-sig")
    report = run([member(f"{number:03}", name="山" * 20) for number in range(40)], to)
    full = files_of(report.folder, "full")
    assert len(full) == 4
    for file in full:
        assert file.stat().st_size <= 1024
        assert file.read_bytes().startswith(b"\xef\xbb\xbfEmail,Name\n")
    assert len(rows_of(report.folder, "full")) == 40
    assert report.limits_met


def test_a_row_over_the_limit_is_written_and_reported(run):
    report = run([member("a", name="山" * 500), member("b")], destination(bytes_per_file=1024))
    assert report.rows["full"] == 2
    assert not report.limits_met


def test_zip_holds_one_csv_with_a_fixed_time(run):
    to = destination(compression="zip", extension="zip", rows_per_file=2)
    report = run([member(key) for key in "abc"], to)
    first, second = files_of(report.folder, "full")
    with zipfile.ZipFile(first) as archive:
        (entry,) = archive.infolist()
        assert (entry.filename, entry.date_time) == ("full-001.csv", (1980, 1, 1, 0, 0, 0))
        assert archive.read(entry).decode().splitlines()[1:] == [
            "a@example.jp,山田 太郎",
            "b@example.jp,山田 太郎",
        ]
    assert second.name == "full-002.zip"


def test_file_names_follow_the_destination(run):
    report = run([member("a")], destination(file_name="{segment}_{file}{part}.{extension}"))
    assert (report.folder / "at_risk_full.csv").exists()


#: What sha256sum of GNU coreutils says of: a@example.jp, +819012345678, 819012345678, 山田太郎, taro
EMAIL_HASH = "8dd0cc25e105fb7efd4955a558f4da901b5052d20b6a252dfe986e768de81984"
E164_HASH = "3d06a39d40790f11761295e053029378ae28c4b4f6f301693005e079f3d4ca64"
DIGITS_HASH = "0ad07193350775c6d4377f8b039d32877e66c69a454ed886b05279771c0fca0b"
YAMADA_HASH = "6b0e1c8cc616be88a16bef09ef113a91a3ecceb0f157bae276e200624932912f"
TARO_HASH = "8ff52c91ed7d509440aa7fbf04ad60ad554e4a01f101e5222916e70f9f68fb45"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"value": "email", "normalise": "email"}, EMAIL_HASH),
        ({"value": "' A@Example.JP '", "normalise": "email"}, EMAIL_HASH),
        ({"value": "'+819012345678'"}, E164_HASH),
        ({"value": "'+819012345678'", "normalise": "phone_digits"}, DIGITS_HASH),
        ({"value": "name", "normalise": "name"}, YAMADA_HASH),
        ({"value": "'山田　太郎'", "normalise": "name"}, YAMADA_HASH),
        ({"value": "' T-a r.o '", "normalise": "name"}, TARO_HASH),
        ({"value": "'Ｔａｒｏ'", "normalise": "name"}, TARO_HASH),
        ({"value": "phone"}, ""),
        ({"value": "''"}, ""),
        ({"value": "'   '"}, ""),
        ({"value": "'-'", "normalise": "name"}, ""),
    ],
)
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_hashes(run, column, expected, file_format):
    columns = [Column(name="Email", value="email"), Column(name="Hash", hash="sha256", **column)]
    to = destination(columns=columns, format=file_format, extension=file_format)
    (row,) = rows_of(run([member("a")], to).folder, "full")
    assert (row["Hash"] or "") == expected


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1+1", "＠x", "\t=1", "\r=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_neutralised_for_people_only(run, text):
    for_people = rows_of(run([member("a", name=text)], destination(opened_by="people")).folder, "full")
    assert for_people[0]["Name"] == "'" + text.strip()
    for_machines = rows_of(run([member("a", name=text)], destination()).folder, "full")
    assert for_machines[0]["Name"] == text.strip()


@pytest.mark.parametrize("text", ["O'Neil", "山田=太郎", "a+b", "'=1"])
def test_harmless_text_stays_as_it_is(run, text):
    assert (
        rows_of(run([member("a", name=text)], destination(opened_by="people")).folder, "full")[0]["Name"]
        == text
    )


def test_identifiers_are_kept_or_left_out_never_altered(run):
    columns = [
        Column(name="Email", value="email"),
        Column(name="Phone", value="shop_customer_id", identifier=True),
        Column(name="Net", value="net_revenue"),
    ]
    to = destination(opened_by="people", columns=columns)
    members = [
        member("a", shop_customer_id="+819012345678", net_revenue=-500),
        member("b", shop_customer_id="-17"),
        member("c", shop_customer_id="=1+1"),
        member("d", email="=1+1@example.jp"),
    ]
    report = run(members, to)
    rows = rows_of(report.folder, "full")
    assert [(row["Phone"], row["Net"]) for row in rows] == [
        ("+819012345678", "-500"),
        ("-17", "12000"),
        ("", "12000"),
    ]
    assert report.excluded["no_address"] == 1
    assert len(rows_of(run(members, destination()).folder, "full")) == 4


def test_differences_are_split_like_the_full_list(run):
    to = destination(rows_per_file=10)
    run([member(f"{number:03}") for number in range(25)], to, day=DAY - timedelta(days=1))
    report = run([member("new")], to)
    assert [file.rows for file in report.files if file.kind == "removed"] == [10, 10, 5]
