"""Exports dropped into the inbox, one run, and what analysts read: from the door to the published file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.settings import PROJECT, Settings

SAMPLES = PROJECT / "tests" / "samples"

CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total Orders,Tax Exempt\n"
    "'501,Hana,Rei,hana@example.jp,yes,5500,1,no\n"
    "'502,Only,Registered,only@example.jp,no,0,0,no\n"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop that dropped exports of four tools into its inbox, and ran."""
    settings = Settings(data=tmp_path_factory.mktemp("inbox") / "data", hash_key="key-of-the-tests")
    inbox = settings.landing / "inbox"
    for sample in ("shopify/payments_jp", "google_ads/ja_daily", "ga4_bigquery/json_two_days"):
        shutil.copytree(SAMPLES / sample / "input", inbox, dirs_exist_ok=True)
    (inbox / "2026-11-21" / "customers_export.csv").write_text(CUSTOMERS, encoding="utf-8")
    (inbox / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", "run", "--day", "2026-11-23"],
        cwd=PROJECT, env=os.environ | settings.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "notes.csv" in done.stderr, "what stays in the inbox is told"
    assert "hana" not in done.stderr + done.stdout
    return settings


def asked(settings: Settings, query: str) -> list[tuple]:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_all_but_the_unknown_file_left_the_inbox(shop: Settings):
    assert [file.name for file in (shop.landing / "inbox").rglob("*") if file.is_file()] == ["notes.csv"]


def test_orders_count_with_their_dated_refunds(shop: Settings):
    orders = dict(asked(shop, "select order_id, net_revenue from orders where is_valid"))
    assert orders["shopify:5550000000001"] == 4500
    assert orders["shopify:5550000000004"] == 2000, "3,000 less the refund of the payments file"
    assert "shopify:5550000000005" not in orders, "cancelled"


def test_a_customer_of_the_export_and_an_order_are_one_person_by_mail(shop: Settings):
    known = "select shop_customer_ids, orders, first_seen_at from customers where len(shop_customer_ids) > 0"
    numbers = {ids[0]: (orders, str(seen)) for ids, orders, seen in asked(shop, known)}
    assert numbers["shopify:501"] == (2, "2026-10-03 23:50:00")
    assert numbers["shopify:502"] == (0, "2026-11-21 00:00:00"), "no date of registration: known since then"


def test_visits_and_ads_are_there(shop: Settings):
    assert asked(shop, "select count(*) from sessions") == [(5,)]
    assert asked(shop, "select sum(cost), sum(conversions) from marketing_spend")[0][0] == 38105


def test_dagster_knows_what_became_of_each_export(shop: Settings):
    os.environ.update(shop.environment())
    with dg.DagsterInstance.get() as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["landing", "google_ads"]))
    found = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert found["format"] == "google_ads"
    assert found["rows/marketing_spend"] == 4
    assert found["control_sum/file"] == found["control_sum/taken"] == "38105.0000"
    assert event.asset_materialization.partition == str(date(2026, 11, 3))


def test_nobody_is_named_in_the_published_file_nor_in_dagsters_records(shop: Settings):
    known = ("hana@example.jp", "only@example.jp", "Registered")
    for file in (shop.published, *shop.dagster_home.rglob("*.db")):
        content = Path(file).read_bytes()
        assert not any(name.encode() in content for name in known), file
