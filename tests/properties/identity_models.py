"""The identity models as dbt compiles them, run on tables in memory: milliseconds, not a dbt run each."""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from naive_identity import KINDS, Row, Rule

from dagster_project.dbt_cli import dbt_command
from dagster_project.identity.components import KNOWN, resolve_changed
from dagster_project.settings import Settings

#: Feed, key, event time and identifiers, as staging names them.
FEEDS = {
    "orders": ("order_id", "ordered_at", ("shop_customer_id", "email", "phone", "device_id")),
    "customers": ("shop_customer_id", "known_at", ("shop_customer_id", "email", "phone", "line_user_id")),
    "sessions": ("session_id", "started_at", ("shop_customer_id", "email", "device_id")),
    "carts": ("cart_id", "created_at", ("shop_customer_id", "email", "device_id")),
    "leads": ("lead_id", "created_at", ("shop_customer_id", "email", "phone", "device_id")),
    "surveys": ("response_id", "responded_at", ("shop_customer_id", "email")),
    "email_events": ("event_id", "occurred_at", ("shop_customer_id", "email", "phone", "line_user_id")),
    "support_tickets": ("ticket_id", "opened_at", ("shop_customer_id", "email", "phone")),
    "reviews": ("review_id", "created_at", ("shop_customer_id", "email")),
    "consents": ("consent_id", "occurred_at", ("shop_customer_id", "email", "phone", "line_user_id")),
    "loyalty_points": ("entry_id", "occurred_at", ("shop_customer_id", "email")),
    "social_mentions": ("mention_id", "occurred_at", ("shop_customer_id",)),
    "referrals": ("referral_id", "created_at", ("shop_customer_id", "email")),
}
#: What is known before the first walk.
NOTHING = KNOWN.empty_table()
#: In the order of what they read; the walk over the graph comes after the first group.
BEFORE = (
    "int_identifier_sets",
    "int_identifier_pairs",
    "int_shared_devices",
    "int_identity_rules",
    "int_identifiers_first_seen",
    "int_identity_links",
)
AFTER = ("int_identifiers", "int_links_left_out", "int_person_merges", "int_persons", "int_identity_findings")


@dataclass(frozen=True)
class Models:
    """Compiled SQL by model."""

    sql: dict[str, str]

    def run(self, rows: list[Row], rules: list[Rule]) -> duckdb.DuckDBPyConnection:
        """A database with all identity tables for some rows in force; referrers are left empty."""
        warehouse = self.linked(rows, rules)
        store(warehouse, "intermediate.int_identity_components", resolve_changed(warehouse, NOTHING))
        self.build(warehouse, "intermediate", AFTER)
        self.build(warehouse, "marts", ("identities", "person_merges"))
        return warehouse

    def linked(self, rows: list[Row], rules: list[Rule]) -> duckdb.DuckDBPyConnection:
        """A database with the links of some rows in force, before any graph is walked."""
        warehouse = duckdb.connect()
        warehouse.execute("attach ':memory:' as warehouse")
        warehouse.execute("use warehouse")
        for schema in ("staging", "intermediate", "marts"):
            warehouse.execute(f"create schema {schema}")
        for feed in FEEDS:
            store(warehouse, f"staging.stg_{feed}", feed_table(feed, rows))
        store(warehouse, "staging.stg_identity_rules", rule_table(rules))
        self.build(warehouse, "intermediate", BEFORE)
        return warehouse

    def build(self, warehouse: duckdb.DuckDBPyConnection, schema: str, models: tuple[str, ...]) -> None:
        for model in models:
            warehouse.execute(f"create table {schema}.{model} as {self.sql[model]}")


def compile_models(settings: Settings) -> Models:
    """Compiles the identity models once."""
    names = [*BEFORE, *AFTER, "identities", "person_merges"]
    command = dbt_command(settings, "--quiet", "compile", "--select", *names)
    subprocess.run(command, env=os.environ | settings.environment(), check=True)
    compiled = settings.dbt_target / "compiled" / "lifecycle" / "models"
    return Models({name: next(compiled.rglob(f"{name}.sql")).read_text() for name in names})


def feed_table(feed: str, rows: list[Row]) -> pa.Table:
    """The rows of a feed as staging shows them."""
    key, time, kinds = FEEDS[feed]
    columns: defaultdict[str, list] = defaultdict(list)
    for row in (row for row in rows if row.feed == feed):
        values = dict(name.split(":", 1) for name in row.identifiers)
        for kind in kinds:
            columns[kind].append(values.get(kind))
        if key not in kinds:
            columns[key].append(row.key)
        columns[time].append(row.at)
    fields = {name: pa.string() for name in dict.fromkeys((*kinds, key))} | {time: pa.timestamp("us")}
    table = pa.table({name: pa.array(columns[name], kind) for name, kind in fields.items()})
    if feed != "referrals":
        return table
    table = table.rename_columns(
        [f"referee_{name}" if name in KINDS else name for name in table.column_names]
    )
    return table.append_column("referrer_shop_customer_id", pa.nulls(len(table), pa.string()))


def rule_table(rules: list[Rule]) -> pa.Table:
    """The rules as staging shows them."""
    columns = {"rule_id": "rule_id", "kind": "kind", "identifier_a": "a", "identifier_b": "b"}
    return pa.table(
        {name: pa.array([getattr(rule, of) for rule in rules], pa.string()) for name, of in columns.items()}
    )


def store(warehouse: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Writes a table."""
    warehouse.register("handed_over", table)
    warehouse.execute(f"create table {name} as select * from handed_over")
    warehouse.unregister("handed_over")
