"""Two warehouses held against each other: every model's table and view, row for row, in any order of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb

#: The schemas that hold models.
SCHEMAS = ("staging", "intermediate", "marts", "kpis", "segments")
#: Rows of a table that are shown when it differs.
SHOWN = 3


@dataclass(frozen=True)
class Exemption:
    """What is not compared, and why: columns, rows that do not fulfil a condition, or a table as a whole.

    Attributes:
        tables: Pattern of `schema.table`.
        reason: Why two builds of the same facts may differ in it.
        columns: Names of columns that are not compared.
        only_rows: Condition of the rows that are compared.
        having: The exemption is for tables with all of these columns.
    """

    tables: str
    reason: str
    columns: tuple[str, ...] = ()
    only_rows: str = ""
    having: tuple[str, ...] = ()

    def covers(self, table: str, columns: Iterable[str]) -> bool:
        """Whether it is an exemption for this table."""
        return fnmatch(table, self.tables) and set(columns).issuperset(self.having)

    @property
    def is_whole(self) -> bool:
        """Whether the table is not compared at all."""
        return not self.columns and not self.only_rows


#: The one list of what two builds of the same facts may differ in.
EXEMPTIONS = (
    Exemption("*.*__*", "what a model keeps beside its table to find out what has changed since"),
    Exemption("marts.about", "when the build ran", columns=("built_at",)),
    Exemption("*", "when a delivery was read", columns=("loaded_at",), having=("loaded_at",)),
    Exemption("staging.base_*", "the as_of at which a row was read: says the same", columns=("as_of",)),
    Exemption(
        "staging.base_*", "keys that no delivery has any more stay as withdrawn ones",
        only_rows="deleted is not true",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """Rows that one warehouse has more often than the other."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    surplus: dict[str, list[tuple[Any, ...]]]

    def __str__(self) -> str:
        """The table, its key, and the first rows that differ."""
        lines = [f"{self.table} (key: {', '.join(self.key) or 'unknown'})"]
        for name, rows in self.surplus.items():
            lines.append(f"  only {name}: {len(rows)} rows")
            lines += [f"    {self.shown(row)}" for row in sorted(rows, key=repr)[:SHOWN]]
        return "\n".join(lines)

    def shown(self, row: tuple[Any, ...]) -> str:
        """A row by its columns, the key first."""
        values = dict(zip(self.columns, row, strict=True))
        names = [*(name for name in self.key if name in values), *(n for n in values if n not in self.key)]
        return ", ".join(f"{name}={values[name]}" for name in names)


def differences(one: Path, other: Path, manifest: Path) -> list[Difference]:
    """What differs between two warehouses, table by table; rows are told apart by the names of the files."""
    keys = keys_of_tables(manifest)
    names = (one.stem, other.stem)
    with duckdb.connect() as both:
        for name, path in zip(names, (one, other), strict=True):
            both.execute(f"attach '{path}' as {name} (read_only)")
        tables = [columns_by_table(both, name) for name in names]
        found = []
        for table in sorted(tables[0].keys() | tables[1].keys()):
            columns = tables[0].get(table, ()), tables[1].get(table, ())
            if columns[0] != columns[1]:
                lacking = {name: [(c,) for c in each] for name, each in zip(names, columns, strict=True)}
                found.append(Difference(table, (), ("column",), lacking))
                continue
            exemptions = [each for each in EXEMPTIONS if each.covers(table, columns[0])]
            if any(each.is_whole for each in exemptions):
                continue
            compared = [c for c in columns[0] if not any(c in each.columns for each in exemptions)]
            rows = surplus(both, names, table, compared, [e.only_rows for e in exemptions if e.only_rows])
            if any(rows.values()):
                found.append(Difference(table, keys.get(table, ()), tuple(compared), rows))
    return found


def columns_by_table(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, tuple[str, ...]]:
    """The columns of each table and view in the schemas of models."""
    rows = connection.execute(
        "select table_schema || '.' || table_name, list(column_name order by column_name) "
        "from information_schema.columns where table_catalog = ? and list_contains(?, table_schema) "
        "group by all",
        [catalog, SCHEMAS],
    ).fetchall()
    return {table: tuple(columns) for table, columns in rows}


def surplus(
    both: duckdb.DuckDBPyConnection,
    names: tuple[str, str],
    table: str,
    columns: list[str],
    conditions: list[str],
) -> dict[str, list[tuple[Any, ...]]]:
    """For each warehouse the rows of a table that it has more often than the other."""
    where = " and ".join(conditions) or "true"
    listed = ", ".join(f'"{column}"' for column in columns)
    one, other = (f"select {listed} from {name}.{table} where {where}" for name in names)
    return {
        names[0]: both.execute(f"{one} except all {other}").fetchall(),
        names[1]: both.execute(f"{other} except all {one}").fetchall(),
    }


def keys_of_tables(manifest: Path) -> dict[str, tuple[str, ...]]:
    """The key of each table that the tests of dbt name one of."""
    nodes = json.loads(manifest.read_text())["nodes"]
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        tested = nodes.get(node.get("attached_node"))
        is_key = (node.get("test_metadata") or {}).get("name") == "one_row_per"
        if tested and is_key and not node["config"].get("where"):
            columns = node["test_metadata"]["kwargs"]["columns"]
            found.setdefault(f"{tested['schema']}.{tested['alias']}", tuple(columns))
    return found


def assert_same_tables(one: Path, other: Path, manifest: Path) -> None:
    """Fails with every table that differs, its key and the first rows."""
    found = differences(one, other, manifest)
    assert not found, f"{len(found)} tables differ\n" + "\n".join(map(str, found))
