"""How one value is written in a destination's file, as SQL."""

from __future__ import annotations

from dagster_project.activate.destination import Column, Destination

#: A spreadsheet runs a text with such a beginning, also in the full-width form of Japanese keyboards.
FORMULA_START = r"^[=+\-@＝＋－＠]"
PLAIN_NUMBER = r"^[+-]?[0-9]+$"

#: The forms in which destinations compare values (and hash them). Ingestion has normalised addresses before:
#: e-mails are NFKC in lower case, phone numbers E.164, which Meta wants without the plus sign. Names are as
#: the shop wrote them; `nfkc` and `google_email` are functions of the connection.
NORMALISED = {
    "email": r"lower(regexp_replace({value}, '\s', '', 'g'))",
    "google_email": r"google_email(lower(regexp_replace({value}, '\s', '', 'g')))",
    "phone_digits": r"ltrim(regexp_replace({value}, '[^0-9]', '', 'g'), '0')",
    "name": r"lower(regexp_replace(nfkc({value}), '[\s\p{{P}}]', '', 'g'))",
}


#: What no eye sees and a tool takes for part of a value: soft hyphens, zero widths, marks of direction.
INVISIBLE = (
    r"[\x{ad}\x{61c}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}]"
)


#: Google compares its own addresses without the dots, and what follows a plus sign, in front of the @.
GOOGLE_EMAIL = r"""
    case
        when regexp_matches(address, '@(gmail|googlemail)\.com$')
            then replace(regexp_extract(address, '^[^+@]*'), '.', '') || regexp_extract(address, '@.*$')
        else address
    end
"""


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def is_formula(value: str) -> str:
    """Whether a spreadsheet would run a text; a number with a sign, such as a phone number, is only shown."""
    return f"(regexp_matches({value}, '{FORMULA_START}') and not regexp_matches({value}, '{PLAIN_NUMBER}'))"


def written(column: Column, sql_type: str, destination: Destination) -> str:
    """The SQL of a column's value as it stands in the file.

    Args:
        column: What is written.
        sql_type: The DuckDB type of `column.value`.
        destination: Where to.
    """
    value = f"({column.value})"
    is_text = sql_type == "VARCHAR"
    if is_text:
        value = f"regexp_replace({value}, '{INVISIBLE}', '', 'g')"
    if destination.format == "csv":
        value = as_text(value, sql_type)
    if column.normalise:
        value = NORMALISED[column.normalise].format(value=f"cast({value} as varchar)")
    if column.hash:
        # An empty text has a hash too, the same for everybody: it must not become one person's.
        value = f"sha256(nullif(trim(cast({value} as varchar)), ''))"
    elif is_text and destination.opened_by == "people":
        value = harmless(value, destination.is_identifier(column))
    if column.longest:
        value = f"rtrim(left({value}, {column.longest}))"
    return value


def is_cut(column: Column, sql_type: str, destination: Destination) -> str:
    """The SQL of whether a column's value is longer than the destination takes."""
    whole = written(column.model_copy(update={"longest": None}), sql_type, destination)
    return f"length({whole}) > {column.longest}"


def as_text(value: str, sql_type: str) -> str:
    """A value as text on one line, null when there is nothing in it; decimals without trailing zeros."""
    if sql_type == "VARCHAR":
        return rf"nullif(trim(regexp_replace({value}, '[\x00-\x1f\x7f]+', ' ', 'g')), '')"
    text = f"cast({value} as varchar)"
    if sql_type.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        return rf"regexp_replace(regexp_replace({text}, '\.0+$', ''), '(\.[0-9]*[1-9])0+$', '\1')"
    return text


def harmless(value: str, is_identifier: bool) -> str:
    """A text that no spreadsheet runs: behind an apostrophe, or left out where it must not be altered."""
    instead = "null" if is_identifier else f"'''' || {value}"
    return f"case when {is_formula(value)} then {instead} else {value} end"
