"""Whose identifiers are to be erased: all that identity joins with those given, in force or not.

The warehouse knows who is whom by the rows in force. Rows that a later delivery replaced may hold further
identifiers, such as a former address: one that stands in a row of the person and is nobody else's is the
person's as well. Identifiers that several persons share, or that a rule ignores, are nobody's and stay.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dagster_project.erasure.rows import KINDS, identifier_columns
from dagster_project.erasure.texts import PHONE_END
from dagster_project.erasure.tombstones import ErasureError
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.identifiers import NORMALISED, PSEUDONYM, normalise_email, normalise_phone
from dagster_project.ingest.lake import PARTITION
from dagster_project.settings import Settings

#: The kinds of identifiers, the strongest first, as in `dbt/macros/persons.sql`.
STRENGTH = ("shop_customer_id", "email", "phone", "line_user_id", "device_id")

#: How identifiers are named where people write them.
NAMES = {"customer_id": "shop_customer_id", "shop_customer_id": "shop_customer_id"} | {
    name: name for name in ("email", "phone", "line_user_id", "device_id")
}

Identifier = tuple[str, str]


@dataclass
class Found:
    """Persons to be erased, and what else is known of the identifiers given.

    Attributes:
        identifiers: All identifiers of theirs, as kind and normalised value.
        orders: Numbers of their orders.
        customer_ids: What the published data calls them.
        unknown: How many of the given identifiers are in no row.
        shared: How many identifiers are several persons', or ignored by a rule: these stay.
    """

    identifiers: set[Identifier] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    customer_ids: set[str] = field(default_factory=set)
    unknown: int = 0
    shared: int = 0

    def all(self) -> set[Identifier]:
        """Everything that gets a tombstone: identifiers, also as ads platforms hash them, orders, persons."""
        hashed = {("sha256", value) for identifier in self.identifiers for value in hashes_of(*identifier)}
        ends = {("phone_end", value[-PHONE_END:]) for kind, value in self.identifiers if kind == "phone"}
        orders = {("order_id", order) for order in self.orders}
        persons = {("person", person) for person in self.customer_ids}
        return self.identifiers | hashed | ends | orders | persons


def hashes_of(kind: str, value: str) -> list[str]:
    """SHA-256 of an address in the forms that destinations hash (`dagster_project/activate/values.py`)."""
    forms = {"email": [value, re.sub(r"\s", "", value)], "phone": [value, value[1:], value[1:].lstrip("0")]}
    return [hashlib.sha256(form.encode()).hexdigest() for form in dict.fromkeys(forms.get(kind, []))]


def given_identifier(name: str, value: str, country: str) -> Identifier:
    """An identifier as a person wrote it, in the form in which identifiers are compared.

    Raises:
        ErasureError: When it is none; the message does not repeat it.
    """
    kind, text = NAMES[name], value.strip()
    if kind == "email":
        normal = normalise_email(text)
    elif kind == "phone":
        normal = normalise_phone(text, country)
    else:
        normal = text or None
    if normal is None:
        raise ErasureError(f"--{name.replace('_', '-')}: is no {name.replace('_', ' ')} that can be read")
    return kind, normal


def given_identifiers(
    named: Mapping[str, Iterable[str] | None], file: Path | None, country: str
) -> list[Identifier]:
    """The identifiers of a command line: by name, and those of a list.

    Raises:
        ErasureError: When one of them is none; the message does not repeat it.
    """
    found = [
        given_identifier(name, value, country) for name, values in named.items() for value in values or ()
    ]
    return found + (read_list(file, country) if file else [])


def somebody(given: Iterable[Identifier]) -> set[Identifier]:
    """The identifiers given.

    Raises:
        ErasureError: When there is none.
    """
    found = set(given)
    if not found:
        raise ErasureError("nobody is named: give --email, --phone, --customer-id or --file")
    return found


def read_list(file: Path, country: str) -> list[Identifier]:
    """Identifiers from a list: `kind:value` a line, or an e-mail address alone; or a CSV with such headers.

    Args:
        file: In UTF-8 or CP932.
        country: The shop's, for phone numbers.

    Raises:
        ErasureError: When a line is no identifier; the message names the line and not what is in it.
    """
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp932", errors="replace")
    lines = text.splitlines()
    header = [name.strip().lower() for name in lines[0].split(",")] if lines else []
    if set(header) & NAMES.keys():
        rows = csv.DictReader(lines[1:], fieldnames=header)
        pairs = [
            (number, name, row[name])
            for number, row in enumerate(rows, 2)
            for name in header
            if name in NAMES
        ]
    else:
        pairs = [(number, *split_line(line)) for number, line in enumerate(lines, 1)]
    found = []
    for number, name, value in pairs:
        if not (value or "").strip():
            continue
        try:
            found.append(given_identifier(name, value, country))
        except (ErasureError, KeyError) as error:
            raise ErasureError(
                f"{file}, line {number}: is no identifier: write email:…, phone:…, customer_id:…,"
                " line_user_id:… or device_id:…"
            ) from error
    if not found:
        raise ErasureError(f"{file}: names nobody: write one identifier a line, such as email:…")
    return found


def split_line(line: str) -> tuple[str, str]:
    """Kind and value of a line of a list."""
    name, _, value = line.strip().partition(":")
    return (name.strip().lower(), value) if value else ("email", name)


def find_persons(settings: Settings, feeds: Mapping[str, Feed], given: Iterable[Identifier]) -> Found:
    """Finds the persons whom identifiers name, and all that is theirs.

    Args:
        settings: Where the warehouse and the lake are.
        feeds: The contracts by name.
        given: Identifiers in their normal form.

    Raises:
        ErasureError: When the warehouse is there and cannot be opened.
    """
    given = set(given)
    with opened(settings) as connection:
        owners = Owners(connection)
        former = {identifier for identifier in given - owners.nobodys if not owners.owner(identifier)}
        rows = [row for feed in feeds.values() for row in rows_with(connection, settings, feed, former)]
        persons = {owner for owner in map(owners.owner, given) if owner}
        persons |= {owner for identifier in former if (owner := owners.former(identifier, rows))}
        contested: set[Identifier] = set()
        while True:
            found, others = closure(connection, settings, feeds, owners, given, persons, contested)
            if others <= contested:
                break
            contested |= others
        found.shared = len(given & owners.nobodys) + len(contested)
        known = {identifier for row in rows for identifier in row.identifiers}
        found.unknown = len(former - known - contested)
    found.identifiers = {(kind, value) for kind, value in found.identifiers if not PSEUDONYM.fullmatch(value)}
    return found


def closure(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feeds: Mapping[str, Feed],
    owners: Owners,
    given: set[Identifier],
    persons: set[str],
    contested: set[Identifier],
) -> tuple[Found, set[Identifier]]:
    """Everything that rows join with persons and identifiers, but for what stands in rows of others too.

    Returns:
        What was found, and what of it stands in rows of others.
    """
    found = Found(given - owners.nobodys - contested, customer_ids=set(persons))
    found.identifiers |= owners.identifiers_of(found.customer_ids)
    others: set[Identifier] = set()
    seen: set[Identifier] = set()
    while new := found.identifiers - seen:
        seen |= new
        for feed in feeds.values():
            for row in rows_with(connection, settings, feed, new):
                owner = owners.of_row(row)
                free = {each for each in row.identifiers if not owners.owner(each)} - owners.nobodys
                if owner and owner not in found.customer_ids:
                    others |= free & found.identifiers
                    continue
                found.identifiers |= free - contested
                if row.order_id:
                    found.orders.add(row.order_id)
    return found, others


class Owners:
    """Who has which identifier in force, and which are nobody's own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.known: dict[Identifier, str | None] = {}
        shared = "select identifier from warehouse.intermediate.int_shared_devices"
        ignored = "select identifier_a from warehouse.staging.stg_identity_rules where kind = 'ignore'"
        texts = (
            connection.execute(f"{shared} union {ignored}").fetchall() if has_warehouse(connection) else []
        )
        self.nobodys: set[Identifier] = {split_identifier(text) for (text,) in texts if text}

    def owner(self, identifier: Identifier) -> str | None:
        """The person of an identifier in force, or None."""
        if identifier not in self.known:
            self.known[identifier] = None
            if has_warehouse(self.connection):
                rows = self.connection.execute(
                    "select customer_id from warehouse.intermediate.int_identifiers"
                    " where identifier_kind = ? and identifier_value = ?",
                    list(identifier),
                ).fetchall()
                self.known[identifier] = rows[0][0] if rows else None
        return self.known[identifier]

    def of_row(self, row: Row) -> str | None:
        """The person of a row: that of its strongest identifier that has one."""
        return next((owner for owner in map(self.owner, row.identifiers) if owner), None)

    def former(self, identifier: Identifier, rows: list[Row]) -> str | None:
        """Whose an identifier was that nobody has in force: the one person of its rows."""
        persons = {self.of_row(row) for row in rows if identifier in row.identifiers} - {None}
        return persons.pop() if len(persons) == 1 else None

    def identifiers_of(self, customer_ids: set[str]) -> set[Identifier]:
        """All identifiers in force of some persons."""
        if not customer_ids:
            return set()
        rows = self.connection.execute(
            "select identifier_kind, identifier_value, customer_id"
            " from warehouse.intermediate.int_identifiers where customer_id in (select unnest($persons))",
            {"persons": sorted(customer_ids)},
        ).fetchall()
        self.known |= {(kind, value): person for kind, value, person in rows}
        return {(kind, value) for kind, value, _ in rows}


