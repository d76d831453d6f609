"""A small shop in which one person is erased: who it is, and ways to look for what is left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from urllib.parse import quote

from ingest_shop import FEEDS

from dagster_project.erasure.lake import Swept, sweep
from dagster_project.erasure.persons import Found
from dagster_project.erasure.texts import Finder
from dagster_project.erasure.tombstones import read_tombstones, write_tombstones
from dagster_project.settings import Settings

ERASED_ON = date(2026, 11, 25)

TARO = {
    ("email", "taro@example.jp"),
    ("email", "former.taro@example.jp"),
    ("phone", "+819012345678"),
    ("shop_customer_id", "C0000007"),
    ("line_user_id", "U0123456789abcdef0123456789abcdef"),
    ("device_id", "d0123456789abcd"),
}
ORDERS = {"A1"}

#: What must not be found anywhere, in any spelling.
TRACES = ("taro", "0000007", "12345678", "0123456789abcd", "山田", "ヤマダ", "太郎")


def bury(settings: Settings, found: Found | None = None) -> Finder:
    """Writes tombstones of Taro, and returns whom to look for."""
    tombstones = read_tombstones(settings)
    tombstones.add((found or Found(set(TARO), set(ORDERS))).all(), ERASED_ON, "one")
    write_tombstones(settings, tombstones)
    return Finder(tombstones, settings.shop["country"])


def sweep_all(settings: Settings, finder: Finder) -> Swept:
    return sweep(settings, FEEDS.values(), finder)


def traces(data: bytes, names: Iterable[str] = TRACES) -> list[str]:
    """Names that are in bytes, in any of the ways that a name can be written in a file."""
    found = []
    for name in names:
        for spelling in {name, name.upper(), name.lower(), quote(name)}:
            encodings = ["utf-8", "utf-16-le", "utf-16-be", "cp932"]
            if any(spelling.encode(encoding) in data for encoding in encodings):
                found.append(f"{name} as {spelling}")
    return found


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
