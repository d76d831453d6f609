"""Every sentence about files: names, encodings, delimiters, quotes, headers, whole files refused."""

import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_shop import DAY, FEEDS, Shop

from dagster_project.ingest.delivery import ingest_delivery

PRODUCTS = "product_id,name\np1,机\np2,髙①\n"


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def names(rows):
    return [row["name"] for row in rows]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.CSV", "a.csv.gz", "a.txt.gz", "注文 1.csv"])
def test_delimited_files_are_known_by_their_extension(shop, name):
    assert names(shop.take("products", PRODUCTS, name)) == ["机", "髙①"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.jsonl.gz", "a.ndjson.gz", "a.json.gz"])
def test_json_files_are_known_by_their_extension(shop, name):
    lines = '{"product_id": "p1", "name": "机"}\n\n{"Product_ID ": "p2", "name": null}\n'
    assert names(shop.take("products", lines, name)) == ["机", None]


def test_a_json_file_may_hold_one_array(shop):
    text = '\n[\n {"product_id": "p1", "name": "a,]"},\n {"product_id": "p2"}, 7,\n null]\n'
    assert names(shop.take("products", text, "a.json")) == ["a,]", None]
    assert [(row["row"], row["line"], row["raw"]) for row in shop.refused("products")] == [
        (3, 4, "7"),
        (4, 5, "null"),
    ]
    assert shop.take("products", "[]", "a.json") == []


def test_parquet(shop):
    file = shop.land("products", b"", "a.parquet")
    pq.write_table(pa.table({"Product_ID": [1, 2], "name": ["a", ""]}), file)
    shop.read("products")
    assert [(row["product_id"], row["name"]) for row in shop.rows("products")] == [("1", "a"), ("2", None)]


def test_names_beginning_with_a_dot_or_an_underscore_are_ignored(shop):
    shop.land("products", "rubbish", ".a.csv")
    shop.land("products", "rubbish", "_SUCCESS")
    assert names(shop.take("products", PRODUCTS)) == ["机", "髙①"]
    assert shop.refused("products") == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_bom_utf8_and_cp932(shop, encoding, name):
    assert names(shop.take("products", PRODUCTS.encode(encoding), name)) == ["机", "髙①"]


def test_the_whole_file_decides_the_encoding(shop):
    long = "product_id,name\n" + "".join(f"p{n},x\n" for n in range(200_000))
    rows = shop.take("products", (long + "q,髙\n").encode("cp932"))
    assert rows[-1]["name"] == "髙"
    assert len(rows) == 200_001


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("product_id,name", ","),
        ("product_id;name", ";"),
        ("product_id\tname", "\t"),
        ('product_id;"a,b,c";name', ";"),
        ("product_id,name;x,brand;y", ","),
    ],
)
def test_the_delimiter_is_the_most_frequent_in_the_header_outside_quotes(shop, header, delimiter):
    fields = header.count(delimiter) - header.count('"a,b,c"') * ("a,b,c".count(delimiter)) + 1
    rows = shop.take("products", f"{header}\n{delimiter.join(['1'] * fields)}\n")
    assert rows[0]["product_id"] == "1"


