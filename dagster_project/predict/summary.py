"""The purchase summary of customers, and its grouping into sufficient statistics.

Customers with equal frequency, recency and T have equal likelihoods and equal expectations, so one row with a
weight stands for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

HISTORY = ("frequency", "recency", "T")


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
        position: Of each customer of the summary, shape (customers,), the index of the history.
    """

    frequency: Array
    recency: Array
    age: Array
    weight: Array
    position: Positions

    @property
    def customers(self) -> float:
        """Number of customers."""
        return float(self.weight.sum())

    @property
    def histories(self) -> tuple[Array, Array, Array]:
        """Frequency, recency and T, as the models' functions take them."""
        return self.frequency, self.recency, self.age

    def mean_age(self) -> float:
        """Mean T of the customers."""
        return float(np.average(self.age, weights=self.weight))

    def scaled(self, unit: float) -> Purchases:
        """The same histories with time measured in `unit`s."""
        return Purchases(self.frequency, self.recency / unit, self.age / unit, self.weight, self.position)


def checked(summary: pd.DataFrame, columns: tuple[str, ...] = HISTORY) -> pd.DataFrame:
    """The columns of a summary as floats.

    Args:
        summary: One row per customer.
        columns: What is needed of it.

    Raises:
        SummaryError: On a missing column, a value that is null, negative or no number, a recency beyond T, or
            one of a customer who did not buy again.
    """
    missing = [column for column in columns if column not in summary]
    if missing:
        there = ", ".join(str(column) for column in summary.columns)
        raise SummaryError(f"column {', '.join(missing)} is missing; there are {there}")
    floats = pd.DataFrame({column: as_floats(summary[column]) for column in columns})
    for column in columns:
        bad = int((~np.isfinite(floats[column]) | (floats[column] < 0)).sum())
        if bad:
            raise SummaryError(f"column {column}: {bad} values are null, negative or no number")
    if set(HISTORY) <= set(columns):
        if (floats["recency"] > floats["T"] * (1 + 1e-9) + 1e-9).any():
            raise SummaryError("column recency: greater than T in some rows")
        if ((floats["recency"] > 0) & (floats["frequency"] == 0)).any():
            raise SummaryError("column recency: not 0 in some rows with frequency 0")
    return floats


def as_floats(column: pd.Series) -> pd.Series:
    """A column as floats, NaN where it holds no number."""
    return pd.to_numeric(column, errors="coerce").astype("float64")


def grouped(summary: pd.DataFrame) -> Purchases:
    """Groups a summary (columns frequency, recency, T; a row per customer) into weighted histories.

    Raises:
        SummaryError: When a column is missing or a value cannot be.
    """
    floats = checked(summary)
    coded = np.zeros(len(floats), dtype=np.int64)
    for column in HISTORY:
        codes, values = pd.factorize(floats[column], sort=True)
        coded = coded * max(len(values), 1) + codes
    position, distinct = pd.factorize(coded, sort=True)
    one_of_each = np.empty(len(distinct), dtype=np.int64)
    one_of_each[position] = np.arange(len(floats))
    chosen = floats.iloc[one_of_each]
    return Purchases(
        chosen["frequency"].to_numpy(),
        chosen["recency"].to_numpy(),
        chosen["T"].to_numpy(),
        np.bincount(position, minlength=len(distinct)).astype("float64"),
        position.astype(np.int64),
    )
