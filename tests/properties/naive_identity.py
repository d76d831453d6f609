"""Who is whom, read from the definitions word by word: slow, for small cases only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

KINDS = ("shop_customer_id", "email", "phone", "line_user_id", "device_id")
Link = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """A row in force: its feed, key and event time, and the identifiers of one person in it."""

    feed: str
    key: str
    at: datetime
    identifiers: tuple[str, ...]

    @property
    def evidence(self) -> str:
        return f"{self.feed}:{self.key}"


@dataclass(frozen=True)
class Rule:
    """A rule of the shop; an identifier is None when it is malformed or missing."""

    rule_id: str
    kind: str
    a: str | None
    b: str | None


@dataclass
class Persons:
    """What the definitions say of some rows."""

    named_after: dict[str, str] = field(default_factory=dict)
    linked: dict[str, tuple[datetime | None, str]] = field(default_factory=dict)
    left_out: set[Link] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    without_effect: dict[str, str] = field(default_factory=dict)
    merged: dict[str, tuple[str, datetime | None, str]] = field(default_factory=dict)


def strength(identifier: str) -> int:
    return KINDS.index(identifier.split(":", 1)[0])


def link(one: str, other: str) -> Link:
    """The stronger kind first, of one kind the smaller text."""
    first, second = sorted((one, other), key=lambda identifier: (strength(identifier), identifier))
    return first, second


def reachable(start: str, links: Iterable[Link]) -> set[str]:
    """All that is linked with an identifier, directly or through others."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        ends = {a if b == here else b for a, b in links if here in (a, b)}
        waiting += ends - found
        found |= ends
    return found


def shared_devices(rows: list[Row], limit: int) -> set[str]:
    """Devices seen with more than `limit` customer numbers, or e-mails."""
    seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        for device in row.identifiers:
            for other in row.identifiers:
                if device.startswith("device_id:"):
                    seen[device, other.split(":")[0]].add(other)
    return {
        device
        for (device, kind), others in seen.items()
        if kind in ("shop_customer_id", "email") and len(others) > limit
    }


def why_without_effect(rule: Rule, ignored: set[str], shared: set[str]) -> str | None:
    if rule.a is None or (rule.b is None and rule.kind != "ignore"):
        return "malformed"
    if rule.kind == "ignore":
        return None
    if rule.a == rule.b:
        return "same_identifier"
    if {rule.a, rule.b} & ignored:
        return "ignored_identifier"
    return "shared_device" if {rule.a, rule.b} & shared else None


def without(rows: Iterable[Row], gone: set[str]) -> list[Row]:
    return [
        Row(row.feed, row.key, row.at, tuple(name for name in row.identifiers if name not in gone))
        for row in rows
    ]


def accept(order: list[Link], apart: set[Link]) -> set[Link]:
    """Adds links one by one; one that would bring a pair together is left out."""
    accepted: set[Link] = set()
    for one in order:
        tried = accepted | {one}
        if not any(b in reachable(a, tried) for a, b in apart):
            accepted = tried
    return accepted


def resolve(rows: list[Row], rules: list[Rule], limit: int) -> Persons:
    """Applies the definitions to rows in force and rules."""
    persons = Persons()
    ignored = {rule.a for rule in rules if rule.kind == "ignore" and rule.a}
    rows = without(rows, ignored)
    persons.shared = shared_devices(rows, limit)
    rows = without(rows, persons.shared)
    for rule in rules:
        if reason := why_without_effect(rule, ignored, persons.shared):
            persons.without_effect[rule.rule_id] = reason
    rules = [rule for rule in rules if rule.rule_id not in persons.without_effect]
    pairs = {kind: {link(r.a, r.b) for r in rules if r.kind == kind and r.a and r.b} for kind in
             ("must_link", "cannot_link")}  # fmt: skip

    first: dict[str, tuple[datetime, str]] = {}
    shown: dict[Link, tuple[datetime | None, str]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.evidence)):
        for identifier in row.identifiers:
            first.setdefault(identifier, (row.at, row.evidence))
        for one, other in combinations(row.identifiers, 2):
            shown.setdefault(link(one, other), (row.at, row.evidence))
    for rule in sorted(rules, key=lambda rule: rule.rule_id):
        if rule.kind == "must_link" and rule.a and rule.b:
            shown.setdefault(link(rule.a, rule.b), (None, f"identity_rules:{rule.rule_id}"))

    def place(one: Link) -> tuple:
        is_rule = one in pairs["must_link"]
        since = datetime.min if is_rule else shown[one][0]
        return not is_rule, strength(one[1]), since, one

    accepted: set[Link] = set()
    for start in {a for a, _ in shown}:
        whole = reachable(start, shown)
        inside = [one for one in shown if one[0] in whole]
        held = {pair for pair in pairs["cannot_link"] if set(pair) <= whole}
        accepted |= accept(sorted(inside, key=place), held) if held else set(inside)
    persons.left_out = set(shown) - accepted

    def age(identifier: str) -> tuple:
        return first[identifier][0], strength(identifier), identifier

    for identifier in first:
        own = reachable(identifier, accepted)
        persons.named_after[identifier] = min(own & first.keys(), key=age)
        mine = [shown[one] for one in accepted if identifier in one] or [first[identifier]]
        timed = [when for when in mine if when[0]]
        persons.linked[identifier] = min(timed or mine, key=lambda when: (when[0] or datetime.max, when[1]))

    def told(one: Link) -> tuple:
        return shown[one][0] or datetime.max, place(one)

    so_far: set[Link] = set()
    for one in sorted(accepted, key=told):
        sides = [reachable(end, so_far) & first.keys() for end in one]
        so_far.add(one)
        if all(sides) and not sides[0] & sides[1]:
            later = max((min(side, key=age) for side in sides), key=age)
            since, evidence = shown[one]
            if first[later][0] < (since or datetime.max):
                persons.merged[later] = (persons.named_after[later], since, evidence)
    return persons