@dataclass(frozen=True)
class Row:
    """Identifiers that a row of the lake carries of one person, the strongest first; its order's number."""

    identifiers: list[Identifier]
    order_id: str | None


def rows_with(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, identifiers: set[Identifier]
) -> list[Row]:
    """Rows of the lake that carry one of some identifiers, each distinct set of identifiers once."""
    files = str(settings.lake / feed.name / f"{PARTITION}=*" / "*.parquet")
    found = []
    for columns in roles(feed):
        if not columns or not any((settings.lake / feed.name).glob(f"{PARTITION}=*/*.parquet")):
            continue
        described = connection.execute(
            f"describe select * from read_parquet('{files}', union_by_name = true)"
        ).fetchall()
        there = {name for name, *_ in described}
        values = {
            column: f'"{NORMALISED.get(column, column)}"'
            for column in columns
            if NORMALISED.get(column, column) in there
        }
        matches = []
        parameters = {}
        for column, kind in columns.items():
            wanted = sorted(value for of_kind, value in identifiers if of_kind == kind)
            if wanted and column in values:
                matches.append(f"{values[column]} in (select unnest($v_{column}))")
                parameters[f"v_{column}"] = wanted
        if not matches:
            continue
        order = "order_id" if feed.name == "orders" else "null"
        query = (
            f"select distinct {', '.join(values.values())}, {order}"
            f" from read_parquet('{files}', union_by_name = true) where {' or '.join(matches)}"
        )
        for *cells, order_id in connection.execute(query, parameters).fetchall():
            pairs = [(columns[column], cell) for column, cell in zip(values, cells, strict=True) if cell]
            found.append(Row(sorted(pairs, key=lambda pair: STRENGTH.index(pair[0])), order_id))
    return found


