"""Files as shops have them: every one is taken or told, with file, place, reason and what to do."""

import gzip
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_shop import DAY, FEEDS, Shop
from packed_files import parquet, workbook, zipped

from dagster_project.ingest.delivery import NothingDelivered, ingest_delivery
from dagster_project.ingest.landing import landing_days, natural_order, pending_deliveries
from dagster_project.ingest.quarantine import quarantine_summary
from dagster_project.intake.reading import heads, read_rows

HEAD = "order_id,ordered_at,status,subtotal,total,email\n"
ROWS = "o1,2026-11-01 10:00,paid,100,110,taro@example.jp\no2,2026-11-02 10:00,paid,200,220,髙橋@example.jp\n"
CSV = HEAD + ROWS
JSON = [
    {"order_id": "o1", "ordered_at": "2026-11-01 10:00", "status": "paid", "subtotal": 100, "total": 110},
    {"order_id": "o2", "ordered_at": "2026-11-02 10:00", "status": "paid", "subtotal": 200, "total": 220},
]
LINES = "\n".join(map(json.dumps, JSON))


SHEET = [
    HEAD.strip().split(","),
    [501.0, datetime(2026, 11, 1, 10, 0), "paid", 100, 110.5, None],
    [None, None, None, None, None, None],
    ["o2", datetime(2026, 11, 2), "paid", 1230000000000, 220, "a@example.jp"],
]

DAMAGED = (
    CSV.encode().replace("髙".encode(), "髙".encode()[:2]) + "o3,2026-11-03,paid,1,1,髙髙@x.jp\n".encode()
)


@dataclass
class File:
    """An awkward file.

    Attributes:
        name: Its name.
        content: Its bytes.
        taken: The numbers of the orders taken from it.
        refused: Line and beginning of the reason of what is quarantined.
    """

    name: str
    content: bytes
    taken: list[str] = field(default_factory=lambda: ["o1", "o2"])
    refused: list[tuple[int | None, str]] = field(default_factory=list)


def whole(name: str, content: bytes, reason: str, line: int | None = None) -> File:
    return File(name, content, [], [(line, reason)])


