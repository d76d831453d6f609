"""What `lifecycle erase` says: counts, hashes and paths, and nobody's name."""

from __future__ import annotations

from dagster_project.erasure.erase import REMOVALS, Erasure, Planned
from dagster_project.erasure.persons import published_hash
from dagster_project.erasure.search import Search
from dagster_project.erasure.tombstones import folder
from dagster_project.settings import Settings

NOT_FOUND = (
    "Names, and free text that tells of a person without an e-mail address, phone number or id, in rows of"
    " somebody else, cannot be found."
)


def of_plan(settings: Settings, planned: Planned) -> list[str]:
    """What an erasure would do; identifiers as the hashes that the table `identities` shows."""
    found, swept = planned.found, planned.swept
    lines = [f"persons: {len(found.customer_ids):,}, identifiers: {len(found.identifiers):,}"]
    lines += [
        f"  {kind:<18}{published_hash(settings, kind, value)}" for kind, value in sorted(found.identifiers)
    ]
    if found.shared:
        lines.append(
            f"given, and shared by several persons or ignored by a rule, so they stay: {found.shared}"
        )
    if found.unknown:
        lines.append(f"given, and in no row: {found.unknown}")
    lines += [
        f"{place}: {swept.rows[place]:,} rows in {swept.files[place]:,} files would be rewritten"
        for place in ("landing", "lake", "quarantine", "nulled")
    ]
    lines += [f"cannot be rewritten: {path}" for path in swept.left]
    return [*lines, "Everything else is built anew, lists too.", NOT_FOUND, "Dry run: nothing was changed."]


def of_erasure(settings: Settings, erasure: Erasure) -> tuple[list[str], int]:
    """What an erasure did, and the exit code."""
    lines = [f"failed: {failure}" for failure in erasure.failures]
    lines += [f"left, delete or mend it by hand: {path}" for path in erasure.left]
    if erasure.removals:
        lines += [
            f"{len(erasure.removals):,} removal files for the tools lie in {folder(settings)}/*/{REMOVALS}:"
            " hand them over as you do `removed`, and `lifecycle push --send`; they hold the keys of these"
            " persons, so then: lifecycle erase --done",
        ]
    lines += [NOT_FOUND, f"proof: {erasure.proof}"]
    if erasure.is_complete:
        return [*lines, "Erased: nothing is left."], 0
    return [*lines, "Not complete: mend the cause, then `lifecycle erase` again."], 1


def of_removals(gone: int, seen: Search) -> tuple[list[str], int]:
    """What became of what was kept for the tools, and the exit code."""
    lines = [f"left: {path}" for path in sorted(seen.found)]
    lines.append(f"{gone:,} removal files and rows are gone; {seen.files:,} files looked through")
    return lines, 1 if seen.found else 0
