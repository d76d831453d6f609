"""Files of one format as Parquet: the columns that its SQL may name, as text, and where each row stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.ingest.records import FileRefused
from dagster_project.intake.formats import Format, Part, normal
from dagster_project.intake.reading import Rows, read_rows
from dagster_project.intake.recognition import NotTaken, Reading

#: Text columns of every part beside its own.
TEXTS = ("_all", "_is_comma", "_problem", "_file")

#: Number columns: the row in the delivery, the row and the line in the file, the file in the delivery.
NUMBERS = ("_row", "_record", "_line", "_number")


#: Number of every file of another day, whose rows are only looked things up in.
OTHER_DAY = -1


@dataclass(frozen=True)
class Place:
    """Where a file stands in its delivery: its number, and the number of the row before its first."""

    number: int
    row: int


def stage(file: Path, reading: Reading, target: Path, form: Format, place: Place) -> int:
    """Writes the rows of one part of a file as Parquet, many at a time.

    Args:
        file: The file.
        reading: How to read it.
        target: The Parquet file.
        form: The format.
        place: Where the file stands in its delivery.

    Returns:
        The number of rows.

    Raises:
        NotTaken: When the file is broken.
    """
    nothing = _staged_table(_no_rows(reading), reading, form, place, file.name)
    written = 0
    try:
        with pq.ParquetWriter(target, nothing.schema, compression="zstd") as writer:
            is_quoted = not form.options.get("unquoted")
            for rows in read_rows(file, reading.head, target.parent, is_quoted=is_quoted):
                at = Place(place.number, place.row + written)
                table = _staged_table(rows, reading, form, at, file.name)
                writer.write_table(table.cast(nothing.schema))
                written += table.num_rows
    except FileRefused as refused:
        raise NotTaken(file.name, refused.reason, form.name) from refused
    return written


def _staged_table(rows: Rows, reading: Reading, form: Format, place: Place, name: str) -> pa.Table:
    count = rows.texts.num_rows
    columns: dict[str, Any] = {
        column: rows.texts[header] if header else pa.nulls(count, pa.string())
        for column, header in reading.columns.items()
    }
    columns |= {f"{column}_in": pa.repeat(text, count) for column, text in reading.inside.items()}
    if form.options.get("whole_rows"):
        columns["_all"] = pa.array(_objects(rows.texts, whole_names(reading.head.names)), pa.string())
    is_comma = bool({normal(name) for name in form.options.get("comma") or ()} & set(reading.head.normal))
    columns["_is_comma"] = pa.repeat(str(is_comma).lower(), count)
    columns["_problem"] = rows.problems
    columns["_row"] = pa.array(range(place.row + 1, place.row + count + 1), pa.int64())
    columns["_record"], columns["_line"] = rows.records, rows.lines
    columns["_file"] = pa.repeat(name, count)
    columns["_number"] = pa.repeat(pa.scalar(place.number, pa.int64()), count)
    return pa.table(columns)


def _no_rows(reading: Reading) -> Rows:
    empty = pa.array([], pa.int64())
    texts = pa.table({name: pa.array([], pa.string()) for name in reading.head.normal})
    return Rows(texts, empty, empty, pa.array([], pa.string()))


def whole_names(names: Sequence[str]) -> list[str]:
    """Names of the columns in `_all`: as they stand, but of equal ones the second ends in #2.

    One without a name belongs to the last that has one, as further choices of a question do.
    """
    found: dict[str, int] = {}
    whole, last = [], ""
    for name in (name.strip().removeprefix("\ufeff") for name in names):
        last = name or last
        found[last] = found.get(last, 0) + 1
        whole.append(last if found[last] == 1 else f"{last}#{found[last]}")
    return whole


def _objects(texts: pa.Table, names: Sequence[str]) -> Iterator[str]:
    for row in zip(*(column.to_pylist() for column in texts.columns), strict=True):
        yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)


def staged_rows(part: Part, files: Sequence[Path], form: Format, chosen: Mapping[str, str]) -> str:
    """SQL of the rows of one part of all files, also when there is none.

    Args:
        part: The part.
        files: Parquet files that `stage` wrote.
        form: The format.
        chosen: Settings of the source.
    """
    inside = [f"{column}_in" for column, headers in part.columns.items() if any("*" in h for h in headers)]
    texts = [f"null::varchar as {quoted(column)}" for column in (*part.columns, *inside, *TEXTS)]
    nothing = f"select {', '.join([*texts, *(f'null::bigint as {n}' for n in NUMBERS)])} where false"
    read = f"select * from read_parquet({listed(files)}, union_by_name = true)"
    rows = f"{nothing} union all by name {read}" if files else nothing
    sign, order = _decimal_sign(part, form), _date_order(part, form, chosen)
    return f"select staged.*, {sign} as _decimal, {order} as _date_order from ({rows}) as staged"


def _decimal_sign(part: Part, form: Format) -> str:
    """SQL of the decimal sign of a file: as the values of its money column show, else by its language."""
    if form.options.get("numbers") not in part.columns:
        return "'.'"
    value = f"digits_of({quoted(form.options['numbers'])})"
    has_comma = f"bool_or(regexp_matches({value}, ',\\d{{1,2}}$|\\d\\.\\d{{3}},')) over (partition by _file)"
    has_point = f"bool_or(regexp_matches({value}, '\\.\\d{{1,2}}$|,\\d{{3}}\\.')) over (partition by _file)"
    return (
        f"case when {has_comma} and not {has_point} then ','"
        f" when _is_comma = 'true' and not {has_point} then ',' else '.' end"
    )


def _date_order(part: Part, form: Format, chosen: Mapping[str, str]) -> str:
    """SQL of the order of day and month in a file: as set, as its values show, or as the format says."""
    if chosen.get("date_order"):
        return literal(chosen["date_order"])
    if form.options.get("dates") not in part.columns:
        return "null"
    value = f"plain({quoted(form.options['dates'])})"

    def greatest(pattern: str) -> str:
        number = f"try_cast(regexp_extract({value}, '{pattern}', 1) as integer)"
        return f"max({number}) over (partition by _file)"

    first = greatest(r"^(\d{1,2})[-/.]\d{1,2}[-/.]\d{4}")
    second = greatest(r"^\d{1,2}[-/.](\d{1,2})[-/.]\d{4}")
    said = form.options.get("date_order")
    return (
        f"case when {first} > 12 then 'dmy' when {second} > 12 then 'mdy'"
        f" else {literal(said) if said else 'null'} end"
    )


def literal(value: object) -> str:
    """SQL of a text."""
    return "'" + str(value).replace("'", "''") + "'"


def quoted(column: str) -> str:
    """SQL of a name."""
    return '"' + column.replace('"', '""') + '"'


def listed(files: Sequence[Path]) -> str:
    """SQL of a list of files."""
    return "[" + ", ".join(map(literal, files)) + "]"
