"""`lifecycle add`: what files are, what becomes of their rows, and these rows, before anything is filed.

Everything runs in a data folder of its own through what a run would do: filing, translation, typing,
quarantine, lake. So what is reported is what will be done.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.files import write_text
from dagster_project.ingest.contracts import Feed, read_contracts
from dagster_project.ingest.delivery import DeliveryReport, ingest_delivery
from dagster_project.ingest.landing import pending_deliveries
from dagster_project.intake.filing import (
    Export,
    Filed,
    exports_in,
    look_at,
    put_into,
    scratch_folder,
)
from dagster_project.intake.formats import MAPPING, read_formats
from dagster_project.intake.mapping import guessed_mapping
from dagster_project.intake.pending import translate_pending
from dagster_project.intake.recognition import NotTaken, heads_of
from dagster_project.settings import Settings


@dataclass
class Answer:
    """What is said of one file; without any value of a row but sums.

    Attributes:
        file: The file as a person knows it.
        taken: Whether its rows are or would be taken.
        format: The format or feed it was recognised as, or None.
        sentence: Why it is not taken, or what else there is to say.
        folder: Folder in the landing zone.
        day: Day of delivery.
        delivered: Rows in it, without titles, totals and blank lines.
        not_rows: Lines that are no rows.
        duplicates: Rows that repeat another.
        set_aside: Rows that belong to no feed, by reason.
        quarantined: Rows that cannot be taken, by reason.
        feeds: Rows of each feed.
        unread: Columns that nobody reads.
        control: Sums of the money column: `file`, `taken`, `left_out`, `total`.
        control_problem: What is wrong with the sums.
    """

    file: str
    taken: bool
    format: str | None = None
    sentence: str | None = None
    folder: str | None = None
    day: date | None = None
    delivered: int = 0
    not_rows: int = 0
    duplicates: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    feeds: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    control: dict[str, str] = field(default_factory=dict)
    control_problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {**self.__dict__, "day": self.day and self.day.isoformat()}


def add(
    settings: Settings,
    paths: Sequence[Path],
    *,
    shop: str | None = None,
    check: bool = False,
    out: Path | None = None,
) -> list[Answer]:
    """Takes in exports.

    Args:
        settings: The shop's.
        paths: Files, folders and zips.
        shop: Key of the shop where two use one system.
        check: Whether only to tell.
        out: Folder to write the translated rows into, a CSV file for each feed.

    Returns:
        An answer for each file.
    """
    feeds = read_contracts()
    scratch = scratch_folder(settings)
    try:
        exports = list(exports_in(paths, scratch.data / "unpacked", shop))
        looked = look_at(settings, exports, feeds, scratch)
        for filed in looked.filed:
            put_into(scratch, filed, link=True)
        problems = _translated(settings, scratch, feeds)
        reports = list(_ingested(scratch, feeds))
        if out:
            write_rows(scratch, feeds, out)
        answers = [_answer(filed, problems, reports) for filed in looked.filed]
        for filed, answer in zip(looked.filed, answers, strict=True):
            if answer.taken and not filed.is_known and not check:
                put_into(settings, filed)
        answers += [
            Answer(_told(export), False, problem.form, problem.sentence)
            for export, problem in looked.not_taken
        ]
        return answers
    finally:
        shutil.rmtree(scratch.data, ignore_errors=True)


def write_mapping(settings: Settings, file: Path, feed: str) -> Path:
    """Writes a mapping for a file of no known format, as far as it can be guessed.

    Args:
        settings: The shop's, in whose `formats/` it goes.
        file: The file.
        feed: The feed that its rows are of.

    Returns:
        The mapping, which must be filled in.

    Raises:
        NotTaken: When the file has no columns, or there is a mapping of this name already.
    """
    found = heads_of(file, settings)
    name = re.sub(r"\W+", "_", file.stem).strip("_").lower() or "export"
    target = settings.data / "formats" / f"{name}{MAPPING}"
    if not found:
        raise NotTaken(file.name, "has no header that can be read: export it as CSV with column names")
    if target.exists():
        raise NotTaken(file.name, f"has a mapping already: fill in what is ? in {target}")
    head = max(found, key=lambda each: len([header for header in each.names if header.strip()]))
    write_text(guessed_mapping(name, head.names, read_contracts()[feed]), target)
    return target


def _translated(
    settings: Settings, scratch: Settings, feeds: Mapping[str, Feed]
) -> dict[tuple[str, date], str]:
    formats = read_formats(scratch)
    done = translate_pending(scratch, formats, feeds, date.max, roots=(settings.translated,))
    return {(each.source.folder, each.day): each.problem for each in done if each.problem}


def _ingested(scratch: Settings, feeds: Mapping[str, Feed]) -> Iterator[DeliveryReport]:
    for feed in feeds.values():
        for day in pending_deliveries(scratch, feed, date.max):
            yield ingest_delivery(scratch, feed, day)


def _told(export: Export) -> str:
    return str(export.origin or export.file)


def _answer(
    filed: Filed, problems: Mapping[tuple[str, date], str], reports: Sequence[DeliveryReport]
) -> Answer:
    account, form = filed.account, filed.recognised.form
    problem = problems.get((filed.folder, filed.day))
    names = {f"{filed.folder}/{filed.name}", filed.name}
    quarantined = dict(account.quarantined)
    feeds = dict(account.feeds)
    for report in reports:
        mine = [file for file in report.files if file.name in names]
        if not mine or report.day != filed.day or (form is None and report.feed != filed.folder):
            continue
        refused = sum(file.quarantined for file in mine)
        for (column, reason), count in report.reasons.items():
            if refused and reason not in quarantined:
                text = f"{column} {reason}" if column else reason
                quarantined[text] = min(count, refused)
    return Answer(
        file=_told(filed.export),
        taken=problem is None,
        format=filed.recognised.name,
        sentence=problem or ("was added before: nothing to do" if filed.is_known else None),
        folder=filed.folder,
        day=filed.day,
        delivered=account.delivered,
        not_rows=account.not_rows,
        duplicates=account.duplicates + account.replaced,
        set_aside=account.set_aside,
        quarantined=quarantined,
        feeds=feeds,
        unread=account.unread,
        control=account.control,
        control_problem=account.control_problem,
    )


def told(answer: Answer, *, check: bool) -> str:
    """What is said of a file, for people."""
    name = Path(answer.file).name
    if not answer.taken:
        return f"{name}: not taken: {answer.sentence}"
    feeds = ", ".join(f"{count:,} {feed}" for feed, count in answer.feeds.items()) or "no rows"
    lines = [f"{name}: {answer.format}, {answer.delivered:,} rows: {feeds}"]
    if answer.sentence:
        lines.append(answer.sentence)
    for label, count in (("lines that are no rows", answer.not_rows), ("repeated rows", answer.duplicates)):
        if count:
            lines.append(f"{count:,} {label}")
    lines += [f"{count:,} set aside: {reason}" for reason, count in answer.set_aside.items()]
    lines += [f"{count:,} quarantined: {reason}" for reason, count in answer.quarantined.items()]
    if answer.unread:
        lines.append(f"columns that nobody reads: {', '.join(answer.unread)}")
    if answer.control_problem:
        lines.append(f"the control sum is off: {answer.control_problem}")
    elif answer.control:
        lines.append(f"control sum {answer.control['file']}: all of it taken or accounted for")
    where = f"{answer.folder}/{answer.day}"
    if not answer.sentence:
        lines.append(
            f"would be filed under {where}" if check else f"filed under {where}; the next run reads it"
        )
    return "\n  ".join(lines)


def write_rows(settings: Settings, feeds: Mapping[str, Feed], out: Path) -> None:
    """Writes the rows in force of every feed that has any, as CSV in the contract's columns.

    Times are written YYYY-MM-DD hh:mm:ss, booleans true and false, decimals plain; empty means null. Keys
    that the translation withdrew are left out, those that an export itself withdraws have deleted = true.
    """
    out.mkdir(parents=True, exist_ok=True)
    for feed in feeds.values():
        files = sorted((settings.lake / feed.name).glob("delivery=*/rows.parquet"))
        files = [file for file in files if not file.parent.name.endswith("1900-01-01")]
        if not files:
            continue
        listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
        keys = ", ".join(f'"{key}"' for key in feed.keys)
        columns = ", ".join(f'"{name}"' for name in feed.names)
        with duckdb.connect(config=settings.engine) as connection:
            connection.execute("set enable_progress_bar = false")
            rows = connection.execute(
                f"""
                select {columns} from (
                    select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = true)
                    qualify row_number() over
                        (partition by {keys} order by delivery desc, _file desc, _row desc) = 1
                )
                where _row > 0
                order by {keys}
                """
            )
            with (out / f"{feed.name}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(feed.names)
                while batch := rows.fetchmany(10_000):
                    writer.writerows([_plain(value) for value in row] for row in batch)


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever the contract's types are
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)
