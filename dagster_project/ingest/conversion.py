"""From delivered texts to the contract's types: one SQL per feed, the same for every format.

The SQL types each column, and names for each row the first reason for which it cannot be taken. A value that
cannot be read is null; whether that matters depends on the column.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.ingest.contracts import DELETED, Column, Feed
from dagster_project.ingest.identifiers import SCIENTIFIC
from dagster_project.ingest.records import Batch
from dagster_project.ingest.spellings import plain_texts

#: Goes into the fingerprint of the reading rules: raise it when any code here reads a text in another way,
#: so that deliveries whose files are still there are read again.
RULES_VERSION = 3

NUMBER = r"[+-]?\d+(\.\d+)?"
WHOLE_NUMBER = r"[+-]?\d+(\.0+)?"
DAY = r"(19|20|21)\d\d-\d\d-\d\d"
CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
OFFSET = r"(Z|[+-](0\d|1[0-8])(:?[0-5]\d)?)"
WALL_TIME = rf"{DAY}([T ]{CLOCK})?"
TIME_WITH_OFFSET = rf"{DAY}[T ]{CLOCK} ?{OFFSET}"

TRUE = ("true", "t", "yes", "y", "1", "1.0", "on", "はい", "○")
FALSE = ("false", "f", "no", "n", "0", "0.0", "off", "いいえ", "×")

#: Years before its delivery beyond which the time of an event is a fill-in, such as 1970-01-01.
OLDEST_YEARS = 40

#: Codes of currencies (ISO 4217); what is none becomes `NO_CURRENCY`, of which there is no rate.
CURRENCIES = tuple(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW "
    "KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE "
    "SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND "
    "VUV WST XAF XAG XAU XCD XCG XOF XPF XXX YER ZAR ZMW ZWG ZWL".split()
)
NO_CURRENCY = "XXX"

#: Finds any time with an offset, and little else: its SQL is costly to prepare, and most files have none.
MAYBE_OFFSET = r":.*[Z+-]"

#: Rows up to which it costs more to optimise the SQL than to run it as it is.
SMALL_BATCH = 5_000

SHORTENED = (
    "is a number that a spreadsheet has shortened, so its digits are lost: format the column as text "
    "and export it again"
)
TOO_OLD = f"lies more than {OLDEST_YEARS} years before its delivery: deliver the true time"
MISSING = "required column is missing: add it to the file"
EMPTY = "required value is empty: deliver one"


@dataclass(frozen=True)
class Problem:
    """A reason for which a row is quarantined."""

    column: str
    reason: str
    condition: str


@dataclass(frozen=True)
class Conversion:
    """The SQL of one feed and set of delivered columns, and what its problem numbers mean."""

    sql: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Converted:
    """A batch held against its contract.

    Attributes:
        typed: The contract's columns with its types, one row per record of the batch.
        texts: The contract's delivered columns, trimmed, blank ones null.
        plain: The same in the form that was read.
        problem: For each record the index of its problem, or null when it is taken (int32).
        problems: The problems by index.
    """

    typed: pa.Table
    texts: pa.Table
    plain: pa.Table
    problem: pa.ChunkedArray
    problems: tuple[Problem, ...]


class RowsMixedUp(RuntimeError):
    """The typed rows are not the delivered ones in their order: a defect of the program."""


def convert(
    batch: Batch, feed: Feed, zone: str, day: date, connection: duckdb.DuckDBPyConnection
) -> Converted:
    """Holds a batch against its contract.

    Args:
        batch: Delivered texts.
        feed: The contract.
        zone: IANA time zone of the shop; times with an offset become its wall time.
        day: Day of delivery.
        connection: Where the SQL runs.

    Returns:
        Types, and the reason for each row that cannot be taken.

    Raises:
        RowsMixedUp: When the rows do not come back in their order.
    """
    columns = {column.name: column for column in feed.all_columns if column.name in batch.texts.column_names}
    texts = pa.table({name: trimmed(batch.texts[name]) for name in columns})
    plain = pa.table({name: plain_texts(texts[name], column) for name, column in columns.items()})
    shop_zone = zone if has_offsets(plain, feed) else None
    conversion = conversion_of(feed, tuple(columns), batch.is_declared, shop_zone)
    delivered = pa.table(dict(zip(plain.column_names, plain.columns, strict=True)) | {"_row": batch.rows})
    result = run(conversion.sql, delivered, day, connection)
    if not result["_row"].combine_chunks().equals(pa.chunked_array([batch.rows]).combine_chunks()):
        raise RowsMixedUp(f"rows of {feed.name} came back in another order")
    typed = result.select(list(feed.names))
    return Converted(typed, texts, plain, result["_problem"], conversion.problems)


def unread(converted: Converted, feed: Feed) -> dict[str, pa.ChunkedArray]:
    """The values that were taken as something else than they were delivered as: null, or what stands for it.

    Returns:
        For each column that has such a value, which rows have one (booleans).
    """
    found = {}
    for column in feed.all_columns:
        is_unread = _is_unread(converted, column)
        if is_unread is not None and pc.any(is_unread).as_py():
            found[column.name] = is_unread
    return found


def _is_unread(converted: Converted, column: Column) -> pa.ChunkedArray | None:
    values = converted.typed[column.name]
    is_kept = pc.fill_null(pc.invert(converted.typed[DELETED]), True)
    if column.required_when:
        return pc.and_(pc.is_null(values), is_kept)
    if column.name not in converted.plain.column_names:
        return is_kept if column.unreadable_as is not None else None
    texts = converted.plain[column.name]
    if column.unreadable_as is not None:
        is_read = pc.is_in(pc.utf8_lower(texts), pa.array((*TRUE, *FALSE)))
        return pc.and_(pc.invert(is_read), is_kept)
    if column.is_currency:
        is_code = pc.is_in(pc.utf8_upper(texts), pa.array(CURRENCIES))
        return pc.and_(pc.is_valid(texts), pc.invert(is_code))
    if values.null_count == texts.null_count:
        return None
    return pc.and_(pc.is_valid(texts), pc.is_null(values))


def run(sql: str, delivered: pa.Table, day: date, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Runs SQL over a table `delivered`, which came on a day."""
    is_small = delivered.num_rows <= SMALL_BATCH
    connection.execute("pragma disable_optimizer" if is_small else "pragma enable_optimizer")
    connection.register("delivered", delivered)
    with warnings.catch_warnings():  # a relation would save a copy of the rows, and bind the SQL twice
        warnings.filterwarnings("ignore", "Arrow output on a DB-API result")
        oldest = {"oldest": oldest_time(day)} if "$oldest" in sql else {}
        result = connection.execute(sql, oldest).to_arrow_table()
    connection.unregister("delivered")
    return result


