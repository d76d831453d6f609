"""E-mail addresses and phone numbers in one form each, at the door: SQL engines lack NFKC and phone rules.

Which columns hold identifiers, and where their normalised form goes, is decided here and nowhere else.
"""

from __future__ import annotations

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
    "identifier_a": "_identifier_a",
    "identifier_b": "_identifier_b",
}

#: Distinct values remembered, so that the same phone number is parsed once in a delivery.
REMEMBERED = 100_000


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
    """An e-mail address in NFKC, trimmed, lower case; None without exactly one @ between two texts."""
    text = unicodedata.normalize("NFKC", value).strip().lower()
    local, _, domain = text.partition("@")
    return text if local.strip() and domain.strip() and "@" not in domain else None


@lru_cache(REMEMBERED)
def normalise_phone(value: str, country: str) -> str | None:
    """A phone number in E.164, read as in the shop's country; None when it is no possible number."""
    text = unicodedata.normalize("NFKC", value).strip()
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


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
