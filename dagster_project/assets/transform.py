"""Lake → marts and segments: the dbt models, in two parts with what Python computes between them.

dbt builds what needs no prediction (first part), models of buying are fitted and customers scored
(`predict`), dbt builds what reads that (second part).
"""

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtCliRuntimeError, DbtCliResource, dbt_assets

from dagster_project.assets.predict import predict_customers
from dagster_project.dbt_cli import keep_rules
from dagster_project.identity.components import figures
from dagster_project.predict.tables import ensure_files as ensure_predictions
from dagster_project.publish.reports import ensure_files as ensure_reports
from dagster_project.resources import POOL, DataFolder, dbt_arguments
from dagster_project.settings import Settings
from dagster_project.translator import LifecycleTranslator

logger = logging.getLogger(__name__)

#: How often a long build says how far it is.
PROGRESS_SECONDS = 5

#: How many rows a warning shows.
SHOWN_ROWS = 20

#: The asset that tells figures of identity.
COMPONENTS = dg.AssetKey(["intermediate", "int_identity_components"])

#: What must wait for the predictions.
PREDICTED = "source:resolved.prediction*+"


def failed_nodes(target: Path) -> list[str]:
    """What failed in the last dbt build, a line each: the name, and how many rows or which error."""
    results = json.loads((target / "run_results.json").read_text())["results"]
    return [
        f"{result['unique_id'].split('.')[2]}: {result['message']}"
        for result in results
        if result["status"] in {"error", "fail"}
    ]


def what_to_do(failed: list[str]) -> str:
    """What helps after a dbt build in which something failed, for people.

    Where memory ran out, fewer models at a time help: each may hold what the other needs.
    """
    advice = (
        "The SQL of each lies in `.dbt/compiled` of the data folder;"
        " `lifecycle dbt build --select NAME` runs one again, `lifecycle run` the day."
    )
    if any("Out of Memory" in failure for failure in failed):
        advice += (
            "\nMemory ran out: `lifecycle dbt run --threads 1` builds one model at a time, and"
            " `lifecycle run` goes on from there. `LIFECYCLE_MEMORY_LIMIT` gives DuckDB more."
        )
    return advice


def with_progress(events: Iterator[Any]) -> Iterator[Any]:
    """Passes events on and says every few seconds how many models are built and tests have run."""
    built = tested = 0
    said_at = time.monotonic()
    for event in events:
        is_test = isinstance(event, dg.AssetCheckResult | dg.AssetCheckEvaluation)
        built, tested = built + (not is_test), tested + is_test
        if time.monotonic() - said_at > PROGRESS_SECONDS:
            logger.info(f"dbt: {built} models built, {tested} tests passed …")
            said_at = time.monotonic()
        yield event
    logger.info(f"dbt: {built} models built, {tested} tests run")


def rows_warned_of(settings: Settings, test: str) -> str:
    """What a test of the last dbt build found, as text.

    Tests that warn name currencies, days and keys of rows, and no person.
    """
    results = json.loads((settings.dbt_target / "run_results.json").read_text())["results"]
    (sql,) = (result["compiled_code"] for result in results if result["unique_id"] == test)
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        found = connection.execute(f"select * from ({sql}\n) order by all limit {SHOWN_ROWS}")
        columns = [column for column, *_ in found.description]
        rows = found.fetchall()
    return "; ".join(
        ", ".join(f"{column} {value}" for column, value in zip(columns, row, strict=True)) for row in rows
    )


def with_warnings(events: Iterator[Any], settings: Settings) -> Iterator[Any]:
    """Passes events on; tests that warn come last, with what they warn of.

    While dbt is at work nobody else can open the warehouse.
    """
    warned = []
    for event in events:
        if (
            isinstance(event, dg.AssetCheckResult)
            and not event.passed
            and event.severity == dg.AssetCheckSeverity.WARN
        ):
            warned.append(event)
        else:
            yield event
    for event in warned:
        description = rows_warned_of(settings, str(event.metadata["unique_id"].value))
        logger.warning(f"{event.check_name}: {description}")
        yield dg.AssetCheckResult(
            passed=False,
            asset_key=event.asset_key,
            check_name=event.check_name,
            metadata=event.metadata,
            severity=event.severity,
            description=description,
        )


def with_figures(events: Iterator[Any], settings: Settings) -> Iterator[Any]:
    """Passes events on; figures of the groups of identifiers come last, when dbt has left the warehouse.

    They come too when what was built on the groups failed: a person of too many may be why.
    """
    found, failure = False, None
    try:
        for event in events:
            found |= isinstance(event, dg.Output) and event.output_name == COMPONENTS.to_python_identifier()
            yield event
    except DagsterDbtCliRuntimeError as error:
        failure = error
    if found:
        yield dg.AssetObservation(COMPONENTS, metadata=figures(settings))
    if failure:
        raise failure


def build(
    context: dg.AssetExecutionContext,
    dbt: DbtCliResource,
    settings: Settings,
    *,
    indirect_selection: str,
) -> Iterator[Any]:
    """Runs `dbt build` for the selected assets and passes its events on, telling how far it is.

    Raises:
        dg.Failure: When a model or a test failed; it says which, and what to do.
    """
    invocation = dbt.cli(
        dbt_arguments(settings, indirect_selection=indirect_selection),
        context=context,
        target_path=settings.dbt_target,
    )
    try:
        yield from with_figures(with_warnings(with_progress(invocation.stream()), settings), settings)
    except DagsterDbtCliRuntimeError as error:
        failed = failed_nodes(settings.dbt_target)
        raise dg.Failure(
            description=(
                f"{len(failed)} models or tests failed; the published data stays as it was.\n"
                + "\n".join([*failed, what_to_do(failed)])
            )
        ) from error


def transform_assets(manifest: Path) -> list[dg.AssetsDefinition]:
    """The two parts of the dbt build, and what is computed between them."""
    translator = LifecycleTranslator()

    @dbt_assets(
        manifest=manifest,
        exclude=PREDICTED,
        name="dbt_facts",
        dagster_dbt_translator=translator,
        pool=POOL,
    )
    def dbt_facts(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, data_folder: DataFolder
    ) -> Iterator[Any]:
        ensure_predictions(data_folder.settings)
        ensure_reports(data_folder.settings)
        # With `cautious`, of the tests on tables of both parts each runs with the last of them.
        yield from build(context, dbt, data_folder.settings, indirect_selection="cautious")

    @dbt_assets(
        manifest=manifest,
        select=PREDICTED,
        name="dbt_marts",
        dagster_dbt_translator=translator,
        pool=POOL,
    )
    def dbt_marts(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, data_folder: DataFolder
    ) -> Iterator[Any]:
        yield from build(context, dbt, data_folder.settings, indirect_selection="eager")
        keep_rules(data_folder.settings)

    return [dbt_facts, predict_customers, dbt_marts]
