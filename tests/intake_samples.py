"""Samples of exports: a folder with `input/`, `expected/<feed>.csv` and `shop.yml` or `case.json`."""

from __future__ import annotations

import csv
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path

import yaml

from dagster_project.intake.adding import Answer, add
from dagster_project.settings import PROJECT, Settings

SAMPLES = PROJECT / "tests" / "samples"

#: Settings of the shop in a case.json; the others are those of the source.
SHOP_SETTINGS = ("time_zone", "currency", "country")


def samples() -> list[Path]:
    """Folders of the samples that belong to the project."""
    return sorted(folder.parent for folder in SAMPLES.glob("*/*/input"))


def shop_of(sample: Path) -> dict:
    """The shop.yml of a sample."""
    shop = {}
    if (sample / "shop.yml").exists():
        shop = yaml.safe_load((sample / "shop.yml").read_text(encoding="utf-8"))
    if (sample / "case.json").exists():
        given = json.loads((sample / "case.json").read_text(encoding="utf-8"))["settings"]
        shop |= {name: value for name, value in given.items() if name in SHOP_SETTINGS}
        source = {name: value for name, value in given.items() if name not in SHOP_SETTINGS}
        if source:
            shop["sources"] = {sample.parent.name: source}
    return shop


def check_sample(sample: Path, data: Path, beside: Path | None = None) -> tuple[list[Answer], Path]:
    """Runs `lifecycle add --check --out` over a sample's input; gives the answers and the folder of rows."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "shop.yml").write_text(yaml.safe_dump(shop_of(sample), allow_unicode=True), encoding="utf-8")
    out = data / "out"
    inputs = [folder / "input" for folder in (sample, beside) if folder]
    return add(Settings(data=data), inputs, check=True, out=out), out


def rows_of(file: Path, columns: list[str] | None = None) -> list[tuple[str, ...]]:
    """Rows of a CSV file as plain texts, sorted."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = columns or list(rows[0] if rows else [])
    return sorted(tuple(plain(row[name] or "") for name in names) for row in rows)


def header_of(file: Path) -> list[str]:
    """Column names of a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream))


def plain(text: str) -> str:
    """A number without zeros at its end, any other text as it is; `0123` is no number."""
    if text.startswith("0") and text[1:2].isdigit():
        return text
    try:
        return format(Decimal(text).normalize(), "f") if text else text
    except InvalidOperation:
        return text
