"""Pareto/NBD: Schmittlein, Morrison and Colombo (1987), Counting your customers, Management Science 33(1).

Purchases at a gamma-distributed rate until a dropout at a gamma-distributed rate, at any moment. Formulas as
in Fader and Hardie (2005), A note on deriving the Pareto/NBD model. Parameters are (r, alpha, s, beta), times
in any one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, hyp2f1

from dagster_project.predict.beta_geometric import median_of_lomax
from dagster_project.predict.likelihood import (
    Fit,
    Likelihood,
    away_from_one,
    maximise,
    unit_of_time,
    with_numeric_gradient,
)
from dagster_project.predict.summary import Array, Purchases

NAMES = ("r", "alpha", "s", "beta")


@dataclass(frozen=True)
class ParetoNBD:
    """The model, with the same functions as the others."""

    name: str

    def log_likelihood(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Log-likelihood of each history, shape (n,)."""
        r, alpha, s, beta = parameters
        common = gammaln(r + frequency) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return common + np.logaddexp(*alive_and_gone(parameters, frequency, recency, age))

    def fit(self, purchases: Purchases) -> Fit:
        """Maximum-likelihood fit.

        Raises:
            NotFitted: When the purchases do not determine the parameters.
        """
        unit = unit_of_time(self.name, purchases)
        scale = np.array([1, unit, 1, unit])

        def likelihood(step: int) -> Likelihood:
            some = purchases.every(step)
            data, shift = some.scaled(unit), some.repeats() * np.log(unit)

            def total(parameters: Array) -> float:
                each = self.log_likelihood(parameters / scale, *data.histories)
                return float((data.weight * each).sum()) - shift

            return Likelihood(with_numeric_gradient(total), some.customers)

        return maximise(
            self.name, NAMES, likelihood, len(purchases.weight), scale, (1.0, 1.0, 1.0, 1.0), ("s", "beta")
        )

    def probability_alive(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Probability that a customer with this history is alive at T, shape (n,)."""
        alive, gone = alive_and_gone(parameters, frequency, recency, age)
        return np.exp(alive - np.logaddexp(alive, gone))

    def expected_purchases(self, parameters: Array, time: Array) -> Array:
        """Expected repeat purchases of a new customer by `time` after the first one, shape of `time`."""
        r, alpha, s, beta = away_from_one(parameters, 2)
        return r * beta / (alpha * (s - 1)) * -np.expm1(-(s - 1) * np.log1p(time / beta))

    def expected_purchases_given(
        self, parameters: Array, time: float, frequency: Array, recency: Array, age: Array
    ) -> Array:
        """Expected purchases in the next `time` of customers with these histories, shape (n,)."""
        alive = self.probability_alive(parameters, frequency, recency, age)
        return alive * self.expected_purchases_if_alive(parameters, time, frequency, age)

    def expected_purchases_if_alive(
        self, parameters: Array, time: float, frequency: Array, age: Array
    ) -> Array:
        """The same of customers who are alive at T, whenever they bought last, shape (n,)."""
        r, alpha, s, beta = away_from_one(parameters, 2)
        rate = (r + frequency) * (beta + age) / ((alpha + age) * (s - 1))
        return rate * -np.expm1(-(s - 1) * np.log1p(time / (beta + age)))

    def median_wait(self, parameters: Array, frequency: Array, age: Array) -> Array:
        """Time from T in which half of the customers who stay alive buy again, shape (n,)."""
        r, alpha, _, _ = parameters
        return median_of_lomax(r + frequency, alpha + age)


def alive_and_gone(parameters: Array, frequency: Array, recency: Array, age: Array) -> tuple[Array, Array]:
    """Logarithms, up to a common factor, of having this history and being alive, or gone, at T."""
    r, alpha, s, beta = parameters
    at_last = log_of_integral(parameters, frequency, recency)
    at_end = log_of_integral(parameters, frequency, age)
    with np.errstate(divide="ignore"):
        difference = at_last + np.log1p(-np.exp(np.minimum(at_end - at_last, 0)))
    alive = -(r + frequency) * np.log(alpha + age) - s * np.log(beta + age)
    return alive, np.log(s) - np.log(r + s + frequency) + difference


def log_of_integral(parameters: Array, frequency: Array, time: Array) -> Array:
    """Logarithm of ₂F₁(r + s + x, b; r + s + x + 1; z) / (larger + t)^(r + s + x), shape (n,).

    After Euler's transformation (Abramowitz and Stegun 15.3.3), as the function itself overflows for
    frequent buyers.
    """
    r, alpha, s, beta = parameters
    power = r + s + frequency
    larger, second = (alpha, s + 1) if alpha >= beta else (beta, r + frequency)
    share = abs(alpha - beta) / (larger + time)
    function = hyp2f1(1, power + 1 - second, power + 1, share)
    return (1 - second) * np.log1p(-share) + np.log(function) - power * np.log(larger + time)


PARETO_NBD = ParetoNBD("pareto_nbd")
