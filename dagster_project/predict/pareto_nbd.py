"""Pareto/NBD: Schmittlein, Morrison and Colombo (1987), Counting your customers, Management Science 33(1).

Purchases at a gamma-distributed rate until a dropout at a gamma-distributed rate, at any moment. Formulas as
in Fader and Hardie (2005), A note on deriving the Pareto/NBD model. Parameters are (r, alpha, s, beta), times
in any one unit.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, hyp2f1

from dagster_project.predict.likelihood import Fit, maximise, with_numeric_gradient
from dagster_project.predict.summary import Array, Purchases

NAME = "pareto_nbd"
NAMES = ("r", "alpha", "s", "beta")


def log_likelihood(parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
    """Log-likelihood of each history, shape (n,)."""
    r, alpha, s, beta = parameters
    common = gammaln(r + frequency) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    alive, gone = _alive_and_gone(parameters, frequency, recency, age)
    return common + np.logaddexp(alive, gone)


def fit(purchases: Purchases) -> Fit:
    """Maximum-likelihood fit.

    Raises:
        NotFitted: When the purchases do not determine the parameters.
    """
    unit = max(float(np.average(purchases.age, weights=purchases.weight)) / 10, 1e-9)
    data = purchases.scaled(unit)
    scale = np.array([1, unit, 1, unit])
    shift = float(np.dot(purchases.weight, purchases.frequency)) * np.log(unit)

    def total(parameters: Array) -> float:
        each = log_likelihood(parameters / scale, data.frequency, data.recency, data.age)
        return float(np.dot(data.weight, each)) - shift

    start = (1.0, unit, 1.0, unit)
    return maximise(NAME, NAMES, with_numeric_gradient(total), start, purchases.customers)


def probability_alive(parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
    """Probability that a customer with this history is alive at T, shape (n,)."""
    alive, gone = _alive_and_gone(parameters, frequency, recency, age)
    return np.exp(alive - np.logaddexp(alive, gone))


def expected_purchases(parameters: Array, time: Array) -> Array:
    """Expected repeat purchases of a new customer up to `time` after the first purchase, shape of `time`."""
    r, alpha, s, beta = _away_from_one(parameters)
    return r * beta / (alpha * (s - 1)) * -np.expm1(-(s - 1) * np.log1p(time / beta))


def expected_purchases_given(
    parameters: Array, time: float, frequency: Array, recency: Array, age: Array
) -> Array:
    """Expected purchases in the next `time` of customers with these histories, shape (n,)."""
    r, alpha, s, beta = _away_from_one(parameters)
    rate = (r + frequency) * (beta + age) / ((alpha + age) * (s - 1))
    decay = -np.expm1(-(s - 1) * np.log1p(time / (beta + age)))
    return rate * decay * probability_alive(parameters, frequency, recency, age)


def _alive_and_gone(parameters: Array, frequency: Array, recency: Array, age: Array) -> tuple[Array, Array]:
    """Logarithms, up to a common factor, of having this history and being alive, or gone, at T."""
    r, alpha, s, beta = parameters
    power = r + s + frequency
    larger, other = (alpha, s + 1) if alpha >= beta else (beta, r + frequency)
    distance = abs(alpha - beta)
    at_last, at_end = (
        np.log(hyp2f1(power, other, power + 1, distance / (larger + time))) - power * np.log(larger + time)
        for time in (recency, age)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = at_last + np.log1p(-np.exp(np.minimum(at_end - at_last, 0)))
    alive = -(r + frequency) * np.log(alpha + age) - s * np.log(beta + age)
    return alive, np.log(s) - np.log(power) + difference


def _away_from_one(parameters: Array) -> Array:
    """Parameters with s not exactly 1, where the expectations have a removable singularity."""
    r, alpha, s, beta = parameters
    return np.array([r, alpha, s + 1e-6 if abs(s - 1) < 1e-6 else s, beta])
