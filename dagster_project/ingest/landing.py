"""What lies in the landing zone, and which of it has not been read as it is now."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.conversion import RULES_VERSION
from dagster_project.ingest.lake import deliveries_in_lake, holds_what_was_taken, read_mark, write_mark
from dagster_project.intake.formats import format_names
from dagster_project.settings import Settings

#: Errors of a name behind which no file can be opened: nothing, not ours to read, a link to itself.
NO_FILE = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.ELOOP)

#: Text files may be gzipped; Parquet compresses itself.
COMPRESSED = ".gz"

#: A run takes the checksum of what the lake holds of every thirtieth day: of each day once a month.
CHECKSUM_EVERY = 30

#: Ends the names of files that the door translated from a shop's export.
TRANSLATED_SUFFIX = ".translated"

#: Names that are not deliveries: hidden files, and what systems, browsers and tools leave beside files.
IGNORED_BEGINNINGS = (".", "_", "~$")
IGNORED_ENDINGS = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".md5", ".done")
IGNORED_NAMES = ("thumbs.db", "desktop.ini")

FIRST_DAY, LAST_DAY = date(1900, 1, 2), date(2199, 12, 31)


@dataclass(frozen=True)
class Moved:
    """A file that was put into the folder of the day on which it was first seen."""

    feed: str
    source: Path
    target: Path


@dataclass(frozen=True)
class Problem:
    """Something in the landing zone that is not read, and what to do."""

    path: str
    reason: str


@dataclass(frozen=True)
class LandingDays:
    """The landing zone at a glance.

    Attributes:
        days: Days of delivery of each feed that has any, ascending.
        problems: What is not read.
    """

    days: Mapping[str, tuple[date, ...]]
    problems: tuple[Problem, ...]

    @property
    def latest(self) -> date | None:
        """The latest day of any feed."""
        return max((days[-1] for days in self.days.values()), default=None)


@dataclass(frozen=True)
class FileStatus:
    """What tells, without reading it, that a file is the one read before."""

    name: str
    bytes: int
    mtime_ns: int
    ctime_ns: int


def landing_days(settings: Settings, feeds: Mapping[str, Feed], today: date | None = None) -> LandingDays:
    """Finds the folders of deliveries.

    Args:
        settings: Where the landing zone is.
        feeds: The contracts by name.
        today: Today in shop time; folders of later days are not read before their day comes.

    Returns:
        Days by feed or format; what is not read: unknown feeds, folders whose name is no day, days to come,
        folders that may not be opened.
    """
    today = today or settings.now().date()
    days: dict[str, tuple[date, ...]] = {}
    problems: list[Problem] = _problem_with_rights(settings.landing, ".")
    formats = format_names(settings)
    for entry in _entries(settings.landing):
        if entry.name == INBOX:
            continue
        if entry.name not in feeds and entry.name.partition("@")[0] not in formats:
            known = "unknown feed: name the folder after one of the feeds in the README"
            problems.append(Problem(shown(entry.name), known if entry.is_dir() else NO_FEED))
            continue
        problems += _problem_with_rights(Path(entry.path), shown(entry.name))
        found = []
        for folder in filter(os.DirEntry.is_dir, _entries(Path(entry.path)) if entry.is_dir() else []):
            reason = _problem_with_day(folder.name, today)
            if reason:
                problems.append(Problem(shown(f"{entry.name}/{folder.name}"), reason))
            elif closed := _problem_with_rights(Path(folder.path), f"{entry.name}/{folder.name}"):
                problems += closed
            elif entries := _delivered(Path(folder.path)):
                if any(_status(Path(entry.path)).bytes for entry in entries):
                    found.append(date.fromisoformat(folder.name))
                else:
                    problems.append(Problem(f"{entry.name}/{folder.name}", EMPTY_FILES))
        if found:
            days[entry.name] = tuple(sorted(found))
    return LandingDays(days, tuple(problems))


#: Folder of the landing zone into which exports are dropped as they are.
INBOX = "inbox"

EMPTY_FILES = (
    "is not read, as its files are empty: deliver them again, or a header without rows to empty the day"
)
NO_FEED = "lies in no folder of a feed: put it into <feed>/ or <feed>/<YYYY-MM-DD>/"


def file_undated(settings: Settings, feeds: Iterable[Feed], today: date) -> list[Moved]:
    """Moves files dropped at `landing/<feed>/<name>` into the folder of a day.

    Args:
        settings: Where the landing zone is.
        feeds: The contracts.
        today: Today in shop time.

    Returns:
        What was moved.
    """
    moved = []
    for feed in feeds:
        for file in undated_files(settings, feed.name):
            try:
                target = _free_name(file.parent / today.isoformat(), file.name)
                target.parent.mkdir(exist_ok=True)
                file.rename(target)
            except PermissionError:  # reported as not filed
                continue
            moved.append(Moved(feed.name, file, target))
    return moved


def not_filed(settings: Settings, feeds: Iterable[Feed]) -> list[Problem]:
    """Files that could not be moved into the folder of a day, and are not read for that."""
    reason = "cannot be filed under a day: give the pipeline's user the right to write into its folder"
    return [
        Problem(f"{feed.name}/{shown(file.name)}", reason)
        for feed in feeds
        for file in undated_files(settings, feed.name)
    ]


def undated_files(settings: Settings, feed: str) -> dict[Path, FileStatus]:
    """Files that lie in the folder of the feed and not in that of a day, in natural order of the names."""
    files = [Path(entry.path) for entry in _entries(settings.landing / feed) if not entry.is_dir()]
    return {file: _status(file) for file in files}


def pending_deliveries(
    settings: Settings,
    feed: Feed,
    up_to: date,
    force: Collection[date] = (),
    *,
    reads_lake: bool = False,
) -> list[date]:
    """Days whose files differ from what was read, or whose rows in the lake are not those that were taken.

    A removed file does nothing, so a day is not read again while a file that was read is gone and the others
    are the same: neither for a changed contract nor when forced, nor for its rows (`lost_deliveries`).

    Args:
        settings: Where the landing zone and the lake are.
        feed: The contract.
        up_to: The last day looked at.
        force: Days that are read again although nothing has changed.
        reads_lake: The checksums of those files in the lake are taken whose turn it is.

    Returns:
        The days, ascending.
    """
    rules = rules_fingerprint(settings, feed)
    days = sorted({*day_folders(settings.landing / feed.name), *day_folders(settings.translated / feed.name)})
    return [
        day
        for day in days
        if day <= up_to
        and _is_pending(settings, feed.name, day, rules, day in force, reads_lake and is_due(day, up_to))
    ]


def is_due(day: date, up_to: date) -> bool:
    """Whether a run up to a day takes the checksum of what the lake holds of another: each has its turn."""
    return (up_to - day).days % CHECKSUM_EVERY == 0


def lost_deliveries(settings: Settings, feeds: Iterable[Feed], up_to: date | None = None) -> list[Problem]:
    """Deliveries whose rows the lake has lost, and that cannot be read again as their files are gone too.

    Args:
        settings: Where the landing zone and the lake are.
        feeds: The contracts.
        up_to: The day of the run, which tells whose checksums are taken; of none by default.
    """
    return [
        Problem(f"lake/{feed.name}/delivery={day}", reason)
        for feed in feeds
        for day in deliveries_in_lake(settings, feed.name)
        if (reason := _why_lost(settings, feed.name, day, up_to is not None and is_due(day, up_to)))
    ]


def delivered_files(settings: Settings, feed: str, day: date) -> dict[Path, FileStatus]:
    """What lies in the folder of a day, in natural order of the names, then what exports gave to it.

    Nothing when there is no folder, or no file in it has a byte; an empty folder is no file. A translated
    file is called by its format and the export's name: `shopify_orders/…_orders_export.csv`.
    """
    found = landed_files(settings, feed, day)
    for folder in _entries(settings.translated / feed / day.isoformat()):
        for entry in _entries(Path(folder.path)):
            file = Path(entry.path)
            name = f"{folder.name}/{shown(file.name.removesuffix(TRANSLATED_SUFFIX))}"
            found[file] = replace(_status(file), name=name)
    return found if any(status.bytes for status in found.values()) else {}


def landed_files(settings: Settings, folder: str, day: date) -> dict[Path, FileStatus]:
    """What somebody put into the folder of a day of a feed or format, in natural order of the names."""
    delivered = _delivered(settings.landing / folder / day.isoformat())
    return {Path(entry.path): _status(Path(entry.path)) for entry in delivered}


def is_translated(settings: Settings, file: Path) -> bool:
    """Whether a delivered file is one that the door translated from a shop's export."""
    return file.is_relative_to(settings.translated)


