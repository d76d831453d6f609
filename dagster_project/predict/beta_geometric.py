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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, gammaln, hyp2f1

from dagster_project.predict.likelihood import Fit, away_from_one, maximise, unit_of_time
from dagster_project.predict.summary import Array, Positions, Purchases

NAMES = ("r", "alpha", "a", "b")

#: Histories summed at a time.
BLOCK = 16_384


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
        data, scale = Levels.of(purchases.scaled(unit)), np.array([1, unit, 1, 1])
        shift = float((purchases.weight * purchases.frequency).sum()) * np.log(unit)

        def objective(parameters: Array) -> tuple[float, Array]:
            value, gradient = self._objective(parameters / scale, data)
            return value - shift, gradient / scale

        return maximise(self.name, NAMES, objective, scale, (1.0, 1.0, 1.0, 1.5), purchases.customers)

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
        r, alpha, a, b = parameters = away_from_one(parameters, 2)
        chances = b + frequency + self.first
        share = time / (alpha + age + time)
        expected = (a + chances - 1) / (a - 1)
        expected = expected * (1 - self._not_bought(parameters, r + frequency, share, chances))
        return expected * self.probability_alive(parameters, frequency, recency, age)

    def median_wait(self, parameters: Array, frequency: Array, age: Array) -> Array:
        """Time from T in which half of the customers who are alive buy again, shape (n,).

        Who is alive buys next at a rate with a gamma distribution of shape r + x and rate alpha + T, and
        cannot drop out before: no purchase by t has the probability ((alpha + T) / (alpha + T + t))^(r + x).
        """
        r, alpha, _, _ = parameters
        return median_of_lomax(r + frequency, alpha + age)

    def _not_bought(self, parameters: Array, shape: Array, share: Array, chances: Array) -> Array:
        """The term (1 − z)^shape ₂F₁(shape, chances; a + chances − 1; z) of both expectations.

        Written after Euler's transformation (Abramowitz and Stegun 15.3.3): the first factor would vanish
        and the second overflow for frequent buyers.
        """
        _, _, a, _ = parameters
        third = a + chances - 1
        return np.exp((a - 1) * np.log1p(-share)) * hyp2f1(third - shape, a - 1, third, share)

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

        What depends on the frequency alone is computed once for each, and every logarithm once for each
        distinct time: the sums are those of `log_likelihood`.
        """
        r, alpha, a, b = parameters
        x, count = data.frequency, data.count
        chances = b + x + self.first
        before = np.where(x + self.first > 0, chances - 1, np.inf)
        sums = [block_sums(parameters, data, before, block) for block in data.blocks]
        value, by_r, by_alpha = (sum(each[place] for each in sums) for place in range(3))
        gone = np.sum([each[3] for each in sums], axis=0)
        together = digamma(a + b) - digamma(a + chances)
        value += (count * self._common(parameters, x)).sum()
        gradient = (
            (count * (digamma(r + x) - digamma(r) + np.log(alpha))).sum() + by_r,
            r / alpha * count.sum() - by_alpha,
            (count * together).sum() + gone.sum() / a,
            (count * (digamma(chances) - digamma(b) + together) - gone / before).sum(),
        )
        return float(value), np.array(gradient)


@dataclass(frozen=True)
class Block:
    """Some histories: indices of their frequency, recency and age, and the customers of each, shape (n,)."""

    level: Positions
    recency: Positions
    age: Positions
    weight: Array


@dataclass(frozen=True)
class Levels:
    """Histories as indices into the few distinct frequencies and times that there are.

    Attributes:
        frequency: Distinct frequencies, shape (k,).
        count: Customers of each, shape (k,).
        times: Distinct recencies and ages, shape (m,).
        blocks: The histories, in blocks that a processor's cache holds.
    """

    frequency: Array
    count: Array
    times: Array
    blocks: Sequence[Block]

    @classmethod
    def of(cls, purchases: Purchases) -> Levels:
        """The same histories as indices."""
        frequency, level = np.unique(purchases.frequency, return_inverse=True)
        both = np.concatenate([purchases.recency, purchases.age])
        times, position = np.unique(both, return_inverse=True)
        recency, age = np.split(position, 2)
        count = np.bincount(level, purchases.weight).astype("float64")
        cuts = [slice(cut, cut + BLOCK) for cut in range(0, len(level), BLOCK)]
        blocks = [Block(level[cut], recency[cut], age[cut], purchases.weight[cut]) for cut in cuts]
        return cls(frequency, count, times, blocks)


def block_sums(
    parameters: Array, data: Levels, before: Array, block: Block
) -> tuple[float, float, float, Array]:
    """Sums over a block: its part of the log-likelihood, of its slopes by r and alpha, and who is gone.

    Args:
        parameters: Of the model.
        data: What the block's indices refer to.
        before: Chances not to drop out before the last purchase, by frequency, shape (k,).
        block: The histories.

    Returns:
        The three sums, and the expected number of customers gone by frequency, shape (k,).
    """
    r, alpha, a, _ = parameters
    logs, inverse = np.log(alpha + data.times), 1 / (alpha + data.times)
    with np.errstate(divide="ignore"):
        offset = np.log(a / before)
    power, at_end = (r + data.frequency)[block.level], logs[block.age]
    since = at_end - logs[block.recency]
    odds = offset[block.level] + power * since
    smaller = np.exp(-np.abs(odds))
    gone = block.weight * np.where(odds > 0, 1, smaller) / (1 + smaller)
    rate = block.weight * inverse[block.age] + gone * (inverse[block.recency] - inverse[block.age])
    each = np.maximum(odds, 0) + np.log1p(smaller) - power * at_end
    return (
        float((block.weight * each).sum()),
        float((gone * since - block.weight * at_end).sum()),
        float((power * rate).sum()),
        np.bincount(block.level, gone, minlength=len(before)).astype("float64"),
    )


def median_of_lomax(shape: Array, scale: Array) -> Array:
    """Median of a waiting time whose rate is gamma-distributed, shape (n,)."""
    with np.errstate(over="ignore"):
        return scale * np.expm1(np.log(2) / shape)


BG_NBD = BetaGeometric("bg_nbd", first=0)
MBG_NBD = BetaGeometric("mbg_nbd", first=1)
