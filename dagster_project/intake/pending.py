"""Which days of which format are to be translated, and their translation in the order of the days.

A mark beside the translated files says of what they were made. A later day also depends on earlier ones: on
the documents that it replaces, and on what other formats delivered that its SQL reads.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.landing import (
    FileStatus,
    content_fingerprint,
    day_folders,
    delivered_files,
    landed_files,
)
from dagster_project.ingest.waiting import Waiting, settle_files
from dagster_project.intake.account import Account
from dagster_project.intake.formats import Format, FormatError, read_formats, source_settings
from dagster_project.intake.marks import MARKS, lookup_files, read_mark, write_mark
from dagster_project.intake.recognition import NotTaken
from dagster_project.intake.session import Source, has_shop_system, is_read_before, turn
from dagster_project.intake.translation import RULES_VERSION, Translated, translate
from dagster_project.settings import Settings

logger = logging.getLogger(__name__)

STILL_WRITTEN = "files are still being written: the next run reads them"


@dataclass(frozen=True)
class Translation:
    """A day of a format that was translated, or could not be."""

    source: Source
    day: date
    account: Account
    problem: str | None = None


def sources(settings: Settings, formats: Mapping[str, Format]) -> list[Source]:
    """The formats that have a folder in the landing zone; those that read what others delivered come last."""
    try:
        names = sorted(entry.name for entry in settings.landing.iterdir() if entry.is_dir())
    except OSError:
        return []
    split = [(name, *name.partition("@")) for name in names]
    found = [Source(formats[form], shop or None) for _, form, _, shop in split if form in formats]
    return sorted(found, key=lambda source: turn(source.folder, formats))


def translate_pending(
    settings: Settings,
    formats: Mapping[str, Format],
    feeds: Mapping[str, Feed],
    up_to: date,
    *,
    roots: tuple[Path, ...] = (),
) -> Iterator[Translation]:
    """Translates every day up to a day whose files, format, settings or foundations have changed.

    A day that cannot be translated keeps what it had, and is reported; the others go on.
    """
    ordered = _in_order(settings, formats, up_to)
    # Once more where days look things up in what a later day may bring.
    again = [each for each in ordered if any(part.is_lookup for part in each[0].form.parts)]
    for source, day in [*ordered, *again]:
        files = delivered_files(settings, source.folder, day)
        mark = read_mark(settings, source, day)
        rules = _rules(settings, source, day)
        if not files or not _is_pending(settings, files, mark, rules):
            continue
        if not settle_files(
            partial(landed_files, settings, source.folder, day),
            f"{source.folder}/{day}",
            settings.settled_seconds,
        ):
            yield Translation(source, day, Account(), STILL_WRITTEN)
            continue
        files = delivered_files(settings, source.folder, day)
        try:
            done = translate(settings, source, day, list(files), feeds, roots=roots)
        except NotTaken as problem:  # the same files of the same format would say so again
            _write_mark(settings, source, day, files, rules, Translated(Account(), None))
            yield Translation(source, day, Account(), str(problem))
        except FormatError as problem:
            yield Translation(source, day, Account(), str(problem))
        else:
            _write_mark(settings, source, day, files, rules, done)
            yield Translation(source, day, done.account)


def control_problems(settings: Settings) -> dict[str, str]:
    """What is wrong with the sums of exports translated, by `<format>/<day>`; empty when all add up."""
    found = {}
    for file in sorted((settings.translated / MARKS).glob("*/*.json")):
        problem = Account(**json.loads(file.read_text(encoding="utf-8"))["account"]).control_problem
        if problem:
            found[f"{file.parent.name}/{file.stem}"] = problem
    return found


def waiting_exports(settings: Settings, formats: Mapping[str, Format], today: date) -> list[Waiting]:
    """Filed exports that a run would translate."""
    found = []
    for source, day in _in_order(settings, formats, today):
        files = delivered_files(settings, source.folder, day)
        mark, rules = read_mark(settings, source, day), _rules(settings, source, day)
        if files and _is_pending(settings, files, mark, rules):
            found.append(waiting(source.folder, day, files))
    return found


def waiting(folder: str, day: date, files: Mapping[Path, FileStatus]) -> Waiting:
    """Files as something that a run would read."""
    return Waiting(folder, day, tuple(files), tuple(files.values()))


def _in_order(settings: Settings, formats: Mapping[str, Format], up_to: date) -> list[tuple[Source, date]]:
    ordered = [
        (day, position, source)
        for position, source in enumerate(sources(settings, formats))
        for day in day_folders(settings.landing / source.folder)
        if day <= up_to
    ]
    return [(source, day) for day, _, source in sorted(ordered, key=lambda each: each[:2])]


def _write_mark(
    settings: Settings,
    source: Source,
    day: date,
    files: Mapping[Path, FileStatus],
    rules: str,
    done: Translated,
) -> None:
    written = {str(file.relative_to(settings.translated)): content_fingerprint(file) for file in done.files}
    sizes = {str(file.relative_to(settings.translated)): file.stat().st_size for file in done.files}
    digest = hashlib.sha256(json.dumps(sorted(written.items())).encode()).hexdigest()
    so_far = hashlib.sha256(f"{_before(settings, source, day)}{digest}".encode()).hexdigest()
    mark = {
        "files": [asdict(status) | {"sha256": content_fingerprint(file)} for file, status in files.items()],
        "rules": rules,
        "written": digest,
        "so_far": so_far,
        "written_bytes": sizes,
        "account": asdict(done.account),
        "parts": {name: list(parts) for name, parts in done.parts.items()},
    }
    write_mark(settings, source, day, mark)


def _is_pending(
    settings: Settings, files: Mapping[Path, FileStatus], mark: dict[str, Any] | None, rules: str
) -> bool:
    if mark is None:
        return True
    read = {file["name"]: file for file in mark["files"]}
    for file, now in files.items():
        known = read.get(now.name)
        is_same = known and all(known[name] == value for name, value in asdict(now).items())
        if not is_same and (known is None or content_fingerprint(file) != known["sha256"]):
            return True
    is_whole = len(files) == len(read)  # a file taken away changes nothing
    return is_whole and (mark["rules"] != rules or not _are_written(settings, mark))


def _are_written(settings: Settings, mark: dict[str, Any]) -> bool:
    """Whether the files that a translation wrote are there, as long as they were."""
    files = {settings.translated / name: size for name, size in mark["written_bytes"].items()}
    return all(file.exists() and file.stat().st_size == size for file, size in files.items())


def _rules(settings: Settings, source: Source, day: date) -> str:
    """Changes when the same files would be translated in another way."""
    form = source.form
    shop = {name: settings.shop[name] for name in ("time_zone", "currency", "country")}
    looked_up = [
        (file.name, status.bytes, status.mtime_ns)
        for _, file, status in lookup_files(settings, [settings.translated], source, day)
    ]
    chosen = source_settings(settings, form, source.key)
    beside = has_shop_system(settings, settings.landing) if form.options.get("is_payment") else None
    foundations = [_before(settings, source, day), *_read_before(settings, source, day), *looked_up]
    told = [RULES_VERSION, form.fingerprint, shop, chosen, foundations, beside]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _before(settings: Settings, source: Source, day: date) -> str | None:
    """What earlier days of a format with documents gave; each mark says it of all days up to its own."""
    if source.form.section("document") is None:
        return None
    marks = (settings.translated / MARKS / source.folder).glob("*.json")
    last = max((mark for mark in marks if mark.stem < day.isoformat()), default=None)
    return _told(last)["so_far"] if last else None


def _read_before(settings: Settings, source: Source, day: date) -> Iterator[tuple[str, str, str]]:
    """What other formats gave, up to this day, of the feeds that a format reads."""
    reads, formats = set(source.form.options.get("reads") or ()), read_formats(settings)
    for folder in sorted((settings.translated / MARKS).glob("*")) if reads else ():
        form = formats.get(folder.name.partition("@")[0])
        if form is None or folder.name == source.folder or not reads & set(form.feeds):
            continue
        for mark in sorted(folder.glob("*.json")):
            if is_read_before(mark.stem, folder.name, day.isoformat(), source.folder, formats):
                yield folder.name, mark.stem, _told(mark)["written"]


def _told(mark: Path) -> dict[str, Any]:
    return _read(mark, mark.stat().st_mtime_ns)


@lru_cache(maxsize=100_000)
def _read(mark: Path, _changed: int) -> dict[str, Any]:
    told = json.loads(mark.read_text(encoding="utf-8"))
    return {"written": told["written"], "so_far": told["so_far"]}
