"""Parquet: every type becomes the text that a person would have written into a CSV file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.ingest.header import Header
from dagster_project.ingest.records import (
    BATCH_CHARACTERS,
    TOO_LONG,
    Batch,
    FileRefused,
    plain_number,
    rows_at_once,
)

#: Bytes of texts that a file may have, and how many times its size, once they are `RATIO_FROM`. A column that
#: always says the same is written in almost nothing, so this is more than of a compressed text.
MOST_TEXT = 8 << 30
LARGEST_RATIO = 1_000
RATIO_FROM = 64 << 20

#: Bytes of a column of a row group, decompressed, beyond which a file must have more row groups.
LARGEST_COLUMN = 256 << 20

BOMB = f"has more than {LARGEST_RATIO:,} times its size or 8 GiB of text: deliver it in smaller files"
TOO_LARGE = f"has a row group with more than {LARGEST_COLUMN >> 20} MiB in a column: write smaller row groups"


def read_parquet(file: Path, header: Header) -> Iterator[Batch]:
    """Reads a Parquet file.

    Args:
        file: The file.
        header: How its columns are called.

    Yields:
        Batches of rows; the line of a row is its number.

    Raises:
        FileRefused: When it is no Parquet, broken anywhere, too large, or lacks columns.
        PermissionError: When it may not be opened.
    """
    try:
        with pq.ParquetFile(file) as opened:
            delivered = opened.schema_arrow
            names = header.names(delivered.names, 1)
            if names is None:
                raise header.refusal([delivered.names])
            check_size(opened.metadata)
            texts = [field.name for field in delivered if is_text(field.type)]
        # Values that come again stay one in memory: a small file can say a long one a million times.
        with pq.ParquetFile(file, read_dictionary=texts) as opened:
            row, characters = 0, 0
            most = min(MOST_TEXT, max(RATIO_FROM, LARGEST_RATIO * file.stat().st_size))
            for records in opened.iter_batches(rows_at_once(len(names))):
                characters += characters_of(records)
                if characters > most:
                    raise FileRefused(BOMB)
                for part in parts_of(records):
                    columns = pa.Table.from_arrays([as_text(c) for c in part.columns], names=names)
                    rows = pa.array(range(row + 1, row + part.num_rows + 1), pa.int64())
                    row += part.num_rows
                    yield Batch(texts=columns, rows=rows, lines=rows, raw=RowTexts(columns))
    except PermissionError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise FileRefused("is no readable Parquet file: deliver it again") from error


def check_size(metadata: pq.FileMetaData) -> None:
    """Refuses a file of which one column would fill the memory.

    Raises:
        FileRefused: When it has such a column.
    """
    for group in range(metadata.num_row_groups):
        columns = metadata.row_group(group)
        for at in range(columns.num_columns):
            if columns.column(at).total_uncompressed_size > LARGEST_COLUMN:
                raise FileRefused(TOO_LARGE)


def parts_of(records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in parts whose texts fit into memory.

    Raises:
        FileRefused: When a single row does not.
    """
    if characters_of(records) <= BATCH_CHARACTERS:
        yield records
        return
    if records.num_rows == 1:
        raise FileRefused(TOO_LONG)
    half = records.num_rows // 2
    yield from parts_of(records.slice(0, half))
    yield from parts_of(records.slice(half))


def characters_of(records: pa.RecordBatch) -> int:
    """Bytes of the texts of all rows, without writing them out."""
    texts = (column for column in records.columns if pa.types.is_dictionary(column.type))
    lengths = (pc.binary_length(column.dictionary).take(column.indices) for column in texts)
    return sum(pc.sum(each.cast(pa.int64())).as_py() or 0 for each in lengths)


def is_text(kind: pa.DataType) -> bool:
    """Whether a type holds texts or bytes of any length."""
    return pa.types.is_string(kind) or pa.types.is_binary(kind)


class RowTexts(Sequence[str]):
    """The rows of a table as JSON objects, made when asked for."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return self.table.num_rows

    def __getitem__(self, at: int) -> str:  # type: ignore[override]  # no slices are taken
        return json.dumps(self.table.slice(at, 1).to_pylist()[0], ensure_ascii=False)


def as_text(values: pa.Array) -> pa.Array:
    """Texts of a column: whole numbers without `.0`, floats as their shortest decimal, times in ISO 8601.

    Args:
        values: A column of any type.

    Returns:
        Texts of the same length; null stays null, and so does NaN, which is how some tools write null. What
        has no text of its own (lists, intervals) is written as JSON, bytes that are no text as hexadecimals.
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return as_text(values.dictionary).take(values.indices)
    if isinstance(kind, pa.UuidType):
        texts = (None if value is None else str(UUID(bytes=value)) for value in values.storage.to_pylist())
        return pa.array(texts, pa.string())
    if isinstance(kind, pa.BaseExtensionType):
        return as_text(values.storage)
    if pa.types.is_floating(kind):
        return _float_text(values)
    if pa.types.is_decimal(kind):
        return _whole(values.cast(pa.string()))
    if pa.types.is_date64(kind):
        return values.cast(pa.date32()).cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return values.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _binary_text(values)
    if not pa.types.is_nested(kind):
        try:
            return values.cast(pa.string())
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            pass  # a type whose values have a text in Python only
    texts = (
        None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in values.to_pylist()
    )
    return pa.array(texts, pa.string())


def _whole(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, r"\.0+$", "")


def _float_text(values: pa.Array) -> pa.Array:
    if pa.types.is_float16(values.type):
        values = values.cast(pa.float32())
    values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    encoded = _whole(values.cast(pa.string())).dictionary_encode()
    plain = map(plain_number, encoded.dictionary.to_pylist())
    return pa.array(plain, pa.string()).take(encoded.indices)


def _binary_text(values: pa.Array) -> pa.Array:
    try:
        texts = values.cast(pa.binary()).cast(pa.string())
        if not pc.any(pc.match_substring_regex(texts, r"[\x00-\x08]")).as_py():
            return texts
    except pa.ArrowInvalid:
        pass
    # Bytes that are no text.
    return pa.array([None if v is None else v.hex() for v in values.to_pylist()], pa.string())
