"""A small warehouse with just what segment files are made of, and how to read those files back."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pyarrow.parquet

from dagster_project.activate.destination import Channel, Column, Destination
from dagster_project.activate.segment import Segment

DAY = date(2026, 11, 22)

SEGMENT = Segment(
    name="at_risk",
    name_ja="離反の恐れ",
    name_en="At risk",
    channel=Channel.EMAIL,
    destinations=("csv",),
    definition_sha256="0" * 64,
)

TABLES = {
    "marts.segment_members": {
        "segment": "varchar",
        "customer_id": "varchar",
        "valid_from": "date",
        "valid_to": "date",
        "is_control": "boolean",
    },
    "intermediate.int_contacts": {
        "customer_id": "varchar",
        "email": "varchar",
        "phone": "varchar",
        "line_user_id": "varchar",
        "name": "varchar",
        "birth_year": "integer",
        "prefecture": "varchar",
        "shop_customer_id": "varchar",
        "is_erased": "boolean",
    },
    "intermediate.int_consent_status": {
        "customer_id": "varchar",
        "channel": "varchar",
        "is_granted": "boolean",
    },
    "marts.customers": {
        "customer_id": "varchar",
        "stage": "varchar",
        "tier": "varchar",
        "orders": "bigint",
        "net_revenue": "decimal(18, 4)",
        "last_order_at": "timestamp",
        "clv_365d": "double",
    },
}


#: The names of stages and tiers, as the seeds have them.
LABELS = {
    "reference.stages": ("stage", {"at_risk": "離反懸念", "churned": "離反"}),
    "reference.tiers": ("tier", {"gold": "ゴールド"}),
}


def member(customer_id: str, **given: Any) -> dict[str, Any]:
    """A member that every rule lets through, but for what is given."""
    usual = {
        "customer_id": customer_id,
        "segment": SEGMENT.name,
        "valid_from": date(2026, 11, 1),
        "valid_to": None,
        "is_control": False,
        "is_erased": False,
        "email": f"{customer_id}@example.jp",
        "phone": None,
        "line_user_id": None,
        "name": "山田 太郎",
        "birth_year": 1980,
        "prefecture": "東京都",
        "shop_customer_id": f"S-{customer_id}",
        "consents": {"email": True},
        "stage": "at_risk",
        "tier": "gold",
        "orders": 3,
        "net_revenue": 12000,
        "last_order_at": datetime(2026, 8, 1, 10, 30),
        "clv_365d": 3450.5,
    }
    return usual | given


def build_warehouse(file: Path, members: list[dict[str, Any]]) -> Path:
    """Writes the warehouse's tables anew; every member is a person of its own."""
    consents = [
        {"customer_id": person["customer_id"], "channel": channel, "is_granted": is_granted}
        for person in members
        for channel, is_granted in person["consents"].items()
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(file) as connection:
        for table, columns in TABLES.items():
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            described = ", ".join(f"{name} {sql_type}" for name, sql_type in columns.items())
            connection.execute(f"create or replace table {table} ({described})")
            rows = consents if "consent" in table else members
            if rows:
                frame = pandas.DataFrame(
                    [[row[name] for name in columns] for row in rows], columns=[*columns]
                )
                frame = frame.astype(object).where(frame.notna(), None)
                connection.execute(f"insert into {table} select * from frame")
        connection.execute("create schema if not exists reference")
        for table, (code, labels) in LABELS.items():
            connection.execute(f"create or replace table {table} ({code} varchar, label_ja varchar)")
            connection.executemany(f"insert into {table} values (?, ?)", [*labels.items()])
    return file


def destination(**given: Any) -> Destination:
    """A destination that takes e-mail and name as they are, but for what is given."""
    usual = {
        "name": "mailer",
        "title_ja": "メール",
        "title_en": "Mail",
        "format": "csv",
        "extension": "csv",
        "opened_by": "machines",
        "channel": "email",
        "addresses": ["email"],
        "key": ["Email"],
        "columns": [Column(name="Email", value="email"), Column(name="Name", value="name")],
    }
    return Destination.model_validate(usual | given)


def files_of(folder: Path, kind: str) -> list[Path]:
    """The files of a kind, in the order of their parts."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [folder / file["name"] for file in manifest["files"] if file["kind"] == kind]


def rows_of(folder: Path, kind: str, encoding: str = "utf-8-sig") -> list[dict[str, Any]]:
    """The rows of a kind, read by other software than wrote them."""
    rows = []
    for file in files_of(folder, kind):
        if file.suffix == ".parquet":
            rows += pyarrow.parquet.read_table(file).to_pylist()
        else:
            text = io.StringIO(bytes_of(file).decode(encoding), newline="")
            rows += list(csv.DictReader(text, strict=True))
    return rows


def bytes_of(file: Path) -> bytes:
    """What the tool reads: a zip holds one file."""
    if not zipfile.is_zipfile(file):
        return file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        (entry,) = archive.namelist()
        return archive.read(entry)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a day with its bytes."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
