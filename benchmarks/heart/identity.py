"""Who is whom: from the identifiers that rows carry to persons, as `dbt/models/intermediate/identity` says.

An identifier is a whole number here, its place in the order of all texts `kind:value`: so texts are compared
once. The walk over the graph is the warehouse's own (`dagster_project/identity`), which is Python already.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from benchmarks.heart.lake import MISSING, Frames, Whole, coded, combined, keys_of, times_of
from dagster_project.identity.graph import connected, separate, smallest_of
from dagster_project.identity.merges import TIMELESS, replay

#: The strongest first.
KINDS = ("shop_customer_id", "email", "phone", "line_user_id", "device_id")
BY_MAIL = ("customer_id", "_email")
#: The columns of the identifiers that a row carries together, the strongest first.
CARRIED = {
    "orders": (*BY_MAIL, "_phone", "device_id"),
    "customers": (*BY_MAIL, "_phone", "line_user_id"),
    **dict.fromkeys(("sessions", "carts", "leads"), (*BY_MAIL, "device_id")),
    **dict.fromkeys(("surveys", "email_events", "support_tickets", "reviews", "consents"), BY_MAIL),
    **dict.fromkeys(("loyalty_points", "social_mentions"), ("customer_id",)),
    "referrals": ("referrer_customer_id",),
}
#: A referral names two persons.
SETS = (*CARRIED.items(), ("referrals", ("referee_customer_id", "_referee_email")))
RULE_ENDS = ("_identifier_a", "_identifier_b")


@dataclass(frozen=True)
class Identity:
    """All identifiers and whose they are.

    Attributes:
        texts: `kind:value` of each identifier, ascending.
        strength: The place of its kind among `KINDS`.
        digests: Its pseudonym.
        of_rows: The identifier in each row of a feed's column, -1 for none.
        person: Whose it is, as a place among `customer_ids`; -1 where it is nobody's.
        customer_ids: The pseudonyms of the persons.
    """

    texts: pd.Series
    strength: Whole
    digests: NDArray[Any]
    of_rows: dict[tuple[str, str], Whole]
    person: Whole
    customer_ids: NDArray[Any]

    def of(self, feed: str) -> Whole:
        """The person of each row of a feed: that of its strongest usable identifier, -1 for nobody."""
        person = np.full(1, -1)
        for column in CARRIED[feed]:
            person = np.where(person < 0, np.append(self.person, -1)[self.of_rows[feed, column]], person)
        return person


def kind_of(column: str) -> str:
    """The kind of identifier that a column of the lake holds."""
    return next(kind for kind in KINDS if column.endswith(kind.removeprefix("shop_")))


def resolve(frames: Frames, max_customers_per_device: int, hash_key: str) -> tuple[Identity, Frames]:
    """Finds the persons, and makes the frames `identities` and `int_persons`."""
    texts, strength, of_rows = numbered(frames)
    size = len(texts)
    ignored, must, apart = rules_of(frames["identity_rules"], of_rows)
    sets = identifier_sets(frames, of_rows, ignored)
    pairs = paired(sets, size)
    shared = shared_devices(pairs, size, max_customers_per_device)
    first, seen = first_seen(sets, size)
    must, apart = (within_reach(rules, strength, ignored | shared) for rules in (must, apart))
    links = linked(pairs, must, sets, strength, (first < len(sets)) & ~shared)
    component = walked(links, apart, size)
    known = np.flatnonzero((first < len(sets)) & ~shared)
    known = known[np.lexsort((known, strength[known], seen[known]))]
    person, leaders = named(known, component)
    digests = np.array([sha256(f"{hash_key}:{text}".encode()).hexdigest()[:32] for text in texts])
    whole = Identity(texts, strength, digests, of_rows, person, digests[leaders])
    merged = merges(links, component, known, seen)
    return whole, {
        "identities": identities(whole, links, component, sets, first, known),
        "int_persons": persons(whole, leaders, merged, seen, known),
    }


def numbered(frames: Frames) -> tuple[pd.Series, Whole, dict[tuple[str, str], Whole]]:
    """All identifiers in the order of their texts, their strengths, and their places in the rows."""
    texts: list[pd.Series] = []
    strengths: list[Whole] = []
    of_rows: dict[tuple[str, str], Whole] = {}
    rules = frames["identity_rules"]
    ends = {end: rules[end].astype("str").str.split(":", n=1, expand=True) for end in RULE_ENDS}
    size = 0
    for kind in sorted(KINDS):
        columns = {
            (feed, column): frames[feed][column]
            for feed, carried in SETS
            for column in carried
            if kind_of(column) == kind
        }
        columns |= {
            (kind, end): parts[1].where(parts[0] == kind) for end, parts in ends.items() if len(parts)
        }
        codes, found = pd.factorize(pd.concat(columns.values(), ignore_index=True))
        order = found.argsort()
        place = np.full(len(found) + 1, -1)
        place[order] = np.arange(size, size + len(found))
        cuts = np.cumsum([len(column) for column in columns.values()])[:-1]
        of_rows |= dict(zip(columns, np.split(place[codes], cuts), strict=True))
        texts.append(kind + ":" + found[order].to_series())
        strengths.append(np.full(len(found), KINDS.index(kind)))
        size += len(found)
    for end in RULE_ENDS:
        given = [of_rows[kind, end] for kind in KINDS if (kind, end) in of_rows]
        of_rows["identity_rules", end] = np.max(given, axis=0) if given else np.empty(0, np.int64)
    return pd.concat(texts, ignore_index=True), np.concatenate(strengths), of_rows


def rules_of(
    rules: pd.DataFrame, of_rows: dict[tuple[str, str], Whole]
) -> tuple[NDArray[np.bool_], pd.DataFrame, pd.DataFrame]:
    """Which identifiers are ignored, and the pairs of must_link and cannot_link with their rule's name."""
    one, other = (of_rows["identity_rules", end] for end in RULE_ENDS)
    size = 1 + max(numbers.max(initial=-1) for numbers in of_rows.values())
    ignored = np.zeros(size, bool)
    ignored[one[(rules["kind"] == "ignore") & (one >= 0)]] = True
    pairs = pd.DataFrame({"rule_id": rules["rule_id"], "a": one, "b": other})
    must, apart = (pairs[rules["kind"] == kind] for kind in ("must_link", "cannot_link"))
    return ignored, must, apart


