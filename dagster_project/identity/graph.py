"""The connected components of a graph of identifiers, with pairs that must stay apart.

Pure functions of tables; reading and writing is in `dagster_project.identity.components`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

#: An identifier and the smallest identifier of its component, both as `kind:value`.
COMPONENTS = pa.schema([("identifier", pa.string()), ("component", pa.string())])

Nodes = NDArray[np.int64]


def resolve(links: pa.Table, cannot_link: pa.Table) -> pa.Table:
    """Finds the component of every linked identifier.

    A component that holds no pair of `cannot_link` is an ordinary connected component. In one that holds
    such a pair, links are added by `position`, and a link that would bring a pair together is left out: its
    two ends are in different components of the result.

    Args:
        links: `identifier_a`, `identifier_b` (text) and `position` (whole number, no two alike), a row per
            link.
        cannot_link: `identifier_a`, `identifier_b` (text), one row per pair to be kept apart.

    Returns:
        One row per identifier in `links`, sorted by it, with the columns of `COMPONENTS`. A component is
        named after its smallest identifier in code-point order, whatever the order of the rows.
    """
    identifiers = distinct(links)
    ends = nodes(identifiers, links)
    labels = connected(ends, len(identifiers))
    apart = nodes(identifiers, cannot_link)
    apart = apart[(apart >= 0).all(axis=1)]
    contested = apart[labels[apart[:, 0]] == labels[apart[:, 1]]]
    if len(contested):
        inside = np.isin(labels[ends[:, 0]], labels[contested[:, 0]])
        order = np.argsort(links["position"].to_numpy()[inside])
        separate(labels, ends[inside][order], contested)
    first = smallest_of(labels)
    return pa.table([identifiers, identifiers.take(pa.array(first))], schema=COMPONENTS)


def distinct(links: pa.Table) -> pa.Array:
    """The identifiers of all links, each once, in code-point order."""
    both = pa.chunked_array([*links["identifier_a"].chunks, *links["identifier_b"].chunks], type=pa.string())
    seen = pc.unique(both)
    return seen.take(pc.sort_indices(seen))


def nodes(identifiers: pa.Array, pairs: pa.Table) -> Nodes:
    """The places of both identifiers of each pair, of shape (pairs, 2); -1 for one that is nowhere."""
    return np.column_stack(
        [
            pc.fill_null(pc.index_in(pairs[column], value_set=identifiers), -1).to_numpy()
            for column in ("identifier_a", "identifier_b")
        ]
    ).astype(np.int64)


def connected(ends: Nodes, size: int) -> Nodes:
    """A label for each of `size` nodes; nodes have the same one when links (shape (n, 2)) connect them."""
    present = np.ones(len(ends), dtype=np.int8)
    graph = coo_array((present, (ends[:, 0], ends[:, 1])), shape=(size, size))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def separate(labels: Nodes, ends: Nodes, apart: Nodes) -> None:
    """Gives new labels to the nodes of components that hold a pair to be kept apart.

    Args:
        labels: Label of each node; changed in place for the nodes in `ends`.
        ends: The links of these components in the order in which they are added, of shape (n, 2).
        apart: The pairs to be kept apart, of shape (m, 2).
    """
    members = np.unique(ends)
    groups = joined(members.tolist(), ends.tolist(), apart.tolist())
    roots = np.fromiter((groups[node] for node in members.tolist()), dtype=np.int64)
    labels[members] = labels.max() + 1 + roots


def joined(members: Iterable[int], ends: Iterable[list[int]], apart: Iterable[list[int]]) -> DisjointSet:
    """Joins the ends of links one by one, except where a pair to be kept apart would meet."""
    groups = DisjointSet(members)
    foes: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in apart:
        foes[one].add(other)
        foes[other].add(one)
    for one, other in ends:
        left, right = groups[one], groups[other]
        if left != right and right not in foes[left]:
            groups.merge(left, right)
            kept = groups[left]
            inherit(foes, kept, right if kept == left else left)
    return groups


def inherit(foes: defaultdict[int, set[int]], kept: int, gone: int) -> None:
    """Hands the foes of a group that is gone to the group that it became part of."""
    for foe in foes.pop(gone, ()):
        foes[foe].remove(gone)
        foes[foe].add(kept)
        foes[kept].add(foe)


def smallest_of(labels: Nodes) -> Nodes:
    """For each node the smallest node with the same label."""
    _, first, group = np.unique(labels, return_index=True, return_inverse=True)
    return first[group]
