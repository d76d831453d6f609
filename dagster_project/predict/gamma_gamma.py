"""Gamma-Gamma model of spend: Fader and Hardie (2013), The Gamma-Gamma model of monetary value, note 025.

A customer's orders vary around a mean that is gamma-distributed over customers, whatever their number.
Parameters are (p, q, v).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from dagster_project.predict.likelihood import BLOCK, Fit, Likelihood, NotFitted, maximise
from dagster_project.predict.summary import Array, check_numbers, floats_of

NAME = "gamma_gamma"
NAMES = ("p", "q", "v")


def log_likelihood(parameters: Array, frequency: Array, monetary: Array) -> Array:
    """Log-likelihood of mean spends over `frequency` repeat purchases, shape (n,)."""
    p, q, v = parameters
    shape = p * frequency
    return (
        gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
        + (shape - 1) * np.log(monetary) + shape * np.log(frequency)
        - (shape + q) * np.log(frequency * monetary + v)
    )  # fmt: skip


def repeat_buyers(summary: pd.DataFrame) -> tuple[Array, Array]:
    """Frequency and monetary of the customers that the model is fitted on, each of shape (n,).

    Raises:
        SummaryError: When one of the two columns is missing, a frequency is no number, or a customer who
            bought again has no monetary.
    """
    frequency, monetary = floats_of(summary, ("frequency", "monetary"))
    check_numbers("frequency", frequency)
    again = frequency > 0
    again &= ~(monetary <= 0)
    frequency, monetary = frequency[again], monetary[again]
    check_numbers("monetary", monetary)
    return frequency, monetary


def fit(summary: pd.DataFrame) -> Fit:
    """Maximum-likelihood fit over customers with repeat purchases and a positive mean spend.

    Args:
        summary: Columns frequency and monetary, one row per customer; monetary is the mean over repeat
            purchases.

    Raises:
        NotFitted: When there are too few such customers, or they do not determine the parameters.
        SummaryError: When a column is missing, or a customer who bought again has no monetary.
    """
    return fit_to_buyers(*repeat_buyers(summary))


def fit_to_buyers(frequency: Array, monetary: Array) -> Fit:
    """The same, given what `repeat_buyers` gives, each of shape (n,)."""
    if len(frequency) < 3:
        raise NotFitted(f"{NAME}: fewer than three customers bought again")
    unit = float(monetary.mean())
    scale = np.array([1, 1, unit])

    def likelihood(step: int) -> Likelihood:
        data = Spending.of(frequency[::step], monetary[::step] / unit)
        customers = len(data.frequency)

        def objective(parameters: Array) -> tuple[float, Array]:
            value, gradient = total(parameters / scale, data)
            return value - customers * np.log(unit), gradient / scale

        return Likelihood(objective, customers)

    return maximise(NAME, NAMES, likelihood, len(frequency), scale, (1.0, 2.0, 1.0), ("q", "v"))


@dataclass(frozen=True)
class Spending:
    """What the likelihood of all customers needs of them.

    Attributes:
        level: Distinct frequencies, shape (k,).
        count: Customers of each, shape (k,).
        frequency: Of each customer, shape (n,).
        spent: Total spend of each customer, shape (n,).
        log_spent: Sum over customers of frequency × ln(total spend).
        log_mean: Sum over customers of ln(mean spend).
    """

    level: Array
    count: Array
    frequency: Array
    spent: Array
    log_spent: float
    log_mean: float

    @classmethod
    def of(cls, frequency: Array, monetary: Array) -> Spending:
        """The statistics of customers with these frequencies and mean spends."""
        level, count = np.unique(frequency, return_counts=True)
        spent = frequency * monetary
        log_spent = float((frequency * np.log(spent)).sum())
        return cls(level, count.astype("float64"), frequency, spent, log_spent, float(np.log(monetary).sum()))


def total(parameters: Array, data: Spending) -> tuple[float, Array]:
    """Log-likelihood of all customers and its gradient, shape (3,): the sum of `log_likelihood`."""
    p, q, v = parameters
    shape, count = p * data.level, data.count
    logs, weighted_logs, inverses, weighted_inverses = sums_over_buyers(v, data)
    value = (count * (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v))).sum()
    value += p * (data.log_spent - weighted_logs) - data.log_mean - q * logs
    together = digamma(shape + q)
    by_p = (count * data.level * (together - digamma(shape))).sum() + data.log_spent - weighted_logs
    by_q = (count * (together - digamma(q) + np.log(v))).sum() - logs
    by_v = count.sum() * q / v - p * weighted_inverses - q * inverses
    return float(value), np.array([by_p, by_q, by_v])


def sums_over_buyers(v: float, data: Spending) -> Array:
    """Sums of ln(spent + v) and of 1 ÷ (spent + v), each plain and times frequency, in blocks, shape (4,)."""
    sums = np.zeros(4)
    for start in range(0, len(data.spent), BLOCK):
        frequency, beyond = data.frequency[start : start + BLOCK], data.spent[start : start + BLOCK] + v
        logs, inverse = np.log(beyond), 1 / beyond
        sums += logs.sum(), (frequency * logs).sum(), inverse.sum(), (frequency * inverse).sum()
    return sums


def expected_spend(parameters: Array, frequency: Array, monetary: Array) -> Array:
    """Expected mean spend of a purchase given the history, shape (n,); equation 5 of the note.

    A customer without repeat purchases has the mean of the population; NaN where q ≤ 1, which has no mean. A
    negative mean spend counts as none.
    """
    p, q, v = parameters
    spent = frequency * np.maximum(np.nan_to_num(monetary), 0)
    weight = p * frequency + q - 1
    return np.where(weight > 0, p * (v + spent) / np.where(weight > 0, weight, 1), np.nan)