def day_folders(folder: Path) -> list[date]:
    """The days whose folders lie in a folder, ascending."""
    return sorted(date.fromisoformat(e.name) for e in _entries(folder) if e.is_dir() and _is_day(e.name))


def content_fingerprint(file: Path) -> str:
    """SHA-256 of a file's bytes; empty for what is no readable file.

    Raises:
        OSError: When the disk cannot be read.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return ""
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
        return ""  # reported by the reader, as the reason of the quarantined file


def rules_fingerprint(settings: Settings, feed: Feed) -> str:
    """Changes when the same files would be read in another way: contract, time zone, country, code."""
    zone, country = settings.shop["time_zone"], settings.shop["country"]
    return f"{RULES_VERSION}:{zone}:{country}:{feed.fingerprint[:16]}"


def _may_open(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


def _problem_with_rights(folder: Path, path: str) -> list[Problem]:
    if _may_open(folder) or not folder.exists():
        return []
    return [Problem(path, "may not be opened: give the pipeline's user the right to read it")]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not _may_open(folder):
        return []
    try:
        with os.scandir(folder) as entries:
            seen = [entry for entry in entries if not is_ignored(entry.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(seen, key=lambda entry: natural_order(entry.name))


def _delivered(folder: Path) -> list[os.DirEntry[str]]:
    """What is delivered in the folder of a day; an empty folder in it is nothing."""
    return [
        entry
        for entry in _entries(folder)
        if not entry.is_dir(follow_symlinks=False) or _entries(Path(entry.path))
    ]


def is_ignored(name: str) -> bool:
    """Whether a name is none of a delivery."""
    low = name.lower()
    return low.startswith(IGNORED_BEGINNINGS) or low.endswith(IGNORED_ENDINGS) or low in IGNORED_NAMES


def natural_order(name: str) -> tuple[list[tuple[str, int]], list[tuple[str, int]], str]:
    """Sorts names with their numbers as numbers, `orders_9.csv` before `orders_10.csv`.

    The extension counts after all of the name, so that `orders.csv` comes before `orders-1.csv`.
    """
    stem, extension = split_name(name)
    return _texts_and_numbers(stem), _texts_and_numbers(extension), name


def _texts_and_numbers(name: str) -> list[tuple[str, int]]:
    parts = re.findall(r"([^0-9]*)([0-9]*)", name)
    return [(text, int(number or -1)) for text, number in parts]


def _is_day(name: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", name, re.ASCII):
        return False
    try:
        return FIRST_DAY <= date.fromisoformat(name) <= LAST_DAY
    except ValueError:
        return False


def _problem_with_day(name: str, today: date) -> str | None:
    if not _is_day(name):
        return "is no day: name the folder YYYY-MM-DD, after the day of delivery"
    if date.fromisoformat(name) > today:
        return "lies in the future: it is read when its day has come, or rename the folder"
    return None


def _free_name(folder: Path, name: str) -> Path:
    stem, extensions = split_name(name)
    target, number = folder / name, 0
    while os.path.lexists(target):
        number += 1
        target = folder / f"{stem}-{number}{extensions}"
    return target


def split_name(name: str) -> tuple[str, str]:
    """A file's name and its extension, to which `.gz` belongs: `a.v2` and `.csv.gz`."""
    compression = name[-len(COMPRESSED) :] if name.lower().endswith(COMPRESSED) else ""
    plain = Path(name.removesuffix(compression))
    return plain.stem, plain.suffix + compression


