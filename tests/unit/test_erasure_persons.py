"""Whose identifiers are found from one of them, what is nobody's own, and what is told on request."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from ingest_shop import FEEDS, Shop
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.erasure.access import write_access
from dagster_project.erasure.persons import Found, find_persons, given_identifier, published_hash, read_list
from dagster_project.erasure.tombstones import ErasureError

ORDERS = """order_id,customer_id,email,phone,device_id,ordered_at,status,subtotal,total
A1,C1,taro@example.jp,,d1,2026-01-01,paid,1,1
A2,C2,hana@example.jp,,kiosk,2026-01-01,paid,1,1
A3,,info@shop.jp,,d1,2026-01-01,paid,1,1
A4,C2,both@example.jp,,,2026-01-01,paid,1,1
"""
#: C1 had another address once, and one that C2 had as well; C3 was a number of the same person that no row in
#: force has.
CUSTOMERS = """customer_id,email,phone,name,created_at
C1,former@example.jp,,太郎,2026-01-01
C1,both@example.jp,,太郎,2026-01-01
C3,taro@example.jp,090-1234-5678,太郎,2026-01-01
C2,hana@example.jp,,花,2026-01-01
"""
REFERRALS = """referral_id,referrer_customer_id,referee_email,created_at
F1,C2,taro@example.jp,2026-01-01
"""
IDENTIFIERS = [
    ("shop_customer_id", "C1", "t"), ("email", "taro@example.jp", "t"), ("device_id", "d1", "t"),
    ("shop_customer_id", "C2", "h"), ("email", "hana@example.jp", "h"),
]  # fmt: skip
TARO = {
    ("shop_customer_id", "C1"),
    ("shop_customer_id", "C3"),
    ("email", "taro@example.jp"),
    ("email", "former@example.jp"),
    ("phone", "+819012345678"),
    ("device_id", "d1"),
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("LIFECYCLE_HASH_KEY", "key-of-the-tests")
    monkeypatch.setenv("LIFECYCLE_DATA", str(tmp_path / "data"))
    shop = Shop(tmp_path / "data")
    for feed, text in (("orders", ORDERS), ("customers", CUSTOMERS), ("referrals", REFERRALS)):
        shop.land(feed, text)
        shop.read(feed)
    with duckdb.connect(str(shop.settings.warehouse)) as connection:
        for schema in ("intermediate", "staging", "marts"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table intermediate.int_identifiers"
            " (identifier_kind text, identifier_value text, customer_id text)"
        )
        connection.executemany("insert into intermediate.int_identifiers values (?, ?, ?)", IDENTIFIERS)
        connection.execute(
            "create table intermediate.int_shared_devices as select 'device_id:kiosk' as identifier"
        )
        connection.execute(
            "create table staging.stg_identity_rules as"
            " select 'ignore' as kind, 'email:info@shop.jp' as identifier_a"
        )
        connection.execute("create table marts.customers as select 't' as customer_id, 'loyalty' as stage")
    return shop


@pytest.mark.parametrize("given", sorted(TARO))
def test_any_identifier_leads_to_all_of_them(shop: Shop, given: tuple[str, str]):
    """By who is whom in force, and by rows that were replaced since."""
    found = find_persons(shop.settings, FEEDS, [given])
    assert (found.identifiers, found.orders, found.customer_ids) == (TARO, {"A1", "A3"}, {"t"})
    assert (found.unknown, found.shared) == (0, 1)


def test_another_persons_row_adds_nothing(shop: Shop):
    found = find_persons(shop.settings, FEEDS, [("shop_customer_id", "C2")])
    assert found.identifiers == {("shop_customer_id", "C2"), ("email", "hana@example.jp")}
    assert found.orders == {"A2", "A4"}


@pytest.mark.parametrize(
    "given", [("device_id", "kiosk"), ("email", "info@shop.jp"), ("email", "both@example.jp")]
)
def test_what_several_share_is_nobodys(shop: Shop, given: tuple[str, str]):
    assert find_persons(shop.settings, FEEDS, [given]) == Found(shared=1)


def test_who_is_in_no_row_is_unknown_and_gets_a_tombstone(shop: Shop):
    given = ("email", "nobody@example.jp")
    assert find_persons(shop.settings, FEEDS, [given]) == Found({given}, unknown=1)


def test_a_shop_that_never_ran_knows_its_rows(shop: Shop):
    shop.settings.warehouse.unlink()
    found = find_persons(shop.settings, FEEDS, [("phone", "+819012345678")])
    assert {
        ("shop_customer_id", "C3"),
        ("email", "taro@example.jp"),
        ("shop_customer_id", "C1"),
    } <= found.identifiers


def test_an_identifier_is_read_as_ingestion_reads_it():
    assert given_identifier("email", " Taro@Example.JP ", "JP") == ("email", "taro@example.jp")
    assert given_identifier("phone", "090-1234-5678", "JP") == ("phone", "+819012345678")
    with pytest.raises(ErasureError) as error:
        given_identifier("phone", "secret", "JP")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize(
    "text",
    ["email:Taro@example.jp\n\nphone:090-1234-5678\ncustomer_id:顧客1\n",
     "Email,phone,memo,customer_id\nTaro@example.jp,,太郎,\n,090-1234-5678,,顧客1\n"],
)  # fmt: skip
def test_a_list_is_lines_or_a_csv(tmp_path: Path, text: str, encoding: str):
    file = tmp_path / "list.txt"
    file.write_bytes(text.encode(encoding))
    assert read_list(file, "JP") == [
        ("email", "taro@example.jp"), ("phone", "+819012345678"), ("shop_customer_id", "顧客1"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "email:a@b.jp\nfax:12345\n", "email:a@b.jp\nsecret\n"])
def test_a_line_that_is_no_identifier_is_named_by_its_number(tmp_path: Path, text: str):
    file = tmp_path / "list.txt"
    file.write_text(text)
    with pytest.raises(ErasureError) as error:
        read_list(file, "JP")
    assert "line 2" in str(error.value) if text else "names nobody" in str(error.value)
    assert not {"secret", "12345"} & set(str(error.value).split())


def test_a_person_is_told_what_is_known(shop: Shop, tmp_path: Path):
    target = tmp_path / "taro.json"
    write_access(shop.settings, FEEDS, [("shop_customer_id", "C1")], target)
    known = json.loads(target.read_text(encoding="utf-8"))
    assert target.stat().st_mode & 0o777 == 0o600
    assert [row["order_id"] for row in known["delivered"]["orders"]] == ["A1", "A3"]
    assert {row["customer_id"] for row in known["delivered"]["customers"]} == {"C1", "C3"}
    assert [row["referral_id"] for row in known["delivered"]["referrals"]] == ["F1"]
    assert known["concluded"] == {"customers": [{"customer_id": "t", "stage": "loyalty"}]}
    with pytest.raises(ErasureError, match="is there already"):
        write_access(shop.settings, FEEDS, [("shop_customer_id", "C1")], target)


def files(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {
        each: (each.read_bytes(), each.stat().st_mtime_ns) for each in folder.rglob("*") if each.is_file()
    }


def test_a_dry_run_changes_nothing_and_shows_hashes(shop: Shop):
    shop.settings.shop  # noqa: B018 - writes shop.yml
    before = files(shop.settings.data)
    result = CliRunner().invoke(app, ["erase", "--email", "taro@example.jp", "--dry-run"])
    assert result.exit_code == 0, result.output
    assert files(shop.settings.data) == before
    assert published_hash(shop.settings, "email", "taro@example.jp") in result.output
    assert "landing: 6 rows in 3 files would be rewritten" in result.output
    assert "cannot be found" in " ".join(result.output.split())
    assert not any(value in result.output for kind, value in TARO if len(value) > 2)


def test_the_default_key_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LIFECYCLE_HASH_KEY")
    before = files(shop.settings.landing)
    result = CliRunner().invoke(app, ["erase", "--email", "taro@example.jp"])
    assert result.exit_code == 2
    assert "LIFECYCLE_HASH_KEY" in result.output
    assert files(shop.settings.landing) == before
    assert not (shop.settings.data / "erasures").exists()
