"""Faults in the list of touched persons: each branch of it leaves out some shops, each branch others.

A branch is a part of a union in the list's model. As shops have nothing to do with each other, one build with
all faults shows for every branch whether its shops miss something: a branch that nobody would miss is found,
and so is a change that the shops do not draw.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from same_tables import differences
from shop_runs import WITHOUT_TESTS

from dagster_project.dbt_cli import dbt_command
from dagster_project.settings import DBT, PROJECT, Settings

#: The model whose branches say which persons are touched.
TOUCHED = "touched_persons"
#: How a shop's own keys and identifiers, and its phone numbers, show the number of the shop.
OF_SHOP = r"\bs(\d{4})[a-z]|^\+8190(\d{4})"
KINDS = ("shop_customer_id", "email", "phone", "line_user_id", "device_id")
#: What tells where SQL nests, and where a union has its parts; comments and texts are passed over.
TOKENS = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\(|\)|\bunion\b(?:\s+all\b)?", re.IGNORECASE)


@dataclass(frozen=True)
class Branch:
    """A part of the compiled SQL of the list, from one position to another."""

    start: int
    end: int
    sql: str

    def __str__(self) -> str:
        """The part in one line."""
        return " ".join(self.sql.split())[:150]


@dataclass(frozen=True)
class Model:
    """The model of the list: its file, its SQL as it was run last, and what it reads."""

    file: Path
    compiled: str
    reads: tuple[str, ...]

    def branches(self) -> list[Branch]:
        """The parts of the unions that its CTEs are."""
        return [
            Branch(first, last, self.compiled[first:last])
            for name, start, end in ctes(self.compiled)
            if f"\n{name} as (" in self.file.read_text() and len(parts(self.compiled, start, end)) > 1
            for first, last in parts(self.compiled, start, end)
        ]

    def with_faults(self) -> str:
        """The file of the model, in which each branch leaves out the keys that are listed for its number."""
        sql = self.compiled
        for number, branch in sorted(enumerate(self.branches()), key=lambda each: -each[1].start):
            left_out = f"select key from faults.left_out where branch = {number}"
            sql = (
                f"{sql[: branch.start]}\nselect * from (\n{branch.sql}\n) as branch "
                f"where coalesce(cast(columns(*) as varchar), '') not in ({left_out})\n{sql[branch.end :]}"
            )
        source = self.file.read_text()
        configured = source[: re.search(r"^with$", source, re.MULTILINE).start()]  # type: ignore[union-attr]
        references = "".join(f"-- depends_on: {{{{ ref('{name}') }}}}\n" for name in self.reads)
        return configured + references + sql[re.search(r"^with$", sql, re.MULTILINE).start() :]  # type: ignore[union-attr]


def ctes(sql: str) -> Iterator[tuple[str, int, int]]:
    """The name of each CTE, where its query begins, and where it ends."""
    depth, start, name = 0, 0, None
    for token in TOKENS.finditer(sql):
        if token[0] == "(":
            depth += 1
            named = re.search(r"(\w+) as $", sql[: token.start()]) if depth == 1 else None
            if named:
                name, start = named[1], token.end()
        elif token[0] == ")":
            depth -= 1
            if depth == 0 and name:
                yield name, start, token.start()
                name = None


def parts(sql: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the parts of a union begin and end, on the level of the query between two positions."""
    depth, found, begin = 0, [], start
    for token in TOKENS.finditer(sql, start, end):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and token[0].lower().startswith("union"):
            found.append((begin, token.start()))
            begin = token.end()
    return [*found, (begin, end)]


def list_of_touched(settings: Settings) -> Model:
    """The model of the list."""
    nodes = json.loads((settings.dbt_target / "manifest.json").read_text())["nodes"]
    (node,) = (node for node in nodes.values() if node["name"] == TOUCHED)
    path = node["original_file_path"]
    reads = [read.split(".")[-1] for read in node["depends_on"]["nodes"] if "model." in read]
    return Model(
        DBT / path, (settings.dbt_target / "compiled" / "lifecycle" / path).read_text(), tuple(reads)
    )


def project_with_faults(folder: Path, model: Model) -> Path:
    """A copy of the dbt project with faults in all branches."""
    project = Path(shutil.copytree(DBT, folder / "dbt"))
    for name in ("dagster_project", "seeds"):
        (folder / name).symlink_to(PROJECT / name)
    (project / model.file.relative_to(DBT)).write_text(model.with_faults())
    return project


def keys_of_shops(warehouse: Path, hash_key: str) -> dict[str, int]:
    """The shop of every key and identifier, as delivered, with its kind, and as a pseudonym."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'staging' and data_type = 'VARCHAR' and starts_with(table_name, 'stg_') "
            "and regexp_matches(column_name, '_id$|email$|phone$')"
        ).fetchall()
        values = {
            value
            for table, column in columns
            for (value,) in connection.execute(f'select distinct "{column}" from staging.{table}').fetchall()
        }
    found: dict[str, int] = {}
    for value in values - {None}:
        shop = re.search(OF_SHOP, value)
        if shop:
            named = [f"{kind}:{value}" for kind in KINDS]
            pseudonyms = [hashlib.sha256(f"{hash_key}:{name}".encode()).hexdigest()[:32] for name in named]
            found |= dict.fromkeys((value, *named, *pseudonyms), int(shop[1] or shop[2]))
    return found


def shops_in(rows: Iterable[tuple[Any, ...]], keys: dict[str, int]) -> set[int]:
    """The shops that rows are of."""
    found = set()
    for value in (value for row in rows for value in row if isinstance(value, str)):
        if value in keys:
            found.add(keys[value])
        found.update(int(one or other) for one, other in re.findall(OF_SHOP, value))
    return found


def unnoticed_faults(settings: Settings, before: Path, after: Path, folder: Path) -> list[Branch]:
    """The branches whose shops miss nothing when the branch leaves them out.

    Args:
        settings: The shop, whose lake is built with faults. Its warehouse is replaced.
        before: The warehouse that is built upon.
        after: The warehouse that comes of it without faults.
        folder: An empty folder.
    """
    keys = keys_of_shops(after, settings.hash_key) | keys_of_shops(before, settings.hash_key)
    model = list_of_touched(settings)
    branches = model.branches()
    shutil.copyfile(before, settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema faults")
        warehouse.execute(
            "create table faults.left_out as select unnest($1) as key, unnest($2) as branch",
            [list(keys), [shop % len(branches) for shop in keys.values()]],
        )
    target = folder / "target"
    target.mkdir()
    shutil.copy(settings.dbt_target / "partial_parse.msgpack", target)
    project = project_with_faults(folder, model)
    elsewhere = {str(DBT): str(project), str(settings.dbt_target): str(target)}
    command = dbt_command(settings, "--quiet", "build", *WITHOUT_TESTS)
    done = subprocess.run(
        [elsewhere.get(part, part) for part in command],
        env=os.environ | settings.environment(), check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = differences(settings.warehouse, after, settings.dbt_target / "manifest.json")
    missing = shops_in((row for each in found for rows in each.surplus.values() for row in rows), keys)
    noticed = {shop % len(branches) for shop in missing}
    return [branch for number, branch in enumerate(branches) if number not in noticed]
