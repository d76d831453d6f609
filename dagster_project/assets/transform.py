"""Lake → marts and segments: the dbt models, in two parts with what Python computes between them.

dbt builds what needs no prediction (first part), models of buying are fitted and customers scored
(`predict`), dbt builds what reads that (second part).
"""

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import duckdb
from dagster_dbt import dbt_assets

from dagster_project.assets.predict import predict_customers
from dagster_project.dbt_cli import build_arguments, forget_rules_if_changed, keep_rules
from dagster_project.dbt_events import Event, Nodes
from dagster_project.dbt_failures import about_dbt, about_nodes
from dagster_project.dbt_runner import DbtError, FinishedNode, Invocation, Result
from dagster_project.identity.components import figures
from dagster_project.predict.tables import ensure_files as ensure_predictions
from dagster_project.publish.reports import ensure_files as ensure_reports
from dagster_project.resources import POOL, DataFolder
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


def with_progress(nodes: Iterator[FinishedNode]) -> Iterator[FinishedNode]:
    """Passes nodes on and says every few seconds how many models are built and tests have run."""
    built = tested = 0
    said_at = time.monotonic()
    for node in nodes:
        is_test = node.failures is not None
        built, tested = built + (not is_test), tested + is_test
        if time.monotonic() - said_at > PROGRESS_SECONDS:
            logger.info(f"dbt: {built} models built, {tested} tests run …")
            said_at = time.monotonic()
        yield node
    logger.info(f"dbt: {built} models built, {tested} tests run")


def rows_warned_of(settings: Settings, sql: str) -> str:
    """What a test found, as text.

    Tests that warn name currencies, days and keys of rows, and no person.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        found = connection.execute(f"select * from ({sql}\n) order by all limit {SHOWN_ROWS}")
        columns = [column for column, *_ in found.description]
        rows = found.fetchall()
    return "; ".join(
        ", ".join(f"{column} {value}" for column, value in zip(columns, row, strict=True)) for row in rows
    )


def warnings(
    settings: Settings, nodes: Nodes, warned: Sequence[FinishedNode], results: Sequence[Result]
) -> Iterator[Event]:
    """The checks that warn, with the rows that they warn of, as no other process can look while dbt works."""
    sql = {result.unique_id: result.sql for result in results}
    for node in warned:
        description = rows_warned_of(settings, sql[node.unique_id])
        logger.warning(f"{node.unique_id.split('.')[2]}: {description}")
        yield from nodes.events(node, description)


def build(
    context: dg.AssetExecutionContext, settings: Settings, part: Nodes, selection: Sequence[str]
) -> Iterator[Event | dg.AssetObservation]:
    """Runs `dbt build` and tells Dagster of each node when it is done.

    Args:
        context: Says which of the nodes are asked for.
        settings: The shop's.
        part: All nodes of this part of the build.
        selection: dbt's arguments that select all of them, with the tests that Dagster does not know.

    Raises:
        dg.Failure: When a model or a test failed, or dbt itself; it says which, and what to do.
    """
    nodes = part.only(context.selected_asset_keys, context.selected_asset_check_keys)
    arguments = build_arguments(settings, selection if nodes == part else nodes.selection())
    forget_rules_if_changed(settings)
    invocation = Invocation(settings, arguments)
    warned, built = [], set()
    try:
        for node in with_progress(invocation.finished_nodes()):
            if node.status == "warn":
                warned.append(node)
                continue
            for event in nodes.events(node):
                built.add(event.asset_key)
                yield event
    except DbtError as error:
        raise dg.Failure(description=about_dbt(str(error))) from error
    yield from warnings(settings, nodes, warned, invocation.results)
    if COMPONENTS in built:
        # Also when what was built on the groups failed: a person of too many identifiers may be why.
        yield dg.AssetObservation(COMPONENTS, metadata=figures(settings))
    if not invocation.succeeded:
        raise dg.Failure(description=about_nodes(invocation.results))


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
    def dbt_facts(context: dg.AssetExecutionContext, data_folder: DataFolder) -> Iterator[object]:
        settings = data_folder.settings
        ensure_predictions(settings)
        ensure_reports(settings)
        # With `cautious`, of the tests on tables of both parts each runs with the last of them.
        yield from build(
            context, settings, facts, ["--indirect-selection", "cautious", "--exclude", PREDICTED]
        )

    @dbt_assets(
        manifest=manifest,
        select=PREDICTED,
        name="dbt_marts",
        dagster_dbt_translator=translator,
        pool=POOL,
    )
    def dbt_marts(context: dg.AssetExecutionContext, data_folder: DataFolder) -> Iterator[object]:
        settings = data_folder.settings
        yield from build(context, settings, marts, ["--indirect-selection", "eager", "--select", PREDICTED])
        keep_rules(settings)

    facts, marts = Nodes.of(dbt_facts), Nodes.of(dbt_marts)
    return [dbt_facts, predict_customers, dbt_marts]
