"""How people and spreadsheets write values, and the one plain form of each that the SQL of types reads.

Most texts are plain already: a pattern finds the others, and only these are looked at one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.ingest.contracts import Column
from dagster_project.ingest.identifiers import without_invisible
from dagster_project.ingest.records import plain_number

#: Words that systems write where there is nothing; as an identifier they would make strangers one person.
NOTHING = ("null", "none", "nan", "n/a", "#n/a", "\\n", "undefined", "(not set)", "-")

#: A customer number that many systems give to all guests.
GUEST = "0"

#: Anything in a number that digits, sign and point do not tell.
UNUSUAL_NUMBER = r"[^0-9.+-]"

#: Anything in an identifier that might be a spreadsheet's doing or cannot be seen.
UNUSUAL_ID = r"^['=]|^[0-9]+\.0$|[^ -~]"

NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<mark>[¥$€£]?) ?(?P<other_sign>[+-]?)"
    r"(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<rest>(?:\.\d+)?(?:[eE][+-]?\d{1,6})?) ?(?P<yen>円?)",
    re.ASCII,
)


def plain_texts(texts: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """The texts of a column in the form that the SQL of its type reads.

    Args:
        texts: Trimmed texts, blank ones null.
        column: The column of the contract.

    Returns:
        Texts of the same length; null also where a word says that there is nothing.
    """
    if column.data_type in ("date", "timestamp"):
        return _plain_times(texts)
    if column.is_number:
        return _respelled(texts, UNUSUAL_NUMBER, plain_amount)
    if column.is_identifier or column.is_id:
        if column.is_id:
            texts = _respelled(texts, UNUSUAL_ID, plain_id)
        return _without_nothing(texts, column) if column.is_identifier else texts
    return texts


def plain_amount(text: str) -> str:
    """A number without separators of thousands, currency and exponent; any other text as it is."""
    found = NUMBER.fullmatch(unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip())
    if not found or (found["sign"] and found["other_sign"]) or (found["mark"] and found["yen"]):
        return text
    digits = found["digits"].replace(",", "")
    return plain_number(found["sign"] + found["other_sign"] + digits + found["rest"])


def plain_id(text: str) -> str | None:
    """An identifier as it was before a spreadsheet had it: `'007` and `="007"` are 007, 501.0 is 501."""
    text = without_invisible(text).strip()
    formula = re.fullmatch(r'="(.*)"', text)
    text = (formula[1] if formula else text.removeprefix("'")).strip()
    return re.sub(r"^(\d+)\.0$", r"\1", text, flags=re.ASCII) or None


def _without_nothing(texts: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    nothing = (*NOTHING, GUEST) if column.name.endswith("customer_id") else NOTHING
    is_nothing = pc.is_in(pc.utf8_lower(texts), pa.array(nothing))
    return pc.if_else(is_nothing, pa.scalar(None, pa.string()), texts)


def _plain_times(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times with `YYYY/M/D` and `h:mm` written as `YYYY-MM-DD` and `hh:mm`."""
    if not pc.any(pc.match_substring_regex(texts, r"/|[T ][0-9]:")).as_py():
        return texts
    for pattern, replacement in (
        (r"^([0-9]{4})/([0-9])/", r"\1/0\2/"),
        (r"^([0-9]{4}/[0-9]{2})/([0-9])([T ]|$)", r"\1/0\2\3"),
        (r"^([0-9]{4})/([0-9]{2})/([0-9]{2})", r"\1-\2-\3"),
        (r"^([0-9]{4}-[0-9]{2}-[0-9]{2}[T ])([0-9]):", r"\10\2:"),
    ):
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    return texts


def _respelled(texts: pa.ChunkedArray, unusual: str, respell: Callable[[str], str | None]) -> pa.ChunkedArray:
    """Texts of which the unusual ones are spelled anew, each distinct one once."""
    is_unusual = pc.fill_null(pc.match_substring_regex(texts, unusual), False)
    if not pc.any(is_unusual).as_py():
        return texts
    encoded = pc.filter(texts, is_unusual).combine_chunks().dictionary_encode()
    respelled = pa.array(map(respell, encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)
    return pc.replace_with_mask(texts.combine_chunks(), is_unusual.combine_chunks(), respelled)
