"""Files of every format and encoding that the landing zone can hold, without an erased person.

What is held everywhere: a reading of the rewritten file gives what the lake became by itself.
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from erased_shop import ERASED_ON, TARO, bury, files_below, sweep_all, traces
from ingest_shop import DAY, FEEDS, Shop
from packed_files import workbook, zipped

from dagster_project.erasure import lake
from dagster_project.erasure.erase import note, resume
from dagster_project.erasure.rows import identifier_columns
from dagster_project.erasure.texts import Finder
from dagster_project.erasure.tombstones import ErasureError, Tombstone, read_tombstones
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.identifiers import PSEUDONYM
from dagster_project.ingest.lake import read_mark, rows_file
from dagster_project.ingest.landing import pending_deliveries

HEADER = "customer_id,email,phone,name,created_at,birth_date,prefecture,line_user_id,accepts_email,address\n"
TARO_ROW = (
    "C0000007,Taro@Example.jp,090-1234-5678,山田 太郎,2026-01-05 09:00,1980-02-03,東京都,"
    "U0123456789abcdef0123456789abcdef,yes,山田ビル 3F\n"
)
OTHERS = 'C2,ben@example.jp,,"弁, 次郎",2026-01-10 08:00,1985-01-01,大阪府,,no,"梅田 ""1"""\n'
BROKEN = "C0000007,taro@example.jp,山田\n"
MENTION = "C3,chie@example.jp,,千恵,2026-02-03 20:00,,,,yes,taro@example.jp 様方\n"
TEXT = HEADER + OTHERS + TARO_ROW + BROKEN + MENTION


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("LIFECYCLE_HASH_KEY", "key-of-the-tests")
    return Shop(tmp_path / "data")


def without_times(rows: list[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if name != "_loaded_at"} for row in rows]


def erased_and_read_again(shop: Shop, feed: str) -> tuple[list[dict], list[dict]]:
    """The rows of the lake after the sweep, and those that a new reading of the landing zone gives."""
    before = len(shop.rows(feed)), len(shop.refused(feed))
    finder = bury(shop.settings)
    swept = sweep_all(shop.settings, finder)
    assert swept.left == []
    found = without_times(shop.rows(feed))
    assert pending_deliveries(shop.settings, FEEDS[feed], DAY) == [], "the mark fits the rewritten file"
    again = sweep_all(shop.settings, finder)
    assert not again.rows, "a second sweep finds nothing"
    shutil.rmtree(shop.settings.lake / feed)
    shop.read(feed)
    assert (len(shop.rows(feed)), len(shop.refused(feed))) == before
    return found, without_times(shop.rows(feed))


