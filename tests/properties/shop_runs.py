"""Runs of the pipeline on random shops: the landing zone to the lake, and the lake to tables."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from built_shop import dbt
from naive_lifecycle import Thresholds
from naive_shop import Rules

from dagster_project.ingest.contracts import read_contracts
from dagster_project.ingest.delivery import ingest_delivery
from dagster_project.ingest.lake import ensure_schema_files
from dagster_project.ingest.landing import pending_deliveries
from dagster_project.predict.tables import ensure_files as ensure_predictions
from dagster_project.publish.reports import ensure_files as ensure_reports
from dagster_project.settings import Settings
from dagster_project.state import advance_as_of

#: Short periods, so that every stage comes and goes within the weeks of the shops.
THRESHOLDS = Thresholds(
    prospect_days=9, at_risk_days=12, churn_days=30, advocacy_days=20, loyalty_orders=3, loyalty_days=40
)
RULES = Rules(repeat_days=40, lead_window=20)
#: A second order is asked for while there is still somebody to ask.
OTHER_SETTINGS = {"repeat_days": 40, "lead_window": 20, "second_order_from_days": 5}
SHOP_YML = "".join(f"{name}: {value}\n" for name, value in (vars(THRESHOLDS) | OTHER_SETTINGS).items())
#: Data is tested elsewhere: here whole tables are compared.
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def new_shop(data: Path) -> Settings:
    """An empty data folder with the settings of these shops."""
    data.mkdir(parents=True)
    (data / "shop.yml").write_text(SHOP_YML)
    return Settings(data=data, hash_key="key-of-the-tests")


def read_landing(settings: Settings, day: date) -> None:
    """The first part of a run of the day: what is new in the landing zone, to the lake."""
    as_of = advance_as_of(settings, day)
    feeds = read_contracts()
    ensure_schema_files(settings, feeds.values())
    for feed in feeds.values():
        for pending in pending_deliveries(settings, feed, as_of):
            ingest_delivery(settings, feed, pending)
    ensure_predictions(settings)
    ensure_reports(settings)


def run(settings: Settings, day: date) -> None:
    """One run of the pipeline: what is new in the landing zone, to the marts, without predictions."""
    read_landing(settings, day)
    dbt(settings, "build", *WITHOUT_TESTS)


def rebuild(settings: Settings) -> Path:
    """A warehouse built at once of what the lake holds; that of the shop stays as it was."""
    aside = settings.warehouse.rename(settings.data / "aside.duckdb")
    dbt(settings, "build", *WITHOUT_TESTS)
    rebuilt = settings.warehouse.rename(settings.data / "rebuilt.duckdb")
    aside.rename(settings.warehouse)
    return rebuilt


def kept(settings: Settings, name: str) -> Path:
    """A copy of the warehouse as it is now."""
    return shutil.copyfile(settings.warehouse, settings.data / f"{name}.duckdb")
