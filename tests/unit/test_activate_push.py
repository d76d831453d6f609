"""What is sent to the tools' APIs, and that no row counts as sent that a tool has not accepted."""

from __future__ import annotations

import json
import logging
import random
import stat
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import certifi
import dagster as dg
import pyarrow.parquet
import pytest
from activate_warehouse import DAY, SEGMENT, build_warehouse, member
from tool_apis import HubSpotApi, KlaviyoApi, SalesforceApi, Tool, serving
from typer.testing import CliRunner

from dagster_project.activate.api import Answer, Sender
from dagster_project.activate.destination import Destination, read_destinations
from dagster_project.activate.differences import Baseline
from dagster_project.activate.export import export
from dagster_project.activate.push import PushError, alone, open_sender, push_list
from dagster_project.cli import app
from dagster_project.resources import DataFolder
from dagster_project.settings import PushCredentials, SettingsError

pytest.importorskip("drt", reason="the extra push is not installed; requirements.lock has it")

from drt.config.models import RetryConfig
from drt.destinations import hubspot, klaviyo

from dagster_project.activate import senders
from dagster_project.assets.push import push_assets

APIS = {"hubspot": HubSpotApi, "klaviyo": KlaviyoApi, "salesforce": SalesforceApi}
VARIABLES = {
    "hubspot": ["HUBSPOT_TOKEN"],
    "klaviyo": ["KLAVIYO_API_KEY"],
    "salesforce": ["SALESFORCE_INSTANCE_URL", "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET"],
}
FLAG = {
    "hubspot": "segment_at_risk",
    "klaviyo": "segment_at_risk",
    "salesforce": "Segment_at_risk__c",
}


class Shop:
    """A shop that exports a segment and sends it to one tool."""

    def __init__(self, folder: Path, name: str, tool: Tool) -> None:
        self.folder, self.name, self.tool = folder, name, tool
        self.exports = folder / "exports"
        self.to: Destination = read_destinations()[name]
        self.list = self.exports / SEGMENT.name / name

    def export(self, people: str, offset: int = 0, **given: object) -> None:
        members = [member(person, **given) for person in people]
        warehouse = build_warehouse(self.folder / "warehouse.duckdb", members)
        day = DAY + timedelta(days=offset)
        export(warehouse, self.exports, SEGMENT, self.to, day, allow_empty=True)

    def key(self, person: str) -> str:
        return person if self.name == "salesforce" else f"{person}@example.jp"

    def sender(self, attempts: int = 3, **given: object) -> Sender:
        """The tool's sender, in a hurry."""
        sender = senders.sender_for(self.to, PushCredentials())
        hurried = {"retry": RetryConfig(max_attempts=attempts, initial_backoff=0.0, max_backoff=0.0)}
        hurried |= {"poll_seconds": 0.0} if self.name == "salesforce" else {"requests_per_second": 0}
        return replace(sender, **hurried | given)

    def push(self, **given: object):
        return push_list(self.exports, SEGMENT.name, self.to, self.sender(**given))

    def remembered(self) -> list[str]:
        """Who the tool is believed to have."""
        accepted = self.list / ".pushed" / "accepted.parquet"
        rows = pyarrow.parquet.read_table(accepted).to_pylist() if accepted.exists() else []
        return [row[self.to.key[0]] for row in rows if row[FLAG[self.name]] == "true"]

    def in_sight(self) -> set[str]:
        """Who is remembered, also without an answer of the tool: those who would be taken back."""
        accepted = self.list / ".pushed" / "accepted.parquet"
        rows = pyarrow.parquet.read_table(accepted).to_pylist() if accepted.exists() else []
        return {row[self.to.key[0]] for row in rows}

    def flagged(self, flag: str = "true") -> list[str]:
        """Who is in the segment in the tool."""
        contacts = self.tool.contacts.items()
        return sorted(key for key, held in contacts if held.get(FLAG[self.name]) == flag)

    def keys(self, people: str) -> list[str]:
        return sorted(map(self.key, people))


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory) -> Path:
    """One authority instead of all: nothing here is encrypted, and reading them takes most of the time."""
    file = tmp_path_factory.mktemp("trust") / "authority.pem"
    end = "-----END CERTIFICATE-----"
    file.write_text(certifi.contents().split(end)[0] + end)
    return file


@pytest.fixture(params=sorted(APIS))
def shop(request, tmp_path, monkeypatch, one_certificate):
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    with serving(APIS[request.param], Tool()) as tool:
        for variable in VARIABLES[request.param]:
            monkeypatch.setenv(variable, "token-of-the-tests")
        monkeypatch.setenv("SALESFORCE_INSTANCE_URL", tool.url)
        monkeypatch.setattr(hubspot, "_HUBSPOT_API", f"{tool.url}/crm/v3/objects")
        monkeypatch.setattr(klaviyo, "_BASE", f"{tool.url}/api")
        monkeypatch.setattr(senders, "KLAVIYO_PROFILES", f"{tool.url}/api/profiles/")
        yield Shop(tmp_path, request.param, tool)