def within_reach(rules: pd.DataFrame, strength: Whole, useless: NDArray[np.bool_]) -> pd.DataFrame:
    """The rules that have an effect, the stronger identifier first; of several of one pair the first."""
    rules = rules[(rules["a"] >= 0) & (rules["b"] >= 0) & (rules["a"] != rules["b"])]
    rules = rules[~useless[rules["a"]] & ~useless[rules["b"]]].sort_values("rule_id")
    a, b = rules["a"].to_numpy(), rules["b"].to_numpy()
    swapped = (strength[b] < strength[a]) | ((strength[b] == strength[a]) & (b < a))
    ends = {"a": np.where(swapped, b, a), "b": np.where(swapped, a, b)}
    return rules.assign(**ends).drop_duplicates(["a", "b"])


def identifier_sets(
    frames: Frames, of_rows: dict[tuple[str, str], Whole], ignored: NDArray[np.bool_]
) -> pd.DataFrame:
    """One row per feed and set of identifiers, by `seen` and `evidence`: who shows it first.

    The other columns are the kinds, with -1 for an identifier that the set lacks or a rule ignores.
    """
    parts = []
    for feed, columns in SETS:
        carried = [of_rows[feed, column] for column in columns]
        rows = np.flatnonzero(np.max(carried, axis=0) >= 0)
        group = combined([numbers[rows] for numbers in carried])
        seen, keys = times_of(frames[feed])[rows], keys_of(frames[feed]).iloc[rows]
        place = earliest(group, np.where(seen == MISSING, TIMELESS, seen), keys)
        rows, seen, keys = rows[place], seen[place], keys.iloc[place]
        part = pd.DataFrame(
            dict.fromkeys(KINDS, np.full(len(rows), -1)) | {"seen": np.where(seen == MISSING, TIMELESS, seen)}
        )
        for column, numbers in zip(columns, carried, strict=True):
            usable = ~np.append(ignored, True)[numbers[rows]]
            part[kind_of(column)] = np.where(usable, numbers[rows], -1)
        parts.append(part.assign(evidence=(feed + ":" + keys).array))
    sets = pd.concat(parts, ignore_index=True)
    return sets.sort_values(["seen", "evidence"], ignore_index=True)


