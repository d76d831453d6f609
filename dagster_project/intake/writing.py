"""Translated rows as files, one for each file of the delivery and feed, and the keys that they withdraw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dagster_project.files import put, sha256_of_file
from dagster_project.ingest.landing import TRANSLATED_SUFFIX
from dagster_project.intake.account import Account
from dagster_project.intake.formats import read_formats
from dagster_project.intake.session import Session, is_read_before
from dagster_project.intake.staging import OTHER_DAY, listed, literal, quoted

#: Number of the row that withdraws a key which a later export of its document no longer has.
WITHDRAWN = 0

#: Latest delivery first: by the day in the path, then by the moment in the file's name, then by the row.
LATEST_FIRST = "split_part(filename, '/', -3) desc, split_part(filename, '/', -1) desc, _record desc"


def write_feeds(session: Session, account: Account, names: Sequence[str]) -> Iterator[Path]:
    """Writes the rows of all feeds.

    Args:
        session: After the feeds' SQL.
        account: Where keys that are withdrawn are counted.
        names: Names of the delivery's files, in their order.

    Yields:
        The files, also those that were the same before.
    """
    places = " union all ".join(
        f"select _row, _file, _record, _line, _problem from {quoted('staged_' + part.name)}"
        f" where _number > {OTHER_DAY}"
        for part in session.form.parts
    )
    session.execute(f"create temp view places as {places}", "places")
    for feed, columns in session.columns.items():
        withdrawn = _find_withdrawn(session, feed)
        if withdrawn:
            account.withdrawn[feed] = withdrawn
        _gather(session, feed, columns, names[-1])
        yield from _write(session, feed, names)


def _gather(session: Session, feed: str, columns: Sequence[str], last: str) -> None:
    """Makes `written_<feed>`: rows with their places, keys withdrawn, rows that could not be read.

    A row made of rows of other days (see `gather_rows_together`) stands in the last file.
    """
    texts = ", ".join(f"cast(translated.{quoted(c)} as varchar) as {quoted(c)}" for c in columns)
    is_first = feed == session.form.feeds[0]
    session.execute(
        f"""
        create temp table {quoted("written_" + feed)} as
        select
            coalesce(places._file, {literal(last)}) as _file,
            {texts},
            coalesce(places._record, 1) as _record,
            places._line as _line,
            documents.document as _document,
            null::varchar as _refused,
            _row
        from {quoted("feed_" + feed)} as translated
        left join places using (_row)
        left join documents using (_row)
        union all by name
        select {literal(last)} as _file, *, {WITHDRAWN} as _record, 0 as _row
        from {quoted("withdrawn_" + feed)}
        union all by name
        select _file, _record, _line, _problem as _refused, _row
        from places
        inner join left_out using (_row)
        where left_out.kind = 'quarantined' and {is_first}
        """,
        f"feed {feed}",
    )


def _write(session: Session, feed: str, names: Sequence[str]) -> Iterator[Path]:
    folder = session.settings.translated / feed / session.day.isoformat() / session.source.folder
    written = quoted("written_" + feed)
    keys = ", ".join(quoted(key) for key in session.feeds[feed].keys)
    unfinished = session.work / "unfinished.parquet"
    for name in names:
        target = folder / f"{name}{TRANSLATED_SUFFIX}"
        is_of_file = f"_file = {literal(name)}"
        has_rows = session.value(f"select count(*) from {written} where {is_of_file}")
        if not has_rows and not target.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        session.execute(
            f"copy (select * exclude (_file, _row) from {written} where {is_of_file} order by _row, {keys})"
            f" to {literal(unfinished)} (format parquet, compression zstd)",
            f"feed {feed}",
        )
        if not target.exists() or sha256_of_file(target) != sha256_of_file(unfinished):
            put(unfinished, target)
        yield target


def _find_withdrawn(session: Session, feed: str) -> int:
    """Makes `withdrawn_<feed>`: keys of the day's documents that only an earlier delivery has.

    And those that the format itself withdraws, such as refunds without a day of which it knows the day.

    Returns:
        Their number.
    """
    names = [quoted(key) for key in session.feeds[feed].keys]
    keys, table = ", ".join(names), quoted("withdrawn_" + feed)
    said = [sql for kind, name, sql in session.form.sections if (kind, name) == ("withdraw", feed)]
    by_format = "".join(
        f" union all by name select {keys}, 'true' as deleted from ({sql}) as found" for sql in said
    )
    earlier = [
        file
        for root in session.roots
        for folder in sorted((root / feed).glob(f"*/{session.source.folder}"))
        if folder.parent.name < session.day.isoformat()
        for file in folder.glob(f"*{TRANSLATED_SUFFIX}")
    ]
    if not earlier or session.form.section("document") is None:
        empty = ", ".join(f"null::varchar as {name}" for name in names)
        session.execute(
            f"create temp table {table} as"
            f" select {empty}, null::varchar as deleted, null::varchar as _document where false{by_format}",
            "withdrawn",
        )
        return session.value(f"select count(*) from {table}")
    session.execute(
        f"""
        create temp table {table} as
        select {keys}, 'true' as deleted, _document
        from (
            select *
            from read_parquet({listed(earlier)}, union_by_name = true, filename = true)
            where _refused is null
            qualify row_number() over (partition by {keys} order by {LATEST_FIRST}) = 1
        )
        where _document in (select document from documents)
            and _record <> {WITHDRAWN}
            and ({keys}) not in (
                select ({", ".join(f"cast({name} as varchar)" for name in names)})
                from {quoted("feed_" + feed)}
            )
        {by_format}
        """,
        "withdrawn",
    )
    return session.value(f"select count(*) from {table}")


def delivered_rows(session: Session, feed: str) -> str:
    """SQL of the rows of a feed that other formats delivered up to the day, as texts, each key's latest.

    Such as the orders, of which a payment knows the name only.
    """
    formats = read_formats(session.settings)
    columns = ", ".join(quoted(name) for name in session.feeds[feed].names)
    nothing = ", ".join(f"null::varchar as {quoted(name)}" for name in session.feeds[feed].names)
    files = [
        file
        for root in session.roots
        for folder in sorted((root / feed).glob("*/*"))
        if folder.name != session.source.folder
        and is_read_before(
            folder.parent.name, folder.name, session.day.isoformat(), session.source.folder, formats
        )
        for file in folder.glob(f"*{TRANSLATED_SUFFIX}")
    ]
    if not files:
        return f"select {nothing} where false"
    keys = ", ".join(quoted(key) for key in session.feeds[feed].keys)
    return f"""
        select {columns}
        from (
            select {nothing}, 1 as _record, null::varchar as _refused, '' as filename where false
            union all by name
            select * from read_parquet({listed(files)}, union_by_name = true, filename = true)
            where _refused is null
            qualify row_number() over (partition by {keys} order by {LATEST_FIRST}) = 1
        )
        where _record <> {WITHDRAWN} and deleted is null
    """