def only(name: str):
    return pytest.mark.parametrize("shop", [name], indirect=True)


def test_nothing_is_sent_unasked(shop):
    shop.export("abc")
    report = push_list(shop.exports, SEGMENT.name, shop.to)
    assert (report.is_dry_run, report.pending) == (True, {"removed": 0, "changed": 0, "added": 3})
    assert shop.tool.requests == [] and shop.remembered() == []


def test_a_list_is_sent_once(shop):
    shop.export("abc")
    report = shop.push()
    assert report.is_complete and report.accepted == {"removed": 0, "changed": 0, "added": 3}
    assert shop.flagged() == shop.remembered() == shop.keys("abc")
    requests = len(shop.tool.requests)
    assert shop.push().is_complete
    assert len(shop.tool.requests) == requests


def test_what_changed_since_is_sent_however_many_days_ago(shop):
    shop.export("abc", stage="at_risk")
    shop.push()
    shop.export("bc", offset=1)
    shop.export("bcd", offset=2, stage="interest")
    report = shop.push()
    assert report.accepted == {"removed": 1, "changed": 2, "added": 1}
    assert shop.flagged() == shop.remembered() == shop.keys("bcd")
    assert shop.flagged("false") == shop.keys("a")
    assert shop.in_sight() == {*shop.keys("bcd")}, "who has been taken back is forgotten"


def test_who_was_erased_in_the_tool_is_not_made_anew_by_leaving(shop):
    shop.export("ab")
    shop.push()
    del shop.tool.contacts[shop.key("a")]
    shop.export("b", offset=1)
    assert shop.push().is_complete
    assert [*shop.tool.contacts] == shop.remembered() == shop.keys("b")


def test_what_the_shop_does_not_know_stays_as_it_is_in_the_tool(shop):
    shop.export("a", tier="gold")
    shop.push()
    shop.export("a", offset=1, tier=None, stage="interest")
    before = dict(shop.tool.contacts[shop.key("a")])
    assert shop.push().accepted["changed"] == 1
    held = shop.tool.contacts[shop.key("a")]
    assert {name for name in held if held[name] != before[name]} <= {
        "Stage",
        "Lifecycle_Stage__c",
        "lifecyclestage",
    }


def test_a_tool_that_asks_to_wait_gets_everything_in_the_end(shop):
    shop.export("abc")
    shop.tool.answers = [429, 429, 0, 503, 0, 429, 0]
    assert shop.push().is_complete
    assert shop.flagged() == shop.keys("abc")


def test_a_tool_that_breaks_down_gets_the_rest_the_next_time(shop):
    shop.export("abcdef")
    shop.tool.answers = [0, 0, 0] + [503] * 50
    report = shop.push()
    assert report.stopped == "HTTP 503" and not report.is_complete
    assert len(shop.remembered()) == sum(report.accepted.values()) < 6
    assert len(shop.tool.requests) < 10, "the next row would fail too"
    assert set(shop.remembered()) <= set(shop.flagged())
    shop.tool.answers = []
    assert sum(shop.push().pending.values()) == 6 - sum(report.accepted.values())
    assert shop.flagged() == shop.remembered() == shop.keys("abcdef")


def test_a_refused_row_is_not_remembered_and_keeps_nobody_else_out(shop):
    shop.export("abcd")
    shop.tool.refuses = {shop.key("b")}
    report = shop.push()
    assert (sum(report.accepted.values()), report.refused, report.stopped) == (3, 1, None)
    assert shop.flagged() == shop.remembered() == shop.keys("acd")
    refused = shop.list / ".pushed" / "refused.csv"
    assert refused.read_text(encoding="utf-8-sig").splitlines()[1].startswith(f"added,{shop.key('b')},")
    assert stat.S_IMODE(refused.stat().st_mode) == 0o600
    shop.tool.refuses = set()
    assert shop.push().accepted["added"] == 1
    assert not refused.exists()


def test_a_tool_that_refuses_everybody_is_left_alone(shop):
    people = [f"p{number:02}" for number in range(40)]
    shop.export(people)
    shop.tool.refuses = {*map(shop.key, people)}
    report = shop.push(rows_per_batch=20)
    assert (report.refused, report.stopped) == (20, "every row was refused")
    assert shop.in_sight() == set()


