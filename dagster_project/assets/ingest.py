"""Landing zone → lake: one asset per feed, partitioned by day of delivery."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg

from dagster_project.dbt_cli import is_built_by_todays_rules
from dagster_project.erasure.erase import resume
from dagster_project.files import DiskFull, require_space
from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.delivery import DeliveryReport, ingest_delivery
from dagster_project.ingest.lake import ensure_schema_files
from dagster_project.ingest.landing import (
    file_undated,
    landing_days,
    lost_deliveries,
    not_filed,
    pending_deliveries,
)
from dagster_project.ingest.quarantine import Finding
from dagster_project.ingest.waiting import settle
from dagster_project.intake.filing import take_in_inbox
from dagster_project.intake.formats import read_formats
from dagster_project.intake.pending import Translation, sources, translate_pending
from dagster_project.intake.waiting import all_waiting
from dagster_project.publish.swap import space_needed
from dagster_project.resources import POOL, DataFolder
from dagster_project.settings import Settings
from dagster_project.state import advance_as_of

logger = logging.getLogger(__name__)

#: Lost deliveries that a failure lists; it counts all.
LISTED = 20

#: What the smallest run takes: logs, records of Dagster and dbt, tables of fixed size.
LEAST_SPACE = 100_000_000

#: Reasons listed with a materialisation.
MOST_FINDINGS = 50

#: What a name of a column looks like that may be shown: it cannot be an address or a sentence.
SHOWN_NAME = re.compile(r"[a-z0-9_ぁ-んァ-ヶ一-龠]{1,40}")

#: From how many rows on a file is long enough to say how far it is read.
LONG_FILE_ROWS = 100_000


def column_schema(feed: Feed) -> dg.TableSchema:
    """The feed's contract as Dagster shows it."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.data_type,
                column.description,
                constraints=dg.TableColumnConstraints(nullable=not column.is_required),
            )
            for column in feed.columns
        ]
    )


def feed_specs(feeds: Mapping[str, Feed], partitions: dg.PartitionsDefinition) -> list[dg.AssetSpec]:
    """One asset per feed, named as its source is in dbt."""
    return [
        dg.AssetSpec(
            dg.AssetKey(["lake", feed.name]),
            deps=[dg.AssetKey(["landing", feed.name])],
            description=feed.description,
            metadata={"dagster/column_schema": column_schema(feed)},
            group_name="lake",
            owners=["team:data"],
            kinds={"parquet", "duckdb"},
            partitions_def=partitions,
        )
        for feed in feeds.values()
    ]


def landing_specs(feeds: Mapping[str, Feed]) -> list[dg.AssetSpec]:
    """The files of the shop, where lineage begins, and what ingestion writes down about its work."""
    bookkeeping = [
        dg.AssetSpec(
            dg.AssetKey(["lake", name]),
            deps=[dg.AssetKey(["lake", feed]) for feed in feeds],
            description=description,
            group_name="lake",
            owners=["team:data"],
        )
        for name, description in (
            ("deliveries", "What became of every delivery: rows delivered, taken, quarantined."),
            ("state", "The greatest business day ever run."),
        )
    ]
    return [
        *bookkeeping,
        *(
            dg.AssetSpec(
                dg.AssetKey(["landing", feed.name]),
                description=f"Files that the shop puts into `landing/{feed.name}/`.",
                group_name="landing",
                owners=["team:data"],
                kinds={"file"},
            )
            for feed in feeds.values()
        ),
    ]


def export_specs(settings: Settings) -> list[dg.AssetSpec]:
    """The exports that this shop has handed over, by format, where lineage begins."""
    forms = {source.form.name: source.form for source in sources(settings, read_formats(settings))}
    return [
        dg.AssetSpec(
            dg.AssetKey(["landing", name]),
            description=f"{form.title['ja']} / {form.title['en']}, as rows of {', '.join(form.feeds)}.",
            group_name="landing",
            owners=["team:data"],
            kinds={"file"},
        )
        for name, form in forms.items()
    ]


