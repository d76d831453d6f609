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

from dagster_project.predict.likelihood import BLOCK, Fit, Likelihood, away_from_one, maximise, unit_of_time
from dagster_project.predict.summary import Array, Positions, Purchases, coded

NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True)
class BetaGeometric:
    """One of the two models."""

    name: str
    first: int

    def log_likelihood(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Log-likelihood of each history, shape (n,); in logarithms, so that x = 200 is no problem."""
        alive, gone = self._alive_and_gone(parameters, frequency, recency, age)
        return self._common(parameters, frequency) + np.logaddexp(alive, gone)

    def fit(self, purchases: Purchases) -> Fit:
        """Maximum-likelihood fit.

        Raises:
            NotFitted: When the purchases do not determine the parameters.
        """
        unit = unit_of_time(self.name, purchases)
        scale = np.array([1, unit, 1, 1])

        def likelihood(step: int) -> Likelihood:
            some = purchases.every(step)
            data, shift = Levels.of(some, unit), some.repeats() * np.log(unit)

            def objective(parameters: Array) -> tuple[float, Array]:
                value, gradient = self._objective(parameters / scale, data)
                return value - shift, gradient / scale

            return Likelihood(objective, some.customers)

        return maximise(
            self.name, NAMES, likelihood, len(purchases.weight), scale, (1.0, 1.0, 1.0, 1.5), ("a", "b")
        )

    def probability_alive(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Probability that a customer with this history has not dropped out by T, shape (n,)."""
        alive, gone = self._alive_and_gone(parameters, frequency, recency, age)
        return np.exp(alive - np.logaddexp(alive, gone))

    def expected_purchases(self, parameters: Array, time: Array) -> Array:
        """Expected repeat purchases of a new customer by `time` after the first one, shape of `time`.

        Fader, Hardie and Lee (2005), equation 9; of the MBG/NBD, the same with one chance more to drop out.
        """
        r, alpha, a, b = parameters = away_from_one(parameters, 2)
        share = time / (alpha + time)
        scale = (b if self.first else a + b - 1) / (a - 1)
        return scale * (1 - self._not_bought(parameters, r, share, b + self.first))

    def expected_purchases_given(
        self, parameters: Array, time: float, frequency: Array, recency: Array, age: Array
    ) -> Array:
        """Expected purchases in the next `time` of customers with these histories, shape (n,).

        Fader, Hardie and Lee (2005), equation 10.
        """
        alive = self.probability_alive(parameters, frequency, recency, age)
        return alive * self.expected_purchases_if_alive(parameters, time, frequency, age)

    def expected_purchases_if_alive(
        self, parameters: Array, time: float, frequency: Array, age: Array
    ) -> Array:
        """The same of customers who are alive at T, whenever they bought last, shape (n,)."""
        r, alpha, a, b = parameters = away_from_one(parameters, 2)
        chances = b + frequency + self.first
        share = time / (alpha + age + time)
        expected = (a + chances - 1) / (a - 1)
        return expected * (1 - self._not_bought(parameters, r + frequency, share, chances))

    def median_wait(self, parameters: Array, frequency: Array, age: Array) -> Array:
        """Time from T in which half of the customers who are alive buy again, shape (n,).

        Who is alive buys next at a rate with a gamma distribution of shape r + x and rate alpha + T, and
        cannot drop out before: no purchase by t has the probability ((alpha + T) / (alpha + T + t))^(r + x).
        """
        r, alpha, _, _ = parameters
        return median_of_lomax(r + frequency, alpha + age)

    def _not_bought(self, parameters: Array, shape: Array, share: Array, chances: Array) -> Array:
        """The term (1 − z)^shape ₂F₁(shape, chances; a + chances − 1; z) of both expectations.

        As it stands or after Euler's transformation (Abramowitz and Stegun 15.3.3), whichever has the smaller
        exponent: with a large one the power vanishes and the function overflows.
        """
        _, _, a, _ = parameters
        third, as_it_stands = a + chances - 1, shape < a - 1
        exponent = np.where(as_it_stands, shape, a - 1)
        first = np.where(as_it_stands, shape, third - shape)
        second = np.where(as_it_stands, chances, a - 1)
        return np.exp(exponent * np.log1p(-share)) * hyp2f1(first, second, third, share)

    def _common(self, parameters: Array, frequency: Array) -> Array:
        """Logarithm of the factor of the likelihood that being alive or gone does not change."""
        r, alpha, a, b = parameters
        chances = b + frequency + self.first
        return gammaln(r + frequency) - gammaln(r) + r * np.log(alpha) + betaln(a, chances) - betaln(a, b)

    def _alive_and_gone(
        self, parameters: Array, frequency: Array, recency: Array, age: Array
    ) -> tuple[Array, Array]:
        """Logarithms, up to a common factor, of having this history and being alive, or gone, at T."""
        r, alpha, a, b = parameters
        power = r + frequency
        dropouts = frequency + self.first
        gone = np.log(a) - np.log(b + np.maximum(dropouts, 1) - 1) - power * np.log(alpha + recency)
        return -power * np.log(alpha + age), np.where(dropouts > 0, gone, -np.inf)

    def _objective(self, parameters: Array, data: Levels) -> tuple[float, Array]:
        """Log-likelihood of all customers and its analytic gradient, shape (4,).

        What depends on the frequency alone is computed once for each, what depends on it and T once for each
        pair, and every logarithm of a recency once: the sums are those of `log_likelihood`.
        """
        r, alpha, a, b = parameters
        x, count, level = data.frequency, data.count, data.level
        chances = b + x + self.first
        before = np.where(x + self.first > 0, chances - 1, np.inf)
        with np.errstate(divide="ignore"):
            offset = np.log(a / before)
        power, at_end, inverse = (r + x)[level], np.log(alpha + data.age), 1 / (alpha + data.age)
        value, gone, gone_logs, gone_rate = sums_of_gone(alpha, power, offset[level] + power * at_end, data)
        value += (count * self._common(parameters, x)).sum() - (data.customers * power * at_end).sum()
        gone_level = np.bincount(level, gone, minlength=len(x))
        together = digamma(a + b) - digamma(a + chances)
        gradient = (
            (count * (digamma(r + x) - digamma(r) + np.log(alpha))).sum()
            + ((gone - data.customers) * at_end).sum() - gone_logs,
            r / alpha * count.sum() - ((data.customers - gone) * power * inverse).sum() - gone_rate,
            (count * together).sum() + gone.sum() / a,
            (count * (digamma(chances) - digamma(b) + together) - gone_level / before).sum(),
        )  # fmt: skip
        return float(value), np.array(gradient)


@dataclass(frozen=True)
class Levels:
    """Histories in three steps: k distinct frequencies, m pairs of these and T, n histories.

    Attributes:
        frequency: Distinct frequencies, shape (k,).
        count: Customers of each, shape (k,).
        level: The frequency of each pair, as an index, shape (m,).
        age: T of each pair, shape (m,).
        customers: Customers of each pair, shape (m,).
        starts: The first history of each pair, shape (m,).
        times: Distinct recencies.
        pair: The pair of each history, shape (n,).
        recency: Its recency, as an index, shape (n,).
        weight: Its customers, shape (n,).
    """

    frequency: Array
    count: Array
    level: Positions
    age: Array
    customers: Array
    starts: Positions
    times: Array
    pair: Positions
    recency: Positions
    weight: Array

    @classmethod
    def of(cls, purchases: Purchases, unit: float) -> Levels:
        """The same histories, with times in `unit`s."""
        pairs = purchases.pairs()
        frequency, level = np.unique(pairs.frequency, return_inverse=True)
        customers = np.add.reduceat(purchases.weight, pairs.starts)
        recency, times = coded(purchases.recency)
        return cls(
            frequency,
            np.bincount(level, customers).astype("float64"),
            level,
            pairs.age / unit,
            customers,
            pairs.starts,
            times / unit,
            pairs.position,
            recency.astype(np.int64),
            purchases.weight,
        )


def sums_of_gone(
    alpha: float, power: Array, odds_at_start: Array, data: Levels
) -> tuple[float, Array, float, float]:
    """The sums over histories that depend on the recency, in blocks.

    Args:
        alpha: Parameter of the model.
        power: r + x of each pair, shape (m,).
        odds_at_start: Logarithm of the odds of being gone at T, but for the recency, shape (m,).
        data: The histories.

    Returns:
        The sum of ln(1 + odds); the expected customers gone of each pair, shape (m,); the sums over those
        gone of ln(alpha + recency), and of power ÷ (alpha + recency).
    """
    logs, inverse = np.log(alpha + data.times), 1 / (alpha + data.times)
    gone = np.empty(len(data.weight))
    value = gone_logs = gone_rate = 0.0
    for start in range(0, len(gone), BLOCK):
        block = slice(start, start + BLOCK)
        pair, recency, weight = data.pair[block], data.recency[block], data.weight[block]
        at_last, exponent = logs[recency], power[pair]
        odds = odds_at_start[pair] - exponent * at_last
        smaller = np.exp(-np.abs(odds))
        value += (weight * (np.maximum(odds, 0) + np.log1p(smaller))).sum()
        each = weight * np.where(odds > 0, 1, smaller) / (1 + smaller)
        gone_logs += (each * at_last).sum()
        gone_rate += (each * exponent * inverse[recency]).sum()
        gone[block] = each
    return float(value), np.add.reduceat(gone, data.starts), float(gone_logs), float(gone_rate)


def median_of_lomax(shape: Array, scale: Array) -> Array:
    """Median of a waiting time whose rate is gamma-distributed, shape (n,)."""
    with np.errstate(over="ignore"):
        return scale * np.expm1(np.log(2) / shape)


BG_NBD = BetaGeometric("bg_nbd", first=0)
MBG_NBD = BetaGeometric("mbg_nbd", first=1)
