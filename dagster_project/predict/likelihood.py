"""Maximum likelihood for models with positive parameters: one optimiser, one way to standard errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from dagster_project.predict.summary import Array, Bools, Purchases

#: Log-likelihood and its gradient by the parameters themselves.
Objective = Callable[[Array], tuple[float, Array]]


#: Customers summed at a time: what a processor's cache holds, and the allocator keeps at hand.
BLOCK = 8_192

#: Histories that are enough to begin a fit of many more near its end.
SAMPLE = 10_000


#: A parameter this many times larger or smaller than usual: the data does not determine it.
FURTHEST = 1e5

#: One that may rest at an edge, such as that of a shop whose customers all stay, does so this far out.
EDGE = 1e3

USUAL_CAUSE = "customers vary too little, or are too few"


class NotFitted(RuntimeError):
    """A model that could not be fitted; the message says why, for people."""


class TooLittleHistory(NotFitted):
    """A shop that is too small or too young for any model: nothing is wrong with it."""


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
    may_rest: Sequence[str] = (),
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
        may_rest: Parameters that may come to rest at an edge, with no standard error: those of how customers
            differ where they need not differ at all.

    Raises:
        NotFitted: When the optimiser does not converge or another parameter runs away.
    """
    every, begin, spread = np.ones(len(names), dtype=bool), np.log(start), None
    if histories >= 2 * SAMPLE:
        sample = likelihood(histories // SAMPLE)
        near = climb(sample, begin, scale, every)
        if np.abs(near.x).max() < np.log(EDGE):
            begin, spread = near.x, spread_of_logs(sample, scale * np.exp(near.x))
    whole, logs, free = likelihood(1), begin.copy(), every
    found = climb(whole, begin, scale, every, spread)
    logs[free] = found.x
    edges = np.array([np.log(EDGE) if name in may_rest else np.inf for name in names])
    while (beyond := np.where(free, np.abs(logs) - edges, 0)).max() > 0:
        logs, free = rested(logs, free, int(beyond.argmax()), np.log(start))
        found = climb(whole, logs, scale, free)
        logs[free] = found.x
    check_convergence(model, [name for name, is_free in zip(names, free, strict=True) if is_free], found)
    estimate, errors = scale * np.exp(logs), np.full(len(names), np.nan)
    gradient = found.jac * -whole.customers / estimate[free]
    variances = np.diag(covariances(whole.objective, estimate, gradient, free))
    errors[free] = np.sqrt(np.where(variances > 0, variances, np.nan))
    return Fit(
        model,
        dict(zip(names, estimate.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        float(found.fun * -whole.customers),
        round(whole.customers),
    )


def rested(logs: Array, free: Bools, position: int, start: Array) -> tuple[Array, Bools]:
    """Logarithms with one at rest at its edge and those still free back at the start, and which are free."""
    free = free.copy()
    free[position] = False
    logs = np.where(free, start, logs)
    logs[position] = np.copysign(np.log(EDGE), logs[position])
    return logs, free


def climb(
    likelihood: Likelihood, begin: Array, scale: Array, free: Bools, spread: Array | None = None
) -> OptimizeResult:
    """Climbs to the maximum nearby, per customer, so that tolerances mean the same at any size.

    Args:
        likelihood: What to climb.
        begin: Logarithms of parameters in units of `scale`, shape (k,).
        scale: A usual size of each parameter, shape (k,).
        free: Which j of the parameters may change, shape (k,); the result is of these.
        spread: Inverse of the Hessian at `begin`, shape (j, j), when something is known of it.
    """
    bound, logs = np.log(FURTHEST), begin.copy()

    def negative(changed: Array) -> tuple[float, Array]:
        logs[free] = np.clip(changed, -bound, bound)
        parameters = scale * np.exp(logs)
        value, gradient = likelihood.objective(parameters)
        slope = np.where(np.abs(changed) < bound, (gradient * parameters)[free], 0)
        return -value / likelihood.customers, -slope / likelihood.customers

    # Not L-BFGS-B, whose linear algebra wakes threads that cost more than the sums of a likelihood.
    options = {"gtol": 1e-7, "maxiter": 500, "hess_inv0": spread}
    # A step may overflow; what comes of it is judged by `check_convergence`.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return minimize(negative, begin[free], jac=True, method="BFGS", options=options)


def unit_of_time(model: str, purchases: Purchases) -> float:
    """A unit in which a typical T is 10, where the optimiser is at ease.

    Raises:
        NotFitted: When there is nothing to fit a model of buying to.
    """
    if not len(purchases.frequency) or purchases.frequency.max() == 0:
        raise NotFitted(f"{model}: nobody bought again")
    if purchases.age.max() == 0:
        raise NotFitted(f"{model}: T is 0 for everybody, so that no time has passed to buy in")
    return purchases.mean_age() / 10


def check_convergence(model: str, names: Sequence[str], found: OptimizeResult) -> None:
    """Refuses an optimum that is none.

    Raises:
        NotFitted: When a parameter has run away, or the likelihood still rises.
    """
    if np.abs(found.x).max() > np.log(FURTHEST) - 1e-3:
        stuck = names[int(np.abs(found.x).argmax())]
        raise NotFitted(f"{model}: the purchases do not determine {stuck}; {USUAL_CAUSE}")
    if not np.isfinite([found.fun, *found.jac]).all() or np.abs(found.jac).max() > 1e-4:
        raise NotFitted(f"{model}: the fit did not converge; {USUAL_CAUSE} ({found.message})")


def spread_of_logs(likelihood: Likelihood, estimate: Array) -> Array | None:
    """Inverse of the Hessian that `climb` meets at a maximum, shape (k, k); None where it is no maximum."""
    _, gradient = likelihood.objective(estimate)
    every = np.ones(len(estimate), dtype=bool)
    spread = covariances(likelihood.objective, estimate, gradient, every) / np.outer(estimate, estimate)
    spread *= likelihood.customers
    is_maximum = np.isfinite(spread).all() and (np.linalg.eigvalsh(spread) > 0).all()
    return spread if is_maximum else None


def covariances(objective: Objective, estimate: Array, gradient: Array, free: Bools) -> Array:
    """Covariances of estimates from the observed information: the inverse of minus the Hessian, shape (j, j).

    Args:
        objective: Gives log-likelihood and gradient.
        estimate: Where it is highest, shape (k,).
        gradient: Its gradient there by those that are free, shape (j,).
        free: Which j of the k parameters do not rest at an edge, shape (k,).

    Returns:
        NaN throughout where the likelihood is flat.
    """
    columns = []
    for step in np.diag(1e-5 * estimate)[free]:
        columns.append((objective(estimate + step)[1][free] - gradient) / step.sum())
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
