"""Joins everything; `workspace.yaml` points here. Nothing is decided in this file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import dagster as dg

from dagster_project.assets.activate import export_assets
from dagster_project.assets.ingest import export_specs, ingest_assets, landing_specs
from dagster_project.assets.publish import REPORTED, published_asset
from dagster_project.assets.push import push_assets
from dagster_project.assets.transform import transform_assets
from dagster_project.checks import quality_checks
from dagster_project.dbt_runner import ensure_manifest
from dagster_project.ingest.contracts import read_contracts
from dagster_project.jobs import daily_job
from dagster_project.partitions import delivery_days
from dagster_project.resources import shop_resources
from dagster_project.schedules import daily_schedule
from dagster_project.sensors import landing_sensor
from dagster_project.settings import Settings


def build_defs(
    settings: Settings | None = None, resources: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """All definitions for a data folder; tests may hand in other resources."""
    settings = settings or Settings()
    os.environ.update(settings.environment())
    feeds, manifest = read_contracts(), ensure_manifest(settings)
    days = delivery_days(settings, feeds)
    transform = transform_assets(manifest)
    marts = [key for asset in transform for key in asset.keys if key.path[0] == "marts"]
    return dg.Definitions(
        assets=[
            *landing_specs(feeds),
            *export_specs(settings),
            *REPORTED,
            ingest_assets(feeds, days),
            *transform,
            published_asset(manifest, marts),
            export_assets(days),
            *push_assets(),
        ],
        asset_checks=quality_checks(settings),
        jobs=[daily_job(days)],
        schedules=[daily_schedule(settings)],
        sensors=[landing_sensor(settings, feeds)],
        resources=shop_resources(settings) | dict(resources or {}),
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the shop whose data folder the environment names."""
    return build_defs()
