"""Which staged rows the feeds are not made of, each with its reason, in the table `left_out`."""

from __future__ import annotations

import re

from dagster_project.files import replaced
from dagster_project.intake.recognition import NotTaken
from dagster_project.intake.session import Session
from dagster_project.intake.staging import listed, literal, quoted

#: Rows of one day are numbered from a multiple of this on, so that no number stands for rows of two days.
ROWS_OF_A_DAY = 10_000_000_000

ROUNDED = (
    "holds numbers that a spreadsheet has rounded, such as 5.12E+12: export it again, and add it without"
    " opening it in Excel"
)


def make_table(session: Session) -> None:
    """Makes the table `left_out`, empty."""
    session.execute(
        "create temp table left_out (_row bigint, kind varchar, reason varchar, total decimal(18, 4))",
        "left out",
    )


def leave_out(session: Session) -> None:
    """Lines that are no rows, rows that cannot be read, that belong to no feed, that repeat another.

    Raises:
        NotTaken: When the format says that no rows can be had from such a file.
    """
    form = session.form
    if sql := form.section("not rows"):
        total = "total" if re.search(r"\bas total\b", sql) else "null"
        _add(session, "not row", sql, "null", total)
    for part in form.parts:
        broken = f"select _row, _problem from {quoted(part.name)} where _problem is not null"
        _add(session, "quarantined", broken, "_problem")
    if sql := form.section("refuse"):
        refused = session.execute(f"select * from ({sql}) as found limit 1", "refuse").fetchone()
        if refused and refused[0]:
            raise NotTaken(form.name, str(refused[0]), form.name)
    if sql := form.section("set aside"):
        _add(session, "set aside", sql, "reason")
    if duplicates := form.options.get("duplicates"):
        for part in form.parts:
            names = [*part.columns, *(["_file"] if duplicates == "drop in file" else [])]
            columns = ", ".join(f"coalesce({quoted(column)}, chr(0))" for column in names)
            repeated = (
                f"select _row from {quoted(part.name)} qualify row_number() over"
                f" (partition by md5(concat_ws(chr(1), {columns})) order by _row) > 1"
            )
            _add(session, "duplicate", repeated, "null")


def _add(session: Session, kind: str, sql: str, reason: str, total: str = "null") -> None:
    session.execute(
        f"insert into left_out select distinct on (_row) _row, {literal(kind)}, {reason}, {total}"
        f" from ({sql}) as found where _row not in (select _row from left_out) order by all",
        kind,
    )


def keep_last_documents(session: Session) -> None:
    """Of a document that several files of the day have, the last file counts; makes the table `documents`.

    With `documents_of: delivery` all files of the day do: a large table comes in parts.

    Raises:
        NotTaken: When numbers of documents are rounded, so that many documents would be one.
    """
    sql = session.form.section("document")
    if sql is None:
        session.execute(
            "create temp table documents (_row bigint, document varchar, priority integer)", "document"
        )
        return
    priority = "priority" if re.search(r"\bas priority\b", sql) else "0"
    session.execute(
        "create temp table documents as"
        f" select _row, cast(document as varchar) as document, cast({priority} as integer) as priority"
        f" from ({sql}) as found",
        "document",
    )
    rounded = "select count(*) from documents where regexp_full_match(document, '\\d(\\.\\d+)?[eE]\\+\\d+')"
    if session.value(rounded):
        raise NotTaken(session.form.name, ROUNDED, session.form.name)
    # Where the document is replaced by delivery, the files of one day are parts of it.
    version = "priority" if session.form.options.get("documents_of") == "delivery" else "(priority, _number)"
    numbers = " union all ".join(
        f"select _row, _number from {quoted('staged_' + part.name)}" for part in session.form.parts
    )
    session.execute(
        f"""
        insert into left_out
        select _row, 'replaced', null, null
        from documents
        inner join ({numbers}) as places using (_row)
        where document is not null
        qualify {version} <> max({version}) over (partition by document)
        """,
        "document",
    )


def gather_rows_together(session: Session, *, keep: bool) -> None:
    """Makes `rows` all rows in force, of whatever day, that belong together with rows of the day's documents.

    Such as the events of a visit that crosses midnight, which lie in two documents and two deliveries. What a
    day's files hold is kept for that beside the translations.

    Args:
        session: After `keep_last_documents`.
        keep: Whether it is kept.
    """
    sql = session.form.section("together")
    if sql is None:
        return
    part = quoted(session.form.parts[0].name)
    folder, day = session.source.folder, session.day.isoformat()
    kept = (session.settings.translated if keep else session.work) / ".rows" / folder / f"{day}.parquet"
    with replaced(kept) as unfinished:
        session.execute(
            f"""
            copy (
                select staged.*, documents.document as _document, documents.priority as _priority,
                    cast(found.together as varchar) as _together
                from {part} as staged
                inner join documents using (_row)
                inner join ({sql}) as found using (_row)
                order by _row
            ) to {literal(unfinished)} (format parquet, compression zstd)
            """,
            "together",
        )
    earlier = [
        file
        for root in session.roots
        for file in sorted((root / ".rows" / folder).glob("*.parquet"))
        if file.stem < day
    ]
    session.execute(
        f"""
        create temp table rows_in_force as
        with all_rows as (
            select * from read_parquet({listed([*earlier, kept])}, union_by_name = true)
        )
        select *
        from all_rows
        where _together in (
            select _together from all_rows where _document in (select document from documents)
        )
        """,
        "together",
    )
    versions = f"""
        select _document, max((_priority, _row // {ROWS_OF_A_DAY})) as version
        from read_parquet({listed([*earlier, kept])}, union_by_name = true)
        group by _document
    """
    session.execute(
        f"""
        create or replace temp view {part} as
        select rows_in_force.*
        from rows_in_force
        inner join ({versions}) as latest using (_document)
        where (_priority, _row // {ROWS_OF_A_DAY}) = latest.version
        """,
        "together",
    )
