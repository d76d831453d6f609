"""What a file is: exactly one format, our own feeds included, by the names of its columns alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.records import FileRefused
from dagster_project.intake.formats import Format, Part, normal, source_settings
from dagster_project.intake.reading import Head, heads
from dagster_project.settings import Settings

#: Columns of a file that a message names.
TOLD_COLUMNS = 40


class NotTaken(ValueError):
    """A file that cannot be taken as it is; the message says what it is and what to do.

    Attributes:
        name: Name of the file.
        sentence: What to say of it.
        form: Name of the format it was recognised as, or None.
    """

    def __init__(self, name: str, sentence: str, form: str | None = None) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.sentence = sentence
        self.form = form


@dataclass(frozen=True)
class Reading:
    """How one part of a format is read from a file.

    Attributes:
        part: The part.
        head: The header.
        columns: For each column of the part the normal name of the header that holds it, or None.
        inside: For columns known by a header with a *, such as `Cost (*)`, what stands there.
    """

    part: Part
    head: Head
    columns: Mapping[str, str | None]
    inside: Mapping[str, str]

    @property
    def unread(self) -> list[str]:
        """Columns of the file that nobody reads, as they stand."""
        read = set(self.columns.values())
        return [
            name
            for name, normal_name in zip(self.head.names, self.head.normal, strict=True)
            if normal_name not in read and name.strip()
        ]


@dataclass(frozen=True)
class Recognised:
    """What a file is: a format and how to read each part that the file has, or a feed of our own."""

    form: Format | None
    feed: Feed | None
    readings: tuple[Reading, ...] = ()

    @property
    def name(self) -> str:
        """Name of the format or feed."""
        return self.form.name if self.form else self.feed.name  # type: ignore[union-attr]


def recognise(
    file: Path,
    settings: Settings,
    formats: Mapping[str, Format],
    feeds: Mapping[str, Feed],
    shop: str | None = None,
) -> Recognised:
    """Tells what a file is.

    Args:
        file: The file; its name tells nothing.
        settings: The shop's, for columns that it names itself.
        formats: Those known.
        feeds: The contracts.
        shop: Key of the shop where two use one system, or None.

    Raises:
        NotTaken: When no format or more than one matches, or the one that does gives no rows.
    """
    try:
        found_heads = heads_of(file, settings)
    except FileRefused as refused:
        raise NotTaken(file.name, refused.reason) from refused
    matches = {
        name: readings
        for name, form in formats.items()
        if (readings := _readings(form, found_heads, settings, shop))
    }
    if len(matches) > 1:
        raise NotTaken(file.name, f"could be {' or '.join(matches)}: export it with more columns")
    if not matches:
        feed = _own_feed(found_heads, feeds)
        if feed is None:
            raise NotTaken(file.name, unknown_sentence(found_heads, formats))
        return Recognised(None, feed)
    (name, readings), form = next(iter(matches.items())), formats[next(iter(matches))]
    if form.refused:
        raise NotTaken(file.name, form.refused, name)
    check_needs(file, form, settings, shop or form.system, readings)
    return Recognised(form, None, readings)


def heads_of(file: Path, settings: Settings) -> list[Head]:
    """What may be the header of a file, which is unpacked inside the data folder.

    Raises:
        FileRefused: When it cannot be read at all.
    """
    work = settings.data / ".intake"
    work.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=work) as folder:
        return heads(file, Path(folder))


def check_needs(file: Path, form: Format, settings: Settings, shop: str, readings: Sequence[Reading]) -> None:
    """Refuses a file whose format needs settings that the shop has not made.

    Raises:
        NotTaken: Naming the settings and the columns of the file, ready to copy.
    """
    given = source_settings(settings, form, shop)
    missing = [name for name in form.needs if not any(map(given.get, name.split(" or ")))]
    if missing:
        columns = ", ".join(repr(name) for reading in readings for name in reading.head.names if name.strip())
        lines = ", ".join(f"{name.split(' or ')[0]}: …" for name in missing)
        others = ", ".join(name for name in form.settings if name not in given and name not in missing)
        raise NotTaken(
            file.name,
            f"is {form.name}, of which shop.yml must say more: sources: {{{shop}: {{{lines}}}}}"
            f" (settings are {others}); the columns of the file are {columns}",
            form.name,
        )


def _readings(
    form: Format, found: Sequence[Head], settings: Settings, shop: str | None
) -> tuple[Reading, ...] | None:
    chosen = source_settings(settings, form, shop or form.system)
    readings = []
    for part in form.parts:
        head = next((head for head in found if _has_all(part, head)), None)
        if head:
            columns, inside = {}, {}
            for column, headers in part.columns.items():
                columns[column], inside[column] = _found(_aliases(headers, chosen), head.normal)
            readings.append(Reading(part, head, columns, {c: text for c, text in inside.items() if text}))
    return tuple(readings) or None


def _aliases(headers: Sequence[str], chosen: Mapping[str, str]) -> list[str]:
    """Normal names of a column's headers; one written $name is what the setting of that name says."""
    said = [chosen.get(header[1:], "") if header.startswith("$") else header for header in headers]
    return [_normal_numbered(header) for header in said if header]


