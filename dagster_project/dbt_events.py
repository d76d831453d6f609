"""dbt's finished nodes as Dagster's events: a model is a materialisation, a test a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

import dagster as dg

from dagster_project.dbt_runner import FinishedNode

#: Where dagster-dbt keeps dbt's own name of an asset or a check, in the metadata of its definition.
UNIQUE_ID = "dagster_dbt/unique_id"

Event = dg.MaterializeResult | dg.AssetCheckResult


@dataclass(frozen=True)
class Nodes:
    """What dbt's nodes are called in Dagster.

    Attributes:
        assets: Keys of models and seeds by dbt's unique id.
        checks: Keys of tests by dbt's unique id.
    """

    assets: Mapping[str, dg.AssetKey]
    checks: Mapping[str, dg.AssetCheckKey]

    @classmethod
    def of(cls, definition: dg.AssetsDefinition) -> Nodes:
        """The nodes of a part of the build."""
        return cls(
            {spec.metadata[UNIQUE_ID]: spec.key for spec in definition.specs},
            {spec.metadata[UNIQUE_ID]: spec.key for spec in definition.check_specs},
        )

    def only(self, assets: Set[dg.AssetKey], checks: Set[dg.AssetCheckKey]) -> Nodes:
        """Those that a run has chosen."""
        return Nodes(
            {node: key for node, key in self.assets.items() if key in assets},
            {node: key for node, key in self.checks.items() if key in checks},
        )

    def selection(self) -> list[str]:
        """dbt's arguments that build just these: their names, and no test besides."""
        models = [node.split(".")[2] for node in self.assets]
        tests = [key.name for key in self.checks.values()]
        return ["--indirect-selection", "empty", "--select", *models, *tests]

    def events(self, node: FinishedNode, description: str | None = None) -> Iterator[Event]:
        """What Dagster gets of a finished node: nothing of what failed to be built or was skipped."""
        if node.unique_id in self.assets and node.status == "success":
            yield dg.MaterializeResult(
                asset_key=self.assets[node.unique_id], metadata={"Execution Duration": node.seconds}
            )
        if node.unique_id in self.checks and node.status != "skipped":
            key = self.checks[node.unique_id]
            warns = node.status == "warn"
            yield dg.AssetCheckResult(
                passed=node.status == "pass",
                asset_key=key.asset_key,
                check_name=key.name,
                description=description,
                severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
                metadata={"Execution Duration": node.seconds, "dagster_dbt/failed_row_count": node.failures},
            )
