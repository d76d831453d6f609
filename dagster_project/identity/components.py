"""Reads the links that dbt built, finds persons, and writes what the second part of the dbt build reads.

Where nothing came, went or changed the graph is not walked again. Of each identifier a digest of its links is
kept beside its component; the files of one walk bear its mark, so that half of another is never built on.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.identity import graph, merges
from dagster_project.identity.graph import COMPONENTS, nodes, resolve
from dagster_project.identity.merges import MERGES, find_merges
from dagster_project.settings import Settings

#: Beside the component: the smallest identifier that links, left out or not, reach from it, which components
#: that a rule keeps apart share; and what the walk depended on.
KNOWN = pa.schema([*COMPONENTS, ("reached", pa.string()), ("digest", pa.uint64())])

#: Another walk makes every digest another: all is walked again.
WALK = hashlib.sha256(
    b"".join(Path(module.__file__).read_bytes() for module in (graph, merges) if module.__file__)
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
    select identifier, component, reached, digest from known anti join affected using (identifier)
    union all
    select identifier, component, reached, digest from walked inner join digests using (identifier)
    order by identifier
"""
ALL_MERGES = """
    select identifier, identifier_a, identifier_b from known_merges anti join affected using (identifier)
    union all
    select identifier, identifier_a, identifier_b from found_merges
    order by identifier
"""
FIGURES = """
    with sizes as (
        select count(*) as identifiers from components group by component
    )
    select
        (select count(*) from components) as identifiers,
        (select count(*) from intermediate.int_identity_links) as links,
        (select count(*) from sizes) as components,
        (select coalesce(max(identifiers), 0) from sizes) as largest_component,
        (
            select count(*)
            from intermediate.int_identity_links as links
            inner join components as stronger on links.identifier_a = stronger.identifier
            inner join components as weaker on links.identifier_b = weaker.identifier
            where stronger.component <> weaker.component
        ) as links_left_out,
        (select count(*) from all_merges) as merged_persons,
        (select count(*) from affected) as identifiers_walked
"""


def resolve_identities(settings: Settings) -> dict[str, int]:
    """Writes `resolved/identity/*.parquet` from the links in the warehouse.

    Returns:
        Figures that name nobody: linked identifiers, links between them, components that they form,
        identifiers in the largest component, links left out by a cannot_link rule, persons who turned out to
        be another, identifiers among which something had changed.

    Raises:
        duckdb.Error: When the first part of the dbt build has not run, or another process has the warehouse
            open.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True, config=settings.engine) as warehouse:
        components, all_merges = resolve_changed(warehouse, *known(settings))
        warehouse.register("components", components)
        warehouse.register("all_merges", all_merges)
        figures = warehouse.sql(FIGURES)
        counted = dict(zip(figures.columns, figures.fetchall()[0], strict=True))
    walk = {"walk": uuid4().hex}
    write(all_merges.replace_schema_metadata(walk), folder(settings) / "merges.parquet")
    write(components.replace_schema_metadata(walk), folder(settings) / "components.parquet")
    return counted


def resolve_changed(
    warehouse: duckdb.DuckDBPyConnection, known: pa.Table, known_merges: pa.Table
) -> tuple[pa.Table, pa.Table]:
    """Finds the components and merges of all links, walking only where something has changed since.

    Args:
        warehouse: A connection that sees the schema `intermediate`; it gets temporary tables.
        known: What was found last, with the columns of `KNOWN`; without rows all is walked.
        known_merges: The merges found with it, with the columns of `MERGES`.

    Returns:
        The same two tables as of now, sorted by identifier.
    """
    warehouse.register("known", known)
    warehouse.register("known_merges", known_merges)
    warehouse.execute(DIGESTS)
    warehouse.execute(AFFECTED)
    links, apart, seen = (warehouse.sql(query).to_arrow_table() for query in (LINKS, APART, SEEN))
    components = resolve(links, apart)
    warehouse.register("walked", with_reach(components, links))
    warehouse.register("found_merges", find_merges(links, components, seen))
    return (
        warehouse.sql(ALL_COMPONENTS).to_arrow_table().cast(KNOWN),
        warehouse.sql(ALL_MERGES).to_arrow_table().cast(MERGES),
    )


def with_reach(components: pa.Table, links: pa.Table) -> pa.Table:
    """Adds `reached`: the smallest identifier that links, left out or not, lead to."""
    names = components["component"].combine_chunks()
    ends = nodes(components["identifier"].combine_chunks(), links)
    one, other = names.take(pa.array(ends[:, 0])), names.take(pa.array(ends[:, 1]))
    between = pa.table({"identifier_a": one, "identifier_b": other}).filter(pc.not_equal(one, other))
    joined = resolve(between, between.slice(0, 0))
    place = pc.index_in(names, value_set=joined["identifier"])
    return components.append_column("reached", pc.coalesce(joined["component"].take(place), names))


def known(settings: Settings) -> tuple[pa.Table, pa.Table]:
    """What was found last; nothing when an older version has written it, or a run that died half of it."""
    components, found = (
        pq.read_table(folder(settings) / f"{name}.parquet") for name in ("components", "merges")
    )
    if components.schema.equals(KNOWN) and components.schema.metadata == found.schema.metadata:
        return components, found
    return KNOWN.empty_table(), MERGES.empty_table()


def ensure_files(settings: Settings) -> None:
    """Writes empty tables where there are none, so that dbt always finds its sources."""
    for name, schema in (("components", KNOWN), ("merges", MERGES)):
        file = folder(settings) / f"{name}.parquet"
        if not file.exists():
            write(schema.empty_table(), file)


def folder(settings: Settings) -> Path:
    """Where the results lie."""
    return settings.resolved / "identity"


def write(table: pa.Table, file: Path) -> None:
    """Writes a table under a temporary name and renames it, so that no reader sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(file)
