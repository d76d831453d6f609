"""E-mail addresses and phone numbers in one form each, at the door: SQL engines lack NFKC and phone rules.

Which columns hold identifiers, and where their normalised form goes, is decided here and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial

import phonenumbers
import pyarrow as pa

from dagster_project.ingest.contracts import Feed

#: Columns that hold an identifier, and the column of the lake that holds its normalised form.
NORMALISED = {
    "email": "_email",
    "phone": "_phone",
    "referee_email": "_referee_email",
    "referrer_email": "_referrer_email",
    "identifier_a": "_identifier_a",
    "identifier_b": "_identifier_b",
}

#: How the pseudonyms begin that take the place of erased identifiers (`dagster_project/erasure`).
ERASED = "erased-"
PSEUDONYM = re.compile(rf"{ERASED}[0-9a-f]{{32}}")

#: Distinct values remembered, so that the same phone number is parsed once in a delivery.
REMEMBERED = 100_000

#: What no eye sees and every comparison does: controls, soft hyphens, zero widths, marks of direction.
INVISIBLE = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)

#: A number in scientific notation, as a spreadsheet writes a long one: its last digits are lost.
SCIENTIFIC = r"\d(\.\d+)?[eE]\+\d+"


def without_invisible(text: str) -> str:
    """A text without the characters that cannot be seen."""
    return text if text.isascii() and text.isprintable() else INVISIBLE.sub("", text)


def normalised_columns(feed: Feed) -> dict[str, str]:
    """Columns of a feed that hold an identifier, each with the column of its normalised form."""
    return {name: NORMALISED[name] for name in feed.names if name in NORMALISED}


def normalise(column: str, values: pa.Array, country: str) -> pa.Array:
    """Normalises the identifiers of one column, each distinct value once.

    Args:
        column: Name of the column, one of `NORMALISED`.
        values: Trimmed texts.
        country: ISO 3166 code of the shop, for phone numbers without a country code.

    Returns:
        Texts of the same length; null where the value is no identifier.
    """
    function = _normaliser(column, country)
    encoded = values.dictionary_encode()
    distinct = pa.array(map(function, encoded.dictionary.to_pylist()), pa.string())
    return distinct.take(encoded.indices)


def _normaliser(column: str, country: str) -> Callable[[str], str | None]:
    if column == "phone":
        return partial(normalise_phone, country=country)
    if column.startswith("identifier_"):
        return partial(normalise_identifier, country=country)
    return normalise_email


def normalise_email(value: str) -> str | None:
    """An e-mail address: NFKC, lower case, without what is written around it and what cannot be seen.

    Around it may stand `mailto:`, `<` and `>`, and `;` or `,` behind.

    Returns:
        The address, an erased one as its pseudonym; None without exactly one @ between two texts.
    """
    if PSEUDONYM.fullmatch(value):
        return value
    text = without_invisible(unicodedata.normalize("NFKC", value)).strip().lower()
    text = text.rstrip(";, ").removeprefix("<").removesuffix(">").strip()
    text = text.removeprefix("mailto:").strip()
    local, _, domain = text.partition("@")
    return text if local.strip() and domain.strip() and "@" not in domain else None


@lru_cache(REMEMBERED)
def normalise_phone(value: str, country: str) -> str | None:
    """A phone number in E.164, read as in the shop's country, `;ext=` and an extension behind it.

    A leading apostrophe and a trailing `.0` are a spreadsheet's; `00` before a country's code is `+` when
    that makes a possible number.

    Returns:
        The number, an erased one as its pseudonym; None when it is no possible one, has one digit only, or a
        spreadsheet has shortened it.
    """
    if PSEUDONYM.fullmatch(value):
        return value
    text = without_invisible(unicodedata.normalize("NFKC", value)).strip()
    text = text.removeprefix("'").removesuffix(".0").strip()
    if re.fullmatch(SCIENTIFIC, text):
        return None
    number = _parsed("+" + text[2:], country) if text.startswith("00") else None
    number = number or _parsed(text, country)
    if number is None or len(set(str(number.national_number))) == 1:
        return None
    extension = f";ext={number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension


def _parsed(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def normalise_identifier(value: str, country: str) -> str | None:
    """An identifier written `kind:value` as in a rule; None when malformed."""
    kind, _, text = value.partition(":")
    kind, text = kind.strip().lower(), text.strip()
    if kind == "email":
        normal = normalise_email(text)
    elif kind == "phone":
        normal = normalise_phone(text, country)
    else:
        known = kind in ("shop_customer_id", "line_user_id", "device_id")
        normal = text if known and text else None
    return None if normal is None else f"{kind}:{normal}"
