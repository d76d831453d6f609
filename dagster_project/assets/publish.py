"""Marts → the published database, only after every model is built and every test has passed."""

import logging
from pathlib import Path

import dagster as dg

from dagster_project.left_out import as_lines, left_out_if_failing
from dagster_project.publish.merge_report import MergeReport, merge_report
from dagster_project.publish.reports import remember
from dagster_project.publish.swap import publish, table_descriptions
from dagster_project.resources import POOL, DataFolder

logger = logging.getLogger(__name__)

#: What a run remembers for the next ones. Lineage to the run that writes it would go in a circle.
REPORTED = [
    dg.AssetSpec(
        dg.AssetKey(["reported", name]),
        description=description,
        group_name="reported",
        owners=["team:data"],
        kinds={"parquet"},
    )
    for name, description in (
        ("kpis", "The first value of every KPI that was published after its period was over."),
        ("facts", "Counts and checksums of the facts of each day, whenever they changed."),
    )
]


NOTHING_LEFT_OUT = dg.AssetCheckSpec(
    "nothing_left_out",
    asset=dg.AssetKey(["published", "lifecycle"]),
    description="What a publication can do without was made too: the report of merges, the memory of values.",
)


def published_asset(manifest: Path, marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published database; it hangs on all marts, and a failed test of any of them keeps it back."""

    @dg.asset(
        key=["published", "lifecycle"],
        deps=marts,
        description="`published/lifecycle.duckdb`: what analysts open, replaced as a whole.",
        group_name="published",
        owners=["team:analytics"],
        kinds={"duckdb"},
        check_specs=[NOTHING_LEFT_OUT],
        pool=POOL,
    )
    def lifecycle(data_folder: DataFolder) -> dg.MaterializeResult:
        settings, left_out = data_folder.settings, dict[str, str]()
        merged, remembered = MergeReport([], [], []), dict[str, int]()
        with left_out_if_failing("merge report", left_out):
            merged = merge_report(settings)
        published = publish(settings, table_descriptions(manifest))
        with left_out_if_failing("memory of what was reported", left_out):
            remembered = remember(settings)
        if merged.merges:
            logger.info(f"{len(merged.merges)} persons turned out to be another since the last publication")
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
                "newly_merged_persons": len(merged.merges),
                "merge_report": dg.MetadataValue.md(merged.as_markdown()),
                **remembered,
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=NOTHING_LEFT_OUT.name,
                    passed=not left_out,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=as_lines(left_out) or None,
                )
            ],
        )

    return lifecycle
