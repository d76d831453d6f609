"""From a file as a shop has it to its place in the landing zone: what it is, which day's, whether new."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from dagster_project.files import read_text, replaced, write_text
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.landing import (
    FIRST_DAY,
    INBOX,
    FileStatus,
    content_fingerprint,
    day_folders,
    delivered_files,
    is_ignored,
)
from dagster_project.ingest.records import FileRefused
from dagster_project.ingest.unpacking import is_archive, open_archive, parts_of, unpacked
from dagster_project.ingest.waiting import Waiting, seconds_to_settle, settle_files
from dagster_project.intake.account import Account
from dagster_project.intake.formats import Format, FormatError, Part, read_formats
from dagster_project.intake.pending import waiting
from dagster_project.intake.recognition import NotTaken, Recognised, recognise
from dagster_project.intake.session import Source
from dagster_project.intake.translation import PLANNED, translate
from dagster_project.settings import Settings

logger = logging.getLogger(__name__)

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

#: Parts the folders of an export from its name where they tell what it is.
FOLDERS = "__"

STILL_WRITTEN = "is still being written: the next run looks at it"


@dataclass(frozen=True)
class Export:
    """A file that somebody hands over.

    Attributes:
        file: Where it lies.
        folders: Names of the folders that it came in, the nearest last.
        shop: Key of the shop where two use one system, or None.
        origin: The file that a person knows: a zip for what was in it.
        problem: Why it could not be unpacked, or None.
    """

    file: Path
    folders: tuple[str, ...] = ()
    shop: str | None = None
    origin: Path | None = None
    problem: str | None = None

    @property
    def name(self) -> str:
        """What a person would call it."""
        return self.file.name


@dataclass(frozen=True)
class Filed:
    """What a file is and where it goes.

    Attributes:
        export: The file.
        recognised: Its format or feed.
        folder: Folder in the landing zone.
        day: Day of delivery.
        name: Name that it gets there.
        account: What becomes of its rows, had it come alone.
        is_known: Whether the same bytes were handed over before.
    """

    export: Export
    recognised: Recognised
    folder: str
    day: date
    name: str
    account: Account
    newest: str | None = None
    is_known: bool = False

    @property
    def source(self) -> Source:
        """Format and shop."""
        assert self.recognised.form is not None
        return Source(self.recognised.form, self.folder.partition("@")[2] or None)


@dataclass
class Looked:
    """What was found when looking at files: those that can be filed, in that order, and the others."""

    filed: list[Filed] = field(default_factory=list)
    not_taken: list[tuple[Export, NotTaken]] = field(default_factory=list)


def exports_in(paths: Sequence[Path], work: Path, shop: str | None = None) -> Iterator[Export]:
    """The files that paths mean: files, all files of folders, all files of zips.

    Args:
        paths: Files and folders.
        work: Where zips are unpacked.
        shop: Key of the shop.
    """
    for path in paths:
        if path.is_dir():
            files = [f for f in sorted(path.rglob("*")) if f.is_file() and not is_ignored(f.name)]
        else:
            files = [path]
        for file in files:
            yield from _unpacked(Export(file, file.absolute().parent.parts, shop), work)


def _unpacked(export: Export, work: Path) -> Iterator[Export]:
    """An export itself, or the files of an archive; what cannot be unpacked is reported when it is read."""
    try:
        parts = parts_of(export.file) if is_archive(export.file) else []
    except (FileRefused, OSError):
        parts = []
    if not parts:
        yield export
    for number, part in enumerate(parts):
        assert part.member is not None
        name = Path(part.member)
        folder = work / f"{len(list(work.glob('*')))}-{number}"
        folder.mkdir(parents=True)
        target = folder / name.name
        member = replace(export, file=target, folders=(*export.folders, *name.parts[:-1]), origin=export.file)
        try:
            with unpacked(part, folder) as file:
                file.rename(target)
            with open_archive(export.file) as archive, suppress(ValueError):  # some write no date
                stamp = datetime(*archive.getinfo(part.member).date_time).timestamp()
                os.utime(target, (stamp, stamp))
            yield member
        except FileRefused as refused:
            yield replace(member, problem=refused.reason)


def look_at(
    settings: Settings, exports: Sequence[Export], feeds: Mapping[str, Feed], scratch: Settings
) -> Looked:
    """Recognises files and says where each goes.

    Args:
        settings: The shop's.
        exports: The files.
        feeds: The contracts.
        scratch: A data folder to work in.
    """
    formats = read_formats(settings)
    looked = Looked()
    for export in exports:
        try:
            looked.filed.append(_look_at(settings, export, formats, feeds, scratch))
        except NotTaken as problem:
            looked.not_taken.append((export, problem))
        except FormatError as error:
            looked.not_taken.append((export, NotTaken(export.name, str(error))))
        except OSError as error:
            looked.not_taken.append((export, NotTaken(export.name, f"cannot be read: {error.strerror}")))
    looked.filed = list(_named(_each_once(looked.filed)))
    return looked


def _each_once(filed: Sequence[Filed]) -> Iterator[Filed]:
    """Of files of the same bytes that are handed over together the first is new."""
    seen = set()
    for each in filed:
        content = (each.folder, content_fingerprint(each.export.file))
        yield replace(each, is_known=each.is_known or content in seen)
        seen.add(content)


def _look_at(
    settings: Settings,
    export: Export,
    formats: Mapping[str, Format],
    feeds: Mapping[str, Feed],
    scratch: Settings,
) -> Filed:
    if export.problem:
        raise NotTaken(export.name, export.problem)
    recognised = recognise(export.file, settings, formats, feeds, export.shop)
    form = recognised.form or own_format(recognised.feed)  # type: ignore[arg-type]
    shop = export.shop if export.shop != form.system else None
    source = Source(form, shop)
    closed = last_closed_day(settings)
    named = scratch.data / "named" / filed_name(export, form)
    named.parent.mkdir(parents=True, exist_ok=True)
    named.unlink(missing_ok=True)
    named.symlink_to(export.file.absolute())
    roots = [settings.translated]
    done = translate(scratch, source, closed, [named], feeds, roots=roots, write=False)
    folder = source.folder if recognised.form else form.name
    said = next((part for part in reversed(export.folders) if DAY.fullmatch(part)), None)
    day = _day_of(said or done.newest, closed)
    return Filed(
        export,
        recognised,
        folder,
        day,
        named.name,
        done.account,
        done.newest,
        _is_known(settings, folder, export.file),
    )


def _day_of(newest: str | None, closed: date) -> date:
    try:
        return max(min(date.fromisoformat((newest or "")[:10]), closed), FIRST_DAY)
    except ValueError:
        return closed


def last_closed_day(settings: Settings) -> date:
    """Yesterday in shop time."""
    return settings.now().date() - timedelta(days=1)


def filed_name(export: Export, form: Format) -> str:
    """Name of an export in the landing zone, but for the moment: with its folders if these tell something."""
    count = int(form.options.get("folders") or 0)
    return FOLDERS.join([*(export.folders[-count:] if count else ()), export.name])


def _named(filed: Iterable[Filed]) -> Iterator[Filed]:
    """Gives each file the moment of its hand-over: of files handed over together the newest comes last."""
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    ordered = sorted(
        filed, key=lambda f: (f.newest or "", f.export.file.stat().st_mtime_ns, natural(f.export.name))
    )
    for seconds, each in enumerate(ordered):
        moment = now + timedelta(seconds=seconds)
        yield replace(each, name=f"{moment:%Y%m%dT%H%M%SZ}_{each.name}")


def natural(name: str) -> list[tuple[int, str]]:
    """Order of names in which digits compare as numbers, and `x.csv` comes before `x (1).csv`."""
    stem = re.sub(r"\s*\((\d+)\)(?=\.[^.]*$)", r" \1", name)
    return [(int(p), "") if p.isdigit() else (0, p) for p in re.split(r"(\d+)", Path(stem).stem)]


def _is_known(settings: Settings, folder: str, file: Path) -> bool:
    size, checksum = file.stat().st_size, None
    for day in day_folders(settings.landing / folder):
        for known, status in delivered_files(settings, folder, day).items():
            if status.bytes == size and not known.name.endswith(".translated"):
                checksum = checksum or content_fingerprint(file)
                if content_fingerprint(known) == checksum:
                    return True
    return False


def own_format(feed: Feed) -> Format:
    """A file written in the contract of a feed, as a format: for its newest time and its account."""
    times = {c.name for c in feed.columns if c.data_type in ("timestamp", "date") and c.name not in PLANNED}
    columns = ", ".join(f'moment("{n}") as "{n}"' if n in times else f'"{n}"' for n in feed.names)
    required = {c.name: (c.name,) for c in feed.columns if c.is_key or c.is_required}
    others = {name: (name,) for name in feed.names if name not in required}
    return Format(
        name=feed.name,
        system=feed.name,
        title={"en": feed.name, "ja": feed.name},
        where={},
        parts=(Part("rows", required, others),),
        sections=(("feed", feed.name, f"select _row, {columns} from rows"),),
        options={},
        text=feed.fingerprint,
    )


def put_into(settings: Settings, filed: Filed, *, link: bool = False) -> Path:
    """Puts a file into its place in the landing zone.

    Args:
        settings: Where the landing zone is.
        filed: The file.
        link: Whether to link to it only.
    """
    target = settings.landing / filed.folder / filed.day.isoformat() / filed.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        target.symlink_to(filed.export.file.absolute())
        return target
    with replaced(target) as unfinished:
        shutil.copyfile(filed.export.file, unfinished)
        os.utime(unfinished, (filed.export.file.stat().st_mtime,) * 2)  # it is whole: nobody waits for it
    return target


def scratch_folder(settings: Settings) -> Settings:
    """An empty data folder inside the shop's, with its settings and formats."""
    folder = settings.data / ".intake" / f"check-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if (settings.data / "shop.yml").exists():
        shutil.copy(settings.data / "shop.yml", folder / "shop.yml")
    if (settings.data / "formats").is_dir():
        shutil.copytree(settings.data / "formats", folder / "formats")
    return Settings(
        data=folder, hash_key=settings.hash_key, memory_limit=settings.memory_limit, settled_seconds=0
    )


