"""The purchase summary of customers, and its grouping into sufficient statistics.

Customers with equal frequency, recency and T have equal likelihoods and equal expectations, so one row with a
weight stands for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

HISTORY = ("frequency", "recency", "T")

#: Whole numbers below this, as days are, need no search for the distinct ones.
FEW = 2**16


class SummaryError(ValueError):
    """A summary table that cannot be used; the message names the column and what is wrong with it."""


@dataclass(frozen=True)
class Purchases:
    """Grouped purchase histories, arrays of equal length n, in the order of frequency, T, recency.

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

    def repeats(self) -> float:
        """Repeat purchases of all customers."""
        return float((self.weight * self.frequency).sum())

    def mean_age(self) -> float:
        """Mean T of the customers."""
        return float(np.average(self.age, weights=self.weight))

    def scaled(self, unit: float) -> Purchases:
        """The same histories with time measured in `unit`s."""
        return Purchases(self.frequency, self.recency / unit, self.age / unit, self.weight, self.position)

    def every(self, step: int) -> Purchases:
        """Every `step`-th history; the positions of customers stay those in the whole."""
        frequency, recency, age = (values[::step] for values in self.histories)
        return Purchases(frequency, recency, age, self.weight[::step], self.position)

    def pairs(self) -> Pairs:
        """What is left of the histories without their recency."""
        differs = (np.diff(self.frequency) != 0) | (np.diff(self.age) != 0)
        starts = np.concatenate([[0], np.flatnonzero(differs) + 1])
        lengths = np.diff(starts, append=len(self.frequency))
        return Pairs(
            self.frequency[starts], self.age[starts], starts, np.repeat(np.arange(len(starts)), lengths)
        )


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs of frequency and T, of which there are few: k of n histories.

    Attributes:
        frequency: Repeat purchases, shape (k,).
        age: T, shape (k,).
        starts: The first history of each pair, shape (k,).
        position: The pair of each history, shape (n,).
    """

    frequency: Array
    age: Array
    starts: Positions
    position: Positions


def checked(summary: pd.DataFrame) -> list[Array]:
    """Frequency, recency and T of a summary, a row per customer, as floats, each of shape (customers,).

    Raises:
        SummaryError: On a missing column, a value that is null, negative or no number, a recency beyond T, or
            one of a customer who did not buy again.
    """
    columns = floats_of(summary, HISTORY)
    for name, values in zip(HISTORY, columns, strict=True):
        check_numbers(name, values)
    frequency, recency, age = columns
    beyond = recency > age
    if (recency[beyond] > age[beyond] * (1 + 1e-9) + 1e-9).any():
        raise SummaryError("column recency: greater than T in some rows")
    if ((recency > 0) & (frequency == 0)).any():
        raise SummaryError("column recency: not 0 in some rows with frequency 0")
    return columns


def check_numbers(name: str, values: Array) -> None:
    """Refuses values of a column that no purchases can have.

    Raises:
        SummaryError: When there are any; the message says how many.
    """
    if len(values) and not (values.min() >= 0 and values.max() < np.inf):
        bad = len(values) - np.count_nonzero((values >= 0) & (values < np.inf))
        raise SummaryError(f"column {name}: {bad} values are null, negative or no number")


def floats_of(summary: pd.DataFrame, columns: Sequence[str]) -> list[Array]:
    """Columns of a summary as floats, NaN where one holds no number, each of shape (customers,).

    Raises:
        SummaryError: When a column is missing.
    """
    missing = [column for column in columns if column not in summary]
    if missing:
        there = ", ".join(str(column) for column in summary.columns)
        raise SummaryError(f"column {', '.join(missing)} is missing; there are {there}")
    return [
        pd.to_numeric(summary[column], errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
        for column in columns
    ]


def coded(values: Array) -> tuple[Codes, Array]:
    """Codes of values that are not negative, and the values in ascending order that they stand for."""
    if values.max(initial=0) < FEW:
        whole = values.astype(np.int32)
        if np.array_equal(whole, values):
            return whole, np.arange(whole.max(initial=0) + 1, dtype="float64")
    codes, distinct = pd.factorize(values, sort=True)
    return codes.astype(np.int32), distinct


def sort_with_order(keys: Positions, size: int) -> Positions:
    """Sorts keys from 0 to `size` − 1 in place, and gives the position of each before, shape (n,)."""
    bits = len(keys).bit_length()
    if size >= 2 ** (63 - bits):
        order = np.argsort(keys, kind="stable")
        keys[:] = keys[order]
        return order
    # With its position as its last digits a key takes that along: half the time and memory of an argsort.
    order = np.arange(len(keys))
    keys <<= bits
    keys |= order
    keys.sort()
    np.bitwise_and(keys, 2**bits - 1, out=order)
    keys >>= bits
    return order


def grouped(summary: pd.DataFrame) -> Purchases:
    """Groups a summary (columns frequency, recency, T; a row per customer) into weighted histories.

    Raises:
        SummaryError: When a column is missing or a value cannot be.
    """
    frequency, recency, age = checked(summary)
    keys, levels = np.zeros(len(frequency), dtype=np.int64), []
    for values in (frequency, age, recency):
        codes, distinct = coded(values)
        keys *= len(distinct)
        keys += codes
        levels.append(distinct)
    sizes = [len(distinct) for distinct in levels]
    order = sort_with_order(keys, math.prod(sizes))
    starts = np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1])[: len(keys)]
    weight = np.diff(starts, append=len(keys))
    position = np.empty(len(keys), dtype=np.int64)
    position[order] = np.repeat(np.arange(len(starts)), weight)
    chosen = zip(levels, np.unravel_index(keys[starts], sizes), strict=True)
    frequency, age, recency = (distinct[codes] for distinct, codes in chosen)
    return Purchases(frequency, recency, age, weight.astype("float64"), position)
