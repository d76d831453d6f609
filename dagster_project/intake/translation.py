"""From the files of one format and day to rows of feeds, by the format's SQL, with every row accounted for.

What is written lies in `translated/<feed>/<day>/<format>/` and is read like a delivery of the feed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dagster_project.ingest.contracts import Feed
from dagster_project.intake.account import Account
from dagster_project.intake.formats import FormatError
from dagster_project.intake.leaving_out import (
    ROWS_OF_A_DAY,
    gather_rows_together,
    keep_last_documents,
    leave_out,
    make_table,
)
from dagster_project.intake.marks import lookup_files
from dagster_project.intake.recognition import recognise
from dagster_project.intake.session import Session, Source, open_session
from dagster_project.intake.staging import OTHER_DAY, Place, literal, quoted, stage, staged_rows
from dagster_project.intake.writing import delivered_rows, write_feeds
from dagster_project.settings import Settings

#: Goes into the mark of a translation: raise it when the code here translates in another way.
RULES_VERSION = 1

#: Columns whose times are planned, not past.
PLANNED = frozenset({"promised_at", "starts_on", "ends_on", "birth_date", "period_start"})


@dataclass(frozen=True)
class Translated:
    """A translation: the account, the newest time as text, the files written, the parts of each file read."""

    account: Account
    newest: str | None
    files: tuple[Path, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def translate(
    settings: Settings,
    source: Source,
    day: date,
    files: Sequence[Path],
    feeds: Mapping[str, Feed],
    *,
    roots: Sequence[Path] = (),
    write: bool = True,
) -> Translated:
    """Translates the files of one format and day.

    Args:
        settings: The shop's, and where translations are written.
        source: The format and the shop.
        day: Day of the delivery.
        files: Its files, the last handed over last.
        feeds: The contracts.
        roots: Further folders of translations that are looked into for what was delivered before.
        write: Whether to write; otherwise only account and newest time are of use.

    Raises:
        NotTaken: When one of the files cannot be taken.
        FormatError: When the SQL of the format fails.
    """
    work = settings.data / ".intake" / f"{source.folder}-{day}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with open_session(settings, source, day, feeds, work, [settings.translated, *roots]) as session:
            account = Account()
            parts = stage_files(session, account, files)
            leave_out(session)
            keep_last_documents(session)
            gather_rows_together(session, keep=write)
            run_views(session)
            for feed in session.form.feeds:
                account.feeds[feed] = run_feed(session, feed)
            newest = newest_time(session)
            written = write_feeds(session, account, [file.name for file in files]) if write else ()
            count_left_out(session, account)
            sum_money(session, account)
            return Translated(account, newest, tuple(written), parts)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def stage_files(session: Session, account: Account, files: Sequence[Path]) -> dict[str, tuple[str, ...]]:
    """Makes a view `staged_<part>` of all rows of each part, and `<part>` of those that are not left out.

    Returns:
        The parts that each file has, by its name.
    """
    form = session.form
    staged: dict[str, list[Path]] = {part.name: [] for part in form.parts}
    parts: dict[str, tuple[str, ...]] = {}
    row = session.day.toordinal() * ROWS_OF_A_DAY
    for number, file in enumerate(files):
        readings = recognise(file, session.settings, {form.name: form}, {}, session.source.key).readings
        parts[file.name] = tuple(reading.part.name for reading in readings)
        account.rows[file.name] = 0
        for reading in readings:
            target = session.work / f"{reading.part.name}-{number}.parquet"
            rows = stage(file, reading, target, form, Place(number, row))
            staged[reading.part.name].append(target)
            row += rows
            account.rows[file.name] += rows
            account.not_rows += reading.head.line
            account.unread += [name for name in reading.unread if name not in account.unread]
    _stage_lookups(session, staged)
    make_table(session)
    for part in form.parts:
        rows_of_part = staged_rows(part, staged[part.name], form, session.chosen)
        session.execute(f"create temp view {quoted('staged_' + part.name)} as {rows_of_part}", part.name)
        session.execute(
            f"create temp view {quoted(part.name)} as select * from {quoted('staged_' + part.name)}"
            " where _row not in (select _row from left_out)",
            part.name,
        )
    return parts


def _stage_lookups(session: Session, staged: Mapping[str, list[Path]]) -> None:
    """Adds the rows of other days to the parts that all days look things up in: they are not this day's."""
    form = session.form
    others = lookup_files(session.settings, session.roots, session.source, session.day)
    for number, (day, file, _) in enumerate(others):
        for reading in recognise(file, session.settings, {form.name: form}, {}, session.source.key).readings:
            if reading.part.is_lookup:
                target = session.work / f"{reading.part.name}-other-{number}.parquet"
                stage(file, reading, target, form, Place(OTHER_DAY, day.toordinal() * ROWS_OF_A_DAY))
                staged[reading.part.name].append(target)