# The inbox.


def inbox_files(settings: Settings) -> dict[Path, FileStatus]:
    """Everything in the inbox, hidden and half-written files aside."""
    inbox = settings.landing / INBOX
    found = {}
    for file in sorted(inbox.rglob("*")) if inbox.is_dir() else []:
        parts = file.relative_to(inbox).parts
        if file.is_file() and not any(map(is_ignored, parts)):
            status = file.stat()
            found[file] = FileStatus("/".join(parts), status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def _refusals(settings: Settings) -> Path:
    return settings.translated / ".marks" / "inbox.json"


def _read_refusals(settings: Settings) -> dict[str, dict[str, object]]:
    try:
        return json.loads(read_text(_refusals(settings)) or "{}")
    except ValueError:
        return {}


def _state(settings: Settings, status: FileStatus) -> list[object]:
    formats = sorted((form.name, form.fingerprint) for form in read_formats(settings).values())
    told = repr((formats, settings.shop.get("sources")))
    return [status.bytes, status.mtime_ns, hash_of(told)]


def hash_of(text: str) -> str:
    """A short fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def waiting_in_inbox(settings: Settings, today: date) -> list[Waiting]:
    """What lies in the inbox and was not refused already, as it lies there and as formats are."""
    files = inbox_files(settings)
    if not files:
        return []
    refused = _read_refusals(settings)
    new = {
        file: status
        for file, status in files.items()
        if refused.get(status.name, {}).get("state") != _state(settings, status)
    }
    return [waiting(INBOX, today - timedelta(days=1), {file: status}) for file, status in new.items()]


def take_in_inbox(settings: Settings, feeds: Mapping[str, Feed]) -> Looked:
    """Files what lies in the inbox; what cannot be filed stays there, and why is reported and remembered.

    What is still being written stays too, for the next run.

    Returns:
        What was filed, and what stays.
    """
    lying = partial(inbox_files, settings)
    settle_files(lying, INBOX, settings.settled_seconds)
    now = time.time()
    found = lying()
    files = {f: s for f, s in found.items() if seconds_to_settle(s, now, settings.settled_seconds) <= 0}
    if not found:
        return Looked()
    scratch = scratch_folder(settings)
    try:
        exports = [
            export
            for file in files
            for export in _unpacked(_of_inbox(settings, file), scratch.data / "unpacked")
        ]
        looked = look_at(settings, exports, feeds, scratch)
        stay = {export.origin or export.file for export, _ in looked.not_taken}
        for filed in looked.filed:
            if not filed.is_known:
                put_into(settings, filed)
        for file in files:
            if file not in stay:
                file.unlink()
        refused = {
            files[export.origin or export.file].name: {
                "state": _state(settings, files[export.origin or export.file]),
                "sentence": problem.sentence,
            }
            for export, problem in looked.not_taken
        }
        write_text(json.dumps(refused, ensure_ascii=False), _refusals(settings))
        unfinished = [NotTaken(found[file].name, STILL_WRITTEN) for file in found if file not in files]
        looked.not_taken += [(Export(settings.landing / INBOX / each.name), each) for each in unfinished]
        return looked
    finally:
        shutil.rmtree(scratch.data, ignore_errors=True)


def _of_inbox(settings: Settings, file: Path) -> Export:
    """A file of the inbox; its outermost folder, unless that is a day, is the key of the shop."""
    folders = file.relative_to(settings.landing / INBOX).parts[:-1]
    named = [folder for folder in folders if not DAY.fullmatch(folder)]
    known = settings.shop.get("sources") or {}
    shop = named[0] if named and (len(named) == 1 or named[0] in known) else None
    return Export(file, folders, shop)
