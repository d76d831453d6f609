"""Which reader reads which file; everything that is no file of a known kind is refused here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from dagster_project.ingest.contracts import Feed
from dagster_project.ingest.csv_reading import read_csv
from dagster_project.ingest.json_reading import read_json
from dagster_project.ingest.landing import COMPRESSED, split_name
from dagster_project.ingest.parquet_reading import read_parquet
from dagster_project.ingest.records import Batch, FileRefused, Refused

READERS = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".json": read_json,
    ".parquet": read_parquet,
}


def read_file(file: Path, feed: Feed) -> Iterator[Batch | Refused]:
    """Reads one delivered file of any kind.

    Args:
        file: The file in its day's folder.
        feed: The contract.

    Yields:
        Batches of rows, and each record that is no row.

    Raises:
        FileRefused: When the file is quarantined whole, possibly after rows were yielded.
    """
    if not stat.S_ISREG(_status(file).st_mode):
        raise FileRefused("is no file: put files directly into the folder of the day")
    reader = READERS.get(extension(file.name))
    if reader is None:
        raise FileRefused(f"has an unknown extension: known are {' '.join(READERS)}")
    try:
        yield from reader(file, feed)
    except PermissionError as error:
        raise FileRefused("may not be opened: give the pipeline's user the right to read it") from error


def extension(name: str) -> str:
    """The extension that tells the format, lower case, without `.gz` on a text file."""
    _, found = split_name(name.lower())
    return found if found.startswith(".parquet") else found.removesuffix(COMPRESSED)


def _status(file: Path) -> os.stat_result:
    try:
        return file.stat()
    except OSError as error:  # a link to nothing, or gone since the folder was listed
        raise FileRefused("cannot be found: it is a link to nothing, or was removed") from error
