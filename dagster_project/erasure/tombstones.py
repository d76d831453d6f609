"""Whom the shop has erased: of each identifier a keyed hash, the pseudonym in its place, and since when.

Nothing here leads back to a person: the hash needs the shop's key and the identifier itself, the pseudonym is
random. Together they make sure that a row that comes again finds the same nobody as before.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster_project.files import replaced
from dagster_project.ingest.identifiers import ERASED
from dagster_project.settings import DEFAULT_HASH_KEY, Settings

#: Values remembered, so that the same identifier is hashed once while files are read.
REMEMBERED = 1_000_000

#: Kinds that are recognised and have no pseudonym: numbers of orders, which stay; what the published data and
#: lists called a person, which is built anew; ends of phone numbers, which tell where to look.
WITHOUT_PSEUDONYM = ("order_id", "person", "phone_end", "sha256")


class ErasureError(RuntimeError):
    """An erasure that cannot be done, or not to its end; the message names no person."""


@dataclass(frozen=True)
class Tombstone:
    """What became of an identifier: its pseudonym, the shop's day of the erasure, and which one it was."""

    pseudonym: str
    erased_on: date
    erasure: str


class Tombstones:
    """The erased identifiers, found by kind and normalised value."""

    def __init__(self, key: str, by_hash: Mapping[str, Tombstone] | None = None) -> None:
        self._key = key.encode()
        self._by_hash = dict(by_hash or {})
        self._found: dict[str, Tombstone | None] = {}

    def __len__(self) -> int:
        return len(self._by_hash)

    def find(self, kind: str, value: str) -> Tombstone | None:
        """The tombstone of an identifier, or None when it was not erased."""
        identifier = f"{kind}:{value}"
        if identifier not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[identifier] = self._by_hash.get(self.hash(identifier))
        return self._found[identifier]

    def hash(self, identifier: str) -> str:
        """The keyed hash of an identifier; not the published one, of which old copies may exist."""
        return hmac.digest(self._key, f"erased:{identifier}".encode("utf-8", "surrogatepass"), "sha256").hex()

    def add(self, identifiers: Iterable[tuple[str, str]], erased_on: date, erasure: str) -> None:
        """Adds identifiers as kind and normalised value.

        Who came back after an erasure, and is erased again, is the same nobody as before.
        """
        for kind, value in sorted(identifiers):
            found = self.hash(f"{kind}:{value}")
            before = self._by_hash.get(found)
            new = "" if kind in WITHOUT_PSEUDONYM else f"{ERASED}{secrets.token_hex(16)}"
            self._by_hash[found] = Tombstone(before.pseudonym if before else new, erased_on, erasure)
        self._found.clear()

    def of(self, *erasures: str) -> Tombstones:
        """Those of some erasures: whoever was erased by another may have come back since."""
        chosen = {found: stone for found, stone in self._by_hash.items() if stone.erasure in erasures}
        return Tombstones(self._key.decode(), chosen)

    def to_json(self) -> str:
        """All of them as the text of their file; `check` tells later whether the key is the same."""
        stones = [
            [found, stone.pseudonym, stone.erased_on.isoformat(), stone.erasure]
            for found, stone in sorted(self._by_hash.items())
        ]
        return json.dumps({"check": self.hash(""), "tombstones": stones}, indent=0)


def write_private(text: str, file: Path) -> None:
    """Writes a text in UTF-8, for the owner only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replaced(file) as unfinished:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)
        unfinished.write_text(text, encoding="utf-8")


def folder(settings: Settings) -> Path:
    """Where tombstones, proofs and removal files lie."""
    return settings.data / "erasures"


def tombstones_file(settings: Settings) -> Path:
    """The file of the tombstones."""
    return folder(settings) / "tombstones.json"


def read_tombstones(settings: Settings) -> Tombstones:
    """The tombstones of a data folder; none when nobody was ever erased.

    Raises:
        ErasureError: When the file is damaged, or was made with another key.
    """
    file = tombstones_file(settings)
    if not file.exists():
        return Tombstones(settings.hash_key)
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        by_hash = {
            found: Tombstone(name, date.fromisoformat(day), erasure)
            for found, name, day, erasure in kept["tombstones"]
        }
        check = kept["check"]
    except (ValueError, KeyError, TypeError) as error:
        raise ErasureError(
            f"{file}: is damaged: put it back from a backup; without it erased persons would come back"
        ) from error
    tombstones = Tombstones(settings.hash_key, by_hash)
    if check != tombstones.hash(""):
        raise ErasureError(
            "LIFECYCLE_HASH_KEY: is another than when persons were erased, who would come back with the next"
            " file: set the key of then"
        )
    return tombstones


def write_tombstones(settings: Settings, tombstones: Tombstones) -> None:
    """Keeps the tombstones.

    Raises:
        ErasureError: When the shop has no key of its own: everybody could tell whom the hashes are of.
    """
    require_own_key(settings)
    write_private(tombstones.to_json(), tombstones_file(settings))


def require_own_key(settings: Settings) -> None:
    """Refuses the key that everybody knows.

    Raises:
        ErasureError: When `LIFECYCLE_HASH_KEY` is the default.
    """
    if settings.hash_key == DEFAULT_HASH_KEY:
        raise ErasureError(
            "LIFECYCLE_HASH_KEY: is the default, with which everybody can tell who was erased: set it to a"
            " long random text of your own, run the day, and erase then"
        )
