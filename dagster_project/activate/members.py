"""Who of a segment may be in a destination's file, and with which row; who is not is counted with a reason.

All of it is SQL in DuckDB, so that memory stays flat and no person's data passes through Python.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

import duckdb
import yaml

from dagster_project.activate.destination import Address, Destination
from dagster_project.activate.segment import Segment
from dagster_project.activate.values import is_cut, is_formula, literal, quoted, written

MASKED_ADDRESSES = Path(__file__).parent / "masked_addresses.yml"

#: What makes a value an address. Stricter rules would drop addresses that Japanese carriers really gave out.
ADDRESS_PATTERNS = {
    Address.EMAIL: r"[^@\s<>;,:]+@[^@\s<>;,:]+\.[^@\s<>;,:]+",
    Address.PHONE: r"\+[0-9]{6,15}",
    Address.LINE_USER_ID: r"U[0-9a-f]{32}",
}

#: What destinations may be given of every member, whichever channel the consent is for.
ATTRIBUTES = ("shop_customer_id", "name", "birth_year", "prefecture")

#: What they are given only when it is an address of theirs.
CONSENTED_ADDRESSES = (Address.EMAIL, Address.PHONE, Address.LINE_USER_ID)


class Exclusion(StrEnum):
    """Why a member is not in a file; the first reason that applies counts."""

    ERASED = "erased"
    CONTROL_GROUP = "control_group"
    NO_CONSENT = "no_consent"
    MASKED_ADDRESS = "masked_address"
    NO_ADDRESS = "no_address"
    DUPLICATE_ADDRESS = "duplicate_address"


def judge_members(
    connection: duckdb.DuckDBPyConnection, segment: Segment, destination: Destination, day: date
) -> None:
    """Makes the table `judged`: one row per member of the day, with the file's columns and `_exclusion`.

    Args:
        connection: With the warehouse attached as `warehouse`.
        segment: Whose members.
        destination: Whose columns and rules.
        day: Members are those with valid_from ≤ day < valid_to.
    """
    values = {
        "segment": segment.name,
        "segment_name_ja": segment.name_ja,
        "segment_name_en": segment.name_en,
        "channel": destination.channel_for(segment.channel).value,
        "day": day,
        "has_history": segment.history,
    }
    for name, value in values.items():
        connection.execute(f"set variable {name} = $value", {"value": value})
    addresses = destination.addresses_for(segment.channel)
    connection.execute(f"create or replace temp table reached as {reached_sql(destination, addresses)}")
    judged = judged_sql(connection, destination, persons_sql(connection, addresses))
    connection.execute(f"create or replace temp table judged as {judged}")


def count_by_exclusion(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Members left out, for every reason there is."""
    rows = connection.execute(
        "select _exclusion, count(*) from judged where _exclusion is not null group by _exclusion"
    ).fetchall()
    return {reason.value: dict(rows).get(reason.value, 0) for reason in Exclusion}


def count_filled(connection: duckdb.DuckDBPyConnection, destination: Destination) -> dict[str, int]:
    """Rows of the list that have a value, for every column of the destination."""
    counts = ", ".join(f"count({quoted(name)})" for name in destination.column_names)
    (row,) = connection.execute(f"select {counts} from judged where _exclusion is null").fetchall()
    return dict(zip(destination.column_names, row, strict=True))