def run_views(session: Session) -> None:
    """Makes what the format's SQL reads: what others delivered before, and its own steps, as tables."""
    for feed in session.form.options.get("reads") or ():
        session.execute(f"create temp table delivered_{feed} as {delivered_rows(session, feed)}", "reads")
    for kind, name, sql in session.form.sections:
        if kind == "view":
            session.execute(f"create temp table {quoted(name)} as {sql}", f"view {name}")


def run_feed(session: Session, feed: str) -> int:
    """Makes the table `feed_<feed>` of all sections of a feed.

    Returns:
        The number of its rows.

    Raises:
        FormatError: When it is no feed, or a column is not in its contract.
    """
    form = session.form
    if feed not in session.feeds:
        raise FormatError(f"format {form.name}: '{feed}' is no feed")
    sections = [sql for kind, name, sql in form.sections if (kind, name) == ("feed", feed)]
    sql = " union all by name ".join(f"({section})" for section in sections)
    table = quoted(f"feed_{feed}")
    session.execute(f"create temp table {table} as select * from ({sql}) as translated", f"feed {feed}")
    columns = [row[0] for row in session.execute(f"describe {table}", f"feed {feed}").fetchall()]
    unknown = [name for name in columns if name not in (*session.feeds[feed].names, "_row")]
    if unknown or "_row" not in columns:
        what = f"column {unknown[0]} is not in the contract" if unknown else "gives no _row"
        raise FormatError(f"format {form.name}, feed {feed}: {what}")
    session.columns[feed] = [name for name in columns if name != "_row"]
    return session.value(f"select count(*) from {table}")


def newest_time(session: Session) -> str | None:
    """The newest time at which something happened by the rows, as text; planned times do not count."""
    found = []
    for feed, columns in session.columns.items():
        for column in session.feeds[feed].columns:
            is_time = column.data_type in ("timestamp", "date") and column.name not in PLANNED
            if is_time and column.name in columns:
                text = f"cast({quoted(column.name)} as varchar)"
                found.append(
                    session.value(
                        f"select max({text}) from {quoted('feed_' + feed)}"
                        rf" where regexp_matches({text}, '^(19|20|21)\d\d-\d\d-\d\d')"
                    )
                )
    return max(filter(None, found), default=None)


def count_left_out(session: Session, account: Account) -> None:
    """Counts what was left out, by reason."""
    places = " union all ".join(
        f"select _row, _file from {quoted('staged_' + part.name)} where _number > {OTHER_DAY}"
        for part in session.form.parts
    )
    counts = session.execute(
        "select kind, coalesce(reason, ''), _file, count(*)"
        f" from left_out inner join ({places}) as places using (_row) group by all order by all",
        "counting",
    ).fetchall()
    for kind, reason, file, count in counts:
        if kind == "not row":
            account.not_rows += count
            account.rows[file] -= count
        elif kind == "set aside":
            account.set_aside[reason] = account.set_aside.get(reason, 0) + count
        elif kind == "quarantined":
            account.quarantined[reason] = account.quarantined.get(reason, 0) + count
        elif kind == "duplicate":
            account.duplicates += count
        else:
            account.replaced += count


def sum_money(session: Session, account: Account) -> None:
    """Sums the money column: of the files, of the feed, of what was left out, of the files' own totals."""
    control, sql = session.form.options.get("control"), session.form.section("control")
    if not control or not sql:
        return
    part = session.form.parts[0].name
    staged, feed = quoted(f"staged_{part}"), quoted("feed_" + control["feed"])
    # The SQL is asked of all rows, also of those left out: its `rows` are the staged ones.
    session.execute(
        f"create or replace temp view {quoted(part)} as select * from {staged}"
        " where _row not in (select _row from left_out where kind = 'not row')",
        "control",
    )
    session.execute(f"create temp table control as select * from ({sql}) as found", "control")
    money = f"try_cast({quoted(control['column'])} as decimal(18, 4))"
    sums = {
        "file": "select coalesce(sum(amount), 0) from control",
        "left_out": "select coalesce(sum(amount), 0) from control where _row in (select _row from left_out)",
        "taken": f"select coalesce(sum({money}), 0) from {feed}",
    }
    if session.value(f"select count(distinct _file) from {staged}") == 1:
        sums["total"] = f"select max(total) from left_out where kind = {literal('not row')}"
    found = {name: session.value(query) for name, query in sums.items()}
    account.control = {name: str(value) for name, value in found.items() if value is not None}
