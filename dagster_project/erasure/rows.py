"""What of the rows of a feed goes when persons are erased, whatever file they stand in.

An erased identifier becomes its pseudonym wherever it stands. A row that carries one is the person's, and so
is one without any identifier that names an order of the person: what is personal in it, and all that the
contract does not know, becomes empty. Keys, times, money and articles stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.erasure.texts import Finder
from dagster_project.erasure.tombstones import Tombstone
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.identifiers import NORMALISED, normalise

#: Columns that hold an identifier, or end with such a name, and the kind of it.
KINDS = {
    "customer_id": "shop_customer_id",
    "email": "email",
    "phone": "phone",
    "line_user_id": "line_user_id",
    "device_id": "device_id",
}
RULE_ENDS = ("identifier_a", "identifier_b")

QUERY = "[?#].*"


def identifier_columns(feed: Feed) -> dict[str, str]:
    """The columns of a feed that hold an identifier, each with its kind; a rule names it in each value."""
    found = {}
    for column in (column.name for column in feed.columns if column.data_type == "varchar"):
        kind = next((KINDS[name] for name in KINDS if column == name or column.endswith(f"_{name}")), None)
        if kind:
            found[column] = kind
        elif column in RULE_ENDS:
            found[column] = "rule"
    return found


@dataclass(frozen=True)
class Erased:
    """What goes of some rows.

    Attributes:
        pseudonyms: For each identifier column the pseudonym of each row, null where the value stays.
        is_row: Whether what is personal in the row goes.
    """

    pseudonyms: dict[str, pa.Array]
    is_row: pa.Array

    @cached_property
    def rows(self) -> int:
        """How many rows carry an erased identifier or are otherwise an erased person's."""
        touched = self.is_row
        for values in self.pseudonyms.values():
            touched = pc.or_(touched, pc.is_valid(values))
        return pc.sum(touched).as_py() or 0


def erased_in(typed: pa.Table, feed: Feed, finder: Finder, *, is_at_door: bool) -> Erased:
    """Finds what goes of rows.

    Args:
        typed: Rows with the columns of the contract, typed.
        feed: The contract.
        finder: Whom to look for.
        is_at_door: Rows whose event lies after the day of the erasure are a new acquaintance and stay.
    """
    rows = typed.num_rows
    none = pa.repeat(pa.scalar(False), rows) if rows else pa.array([], pa.bool_())
    days = event_days(typed, feed) if is_at_door else None
    columns = identifier_columns(feed)
    pseudonyms: dict[str, pa.Array] = {}
    is_row, has_identifier = none, none
    for column, kind in columns.items():
        values = normal_values(typed, column, finder.country)
        has_identifier = pc.or_(has_identifier, pc.is_valid(values))
        found = pseudonyms_of(values, kind, finder, days)
        if found.null_count < rows:
            pseudonyms[column] = found
            is_row = pc.or_(is_row, pc.is_valid(found))
    if "order_id" in feed.names:
        orders = pseudonyms_of(typed["order_id"].combine_chunks(), "order_id", finder, days)
        is_row = pc.or_(is_row, pc.and_(pc.is_valid(orders), pc.invert(has_identifier)))
    return Erased(pseudonyms, is_row)


def event_days(typed: pa.Table, feed: Feed) -> pa.Array | None:
    """The business day of each row, or None when the feed's rows have none."""
    return typed[feed.event_time].cast(pa.date32()).combine_chunks() if feed.event_time else None


def normal_values(typed: pa.Table, column: str, country: str) -> pa.Array:
    """An identifier column in the form in which identifiers are compared."""
    values = typed[column].combine_chunks().cast(pa.string())
    return normalise(column, values, country) if column in NORMALISED else values


def pseudonyms_of(values: pa.Array, kind: str, finder: Finder, days: pa.Array | None) -> pa.Array:
    """For each identifier its pseudonym, null where it was not erased; a value is looked up once."""
    encoded = values.dictionary_encode()
    stones = [
        None if value is None else tombstone(value, kind, finder) for value in encoded.dictionary.to_pylist()
    ]
    if not any(stones):
        return pa.nulls(len(values), pa.string())
    names = pa.array([stone and stone.pseudonym for stone in stones], pa.string()).take(encoded.indices)
    if days is None:
        return names
    since = pa.array([stone and stone.erased_on for stone in stones], pa.date32()).take(encoded.indices)
    is_new = pc.fill_null(pc.greater(days, since), False)
    return pc.if_else(is_new, pa.scalar(None, pa.string()), names)


def tombstone(value: str, kind: str, finder: Finder) -> Tombstone | None:
    """The tombstone of an identifier; of a rule's end, with the kind in front of the pseudonym."""
    if kind != "rule":
        return finder.tombstones.find(kind, value)
    kind, _, value = value.partition(":")
    stone = finder.tombstones.find(kind, value)
    return stone and replace(stone, pseudonym=f"{kind}:{stone.pseudonym}")


def personal_columns(names: Iterable[str], feed: Feed) -> list[str]:
    """The columns that become empty in the rows of an erased person."""
    of_contract = {column.name for column in feed.columns if column.personal == "all"}
    return [name for name in names if name in of_contract or name not in feed.names]


def query_columns(feed: Feed) -> list[str]:
    """The columns of addresses of pages, which lose what follows the path."""
    return [column.name for column in feed.columns if column.personal == "query"]


def is_loose(name: str, feed: Feed) -> bool:
    """Whether people may write anything into a column, so that any identifier in it is looked for."""
    return bool(personal_columns([name], feed)) or name in query_columns(feed)
