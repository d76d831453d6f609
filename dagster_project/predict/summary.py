"""The purchase summary of customers, and its grouping into sufficient statistics.

Customers with equal frequency, recency and T have equal likelihoods, so one row with a weight stands for all
of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]


class SummaryError(ValueError):
    """A summary table that cannot be used; the message names the column and what is wrong with it."""


@dataclass(frozen=True)
class Purchases:
    """Grouped purchase histories, arrays of equal length n.

    Attributes:
        frequency: Repeat purchases (purchase days − 1).
        recency: Time from the first to the last purchase; 0 at frequency 0.
        age: T, the time from the first purchase to the end of observation.
        weight: How many customers have this history.
    """

    frequency: Array
    recency: Array
    age: Array
    weight: Array

    @property
    def customers(self) -> float:
        """Number of customers."""
        return float(self.weight.sum())

    def scaled(self, unit: float) -> Purchases:
        """The same histories with time measured in `unit`s."""
        return Purchases(self.frequency, self.recency / unit, self.age / unit, self.weight)


def checked(summary: pd.DataFrame, columns: tuple[str, ...] = ("frequency", "recency", "T")) -> pd.DataFrame:
    """The columns of a summary as floats.

    Args:
        summary: One row per customer.
        columns: What is needed of it.

    Raises:
        SummaryError: On a missing column, a value that is null or negative, recency beyond T, or repeat
        purchases
            without a recency.
    """
    missing = [column for column in columns if column not in summary]
    if missing:
        raise SummaryError(f"column {', '.join(missing)} is missing; there are {', '.join(summary.columns)}")
    floats = summary[list(columns)].apply(pd.to_numeric, errors="coerce").astype("float64")
    for column in columns:
        bad = int((~np.isfinite(floats[column]) | (floats[column] < 0)).sum())
        if bad:
            raise SummaryError(f"column {column}: {bad} values are null, negative or no number")
    if {"recency", "T"} <= set(columns) and (floats["recency"] > floats["T"] + 1e-9).any():
        raise SummaryError("column recency: greater than T in some rows")
    return floats


def grouped(summary: pd.DataFrame) -> Purchases:
    """Groups a summary (columns frequency, recency, T; a row per customer) into weighted histories."""
    floats = checked(summary)
    counts = floats.groupby(["frequency", "recency", "T"], sort=True).size()
    frequency, recency, age = (
        counts.index.get_level_values(level).to_numpy(dtype="float64") for level in range(3)
    )
    return Purchases(frequency, recency, age, counts.to_numpy(dtype="float64"))
