"""Summary tables as files in, fits as JSON out and back: what people and the cache of fits read and write."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from dagster_project.predict.likelihood import Fit
from dagster_project.predict.summary import SummaryError


def read_summary(file: Path) -> pd.DataFrame:
    """Reads a summary table, a row per customer, from CSV or Parquet.

    T may also be written t, as databases like it.

    Raises:
        FileNotFoundError: When there is no such file.
        SummaryError: When it is neither CSV nor Parquet.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    try:
        table = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    except (ValueError, pa.ArrowInvalid) as error:
        raise SummaryError(f"{file}: not readable as CSV or Parquet: {error}") from error
    return table if "T" in table else table.rename(columns={"t": "T"})


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
