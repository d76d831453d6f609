"""The formats known: one SQL file each, found in the package and in `formats/` of the data folder.

A file opens with a comment block in YAML (what the format is, by which columns it is known) and goes on with
sections, each one select under a line `-- <kind>: <name>` or `-- <kind>`. CONTRIBUTING.md has the list.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from dagster_project.ingest.contracts import read_contracts
from dagster_project.intake.mapping import MappingError, mapping_options
from dagster_project.settings import YAML_LOADER, Settings, SettingsError

FORMATS = Path(__file__).parent / "formats"
MACROS = Path(__file__).parent / "macros.sql"

#: What a section may be, and whether it has a name.
SECTIONS = {
    "view": True,
    "feed": True,
    "withdraw": True,
    "not rows": False,
    "set aside": False,
    "refuse": False,
    "document": False,
    "together": False,
    "control": False,
}

#: What the comment block may say.
KEYS = frozenset(
    "system prefix name where has may_have has_not parts refused settings needs unquoted whole_rows folders"
    " duplicates numbers comma dates date_order reads is_payment documents_of control notes".split()
)

HEADING = re.compile(rf"^-- ({'|'.join(SECTIONS)})(?:: (\w+))?\s*$", re.MULTILINE)

#: Ends the name of a shop's own format that is a mapping.
MAPPING = ".yml"

#: The part of a format whose files hold one kind of rows.
ONLY_PART = "rows"


class FormatError(SettingsError):
    """A format's file that cannot be used; the message names it and says why."""


@dataclass(frozen=True)
class Part:
    """One kind of rows of a format.

    Attributes:
        name: Name of the view that the SQL reads.
        has: For each column by its name in the SQL, the headers it may have; a file must have one of each.
        may_have: The same for columns that may be absent, and are null then.
        has_not: Headers that a file of this part does not have.
        is_lookup: Whether the rows of all days are read in it, whatever day is translated.
    """

    name: str
    has: Mapping[str, tuple[str, ...]]
    may_have: Mapping[str, tuple[str, ...]]
    has_not: tuple[str, ...] = ()
    is_lookup: bool = False

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """All columns that the SQL may name."""
        return {**self.has, **self.may_have}


@dataclass(frozen=True)
class Format:
    """What one export of one system is, and how it becomes rows of feeds.

    Attributes:
        name: Name of the file, and of the folder in the landing zone.
        system: The tool; the prefix of its ids, and its key under `sources` in shop.yml.
        title: Its name for people, by language (ja, en).
        where: Where in the tool the export is made, by language.
        parts: The kinds of rows its files hold.
        sections: SQL by kind and name, in the order of the file.
        options: The rest of the comment block.
        text: The whole file.
    """

    name: str
    system: str
    title: Mapping[str, str]
    where: Mapping[str, str]
    parts: tuple[Part, ...]
    sections: tuple[tuple[str, str, str], ...]
    options: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds it gives."""
        return tuple(dict.fromkeys(name for kind, name, _ in self.sections if kind == "feed"))

    @property
    def refused(self) -> str | None:
        """What to export instead, when no rows can be had from such a file."""
        return self.options.get("refused")

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of its source with their defaults."""
        return self.options.get("settings") or {}

    @property
    def prefix(self) -> str:
        """What ids begin with where one shop uses the system."""
        return self.options.get("prefix") or self.system

    @property
    def needs(self) -> tuple[str, ...]:
        """Settings without which such a file cannot be taken; `a or b` says that one of them will do."""
        return tuple(self.options.get("needs") or ())

    def section(self, kind: str) -> str | None:
        """The SQL of a section that has no name."""
        return next((sql for found, _, sql in self.sections if found == kind), None)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the same files would be translated in another way."""
        return hashlib.sha256((self.text + MACROS.read_text(encoding="utf-8")).encode()).hexdigest()


def normal(header: str) -> str:
    """A header as headers are compared: NFKC, lower case, without blanks, hyphens, underscores and marks."""
    plain = unicodedata.normalize("NFKC", header).lower()
    return re.sub(r"[\s_\-‐‑–—\u200b-\u200f\ufeff\0]", "", plain)


def normal_headers(headers: list[str]) -> list[str]:
    """Headers as they are compared; of several of one name the second ends in #2, the third in #3."""
    found: dict[str, int] = {}
    names = []
    for header in map(normal, headers):
        found[header] = found.get(header, 0) + 1
        names.append(header if found[header] == 1 else f"{header}#{found[header]}")
    return names


def format_files(data: Path) -> list[Path]:
    """The files of all formats, those of the package and those of the shop with this data folder."""
    own = (data / "formats").iterdir() if (data / "formats").is_dir() else ()
    return [*sorted(FORMATS.glob("*.sql")), *sorted(f for f in own if f.suffix in (".sql", MAPPING))]


def format_names(settings: Settings) -> frozenset[str]:
    """Names of all formats, which are names of folders in the landing zone."""
    return frozenset(file.stem for file in format_files(settings.data))


def read_formats(settings: Settings) -> dict[str, Format]:
    """Reads the formats of the package and of the shop, by name.

    Raises:
        FormatError: When one of them cannot be used.
    """
    return _read(format_files(settings.data))


