"""The groups of identifiers that links make, found anew where links have changed.

The model `int_identity_components` calls `resolve_changed`. Beside each identifier's component is a digest of
its links: where nothing came, went or changed the graph is not walked again.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.identity import graph, merges
from dagster_project.identity.graph import COMPONENTS, nodes, resolve
from dagster_project.identity.merges import find_merges
from dagster_project.settings import Settings

#: Beside the component: the smallest identifier that links, left out or not, reach from it, which components
#: that a rule keeps apart share; a digest of what the walk depended on; and of an identifier that a person
#: was named after who turned out to be another, the two ends of the link that showed it.
KNOWN = pa.schema(
    [
        *COMPONENTS,
        ("reached", pa.string()),
        ("digest", pa.uint64()),
        ("merged_by_a", pa.string()),
        ("merged_by_b", pa.string()),
    ]
)

#: Another walk makes every digest another: all is walked again.
WALK = hashlib.sha256(
    b"".join(Path(file).read_bytes() for file in (__file__, graph.__file__, merges.__file__) if file)
).hexdigest()

APART = """
    select distinct identifier_a, identifier_b from intermediate.int_identity_rules
    where kind = 'cannot_link' and no_effect_because is null
"""
DIGESTS = f"""
    create or replace temp table digests as
    with evidence as (
        select identifier_a, identifier_b, is_must_link, linked_since from intermediate.int_identity_links
        union all by name
        {APART}
    ),
    ends as (
        select
            unnest([identifier_a, identifier_b]) as identifier,
            is_must_link is not null as is_link,
            hash('{WALK}', identifier_a, identifier_b, is_must_link, linked_since) as digest
        from evidence
    ),
    sums as (
        select identifier, bit_xor(digest) as digest from ends group by identifier having bool_or(is_link)
    )
    select sums.identifier, hash(sums.digest, first_seen.first_seen_at) as digest
    from sums
    left join intermediate.int_identifiers_first_seen as first_seen using (identifier)
"""
AFFECTED = """
    create or replace temp table affected as
    with touched as (
        select identifier, known.reached
        from digests
        full outer join known using (identifier)
        where digests.digest is distinct from known.digest
    )
    select identifier from touched
    union
    select identifier from known semi join touched using (reached)
"""
LINKS = """
    select identifier_a, identifier_b, position, linked_since from intermediate.int_identity_links
    where identifier_a in (from affected)
"""
SEEN = """
    select identifier, first_seen_at from intermediate.int_identifiers_first_seen
    where identifier in (from affected)
    order by first_seen_at, strength, identifier
"""
ALL_COMPONENTS = """
    select identifier, component, reached, digest, merged_by_a, merged_by_b
    from known
    anti join affected using (identifier)
    union all
    select
        identifier,
        component,
        reached,
        digest,
        found_merges.identifier_a as merged_by_a,
        found_merges.identifier_b as merged_by_b
    from walked
    inner join digests using (identifier)
    left join found_merges using (identifier)
    order by identifier
"""
FIGURES = """
    with components as (
        from intermediate.int_identity_components
    ),
    links as (
        from intermediate.int_identity_links
    ),
    sizes as (
        select count(*) as identifiers from components group by component
    )
    select
        (select count(*) from components) as identifiers,
        (select count(*) from links) as links,
        (select count(*) from sizes) as components,
        (select coalesce(max(identifiers), 0) from sizes) as largest_component,
        (
            select count(*)
            from links
            inner join components as stronger on links.identifier_a = stronger.identifier
            inner join components as weaker on links.identifier_b = weaker.identifier
            where stronger.component <> weaker.component
        ) as links_left_out,
        (select count(merged_by_a) from components) as merged_persons
"""


def resolve_changed(warehouse: duckdb.DuckDBPyConnection, known: pa.Table) -> pa.Table:
    """Finds the components and merges of all links, walking only where something has changed since.

    Args:
        warehouse: A connection that sees the schema `intermediate`; it gets temporary tables.
        known: What was found last, with the columns of `KNOWN`; without rows all is walked.

    Returns:
        The same table as of now, sorted by identifier.
    """
    warehouse.register("known", known)
    warehouse.execute(DIGESTS)
    warehouse.execute(AFFECTED)
    links, apart, seen = (warehouse.sql(query).to_arrow_table() for query in (LINKS, APART, SEEN))
    components = resolve(links, apart)
    warehouse.register("walked", with_reach(components, links))
    warehouse.register("found_merges", find_merges(links, components, seen))
    return warehouse.sql(ALL_COMPONENTS).to_arrow_table().cast(KNOWN)


def with_reach(components: pa.Table, links: pa.Table) -> pa.Table:
    """Adds `reached`: the smallest identifier that links, left out or not, lead to."""
    names = components["component"].combine_chunks()
    ends = nodes(components["identifier"].combine_chunks(), links)
    one, other = names.take(pa.array(ends[:, 0])), names.take(pa.array(ends[:, 1]))
    between = pa.table({"identifier_a": one, "identifier_b": other}).filter(pc.not_equal(one, other))
    joined = resolve(between, between.slice(0, 0))
    place = pc.index_in(names, value_set=joined["identifier"])
    return components.append_column("reached", pc.coalesce(joined["component"].take(place), names))


def known(warehouse: duckdb.DuckDBPyConnection, table: str) -> pa.Table:
    """What was found last, as a table of the warehouse says; nothing when there is none, or an older one."""
    try:
        found = warehouse.sql(f"from {table}").to_arrow_table()
    except duckdb.CatalogException:
        return KNOWN.empty_table()
    return found if found.schema.equals(KNOWN) else KNOWN.empty_table()


def figures(settings: Settings) -> dict[str, int]:
    """Figures of a built warehouse that name nobody.

    Returns:
        Linked identifiers, links between them, components that they form, identifiers in the largest
        component, links left out by a cannot_link rule, persons who turned out to be another.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True, config=settings.engine) as warehouse:
        counted = warehouse.sql(FIGURES)
        return dict(zip(counted.columns, counted.fetchall()[0], strict=True))
