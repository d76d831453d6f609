"""Exports as shops have them: each sample is one format, and gives the rows written down beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_project.ingest.contracts import read_contracts
from dagster_project.intake.formats import read_formats
from dagster_project.intake.recognition import NotTaken, heads_of, recognise
from dagster_project.settings import PROJECT, Settings
from tests.intake_samples import check_sample, header_of, rows_of, samples, shop_of

VENDORS = PROJECT.parent / "shared" / "data" / "vendors"


def name_of(sample: Path) -> str:
    return f"{sample.parent.name}-{sample.name}"


def vendor_samples() -> list[Path]:
    return sorted(folder.parent for folder in VENDORS.glob("*/*/input") if folder.parts[-3] != "cases")


def assert_as_expected(sample: Path, data: Path, beside: Path | None = None) -> None:
    """Adds a sample, with another one beside it that its rows refer to, and compares the sample's feeds."""
    answers, out = check_sample(sample, data, beside)
    expected = sorted((sample / "expected").glob("*.csv"))
    for file in expected:
        given = out / file.name
        assert given.exists(), f"{file.stem}: no rows at all; {[a.sentence for a in answers]}"
        columns = [name for name in header_of(file) if name in header_of(given)]
        if file.name == "customers.csv" and sample.parent.name == "shopify":
            columns.remove("created_at")  # not in the file: null, which is no registration event
        rows = [tuple("" if text == "stripe:" else text for text in row) for row in rows_of(file, columns)]
        assert rows_of(given, columns) == sorted(rows), (
            file.stem
        )  # a guest has no number: `stripe:` alone is none
    others = {file.name for file in out.glob("*.csv")} - {file.name for file in expected}
    assert beside or not others, "rows of a feed that is not expected"
    problems = [answer.control_problem for answer in answers if answer.control_problem]
    assert not problems
    if not expected:
        assert not any(answer.taken for answer in answers)


@pytest.mark.parametrize("sample", samples(), ids=name_of)
def test_a_sample_gives_the_rows_expected(sample: Path, tmp_path: Path):
    assert_as_expected(sample, tmp_path / "data")


@pytest.mark.parametrize("sample", vendor_samples(), ids=name_of)
def test_a_real_export_gives_the_rows_expected(sample: Path, tmp_path: Path, shared_data: Path):
    if sample.parent.name not in {form.system for form in read_formats(Settings(data=tmp_path)).values()}:
        pytest.skip(f"there is no format of {sample.parent.name}")
    orders = VENDORS / "shopify" / "orders_jp_built" if sample.name == "payments_jp_built" else None
    assert_as_expected(sample, tmp_path / "data", orders)


def test_real_exports_are_beside_the_checkout(shared_data: Path):
    assert vendor_samples()


@pytest.mark.parametrize("sample", samples(), ids=name_of)
def test_a_sample_is_of_exactly_one_format(sample: Path, tmp_path: Path):
    (tmp_path / "shop.yml").write_text(json.dumps(shop_of(sample)), encoding="utf-8")
    settings = Settings(data=tmp_path)
    formats, feeds = read_formats(settings), read_contracts()
    for file in (file for file in (sample / "input").rglob("*") if file.is_file()):
        found = set()
        for name, form in formats.items():
            try:
                if recognise(file, settings, {name: form}, {}).form:
                    found.add(name)
            except NotTaken as problem:
                found |= {problem.form} - {None}
        assert len(found) == 1, file.name
        with pytest.raises(NotTaken):  # no feed of our own either
            recognise(file, settings, {}, feeds)
        assert heads_of(file, settings)
