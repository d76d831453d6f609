"""The sample shop: the same arguments give the same bytes, and what its truth says is what its files hold."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import phonenumbers
import pytest

from dagster_project.ingest.identifiers import normalise_email, normalise_phone
from dagster_project.sample.generate import LAST_DAY, feed_keys, generate
from dagster_project.settings import PROJECT

COMMITTED = PROJECT / "seeds" / "sample"
ARGUMENTS = {"customers": 400, "days": 730, "seed": 20261101}


def files_of(folder: Path) -> dict[str, bytes]:
    """Every generated file of a shop by its path."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for part in ("landing", "truth")
        for file in sorted((folder / part).rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("shop")
    generate(out, **ARGUMENTS)
    return out


def truth(name: str) -> list[dict[str, str]]:
    with (COMMITTED / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def deliveries(feed: str) -> list[Path]:
    return sorted((COMMITTED / "landing" / feed).rglob("*.*"))


def records(file: Path) -> list[dict]:
    """Rows of a delivered file with lower-case names, those with a wrong number of fields left out."""
    if file.suffix == ".parquet":
        relation = duckdb.read_parquet(str(file))
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp932")
    if "json" in file.name:
        return [record for line in text.splitlines() if isinstance(record := json.loads(line), dict)]
    header, *rows = csv.reader(text.splitlines(), delimiter=max(",;\t", key=text.splitlines()[0].count))
    names = [name.lower() for name in header]
    return [dict(zip(names, row, strict=True)) for row in rows if len(row) == len(names)]


@cache
def latest(feed: str, key: str) -> dict[str, dict]:
    """The version in force of each key, spoilt rows left out."""
    return {
        record[key]: record
        for file in deliveries(feed)
        for record in records(file)
        if record[key] and not str(record[key]).startswith("spoilt")
    }


def test_committed_sample_is_what_the_generator_makes(regenerated):
    made, committed = files_of(regenerated), files_of(COMMITTED)
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_another_seed_makes_another_shop(tmp_path):
    for seed in (1, 2):
        generate(tmp_path / str(seed), customers=20, days=60, seed=seed)
    first, second = files_of(tmp_path / "1"), files_of(tmp_path / "2")
    assert first["truth/persons.csv"] != second["truth/persons.csv"]


def test_a_tiny_shop_can_be_made_and_a_second_one_does_not_mix_with_it(tmp_path):
    generate(tmp_path, customers=1, days=1, seed=3)
    with pytest.raises(FileExistsError, match="choose another folder"):
        generate(tmp_path, customers=1, days=1, seed=3)


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"days": 0}, {"file_format": "xlsx"}])
def test_wrong_arguments_are_named(tmp_path, wrong):
    with pytest.raises(ValueError, match="must be"):
        generate(tmp_path, **{"customers": 5, "days": 5, "seed": 1} | wrong)


def test_parquet_shop_has_only_parquet_and_no_bad_rows(tmp_path):
    generate(tmp_path, customers=20, days=60, seed=1, file_format="parquet")
    assert {file.suffix for file in (tmp_path / "landing").rglob("*.*") if file.is_file()} == {".parquet"}
    assert (tmp_path / "truth" / "bad_rows.csv").read_text(encoding="utf-8").count("\n") == 1


def test_every_feed_of_the_contract_is_delivered():
    assert len(feed_keys()) == 22
    assert {folder.name for folder in (COMMITTED / "landing").iterdir()} == set(feed_keys())


def test_committed_sample_is_small():
    sizes = [len(content) for content in files_of(COMMITTED).values()]
    assert len(sizes) <= 350
    assert sum(sizes) <= 2_500_000


def test_deliveries_are_daily_at_the_end_and_none_lies_after_the_last_day():
    days = {date.fromisoformat(file.parent.name) for feed in feed_keys() for file in deliveries(feed)}
    assert max(days) == LAST_DAY
    assert {date(2026, 10, day) for day in range(22, 32)} <= days