def extension_of(name: str) -> str:
    """The extension that tells the format, lower case, without `.gz` on a text file."""
    _, found = split_name(name.lower())
    return found if found.startswith(".parquet") else found.removesuffix(COMPRESSED)


def _status(file: Path) -> FileStatus:
    status = file.stat() if file.exists() else file.lstat()
    return FileStatus(shown(file.name), status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def shown(name: str) -> str:
    """A file name as text; bytes in it that are no UTF-8 are escaped, as Parquet and JSON hold text only."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _why_lost(settings: Settings, feed: str, day: date, is_read: bool) -> str | None:
    landed = {status.name for status in delivered_files(settings, feed, day).values()}
    mark = read_mark(settings, feed, day)
    if mark is None:
        return None if landed else f"its mark is gone or damaged, and {_put_back(feed, day, 'its files')}"
    gone = sorted({file["name"] for file in mark["files"]} - landed)
    gone = [name for name in gone if not _can_be_translated(settings, name, day)]
    if not gone or holds_what_was_taken(settings, mark, is_read=is_read):
        return None
    # What came from exports lies in the folder of their format, of which the name tells.
    folder = gone[0].rpartition("/")[0] or feed
    names = [name.rpartition("/")[2] for name in gone if (name.rpartition("/")[0] or feed) == folder]
    return f"its rows are gone or damaged, and {_put_back(folder, day, ', '.join(names))}"


def _can_be_translated(settings: Settings, name: str, day: date) -> bool:
    """Whether the export is still there that a delivered file of this name was translated from."""
    folder, _, export = name.rpartition("/")
    there = {status.name for status in landed_files(settings, folder, day).values()} if folder else ()
    return export in there


def _put_back(folder: str, day: date, files: str) -> str:
    folder = f"landing/{folder}/{day}"
    return (
        f"{folder} has no longer what it was read from: put {files} back there and run again,"
        " or delete this folder to go on without the delivery"
    )


def _is_pending(
    settings: Settings, feed: str, day: date, rules: str, is_forced: bool, is_lake_read: bool
) -> bool:
    files = delivered_files(settings, feed, day)
    mark = read_mark(settings, feed, day) if files else None
    if mark is None:
        return bool(files)
    read = {file["name"]: file for file in mark["files"]}
    touched = {file: now for file, now in files.items() if not _is_same(now, read.get(now.name))}
    if any(
        content_fingerprint(file) != read.get(now.name, {}).get("sha256") for file, now in touched.items()
    ):
        return True
    if touched:
        _remember_status(settings, mark, touched.values())
    is_whole = len(files) == len(read)
    return is_whole and (
        is_forced or mark["rules"] != rules or not holds_what_was_taken(settings, mark, is_read=is_lake_read)
    )


def _is_same(file: FileStatus, read: dict[str, Any] | None) -> bool:
    return read is not None and all(
        read[name] == getattr(file, name) for name in ("bytes", "mtime_ns", "ctime_ns")
    )


def _remember_status(settings: Settings, mark: dict[str, Any], files: Iterable[FileStatus]) -> None:
    """Notes that files touched since have the same content, so that they are not hashed at every run."""
    touched = {file.name: asdict(file) for file in files}
    mark["files"] = [{**file, **touched.get(file["name"], {})} for file in mark["files"]]
    write_mark(settings, mark)