FILES = [
    File("plain.csv", CSV.encode()),
    File("mark.csv", CSV.encode("utf-8-sig")),
    File("utf16le.csv", CSV.encode("utf-16")),
    File("utf16be.csv", b"\xfe\xff" + CSV.encode("utf-16-be")),
    File("excel_unicode.txt", CSV.replace(",", "\t").encode("utf-16")),
    File("cp932.csv", CSV.encode("cp932")),
    File("title.csv", ("注文一覧\n\n# 2026年11月,,,,,\n" + CSV).encode()),
    File("nineteen_titles.csv", ("x\n" * 19 + CSV).encode()),
    whole("twenty_titles.csv", ("x\n" * 20 + CSV).encode(), "has no header", 1),
    File("sep.csv", ("sep=|\n" + CSV.replace(",", "|")).encode()),
    File("sep_quoted.csv", ('"sep=;"\r\n' + CSV.replace(",", ";")).encode()),
    File("trailing.csv", CSV.replace("\n", ",,\n").encode()),
    File("trailing_header.csv", (HEAD.replace("\n", ",\n") + ROWS).encode()),
    File("empty_lines.csv", (CSV + ",,,,,\n , ,,,,\n\n").encode()),
    File("semicolon.csv", CSV.replace(",", ";").encode()),
    File("crlf.csv", CSV.replace("\n", "\r\n").encode()),
    File("invisible_header.csv", ("\u200border_id" + CSV[8:]).encode()),
    File("damaged.csv", DAMAGED, ["o1", "o3"], [(3, "has bytes that are no character")]),
    File("cut_off.csv", (CSV + "o3,2026-11-03,paid,1,1,髙橋").encode()[:-1], ["o1", "o2"],
         [(4, "has bytes that are no character")]),
    whole("neither.csv", HEAD.encode() + b"o1,\x81\xff\xff,paid,1,1,\n", "cannot be decoded from byte 52 on"),
    File("open_quote.csv", (HEAD + '"o9,2026-11-01,paid,1,1,\n' + ROWS).encode(), ["o1", "o2"],
         [(2, "has a quote that is not closed")]),
    File(
        "text_behind_quote.csv",
        (HEAD.replace("email", "email,coupon_code,campaign_id") + 'o8,2026-11-01,paid,1,1,,"see\n'
         'o9,2026-11-01,paid,9,9,,,\nabove"x,\no1,2026-11-01,paid,1,1,,,\n').encode(),
        ["o1"],
        [(2, "has a quote that is not closed, or text behind")],
    ),
    File("lines.jsonl", LINES.encode()),
    File("array.json", json.dumps(JSON, indent=2).encode()),
    File("array_lines.jsonl", f"[\n{LINES.replace(chr(10), ',' + chr(10))}\n]\n".encode()),
    File("wrapped.json", json.dumps({"count": 2, "next": None, "orders": JSON, "errors": []}).encode()),
    File("wrapped_pretty.json", json.dumps({"meta": {"a": [1]}, "orders": JSON}, indent=1).encode()),
    File("one_object.json", json.dumps(JSON[0] | {"lines": [{"a": 1}]}, indent=1).encode(), ["o1"]),
    File("no_orders.json", b'{"orders": []}', []),
    File("json_called.csv", LINES.encode()),
    File("array_called.csv", json.dumps(JSON).encode()),
    File("broken_line.jsonl", ("{broken\n" + LINES).encode(), ["o1", "o2"], [(1, "is no JSON object")]),
    whole("broken.json", json.dumps(JSON, indent=2).encode()[:-9], "is a broken JSON document", 9),
    File("gzip_called.csv", gzip.compress(CSV.encode())),
    File("plain_called.csv.gz", CSV.encode()),
    File("zip_called.csv", zipped({"a.csv": CSV})),
    File("workbook_called.csv", workbook(SHEET), ["501", "o2"]),
    File("workbook.xlsx", workbook([["注文一覧"], [], *SHEET]), ["501", "o2"]),
    File("too_wide.xlsx", workbook([*SHEET, [*SHEET[1], "x"]]), ["501", "o2"], [(5, "has more values")]),
    whole("empty_sheet.xlsx", workbook([]), "has no header: its first sheet is empty"),
    whole("broken.xlsx", workbook(SHEET)[:300], "is no workbook that can be read"),
    File("parquet_called.csv", parquet(**{key: [row[key] for row in JSON] for key in JSON[0]})),
    File("many.zip", zipped({"a.csv": CSV, "b/c.jsonl": LINES, "__MACOSX/x.csv": "", ".DS_Store": "",
                             "d.xlsx": workbook(SHEET)}),
         ["o1", "o2", "o1", "o2", "501", "o2"]),
    File("partly.zip",
         zipped({"a.csv": CSV, "b.pdf": "%PDF", "c.csv": "", "d.zip": zipped({"a.csv": CSV})}),
         ["o1", "o2"], [(None, "has an unknown extension"), (None, "has no header: it is empty"),
                        (None, "has an unknown extension")]),
    whole("nothing.zip", zipped({}), "is an archive without a file"),
    whole("cut.zip", zipped({"a.csv": CSV})[:-30], "is a broken, cut off or encrypted zip archive"),
    whole("old.xls.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "is an old .xls"),
    whole("empty.csv", b"", "has no header: it is empty"),
    whole("empty.jsonl", b"", "has no header: it is empty"),
    whole("empty.csv.gz", gzip.compress(b""), "has no header: it is empty"),
    whole("blank.json", b" \n", "is empty"),
    whole("empty.parquet", b"", "is no readable Parquet file"),
    whole("empty.xlsx", b"", "is no readable .xlsx file"),
    whole("empty.zip", b"", "is a broken, cut off or encrypted zip archive"),
    whole("photo.jpg", b"\xff\xd8", "has an unknown extension"),
    whole("no_total.csv", CSV.replace(",total", ",sum").encode(),
          "has no header with all required columns: add total", 1),
]  # fmt: skip


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def test_a_folder_of_awkward_files_is_taken_or_told(shop):
    assert len(FILES) >= 40
    for file in FILES:
        shop.land("orders", "", file.name).write_bytes(file.content)
    report = shop.read("orders")
    taken: dict[str, list[str]] = {}
    for row in shop.rows("orders"):
        taken.setdefault(row["_file"].split("/")[0], []).append(row["order_id"])
    refused: dict[str, list[tuple[int | None, str]]] = {}
    for row in shop.refused("orders"):
        refused.setdefault(row["file"].split("/")[0], []).append((row["line"], row["reason"]))
        assert re.search(r".: \w+", row["reason"]), "a reason says what to do"
    for file in FILES:
        assert taken.get(file.name, []) == file.taken, file.name
        told = refused.get(file.name, [])
        assert [line for line, _ in told] == [line for line, _ in file.refused], (file.name, told)
        for (_, reason), (_, expected) in zip(told, file.refused, strict=True):
            assert reason.startswith(expected), (file.name, reason)
    assert report.delivered == sum(len(file.taken) + len(file.refused) for file in FILES)
    assert [count.told.split("/")[2].split(",")[0] for count in quarantine_summary(shop.settings)]
    assert not list((shop.settings.data / ".ingest").iterdir())


def test_a_workbook_gives_what_its_cells_show(shop):
    shop.land("orders", "", "a.xlsx").write_bytes(workbook(SHEET))
    shop.read("orders")
    first, second = shop.rows("orders")
    assert (first["order_id"], first["ordered_at"]) == ("501", datetime(2026, 11, 1, 10))
    assert (second["ordered_at"], second["subtotal"]) == (datetime(2026, 11, 2), 1_230_000_000_000)
    assert [first["_row"], second["_row"]] == [1, 2]


def test_files_of_an_archive_are_told_by_their_path_and_sorted_by_it(shop):
    files = {f"b/orders_{n}.csv": HEAD + f"o{n},2026-11-01,paid,1,1,\n" for n in (10, 9)}
    shop.land("orders", "", "x.zip").write_bytes(zipped(files))
    shop.land("orders", CSV, "a.csv")
    shop.read("orders")
    found = dict.fromkeys((row["_file_number"], row["_file"]) for row in shop.rows("orders"))
    assert list(found) == [(0, "a.csv"), (1, "x.zip/b/orders_9.csv"), (2, "x.zip/b/orders_10.csv")]


def test_names_in_an_archive_of_windows_in_japan(shop):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("AAAA.csv", CSV)
    name = "注文".encode("cp932")
    shop.land("orders", "", "x.zip").write_bytes(packed.getvalue().replace(b"AAAA", name))
    shop.read("orders")
    assert {row["_file"] for row in shop.rows("orders")} == {"x.zip/注文.csv"}


@pytest.mark.parametrize(
    "name",
    [
        "Thumbs.db",
        "desktop.ini",
        "a.csv.tmp",
        "a.csv.part",
        "a.csv.CRDOWNLOAD",
        "a.md5",
        "a.done",
        "~$a.xlsx",
    ],
)
def test_what_systems_and_browsers_leave_is_ignored(shop, name):
    shop.land("orders", CSV)
    shop.land("orders", "rubbish", name)
    assert shop.read("orders").delivered == 2


def test_a_folder_of_empty_files_is_not_read_and_it_is_said(shop):
    shop.land("orders", CSV)
    shop.read("orders")
    shop.land("orders", "")
    shop.land("orders", "", "b.json")
    assert pending_deliveries(shop.settings, FEEDS["orders"], DAY) == []
    with pytest.raises(NothingDelivered):
        ingest_delivery(shop.settings, FEEDS["orders"], DAY)
    assert len(shop.rows("orders")) == 2
    (problem,) = landing_days(shop.settings, FEEDS, DAY).problems
    assert problem.path == f"orders/{DAY}" and "its files are empty" in problem.reason


def test_parquet_of_every_type(shop, tmp_path):
    file = shop.land("customers", "", "a.parquet")
    duckdb.sql(f"""
        copy (
            select
                uuid '00000000-0000-0000-0000-00000000000a' as customer_id, interval '1 month 2 days' as span,
                timestamptz '2026-11-01 00:00:00+00' as created_at, time '10:00:00' as hour,
                18446744073709551615::ubigint as big, 'abc'::blob as raw, [1, 2] as list,
                {{'a': 1}} as struct, map {{'k': 1}} as map, '{{"a":1}}'::json as json,
                'A'::enum ('A', 'B') as enum, '101'::bit as bits
        ) to '{file}' (format parquet)
    """)
    report = shop.read("customers")
    assert (report.taken, report.quarantined) == (1, 0)
    (row,) = shop.rows("customers")
    assert row["customer_id"] == "00000000-0000-0000-0000-00000000000a"
    assert (row["hour"], row["big"], row["enum"], row["bits"]) == (
        "10:00:00.000000",
        "18446744073709551615",
        "A",
        "101",
    )
    assert (row["list"], row["struct"], row["json"]) == ("[1, 2]", '{"a": 1}', '{"a":1}')
    assert row["span"] == "010000000200000000000000"
    kinds = {
        "duration": pa.array([1], pa.duration("s")),
        "months": pa.array([pa.MonthDayNano([1, 2, 3])]),
        "wide": pa.array([1], pa.decimal256(50, 2)),
        "none": pa.nulls(1),
        "half": pa.array([1.5], pa.float16()),
        "view": pa.array(["a"], pa.string_view()),
    }
    from dagster_project.ingest.parquet_reading import as_text

    found = {name: as_text(values).to_pylist()[0] for name, values in kinds.items()}
    assert found == {
        "duration": "1",
        "months": "[1, 2, 3]",
        "wide": "1",
        "none": None,
        "half": "1.5",
        "view": "a",
    }


def test_natural_order():
    names = [
        "orders-10.csv",
        "orders.csv",
        "orders-2.csv",
        "orders_9.csv",
        "orders_10.csv",
        "a",
        "Z",
        "1",
        "02",
    ]
    assert sorted(names, key=natural_order) == [
        "1", "02", "Z", "a", "orders.csv", "orders-2.csv", "orders-10.csv", "orders_9.csv", "orders_10.csv",
    ]  # fmt: skip


def test_an_export_of_any_kind_can_be_read_as_text_columns(tmp_path):
    contents = {
        "a.csv": "月次レポート\n注文番号,送料,送料,\n1001,10,20,x\n".encode("cp932"),
        "b.csv": "月次レポート\n注文番号\t送料\t送料\n1001\t10\t20\n".encode("utf-16"),
        "b.xlsx": workbook([["月次レポート"], ["注文番号", "送料", "送料"], ["1001", 10, 20]]),
        "c.json": json.dumps({"orders": [{"注文番号": "1001", "送料": 10}], "tags": [{"a": 1}]}).encode(),
        "d.parquet": parquet(注文番号=[1001], 送料=[10]),
        "e.zip": zipped({"x.csv": "注文番号,送料\n1001,10\n"}),
        "f.csv.gz": gzip.compress("注文番号,送料\n1001,10\n".encode()),
    }
    for name, content in contents.items():
        file = tmp_path / name
        file.write_bytes(content)
        (head,) = (each for each in heads(file, tmp_path) if "注文番号" in each.names)
        (rows,) = read_rows(file, head, tmp_path)
        (row,) = rows.texts.to_pylist()
        assert (row["注文番号"], row["送料"]) == ("1001", "10"), name
        assert rows.problems.to_pylist() == [None]
        if name == "a.csv":
            assert list(row.values()) == ["1001", "10", "20", "x"]
            assert rows.lines.to_pylist() == [3]
    assert {file.name for file in tmp_path.iterdir()} == set(contents)


def test_values_that_could_not_be_read_are_told_like_rows(shop):
    text = HEAD.replace("email", "discount") + 'o1,2026-11-01,paid,1,1,cheap\no2,2026-11-01,paid,1,1,"1,5"\n'
    shop.land("orders", text)
    shop.read("orders")
    (count,) = quarantine_summary(shop.settings)
    assert (count.kind, count.file, count.column, count.rows, count.first_line) == (
        "nulled", "a.csv", "discount", 2, 2,
    )  # fmt: skip
    assert count.told == (
        f"orders/{DAY}/a.csv, line 2, column discount: is no number that fits: deliver digits with a decimal "
        "point; a decimal comma cannot be read (the first of 2 rows, which are taken without it)"
    )
    values = pq.ParquetFile(next(shop.settings.nulled.rglob("rows.parquet"))).read().to_pylist()
    assert [(row["line"], row["value"]) for row in values] == [(2, "cheap"), (3, "1,5")]
    shop.land("orders", CSV)
    shop.read("orders")
    assert quarantine_summary(shop.settings) == []