def test_files_come_in_every_look_that_shops_send():
    looks = {"".join(file.suffixes) for feed in feed_keys() for file in deliveries(feed)}
    assert looks == {".csv", ".tsv", ".txt", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet"}
    assert deliveries("products")[0].read_bytes().startswith(b"\xef\xbb\xbf")
    assert deliveries("carts")[0].read_text(encoding="utf-8").startswith("cart_id;device_id;")
    assert deliveries("order_items")[0].read_text(encoding="utf-8").startswith("ORDER_ID,LINE_NO,")
    assert deliveries("support_tickets")[0].read_text(encoding="utf-8-sig").startswith("Csat,Reason_Code,")


def test_some_orders_and_customers_come_in_cp932_and_only_in_it():
    for feed in ("orders", "customers"):
        contents = [file.read_bytes() for file in deliveries(feed)]
        old = [content for content in contents if b"\r\n" in content]
        assert 0 < len(old) < len(contents)
        for content in old:
            content.decode("cp932")
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")
    names = b"".join(content for content in contents if b"\r\n" in content)
    assert "髙橋".encode("cp932") in names, "what cp932 can write and shift_jis can not"


def test_bad_rows_stand_where_the_truth_says():
    bad_rows = truth("bad_rows")
    assert {row["effect"] for row in bad_rows} == {"quarantined", "nulled"}
    for row in bad_rows:
        file = COMMITTED / "landing" / row["feed"] / row["delivery"] / row["file"]
        content = file.read_bytes()
        text = content.decode("cp932" if b"\r\n" in content else "utf-8-sig")
        line = text.splitlines()[int(row["line"]) - 1]
        assert row["value"] in line
        assert int(row["line"]) - int(row["row"]) == (0 if "json" in row["file"] else 1)


def test_counts_of_the_truth_are_those_of_the_files():
    quarantined = sum(row["effect"] == "quarantined" for row in truth("bad_rows"))
    files = truth("files")
    assert sum(int(row["quarantined"]) for row in files) == quarantined
    assert len(files) == sum(len(deliveries(feed)) for feed in feed_keys())
    for row in files:
        path = COMMITTED / "landing" / row["feed"] / row["delivery"] / row["file"]
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if path.suffix == ".parquet":
            delivered = len(records(path))
        else:
            delivered = content.count(b"\n") - ("json" not in row["file"])
        assert delivered == int(row["delivered"]), path


def test_identifiers_in_the_files_are_those_of_the_truth():
    known = {(row["kind"], row["value"]) for row in truth("identifiers")}
    not_persons = {"staff@example.jp", "unknown@example.jp"}
    for order in latest("orders", "order_id").values():
        if order["customer_id"]:
            assert ("shop_customer_id", order["customer_id"]) in known
        if order["email"] and order["email"] not in not_persons:
            assert ("email", normalise_email(order["email"])) in known
        if order["phone"]:
            assert ("phone", normalise_phone(order["phone"], "JP")) in known


def test_nobody_could_answer_the_phone_or_the_mail():
    for row in truth("identifiers"):
        if row["kind"] == "phone":
            number = phonenumbers.parse(row["value"])
            assert phonenumbers.is_possible_number(number)
            assert row["value"].startswith("+81900"), "no Japanese mobile number begins so"
        if row["kind"] == "email":
            assert row["value"].endswith(("@example.com", "@example.jp"))


def test_purchases_of_the_truth_are_the_valid_orders_of_the_files():
    lines: dict[str, list[dict]] = {}
    for item in latest_lines().values():
        lines.setdefault(item["order_id"], []).append(item)
    refunds: dict[str, float] = {}
    for refund in latest("refunds", "refund_id").values():
        refunds[refund["order_id"]] = refunds.get(refund["order_id"], 0) + float(refund["amount"])
    for expected in truth("orders"):
        order = latest_orders()[expected["order_id"]]
        discounted = merchandise(order, lines[expected["order_id"]])
        refunded = refunds.get(expected["order_id"], 0)
        is_valid = (
            order["status"] in ("paid", "shipped", "delivered", "refunded")
            and order["is_test"] != "true"
            and order["deleted"] != "true"
            and float(order["total"]) > 0
            and not (refunded > 0 and refunded >= discounted)
            and not (order["status"] == "refunded" and refunded == 0)
        )
        assert is_valid == (expected["is_valid"] == "true"), expected["order_id"]


def latest_orders() -> dict[str, dict]:
    return latest("orders", "order_id")


def latest_lines() -> dict[tuple[str, str], dict]:
    return {
        (record["order_id"], record["line_no"]): record
        for file in deliveries("order_items")
        for record in records(file)
        if record["order_id"] and record["line_no"].isdigit() and record["quantity"].isdigit()
    }


def merchandise(order: dict, lines: list[dict]) -> float:
    """Gross sales less discounts: gift cards (P093) are no merchandise."""
    goods = [line for line in lines if line["product_id"] != "P093"]
    gross = sum(float(line["quantity"]) * float(line["unit_price"]) for line in goods)
    return gross - sum(float(line["discount"]) for line in goods) - float(order["discount"])


def test_subtotal_is_merchandise_after_all_discounts():
    lines: dict[str, list[dict]] = {}
    for item in latest_lines().values():
        lines.setdefault(item["order_id"], []).append(item)
    for order_id, order in latest_orders().items():
        own = lines[order_id]
        gift_cards = sum(
            float(line["quantity"]) * float(line["unit_price"])
            for line in own
            if line["product_id"] == "P093"
        )
        assert float(order["subtotal"]) == pytest.approx(merchandise(order, own) + gift_cards, abs=0.005)


def test_deliveries_hold_late_repeated_corrected_and_withdrawn_orders():
    versions = truth("deliveries_of_orders")
    assert sum(row["is_late"] == "true" for row in versions) >= 3
    assert sum(row["is_duplicate"] == "true" for row in versions) >= 3
    assert sum(row["is_withdrawal"] == "true" for row in versions) >= 2
    assert any({"pending", "shipped", "delivered"} <= statuses for statuses in statuses_of_orders(versions))


def statuses_of_orders(versions: list[dict[str, str]]) -> list[set[str]]:
    statuses: dict[str, set[str]] = {}
    for row in versions:
        statuses.setdefault(row["order_id"], set()).add(row["status"])
    return list(statuses.values())


def test_families_share_a_tablet_and_many_share_the_kiosk():
    logged_in: dict[str, set[str]] = {}
    for session in latest("sessions", "session_id").values():
        if session["customer_id"]:
            logged_in.setdefault(session["device_id"], set()).add(session["customer_id"])
    shared = {row["device_id"]: row["use"] for row in truth("shared_devices")}
    assert {len(logged_in[device]) for device, use in shared.items() if use == "family"} == {2}
    assert all(len(logged_in[device]) > 3 for device, use in shared.items() if use == "kiosk")


def test_one_order_has_no_exchange_rate():
    rated = {record["currency"] for file in deliveries("fx_rates") for record in records(file)}
    foreign = [order["currency"] for order in latest_orders().values() if order["currency"] != "JPY"]
    assert {"USD", "EUR", "KRW"} <= set(foreign)
    assert [currency for currency in foreign if currency not in rated] == ["TWD"]


def test_the_shop_is_plausible():
    persons = [row for row in truth("persons") if int(row["purchases"]) > 0]
    repeaters = sum(int(row["purchases"]) > 1 for row in persons) / len(persons)
    orders = [row for row in truth("orders") if row["is_valid"] == "true"]
    sessions = latest("sessions", "session_id")
    assert 0.25 <= repeaters <= 0.45
    assert 0.015 <= len(orders) / len(sessions) <= 0.045
    assert sum(float(row["refunded"]) > 0 for row in orders) / len(orders) <= 0.06


#: The feeds whose rows link identifiers, with their keys.
LINKING = {
    "orders": "order_id", "customers": "customer_id", "sessions": "session_id", "carts": "cart_id",
    "leads": "lead_id", "surveys": "response_id", "email_events": "event_id", "support_tickets": "ticket_id",
    "reviews": "review_id", "consents": "consent_id",
}  # fmt: skip


def identifiers_of(row: dict, shared: set[str]) -> list[tuple[str, str]]:
    """The usable identifiers of a row, normalised."""
    found = [
        ("shop_customer_id", row.get("customer_id")),
        ("email", normalise_email(row["email"]) if row.get("email") else None),
        ("phone", normalise_phone(row["phone"], "JP") if row.get("phone") else None),
        ("line_user_id", row.get("line_user_id")),
        ("device_id", row.get("device_id")),
    ]
    unusable = shared | {"staff@example.jp", "unknown@example.jp"}
    return [(kind, value) for kind, value in found if value and value not in unusable]


def components(shared: set[str]) -> list[set[tuple[str, str]]]:
    """Whom the rows in force join, without any rule but `ignore`."""
    group: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for feed, key in LINKING.items():
        for row in latest(feed, key).values():
            linked = identifiers_of(row, shared)
            joined = set(linked).union(*(group.get(identifier, set()) for identifier in linked))
            group.update(dict.fromkeys(joined, joined))
    return list({id(members): members for members in group.values()}.values())


def test_rows_join_nobody_but_true_persons_and_families():
    kiosks = {row["device_id"] for row in truth("shared_devices") if row["use"] == "kiosk"}
    families: dict[str, set[str]] = {}
    for row in truth("shared_devices"):
        if row["use"] == "family":
            families.setdefault(row["device_id"], set()).add(row["person"])
    owners: dict[tuple[str, str], set[str]] = {}
    for row in truth("identifiers"):
        owners.setdefault((row["kind"], row["value"]), set()).add(row["person"])
    pieces: dict[str, int] = {}
    for component in components(kiosks):
        persons = set().union(*(owners.get(identifier, set()) for identifier in component))
        assert len(persons) <= 1 or persons in families.values()
        for person in persons:
            pieces[person] = pieces.get(person, 0) + 1
    whole = sum(count == 1 for count in pieces.values()) / len(pieces)
    assert 0.6 < whole < 1, "most can be made whole from the files, but not all: some never log in"
