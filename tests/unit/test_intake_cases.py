"""The door as a shop uses it: re-exports, two shops of one system, files nobody knows, the inbox."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from datetime import date, datetime
from itertools import permutations
from pathlib import Path

import duckdb
import pytest

from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.landing import lost_deliveries, pending_deliveries
from dagster_project.ingest.quarantine import quarantine_summary
from dagster_project.intake import filing
from dagster_project.intake.adding import add, told, write_mapping, write_rows
from dagster_project.intake.filing import take_in_inbox, waiting_in_inbox
from dagster_project.intake.formats import read_formats
from dagster_project.intake.pending import control_problems, translate_pending
from dagster_project.intake.recognition import NotTaken
from dagster_project.intake.waiting import all_waiting
from dagster_project.settings import Settings, SettingsError
from tests.intake_samples import SAMPLES, rows_of

FEEDS = read_contracts()

HEADER = "Name,Email,Financial Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,Created at"
LINES = "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Id,Tax 1 Name"


def shopify(*orders: tuple[int, str, list[tuple[str, int]]]) -> str:
    """An orders export: number, day and lines (article, price with 10 % tax) of each order."""
    rows = [f"{HEADER},{LINES}"]
    for number, day, lines in orders:
        total = sum(price for _, price in lines)
        tax = total // 11
        head = f"#{number},a{number}@example.jp,paid,,JPY,{total},0,{tax},{total},{day} 10:00:00 +0900"
        for at, (article, price) in enumerate(lines):
            empty = f"#{number},a{number}@example.jp,,,,,,,,{day} 10:00:00 +0900"
            own = f"1,{article},{price},{article},{number if at == 0 else ''},{'VAT 10%' if at == 0 else ''}"
            rows.append(f"{empty if at else head},{own}")
    return "\n".join(rows) + "\n"


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def run(settings: Settings, up_to: date = date(2199, 1, 1)) -> None:
    """What a run does at the door: translation, then ingestion."""
    done = list(translate_pending(settings, read_formats(settings), FEEDS, up_to))
    assert not [each.problem for each in done if each.problem]
    for feed in FEEDS.values():
        for day in pending_deliveries(settings, feed, up_to):
            ingest_delivery(settings, feed, day)


def in_force(settings: Settings, feed: str, *columns: str) -> list[tuple[str, ...]]:
    """Rows of a feed in force, in the named columns."""
    out = settings.data / "out"
    write_rows(settings, FEEDS, out)
    return rows_of(out / f"{feed}.csv", list(columns))


BEFORE = shopify((1, "2026-01-10", [("A", 1100), ("B", 2200), ("C", 3300)]), (2, "2026-01-10", [("A", 1100)]))
AFTER = shopify((1, "2026-01-10", [("A", 1100)]), (3, "2026-01-12", [("B", 2200)]))


@pytest.mark.parametrize("order", list(permutations(["orders_export.csv", "orders_export (1).csv"])))
@pytest.mark.parametrize("at_once", [True, False])
def test_a_later_export_of_an_order_replaces_all_its_lines(settings, tmp_path, order, at_once):
    files = {
        "orders_export.csv": written(tmp_path, "orders_export.csv", BEFORE),
        "orders_export (1).csv": written(tmp_path, "orders_export (1).csv", AFTER),
    }
    given = [files[name] for name in order]
    for paths in [given] if at_once else [[file] for file in given]:
        assert all(answer.taken for answer in add(settings, paths))
        run(settings)
    lines = [("shopify:1", "1"), ("shopify:2", "1"), ("shopify:3", "1")]
    assert in_force(settings, "order_items", "order_id", "line_no") == lines
    withdrawn = duckdb.sql(
        f"select order_id, line_no from read_parquet('{settings.lake}/order_items/*/rows.parquet')"
        " where deleted order by all"
    ).fetchall()
    assert withdrawn == [("shopify:1", 2), ("shopify:1", 3)], "withdrawn in the later delivery"


@pytest.mark.parametrize("day", ["2026-10-24", "2026-10-29", "2026-11-05"])
def test_a_dated_refund_silences_the_undated_one_whichever_comes_first(settings, tmp_path, day):
    """Orders handed over before, with and after the payments of 2026-10-29."""
    sample = SAMPLES / "shopify" / "payments_jp" / "input"
    for name in ("payment_transactions_export_1.csv", "orders_export_1.csv"):
        text = (sample / name).read_text(encoding="utf-8")
        add(settings, [written(tmp_path / (day if name.startswith("orders") else "2026-10-29"), name, text)])
    run(settings)
    run(settings)
    refunds = in_force(settings, "refunds", "refund_id")
    assert [row[0][:14] for row in refunds] == ["shopify:#1003:", "shopify:#1004:"]
    assert not all_waiting(settings, FEEDS, date(2026, 11, 20)), "what was read is what there is"


def test_the_last_of_two_exports_of_a_day_counts(settings, tmp_path):
    one = shopify((1, "2026-01-10", [("A", 1100), ("B", 2200)]))
    other = shopify((1, "2026-01-10", [("C", 3300)]))
    add(settings, [written(tmp_path, "orders (2).csv", one)])
    (landed,) = (settings.landing / "shopify_orders" / "2026-01-10").iterdir()
    landed.rename(landed.with_name("20260110T000000Z_orders (2).csv"))
    add(settings, [written(tmp_path, "orders.csv", other)])
    run(settings)
    assert in_force(settings, "order_items", "line_no", "product_id") == [("1", "C")]


def test_an_old_export_handed_over_late_does_not_win(settings, tmp_path):
    add(settings, [written(tmp_path, "new.csv", AFTER)])
    run(settings)
    add(settings, [written(tmp_path, "old.csv", BEFORE)])
    run(settings)
    assert in_force(settings, "order_items", "order_id", "line_no")[0] == ("shopify:1", "1")
    assert len(in_force(settings, "order_items", "order_id")) == 3


def test_the_same_file_again_is_said_and_does_nothing(settings, tmp_path):
    file = written(tmp_path, "orders.csv", BEFORE)
    add(settings, [file])
    run(settings)
    (answer,) = add(settings, [file])
    assert "before" in told(answer, check=False)
    assert len(list((settings.landing / "shopify_orders").glob("*/*"))) == 1
    assert not all_waiting(settings, FEEDS, date(2026, 2, 1))


def test_numbers_that_a_spreadsheet_rounded_are_refused_as_they_would_make_one_order_of_many(
    settings, tmp_path
):
    rounded = BEFORE.replace(",A,1,VAT", ",A,5.55E+12,VAT").replace(",A,2,VAT", ",A,5.55E+12,VAT")
    (answer,) = add(settings, [written(tmp_path, "orders.csv", rounded)])
    assert not answer.taken and "Excel" in answer.sentence


def test_two_shops_of_one_system_are_two_numberings(settings, tmp_path):
    add(settings, [written(tmp_path, "a.csv", BEFORE)])
    add(settings, [written(tmp_path, "b.csv", AFTER)], shop="outlet")
    run(settings)
    numbers = {"shopify:1", "shopify:2", "outlet:1", "outlet:3"}
    assert {row[0] for row in in_force(settings, "orders", "order_id")} == numbers
    assert len([row for row in in_force(settings, "order_items", "order_id") if row[0] == "shopify:1"]) == 3


def test_check_files_nothing(settings, tmp_path):
    (answer,) = add(settings, [written(tmp_path, "orders.csv", BEFORE)], check=True)
    assert answer.taken and answer.feeds["order_items"] == 4
    assert answer.day == date(2026, 1, 10)
    assert not settings.landing.exists() and not settings.lake.exists()


def test_an_unknown_file_is_told_with_its_columns_and_what_to_type(settings, tmp_path):
    file = written(
        tmp_path,
        "売上一覧.csv",
        "売上番号,売上日,お客様メール,金額（税込）\nU-1,2026/11/01,a@example.jp,1100\n",
    )
    (answer,) = add(settings, [file])
    assert not answer.taken
    for part in ("売上番号", "金額（税込）", "--as orders"):
        assert part in answer.sentence
    assert "U-1" not in answer.sentence
    assert not (settings.landing).exists()


def test_what_cannot_be_known_stays_in_the_inbox_and_the_rest_is_filed(settings):
    inbox = settings.landing / "inbox"
    written(inbox, "orders_export.csv", BEFORE)
    written(inbox / "outlet", "orders_export.csv", AFTER)
    unknown = written(inbox, "notes.csv", "a,b\n1,2\n")
    assert all_waiting(settings, FEEDS, date(2026, 2, 1))
    looked = take_in_inbox(settings, FEEDS)
    assert sorted(filed.folder for filed in looked.filed) == ["shopify_orders", "shopify_orders@outlet"]
    assert [file for file in inbox.rglob("*") if file.is_file()] == [unknown]
    assert "its columns are a, b" in str(looked.not_taken[0][1])
    assert not waiting_in_inbox(settings, date(2026, 2, 1)), "a run would not know it better"
    written(inbox, "notes.csv", "a,b\n1,2\n3,4\n")
    assert waiting_in_inbox(settings, date(2026, 2, 1)), "another file of the name is looked at"


def test_exports_are_for_their_owner_only(settings, tmp_path):
    add(settings, [written(tmp_path, "orders.csv", BEFORE)])
    (landed,) = (settings.landing / "shopify_orders").glob("*/*")
    assert landed.stat().st_mode & 0o777 == 0o600


def test_the_zip_of_a_mailbox_is_its_files(settings, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("orders_export_1.csv", BEFORE)
        archive.writestr("__MACOSX/._orders_export_1.csv", "x")
    (answer,) = add(settings, [tmp_path / "export.zip"])
    assert answer.taken and answer.file.endswith("export.zip")
    run(settings)
    assert len(in_force(settings, "orders", "order_id")) == 2


def test_a_row_that_cannot_be_taken_is_quarantined_by_its_line_in_the_export(settings, tmp_path):
    broken = BEFORE.replace("2026-01-10 10:00:00 +0900,1,A,1100,A,2", "yesterday,1,A,1100,A,2")
    (answer,) = add(settings, [written(tmp_path, "orders.csv", broken)])
    assert sum(answer.quarantined.values()) == 1
    run(settings)
    (count,) = quarantine_summary(settings)
    assert (count.feed, count.column, count.first_line) == ("orders", "ordered_at", 5)
    assert count.file.startswith("shopify_orders/") and count.file.endswith("_orders.csv")


ADS = """Campaign report
"January 1, 2026 - January 2, 2026"
Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks,Conversions
2026-01-01,Brand,11,JPY,"1,200",100,10,1.50
2026-01-02,Brand,11,JPY,800,90,8,--
Total: Account,--,--,JPY,"2,000",190,18,1.50
"""


def test_a_changed_digit_of_money_is_noticed(settings, tmp_path):
    (whole,) = add(settings, [written(tmp_path, "ads.csv", ADS)], check=True)
    assert whole.control_problem is None
    (changed,) = add(settings, [written(tmp_path, "ads.csv", ADS.replace(",800,", ",900,"))], check=True)
    assert "2100" in changed.control_problem and "2000" in changed.control_problem


def test_sums_that_are_off_are_a_check_that_fails(settings, tmp_path):
    add(settings, [written(tmp_path, "ads.csv", ADS.replace(",800,", ",900,"))])
    run(settings)
    assert list(control_problems(settings)) == ["google_ads/2026-01-02"]


def event(day: str, second: int, device: str, session: int, name: str = "page_view") -> str:
    at = int(datetime.fromisoformat(f"{day}T00:00:00+09:00").timestamp()) + second
    parameters = [
        {"key": "ga_session_id", "value": {"int_value": str(session)}},
        {"key": "page_location", "value": {"string_value": f"https://shop.example.jp/{second}"}},
    ]
    return json.dumps(
        {
            "event_date": day.replace("-", ""),
            "event_timestamp": str(at * 1_000_000),
            "event_name": name,
            "event_params": parameters,
            "user_pseudo_id": device,
        }
    )


def test_a_visit_of_two_tables_is_one_and_a_table_delivered_again_replaces_its_day(settings, tmp_path):
    first = [event("2026-01-01", 86_000, "d1", 7), event("2026-01-01", 100, "d2", 8)]
    second = [event("2026-01-02", 60, "d1", 7), event("2026-01-02", 500, "d3", 9)]
    for day, events in (("2026-01-02", first), ("2026-01-03", second)):
        add(settings, [written(tmp_path / day, "events.json", "\n".join(events) + "\n")])
        run(settings)
    columns = ("session_id", "duration_s", "pageviews", "landing_page")
    crossing = ("d1.7", "460", "2", "https://shop.example.jp/86000")
    sessions = in_force(settings, "sessions", *columns)
    assert sessions[0] == crossing
    assert [row[0] for row in sessions] == ["d1.7", "d2.8", "d3.9"]
    again = [event("2026-01-01", 86_100, "d1", 7)]  # without the visit of d2
    add(settings, [written(tmp_path / "2026-01-04", "events.json", "\n".join(again) + "\n")])
    run(settings)
    sessions = in_force(settings, "sessions", *columns)
    assert [row[0] for row in sessions] == ["d1.7", "d3.9"]
    assert sessions[0] == ("d1.7", "360", "2", "https://shop.example.jp/86100")


def test_ads_of_a_day_delivered_again_are_not_added_to_what_there_was(settings, tmp_path):
    add(settings, [written(tmp_path, "ads.csv", ADS)])
    add(settings, [written(tmp_path, "ads (1).csv", ADS.replace(",800,", ",850,").replace("2,000", "2,050"))])
    run(settings)
    assert in_force(settings, "marketing_spend", "spend_date", "cost") == [
        ("2026-01-01", "1200"),
        ("2026-01-02", "850"),
    ]


@pytest.mark.parametrize(
    ("sources", "named"),
    [
        ("{shopfy: {tax_rate: 8}}", "shopfy"),
        ("{shopify: {tax_rat: 8}}", "tax_rat"),
        ("{shopify: 8}", "shopify"),
        ("[shopify]", "sources"),
        ("{outlet: {system: shop}}", "outlet"),
    ],
)
def test_an_unknown_source_or_setting_is_an_error_that_names_it(settings, sources, named):
    written(settings.data, "shop.yml", f"sources: {sources}\n")
    with pytest.raises(SettingsError, match=named):
        _ = Settings().shop


def test_a_mended_format_is_applied_to_what_was_filed_under_it(settings, tmp_path):
    written(
        settings.data / "formats", "till.sql", TILL.replace("amount(total, _decimal) as total", "1 as total")
    )
    add(settings, [written(tmp_path, "till.csv", 'Beleg,Zeit,Summe\n1,2026-01-05 10:00,"1.234,50"\n')])
    run(settings)
    assert in_force(settings, "orders", "order_id", "total") == [("till:1", "1")]
    written(settings.data / "formats", "till.sql", TILL)
    assert all_waiting(settings, FEEDS, date(2026, 2, 1))
    run(settings)
    assert in_force(settings, "orders", "order_id", "total") == [("till:1", "1234.5")]


def test_a_mapping_written_once_makes_a_file_known(settings, tmp_path):
    file = written(
        tmp_path,
        "売上一覧.csv",
        "売上番号,売上日,お客様メール,品目,金額（税込）\nU-1,2026/11/1,a@example.jp,皿,1100\n",
    )
    mapping = write_mapping(settings, file, "orders")
    text = mapping.read_text(encoding="utf-8")
    for guess in (
        "order_id: 売上番号",
        "ordered_at: 売上日",
        "email: お客様メール",
        "total: 金額（税込）",
        "status: '?'",
    ):
        assert guess in text
    assert not add(settings, [file])[0].taken, "not filled in yet"
    with pytest.raises(NotTaken, match="already"):
        write_mapping(settings, file, "orders")
    text = text.replace("status: '?'", "status: {value: paid}").replace(
        "subtotal: '?'", "subtotal: {from: 金額（税込）, tax_included: 10}"
    )
    mapping.write_text(text.replace("system: 売上一覧", "system: urikanri"), encoding="utf-8")
    (answer,) = add(settings, [file])
    assert answer.taken, answer.sentence
    run(settings)
    columns = ("order_id", "email", "ordered_at", "status", "subtotal", "total")
    assert in_force(settings, "orders", *columns) == [
        ("urikanri:U-1", "a@example.jp", "2026-11-01 00:00:00", "paid", "1000", "1100")
    ]


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ("system: x\nwrites: {order: {}}", "order"),
        ("system: x\nwrites: {orders: {number: A}}", "number"),
        ("system: x\nwrites: {orders: {order_id: {form: A}}}", "form"),
        ("writes: {orders: {}}", "system"),
        ("a: [", "yml"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_an_error_that_names_it(settings, mapping, named):
    written(settings.data / "formats", "mine.yml", mapping)
    with pytest.raises(SettingsError, match=named):
        read_formats(settings)


TICKETS = """/*
system: desk
parts:
  tickets: {has: {id: ticket, user: user, opened_at: opened}}
  users: {has: {id: user id, email: mail}, lookup: true}
*/
-- feed: support_tickets
select
    tickets._row, prefixed(tickets.id) as ticket_id, moment(opened_at) as opened_at,
    (select max_by(plain(email), _row) from users where users.id = tickets.user) as email