def metadata(reports: list[DeliveryReport]) -> dict[str, Any]:
    """What was read, without a value of any row."""
    quarantined = sum(report.quarantined for report in reports)
    found: dict[str, Any] = {
        "dagster/row_count": sum(report.taken for report in reports),
        "quarantined": quarantined,
        "values_nulled": sum(sum(report.nulled.values()) for report in reports),
        "files": sum(len(report.files) for report in reports),
        "deliveries": len(reports),
    }
    unknown = sorted({column for report in reports for column in report.unknown_columns})
    if unknown:
        found["unknown_columns"] = shown_columns(unknown)
    findings = [(report, finding) for report in reports for finding in report.findings]
    if findings:
        found["not_read"] = dg.MetadataValue.table([record(*each) for each in findings[:MOST_FINDINGS]])
        found["what_to_do"] = "`lifecycle quarantine` lists file, line, column and reason"
    return found


def record(report: DeliveryReport, finding: Finding) -> dg.TableRecord:
    """A reason for which rows were quarantined or values left out, as Dagster shows it."""
    return dg.TableRecord(
        {
            "file": f"{report.feed}/{report.day}/{finding.file}",
            "line": finding.first_line or "",
            "column": finding.column or "",
            "became": finding.kind,
            "rows": finding.rows,
            "reason": finding.reason,
        }
    )


def shown_columns(names: Iterable[str]) -> str:
    """Names of columns that the contract does not know; one that might be a value is only counted."""
    names = list(names)
    shown = [name for name in names if SHOWN_NAME.fullmatch(name)]
    others = len(names) - len(shown)
    return ", ".join([*shown, *([f"{others} more, whose names are not shown"] if others else [])])


