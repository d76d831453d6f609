"""Gamma-Gamma model of spend: Fader and Hardie (2013), The Gamma-Gamma model of monetary value, note 025.

A customer's orders vary around a mean that is gamma-distributed over customers, whatever their number.
Parameters are (p, q, v).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from dagster_project.predict.likelihood import Fit, NotFitted, maximise
from dagster_project.predict.summary import Array, checked

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


def fit(summary: pd.DataFrame) -> Fit:
    """Maximum-likelihood fit over customers with repeat purchases and a positive mean spend.

    Args:
        summary: Columns frequency and monetary, one row per customer; monetary is the mean over repeat
        purchases.

    Raises:
        NotFitted: When there are no such customers, or they do not determine the parameters.
    """
    chosen = summary[summary["frequency"] > 0]
    floats = checked(chosen[chosen["monetary"].astype("float64") > 0], ("frequency", "monetary"))
    if len(floats) < 3:
        raise NotFitted("gamma_gamma: fewer than three customers bought again")
    counts = floats.groupby(["frequency", "monetary"], sort=True).size()
    frequency, monetary = (counts.index.get_level_values(i).to_numpy(dtype="float64") for i in range(2))
    weight = counts.to_numpy(dtype="float64")
    unit = float(np.average(monetary, weights=weight))

    def objective(parameters: Array) -> tuple[float, Array]:
        scale = np.array([1, 1, unit])
        value = float(np.dot(weight, log_likelihood(parameters / scale, frequency, monetary / unit)))
        gradient = _gradient(parameters / scale, frequency, monetary / unit, weight)
        return value - float(weight.sum()) * np.log(unit), gradient / scale

    return maximise(NAME, NAMES, objective, (1.0, 2.0, unit), float(weight.sum()))


def _gradient(parameters: Array, frequency: Array, monetary: Array, weight: Array) -> Array:
    """Gradient of the log-likelihood of all customers, shape (3,)."""
    p, q, v = parameters
    shape = p * frequency
    spent = np.log(frequency * monetary + v)
    by_p = frequency * (digamma(shape + q) - digamma(shape) + np.log(monetary) + np.log(frequency) - spent)
    by_q = digamma(shape + q) - digamma(q) + np.log(v) - spent
    by_v = q / v - (shape + q) / (frequency * monetary + v)
    return np.array([np.dot(weight, part) for part in (by_p, by_q, by_v)])


def expected_spend(parameters: Array, frequency: Array, monetary: Array) -> Array:
    """Expected mean spend of a purchase given the history, shape (n,).

    A customer without repeat purchases has the mean of the population; NaN where q ≤ 1, which has no mean.
    """
    p, q, v = parameters
    spent = np.where(frequency > 0, frequency * np.nan_to_num(monetary), 0.0)
    below = p * frequency + q - 1
    return np.where(below > 0, p * (v + spent) / np.where(below > 0, below, 1), np.nan)
