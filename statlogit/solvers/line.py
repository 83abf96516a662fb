"""Backtracking on the log-likelihood, for directions whose full step is about right."""

from __future__ import annotations

from typing import NamedTuple

from statlogit.core.objective import Objective
from statlogit.core.statistics import Slope
from statlogit.core.types import Array, Status
from statlogit.solvers.protocol import Iterate, gradient_size

SUFFICIENT_RISE = 1e-4  # Armijo constant (Nocedal and Wright 2006, section 3.1)
FLATTER = 0.9  # where rounding hides the rise, the slope along the direction must have fallen to this share
SMALLEST_STEP = 2.0**-30
ROUNDING = 2.0**-48


class Reached(NamedTuple):
    beta: Array  # (p, q)
    slope: Slope
    step: float
    halvings: int


def rise(objective: Objective, beta: Array, at: Slope, direction: Array) -> Reached | None:
    """The first of the steps 1, 1/2, 1/4, ... that rises enough, or None.

    Near the maximum the rise drowns in rounding, the score does not: there a step counts when it flattens the slope.
    Source: Hager and Zhang (2005), approximate Wolfe conditions, equation 4.1.
    """
    slope = float((at.score * direction).sum())
    slack = ROUNDING * (1.0 + abs(at.loglik))
    step, halvings = 1.0, 0
    while slope > 0 and step >= SMALLEST_STEP:
        new_beta = beta + step * direction
        new = objective.slope_at(new_beta)
        gain = new.loglik - at.loglik
        flat = abs(float((new.score * direction).sum())) <= FLATTER * slope
        if gain >= max(SUFFICIENT_RISE * step * slope, slack) or (gain >= -slack and flat):
            return Reached(new_beta, new, step, halvings)
        step, halvings = step / 2, halvings + 1
    return None


def first_order(beta: Array, at: Slope, step: float = 1.0, halvings: int = 0, status: Status | None = None) -> Iterate:
    """An iterate that knows its gradient but no Newton decrement."""
    return Iterate(beta, at.loglik, gradient_size(at), float("nan"), step, halvings, status)