def test_a_crash_forgets_only_the_batch_that_was_under_way(shop):
    class Crash(BaseException):
        pass

    class Crashing:
        rows_per_batch = 2

        def __init__(self, sender: Sender) -> None:
            self.sender, self.batches = sender, 0

        def send(self, records, leaving):
            self.batches += 1
            if self.batches == 3:
                raise Crash
            return self.sender.send(records, leaving)

    shop.export("abcdef")
    with pytest.raises(Crash):
        push_list(shop.exports, SEGMENT.name, shop.to, Crashing(shop.sender()))
    assert shop.remembered() == shop.keys("abcd")
    assert shop.push().accepted == {"removed": 0, "changed": 2, "added": 0}, "they may be there"


def test_whatever_the_tool_answers_it_is_known_who_is_there(shop):
    """Days of changes against a tool that waits, breaks down and refuses at random, and then recovers."""
    chance = random.Random(len(shop.name))
    for offset in range(6):
        people = [person for person in "abcdefgh" if chance.random() < 0.6]
        shop.export(people, offset, stage=chance.choice(["at_risk", "interest"]))
        shop.tool.refuses = {shop.key(person) for person in "abcdefgh" if chance.random() < 0.1}
        shop.tool.answers = chance.choices([0, 429, 500, 503], [8, 1, 1, 1], k=40)
        shop.push(attempts=chance.choice([1, 2]), rows_per_batch=3)
        assert set(shop.remembered()) <= set(shop.flagged()) <= shop.in_sight()
    shop.tool.refuses, shop.tool.answers = set(), []
    assert shop.push().is_complete
    assert shop.flagged() == shop.remembered() == shop.keys("".join(people))


def test_who_may_be_there_is_taken_back_when_they_have_left(shop):
    """The tool took the row, and its answer was lost."""

    class Silent:
        rows_per_batch = 10

        def __init__(self, sender: Sender) -> None:
            self.sender = sender

        def send(self, records, leaving):
            self.sender.send(records, leaving)
            return Answer(stopped="no connection")

    shop.export("ab")
    push_list(shop.exports, SEGMENT.name, shop.to, Silent(shop.sender()))
    assert shop.flagged() == shop.keys("ab") and shop.remembered() == []
    shop.export("b", offset=1)
    assert shop.push().accepted == {"removed": 1, "changed": 1, "added": 0}
    assert shop.flagged() == shop.remembered() == shop.keys("b")


@only("salesforce")
def test_rows_that_an_aborted_job_never_came_to_are_sent_again(shop):
    shop.export("abcd")
    shop.tool.capacity = 3
    report = shop.push()
    assert (report.accepted["added"], report.stopped) == (3, "the job ended as Aborted")
    assert shop.remembered() == shop.flagged() == shop.keys("abc")
    shop.tool.capacity = 10
    assert sum(shop.push().accepted.values()) == 1


@only("hubspot")
def test_an_address_that_would_name_another_contact_in_a_url_is_not_sent(shop):
    shop.tool.contacts["1"] = {"email": "somebody@example.jp"}
    shop.export("a", email="1?x@docomo.ne.jp")
    report = shop.push()
    assert report.refused == 1 and shop.tool.requests == []
    assert shop.tool.contacts["1"] == {"email": "somebody@example.jp"}


def test_rows_have_the_names_that_the_api_knows(shop):
    shop.export("a")
    shop.push()
    held = shop.tool.contacts[shop.key("a")]
    assert set(held) == {
        "hubspot": {"email", "lastname", "lifecyclestage", "segment_at_risk"},
        "klaviyo": {"Last Name", "Stage", "Tier", "segment_at_risk"},
        "salesforce": {
            "Customer_Id__c", "LastName", "Email", "Lifecycle_Stage__c", "Tier__c", "Segment_at_risk__c",
        },
    }[shop.name]  # fmt: skip


def test_credentials_come_from_the_environment_and_are_not_shown(shop, monkeypatch):
    assert "token-of-the-tests" not in repr(shop.sender()) + repr(PushCredentials())
    for variable in VARIABLES[shop.name]:
        with monkeypatch.context() as patched:
            patched.delenv(variable)
            with pytest.raises(SettingsError, match=variable):
                open_sender(shop.to)


def test_wrong_credentials_stop_at_the_first_request(shop, monkeypatch):
    shop.export("abc")
    monkeypatch.setenv(VARIABLES[shop.name][-1], "wrong")
    report = shop.push()
    assert report.stopped in ("HTTP 401", "HTTP 400")
    assert len(shop.tool.requests) == 1 and shop.remembered() == []


def test_a_tool_out_of_reach_is_told_without_a_name(shop):
    shop.export("abc")
    sender = shop.sender(attempts=1)
    if shop.name == "salesforce":
        sender.instance = "http://127.0.0.1:9"
    else:
        hubspot._HUBSPOT_API = klaviyo._BASE = "http://127.0.0.1:9"
    report = push_list(shop.exports, SEGMENT.name, shop.to, sender)
    assert report.stopped == "no connection" and shop.remembered() == []


