"""What destination and segment files may say, and what is said when they say something else."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from activate_warehouse import DAY, SEGMENT, build_warehouse, bytes_of, files_of, member, rows_of

from dagster_project.activate.destination import (
    Channel,
    DestinationError,
    read_destinations,
)
from dagster_project.activate.export import Status, export
from dagster_project.activate.segment import SEGMENTS, SegmentError, lists_of, read_segments
from dagster_project.settings import segment_metas

VALID = {
    "title_ja": "メール",
    "title_en": "Mail",
    "format": "csv",
    "extension": "csv",
    "opened_by": "machines",
    "channel": "email",
    "addresses": ["email"],
    "key": ["Email"],
    "columns": [{"name": "Email", "value": "email"}],
}


def read_one(folder: Path, content: object) -> None:
    (folder / "mailer.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    read_destinations(folder)


def test_a_valid_destination_is_named_after_its_file(tmp_path):
    read_one(tmp_path, VALID)
    assert read_destinations(tmp_path)["mailer"].name == "mailer"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"row_per_file": 5}, "row_per_file"),
        ({"name": "other"}, "name"),
        ({"format": "xlsx"}, "format"),
        ({"encoding": "shift_jis"}, "encoding"),
        ({"channel": "fax"}, "channel"),
        ({"addresses": []}, "addresses"),
        ({"addresses": ["fax"]}, "addresses"),
        ({"rows_per_file": 0}, "rows_per_file"),
        ({"minimum_audience": -1}, "minimum_audience"),
        ({"key": ["E-mail"]}, "E-mail"),
        ({"key": []}, "key"),
        ({"file_name": "../{file}{part}.{extension}"}, "file_name"),
        ({"file_name": "list.csv"}, "file_name"),
        ({"format": "parquet", "bytes_per_file": 5000}, "bytes_per_file"),
        ({"columns": []}, "columns"),
        ({"columns": [{"name": "Email", "value": "lower("}]}, "columns.0.value"),
        ({"columns": [{"name": "Email", "value": "email); drop table x; select (1"}]}, "columns.0.value"),
        ({"columns": [{"name": "Email", "value": "email", "hash": "md5"}]}, "columns.0.hash"),
        ({"columns": [{"name": "Email", "value": "email", "hashed": True}]}, "columns.0.hashed"),
        ({"columns": [{"name": {"en": "Email"}, "value": "email"}]}, "ja"),
        ({"columns": [{"name": "Email", "value": "email"}, {"name": "email", "value": "1"}]}, "same name"),
        (
            {
                "columns": [{"name": "Email", "value": "email"}, {"name": "N", "value": "1"}],
                "quoting": "none",
            },
            "quoting",
        ),
        ({"push": "mailchimp"}, "push"),
        ({"push": "hubspot"}, "when_removed"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_names_file_and_key(tmp_path, change, key):
    with pytest.raises(DestinationError) as failure:
        read_one(tmp_path, VALID | change)
    assert "mailer.yml" in str(failure.value)
    assert key in str(failure.value)


@pytest.mark.parametrize("missing", sorted(VALID))
def test_a_missing_key_is_named(tmp_path, missing):
    with pytest.raises(DestinationError, match=missing):
        read_one(tmp_path, {key: value for key, value in VALID.items() if key != missing})


@pytest.mark.parametrize("text", ["- a\n", "a: [", ""])
def test_a_file_that_is_no_mapping_is_named(tmp_path, text):
    (tmp_path / "mailer.yml").write_text(text)
    with pytest.raises(DestinationError, match=r"mailer\.yml"):
        read_destinations(tmp_path)


EVERYTHING = {
    "phone": "+819012345678",
    "line_user_id": "U" + "0123456789abcdef" * 2,
    "consents": dict.fromkeys(Channel, True),
}


#: A destination with a channel of its own is the same for segments of all channels.
WRITTEN = [
    (name, channel)
    for name, destination in sorted(read_destinations().items())
    for channel in (Channel if destination.channel == "segment" else (Channel.EMAIL,))
]


@pytest.mark.parametrize(("name", "channel"), WRITTEN)
def test_every_destination_can_be_written(tmp_path, name, channel):
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", [member("a", **EVERYTHING)])
    segment = SEGMENT.model_copy(update={"channel": channel})
    report = export(warehouse, tmp_path / "exports", segment, read_destinations()[name], DAY)
    assert report.status is Status.WRITTEN
    assert report.rows["full"] == report.rows["added"] == 1


#: The first two lines of a full file for a person who consents to everything, as the tools ask for them.
LOOKS = {
    "google_ads": (
        "Email,Phone",
        "8dd0cc25e105fb7efd4955a558f4da901b5052d20b6a252dfe986e768de81984,"
        "3d06a39d40790f11761295e053029378ae28c4b4f6f301693005e079f3d4ca64",
    ),
    "meta": (
        "email,phone",
        "8dd0cc25e105fb7efd4955a558f4da901b5052d20b6a252dfe986e768de81984,"
        "0ad07193350775c6d4377f8b039d32877e66c69a454ed886b05279771c0fca0b",
    ),
    "line": ("U0123456789abcdef0123456789abcdef",),
    "yahoo_japan_ads": ("8dd0cc25e105fb7efd4955a558f4da901b5052d20b6a252dfe986e768de81984",),
    "mailchimp": ("Email Address,Last Name,Stage,Tags", "a@example.jp,山田 太郎,at_risk,at_risk"),
    "hubspot": ("Email,Last Name,lifecyclestage,segment_at_risk", "a@example.jp,山田 太郎,customer,true"),
    "salesforce": (
        "Customer_Id__c,LastName,Email,Phone,Lifecycle_Stage__c,Tier__c,Segment_at_risk__c",
        "a,山田 太郎,a@example.jp,,at_risk,gold,true",
    ),
    "engagebay": ("email,name,stage,tags", "a@example.jp,山田 太郎,at_risk,at_risk"),
    "churnzero": (
        "accountExternalId,contactExternalId,cf_stage,cf_segment_at_risk",
        "a,a,at_risk,true",
    ),
    "klaviyo": (
        "Email Address,Last Name,Stage,Tier,segment_at_risk",
        "a@example.jp,山田 太郎,at_risk,gold,true",
    ),
    "zoho_crm": ("Email,Last_Name,Lifecycle_Stage,Segment_at_risk", "a@example.jp,山田 太郎,at_risk,true"),
    "pega": ("CustomerID,Stage,Tier,Segment_at_risk", "a,at_risk,gold,true"),
    "google_analytics": ("user_id,lifecycle_stage,segment_at_risk", "S-a,at_risk,true"),
}


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_files_look_as_the_tool_wants_them(tmp_path, name):
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", [member("a", **EVERYTHING)])
    report = export(warehouse, tmp_path / "exports", SEGMENT, read_destinations()[name], DAY)
    (full,) = files_of(report.folder, "full")
    assert bytes_of(full).decode() == "".join(f"{line}\n" for line in LOOKS[name])


@pytest.mark.parametrize("name", ["google_ads", "meta", "yahoo_japan_ads"])
def test_hashes_are_of_the_normal_form_whatever_the_warehouse_holds(tmp_path, name):
    members = [member("a", **EVERYTHING | {"email": "A@Example.JP"})]
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", members)
    report = export(warehouse, tmp_path / "exports", SEGMENT, read_destinations()[name], DAY)
    assert bytes_of(report.folder / report.files[0].name).decode().splitlines()[-1] == LOOKS[name][-1]


def test_every_tool_has_its_looks_described():
    """The files for people and programs are looked at in test_activate_files."""
    assert {*LOOKS} | {"csv", "csv_ja", "parquet"} == {*read_destinations()}


def test_no_name_is_made_up_for_contacts_that_others_may_have_named(tmp_path):
    """Zoho finds contacts by their e-mail, so also those whom somebody entered by hand."""
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", [member("a", name=None)])
    report = export(warehouse, tmp_path / "exports", SEGMENT, read_destinations()["zoho_crm"], DAY)
    assert rows_of(report.folder, "full")[0]["Last_Name"] == ""


#: What the tools are told about a person who was erased: the key, and that the person is no longer in. The
#: hashes are those that sha256sum of GNU coreutils gives.
FAREWELLS = {
    "google_ads": (
        "Email,Phone",
        "757964a1711dc206b0124b6e7327d8d9cfe5ece2360d3307bdb53573502e1c74,"
        "c990d15ab55b8eb1c1540e50faf803994116afc4b0b51e323de80613c483d370",
    ),
    "meta": (
        "email,phone",
        "757964a1711dc206b0124b6e7327d8d9cfe5ece2360d3307bdb53573502e1c74,"
        "f1e143eabc12c0941fd850f5c7918db6c33e1c719e8fbbb0b1e15ea16d12587f",
    ),
    "yahoo_japan_ads": ("757964a1711dc206b0124b6e7327d8d9cfe5ece2360d3307bdb53573502e1c74",),
    "line": ("U" + "b" * 32,),
    "mailchimp": ("Email Address", "b@example.jp"),
    "hubspot": ("Email,segment_at_risk", "b@example.jp,false"),
    "salesforce": ("Customer_Id__c,Segment_at_risk__c", "b,false"),
    "engagebay": ("email", "b@example.jp"),
    "churnzero": ("accountExternalId,contactExternalId,cf_segment_at_risk", "b,b,false"),
    "klaviyo": ("Email Address,segment_at_risk", "b@example.jp,false"),
    "zoho_crm": ("Email,Segment_at_risk", "b@example.jp,false"),
    "pega": ("CustomerID,Segment_at_risk", "b,false"),
    "google_analytics": ("user_id,segment_at_risk", "S-b,false"),
    "csv": ("\ufeffcustomer_id", "b"),
    "csv_ja": ("\ufeff顧客ID", "b"),
}


@pytest.mark.parametrize("name", sorted(FAREWELLS))
def test_every_tool_is_told_who_was_erased_and_no_more(tmp_path, name):
    stays = member("a", **EVERYTHING)
    leaves = member("b", **EVERYTHING | {"phone": "+819022222222", "line_user_id": f"U{'b' * 32}"})
    for day, is_erased in ((DAY - timedelta(days=1), False), (DAY, True)):
        members = [stays, leaves | {"is_erased": is_erased}]
        warehouse = build_warehouse(tmp_path / "warehouse.duckdb", members)
        report = export(warehouse, tmp_path / "exports", SEGMENT, read_destinations()[name], day)
    (removed,) = files_of(report.folder, "removed")
    assert bytes_of(removed).decode() == "".join(f"{line}\n" for line in FAREWELLS[name])
    assert (report.rows["full"], report.excluded["erased"]) == (1, 1)


#: The consent that each tool asks for, whatever the segment's channel; the others follow the segment.
CONSENTS = {
    "engagebay": "email",
    "hubspot": "email",
    "klaviyo": "email",
    "mailchimp": "email",
    "zoho_crm": "email",
    "google_ads": "ads",
    "google_analytics": "ads",
    "meta": "ads",
    "yahoo_japan_ads": "ads",
    "line": "line",
}


@pytest.mark.parametrize("name", sorted(read_destinations()))
def test_the_consent_for_the_tools_channel_decides(tmp_path, name):
    segment = SEGMENT.model_copy(update={"channel": Channel.SMS})
    channel = Channel(CONSENTS.get(name, "sms"))
    only = {each: each is channel for each in Channel}
    members = [
        member("a", **EVERYTHING | {"consents": only}),
        *(
            member(person, **EVERYTHING | {"consents": {each: not said for each, said in only.items()}})
            for person in "bc"
        ),
    ]
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", members)
    report = export(warehouse, tmp_path / "exports", segment, read_destinations()[name], DAY)
    assert (report.rows["full"], report.excluded["no_consent"]) == (1, 2)


#: Below how many persons the tools refuse a list or do not deliver to it.
AUDIENCES = {"google_ads": 100, "meta": 100, "line": 50}


def test_only_lists_for_people_are_altered_for_spreadsheets():
    assert {name for name, to in read_destinations().items() if to.opened_by == "people"} == {"csv", "csv_ja"}


def test_audiences_that_are_too_small_are_told():
    found = {name: to.minimum_audience for name, to in read_destinations().items() if to.minimum_audience}
    assert found == AUDIENCES


def test_mailchimp_gets_ascii_before_the_at_sign_only(tmp_path):
    members = [member("a", email="たろう@example.jp"), member("b")]
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", members)
    report = export(warehouse, tmp_path / "exports", SEGMENT, read_destinations()["mailchimp"], DAY)
    assert report.excluded["no_address"] == 1


META = {
    "name_ja": "離反の恐れ",
    "name_en": "At risk",
    "channel": "email",
    "destinations": ["csv"],
    "owner": "crm",
}


def write_segment(folder: Path, meta: object, name: str = "at_risk") -> None:
    (folder / "at_risk.sql").write_text("-- One row per …\n")
    model = {"name": name, "config": {"meta": meta}}
    (folder / "at_risk.yml").write_text(yaml.safe_dump({"version": 2, "models": [model]}), encoding="utf-8")


def test_segments_are_read_from_their_dbt_files(tmp_path):
    write_segment(tmp_path, META)
    segment = read_segments(tmp_path)["at_risk"]
    assert (segment.name_ja, segment.channel, segment.destinations) == ("離反の恐れ", Channel.EMAIL, ("csv",))
    (tmp_path / "at_risk.sql").write_text("-- another definition\n")
    assert read_segments(tmp_path)["at_risk"].definition_sha256 != segment.definition_sha256


@pytest.mark.parametrize(
    ("meta", "key"), [(META | {"channel": "fax"}, "channel"), ({}, "name_ja"), (None, "name_ja")]
)
def test_a_segment_that_cannot_be_used_is_named(tmp_path, meta, key):
    write_segment(tmp_path, meta)
    with pytest.raises(SegmentError, match=rf"at_risk\.yml.*{key}"):
        read_segments(tmp_path)


def test_a_segment_needs_its_sql(tmp_path):
    write_segment(tmp_path, META, name="other")
    with pytest.raises(SegmentError, match=r"other\.sql"):
        read_segments(tmp_path)


def test_segments_of_the_project_say_what_a_marketer_must_know():
    said = {
        "name_ja",
        "name_en",
        "description_ja",
        "description_en",
        "purpose",
        "channel",
        "owner",
        "destinations",
    }
    for name, meta in segment_metas().items():
        assert all(meta.get(key) for key in said), name
        assert "people" in {read_destinations()[each].opened_by for each in meta["destinations"]}, name


def test_segments_of_the_project_go_to_known_destinations():
    destinations = read_destinations()
    for segment in read_segments().values():
        assert set(segment.destinations) <= set(destinations), segment.name


def test_the_segments_a_marketer_relies_on_are_there_and_no_destination_is_idle():
    segments = read_segments().values()
    assert {name for segment in segments for name in segment.destinations} == {*read_destinations()}
    assert {*read_segments()} == {
        "advocates", "at_risk", "birthday_month", "browse_abandoned", "campaign_only", "cart_abandoned",
        "category_fans", "churned", "detractors", "first_to_second_order", "full_price", "high_value",
        "leads_to_nurture", "likely_to_churn_high_value", "near_next_tier", "new_customers",
        "referral_candidates", "review_candidates", "unanswered_negative_feedback", "vip_by_tier",
        "warranty_candidates", "win_back",
    }  # fmt: skip


def test_lists_of_variants_go_where_no_column_bears_their_name():
    """A category may be written in Japanese, which is no name of a field in a CRM."""
    destinations = read_destinations()
    for segment in read_segments().values():
        for name in segment.destinations if segment.variants else ():
            columns = [column.label("en") for column in destinations[name].columns]
            assert not [column for column in columns if "{segment}" in column], f"{segment.name}: {name}"


def test_segments_of_the_project_say_which_ones_are_lists_by_variant():
    """The yml says so to the export and to dbt, and the SQL has to agree."""
    for segment in read_segments().values():
        sql = (SEGMENTS / f"{segment.name}.sql").read_text(encoding="utf-8")
        assert (" as variant" in sql) == segment.variants, segment.name


def test_segments_that_begin_at_as_of_say_that_they_have_no_history():
    for segment in read_segments().values():
        sql = (SEGMENTS / f"{segment.name}.sql").read_text(encoding="utf-8")
        assert ("as_of as valid_from" in sql) != segment.history, segment.name


def test_a_segment_without_variants_is_one_list(tmp_path):
    with duckdb.connect() as connection:
        assert lists_of(connection, SEGMENT) == [SEGMENT]


def test_each_variant_is_a_list_with_a_name_of_its_own(tmp_path):
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("create schema segments")
        connection.execute(
            "create table segments.at_risk as from (values ('茶'), ('gold'), ('茶')) as v (variant)"
        )
        lists = lists_of(connection, SEGMENT.model_copy(update={"variants": True}))
    assert [(one.name, one.name_ja, one.name_en) for one in lists] == [
        ("at_risk_gold", "離反の恐れ：gold", "At risk: gold"),
        ("at_risk_茶", "離反の恐れ：茶", "At risk: 茶"),
    ]


@pytest.mark.parametrize("variant", ["", "..", "a/b", "a b"])
def test_a_variant_that_cannot_name_a_folder_is_refused(variant):
    with pytest.raises(SegmentError, match="at_risk: variant"):
        SEGMENT.for_variant(variant)


@pytest.mark.parametrize("share", [-0.1, 1, 1.5])
def test_a_control_share_leaves_somebody_to_write_to(tmp_path, share):
    write_segment(tmp_path, META | {"control_share": share})
    with pytest.raises(SegmentError, match="control_share"):
        read_segments(tmp_path)


def full_of(tmp_path, name, *members, segment=SEGMENT):
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", list(members))
    report = export(warehouse, tmp_path / "exports", segment, read_destinations()[name], DAY)
    return report, bytes_of(files_of(report.folder, "full")[0]).decode().splitlines()


@pytest.mark.parametrize(
    ("email", "hashed"),
    [
        ("T.A.ro+shop@Gmail.com", "taro@gmail.com"),
        ("ta.ro@googlemail.com", "taro@googlemail.com"),
        ("ta.ro+shop@example.jp", "ta.ro+shop@example.jp"),
        ("ta.ro@gmail.com.example.jp", "ta.ro@gmail.com.example.jp"),
    ],
)
def test_google_compares_its_own_addresses_without_dots_and_suffixes(tmp_path, email, hashed):
    _, lines = full_of(tmp_path, "google_ads", member("a", **EVERYTHING | {"email": email}))
    assert lines[1].split(",")[0] == hashlib.sha256(hashed.encode()).hexdigest()


def test_two_spellings_of_one_address_are_one_row_for_google(tmp_path):
    one = EVERYTHING | {"phone": None}
    report, lines = full_of(
        tmp_path,
        "google_ads",
        member("a", **one | {"email": "ta.ro@gmail.com"}),
        member("b", **one | {"email": "taro@gmail.com"}),
    )
    assert len(lines) == 2 and report.excluded["duplicate_address"] == 1


@pytest.mark.parametrize("email", ["<a@b.jp>", "a@b.jp;", "mailto:a@b.jp", "a@b.jp,", "a@b.jp>"])
def test_what_is_written_around_an_address_never_reaches_a_file(tmp_path, email):
    report, lines = full_of(tmp_path, "hubspot", member("a", email=email))
    assert (len(lines), report.excluded["no_address"]) == (1, 1)


def test_what_cannot_be_seen_never_reaches_a_file(tmp_path):
    _, lines = full_of(tmp_path, "hubspot", member("a", name="\u200b山\u00ad田\u202e \ufeff太郎"))
    assert lines[1].split(",")[1] == "山田 太郎"


def test_phone_numbers_have_no_extension(tmp_path):
    phone = {"phone": "+81312345678;ext=11", "email": None}
    by_sms = SEGMENT.model_copy(update={"channel": Channel.SMS})
    _, lines = full_of(tmp_path, "salesforce", member("a", **EVERYTHING | phone), segment=by_sms)
    assert lines[1].split(",")[3] == "+81312345678"


@pytest.mark.parametrize("line_user_id", ["U1", "u" + "0" * 32, "U" + "0" * 31, "U" + "G" * 32, "@shop"])
def test_a_line_id_that_is_none_is_left_out(tmp_path, line_user_id):
    report, lines = full_of(tmp_path, "line", member("a", **EVERYTHING | {"line_user_id": line_user_id}))
    assert (lines, report.excluded["no_address"]) == ([], 1)


@pytest.mark.parametrize(("length", "kept", "cut"), [(80, 80, {}), (81, 80, {"LastName": 1})])
def test_a_value_longer_than_the_tool_takes_is_cut_and_counted(tmp_path, length, kept, cut):
    report, lines = full_of(tmp_path, "salesforce", member("a", name="山" * length))
    assert lines[1].split(",")[1] == "山" * kept
    assert report.cut == cut
    assert json.loads((report.folder / "manifest.json").read_text())["cut"] == cut


def test_names_of_properties_of_google_analytics_have_at_most_24_characters(tmp_path):
    names = {}
    for segment in (
        "at_risk",
        "likely_to_churn_high_value",
        "likely_to_churn_high_spend",
        "category_fans_雑貨",
    ):
        to = read_destinations()["google_analytics"].for_segment(segment)
        names[segment] = to.column_names[-1]
    assert names["at_risk"] == "segment_at_risk"
    assert len(set(names.values())) == 4
    for name in names.values():
        assert len(name) <= 24 and name.isascii() and name.startswith("segment_")
    assert names["likely_to_churn_high_value"].startswith("segment_likely_to_")