def oldest_time(day: date) -> datetime:
    """The earliest time that an event delivered on a day can have."""
    return datetime(day.year - OLDEST_YEARS, day.month, 1) + timedelta(day.day - 1)


def has_offsets(texts: pa.Table, feed: Feed) -> bool:
    """Whether any time of a batch might have an offset."""
    names = [
        c.name for c in feed.columns if c.data_type in ("date", "timestamp") and c.name in texts.column_names
    ]
    return any(pc.any(pc.match_substring_regex(texts[name], MAYBE_OFFSET)).as_py() for name in names)


def trimmed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without white space around them; blank ones are null."""
    trim = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trim, ""), pa.scalar(None, pa.string()), trim)


@lru_cache(maxsize=1_000)
def conversion_of(feed: Feed, present: tuple[str, ...], is_declared: bool, zone: str | None) -> Conversion:
    """The SQL that types a feed's rows.

    Args:
        feed: The contract.
        present: Delivered columns of the contract.
        is_declared: Whether a column that is not present is missing from the whole file.
        zone: IANA time zone of the shop; None when no time has an offset.

    Returns:
        SQL over a table `delivered`, giving `_row`, the contract's columns and `_problem`.
    """
    delivered = [column for column in feed.all_columns if column.name in present]
    problems = tuple(
        problem
        for column in sorted(feed.all_columns, key=lambda column: column.name != DELETED)
        for problem in problems_of(column, column.name in present, is_declared)
    )
    texts = [f"{quoted(column.name)} as {text_name(column)}" for column in delivered]
    types = [f"{typed(column, zone, present)} as {quoted(column.name)}" for column in feed.all_columns]
    cases = [f"when {problem.condition} then {at}" for at, problem in enumerate(problems)]
    sql = f"""
        with typed as (select _row, {", ".join(texts + types)} from delivered)
        select _row, {", ".join(map(within_bounds, feed.all_columns))},
            cast(case {" ".join(cases)} end as integer) as _problem
        from typed
    """
    return Conversion(sql, problems)


def problems_of(column: Column, is_present: bool, is_declared: bool) -> list[Problem]:
    """The problems that a column can make, the plainest first; a withdrawn row needs its key only."""
    name = column.name
    counts = "true" if column.is_key else f"{quoted(DELETED)} is not true"
    if name == DELETED:
        unreadable = f"{text_name(column)} is not null and {quoted(name)} is null"
        return [Problem(name, expectation(column), unreadable)] if is_present else []
    if not (column.is_key or column.is_required) or column.unreadable_as is not None:
        return []
    if column.required_when:
        counts = f"{counts} and {quoted(column.required_when)}"
    if not is_present:
        return [Problem(name, MISSING if is_declared else EMPTY, counts)]
    found = [Problem(name, EMPTY, f"{counts} and {text_name(column)} is null")]
    if column.is_id:
        found.append(Problem(name, SHORTENED, f"{counts} and {matches(text_name(column), SCIENTIFIC)}"))
    found.append(Problem(name, expectation(column), f"{counts} and {quoted(name)} is null"))
    if column.is_recent:
        found.append(Problem(name, TOO_OLD, f"{counts} and {quoted(name)} < $oldest"))
    if column.minimum is not None:
        found.append(Problem(name, bounds(column), f"{counts} and {quoted(name)} < {column.minimum}"))
    if column.maximum is not None:
        found.append(Problem(name, bounds(column), f"{counts} and {quoted(name)} > {column.maximum}"))
    return found


def within_bounds(column: Column) -> str:
    """SQL of a column's value; a number outside the bounds is null, unless it is a problem of the row."""
    name = quoted(column.name)
    if column.is_recent:
        return f"case when {name} >= $oldest then {name} end as {name}"
    if column.is_required or column.minimum is None or column.maximum is None:
        return name
    return f"case when {name} between {column.minimum} and {column.maximum} then {name} end as {name}"


