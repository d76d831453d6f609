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
    """

    name: str
    data_type: str
    description: str = ""
    is_key: bool = False
    is_required: bool = False
    values: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None


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
    return Feed(
        name=table["name"],
        description=table.get("description", ""),
        columns=tuple(_column(column) for column in table["columns"]),
        event_time=_meta(table).get("event_time"),
    )


def _column(entry: dict[str, Any]) -> Column:
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
    )


def _meta(entry: dict[str, Any]) -> dict[str, Any]:
    return entry.get("config", {}).get("meta", {})


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