@only("salesforce")
def test_credentials_are_not_sent_where_others_can_read_them(shop, monkeypatch):
    monkeypatch.setenv("SALESFORCE_INSTANCE_URL", "http://shop.example.com")
    with pytest.raises(SettingsError, match="SALESFORCE_INSTANCE_URL"):
        open_sender(shop.to)


def test_logs_and_reports_hold_nobodys_data(shop, caplog):
    caplog.set_level(logging.DEBUG)
    shop.export("ab")
    shop.push()
    shop.tool.refuses = {shop.key("a")}
    shop.export("bc", offset=1, stage="interest")
    report = shop.push()
    for text in (caplog.text, repr(report)):
        assert not [word for word in ("example.jp", "山田", "token-of") if word in text]


def test_nobody_else_can_read_what_was_accepted(shop):
    shop.export("a")
    shop.push()
    assert stat.S_IMODE((shop.list / ".pushed").stat().st_mode) == 0o700
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (shop.list / ".pushed").iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize(("damage", "baseline"), [(b"", "record_lost"), (None, "key_changed")])
def test_what_is_not_known_to_be_sent_is_told_and_sent_again(shop, damage, baseline):
    shop.export("ab")
    shop.push()
    accepted = shop.list / ".pushed" / "accepted.parquet"
    if damage is None:
        table = pyarrow.parquet.read_table(accepted)
        pyarrow.parquet.write_table(table.replace_schema_metadata({"key_sha256": "other"}), accepted)
    else:
        accepted.write_bytes(damage)
    shop.export("b", offset=1)
    report = shop.push()
    assert (report.baseline, report.accepted["added"]) == (Baseline(baseline), 1)
    assert "nobody could be removed" in report.remark


def test_a_list_is_sent_by_one_at_a_time(shop):
    shop.export("a")
    shop.push()
    with alone(shop.list / ".pushed"), pytest.raises(PushError, match="already"):
        shop.push()


def test_a_list_that_was_never_exported_is_named(shop):
    with pytest.raises(PushError, match=f"at_risk was never exported for {shop.name}"):
        shop.push()


def test_pushing_leaves_the_exports_alone(shop):
    shop.export("ab")
    shop.push()
    before = json.loads((shop.list / DAY.isoformat() / "manifest.json").read_text())
    shop.export("ab")
    assert json.loads((shop.list / DAY.isoformat() / "manifest.json").read_text()) == before


@only("hubspot")
def test_without_the_extra_it_is_said_what_to_install(shop, monkeypatch):
    monkeypatch.setitem(sys.modules, "dagster_project.activate.senders", None)
    with pytest.raises(PushError, match=r"\[push\]"):
        open_sender(shop.to)


@only("hubspot")
def test_dagster_sends_only_when_asked_and_says_when_rows_are_left(shop):
    shop.export("ab")
    (shop.folder / "data").mkdir()
    shop.exports.rename(shop.folder / "data" / "exports")

    def materialise(send: bool) -> dg.ExecuteInProcessResult:
        return dg.materialize(
            push_assets(),
            selection=[dg.AssetKey(["pushes", "hubspot"])],
            resources={"data_folder": DataFolder(path=str(shop.folder / "data"))},
            run_config={"ops": {"push_segments": {"config": {"send": send, "segments": ["at_risk"]}}}},
            raise_on_error=False,
        )

    (event,) = materialise(send=False).get_asset_materialization_events()
    assert event.materialization.metadata["pending"].value == 2
    assert shop.tool.requests == []
    shop.tool.answers = [401]
    assert not materialise(send=True).success
    assert materialise(send=True).success
    assert shop.flagged() == shop.keys("ab")


@only("hubspot")
def test_the_command_sends_only_when_asked(shop, monkeypatch):
    shop.export("ab")
    (shop.folder / "data").mkdir()
    shop.exports.rename(shop.folder / "data" / "exports")
    monkeypatch.setenv("LIFECYCLE_DATA", str(shop.folder / "data"))

    def lifecycle(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["push", *arguments], env={"COLUMNS": "200"})
        return result.exit_code, result.output

    assert lifecycle("--to", "line")[0] == 2, "LINE has no API here"
    code, told = lifecycle()
    assert (code, shop.tool.requests) == (0, []) and "Dry run" in told
    shop.tool.refuses = {shop.key("a")}
    code, told = lifecycle("--send")
    assert code == 1 and "refused.csv" in told and "example.jp" not in told
    shop.tool.refuses = set()
    assert lifecycle("--send", "--segment", "at_risk")[0] == 0
    assert shop.flagged() == shop.keys("ab")
