"""Erases persons, from the identifiers given to the proof that nothing is left.

Each step does again what it did before without harm, and none but the first needs an identifier: once the
tombstones are written, an erasure that was cut off is completed by the next `lifecycle erase`, whomever it
names, and a run before that rewrites the files first (`resume`).
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import Timeout

from dagster_project.dbt_cli import rules_mark
from dagster_project.erasure.lake import Swept, sweep
from dagster_project.erasure.lists import Lists, clean_lists, forget_keys
from dagster_project.erasure.persons import Found, Identifier, find_persons, somebody
from dagster_project.erasure.remembered import keep_fact_days, tell_anew
from dagster_project.erasure.runs import remove_runs
from dagster_project.erasure.search import Search, search
from dagster_project.erasure.texts import Finder
from dagster_project.erasure.tombstones import (
    ErasureError,
    folder,
    read_tombstones,
    require_own_key,
    write_private,
    write_tombstones,
)
from dagster_project.ingest.contracts import Feed, read_contracts
from dagster_project.resources import lock_of
from dagster_project.settings import Settings
from dagster_project.state import read_as_of

#: The journal of an erasure that has not come to its end; it names nobody.
UNFINISHED = "unfinished.json"
REMOVALS = "removals"
FACT_DAYS = "fact_days.parquet"

#: What an erasure says of its progress.
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Planned:
    """What an erasure would do: the persons found, and the rows that would change."""

    found: Found
    swept: Swept


@dataclass(frozen=True)
class Erasure:
    """What an erasure did.

    Attributes:
        proof: The file that says what, where, how many and when, without any identifier.
        removals: Files for the tools; each holds keys of persons, to be handed over once.
        left: What could not be rewritten, by its path in the data folder.
        failures: Why the warehouse could not be built anew; empty when it was.
    """

    proof: Path
    removals: list[Path]
    left: list[str]
    failures: list[str]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left."""
        return not (self.left or self.failures)


def plan_erasure(settings: Settings, given: Iterable[Identifier]) -> Planned:
    """Finds out what an erasure would do, and changes nothing.

    Raises:
        ErasureError: When nobody is named, the key is the default one, or the tombstones cannot be used.
    """
    require_own_key(settings)
    feeds = read_contracts()
    found = find_persons(settings, feeds, somebody(given))
    tombstones = read_tombstones(settings)
    tombstones.add(found.all(), settings.now().date(), "planned")
    finder = Finder(tombstones.of("planned"), settings.shop["country"])
    return Planned(found, sweep(settings, feeds.values(), finder, is_dry_run=True))


def erase(settings: Settings, given: Iterable[Identifier], tell: Tell = lambda _: None) -> Erasure:
    """Erases the persons whom identifiers name, and completes an erasure that was cut off.

    Args:
        settings: The shop's.
        given: Identifiers in their normal form; none to complete what was begun.
        tell: Called with what is being done.

    Raises:
        ErasureError: When nothing can be begun; nothing has changed then.
    """
    require_own_key(settings)
    feeds = read_contracts()
    with holding(settings):
        finder, journal = begin(settings, feeds, given, tell)
        place = folder(settings) / journal["erasure"]
        tell("rewriting lists, landing zone, lake and quarantine …")
        keep_fact_days(settings, place / FACT_DAYS)
        lists, swept = take_out(settings, feeds, finder, journal)
        runs = remove_runs(settings, finder)
        remove_what_is_built(settings)
    tell("building everything anew …")
    failures = rebuild(settings)
    if not failures:
        with holding(settings):
            is_told_anew = tell_anew(settings, place / FACT_DAYS)
        failures = rebuild(settings) if is_told_anew else []
    with holding(settings):
        (place / FACT_DAYS).unlink(missing_ok=True)
        tell("looking for what is left …")
        seen = search(settings, finder)
        return conclude(settings, journal, lists, swept, runs, seen, failures)


def take_out(
    settings: Settings, feeds: Mapping[str, Feed], finder: Finder, journal: dict[str, Any]
) -> tuple[Lists, Swept]:
    """Takes erased persons out of all that is not built anew, and notes that it is done."""
    removals = folder(settings) / journal["erasure"] / REMOVALS
    lists = clean_lists(settings, finder, read_as_of(settings), removals)
    swept = sweep(settings, feeds.values(), finder)
    journal["lists"] = add(journal["lists"], {"rows": lists.rows, "days": lists.days})
    for name in ("files", "rows"):
        journal[name] = add(journal[name], getattr(swept, name))
    note(settings, journal | {"is_taken_out": True})
    return lists, swept


def resume(settings: Settings) -> bool:
    """Before a run reads anything: completes what an erasure began to rewrite before it was cut off.

    A run in between would publish persons of whom one half is erased. The caller holds the data folder.

    Returns:
        Whether something was to be completed.
    """
    journal = unfinished(settings)
    if journal is None or journal["is_taken_out"]:
        return False
    feeds, finder = read_contracts(), finder_of(settings, journal["erasure"])
    keep_fact_days(settings, folder(settings) / journal["erasure"] / FACT_DAYS)
    take_out(settings, feeds, finder, journal)
    for file in [*settings.data.glob("warehouse.duckdb*"), rules_mark(settings)]:
        remove(file)
    return True