def ingest_assets(
    feeds: Mapping[str, Feed], partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """The multi-asset that reads deliveries: those of the run's days, and all earlier ones not read yet."""

    @dg.multi_asset(
        name="ingest",
        specs=feed_specs(feeds, partitions),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def ingest(context: dg.AssetExecutionContext, data_folder: DataFolder) -> Iterator[dg.MaterializeResult]:
        settings = data_folder.settings
        if resume(settings):
            logger.warning("an erasure was cut off: its files are rewritten; `lifecycle erase` completes it")
        selected = [feeds[key.path[-1]] for key in sorted(context.selected_asset_keys)]
        for moved in file_undated(settings, feeds.values(), settings.now().date()):
            logger.info(f"{moved.feed}: a file without a day is filed under {moved.target.parent.name}")
        for problem in (*landing_days(settings, feeds).problems, *not_filed(settings, feeds.values())):
            logger.warning(f"landing/{problem.path}: {problem.reason}")
        tell_inbox(settings, feeds)
        days = [date.fromisoformat(key) for key in context.partition_keys]
        refuse_what_cannot_end_well(settings, selected, max(days))
        as_of = advance_as_of(settings, max(days))
        for translation in translate_pending(settings, read_formats(settings), feeds, as_of):
            log_translation(context, translation)
        ensure_schema_files(settings, feeds.values())
        for feed in selected:
            reports = list(read_pending(settings, feed, as_of, days))
            log_other_days(context, feed, reports, days)
            mine = [report for report in reports if report.day in days]
            yield dg.MaterializeResult(asset_key=["lake", feed.name], metadata=metadata(mine))

    return ingest


def refuse_what_cannot_end_well(settings: Settings, feeds: list[Feed], day: date) -> None:
    """Stops a run before it changes anything, when rows are lost for good or the disk is too full.

    Raises:
        dg.Failure: It says what to do.
    """
    lost = lost_deliveries(settings, feeds, day)
    if lost:
        told = [f"{problem.path}: {problem.reason}" for problem in lost[:LISTED]]
        more = [f"… and {len(lost) - LISTED} more"] if len(lost) > LISTED else []
        raise dg.Failure(description="\n".join([*told, *more]))
    try:
        require_space(settings.data, space_for_a_run(settings, feeds, day), "this run")
    except DiskFull as error:
        raise dg.Failure(description=str(error)) from None


def space_for_a_run(settings: Settings, feeds: list[Feed], day: date) -> int:
    """Bytes that a run is going to take beside what is there, as far as it can be known before.

    The files that wait, once as Parquet and once as tables; a second published file; and what DuckDB writes
    anew of the warehouse: a fifth of it, or all when it is rebuilt by other rules.
    """
    waiting = sum(
        file.stat().st_size
        for delivery in all_waiting(settings, {feed.name: feed for feed in feeds}, day)
        for file in delivery.files
        if file.exists()
    )
    warehouse = settings.warehouse.stat().st_size if settings.warehouse.exists() else 0
    rebuilt = warehouse // 5 if is_built_by_todays_rules(settings) else warehouse
    return LEAST_SPACE + 2 * waiting + rebuilt + space_needed(settings)


def tell_inbox(settings: Settings, feeds: Mapping[str, Feed]) -> None:
    """Files what lies in the inbox, and tells what was filed and what stays there for which reason."""
    looked = take_in_inbox(settings, feeds)
    for filed in looked.filed:
        where = "was added before: nothing to do" if filed.is_known else f"filed under {filed.day}"
        logger.info(f"inbox: {filed.export.name}: {filed.recognised.name}, {where}")
    for _, problem in looked.not_taken:
        logger.warning(f"inbox: {problem}")


def log_translation(context: dg.AssetExecutionContext, translation: Translation) -> None:
    """Tells Dagster what became of the exports of one format and day."""
    source, account = translation.source, translation.account
    name = f"{source.folder} {translation.day}"
    if translation.problem:
        logger.warning(f"{name}: {translation.problem}")
        return
    logger.info(f"{name}: {account.delivered:,} rows, {account.taken:,} taken")
    if account.control_problem:
        logger.warning(f"{name}: the control sum is off: {account.control_problem}")
    asset = dg.AssetKey(["landing", source.form.name])
    context.log_event(
        dg.AssetMaterialization(
            asset,
            partition=translation.day.isoformat(),
            description=f"{source.form.title['en']}, translated into rows of feeds.",
            metadata=translation_metadata(translation),
        )
    )


def translation_metadata(translation: Translation) -> dict[str, int | str]:
    """Format, rows by feed, what was left out and why, sums; without a value of any row."""
    account = translation.account
    found: dict[str, int | str] = {
        "format": translation.source.folder,
        "dagster/row_count": account.taken,
        "delivered": account.delivered,
        "not_rows": account.not_rows,
        "duplicates": account.duplicates + account.replaced,
        "set_aside": sum(account.set_aside.values()),
        "quarantined": sum(account.quarantined.values()),
    }
    found |= {f"rows/{feed}": count for feed, count in account.feeds.items()}
    found |= {f"set_aside/{reason}": count for reason, count in account.set_aside.items()}
    found |= {f"control_sum/{name}": value for name, value in account.control.items()}
    if account.control_problem:
        found["control_problem"] = account.control_problem
    if account.unread:
        found["unread_columns"] = ", ".join(account.unread)
    return found


def read_pending(settings: Settings, feed: Feed, as_of: date, days: list[date]) -> Iterator[DeliveryReport]:
    """Reads the deliveries of the run's days, and all others up to as_of that are new or have changed."""
    pending = pending_deliveries(settings, feed, as_of, days, reads_lake=True)
    for day in pending:
        if not settle(settings, feed, day):
            logger.warning(f"{feed.name}/{day}: files are still being written: the next run reads them")
            continue

        def progress(file: str, rows: int, day: date = day) -> None:
            if rows >= LONG_FILE_ROWS:
                logger.info(f"{feed.name} {day} {file}: {rows:,} rows …")

        yield ingest_delivery(settings, feed, day, progress=progress)


def log_other_days(
    context: dg.AssetExecutionContext, feed: Feed, reports: list[DeliveryReport], days: list[date]
) -> None:
    """Tells Dagster of deliveries that were read besides the run's own days."""
    for report in reports:
        if report.day not in days:
            context.log_event(
                dg.AssetMaterialization(
                    ["lake", feed.name],
                    partition=report.day.isoformat(),
                    metadata=metadata([report]),
                )
            )
    if reports:
        taken, quarantined = sum(r.taken for r in reports), sum(r.quarantined for r in reports)
        logger.info(
            f"{feed.name}: {len(reports)} deliveries, {taken:,} rows taken, {quarantined:,} quarantined"
        )
