"""How dbt's nodes look in Dagster: folder = schema = group, one rule for all.

https://docs.dagster.io/integrations/libraries/dbt/reference
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator


class LifecycleTranslator(DagsterDbtTranslator):
    """Names assets `schema/name`, as they are called in the warehouse, and groups them by schema."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and name; of a source, the schema is the room that writes it."""
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The schema."""
        return dbt_resource_props["schema"]

    def get_owners(self, _dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Business rules belong to the analysts."""
        return ["team:analytics"]
