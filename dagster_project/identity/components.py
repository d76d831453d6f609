"""Reads the links that dbt built, finds persons, and writes what the second part of the dbt build reads."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.identity.graph import COMPONENTS, resolve
from dagster_project.identity.merges import MERGES, find_merges, within
from dagster_project.settings import Settings

LINKS = "select identifier_a, identifier_b, position, linked_since from intermediate.int_identity_links"
CANNOT_LINK = """
    select identifier_a, identifier_b from intermediate.int_identity_rules
    where kind = 'cannot_link' and no_effect_because is null
"""
SEEN = """
    select identifier, first_seen_at from intermediate.int_identifiers_first_seen
    order by first_seen_at, strength, identifier
"""


def resolve_identities(settings: Settings) -> dict[str, int]:
    """Writes `resolved/identity/*.parquet` from the links in the warehouse.

    Returns:
        Figures that name nobody: linked identifiers, links between them, components that they form,
        identifiers in the largest component, links left out by a cannot_link rule, persons who turned out to
        be another.

    Raises:
        duckdb.Error: When the first part of the dbt build has not run, or another process has the warehouse
            open.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True, config=settings.engine) as warehouse:
        links, cannot_link, seen = (
            warehouse.sql(query).to_arrow_table() for query in (LINKS, CANNOT_LINK, SEEN)
        )
    components = resolve(links, cannot_link)
    merges = find_merges(links, components, seen)
    write(components, folder(settings) / "components.parquet")
    write(merges, folder(settings) / "merges.parquet")
    return figures(links, components, merges)


def ensure_files(settings: Settings) -> None:
    """Writes empty tables where there are none, so that dbt always finds its sources."""
    for name, schema in (("components", COMPONENTS), ("merges", MERGES)):
        file = folder(settings) / f"{name}.parquet"
        if not file.exists():
            write(schema.empty_table(), file)


def figures(links: pa.Table, components: pa.Table, merges: pa.Table) -> dict[str, int]:
    """Counts what was found."""
    sizes = components["component"].value_counts().field("counts").to_numpy()
    return {
        "identifiers": len(components),
        "links": len(links),
        "components": len(sizes),
        "largest_component": int(sizes.max(initial=0)),
        "links_left_out": len(links) - len(within(links, components)),
        "merged_persons": len(merges),
    }


def folder(settings: Settings) -> Path:
    """Where the results lie."""
    return settings.resolved / "identity"


def write(table: pa.Table, file: Path) -> None:
    """Writes a table under a temporary name and renames it, so that no reader sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(file)