def count_cut(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of the list whose value was longer than the destination takes, for every column with such."""
    rows = connection.execute("""
        select name, count(*)
        from (select unnest(_cut) as name from judged where _exclusion is null)
        group by name
        order by name
    """).fetchall()
    return dict(rows)


def has_members(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether anybody is in any segment on the day of `judge_members`."""
    (row,) = connection.execute("""
        select count(*)
        from warehouse.marts.segment_members
        where valid_from <= getvariable('day') and (valid_to is null or getvariable('day') < valid_to)
    """).fetchall()
    return row[0] > 0


def reached_sql(destination: Destination, addresses: tuple[Address, ...]) -> str:
    """One row per member of the day: its own usable addresses, and why it is excluded so far."""
    usable = ", ".join(
        f"case when {is_usable(address, destination)} then {address} end as {address}"
        for address in addresses
    )
    owned = ", ".join(
        f"case when exclusion is null and 1 = row_number() over ("
        f"partition by exclusion, {address} order by person) then {address} end as {address}"
        for address in addresses
    )
    has_none = " and ".join(f"{address} is null" for address in addresses)
    is_masked = masked() if Address.EMAIL in addresses else "false"
    return f"""
        with members as (
            select
                customer_id,
                case when getvariable('has_history') then min(valid_from) end as member_since,
                coalesce(bool_or(is_control), true) as is_control,
            from warehouse.marts.segment_members
            where segment = getvariable('segment')
                and valid_from <= getvariable('day')
                and (valid_to is null or getvariable('day') < valid_to)
            group by customer_id
        ),

        consents as (
            select customer_id, bool_and(coalesce(is_granted, false)) as is_granted
            from warehouse.intermediate.int_consent_status
            where channel = getvariable('channel')
            group by customer_id
        ),

        contacts as (
            select
                members.*,
                consents.is_granted,
                -- No tool takes the extension that tells colleagues behind one number apart.
                int_contacts.* exclude (customer_id) replace (split_part(phone, ';ext=', 1) as phone)
            from members
            left join consents on members.customer_id = consents.customer_id
            left join warehouse.intermediate.int_contacts as int_contacts
                on members.customer_id = int_contacts.customer_id
        ),

        addressed as (
            select
                customer_id as person, member_since, is_erased, is_control, is_granted,
                {is_masked} as is_masked, {usable}
            from contacts
        ),

        allowed as (
            select
                *,
                case
                    when is_erased then '{Exclusion.ERASED}'
                    when is_control then '{Exclusion.CONTROL_GROUP}'
                    when not coalesce(is_granted, false) then '{Exclusion.NO_CONSENT}'
                    when {has_none} and is_masked then '{Exclusion.MASKED_ADDRESS}'
                    when {has_none} then '{Exclusion.NO_ADDRESS}'
                end as exclusion,
            from addressed
        ),

        -- Two persons with one address are one row to the destination: the address is the first person's.
        owned as (
            select person, member_since, exclusion, {owned}
            from allowed
        )

        select
            * exclude (exclusion),
            case
                when exclusion is not null then exclusion
                when {has_none} then '{Exclusion.DUPLICATE_ADDRESS}'
            end as exclusion,
        from owned
    """


def is_usable(address: Address, destination: Destination) -> str:
    """Whether a value is an address that can stand in this destination's files as it is."""
    conditions = [f"trim({address}) <> ''", f"({destination.usable})"]
    if address in ADDRESS_PATTERNS:
        conditions.append(f"regexp_full_match({address}, '{ADDRESS_PATTERNS[address]}')")
    if address is Address.EMAIL:
        conditions.append(f"not {masked()}")
    if destination.encoding == "cp932":
        conditions.append(rf"regexp_full_match({address}, '[\x20-\x7e]+')")
    if destination.opened_by == "people":
        conditions.append(f"not {is_formula(address)}")
    return " and ".join(conditions)


def masked() -> str:
    """Whether the e-mail is a marketplace's rather than the buyer's."""
    domains = "|".join(domain.replace(".", r"\.") for domain in masked_domains())
    return rf"coalesce(regexp_matches(email, '[@.]({domains})$', 'i'), false)"


@cache
def masked_domains() -> tuple[str, ...]:
    """Domains under which marketplaces hide e-mail addresses."""
    return tuple(yaml.safe_load(MASKED_ADDRESSES.read_text(encoding="utf-8"))["domains"])


def persons_sql(connection: duckdb.DuckDBPyConnection, addresses: tuple[Address, ...]) -> str:
    """One row per member of the day with everything that a destination's columns can be made of."""
    given = {address: f"reached.{address}" for address in addresses}
    own = {"customer_id": "reached.person", "member_since": "reached.member_since"}
    labels = {name: f"getvariable('{name}')" for name in ("segment", "segment_name_ja", "segment_name_en")}
    labels |= {"stage_ja": "stages.label_ja", "tier_ja": "tiers.label_ja"}
    contacts = {address: given.get(address, "null::varchar") for address in CONSENTED_ADDRESSES}
    attributes = {name: f"int_contacts.{name}" for name in ATTRIBUTES} | own
    known = {str(name): value for name, value in (contacts | attributes | labels).items()}
    facts = {name: f"customers.{quoted(name)}" for name in customer_columns(connection)}
    selected = ", ".join(f"{value} as {quoted(name)}" for name, value in (facts | known).items())
    return f"""
        select {selected}, reached.exclusion as _exclusion
        from reached
        left join warehouse.intermediate.int_contacts as int_contacts
            on reached.person = int_contacts.customer_id
        left join warehouse.marts.customers as customers
            on reached.person = customers.customer_id
        left join warehouse.reference.stages as stages on customers.stage = stages.stage
        left join warehouse.reference.tiers as tiers on customers.tier = tiers.tier
    """


def customer_columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The columns of the customers mart."""
    described = connection.execute("describe warehouse.marts.customers").fetchall()
    return [name for name, *_ in described]


def judged_sql(connection: duckdb.DuckDBPyConnection, destination: Destination, persons: str) -> str:
    """One row per member of the day as the destination gets it, with the reason if it does not."""
    raw = ", ".join(f"({column.value})" for column in destination.columns)
    types = [
        row[1] for row in connection.execute(f"describe select {raw} from ({persons}) as persons").fetchall()
    ]
    columns = ", ".join(
        f"{written(column, sql_type, destination)} as {quoted(column.label('en'))}"
        for column, sql_type in zip(destination.columns, types, strict=True)
    )
    cut = ", ".join(
        f"case when {is_cut(column, sql_type, destination)} then {literal(column.label('en'))} end"
        for column, sql_type in zip(destination.columns, types, strict=True)
        if column.longest
    )
    names = ", ".join(quoted(name) for name in destination.column_names)
    key = ", ".join(quoted(name) for name in destination.key)
    repeated = f"1 < row_number() over (partition by _exclusion, {key} order by _person)"
    is_repeated = "false" if has_own_key(destination) else repeated
    return f"""
        with persons as ({persons}),

        rows as (
            select
                customer_id as _person,
                _exclusion,
                cast(list_filter([{cut}], lambda name: name is not null) as varchar[]) as _cut,
                {columns}
            from persons
        )

        -- A destination's own normal form can make two addresses, or two persons, the same to it.
        select
            {names},
            _cut,
            case
                when _exclusion is not null then _exclusion
                when coalesce({key}) is null then '{Exclusion.NO_ADDRESS}'
                when {is_repeated} then '{Exclusion.DUPLICATE_ADDRESS}'
            end as _exclusion,
        from rows
    """


def has_own_key(destination: Destination) -> bool:
    """Whether the key is made of addresses as they are, of which each belongs to one person already."""
    key = [column for column in destination.columns if column.label("en") in destination.key]
    return all(column.value in set(Address) and not column.normalise for column in key)