def earliest(group: Whole, time: Whole, text: pd.Series) -> Whole:
    """The place of each group's row with the least time, of several that with the smallest text."""
    first = np.flatnonzero(time == pd.Series(time).groupby(group, sort=False).transform("min").to_numpy())
    tied = pd.Series(group[first]).duplicated(keep=False).to_numpy()
    texts = pd.DataFrame({"group": group[first[tied]], "text": text.array.take(first[tied])})
    chosen = texts.sort_values(["group", "text"]).drop_duplicates("group").index
    return np.concatenate([first[~tied], first[tied][chosen]])


def paired(sets: pd.DataFrame, size: int) -> pd.DataFrame:
    """One row per two identifiers of a set, the stronger as `a`, with the first set that has both."""
    parts = []
    for stronger, weaker in combinations(KINDS, 2):
        a, b = sets[stronger].to_numpy(), sets[weaker].to_numpy()
        place = np.flatnonzero((a >= 0) & (b >= 0))
        place = place[~pd.Series(a[place] * size + b[place]).duplicated().to_numpy()]
        parts.append(
            pd.DataFrame({"a": a[place], "b": b[place], "place": place}).assign(kinds=stronger + weaker)
        )
    return pd.concat(parts, ignore_index=True)


def shared_devices(pairs: pd.DataFrame, size: int, most: int) -> NDArray[np.bool_]:
    """Whether an identifier is a device with more customer numbers, or more e-mails, than one person has."""
    shared = np.zeros(size, bool)
    for kind in KINDS[:2]:
        devices = pairs["b"][pairs["kinds"] == kind + "device_id"]
        shared |= np.bincount(devices, minlength=size) > most
    return shared


def first_seen(sets: pd.DataFrame, size: int) -> tuple[Whole, Whole]:
    """The first set of each identifier, the number of sets where there is none, and its time."""
    first = np.full(size + 1, len(sets))
    for kind in KINDS:
        np.minimum.at(first, sets[kind].to_numpy(), np.arange(len(sets)))
    first = first[:-1]
    return first, np.append(sets["seen"].to_numpy(), TIMELESS)[first]


def linked(
    pairs: pd.DataFrame, must: pd.DataFrame, sets: pd.DataFrame, strength: Whole, usable: NDArray[np.bool_]
) -> pd.DataFrame:
    """One row per link, in the order in which links are added: `a`, `b`, `place`, `since`, `evidence`.

    `place` is that of the set that shows it first; after all sets where a rule alone asks for it.
    """
    shown = pairs.loc[usable[pairs["b"]], ["a", "b", "place"]]
    links = shown.merge(must, on=["a", "b"], how="outer")
    is_must, is_shown = links["rule_id"].notna().to_numpy(), links["place"].notna().to_numpy()
    place = links["place"].fillna(len(sets)).astype(np.int64).to_numpy()
    by_rule = links["rule_id"].where(~is_shown).rank(method="first").fillna(0).astype(np.int64).to_numpy()
    since = np.append(sets["seen"].to_numpy(), TIMELESS)[place]
    shows = sets["evidence"].reindex(place).reset_index(drop=True)
    links = links.assign(
        place=place + by_rule,
        since=since,
        evidence=shows.where(is_shown, "identity_rules:" + links["rule_id"].astype("str")),
    )
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    order = np.lexsort((b, a, np.where(is_must, 0, since), strength[b], ~is_must))
    return links.drop(columns="rule_id").iloc[order].reset_index(drop=True)


def walked(links: pd.DataFrame, apart: pd.DataFrame, size: int) -> Whole:
    """The component of each identifier, named after its smallest one."""
    ends, foes = links[["a", "b"]].to_numpy(), apart[["a", "b"]].to_numpy()
    labels = connected(ends, size)
    contested = foes[labels[foes[:, 0]] == labels[foes[:, 1]]]
    if len(contested):
        separate(labels, ends[np.isin(labels[ends[:, 0]], labels[contested[:, 0]])], contested)
    return smallest_of(labels)


