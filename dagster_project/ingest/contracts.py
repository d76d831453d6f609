"""The contract of every feed, read from the dbt sources: the one place where a feed is defined.

What a contract says is here; how a delivered text is held against it is in `conversion`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from dagster_project.settings import DBT

#: Tables of sources with this schema that have a key are feeds; others are written by the pipeline itself.
LAKE_SCHEMA = "lake"

#: Columns of identifiers of a person, besides those of referrers and referees.
PERSONAL = ("customer_id", "email", "phone", "device_id", "line_user_id")

#: Columns that name a thing and do not end in _id.
NAMES_OF_THINGS = ("platform", "coupon_code", "order_name")

#: Every feed has it, so the contracts do not list it: a row with it withdraws its key.
DELETED = "deleted"


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    Attributes:
        name: Name in the header, lower case.
        data_type: varchar, bigint, boolean, date, timestamp or decimal(p,s).
        description: What it holds.
        is_key: Whether it is part of the row's identity.
        is_required: Whether a row without it is quarantined.
        values: Listed values in lower case; empty when any value will do.
        minimum: Smallest number that can be read, or None.
        maximum: Greatest number that can be read, or None.
        is_recent: Whether it is a time that cannot lie decades before its delivery, as an event's.
        unreadable_as: What a value that is missing or cannot be read counts as (a boolean's), or None.
        required_when: Boolean column that must be true for this one to be required; else it may be null.
        personal: What of it goes when a person is erased: `all`, `query` (what follows `?` or `#`), or None.
    """

    name: str
    data_type: str
    description: str = ""
    is_key: bool = False
    is_required: bool = False
    values: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    is_recent: bool = False
    unreadable_as: bool | None = None
    required_when: str | None = None
    personal: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.data_type == "bigint" or self.data_type.startswith("decimal")

    @property
    def is_identifier(self) -> bool:
        """Whether equal values make two rows one person's."""
        return self.name in PERSONAL or self.name.startswith(("referrer", "referee"))

    @property
    def is_id(self) -> bool:
        """Whether it names a thing, so that what a spreadsheet did to its text is undone."""
        named = self.name.endswith("_id") or self.name in NAMES_OF_THINGS
        return self.data_type == "varchar" and not self.values and named

    @property
    def is_currency(self) -> bool:
        """Whether it holds codes of currencies."""
        return self.name == "currency"


@dataclass(frozen=True)
class Feed:
    """What a shop may deliver under one name.

    Attributes:
        name: Folder in the landing zone and in the lake.
        description: What one row is.
        columns: Columns of the contract in its order, without `deleted`.
        event_time: Column whose date is the row's business day, or None.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    event_time: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that make the row's identity."""
        return tuple(column.name for column in self.columns if column.is_key)

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns of the contract and `deleted`, as they stand in the lake."""
        withdrawn = Column(DELETED, "boolean", "True when the row withdraws its key.")
        return (*self.columns, withdrawn)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of `all_columns`."""
        return tuple(column.name for column in self.all_columns)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when a delivery would be read in another way; descriptions do not count."""
        rules = [{**asdict(column), "description": ""} for column in self.columns]
        for rule in rules:
            del rule["personal"]
        return hashlib.sha256(json.dumps(rules, default=str).encode()).hexdigest()


def read_contracts(folder: Path = DBT / "models" / "staging") -> dict[str, Feed]:
    """Reads the contracts of all feeds.

    Args:
        folder: The dbt models of the staging layer, whose `_…__sources.yml` are read.

    Returns:
        The feeds by name, in the order of the files.
    """
    feeds: dict[str, Feed] = {}
    for file in sorted(folder.glob("*/_*__sources.yml")):
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]:
            if source.get("schema") == LAKE_SCHEMA:
                feeds |= {table["name"]: _feed(table) for table in source["tables"]}
    return {name: feed for name, feed in feeds.items() if feed.keys}


def _feed(table: dict[str, Any]) -> Feed:
    event_time = _meta(table).get("event_time")
    return Feed(
        name=table["name"],
        description=table.get("description", ""),
        columns=tuple(_column(column, event_time) for column in table["columns"]),
        event_time=event_time,
    )


def _column(entry: dict[str, Any], event_time: str | None) -> Column:
    meta = _meta(entry)
    return Column(
        name=entry["name"],
        data_type=entry["data_type"].lower().replace(" ", ""),
        description=entry.get("description", ""),
        is_key=meta.get("key", False),
        is_required=meta.get("required", False),
        values=tuple(str(value) for value in meta.get("values", ())),
        minimum=_number(meta.get("minimum")),
        maximum=_number(meta.get("maximum")),
        is_recent=entry["name"] == event_time or meta.get("recent", False),
        unreadable_as=meta.get("unreadable_as"),
        required_when=meta.get("required_when"),
        personal=meta.get("personal"),
    )


def _meta(entry: dict[str, Any]) -> dict[str, Any]:
    return entry.get("config", {}).get("meta", {})


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
