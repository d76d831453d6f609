"""Maximum likelihood for models with positive parameters: one optimiser, one way to standard errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from dagster_project.predict.summary import Array, Purchases

#: Log-likelihood and its gradient by the parameters themselves.
Objective = Callable[[Array], tuple[float, Array]]


#: Customers summed at a time: what a processor's cache holds, and the allocator keeps at hand.
BLOCK = 8_192

#: Histories that are enough to begin a fit of many more near its end.
SAMPLE = 10_000


class NotFitted(RuntimeError):
    """A model that could not be fitted; the message says why, for people."""


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Attributes:
        model: Its name.
        parameters: Name to estimate; times are in the unit of the summary.
        standard_errors: Name to standard error, NaN where the likelihood is flat.
        log_likelihood: At the estimate, over all customers.
        customers: How many customers the fit rests on.
    """

    model: str
    parameters: Mapping[str, float]
    standard_errors: Mapping[str, float]
    log_likelihood: float
    customers: int

    @property
    def values(self) -> Array:
        """The parameters in the model's order, shape (k,)."""
        return np.array(list(self.parameters.values()))


@dataclass(frozen=True)
class Likelihood:
    """A log-likelihood, and how many customers it is the sum over."""

    objective: Objective
    customers: float


def maximise(
    model: str,
    names: Sequence[str],
    likelihood: Callable[[int], Likelihood],
    histories: int,
    scale: Array,
    start: Sequence[float],
    furthest: float = 1e5,
) -> Fit:
    """Maximises a log-likelihood over positive parameters, in their logarithms.

    Where there are many histories, a sample is fitted first: a walk on all of them from where that ends, with
    the curvature found there, takes a few steps.

    Args:
        model: Name of the model.
        names: Names of the parameters.
        likelihood: Gives the likelihood of every n-th history, at parameters of shape (k,).
        histories: Number of histories.
        scale: A usual size of each parameter, shape (k,).
        start: Where to begin, in units of `scale`, shape (k,).
        furthest: A parameter this many times larger or smaller than usual means that the data does not
            determine it.

    Raises:
        NotFitted: When the optimiser does not converge or a parameter runs away.
    """
    bound, begin, spread = np.log(furthest), np.log(start), None
    if histories >= 2 * SAMPLE:
        sample = likelihood(histories // SAMPLE)
        near = climb(sample, begin, scale, bound)
        if np.abs(near.x).max() < bound:
            begin, spread = near.x, spread_of_logs(sample, scale * np.exp(near.x))
    whole = likelihood(1)
    found = climb(whole, begin, scale, bound, spread)
    check_convergence(model, names, found.x, bound, found.jac, found.message)
    estimate = scale * np.exp(found.x)
    gradient = found.jac * -whole.customers / estimate
    variances = np.diag(covariances(whole.objective, estimate, gradient))
    errors = np.sqrt(np.where(variances > 0, variances, np.nan))
    return Fit(
        model,
        dict(zip(names, estimate.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        float(found.fun * -whole.customers),
        round(whole.customers),
    )


def climb(
    likelihood: Likelihood, begin: Array, scale: Array, bound: float, spread: Array | None = None
) -> OptimizeResult:
    """Climbs to the maximum nearby, per customer, so that tolerances mean the same at any size.

    Args:
        likelihood: What to climb.
        begin: Logarithms of parameters in units of `scale`, shape (k,).
        scale: A usual size of each parameter, shape (k,).
        bound: Logarithm beyond which the likelihood is held flat.
        spread: Inverse of the Hessian at `begin`, shape (k, k), when something is known of it.
    """

    def negative(logs: Array) -> tuple[float, Array]:
        parameters = scale * np.exp(np.clip(logs, -bound, bound))
        value, gradient = likelihood.objective(parameters)
        slope = np.where(np.abs(logs) < bound, gradient * parameters, 0)
        return -value / likelihood.customers, -slope / likelihood.customers

    # Not L-BFGS-B, whose linear algebra wakes threads that cost more than the sums of a likelihood.
    options = {"gtol": 1e-7, "maxiter": 500, "hess_inv0": spread}
    return minimize(negative, begin, jac=True, method="BFGS", options=options)


def unit_of_time(model: str, purchases: Purchases) -> float:
    """A unit in which a typical T is 10, where the optimiser is at ease.

    Raises:
        NotFitted: When there is nothing to fit a model of buying to.
    """
    if not len(purchases.frequency) or purchases.frequency.max() == 0:
        raise NotFitted(f"{model}: nobody bought again")
    return purchases.mean_age() / 10


def check_convergence(
    model: str, names: Sequence[str], logs: Array, bound: float, slope: Array, message: str
) -> None:
    """Refuses an optimum that is none.

    Raises:
        NotFitted: When a parameter has run away, or the likelihood still rises.
    """
    if np.abs(logs).max() > bound - 1e-3:
        stuck = names[int(np.abs(logs).argmax())]
        raise NotFitted(
            f"{model}: the purchases do not determine {stuck}; customers vary too little, or are too few"
        )
    if not np.isfinite(slope).all() or np.abs(slope).max() > 1e-4:
        raise NotFitted(f"{model}: the fit did not converge ({message})")


def spread_of_logs(likelihood: Likelihood, estimate: Array) -> Array | None:
    """Inverse of the Hessian that `climb` meets at a maximum, shape (k, k); None where it is no maximum."""
    _, gradient = likelihood.objective(estimate)
    spread = covariances(likelihood.objective, estimate, gradient) / np.outer(estimate, estimate)
    spread *= likelihood.customers
    is_maximum = np.isfinite(spread).all() and (np.linalg.eigvalsh(spread) > 0).all()
    return spread if is_maximum else None


def covariances(objective: Objective, estimate: Array, gradient: Array) -> Array:
    """Covariances of estimates from the observed information: the inverse of minus the Hessian, shape (k, k).

    Args:
        objective: Gives log-likelihood and gradient.
        estimate: Where it is highest, shape (k,).
        gradient: Its gradient there, shape (k,).

    Returns:
        NaN throughout where the likelihood is flat.
    """
    columns = []
    for step in np.diag(1e-5 * estimate):
        columns.append((objective(estimate + step)[1] - gradient) / step.sum())
    hessian = np.array(columns)
    try:
        inverse = np.linalg.inv(-(hessian + hessian.T) / 2)
    except np.linalg.LinAlgError:
        return np.full(hessian.shape, np.nan)
    return (inverse + inverse.T) / 2


def with_numeric_gradient(log_likelihood: Callable[[Array], float]) -> Objective:
    """An objective whose gradient is taken by differences, for models without a closed one."""

    def objective(parameters: Array) -> tuple[float, Array]:
        steps = 1e-5 * parameters
        above = [log_likelihood(parameters + step) for step in np.diag(steps)]
        below = [log_likelihood(parameters - step) for step in np.diag(steps)]
        return log_likelihood(parameters), (np.array(above) - np.array(below)) / (2 * steps)

    return objective


def away_from_one(parameters: Array, position: int) -> Array:
    """Parameters with that at `position` not exactly 1, where expectations have a removable singularity."""
    moved = np.array(parameters, dtype="float64")
    if abs(moved[position] - 1) < 1e-6:
        moved[position] += 1e-6
    return moved