from tickets
"""


@pytest.mark.parametrize("first", ["tickets.csv", "users.csv"])
def test_what_is_looked_up_may_come_in_another_file_of_another_day(settings, tmp_path, first):
    written(settings.data / "formats", "desk.sql", TICKETS)
    written(tmp_path, "tickets.csv", "ticket,user,opened\n1,7,2026-01-05 10:00\n2,8,2026-01-06 10:00\n")
    written(tmp_path, "users.csv", "user id,mail\n7,a@example.jp\n")
    for name in sorted(["tickets.csv", "users.csv"], key=lambda name: name != first):
        assert add(settings, [tmp_path / name])[0].taken
        run(settings)
    rows = [("desk:1", "a@example.jp"), ("desk:2", "")]
    assert in_force(settings, "support_tickets", "ticket_id", "email") == rows
    assert not all_waiting(settings, FEEDS, settings.now().date())


TILL = """/*
system: till
has: {receipt: Beleg, paid_at: Zeit, total: Summe}
numbers: total
*/
-- feed: orders
select
    _row, prefixed(receipt) as order_id, moment(paid_at) as ordered_at, 'paid' as status,
    amount(total, _decimal) as subtotal, amount(total, _decimal) as total
from rows
"""


def all_files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*.translated") if file.is_file()]


@pytest.mark.parametrize("lost", ["translated", "lake", "both"])
def test_what_was_made_of_an_export_and_is_lost_is_made_again(settings, tmp_path, lost):
    add(settings, [written(tmp_path, "orders_export.csv", BEFORE)])
    run(settings)
    before = in_force(settings, "order_items", "order_id", "line_no")
    if lost in ("translated", "both"):
        for file in all_files(settings.translated):
            file.unlink()
    if lost in ("lake", "both"):
        for file in settings.lake.glob("order*/delivery=2026*/rows.parquet"):
            file.unlink()
    assert not lost_deliveries(settings, FEEDS.values())
    assert all_waiting(settings, FEEDS, settings.now().date())
    run(settings)
    assert in_force(settings, "order_items", "order_id", "line_no") == before
    assert not all_waiting(settings, FEEDS, settings.now().date())


def test_rows_that_are_lost_with_their_export_are_told_with_its_place(settings, tmp_path):
    add(settings, [written(tmp_path, "orders_export.csv", BEFORE)])
    run(settings)
    shutil.rmtree(settings.landing / "shopify_orders")
    assert not lost_deliveries(settings, FEEDS.values()), "the rows are there"
    for file in [*all_files(settings.translated), *settings.lake.glob("orders/delivery=2026*/rows.parquet")]:
        file.unlink()
    (problem,) = lost_deliveries(settings, FEEDS.values())
    assert problem.path == "lake/orders/delivery=2026-01-10"
    assert "landing/shopify_orders/2026-01-10 has no longer what it was read from: put 20" in problem.reason
    assert "_orders_export.csv back there" in problem.reason


def test_files_of_an_archive_are_taken_each_and_what_cannot_be_unpacked_stays(settings):
    inbox = settings.landing / "inbox"
    inbox.mkdir(parents=True)
    with zipfile.ZipFile(inbox / "exports.zip", "w") as archive:
        archive.writestr("orders_export.csv", BEFORE.encode("utf-16"))
        archive.writestr("notes.pdf", b"%PDF-1.7")
    (inbox / "broken.zip").write_bytes(b"PK\x03\x04 cut off")
    looked = take_in_inbox(settings, FEEDS)
    assert [each.recognised.name for each in looked.filed] == ["shopify_orders"]
    told = {export.name: problem.sentence for export, problem in looked.not_taken}
    assert "unknown extension" in told["notes.pdf"]
    assert "broken, cut off or encrypted zip" in told["broken.zip"]
    run(settings)
    assert len(in_force(settings, "order_items", "order_id", "line_no")) == 4


def test_a_file_that_is_still_copied_into_the_inbox_stays_for_the_next_run(tmp_path, monkeypatch):
    settings = Settings(data=tmp_path / "data", settled_seconds=10)
    inbox = settings.landing / "inbox"
    whole = written(inbox, "orders_export.csv", BEFORE)
    os.utime(whole, (time.time() - 60, time.time() - 60))
    growing = written(inbox, "orders_export (1).csv", AFTER[:200])
    monkeypatch.setattr(filing, "settle_files", lambda *_: False)  # its patience is at an end
    looked = take_in_inbox(settings, FEEDS)
    assert [each.export.name for each in looked.filed] == ["orders_export.csv"]
    assert [problem.sentence for _, problem in looked.not_taken] == [filing.STILL_WRITTEN]
    assert growing.exists() and not whole.exists()
    written(inbox, "orders_export (1).csv", AFTER)
    os.utime(growing, (time.time() - 60, time.time() - 60))
    assert waiting_in_inbox(settings, settings.now().date())
    assert len(take_in_inbox(settings, FEEDS).filed) == 1