def bounds(column: Column) -> str:
    """What is wrong with a number outside its bounds."""
    if column.maximum is None:
        return f"is less than {column.minimum}: deliver at least that"
    return f"is outside {column.minimum} to {column.maximum}: deliver a number between"


def why_unread(column: Column, text: str | None) -> str:
    """Why a value was taken as something else than it was delivered as.

    Args:
        column: Its column.
        text: The value in the form that was read, or None when there was none.
    """
    if column.unreadable_as is not None:
        counted = str(column.unreadable_as).lower()
        return f"is neither true nor false and counts as {counted}: deliver true or false"
    if column.required_when:
        return f"is none of {', '.join(column.values)} and counts as a refusal of each: deliver one of them"
    if column.is_currency:
        return f"is no code of ISO 4217, so there is no rate for {NO_CURRENCY}: deliver one such as JPY"
    if column.is_id and re.fullmatch(SCIENTIFIC, text or ""):
        return SHORTENED
    if column.is_recent and re.fullmatch(f"{WALL_TIME}|{TIME_WITH_OFFSET}", text or ""):
        return TOO_OLD
    if column.maximum is not None and re.fullmatch(NUMBER, text or ""):
        return bounds(column)
    return expectation(column)


def expectation(column: Column) -> str:
    """What is wrong with a value that cannot be read, and what can."""
    if column.values:
        return f"is none of {', '.join(column.values)}: deliver one of them"
    if column.is_currency:
        return "is no code of ISO 4217: deliver one such as JPY"
    return {
        "varchar": "holds a NUL character: deliver text without it",
        "boolean": "is neither true nor false: deliver true/false, yes/no or 1/0",
        "bigint": "is no whole number: deliver digits only",
        "date": "is no date of the years 1900 to 2199: deliver YYYY-MM-DD",
        "timestamp": "is no time of the years 1900 to 2199: deliver YYYY-MM-DD hh:mm:ss, "
        "with an offset when it is not shop time",
    }.get(
        column.data_type,
        "is no number that fits: deliver digits with a decimal point; a decimal comma cannot be read",
    )


