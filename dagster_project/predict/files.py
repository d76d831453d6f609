"""Summary tables as files in, fits as JSON out and back: what people and the cache of fits read and write."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa

from dagster_project.ingest.csv_reading import find_delimiter
from dagster_project.ingest.decoding import open_text
from dagster_project.ingest.records import FileRefused
from dagster_project.ingest.unpacking import Part, unpacked
from dagster_project.predict.likelihood import Fit
from dagster_project.predict.summary import HISTORY, SummaryError

#: The columns that are read, as people and databases may write them.
NAMES = {name.lower(): name for name in (*HISTORY, "monetary")}


def read_summary(file: Path) -> pd.DataFrame:
    """Reads a summary table, a row per customer, from CSV or Parquet.

    Headers count in any case and with blanks around them, as in deliveries; a column in the very spelling
    goes before others.

    Raises:
        FileNotFoundError: When there is no such file.
        SummaryError: When it is neither CSV nor Parquet, or has a column twice.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    try:
        table = pd.read_parquet(file) if file.suffix.lower() == ".parquet" else read_text(file)
    except (ValueError, pa.ArrowInvalid, FileRefused) as error:
        raise SummaryError(f"{file}: not readable as CSV or Parquet: {error}") from error
    meant = {column: NAMES.get(str(column).strip().lower(), column) for column in table}
    renamed = table.rename(columns={old: new for old, new in meant.items() if new not in table})
    twice = renamed.columns[renamed.columns.duplicated()]
    if len(twice):
        raise SummaryError(f"column {twice[0]}: there twice")
    return renamed


def read_text(file: Path) -> pd.DataFrame:
    """Reads delimited text as deliveries may be: UTF-8 or CP932; comma, semicolon or tab; also with gzip."""
    with (
        TemporaryDirectory() as folder,
        unpacked(Part(file.name, file), Path(folder)) as plain,
        open_text(plain) as text,
    ):
        delimiter = find_delimiter(text.readline())
        return pd.read_csv(plain, sep=delimiter, encoding=text.encoding, index_col=False)


def fit_as_json(fit: Fit) -> str:
    """A fit as one JSON object; what is not finite is null."""
    return json.dumps(fit_as_dict(fit), indent=2)


def fit_as_dict(fit: Fit) -> dict[str, Any]:
    """A fit as plain values; a standard error that is not finite is None."""
    errors = {name: value if math.isfinite(value) else None for name, value in fit.standard_errors.items()}
    return dataclasses.asdict(fit) | {"standard_errors": errors}


def fit_from_dict(values: dict[str, Any]) -> Fit:
    """The fit that `fit_as_dict` wrote."""
    errors = {name: math.nan if value is None else value for name, value in values["standard_errors"].items()}
    return Fit(**(values | {"standard_errors": errors}))
