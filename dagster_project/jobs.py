"""What is run together.

https://docs.dagster.io/guides/build/jobs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

DAILY = "daily"


def daily_job(partitions: dg.PartitionsDefinition) -> UnresolvedAssetJobDefinition:
    """The day: files in, persons, stages, KPIs and segments out; nothing is sent to anybody.

    In one process: steps of their own would each pay seconds of imports, and the database has one writer
    anyway.
    """
    return dg.define_asset_job(
        DAILY,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups("landing", "pushes"),
        description="Reads what was delivered and rebuilds, tests and publishes everything.",
        partitions_def=partitions,
        executor_def=dg.in_process_executor,
    )