def typed(column: Column, zone: str | None, present: tuple[str, ...]) -> str:
    """SQL of a column's value from its text; null when there is none or it cannot be read."""
    if column.name not in present:
        return f"cast({literal(column.unreadable_as)} as {column.data_type})"
    text = quoted(column.name)
    if column.values:
        return f"case when lower({text}) in {listed(column.values)} then lower({text}) end"
    if column.is_currency:
        others = "" if column.is_key else f"when {text} is not null then '{NO_CURRENCY}'"
        return f"case when upper({text}) in {listed(CURRENCIES)} then upper({text}) {others} end"
    if column.data_type == "varchar":
        is_whole = f" and not {matches(text, SCIENTIFIC)}" if column.is_id else ""
        return f"case when not contains({text}, chr(0)){is_whole} then {text} end"
    if column.data_type == "boolean":
        return (
            f"case when lower({text}) in {listed(TRUE)} then true "
            f"when lower({text}) in {listed(FALSE)} then false "
            f"else {literal(column.unreadable_as)} end"
        )
    if column.data_type == "bigint":
        return whole_number(text)
    if column.data_type in ("date", "timestamp"):
        return f"cast({time(text, zone)} as {column.data_type})"
    return f"case when {matches(text, NUMBER)} then try_cast({text} as {column.data_type}) end"


def literal(value: bool | None) -> str:
    """SQL of a boolean."""
    return "null" if value is None else str(value).lower()


def whole_number(text: str) -> str:
    """SQL of a whole number, which may have zeros behind a decimal point."""
    digits = f"regexp_replace({text}, '\\..*', '')"
    return f"case when {matches(text, WHOLE_NUMBER)} then try_cast({digits} as bigint) end"


def time(text: str, zone: str | None) -> str:
    """SQL of a wall time in the shop's zone; without a zone, of times without an offset only."""
    as_it_stands = f"when {matches(text, WALL_TIME)} then try_cast({text} as timestamp)"
    if zone is None:
        return f"case {as_it_stands} end"
    clock = f"regexp_extract({text}, '^(.*?) ?{OFFSET}$', 1)"
    offset = f"regexp_extract({text}, '{OFFSET}$')"
    minutes = (
        f"case when {offset} = 'Z' then 0 else cast(left({offset}, 1) || '1' as integer) * "
        f"(60 * cast(substr({offset}, 2, 2) as integer) + "
        f"coalesce(try_cast(regexp_extract({offset}, '^...:?(..)$', 1) as integer), 0)) end"
    )
    utc = f"try_cast({clock} as timestamp) - to_minutes(cast({minutes} as bigint))"
    wall = f"timezone('{zone}', timezone('UTC', {utc}))"
    return (
        f"case {as_it_stands} "
        f"when {matches(text, TIME_WITH_OFFSET)} and year({wall}) between 1900 and 2199 then {wall} end"
    )


def matches(text: str, pattern: str) -> str:
    """SQL: the whole text has the form of the pattern."""
    return f"regexp_full_match({text}, '{pattern}')"


def listed(values: tuple[str, ...]) -> str:
    """SQL of a list of texts."""
    return "(" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + ")"


def quoted(name: str) -> str:
    """SQL of a column's name."""
    return '"' + name.replace('"', '""') + '"'


def text_name(column: Column) -> str:
    """SQL of the name under which a column's text stands beside its value."""
    return quoted(f"text of {column.name}")
