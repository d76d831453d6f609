"""Maximum likelihood for models with positive parameters: one optimiser, one way to standard errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from dagster_project.predict.summary import Array, Purchases

#: Log-likelihood and its gradient by the parameters themselves.
Objective = Callable[[Array], tuple[float, Array]]


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


def maximise(
    model: str,
    names: Sequence[str],
    objective: Objective,
    scale: Array,
    start: Sequence[float],
    customers: float,
    furthest: float = 1e5,
) -> Fit:
    """Maximises a log-likelihood over positive parameters, in their logarithms.

    Args:
        model: Name of the model.
        names: Names of the parameters.
        objective: Gives log-likelihood and gradient at parameters of shape (k,).
        scale: A usual size of each parameter, shape (k,).
        start: Where to begin, in units of `scale`, shape (k,).
        customers: Number of customers; the objective is divided by it, so that tolerances mean the same at
            any size.
        furthest: A parameter this many times larger or smaller than usual means that the data does not
            determine it.

    Raises:
        NotFitted: When the optimiser does not converge or a parameter runs away.
    """
    bound = np.log(furthest)

    def negative(logs: Array) -> tuple[float, Array]:
        parameters = scale * np.exp(np.clip(logs, -bound, bound))
        value, gradient = objective(parameters)
        slope = np.where(np.abs(logs) < bound, gradient * parameters, 0)
        return -value / customers, -slope / customers

    # Not L-BFGS-B, whose linear algebra wakes threads that cost more than the sums of a likelihood.
    found = minimize(negative, np.log(start), jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 500})
    check_convergence(model, names, found.x, bound, found.jac, found.message)
    estimate = scale * np.exp(found.x)
    errors = standard_errors(objective, estimate)
    return Fit(
        model,
        dict(zip(names, estimate.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        float(objective(estimate)[0]),
        round(customers),
    )


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


def standard_errors(objective: Objective, estimate: Array) -> Array:
    """Standard errors from the observed information: the inverse of minus the Hessian at the estimate."""
    columns = []
    for step in np.diag(1e-4 * estimate):
        above, below = objective(estimate + step)[1], objective(estimate - step)[1]
        columns.append((above - below) / (2 * step.sum()))
    hessian = np.array(columns)
    try:
        variances = np.diag(np.linalg.inv(-(hessian + hessian.T) / 2))
    except np.linalg.LinAlgError:
        return np.full(len(estimate), np.nan)
    return np.sqrt(np.where(variances > 0, variances, np.nan))


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
