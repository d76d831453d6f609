"""Gamma-Gamma model of spend: Fader and Hardie (2013), The Gamma-Gamma model of monetary value, note 025.

A customer's orders vary around a mean that is gamma-distributed over customers, whatever their number.
Parameters are (p, q, v).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from dagster_project.predict.likelihood import Fit, NotFitted, maximise
from dagster_project.predict.summary import Array, as_floats, checked

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


def repeat_buyers(summary: pd.DataFrame) -> pd.DataFrame:
    """Frequency and monetary, as floats, of the customers that the model is fitted on.

    Raises:
        SummaryError: When one of the two columns is missing or holds no numbers.
    """
    if not {"frequency", "monetary"} <= set(summary.columns):
        return checked(summary, ("frequency", "monetary"))
    again = summary[as_floats(summary["frequency"]) > 0]
    return checked(again[~(as_floats(again["monetary"]) <= 0)], ("frequency", "monetary"))


def fit(summary: pd.DataFrame) -> Fit:
    """Maximum-likelihood fit over customers with repeat purchases and a positive mean spend.

    Args:
        summary: Columns frequency and monetary, one row per customer; monetary is the mean over repeat
            purchases.

    Raises:
        NotFitted: When there are too few such customers, or they do not determine the parameters.
        SummaryError: When a column is missing, or a customer who bought again has no monetary.
    """
    buyers = repeat_buyers(summary)
    if len(buyers) < 3:
        raise NotFitted(f"{NAME}: fewer than three customers bought again")
    frequency, monetary = buyers["frequency"].to_numpy(), buyers["monetary"].to_numpy()
    unit = float(monetary.mean())
    data, scale = Spending.of(frequency, monetary / unit), np.array([1, 1, unit])
    shift = len(buyers) * np.log(unit)

    def objective(parameters: Array) -> tuple[float, Array]:
        value, gradient = total(parameters / scale, data)
        return value - shift, gradient / scale

    return maximise(NAME, NAMES, objective, scale, (1.0, 2.0, 1.0), len(buyers))


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
    log_sum, inverse = np.log(data.spent + v), 1 / (data.spent + v)
    logs, weighted_logs = log_sum.sum(), (data.frequency * log_sum).sum()
    value = (count * (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v))).sum()
    value += p * (data.log_spent - weighted_logs) - data.log_mean - q * logs
    together = digamma(shape + q)
    by_p = (count * data.level * (together - digamma(shape))).sum() + data.log_spent - weighted_logs
    by_q = (count * (together - digamma(q) + np.log(v))).sum() - logs
    by_v = count.sum() * q / v - p * (data.frequency * inverse).sum() - q * inverse.sum()
    return float(value), np.array([by_p, by_q, by_v])


def expected_spend(parameters: Array, frequency: Array, monetary: Array) -> Array:
    """Expected mean spend of a purchase given the history, shape (n,); equation 5 of the note.

    A customer without repeat purchases has the mean of the population; NaN where q ≤ 1, which has no mean. A
    negative mean spend counts as none.
    """
    p, q, v = parameters
    spent = frequency * np.maximum(np.nan_to_num(monetary), 0)
    weight = p * frequency + q - 1
    return np.where(weight > 0, p * (v + spent) / np.where(weight > 0, weight, 1), np.nan)
