"""Which persons turned out to be one: the joins of two persons that both existed before.

A report of the past, in the order of time. Who is whom now is decided in `components`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dagster_project.identity.graph import distinct, nodes

#: The identifier that a merged person was named after, and the link that showed who it is.
MERGES = pa.schema([(name, pa.string()) for name in ("identifier", "identifier_a", "identifier_b")])

#: The time of what has none: after all others.
TIMELESS = np.iinfo(np.int64).max

Whole = NDArray[np.int64]


def find_merges(links: pa.Table, components: pa.Table, seen: pa.Table) -> pa.Table:
    """Finds the links that made one person of two.

    A person is named after the identifier first seen. When a link joins two groups, the later one is merged,
    unless it began with that very link: an identifier that is new in the row that links it was nobody before.

    Args:
        links: `identifier_a`, `identifier_b`, `position`, and `linked_since` (timestamp; null for a link by
            rule alone, which is taken after all others).
        components: As `resolve` returns it; a link between two components was left out and merges nobody.
        seen: `identifier`, `first_seen_at` (timestamp), the identifier first seen first.

    Returns:
        One row per person merged into another, by time, with the columns of `MERGES`.
    """
    taken = within(links, components)
    known = seen["identifier"].combine_chunks()
    linked = distinct(taken)
    others = linked.filter(pc.invert(pc.is_in(linked, value_set=known)))
    identifiers = pa.concat_arrays([known, others])
    first = np.append(moments(seen["first_seen_at"]), np.full(len(others), TIMELESS))
    since = moments(taken["linked_since"])
    order = np.lexsort((taken["position"].to_numpy(), since))
    found = replay(nodes(identifiers, taken)[order], since[order], first)
    rows = taken.take(pa.array(order[found[:, 1]]))
    columns = [identifiers.take(pa.array(found[:, 0])), rows["identifier_a"], rows["identifier_b"]]
    return pa.table(columns, schema=MERGES)


def within(links: pa.Table, components: pa.Table) -> pa.Table:
    """The links whose two ends are of one component."""
    ends = nodes(components["identifier"].combine_chunks(), links)
    groups = components["component"].combine_chunks().dictionary_encode().indices.to_numpy()
    return links.filter(pa.array(groups[ends[:, 0]] == groups[ends[:, 1]]))


def moments(times: pa.ChunkedArray) -> Whole:
    """Timestamps as microseconds since 1970."""
    whole = times.cast(pa.timestamp("us")).cast(pa.int64())
    return pc.fill_null(whole, int(TIMELESS)).to_numpy()


def replay(ends: Whole, since: Whole, first: Whole) -> Whole:
    """Adds links in the order of time and notes which persons they merge.

    Args:
        ends: Both ends of each link, of shape (n, 2), as places in `first`.
        since: When each link was seen, of shape (n,).
        first: When each identifier was first seen, the first one first.

    Returns:
        The merged person's first identifier and the place of the link, one row per merge, of shape (m, 2).
    """
    eldest = list(range(len(first)))
    # Views give one number at a time, where lists of millions of pairs would take a gigabyte.
    born = first.data
    links = zip(ends[:, 0].copy().data, ends[:, 1].copy().data, since.data, strict=True)
    found = [
        (later, place)
        for place, (one, other, time) in enumerate(links)
        if (later := join(eldest, one, other)) is not None and born[later] < time
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def join(eldest: list[int], one: int, other: int) -> int | None:
    """Joins two groups under the eldest of both; returns the other's eldest, None when they were one."""
    left, right = leader(eldest, one), leader(eldest, other)
    if left == right:
        return None
    eldest[max(left, right)] = min(left, right)
    return max(left, right)


def leader(eldest: list[int], node: int) -> int:
    """The eldest of a node's group; shortens the way to it for the next time."""
    while eldest[node] != node:
        eldest[node] = node = eldest[eldest[node]]
    return node
