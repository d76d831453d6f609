"""Sends what changed in a list to the tool's own API, and remembers which rows the tool accepted.

The last export is compared with the rows that the tool has accepted so far, not with the export before: what
was refused, cut off or never sent is simply still to be sent the next time. A row without an answer is taken
as possibly there: it is sent again, or taken back. An API is only asked to write the same row to the same
person again, so that sending twice does no harm.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from dagster_project.activate.api import Answer, Record, Sender
from dagster_project.activate.destination import Destination, read_destinations
from dagster_project.activate.differences import (
    KINDS_TO_APPLY,
    RECORD,
    Baseline,
    Previous,
    exported_days,
    listings,
    same_row,
)
from dagster_project.activate.files import create_private_folder
from dagster_project.activate.segment import read_segments
from dagster_project.activate.values import literal, quoted
from dagster_project.files import replaced
from dagster_project.settings import PushCredentials, Settings

#: Beside the days of a list: what the tool has accepted (rows with nothing but a key: it may have them), and
#: what it refused the last time, with its words.
PUSHED = ".pushed"
ACCEPTED = "accepted.parquet"
REFUSED = "refused.csv"

#: A tool that refuses so many rows and has not taken one wants something else than these rows: a property
#: that does not exist there, most often.
REFUSALS_THAT_STOP = 20

#: Why what a tool has is not known, although it was sent something.
LOST = (Baseline.RECORD_LOST, Baseline.KEY_CHANGED)


class PushError(RuntimeError):
    """Something that has to be mended before a list can be sent; the message holds nobody's data."""


@dataclass(frozen=True)
class Batch:
    """Rows that are sent together.

    Attributes:
        kind: Which difference they are: removed, changed or added.
        numbers: Their numbers among the pending rows.
        records: Their values under the API's names.
    """

    kind: str
    numbers: list[int]
    records: list[Record]


@dataclass(frozen=True)
class PushReport:
    """What a push did or, dry, would do; numbers of rows by kind (removed, changed, added), nobody's data.

    Attributes:
        day: The export that was compared with what the tool has accepted.
        pending: Rows that were to be sent.
        accepted: Rows that the tool confirmed.
        refused: Rows that it will not have; the file `.pushed/refused.csv` says why.
        stopped: Why rows are left that were not sent.
        baseline: Why nobody could be removed.
    """

    segment: str
    destination: str
    day: date
    is_dry_run: bool
    pending: dict[str, int]
    accepted: dict[str, int]
    refused: int = 0
    stopped: str | None = None
    baseline: Baseline | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the tool now has the list."""
        return sum(self.pending.values()) == sum(self.accepted.values())

    @property
    def remark(self) -> str:
        """What somebody should know of it."""
        no_removals = (
            "nobody could be removed: what was sent before is not known" if self.baseline in LOST else ""
        )
        return "; ".join(filter(None, [self.stopped, no_removals]))


def push_lists(
    settings: Settings, *, segment: str | None = None, destination: str | None = None, send: bool = False
) -> Iterator[PushReport]:
    """Pushes all lists for destinations with an API, or those of one segment or destination.

    Args:
        settings: Where the exports lie.
        segment: Only this one.
        destination: Only this one.
        send: Sends; otherwise it is only counted what would be sent.

    Raises:
        PushError: When there is no such list.
        SettingsError: When a credential is missing.
    """
    destinations = read_destinations()
    chosen = [
        (each.name, name)
        for each in read_segments().values()
        for name in each.destinations
        if destinations[name].push
        and segment in (None, each.name)
        and destination in (None, name)
        and exported_days(settings.exports / each.name / name)
    ]
    if not chosen:
        wanted = f"from segment {segment or '(any)'} to {destination or '(any)'}"
        raise PushError(
            f"nothing is exported that can be sent {wanted}: see the segment's yml, and run the day"
        )
    senders = {to: open_sender(destinations[to]) for _, to in chosen} if send else {}
    for name, to in chosen:
        yield push_list(settings.exports, name, destinations[to], senders.get(to), settings.memory_limit)


def open_sender(destination: Destination) -> Sender:
    """The API of a destination, with the credentials of the environment.

    Raises:
        PushError: When the extra `push` is not installed.
        SettingsError: When a credential is missing.
    """
    try:
        from dagster_project.activate.senders import sender_for
    except ModuleNotFoundError as error:
        raise PushError(f"sending needs the extra push ({error.name}): pip install -e '.[push]'") from error
    return sender_for(destination, PushCredentials())


def push_list(
    exports: Path,
    segment: str,
    destination: Destination,
    sender: Sender | None = None,
    memory_limit: str | None = None,
) -> PushReport:
    """Sends the last export of a list to the tool, as far as the tool does not have it yet.

    Args:
        exports: The folder of all exports.
        segment: The list's name.
        destination: The tool; one with `push`.
        sender: Its API; without one nothing is sent and nothing remembered.
        memory_limit: What DuckDB may use, such as `8GB`; it spills to disk beyond.

    Raises:
        PushError: When the list was never exported, or in another form, or is being sent already.
    """
    destination = destination.for_segment(segment)
    folder = exports / segment / destination.name
    day = last_export(folder)
    pushed = create_private_folder(folder / PUSHED)
    with alone(pushed), duckdb.connect(config={"temp_directory": str(exports / ".spill")}) as connection:
        if memory_limit:
            connection.execute(f"set memory_limit = {literal(memory_limit)}")
        previous = accepted_so_far(connection, pushed / ACCEPTED, day, destination)
        try:
            stage(connection, destination, folder / day.isoformat() / RECORD, previous)
        except duckdb.BinderException:
            form = f"{segment} was exported for {destination.name} in another form than it has now"
            raise PushError(f"{form}: run the day again") from None
        except duckdb.Error:
            record = folder / day.isoformat() / RECORD
            raise PushError(
                f"{record}: is damaged: `lifecycle run --day {day}` exports the day again"
            ) from None
        report = PushReport(
            segment=segment,
            destination=destination.name,
            day=day,
            is_dry_run=sender is None,
            pending=count_pending(connection),
            accepted=dict.fromkeys(KINDS_TO_APPLY, 0),
            baseline=previous.baseline,
        )
        if sender is None:
            return report
        return send_pending(connection, destination, sender, pushed, report)


def last_export(folder: Path) -> date:
    """The day of a list's last export."""
    days = exported_days(folder)
    if not days:
        raise PushError(f"{folder.parent.name} was never exported for {folder.name}: run the day first")
    return days[-1]


