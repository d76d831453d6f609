"""Identifiers in any text: found by their form, whatever stands around them and however they are written.

An e-mail address, a phone number or an id is taken out of the text, brought into its normal form (NFKC, lower
case, E.164; percent-encoded or not) and looked up among the tombstones. Names have no form: none is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.erasure.tombstones import Tombstone, Tombstones
from dagster_project.ingest.identifiers import normalise_email, normalise_phone

#: What cannot be part of an address in running text.
AROUND = r"\s,;:\"'<>()\[\]{}=&?/|\\\x00-\x1f、。，；：「」（）＜＞"
AT = re.compile(r"@|＠|%40|%EF%BC%A0", re.IGNORECASE)
LOCAL = re.compile(rf"[^{AROUND}@＠]+$")
DOMAIN = re.compile(rf"[^{AROUND}@＠%]+")
#: Characters that are looked at before and behind the sign.
LONGEST = 128
#: Behind which an address may begin: a Japanese sentence has no blanks, a percent-encoded one neither.
BEFORE = re.compile(r"[^\x21-\x7e]+|%(?:20|22|26|27|28|29|2C|2F|3A|3B|3C|3D|3E|3F|5B|5D)", re.IGNORECASE)
ASCII_DOMAIN = re.compile(r"[0-9A-Za-z.\-]*")
PHONE = re.compile(r"[+＋]?(?:\d|[(（](?=\d))[\d()（） \-‐－ー.]{7,40}\d")
WORD = re.compile(r"[^ ]+")
IDENTIFIER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-]{5,}")
#: An id may be a part of another, as a customer's number in that of a message.
PART = re.compile(r"[0-9A-Za-z]+")
FIELD = re.compile(r"[^\s,;:\t\"'{}\[\]|]+")

#: What a value must have somewhere to be looked at; most have not.
MAYBE_EMAIL = "@|＠|%40|%(ef|EF)%(bc|BC)%(a0|A0)"
MAYBE_PART = rf"{MAYBE_EMAIL}|[^0-9A-Za-z][0-9A-Za-z]{{8}}|[0-9A-Za-z]{{8}}[^0-9A-Za-z]"
MAYBE_ANY = rf"{MAYBE_EMAIL}|[0-9A-Za-z_-]{{6}}|[0-9０-９()（） ‐－ー.-]{{8}}"

#: So many last digits of a phone number are the same however it is written.
PHONE_END = 8

#: The kinds that an id in running text may be.
IDS = ("shop_customer_id", "device_id", "line_user_id")


@dataclass(frozen=True)
class Finding:
    """An erased identifier in a text: where it stands, its kind and its tombstone."""

    begin: int
    end: int
    kind: str
    tombstone: Tombstone


class Finder:
    """Looks for erased identifiers in texts.

    Args:
        tombstones: Whom to look for.
        country: ISO 3166 code of the shop, for phone numbers without a country code.
    """

    def __init__(self, tombstones: Tombstones, country: str) -> None:
        self.tombstones = tombstones
        self.country = country

    def emails(self, text: str) -> Iterator[Finding]:
        """Erased e-mail addresses."""
        for begin, sign, end in addresses(text):
            local, at, domain = text[begin : sign.start()], sign.group(), text[sign.end() : end]
            begins = [0, *(before.end() for before in BEFORE.finditer(local))]
            domains = dict.fromkeys([domain, domain.rstrip(".-_。"), ascii_part(domain)])
            for cut, part in ((cut, part) for cut in begins for part in domains):
                normal = normalise_email(unquote(f"{local[cut:]}{at}{part}"))
                stone = self.tombstones.find("email", normal) if normal else None
                if stone:
                    yield Finding(begin + cut, sign.end() + len(part), "email", stone)
                    break

    def phones(self, text: str) -> Iterator[Finding]:
        """Erased phone numbers."""
        for found in PHONE.finditer(text):
            # Other numbers may stand before it, or behind: a time, another phone.
            words = [
                (found.start() + word.start(), found.start() + word.end())
                for word in WORD.finditer(found.group())
            ]
            runs = ((one, last) for one in range(len(words)) for last in range(len(words), one, -1))
            for one, last in runs:
                begin, end = words[one][0], words[last - 1][1]
                stone = self.phone(text[begin:end])
                if stone:
                    yield Finding(begin, end, "phone", stone)
                    break

    def phone(self, text: str) -> Tombstone | None:
        """The tombstone of a phone number; its last digits are looked up first, as parsing takes long."""
        digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
        if not self.tombstones.find("phone_end", digits[-PHONE_END:]):
            return None
        normal = normalise_phone(text, self.country)
        return self.tombstones.find("phone", normal) if normal else None

    def ids(self, text: str) -> Iterator[Finding]:
        """Erased customer numbers, devices and the like that cannot be mistaken for something else."""
        for found in IDENTIFIER.finditer(text):
            for part in [found, *PART.finditer(text, found.start(), found.end())]:
                if is_distinctive(part.group()) and (known := self.id(part.group())):
                    yield Finding(part.start(), part.end(), *known)
                    break

    def id(self, text: str) -> tuple[str, Tombstone] | None:
        """The kind and tombstone of an id; hashes are recognised by their length."""
        hashes = {32: ("person",), 64: ("sha256",)}.get(len(text), ())
        for kind in (*IDS, *hashes):
            if stone := self.tombstones.find(kind, text):
                return kind, stone
        return None

    def anything(self, text: str) -> list[Finding]:
        """All erased identifiers in a text, in order, none inside another."""
        found = sorted(
            [*self.emails(text), *self.phones(text), *self.ids(text)],
            key=lambda each: (each.begin, -each.end),
        )
        return [
            each for at, each in enumerate(found) if not any(each.begin < before.end for before in found[:at])
        ]

    def is_in_fields(self, text: str) -> bool:
        """Whether a line that could not be read as a row has an erased identifier, as a field or in one."""
        if any(self.anything(text)):
            return True
        return any(self.id(field) for field in FIELD.findall(text) if is_telling(field))

    def replaced(self, text: str, *, is_key: bool = False) -> str:
        """The text with the pseudonym in the place of each erased identifier.

        A key or code holds addresses and parts of ids: what is an id as a whole is another thing's number.
        """
        found = self.anything(text)
        if is_key:
            found = [
                each for each in found if each.kind != "phone" and (each.begin, each.end) != (0, len(text))
            ] or list(self.emails(text))
        for each in reversed(found):
            text = text[: each.begin] + (each.tombstone.pseudonym or "erased") + text[each.end :]
        return text

    def replaced_in(self, values: pa.Array, *, is_key: bool) -> pa.Array | None:
        """The same for a column of texts, each distinct value once; None when nothing is in any."""
        maybe = pc.match_substring_regex(values, MAYBE_PART if is_key else MAYBE_ANY)
        if not pc.any(maybe).as_py():
            return None
        distinct = pc.unique(values.filter(pc.fill_null(maybe, False))).to_pylist()
        renamed = {text: self.replaced(text, is_key=is_key) for text in distinct}
        changed = {before: after for before, after in renamed.items() if before != after}
        if not changed:
            return None
        befores = pa.array(list(changed), values.type)
        afters = pa.array(list(changed.values()), values.type)
        return pc.coalesce(afters.take(pc.index_in(values, value_set=befores)), values)


def addresses(text: str) -> Iterator[tuple[int, re.Match[str], int]]:
    """What may be an e-mail address: where it begins, its sign, where it ends."""
    for sign in AT.finditer(text):
        local = LOCAL.search(text, max(0, sign.start() - LONGEST), sign.start())
        domain = DOMAIN.match(text, sign.end(), sign.end() + LONGEST)
        if local and domain:
            yield local.start(), sign, domain.end()


def ascii_part(domain: str) -> str:
    """A domain up to where a sentence goes on without a blank."""
    plain = ASCII_DOMAIN.match(domain)
    return plain.group().rstrip(".-") if plain else ""


def is_distinctive(value: str) -> bool:
    """Whether an id is nothing else wherever it stands: numbers alone could be amounts or orders."""
    has_digit = any(character.isdigit() for character in value)
    has_letter = any(character.isalpha() for character in value)
    return len(value) >= 8 and has_digit and has_letter


def is_telling(value: str) -> bool:
    """Whether a field of a line that is no row may be taken for an id."""
    return len(value) >= 5 or (len(value) >= 2 and not value.isdigit() and not value.isalpha())
