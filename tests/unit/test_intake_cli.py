"""`lifecycle add` and `lifecycle formats` as somebody types them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.intake.formats import read_formats
from dagster_project.settings import PROJECT

ADS = PROJECT / "tests" / "samples" / "google_ads" / "ja_daily" / "input"


def typed(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "400"})
    return result.exit_code, result.output


def test_check_tells_what_a_file_is_and_writes_its_rows(settings, tmp_path):
    code, output = typed("add", ADS, "--check", "--out", tmp_path / "rows")
    assert code == 0
    for part in (
        "google_ads, 4 rows: 4 marketing_spend",
        "control sum 38105",
        "would be filed under google_ads/",
    ):
        assert part in output
    assert (tmp_path / "rows" / "marketing_spend.csv").read_text().count("\n") == 5
    assert not settings.landing.exists()


def test_json_is_for_programs(settings):
    code, output = typed("add", ADS, "--json")
    (answer,) = json.loads(output)
    assert code == 0
    assert answer["format"] == "google_ads" and answer["feeds"] == {"marketing_spend": 4}
    assert answer["delivered"] == 4 and answer["not_rows"] == 5
    assert [file.parent.name for file in settings.landing.glob("google_ads/*/*")] == [answer["day"]]


def test_a_file_that_is_not_taken_ends_with_1_and_its_columns(settings, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    code, output = typed("add", tmp_path / "x.csv")
    assert code == 1 and "x.csv: not taken" in output and "a, b" in output


def test_a_mapping_is_written_and_named(settings, tmp_path):
    (tmp_path / "x.csv").write_text("Receipt,Mail\n1,2\n")
    code, output = typed("add", tmp_path / "x.csv", "--as", "orders")
    assert code == 0 and str(settings.data / "formats" / "x.yml") in output
    code, output = typed("add", tmp_path / "x.csv", "--as", "order")
    assert code == 2 and "no feed" in output


@pytest.mark.parametrize("shop", ["a/b", "a@b", "../x"])
def test_the_key_of_a_shop_is_a_word(settings, shop):
    code, output = typed("add", ADS, "--shop", shop)
    assert code == 2 and "--shop" in output


def test_formats_are_listed_with_where_a_tool_makes_them(settings):
    code, output = typed("formats")
    assert code == 0
    for name, form in read_formats(settings).items():
        assert name in output
        assert form.refused or form.feeds, name
        assert form.refused or (form.where.get("ja") and form.where.get("en")), name