@contextmanager
def alone(pushed: Path) -> Iterator[None]:
    """Keeps a second push of the same list out; the operating system frees the lock of a killed one."""
    try:
        with FileLock(pushed / ".lock", timeout=0, mode=0o600):
            yield
    except Timeout as error:
        raise PushError(
            f"{pushed.parent.parent.name} is being sent to {pushed.parent.name} already"
        ) from error


def accepted_so_far(
    connection: duckdb.DuckDBPyConnection, accepted: Path, day: date, destination: Destination
) -> Previous:
    """What the tool has, as a list to compare with."""
    if not accepted.exists():
        return Previous()
    try:
        query = f"select value from parquet_kv_metadata({literal(str(accepted))}) where key = 'key_sha256'"
        (key,) = connection.execute(query).fetchall()
    except (duckdb.Error, ValueError):
        return Previous(day, baseline=Baseline.RECORD_LOST)
    if key[0].decode() != destination.key_sha256:
        return Previous(day, baseline=Baseline.KEY_CHANGED)
    return Previous(day, accepted, baseline=None)


def stage(
    connection: duckdb.DuckDBPyConnection, destination: Destination, record: Path, previous: Previous
) -> None:
    """Makes the tables `pending`, in the order of sending, and `known`: rows that the tool has.

    Tables rather than views: an export of the same day may replace the files while rows are being sent.
    """
    queries = {each.kind: each.query for each in listings(connection, destination, record, previous)}
    columns, key = (", ".join(map(quoted, names)) for names in (destination.column_names, destination.key))
    kinds = " union all by name ".join(
        f"select {place} as _place, '{kind}' as _kind, * from ({queries[kind]})"
        for place, kind in enumerate(KINDS_TO_APPLY)
    )
    connection.execute(f"""
        create temp table pending as
        select row_number() over (order by _place, {key}) as _row, * exclude (_place) from ({kinds})
        order by _row
    """)
    # In today's columns: those that the tool was never given are empty.
    known = f"select {columns} from (from today where false union all by name from earlier)"
    connection.execute(f"create temp table before as {known}")
    connection.execute("create temp table known as from before")