def _found(aliases: Sequence[str], names: Sequence[str]) -> tuple[str | None, str]:
    """The first name that one of the aliases means, and what stands in the place of its *."""
    for alias in aliases:
        pattern = re.escape(alias).replace(r"\*", "(.+)")
        for name in names:
            if match := re.fullmatch(pattern, name):
                return name, "".join(match.groups())
    return None, ""


def _normal_numbered(header: str) -> str:
    name, mark, number = header.rpartition("#")
    return f"{normal(name)}#{number}" if mark and name and number.isdigit() else normal(header)


def _has_all(part: Part, head: Head) -> bool:
    names = set(head.normal)
    return (
        bool(part.has)
        and all(any(_matches(header, names) for header in headers) for headers in part.has.values())
        and not any(_matches(header, names) for header in part.has_not)
    )


def _matches(header: str, names: set[str]) -> bool:
    return _found([_normal_numbered(header)], sorted(names))[0] is not None


def _own_feed(found: Sequence[Head], feeds: Mapping[str, Feed]) -> Feed | None:
    """The feed whose contract a file is written in: its required columns, and mostly names of its columns."""
    for head in found:
        names = {name.strip().lower() for name in head.names}
        candidates = {}
        for feed in feeds.values():
            required = {c.name for c in feed.columns if c.is_required or c.is_key}
            known = names & set(feed.names)
            if required <= names and len(known) > 1 and len(known) * 2 >= len(names):
                candidates[feed.name] = len(known)
        best = [name for name, count in candidates.items() if count == max(candidates.values())]
        if len(best) == 1:
            return feeds[best[0]]
    return None


def unknown_sentence(found: Sequence[Head], formats: Mapping[str, Format]) -> str:
    """What to say of a file of no format: its columns, the nearest format, what that lacks, what to type."""
    if not found:
        return "has no header that can be read: export it as CSV with column names"
    head = max(found, key=lambda each: len([name for name in each.names if name.strip()]))
    columns = ", ".join(name.strip() for name in head.names[:TOLD_COLUMNS] if name.strip())
    names = set(head.normal)
    lacks = {
        form.name: [
            headers[0]
            for headers in part.has.values()
            if not any(_matches(header, names) for header in headers)
        ]
        for form in formats.values()
        for part in form.parts
        if part.has and any(_matches(h, names) for headers in part.has.values() for h in headers)
    }
    near = min(lacks, key=lambda name: len(lacks[name]), default=None)
    nearest = f"; nearest is {near}, which lacks {', '.join(lacks[near])}" if near else ""
    return (
        f"is of no known format; its columns are {columns}{nearest}."
        " To say what its columns mean: lifecycle add FILE --as orders"
    )
