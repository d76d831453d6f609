"""Identifiers are found however they are written, and nothing else is taken for them."""

from __future__ import annotations

import gzip
import hashlib
import io
import sqlite3
import zipfile
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from erased_shop import ERASED_ON, TARO

from dagster_project.erasure import search
from dagster_project.erasure.persons import Found
from dagster_project.erasure.search import found_in_file
from dagster_project.erasure.texts import Finder
from dagster_project.erasure.tombstones import Tombstones


@pytest.fixture(scope="module")
def finder() -> Finder:
    tombstones = Tombstones("key-of-the-tests")
    tombstones.add(Found(set(TARO), {"A1"}, {"f" * 31 + "0"}).all(), ERASED_ON, "one")
    return Finder(tombstones, "JP")


WRITTEN = {
    "taro@example.jp": "email",
    "TARO@EXAMPLE.JP": "email",
    "Ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ": "email",
    "mailto:taro@example.jp?subject=x": "email",
    "https://shop.jp/?m=taro%40example.jp&x=1": "email",
    "連絡はtaro@example.jpまで。": "email",
    "宛先：taro@example.jp。": "email",
    "a@b.jp;taro@example.jp,c@d.jp": "email",
    "2026-01-05 10:00:00 taro@example.jp": "email",
    "090-1234-5678": "phone",
    "09012345678": "phone",
    "+81 90 1234 5678": "phone",
    "+81(0)90-1234-5678": "phone",
    "０９０－１２３４－５６７８": "phone",
    "電話090(1234)5678へ": "phone",
    "2026-01-05 090-1234-5678": "phone",
    "id=U0123456789abcdef0123456789abcdef;": "line_user_id",
    "customers:C0000007": "shop_customer_id",
    "mail-202608-C0000007": "shop_customer_id",
    '{"device":"d0123456789abcd"}': "device_id",
    hashlib.sha256(b"taro@example.jp").hexdigest(): "sha256",
    hashlib.sha256(b"819012345678").hexdigest(): "sha256",
    hashlib.sha256(b"+819012345678").hexdigest(): "sha256",
    "f" * 31 + "0": "person",
}


@pytest.mark.parametrize(("text", "kind"), WRITTEN.items(), ids=range(len(WRITTEN)))
def test_every_way_of_writing_is_found_and_replaced(finder: Finder, text: str, kind: str):
    assert [each.kind for each in finder.anything(text)] == [kind]
    assert finder.anything(finder.replaced(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "hanako.taro@example.jp",
        "a-taro@example.jp",
        "taro@example.jp.com",
        "taro@sub.example.jp",
        "090-1234-5679",
        "1090123456789",
        "XC0000007",
        "C00000071",
        "0123456789abcd",
        "erased-0123456789abcdef0123456789abcdef",
    ],
)
def test_what_is_another_stays(finder: Finder, text: str):
    assert finder.replaced(text) == text


def test_a_key_is_replaced_in_parts_only(finder: Finder):
    assert finder.replaced("C0000007", is_key=True) == "C0000007", "another thing's number"
    assert finder.replaced("mail-1-C0000007", is_key=True).startswith("mail-1-erased-")
    assert finder.replaced("taro@example.jp", is_key=True).startswith("erased-")
    assert finder.replaced("090-1234-5678", is_key=True) == "090-1234-5678"


def test_a_number_is_no_id_in_running_text(finder: Finder):
    finder.tombstones.add({("shop_customer_id", "20260105")}, ERASED_ON, "one")
    assert finder.replaced("order 20260105") == "order 20260105"


def written_files(folder: Path, text: str) -> dict[str, Path]:
    """The text in a file of every kind that the data folder can hold."""
    kinds = "utf8 cp932 utf16 utf16be percent gz zip zip_in_zip parquet duckdb sqlite upper far free_blocks"
    files = {name: folder / name for name in kinds.split()}
    files["utf8"].write_text(f"x,{text},y", encoding="utf-8")
    files["upper"].write_text(text.upper(), encoding="utf-8")
    files["cp932"].write_bytes(f"名,{text},山".encode("cp932"))
    files["utf16"].write_bytes(f"名,{text}".encode("utf-16"))
    files["utf16be"].write_bytes(text.encode("utf-16-be"))
    files["percent"].write_text(quote(text, safe=""), encoding="utf-8")
    files["gz"].write_bytes(gzip.compress(text.encode()))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text.encode("cp932"))
    files["zip"].write_bytes(inner.getvalue())
    with zipfile.ZipFile(files["zip_in_zip"], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.zip", inner.getvalue())
    pq.write_table(pa.table({"n": [[text]], "m": [1]}), files["parquet"], compression="zstd")
    with duckdb.connect(str(files["duckdb"])) as connection:
        connection.execute("create schema s")
        connection.execute("create table s.t as select $text as x from range(5000)", {"text": text})
    connection = sqlite3.connect(files["sqlite"])
    connection.execute("create table t (x blob)")
    connection.execute("insert into t values (?)", [text.encode()])
    connection.commit()
    connection.close()
    files["far"].write_bytes(b"\n" * (search.CHUNK - 7) + text.encode() + b"\n" * 9)
    connection = sqlite3.connect(files["free_blocks"])
    connection.execute("create table t (x text)")
    connection.execute("insert into t values (?)", [text])
    connection.commit()
    connection.execute("pragma secure_delete = off")
    connection.execute("delete from t")
    connection.commit()
    connection.close()
    return files


@pytest.mark.parametrize("text", ["taro@example.jp", "+819012345678", "C0000007"])
def test_files_of_every_kind_are_looked_through(
    finder: Finder, tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(search, "CHUNK", 1 << 16)
    files = written_files(tmp_path, text)
    assert [name for name, file in files.items() if not found_in_file(file, finder)] == []
    for file in tmp_path.iterdir():
        file.unlink()
    files = written_files(tmp_path, "hanako@example.jp 09012345679 C0000008")
    assert [name for name, file in files.items() if found_in_file(file, finder)] == []
