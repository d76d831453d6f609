"""Marts → the published database, only after every model is built and every test has passed."""

from pathlib import Path

import dagster as dg

from dagster_project.publish.swap import publish, table_descriptions
from dagster_project.resources import POOL, DataFolder


def published_asset(manifest: Path, marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published database; it hangs on all marts, and a failed test of any of them keeps it back."""

    @dg.asset(
        key=["published", "lifecycle"],
        deps=marts,
        description="`published/lifecycle.duckdb`: what analysts open, replaced as a whole.",
        group_name="published",
        owners=["team:analytics"],
        kinds={"duckdb"},
        pool=POOL,
    )
    def lifecycle(data_folder: DataFolder) -> dg.MaterializeResult:
        settings = data_folder.settings
        published = publish(settings, table_descriptions(manifest))
        table = "\n".join(
            [
                "| table | rows |",
                "|---|---:|",
                *(f"| {t} | {n:,} |" for t, n in published.rows.items()),
            ]
        )
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(published.rows.values()),
                "tables": dg.MetadataValue.md(table),
                "megabytes": round(published.bytes / 1e6, 1),
                "path": dg.MetadataValue.path(settings.published),
            }
        )

    return lifecycle