def _read(files: list[Path]) -> dict[str, Format]:
    formats: dict[str, Format] = {}
    for file in files:
        found = read_mapping(file) if file.suffix == MAPPING else read_format(file)
        if found is None:
            continue
        if found.name in formats:
            raise FormatError(f"{file}: there is a format {found.name} already; give the file another name")
        formats[found.name] = found
    return formats


def read_format(file: Path) -> Format:
    """Reads one format, once as long as its file does not change.

    Raises:
        FormatError: When its comment block or a section cannot be used.
    """
    status = file.stat()
    return _read_format(file, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=1_000)
def _read_format(file: Path, _status: tuple[int, int]) -> Format:
    text = file.read_text(encoding="utf-8")
    block = re.match(r"\s*/\*(.*?)\*/", text, re.DOTALL)
    if block is None:
        raise FormatError(f"{file}: opens with no comment block /* … */")
    try:
        options = yaml.load(block.group(1), Loader=YAML_LOADER)
    except yaml.YAMLError as error:
        raise FormatError(f"{file}: its comment block is no YAML: {' '.join(str(error).split())}") from error
    unknown = sorted(set(options) - KEYS)
    if unknown or "system" not in options:
        raise FormatError(f"{file}: its comment block has {unknown[0] if unknown else 'no system'}")
    parts = options.get("parts") or {ONLY_PART: options}
    return Format(
        name=file.stem,
        system=options["system"],
        title=_by_language(options.get("name", file.stem)),
        where=_by_language(options.get("where", "")),
        parts=tuple(_part(name, entry) for name, entry in parts.items()),
        sections=_sections(file, text[block.end() :]),
        options=options,
        text=text,
    )


def read_mapping(file: Path) -> Format | None:
    """Reads a shop's own format, written as a mapping; None while it is not filled in.

    Raises:
        FormatError: When it cannot be used.
    """
    text = file.read_text(encoding="utf-8-sig")
    try:
        options = mapping_options(file, yaml.load(text, Loader=YAML_LOADER), read_contracts())
    except yaml.YAMLError as error:
        raise FormatError(f"{file}: not readable as YAML: {' '.join(str(error).split())}") from error
    except MappingError as error:
        raise FormatError(str(error)) from error
    if options is None:
        return None
    return Format(
        name=file.stem,
        system=options["system"],
        title=_by_language(options["name"]),
        where={},
        parts=(_part(ONLY_PART, options),),
        sections=options["sections"],
        options=options,
        text=text,
    )


def _by_language(value: Any) -> Mapping[str, str]:  # noqa: ANN401 - what YAML holds
    return value if isinstance(value, dict) else {"en": str(value), "ja": str(value)}


def _part(name: str, entry: Mapping[str, Any]) -> Part:
    return Part(
        name,
        _headers(entry.get("has")),
        _headers(entry.get("may_have")),
        tuple(entry.get("has_not") or ()),
        bool(entry.get("lookup")),
    )


def _headers(entry: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    return {
        column: tuple(map(str, headers)) if isinstance(headers, list) else (str(headers),)
        for column, headers in (entry or {}).items()
    }


def _sections(file: Path, text: str) -> tuple[tuple[str, str, str], ...]:
    found = []
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends[: len(headings)], strict=True):
        kind, name = heading.group(1), heading.group(2) or ""
        if bool(name) != SECTIONS[kind]:
            raise FormatError(f"{file}: section '-- {kind}' has {'no name' if SECTIONS[kind] else 'a name'}")
        found.append((kind, name, text[heading.end() : end].strip().rstrip(";").strip()))
    return tuple(found)


def source_settings(settings: Settings, form: Format, shop: str) -> dict[str, str]:
    """The settings of a source as texts: the shop's, over the system's, over the format's defaults.

    Args:
        settings: The shop's.
        form: The format.
        shop: Key of the shop, which may be that of the system.
    """
    given = settings.shop.get("sources") or {}
    chosen = {**form.settings, **(given.get(form.system) or {}), **(given.get(shop) or {})}
    own = {name: value for name, value in chosen.items() if name in form.settings and value is not None}
    return {name: _setting_text(value) for name, value in own.items()}


def _setting_text(value: Any) -> str:  # noqa: ANN401 - what YAML holds
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return "|".join(map(str, value)) if isinstance(value, list) else str(value)


def check_sources(file: Path, sources: Mapping[str, Any]) -> None:
    """Holds `sources` of shop.yml against the settings that formats know.

    Raises:
        SettingsError: When a source or one of its settings is unknown; the message names it.
    """
    systems: dict[str, set[str]] = {}
    for form in _read(format_files(file.parent)).values():
        systems.setdefault(form.system, set()).update(form.settings)
    for source, values in sources.items():
        if not isinstance(values, dict):
            raise SettingsError(f"{file}: sources: {source}: expected lines 'setting: value'")
        system = values.get("system", source)
        if system not in systems:
            raise SettingsError(
                f"{file}: sources: unknown source '{source}'; a second shop of a system says 'system: …';"
                f" there are {', '.join(sorted(systems))}"
            )
        unknown = sorted(set(values) - systems[system] - {"system"})
        if unknown:
            there_are = ", ".join(sorted(systems[system])) or "none"
            raise SettingsError(
                f"{file}: sources: {source}: unknown setting '{unknown[0]}'; there are {there_are}"
            )