class holding:
    """Holds the data folder as a run does; refuses to wait for one."""

    def __init__(self, settings: Settings) -> None:
        settings.data.mkdir(parents=True, exist_ok=True)
        self.lock = lock_of(settings)

    def __enter__(self) -> None:
        try:
            self.lock.acquire(timeout=0)
        except Timeout as error:
            raise ErasureError("a run is at work in this data folder: erase when it has ended") from error

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def begin(
    settings: Settings, feeds: dict[str, Feed], given: Iterable[Identifier], tell: Tell
) -> tuple[Finder, dict[str, Any]]:
    """Writes down that an erasure has begun, then whom it is about.

    Returns:
        Whom to look for, and the journal.
    """
    journal = unfinished(settings)
    tombstones = read_tombstones(settings)
    given = list(given)
    if not given and journal is None:
        raise ErasureError("nobody is named, and no erasure was cut off")
    tell("finding the persons …")
    found = find_persons(settings, feeds, given)
    began = datetime.now(UTC)
    if journal is None:
        journal = {
            "erasure": began.strftime("%Y%m%dT%H%M%SZ"), "begun_at": began.isoformat(timespec="seconds"),
            "persons": 0, "identifiers": {}, "shared": 0, "unknown": 0, "files": {}, "rows": {}, "lists": {},
            "is_taken_out": False,
        }  # fmt: skip
    begun = tombstones.of(journal["erasure"])
    new = {identifier for identifier in found.identifiers if not begun.find(*identifier)}
    journal["persons"] += sum(not begun.find("person", person) for person in found.customer_ids)
    journal["identifiers"] = add(journal["identifiers"], Counter(kind for kind, _ in new))
    journal["shared"] += found.shared
    journal["unknown"] += found.unknown
    note(settings, journal | {"is_taken_out": False})
    tombstones.add(found.all(), settings.now().date(), journal["erasure"])
    write_tombstones(settings, tombstones)
    return finder_of(settings, journal["erasure"]), journal


def finder_of(settings: Settings, *erasures: str) -> Finder:
    """Looks for those whom some erasures were about."""
    return Finder(read_tombstones(settings).of(*erasures), settings.shop["country"])


def unfinished(settings: Settings) -> dict[str, Any] | None:
    """The journal of an erasure that was cut off, or None."""
    file = folder(settings) / UNFINISHED
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def note(settings: Settings, journal: dict[str, Any]) -> None:
    """Keeps the journal."""
    write_private(json.dumps(journal, indent=1), folder(settings) / UNFINISHED)


def add(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """The sum of two counts."""
    return dict(Counter(one) + Counter(other))


def remove_what_is_built(settings: Settings) -> None:
    """Removes all that a full build makes anew: what a database leaves in free blocks goes with its file."""
    for file in settings.data.glob("warehouse.duckdb*"):
        remove(file)
    for leftover in settings.published.parent.glob(".*") if settings.published.parent.exists() else ():
        remove(leftover)
    for name in (settings.resolved, settings.dbt_target, settings.data / ".spill", settings.data / ".ingest"):
        remove(name)


def remove(path: Path) -> None:
    """Removes a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def rebuild(settings: Settings) -> list[str]:
    """Runs the last day again; returns what failed. A shop that never ran has nothing to build."""
    from dagster_project.run import run_days

    as_of = read_as_of(settings)
    if as_of is None:
        return []
    return run_days(settings, as_of, as_of).failures


def conclude(
    settings: Settings,
    journal: dict[str, Any],
    lists: Lists,
    swept: Swept,
    runs: int,
    seen: Search,
    failures: list[str],
) -> Erasure:
    """Writes the proof; the journal goes when nothing is left."""
    place = folder(settings)
    removals = sorted(file for file in place.glob(f"*/{REMOVALS}/*/*/*") if file.is_file())
    waiting = {str(file.relative_to(settings.data)) for file in removals}
    kept = {name: found for name, found in seen.found.items() if name in waiting or is_accepted(name)}
    found = {name: count for name, count in seen.found.items() if name not in kept}
    left = sorted({*swept.left, *lists.left, *found})
    proof = {
        **{
            name: journal[name]
            for name in ("erasure", "begun_at", "persons", "identifiers", "shared", "unknown")
        },
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rewritten": {"files": journal["files"], "rows": journal["rows"], "lists": journal["lists"]},
        "runs_removed": runs,
        "built_anew": not failures,
        "searched": {"files": seen.files, "bytes": seen.bytes},
        "found": {name: dict(count) for name, count in found.items()},
        "for_the_tools": sorted(waiting) + sorted(name for name in kept if name not in waiting),
        "left": left,
        "not_looked_for": "names, and free text that tells of a person without an identifier",
    }
    file = place / f"{journal['erasure']}.json"
    write_private(json.dumps(proof, ensure_ascii=False, indent=1) + "\n", file)
    if not (left or failures):
        (place / UNFINISHED).unlink(missing_ok=True)
    return Erasure(file, removals, left, failures)


def is_accepted(name: str) -> bool:
    """Whether a file says what a tool has accepted: it keeps persons' keys until they are taken back."""
    return name.startswith("exports/") and "/.pushed/" in name


def finish_removals(settings: Settings) -> tuple[int, Search]:
    """Throws away what was kept for the tools, and looks again; returns how many files and rows went."""
    with holding(settings):
        waiting = [removals.parent.name for removals in folder(settings).glob(f"*/{REMOVALS}")]
        finder = finder_of(settings, *waiting)
        gone = forget_keys(settings, finder)
        for removals in folder(settings).glob(f"*/{REMOVALS}"):
            gone += sum(file.is_file() for file in removals.rglob("*"))
            shutil.rmtree(removals)
        for place in folder(settings).iterdir():
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()
        return gone, search(settings, finder)
