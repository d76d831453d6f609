"""The models by name, and what is predicted with them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from dagster_project.predict import gamma_gamma
from dagster_project.predict.beta_geometric import BG_NBD, MBG_NBD
from dagster_project.predict.likelihood import Fit, NotFitted
from dagster_project.predict.pareto_nbd import PARETO_NBD
from dagster_project.predict.summary import Array, Purchases, floats_of, grouped


class PurchaseModel(Protocol):
    """A model of when customers buy and when they stop."""

    @property
    def name(self) -> str:
        """As it is called in commands and tables."""

    def log_likelihood(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Log-likelihood of each history, shape (n,)."""

    def fit(self, purchases: Purchases) -> Fit:
        """Maximum-likelihood fit."""

    def probability_alive(self, parameters: Array, frequency: Array, recency: Array, age: Array) -> Array:
        """Probability of being alive at T, shape (n,)."""

    def expected_purchases(self, parameters: Array, time: Array) -> Array:
        """Expected repeat purchases of a new customer by `time`, shape of `time`."""

    def expected_purchases_given(
        self, parameters: Array, time: float, frequency: Array, recency: Array, age: Array
    ) -> Array:
        """Expected purchases in the next `time`, shape (n,)."""

    def expected_purchases_if_alive(
        self, parameters: Array, time: float, frequency: Array, age: Array
    ) -> Array:
        """The same of those who are alive, whenever they bought last, shape (n,)."""

    def median_wait(self, parameters: Array, frequency: Array, age: Array) -> Array:
        """Median time to the next purchase of those alive, shape (n,)."""


PURCHASE_MODELS: dict[str, PurchaseModel] = {model.name: model for model in (BG_NBD, MBG_NBD, PARETO_NBD)}
MODELS = (*PURCHASE_MODELS, gamma_gamma.NAME)

#: The one whose one-time buyers of years ago are not alive for certain.
DEFAULT = MBG_NBD.name

#: How many parts a horizon is cut into when what comes later is worth less.
PARTS = 12

#: Half of the customers with the history must be alive for a next order to be expected on a day.
ALIVE = 0.5


def fit(name: str, summary: pd.DataFrame) -> Fit:
    """Fits a model of `MODELS` to a summary: columns frequency, recency, T, or frequency, monetary.

    Raises:
        SummaryError: When the summary cannot be used.
        NotFitted: When it does not determine the parameters.
    """
    if name == gamma_gamma.NAME:
        return gamma_gamma.fit(summary)
    return PURCHASE_MODELS[name].fit(grouped(summary))


def predict(
    purchase_fit: Fit,
    spend_fit: Fit,
    summary: pd.DataFrame,
    horizon: float,
    discount: float = 0.0,
    purchases: Purchases | None = None,
) -> pd.DataFrame:
    """What is expected of each customer in the next `horizon`.

    Args:
        purchase_fit: Fit of a purchase model.
        spend_fit: Fit of the Gamma-Gamma model.
        summary: Columns frequency, recency, T, monetary, one row per customer.
        horizon: Length of the future, in the summary's unit of time.
        discount: What value a horizon ahead is discounted by; 0 for none.
        purchases: The summary grouped, when that is done already.

    Returns:
        One row per row of the summary: p_alive, expected_orders, expected_spend (of one purchase), value,
        wait (median time to the next purchase; NaN when probably not alive).

    Raises:
        NotFitted: When the fit expects what is no number.
    """
    model, values = PURCHASE_MODELS[purchase_fit.model], purchase_fit.values
    purchases = purchases or grouped(summary)
    # Of those alive, everything but p_alive is a matter of frequency and T, and there are few pairs of these.
    pairs = purchases.pairs()
    pair = pairs.frequency, pairs.age
    p_alive = model.probability_alive(values, *purchases.histories)
    orders = model.expected_purchases_if_alive(values, horizon, *pair)
    if not (np.isfinite(p_alive).all() and np.isfinite(orders).all()):
        raise NotFitted(f"{model.name}: the fit is too extreme to be reckoned with")
    discounted = discounted_if_alive(model, values, *pair, horizon, discount) if discount else orders
    wait = model.median_wait(values, *pair)
    spend = gamma_gamma.expected_spend(spend_fit.values, *floats_of(summary, ("frequency", "monetary")))
    each = purchases.position
    columns = {
        "p_alive": p_alive[each],
        "expected_orders": (orders[pairs.position] * p_alive)[each],
        "expected_spend": spend,
        "value": (discounted[pairs.position] * p_alive)[each] * spend,
        "wait": np.where(p_alive >= ALIVE, wait[pairs.position], np.nan)[each],
    }
    return pd.DataFrame(columns, copy=False)


def discounted_if_alive(
    model: PurchaseModel, values: Array, frequency: Array, age: Array, horizon: float, discount: float
) -> Array:
    """Expected purchases in the next `horizon` of those who are alive, discounted, shape (n,).

    Args:
        model: The purchase model.
        values: Its parameters.
        frequency: Repeat purchases, shape (n,).
        age: T, shape (n,).
        horizon: Length of the future.
        discount: Rate over the whole horizon, compounded in each of its twelve parts.
    """
    ends = horizon * np.arange(1, PARTS + 1) / PARTS
    to_end = [model.expected_purchases_if_alive(values, end, frequency, age) for end in ends]
    each = np.diff(np.array(to_end), axis=0, prepend=0)
    return discounted_sum(each, (1 + discount) ** (1 / PARTS) - 1)


def discounted_sum(each: Array, rate: float) -> Array:
    """Sum over periods, shape (periods, …) to (…), of what comes at the end of each, discounted at `rate`."""
    periods = np.arange(1, len(each) + 1)
    return np.tensordot((1 + rate) ** -periods.astype("float64"), each, axes=1)


def expected_to_date(
    model: PurchaseModel, values: Array, first: Array, customers: Array, end: float
) -> float:
    """Repeat purchases expected up to time `end`.

    Args:
        model: The purchase model.
        values: Its parameters.
        first: Times of first purchases, shape (n,).
        customers: How many customers first bought then, shape (n,).
        end: On the same clock as `first`.
    """
    born = first < end
    return float(np.dot(customers[born], model.expected_purchases(values, end - first[born])))