def named(known: Whole, component: Whole) -> tuple[Whole, Whole]:
    """The person of each identifier, and the first identifier of each person, `known` being by time."""
    person = np.full(len(component), -1)
    person[known], groups = pd.factorize(component[known])
    numbers = person[known]
    leaders = np.full(len(groups), -1)
    leaders[numbers[::-1]] = known[::-1]
    return person, leaders


def merges(links: pd.DataFrame, component: Whole, known: Whole, seen: Whole) -> Whole:
    """The identifiers that persons who turned out to be another were named after."""
    taken = links[component[links["a"]] == component[links["b"]]]
    taken = taken.sort_values("since", kind="stable")
    age = np.full(len(component), -1)
    age[known] = np.arange(len(known))
    others = np.setdiff1d(taken[["a", "b"]], known)
    age[others] = np.arange(len(known), len(known) + len(others))
    first = np.append(seen[known], np.full(len(others), TIMELESS))
    found = replay(age[taken[["a", "b"]].to_numpy()], taken["since"].to_numpy(), first)[:, 0]
    return known[found[found < len(known)]]


def identities(
    whole: Identity, links: pd.DataFrame, component: Whole, sets: pd.DataFrame, first: Whole, known: Whole
) -> pd.DataFrame:
    """One row per usable identifier, with its person and what linked the two."""
    taken = links[component[links["a"]] == component[links["b"]]].sort_values("place")
    ends = pd.concat([taken.assign(end=taken[side]) for side in ("a", "b")]).sort_values("place")
    shown = ends.drop_duplicates("end").set_index("end").reindex(known)
    alone = shown["since"].isna().to_numpy()
    seen = sets.iloc[first[known]]
    since = np.where(alone, seen["seen"], shown["since"].fillna(0)).astype(np.int64)
    return pd.DataFrame(
        {
            "identifier_kind": coded(whole.strength[known], KINDS),
            "identifier_hash": whole.digests[known],
            "customer_id": coded(whole.person[known], whole.customer_ids),
            "evidence": shown["evidence"].reset_index(drop=True).where(~alone, seen["evidence"].array),
            "linked_since": pd.Series(since.astype("datetime64[us]")).where(since != TIMELESS),
        }
    )


def persons(whole: Identity, leaders: Whole, merged: Whole, seen: Whole, known: Whole) -> pd.DataFrame:
    """One row per person: the identifiers counted, and the customer numbers and merged persons listed."""
    size, person, kind = len(leaders), whole.person[known], whole.strength[known]
    identifiers, numbers, emails, devices = (
        np.bincount(person[chosen], minlength=size)
        for chosen in (kind >= 0, kind == 0, kind == KINDS.index("email"), kind == KINDS.index("device_id"))
    )
    of_numbers = np.sort(known[kind == 0])
    of_numbers = of_numbers[np.argsort(whole.person[of_numbers], kind="stable")]
    merged = merged[np.lexsort((whole.digests[merged], whole.person[merged]))]
    absorbed = np.bincount(whole.person[merged], minlength=size)
    values = whole.texts.iloc[of_numbers].str.slice(len("shop_customer_id:"))
    return pd.DataFrame(
        {
            "customer_id": whole.customer_ids,
            "first_identifier_kind": coded(whole.strength[leaders], KINDS),
            "shop_customer_ids": listed(numbers, values),
            "merged_customer_ids": listed(absorbed, whole.digests[merged]),
            "identifiers": identifiers,
            "emails": emails,
            "devices": devices,
            "is_anonymous": devices == identifiers,
            "first_seen_at": seen[leaders].astype("datetime64[us]"),
        }
    )


def listed(counts: Whole, values: ArrayLike) -> pd.Series:
    """A column of lists of so many of the values each, one after the other."""
    offsets = pa.array(np.append(0, np.cumsum(counts)), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pa.array(values, pa.string()))
    return pd.Series(pd.arrays.ArrowExtensionArray(lists))