def roles(feed: Feed) -> list[dict[str, str]]:
    """The identifier columns of a feed, one set for each person that a row may name (who referred, whom)."""
    columns = {name: kind for name, kind in identifier_columns(feed).items() if kind != "rule"}
    plain = {name: kind for name, kind in columns.items() if name in KINDS}
    prefixes = sorted({name.split("_")[0] for name in columns if name not in KINDS})
    others = [
        {name: kind for name, kind in columns.items() if name.startswith(f"{each}_")} for each in prefixes
    ]
    return [plain, *others]


def split_identifier(text: str) -> Identifier:
    """`kind:value` as kind and value."""
    kind, _, value = text.partition(":")
    return kind, value


def opened(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection that sees the warehouse as `warehouse`, where there is one.

    Raises:
        ErasureError: When it cannot be opened.
    """
    connection = duckdb.connect(config=settings.engine)
    if settings.warehouse.exists():
        try:
            connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        except duckdb.Error as error:
            connection.close()
            raise ErasureError(f"{settings.warehouse}: cannot be opened: is a run at work?") from error
    return connection


def has_warehouse(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the warehouse is there and has found out who is whom."""
    rows = connection.execute(
        "select count(*) from duckdb_tables()"
        " where database_name = 'warehouse' and table_name = 'int_identifiers'"
    ).fetchall()
    return rows[0][0] > 0


def published_hash(settings: Settings, kind: str, value: str) -> str:
    """An identifier as the table `identities` shows it (`dbt/macros/keyed_hash.sql`)."""
    return hashlib.sha256(f"{settings.hash_key}:{kind}:{value}".encode()).hexdigest()[:32]