def test_quotes(shop):
    text = 'product_id,name\np1,"a ""b"", c"\np2,"line 1\nline 2\r\n3"\n"p3",5" pipe\np4,""\n'
    shop.land("products", text)
    shop.read("products")
    assert names(shop.rows("products")) == ['a "b", c', "line 1\nline 2\r\n3", '5" pipe', None]
    assert [row["_row"] for row in shop.rows("products")] == [1, 2, 3, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends(shop, end):
    assert names(shop.take("products", PRODUCTS.replace("\n", end))) == ["机", "髙①"]
    assert names(shop.take("products", f'product_id,name{end}p1,"a{end}b"{end}p2,c')) == [f"a{end}b", "c"]


def test_blank_lines_are_no_rows(shop):
    text = "\n  \nproduct_id,name\n\np1,a\n \u3000 \np2,b\n\n"
    for lines in (text, text.replace(" \u3000 ", ""), text.replace("\n", "\r\n")):
        shop.land("products", lines)
        report = shop.read("products")
        assert (report.delivered, names(shop.rows("products"))) == (2, ["a", "b"])


def test_headers_by_name_trimmed_any_case_any_order(shop):
    rows = shop.take("products", " NAME ,Brand, product_ID\nx,y,p\n")
    assert [(r["product_id"], r["name"], r["brand"]) for r in rows] == [("p", "x", "y")]


def test_unknown_columns_are_kept_and_reported_and_missing_optional_ones_are_null(shop):
    shop.land("products", "product_id,Colour,_file,delivery,\np1,red,f,d,x\n")
    shop.land("products", '{"product_id": "p2", "size": 3}', "b.jsonl")
    report = shop.read("products")
    first, second = shop.rows("products")
    assert report.unknown_columns == ("colour", "_file_delivered", "delivery_delivered", "column_5", "size")
    assert [first[name] for name in report.unknown_columns] == ["red", "f", "d", "x", None]
    assert [second[name] for name in report.unknown_columns] == [None, None, None, None, "3"]
    assert first["_file"] == "a.csv" and first["brand"] is None and first["_nulled"] == []


def test_a_header_without_rows_empties_the_day(shop):
    shop.take("products", PRODUCTS)
    assert shop.take("products", "product_id,name\n") == []
    assert shop.take("products", "product_id,name") == []


def test_files_of_a_day_are_read_in_natural_order(shop):
    for name in ("b10.csv", "a.csv", "Z.csv", "あ.csv", "b9.csv", "a-1.csv"):
        shop.land("products", PRODUCTS, name)
    shop.read("products")
    files = [(row["_file_number"], row["_file"]) for row in shop.rows("products")][::2]
    assert files == list(enumerate(["Z.csv", "a.csv", "a-1.csv", "b9.csv", "b10.csv", "あ.csv"]))


BROKEN_GZIP = gzip.compress(PRODUCTS.encode() * 1000)[:-20]

WHOLE = {
    "undecodable": ("a.csv", b"product_id,name\np1,\x81\xff\xff\n", "cannot be decoded"),
    "utf-16 cut off": ("a.csv", PRODUCTS.encode("utf-16")[:-1], "which it is not"),
    "utf-16 without bom": ("a.csv", "product_id,name\np,n\n".encode("utf-16-le"), "UTF-8 or CP932"),
    "empty": ("a.csv", b"", "has no header"),
    "only blank lines": ("a.csv", b"\n \n", "has no header"),
    "no header": ("a.csv", b"p1,table\np2,chair\n", "has no header"),
    "header with a broken quote": ("a.csv", b'product_id,"name\n', "has no header"),
    "header twice": ("a.csv", b"product_id,name,NAME \np,a,b\n", "same header twice"),
    "no workbook": ("a.xlsx", b"PK", "no readable .xlsx"),
    "old workbook": ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls"),
    "unknown extension": ("a.pdf", b"%PDF", "unknown extension"),
    "no zip": ("a.zip", b"product_id\np\n", "broken, cut off or encrypted zip"),
    "some required columns": ("a.csv", b"name,brand\na,b\n", "has no header"),
    "no extension": ("products", b"product_id\np\n", "unknown extension"),
    "parquet in gzip": ("a.parquet.gz", b"", "unknown extension"),
    "cut off gzip": ("a.csv.gz.raw", BROKEN_GZIP, "gzip"),
    "no parquet": ("a.parquet", b"product_id,name\n", "Parquet"),
    "empty parquet": ("a.parquet", b"", "Parquet"),
    "broken array": ("a.json", b'[{"product_id": "p1"}, {"product', "broken JSON document"),
    "array without end": ("a.json", b'[{"product_id": "p1"}', "broken JSON document"),
    "array with an end too many": ("a.json", b'[{"product_id": "p1"}]]', "broken JSON document"),
}


@pytest.mark.parametrize(("name", "content", "reason"), WHOLE.values(), ids=WHOLE)
def test_a_file_is_quarantined_whole_as_one_row(shop, name, content, reason):
    if name.endswith(".raw"):
        name = name.removesuffix(".raw")
        shop.land("products", "", "x.csv").with_name(name).write_bytes(content)
        shop.land("products", "", "x.csv").unlink()
    else:
        shop.land("products", content, name)
    shop.land("products", PRODUCTS, "good.csv")
    report = shop.read("products")
    (refused,) = shop.refused("products")
    assert (report.delivered, report.taken, report.quarantined) == (3, 2, 1)
    assert (refused["file"], refused["row"]) == (name, None)
    assert reason in refused["reason"]


def test_the_header_that_stands_there_twice_is_named(shop):
    shop.land("products", "product_id,name,brand, NAME\np,a,b,c\n")
    shop.read("products")
    assert [(row["line"], row["value"]) for row in shop.refused("products")] == [(1, "name")]


def test_a_line_may_be_of_any_length(shop):
    long = "x" * 3_000_000
    for other in ("a", '"a"'):
        assert names(shop.take("products", f"product_id,name\np1,{long}\np2,{other}\n")) == [long, "a"]
        assert names(shop.take("products", f'product_id,name\np1,"{long}"\np2,{other}\n')) == [long, "a"]


def test_a_parquet_broken_in_the_middle_is_not_half_taken(shop):
    file = shop.land("products", b"", "a.parquet")
    ids = [f"p{n}" for n in range(200_000)]
    pq.write_table(pa.table({"product_id": ids}), file, row_group_size=50_000, compression="zstd")
    content = bytearray(file.read_bytes())
    middle = len(content) * 2 // 3
    content[middle : middle + 20_000] = b"\xff" * 20_000
    file.write_bytes(content)
    report = shop.read("products")
    assert (report.delivered, report.taken, report.quarantined) == (1, 0, 1)


def test_a_parquet_of_another_feed_is_no_delivery_of_this_one(shop):
    file = shop.land("orders", b"", "a.parquet")
    pq.write_table(pa.table({"email": ["a@b.jp"], "birth_year": [1980]}), file)
    report = shop.read("orders")
    assert (report.delivered, report.taken) == (1, 0)
    (refused,) = shop.refused("orders")
    assert refused["reason"].startswith(
        "has no header: write the names of the columns first, such as order_id,"
    )


def test_what_is_no_file_in_the_folder_of_a_day_is_reported(shop):
    file = shop.land("products", PRODUCTS)
    (file.parent / "more").mkdir()
    (file.parent / "more" / "a.csv").write_text(PRODUCTS)
    (file.parent / "empty").mkdir()
    (file.parent / "link.csv").symlink_to("nowhere")
    (file.parent / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(file.parent / "pipe.csv")
    report = shop.read("products")
    assert (report.taken, report.quarantined) == (2, 4)
    assert {r["file"]: r["reason"].split(":")[0] for r in shop.refused("products")} == {
        "link.csv": "cannot be found",
        "loop.csv": "cannot be found",
        "more": "is no file",
        "pipe.csv": "is no file",
    }


def test_a_file_name_that_is_no_text_does_no_harm(shop):
    file = shop.land("products", PRODUCTS)
    file.rename(file.parent / b"\x92\x8d.csv".decode("utf-8", "surrogateescape"))
    report = shop.read("products")
    assert report.taken == 2
    assert shop.rows("products")[0]["_file"] == "\\x92\\x8d.csv"


def test_a_long_file_is_read_in_batches_and_progress_is_told(shop):
    text = "product_id,name\n" + "".join(
        f'p{n},"x"\n' if n == 70_000 else f"p{n},x\n" for n in range(120_000)
    )
    shop.land("products", text)
    seen = []
    ingest_delivery(shop.settings, FEEDS["products"], DAY, progress=lambda *told: seen.append(told))
    assert seen == [("a.csv", 50_000), ("a.csv", 100_000), ("a.csv", 120_000)]
    assert [row["_row"] for row in shop.rows("products")] == list(range(1, 120_001))


def test_the_commit_mark_tells_what_was_read(shop):
    shop.land("products", "product_id,kind,x\np1,box,1\np2,goods,2\n,goods,3\n")
    shop.read("products")
    mark = json.loads(next(shop.settings.lake.rglob("_delivery.json")).read_text())
    told = ("feed", "delivery", "delivered", "taken", "quarantined", "nulled", "unknown_columns")
    assert [mark[name] for name in told] == ["products", "2026-11-20", 3, 2, 1, {"kind": 1}, ["x"]]
    assert mark["files"][0]["name"] == "a.csv" and len(mark["files"][0]["sha256"]) == 64
