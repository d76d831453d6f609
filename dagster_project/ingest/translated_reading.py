"""Rows translated from a shop's export: texts in the contract's columns, with their place in the export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.parquet_reading import RowTexts
from dagster_project.ingest.records import BATCH_ROWS, Batch, Refused


def read_translated(file: Path, feed: Feed) -> Iterator[Batch | Refused]:
    """Reads a translated file.

    Args:
        file: The file.
        feed: The contract.

    Yields:
        Batches of rows, numbered as in the export, and each row of the export that could not be translated.
    """
    with pq.ParquetFile(file) as opened:
        for records in opened.iter_batches(BATCH_ROWS):
            table = pa.Table.from_batches([records])
            is_row = pc.is_null(table["_refused"])
            for refused in (
                table.filter(pc.invert(is_row)).select(["_record", "_line", "_refused"]).to_pylist()
            ):
                yield Refused(refused["_record"], refused["_line"], refused["_refused"])
            rows = table.filter(is_row)
            if rows.num_rows:
                texts = rows.select([name for name in table.column_names if name in feed.names])
                yield Batch(
                    texts=texts,
                    rows=rows["_record"].combine_chunks(),
                    lines=rows["_line"].combine_chunks(),
                    raw=RowTexts(texts),
                )
