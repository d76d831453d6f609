"""Parquet: every type becomes the text that a person would have written into a CSV file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.records import BATCH_ROWS, Batch, FileRefused, check_header, plain_number


def read_parquet(file: Path, feed: Feed) -> Iterator[Batch]:
    """Reads a Parquet file.

    Args:
        file: The file.
        feed: The contract.

    Yields:
        Batches of rows; the line of a row is its number.

    Raises:
        FileRefused: When it is no Parquet, broken anywhere, or names no column of the feed.
        PermissionError: When it may not be opened.
    """
    try:
        with pq.ParquetFile(file) as opened:
            names = check_header(opened.schema_arrow.names, feed)
            row = 0
            for records in opened.iter_batches(BATCH_ROWS):
                texts = pa.Table.from_arrays([as_text(c) for c in records.columns], names=names)
                rows = pa.array(range(row + 1, row + records.num_rows + 1), pa.int64())
                row += records.num_rows
                yield Batch(texts=texts, rows=rows, lines=rows, raw=RowTexts(texts))
    except PermissionError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise FileRefused("is no readable Parquet file: deliver it again") from error


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
        Texts of the same length; null stays null, and so does NaN, which is how some tools write null.
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return as_text(values.dictionary_decode())
    if pa.types.is_floating(kind):
        return _float_text(values)
    if pa.types.is_decimal(kind):
        return _whole(values.cast(pa.string()))
    if pa.types.is_date64(kind):
        return values.cast(pa.date32()).cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return values.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _binary_text(values)
    if pa.types.is_nested(kind):
        texts = (
            None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in values.to_pylist()
        )
        return pa.array(texts, pa.string())
    return values.cast(pa.string())


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
        return values.cast(pa.string())
    except pa.ArrowInvalid:  # bytes that are no text
        return pa.array([None if v is None else v.hex() for v in values.to_pylist()], pa.string())