TEXTS = {
    "utf-8": TEXT.encode(),
    "utf-8 with a mark": TEXT.encode("utf-8-sig"),
    "cp932": TEXT.encode("cp932"),
    "crlf": TEXT.replace("\n", "\r\n").encode("cp932"),
    "no line end at the end": TEXT.removesuffix("\n").encode(),
    "semicolons": TEXT.replace("弁, 次郎", "弁 次郎").replace(",", ";").encode(),
    "tabs": TEXT.replace("弁, 次郎", "弁 次郎").replace(",", "\t").encode(),
    "blank lines": TEXT.replace("C2,", "\n\nC2,").encode(),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_delimited_text(shop: Shop, text: bytes, name: str):
    file = shop.land("customers", text, name)
    assert (shop.read("customers").taken, len(shop.refused("customers"))) == (3, 1)
    rewritten, read = erased_and_read_again(shop, "customers")
    assert rewritten == read
    data = gzip.decompress(file.read_bytes()) if name.endswith(".gz") else file.read_bytes()
    assert traces(data) == []
    others = next(line for line in text.splitlines(keepends=True) if line.startswith((b"C2", b"\nC2")))
    assert others in data, "what is of others stays byte for byte"


TITLED = "顧客一覧,,\n\n" + TEXT
TRAILING = "\n".join(line + "," if line else line for line in TEXT.split("\n"))
ODD_TEXTS = {
    "utf-16 little": TEXT.encode("utf-16"),
    "utf-16 big": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "titles above": TITLED.encode("cp932"),
    "delimiters at the end of every line": TRAILING.encode(),
    "delimiters at the end of the header": TEXT.replace(HEADER, HEADER.replace("\n", ",\n")).encode(),
    "named delimiter": ("sep=|\n" + TEXT.replace("弁, 次郎", "弁 次郎").replace(",", "|")).encode(),
    "damaged": TEXT.encode().replace(BROKEN.encode(), b"C0000007,taro@example.jp,\xe5\xb1\n"),
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_texts(shop: Shop, text: bytes):
    file = shop.land("customers", text)
    assert (shop.read("customers").taken, len(shop.refused("customers"))) == (3, 1)
    rewritten, read = erased_and_read_again(shop, "customers")
    assert rewritten == read
    assert traces(file.read_bytes()) == []
    assert file.read_bytes()[:8] == text[:8]


SHEET = [
    ["顧客一覧"],
    [],
    ["customer_id", "email", "phone", "name", "created_at", "birth_date", "accepts_email", "address"],
    ["C2", "ben@example.jp", None, "弁 <&> 次郎", datetime(2026, 1, 10, 8), None, False, "梅田\n2"],
    [],
    ["C0000007", "taro@example.jp", None, "山田 太郎", datetime(2026, 1, 5, 9), "1980-02-03", True, 3],
    ["C0000007", *["taro@example.jp"] * 8],
]


def test_a_workbook_stays_one(shop: Shop):
    rows = [[escape(cell) if isinstance(cell, str) else cell for cell in row] for row in SHEET]
    file = shop.land("customers", workbook(rows), "a.xlsx")
    assert (shop.read("customers").taken, len(shop.refused("customers"))) == (2, 1)
    rewritten, read = erased_and_read_again(shop, "customers")
    assert rewritten == read
    assert (rewritten[0]["name"], rewritten[0]["address"]) == ("弁 <&> 次郎", "梅田\n2")
    with zipfile.ZipFile(file) as archive:
        assert traces(b"".join(map(archive.read, archive.namelist()))) == []


def test_an_archive_of_files(shop: Shop):
    inside = {
        "顧客/1.csv": TEXT.encode("cp932"),
        "顧客/2.csv": HEADER + OTHERS.replace("C2", "C9"),
        "3.csv.gz": gzip.compress((HEADER + TARO_ROW.replace("C0000007", "C8")).encode()),
        "__MACOSX/._1.csv": b"\0",
    }
    file = shop.land("customers", zipped(inside), "a.zip")
    shop.read("customers")
    rewritten, read = erased_and_read_again(shop, "customers")
    assert rewritten == read
    assert len(rewritten) == 5
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == list(inside)
        assert archive.read("顧客/2.csv").decode() == inside["顧客/2.csv"]
        plain = [archive.read("顧客/1.csv"), gzip.decompress(archive.read("3.csv.gz"))]
    assert traces(b"".join(plain)) == []


def test_a_list_in_a_json_object(shop: Shop):
    text = json.dumps({"page": {"n": 1}, "sessions": SESSIONS, "next": None}, ensure_ascii=False, indent=1)
    file = shop.land("sessions", text, "a.json")
    shop.read("sessions")
    rewritten, read = erased_and_read_again(shop, "sessions")
    assert rewritten == read
    assert traces(file.read_bytes()) == []
    assert json.loads(file.read_text())["page"] == {"n": 1}


def test_values_that_were_left_out_go_too(shop: Shop):
    shop.land(
        "customers", HEADER + TARO_ROW.replace("1980-02-03", "太郎の日") + OTHERS.replace("1985-01-01", "春")
    )
    shop.read("customers")
    (nulled,) = shop.settings.nulled.rglob("*.parquet")
    assert pq.ParquetFile(nulled).read()["value"].to_pylist() == ["太郎の日", "春"]
    rewritten, read = erased_and_read_again(shop, "customers")
    assert rewritten == read
    (nulled,) = shop.settings.nulled.rglob("*.parquet")
    assert traces(nulled.read_bytes()) == []
    assert not sweep_all(shop.settings, bury(shop.settings)).rows


def test_values_that_were_left_out_of_files_that_are_gone(shop: Shop):
    shop.land(
        "customers", HEADER + OTHERS.replace("1985-01-01", "taro@example.jp") + OTHERS.replace("C2", "C9")
    )
    shop.read("customers")
    shutil.rmtree(shop.settings.landing)
    swept = sweep_all(shop.settings, bury(shop.settings))
    assert swept.rows["nulled"] == 1
    (nulled,) = shop.settings.nulled.rglob("*.parquet")
    assert pq.ParquetFile(nulled).read()["value"].to_pylist() == [None]


def test_the_mark_knows_the_rewritten_file_of_the_lake(shop: Shop):
    shop.land("customers", TEXT)
    shop.read("customers")
    sweep_all(shop.settings, bury(shop.settings))
    mark = read_mark(shop.settings, "customers", DAY)
    assert mark["lake"] == asdict(rows_file(shop.settings, "customers", DAY))
    assert not [*(shop.settings.data / ".ingest").rglob("*")], "nothing unpacked stays"


def test_what_stays_and_what_goes(shop: Shop):
    shop.land("customers", TEXT.encode("cp932"))
    shop.read("customers")
    (ben, taro, chie), _ = erased_and_read_again(shop, "customers")
    assert PSEUDONYM.fullmatch(taro["customer_id"])
    assert taro["email"] == taro["_email"] != taro["phone"] == taro["_phone"]
    assert PSEUDONYM.fullmatch(taro["email"])
    assert (taro["accepts_email"], str(taro["created_at"])) == (True, "2026-01-05 09:00:00")
    gone = ("name", "birth_date", "birth_year", "prefecture", "address")
    assert [taro[name] for name in gone] == [None] * len(gone)
    assert (ben["name"], ben["address"], ben["email"]) == ("弁, 次郎", '梅田 "1"', "ben@example.jp")
    assert chie["name"] == "千恵"
    assert chie["address"].endswith("様方")


SESSIONS = [
    {"session_id": "S1", "device_id": "d0123456789abcd", "started_at": "2026-01-05T09:00:00+09:00",
     "landing_page": "/tea?mail=taro%40example.jp#x", "pageviews": 8, "duration_s": 1.50,
     "extra": {"name": "山田"}},
    {"Session_ID": "S2", "device_id": "D2", "customer_id": 12, "started_at": "2026-01-05 10:00",
     "pageviews": 1e1, "landing_page": "/tea?utm=ad"},
]  # fmt: skip


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson.gz", "a.json"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_lines(shop: Shop, name: str, ascii_only: bool):
    lines = [json.dumps(each, ensure_ascii=ascii_only) for each in SESSIONS]
    broken = '["山田", "taro@example.jp"]'
    file = shop.land("sessions", "\n".join([lines[0], broken, "", lines[1]]) + "\n", name)
    shop.read("sessions")
    rewritten, read = erased_and_read_again(shop, "sessions")
    assert rewritten == read
    data = gzip.decompress(file.read_bytes()) if name.endswith(".gz") else file.read_bytes()
    assert traces(data) == []
    assert lines[1].encode() in data
    assert b'"pageviews": 8, "duration_s": 1.5' in data
    assert [row["landing_page"] for row in rewritten] == ["/tea", "/tea?utm=ad"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array(shop: Shop, indent: int | None):
    text = json.dumps([*SESSIONS, "taro@example.jp 山田"], ensure_ascii=False, indent=indent)
    file = shop.land("sessions", text, "a.json")
    shop.read("sessions")
    rewritten, read = erased_and_read_again(shop, "sessions")
    assert rewritten == read
    assert traces(file.read_bytes()) == []


def test_parquet_of_numbers_and_times(shop: Shop):
    table = pa.table(
        {
            "Order_ID": pa.array(["A1", "A2"]),
            "customer_id": pa.array([12345678, 9]),
            "ordered_at": pa.array([1767571200000, 1767571200000], pa.timestamp("ms")),
            "status": pa.array(["paid", "paid"]).dictionary_encode(),
            "subtotal": pa.array([100.5, 200.0]),
            "total": pa.array([110, 220]),
            "address": pa.array(["山田ビル", "梅田"]).dictionary_encode(),
            "tags": pa.array([["山田"], ["a"]]),
        }
    )
    stream = io.BytesIO()
    pq.write_table(table, stream)
    file = shop.land("orders", stream.getvalue(), "a.parquet")
    shop.read("orders")
    finder = bury(shop.settings)
    finder.tombstones.add({("shop_customer_id", "12345678")}, ERASED_ON, "one")
    sweep_all(shop.settings, finder)
    found = without_times(shop.rows("orders"))
    shutil.rmtree(shop.settings.lake / "orders")
    shop.read("orders")
    assert found == without_times(shop.rows("orders"))
    new = pq.read_table(file)
    assert new.schema.field("total").type == pa.int64()
    assert new["address"].to_pylist() == [None, "梅田"]
    assert new["tags"].to_pylist() == [None, ["a"]]
    assert traces(str(new.to_pylist()).encode(), ["山田", "12345678"]) == []


def test_a_row_of_an_order_is_its_buyers(shop: Shop):
    shop.land("surveys", "response_id,order_id,customer_id,survey,responded_at,score,comment\n"
              "R1,A1,,csat,2026-01-05,3,山田です\n"
              "R2,A1,C2,csat,2026-01-05,3,贈り物\n")  # fmt: skip
    shop.land("shipments", "shipment_id,order_id,shipped_to\nH1,A1,山田ビル\nH2,A2,梅田\n")
    shop.read("surveys"), shop.read("shipments")
    finder = bury(shop.settings)
    sweep_all(shop.settings, finder)
    assert [row["comment"] for row in shop.rows("surveys")] == [None, "贈り物".encode().decode()]
    assert [row["shipped_to"] for row in shop.rows("shipments")] == [None, "梅田"]
    assert [row["order_id"] for row in shop.rows("shipments")] == ["A1", "A2"]


def test_rules_keep_their_kind(shop: Shop):
    shop.land(
        "identity_rules",
        "rule_id,kind,identifier_a,identifier_b\n1,must_link,email:TARO@example.jp,device_id:x\n",
    )
    shop.read("identity_rules")
    (rewritten,), (read,) = erased_and_read_again(shop, "identity_rules")
    assert rewritten == read
    kind, _, pseudonym = rewritten["_identifier_a"].partition(":")
    assert kind == "email"
    assert PSEUDONYM.fullmatch(pseudonym)


def test_whose_files_are_gone_or_partly_gone_is_erased_in_the_lake(shop: Shop):
    shop.land("customers", HEADER + TARO_ROW, "a.csv")
    shop.land("customers", HEADER + OTHERS + TARO_ROW.replace("C0000007", "C8"), "b.csv").read_bytes()
    shop.read("customers")
    (shop.settings.landing / "customers" / str(DAY) / "a.csv").unlink()
    finder = bury(shop.settings)
    sweep_all(shop.settings, finder)
    assert pending_deliveries(shop.settings, FEEDS["customers"], DAY) == [], (
        "else the rows of a.csv were lost"
    )
    assert traces(str(without_times(shop.rows("customers"))).encode()) == []
    assert len(shop.rows("customers")) == 3


def test_quarantine_keeps_the_row_and_not_what_is_in_it(shop: Shop):
    shop.land("customers", HEADER + TARO_ROW.replace("C0000007", "") + BROKEN + "x,y\n")
    shop.read("customers")
    shutil.rmtree(shop.settings.landing)
    finder = bury(shop.settings)
    sweep_all(shop.settings, finder)
    assert {row["line"]: row["raw"] for row in shop.refused("customers")} == {2: "", 3: "", 4: "x,y"}
    assert traces(str(shop.refused("customers")).encode()) == []


def test_what_is_nobodys_stays_byte_for_byte(shop: Shop):
    shop.land("customers", (HEADER + OTHERS).encode("cp932"))
    shop.land("orders", b"\xff\xfe broken taro@example.jp", "unreadable.xyz")
    shop.read("customers"), shop.read("orders")
    before = files_below(shop.settings.data)
    finder = bury(shop.settings)
    sweep_all(shop.settings, finder)
    after = files_below(shop.settings.data)
    after.pop("erasures/tombstones.json")
    assert after == before


@pytest.mark.parametrize("cut_off_at", range(1, 8))
def test_a_sweep_that_is_cut_off_is_completed_by_the_next(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_off_at: int
):
    """At every renaming of a file, and at every mark."""
    shop.land("customers", TEXT.encode("cp932"), "a.csv.gz")
    shop.land("customers", HEADER + TARO_ROW.replace("C0000007", "C8"), "b.csv")
    shop.read("customers")
    (shop.settings.landing / "customers" / str(DAY) / "a.csv.gz").unlink() if cut_off_at % 2 else None
    finder = bury(shop.settings)
    done = 0

    def cut_off(call):
        def counted(*arguments):
            nonlocal done
            done += 1
            if done == cut_off_at:
                raise KeyboardInterrupt
            return call(*arguments)

        return counted

    with monkeypatch.context() as patch:
        patch.setattr(lake, "put", cut_off(lake.put))
        patch.setattr(lake, "write_mark", cut_off(lake.write_mark))
        try:
            sweep_all(shop.settings, finder)
        except KeyboardInterrupt:
            assert done == cut_off_at
    sweep_all(shop.settings, finder)
    assert not sweep_all(shop.settings, finder).rows
    assert pending_deliveries(shop.settings, FEEDS["customers"], DAY) == []
    assert traces(str(shop.rows("customers")).encode()) == []
    assert traces(str(shop.refused("customers")).encode()) == []
    assert read_mark(shop.settings, "customers", DAY) is not None


def test_the_old_file_brings_nobody_back(shop: Shop):
    old = TEXT.encode("cp932")
    shop.land("customers", old)
    shop.read("customers")
    bury(shop.settings)
    sweep_all(shop.settings, bury(shop.settings))
    before = without_times(shop.rows("customers"))
    file = shop.land("customers", old)
    shop.read("customers")
    assert without_times(shop.rows("customers")) == before, "the same pseudonyms as before"
    assert traces(file.read_bytes()) == []
    assert traces(str(shop.refused("customers")).encode()) == []


def test_what_happens_after_the_erasure_is_a_new_acquaintance(shop: Shop):
    bury(shop.settings)
    rows = shop.take("orders", "order_id,email,ordered_at,status,subtotal,total\n"
                     f"O1,taro@example.jp,{ERASED_ON},paid,1,1\n"
                     "O2,taro@example.jp,2026-11-26 00:00,paid,1,1\n")  # fmt: skip
    assert PSEUDONYM.fullmatch(rows[0]["_email"])
    assert rows[1]["_email"] == "taro@example.jp"


def test_who_came_back_stays_when_somebody_else_is_erased(shop: Shop):
    bury(shop.settings)
    shop.take("orders", "order_id,email,ordered_at,status,subtotal,total\n"
              "O2,taro@example.jp,2026-11-26 00:00,paid,1,1\n"
              "O3,hana@example.jp,2026-11-26 00:00,paid,1,1\n")  # fmt: skip
    tombstones = read_tombstones(shop.settings)
    tombstones.add({("email", "hana@example.jp")}, ERASED_ON, "two")
    sweep_all(shop.settings, Finder(tombstones.of("two"), "JP"))
    assert [row["_email"][:6] for row in shop.rows("orders")] == ["taro@e", "erased"]


def test_who_is_erased_again_is_the_same_nobody(shop: Shop):
    bury(shop.settings)
    tombstones = read_tombstones(shop.settings)
    before = tombstones.find("email", "taro@example.jp")
    tombstones.add({("email", "taro@example.jp")}, ERASED_ON + timedelta(days=9), "two")
    assert tombstones.find("email", "taro@example.jp") == Tombstone(
        before.pseudonym, ERASED_ON + timedelta(days=9), "two"
    )


def test_a_run_completes_what_was_cut_off_before_it_reads(shop: Shop):
    shop.land("customers", TEXT)
    shop.read("customers")
    bury(shop.settings)
    journal = {"erasure": "one", "lists": {}, "files": {}, "rows": {}, "is_taken_out": False}
    note(shop.settings, journal)
    assert resume(shop.settings)
    assert traces(str(shop.rows("customers")).encode()) == []
    assert not resume(shop.settings), "once"


def test_a_file_that_cannot_be_rewritten_is_not_read(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    bury(shop.settings)
    shop.land("customers", TEXT)
    monkeypatch.setattr(
        "dagster_project.erasure.delivered.put",
        lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied")),
    )
    with pytest.raises(ErasureError, match="give the pipeline's user the right"):
        ingest_delivery(shop.settings, FEEDS["customers"], DAY)
    assert not shop.settings.lake.exists()


def test_another_key_is_refused_before_anybody_comes_back(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    bury(shop.settings)
    shop.land("customers", TEXT)
    monkeypatch.setenv("LIFECYCLE_HASH_KEY", "another")
    with pytest.raises(ErasureError, match="LIFECYCLE_HASH_KEY"):
        Shop(shop.settings.data).read("customers")


def test_the_key_that_everybody_knows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LIFECYCLE_HASH_KEY", raising=False)
    with pytest.raises(ErasureError, match="is the default"):
        bury(Shop(tmp_path / "data").settings)


def test_tombstones_name_nobody_and_are_their_owners_only(shop: Shop):
    bury(shop.settings)
    file = shop.settings.data / "erasures" / "tombstones.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert not any(value in file.read_text() for _, value in TARO)


#: Texts that stay when a person is erased: they tell of goods, money, ways and reasons chosen from a list.
STAY = set(
    """abandoned_step brand campaign_id campaign_name category channel coupon_code currency delivery_no
    device_type kind medium message_id order_id order_name payment_method platform product_id reason_code
    source status store_id subscription_id viewed_products""".split()
)


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_every_text_of_a_contract_is_said_to_go_or_to_stay(feed: Feed):
    unsaid = {
        column.name
        for column in feed.columns
        if column.data_type == "varchar"
        and not (column.is_key or column.values or column.personal)
        and column.name not in STAY | identifier_columns(feed).keys()
    }
    assert unsaid - ({"name"} if feed.name == "products" else set()) == set(), (
        "mark it `personal: all` in the contract if people can be told by it, else name it here"
    )


def test_what_goes_does_not_change_how_a_delivery_is_read():
    """Else a feed of years would be read again for a word in its contract."""
    feed = FEEDS["customers"]
    others = tuple(replace(column, personal=None) for column in feed.columns)
    assert replace(feed, columns=others).fingerprint == feed.fingerprint
