"""BG/NBD and MBG/NBD: gamma-distributed purchase rates, beta-distributed dropout after a purchase.

BG/NBD: Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).
MBG/NBD: Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of models for customer
base analysis, IJRM 24(3): a customer may also drop out right after the first purchase, so that a one-time
buyer of years ago is not alive for certain.

The two differ by where the dropout is counted: after x repeat purchases there were x (BG) or x + 1 (MBG)
chances to drop out. `first` is 0 or 1 accordingly, and every formula below holds for both. Parameters are (r,
alpha, a, b), times in any one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, gammaln, hyp2f1

from dagster_project.predict.likelihood import Fit, maximise
from dagster_project.predict.summary import Array, Purchases

NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True)
class BetaGeometric:
    """One of the two models."""

    name: str
    first: int

    def log_likelihood(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Log-likelihood of each history, shape (n,); in logarithms, so that x = 200 is no problem."""
        r, alpha, a, b = parameters
        chances = b + frequency + self.first
        common = gammaln(r + frequency) - gammaln(r) + r * np.log(alpha) + betaln(a, chances) - betaln(a, b)
        alive, gone = self._alive_and_gone(parameters, frequency, recency, age)
        return common + np.logaddexp(alive, gone)

    def fit(self, purchases: Purchases) -> Fit:
        """Maximum-likelihood fit.

        Raises:
            NotFitted: When the purchases do not determine the parameters.
        """
        unit = max(float(np.average(purchases.age, weights=purchases.weight)) / 10, 1e-9)
        data = purchases.scaled(unit)

        def objective(parameters: Array) -> tuple[float, Array]:
            scaled = parameters / np.array([1, unit, 1, 1])
            value, gradient = self._objective(scaled, data)
            shift = float(np.dot(purchases.weight, purchases.frequency)) * np.log(unit)
            return value - shift, gradient / np.array([1, unit, 1, 1])

        return maximise(self.name, NAMES, objective, (1.0, unit, 1.0, 1.5), purchases.customers)

    def probability_alive(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Probability that a customer with this history has not dropped out by T, shape (n,)."""
        alive, gone = self._alive_and_gone(parameters, frequency, recency, age)
        return np.exp(alive - np.logaddexp(alive, gone))

    def expected_purchases(self, parameters: Array, time: Array) -> Array:
        """Expected repeat purchases of a new customer by `time` after the first one, shape of `time`."""
        r, alpha, a, b = _away_from_one(parameters)
        first = self.first
        share = time / (alpha + time)
        term = np.exp(-r * np.log1p(time / alpha)) * hyp2f1(r, b + first, a + b + first - 1, share)
        return (a + b + first - 1 - (a if first else 0)) / (a - 1) * (1 - term)

    def expected_purchases_given(
        self, parameters: Array, time: float, frequency: Array, recency: Array, age: Array
    ) -> Array:
        """Expected purchases in the next `time` of customers with these histories, shape (n,)."""
        r, alpha, a, b = _away_from_one(parameters)
        chances = b + frequency + self.first
        share = time / (alpha + age + time)
        term = np.exp(-(r + frequency) * np.log1p(time / (alpha + age))) * hyp2f1(
            r + frequency, chances, a + chances - 1, share
        )
        expected = (a + chances - 1) / (a - 1) * (1 - term)
        return expected * self.probability_alive(parameters, frequency, recency, age)

    def _alive_and_gone(
        self, parameters: Array, frequency: Array, recency: Array, age: Array
    ) -> tuple[Array, Array]:
        """Logarithms, up to a common factor, of having this history and being alive, or gone, at T."""
        r, alpha, a, b = parameters
        power = r + frequency
        chances = b + frequency + self.first - 1
        can_drop = chances > b - 0.5
        with np.errstate(divide="ignore", invalid="ignore"):
            gone = np.log(a) - np.log(chances) - power * np.log(alpha + recency)
        return -power * np.log(alpha + age), np.where(can_drop, gone, -np.inf)

    def _objective(self, parameters: Array, data: Purchases) -> tuple[float, Array]:
        """Log-likelihood of all customers and its analytic gradient, shape (4,)."""
        r, alpha, a, b = parameters
        x, recency, age, weight = data.frequency, data.recency, data.age, data.weight
        chances = b + x + self.first
        alive, gone = self._alive_and_gone(parameters, x, recency, age)
        total = np.logaddexp(alive, gone)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, chances) - betaln(a, b)
        share_gone = np.exp(gone - total)
        share_alive = 1 - share_gone
        together = digamma(a + b) - digamma(a + chances)
        by_r = (
            digamma(r + x) - digamma(r) + np.log(alpha)
            - share_alive * np.log(alpha + age) - share_gone * np.log(alpha + recency)
        )  # fmt: skip
        by_alpha = r / alpha - (r + x) * (share_alive / (alpha + age) + share_gone / (alpha + recency))
        by_a = together + share_gone / a
        by_b = digamma(chances) - digamma(b) + together - share_gone / np.maximum(chances - 1, 1e-300)
        gradient = np.array([np.dot(weight, part) for part in (by_r, by_alpha, by_a, by_b)])
        return float(np.dot(weight, common + total)), gradient


def _away_from_one(parameters: Array) -> Array:
    """Parameters with a not exactly 1, where the expectations have a removable singularity."""
    r, alpha, a, b = parameters
    return np.array([r, alpha, a + 1e-6 if abs(a - 1) < 1e-6 else a, b])


BG_NBD = BetaGeometric("bg_nbd", first=0)
MBG_NBD = BetaGeometric("mbg_nbd", first=1)