def count_pending(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows to send, by kind."""
    rows = connection.execute("select _kind, count(*) from pending group by _kind").fetchall()
    return {kind: dict(rows).get(kind, 0) for kind in KINDS_TO_APPLY}


def send_pending(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    sender: Sender,
    pushed: Path,
    report: PushReport,
) -> PushReport:
    """Sends batch after batch; what the tool said is on disk before the next one goes out."""
    accepted, refused = dict.fromkeys(KINDS_TO_APPLY, 0), dict[int, str]()
    stopped = None
    for batch in batches(connection, destination, sender.rows_per_batch):
        remember_unsure(connection, destination, batch.numbers, pushed / ACCEPTED)
        answer = sender.send(batch.records, leaving=batch.kind == "removed")
        remember(connection, destination, batch, answer, pushed / ACCEPTED)
        accepted[batch.kind] += len(answer.accepted)
        refused |= {batch.numbers[place]: why for place, why in answer.refused.items()}
        stopped = answer.stopped
        if stopped is None and not any(accepted.values()) and len(refused) >= REFUSALS_THAT_STOP:
            stopped = "every row was refused"
        if stopped:
            break
    write_refused(connection, destination, refused, pushed / REFUSED)
    return replace(report, accepted=accepted, refused=len(refused), stopped=stopped)


def batches(connection: duckdb.DuckDBPyConnection, destination: Destination, size: int) -> Iterator[Batch]:
    """The pending rows; an empty value is left out.

    What the shop does not know may be known to the tool, and must not be wiped there.
    """
    names = [column.property or column.label("en") for column in destination.columns]
    selected = ", ".join(map(quoted, destination.column_names))
    query = f"select _row, {selected} from pending where _kind = ? and _row > ? order by _row limit ?"
    for kind in KINDS_TO_APPLY:
        last = 0
        while rows := connection.execute(query, [kind, last, size]).fetchall():
            last = rows[-1][0]
            records = [
                {name: value for name, value in zip(names, row[1:], strict=True) if value is not None}
                for row in rows
            ]
            yield Batch(kind, [row[0] for row in rows], records)


def remember_unsure(
    connection: duckdb.DuckDBPyConnection, destination: Destination, numbers: list[int], file: Path
) -> None:
    """Forgets all but the key of rows that are about to be sent.

    Whatever becomes of the request, such a row differs from any list: it is sent again, or taken back from
    who has left in the meantime. Otherwise a person whose answer was lost could stay in the tool for ever.
    """
    key = ", ".join(map(quoted, destination.key))
    forget(connection, destination, numbers)
    connection.execute(f"insert into known by name select {key} from {among(numbers)}")
    save(connection, destination, file)


def remember(
    connection: duckdb.DuckDBPyConnection, destination: Destination, batch: Batch, answer: Answer, file: Path
) -> None:
    """Keeps what the tool accepted, and for what it refused what it had before; the rest stays unsure."""
    accepted, refused = (
        [batch.numbers[place] for place in places] for places in (answer.accepted, answer.refused)
    )
    columns = ", ".join(map(quoted, destination.column_names))
    same = same_row("before", "sent", destination.key)
    forget(connection, destination, accepted + refused)
    connection.execute(f"insert into known select {columns} from {among(accepted)} where _kind <> 'removed'")
    connection.execute(f"insert into known select before.* from before join {among(refused)} on {same}")
    save(connection, destination, file)


def forget(connection: duckdb.DuckDBPyConnection, destination: Destination, numbers: list[int]) -> None:
    """Removes the rows of some pending ones from what is known."""
    same = same_row("known", "sent", destination.key)
    connection.execute(f"delete from known where exists (from {among(numbers)} where {same})")


def among(numbers: list[int]) -> str:
    """The pending rows of some numbers, as a table named `sent`."""
    return f"(from pending where _row in ({', '.join(map(str, numbers)) or 'null'})) as sent"


def save(connection: duckdb.DuckDBPyConnection, destination: Destination, file: Path) -> None:
    """Writes what is known in one step, for the owner only."""
    key = ", ".join(map(quoted, destination.key))
    with replaced(file) as written:
        connection.execute(
            f"copy (from known order by {key}) to {literal(str(written))} (format parquet, compression zstd,"
            f" kv_metadata {{key_sha256: {literal(destination.key_sha256)}}})"
        )
        written.chmod(0o600)


def write_refused(
    connection: duckdb.DuckDBPyConnection, destination: Destination, refused: dict[int, str], file: Path
) -> None:
    """Writes which rows the tool would not have, and why, for the owner of the files only."""
    key = ", ".join(map(quoted, destination.key))
    query = f"select _row, _kind, {key} from pending where _row in (select unnest($numbers)) order by _row"
    rows = connection.execute(query, {"numbers": [*refused]}).fetchall()
    file.unlink(missing_ok=True)
    if not rows:
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["kind", *destination.key, "reason"])
        writer.writerows([*row[1:], refused[row[0]]] for row in rows)
