"""A DuckDB of one translation: the macros, the settings of the source, and errors that name the format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.ingest.contracts import Feed
from dagster_project.intake.formats import MACROS, Format, FormatError, read_formats, source_settings
from dagster_project.intake.staging import literal
from dagster_project.settings import Settings


@dataclass(frozen=True)
class Source:
    """A format of one shop, which has a folder in the landing zone."""

    form: Format
    shop: str | None = None

    @property
    def folder(self) -> str:
        """Name of the folder in the landing zone."""
        return f"{self.form.name}@{self.shop}" if self.shop else self.form.name

    @property
    def key(self) -> str:
        """Key of the shop under `sources` in shop.yml."""
        return self.shop or self.form.system

    @property
    def prefix(self) -> str:
        """What ids of the shop begin with."""
        return self.shop or self.form.prefix


@dataclass
class Session:
    """What the steps of one translation share.

    Attributes:
        settings: The shop's.
        source: The format and the shop.
        day: Day of the delivery.
        feeds: The contracts.
        connection: Where the SQL runs.
        work: A folder for unfinished files.
        roots: Folders of translations that are looked into for what was delivered before.
        chosen: Settings of the source.
        columns: Columns that the SQL gives for each feed, once it has run.
    """

    settings: Settings
    source: Source
    day: date
    feeds: Mapping[str, Feed]
    connection: duckdb.DuckDBPyConnection
    work: Path
    roots: Sequence[Path]
    chosen: Mapping[str, str]
    columns: dict[str, list[str]] = field(default_factory=dict)

    @property
    def form(self) -> Format:
        """The format."""
        return self.source.form

    def execute(self, sql: str, what: str) -> duckdb.DuckDBPyConnection:
        """Runs SQL.

        Raises:
            FormatError: When it fails; the message names the format and the section.
        """
        try:
            return self.connection.execute(sql)
        except duckdb.Error as error:
            raise FormatError(f"format {self.form.name}, {what}: {without_values(error)}") from error

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever SQL gives
        """The first value that SQL gives, or None."""
        row = self.execute(sql, "counting").fetchone()
        return row[0] if row else None


def without_values(error: duckdb.Error) -> str:
    """What DuckDB says, without the values of rows that it quotes when it cannot convert one."""
    if not isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException):
        return str(error)
    return re.sub(r"\"[^\"]*\"|'[^']*'", "…", str(error)).splitlines()[0]


def turn(folder: str, formats: Mapping[str, Format]) -> tuple[bool, str]:
    """Where a folder stands among those of one day: formats that read what others delivered come last."""
    form = formats.get(folder.partition("@")[0])
    return bool(form and form.options.get("reads")), folder


def is_read_before(day: str, folder: str, mine: str, my_folder: str, formats: Mapping[str, Format]) -> bool:
    """Whether what a folder of one day gives is there when mine is translated."""
    return day < mine or (day == mine and turn(folder, formats) < turn(my_folder, formats))


def has_shop_system(settings: Settings, landing: Path) -> bool:
    """Whether orders come from a shop system, so that those of a payment system would count twice."""
    formats = read_formats(settings)
    folders = [entry.name for entry in landing.iterdir() if entry.is_dir()] if landing.is_dir() else []
    forms = [formats[name] for name in (folder.partition("@")[0] for folder in folders) if name in formats]
    return "orders" in folders or any(
        "orders" in form.feeds and not form.options.get("is_payment") for form in forms
    )


@contextmanager
def open_session(
    settings: Settings,
    source: Source,
    day: date,
    feeds: Mapping[str, Feed],
    work: Path,
    roots: Sequence[Path],
) -> Iterator[Session]:
    """Opens the DuckDB of one translation, in memory, which spills into the data folder."""
    chosen = source_settings(settings, source.form, source.key)
    with duckdb.connect(config=settings.engine) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(MACROS.read_text(encoding="utf-8"))
        variables = {
            "shop": source.prefix,
            "time_zone": settings.shop["time_zone"],
            "currency": settings.shop["currency"],
            "delivery_day": day.isoformat(),
        }
        for name, value in variables.items():
            connection.execute(f"set variable {name} = {literal(value)}")
        landings = {root.parent / settings.landing.name for root in roots}
        has_shop = any(has_shop_system(settings, landing) for landing in landings)
        connection.execute(f"set variable has_shop_system = {str(has_shop).lower()}")
        pairs = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in chosen.items())
        entries = f"map_from_entries([{pairs}])" if pairs else "map {}::map(varchar, varchar)"
        connection.execute(f"set variable settings = {entries}")
        yield Session(settings, source, day, feeds, connection, work, roots, chosen)
