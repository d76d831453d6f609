"""How dbt's nodes look in Dagster: named as in the warehouse, grouped by topic, one rule for all.

https://docs.dagster.io/integrations/libraries/dbt/reference
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from dagster_project.dbt_cli import FULL_BUILD

#: The layers of dbt that have a folder per topic, of the same names; seeds and as_of are on none.
LAYERS_BY_TOPIC = {"intermediate", "marts"}


class LifecycleTranslator(DagsterDbtTranslator):
    """Names assets `schema/name`, as they are called in the warehouse, and groups them by topic."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and name; of a source, the schema is the room that writes it."""
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The topic, which is a model's folder; of what is on no topic, the layer."""
        if dbt_resource_props["resource_type"] == "source":
            return dbt_resource_props["schema"]
        _project, *folders, _name = dbt_resource_props["fqn"]
        if folders and folders[0] in LAYERS_BY_TOPIC:
            folders = folders[1:]
        return folders[0] if folders else "reference"

    def get_owners(self, _dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Business rules belong to the analysts."""
        return ["team:analytics"]

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """A check for a test of every run: of one that runs seldom, Dagster would say that it never did."""
        if FULL_BUILD in manifest["nodes"][unique_id]["tags"]:
            return None
        return super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
