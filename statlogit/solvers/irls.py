"""Iteratively reweighted least squares: Newton's method on the exact score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from statlogit.core.factorise import factorise
from statlogit.core.objective import Objective
from statlogit.core.statistics import Quadratic
from statlogit.core.types import Array, Status
from statlogit.solvers.protocol import Iterate, gradient_size

SUFFICIENT_RISE = 1e-4  # Armijo constant (Nocedal and Wright 2006, section 3.1)
SMALLEST_STEP = 2.0**-30
ROUNDING = 2.0**-50  # the log-likelihood may fall by this share of itself: rounding, not descent


@dataclass(frozen=True, slots=True)
class Irls:
    """Newton steps, halved until the log-likelihood rises; one data pass for each accepted full step.

    The canonical logit link makes observed and expected information the same, so IRLS, Fisher scoring and Newton
    coincide. Undamped IRLS can run away although the maximum exists; halving alone cures it.
    Source: McCullagh and Nelder (1989), section 2.5; Marschner (2011) on step-halving.
    """

    name: ClassVar[str] = "irls"
    most_iterations: ClassVar[int] = 100

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        beta, at = start, objective.quadratic_at(start)
        step, halvings = 1.0, 0
        while True:
            direction, decrement = newton(at)
            stuck = Status.SINGULAR if direction is None else None
            yield Iterate(
                beta, at.slope.loglik, gradient_size(at.slope), decrement, step, halvings, stuck, at, direction
            )
            if direction is None:
                return
            found = _rise(objective, beta, at, direction, decrement)
            if found is None:
                yield Iterate(
                    beta, at.slope.loglik, gradient_size(at.slope), decrement, 0.0, 0,
                    Status.STEP_FAILED, at, direction,
                )  # fmt: skip
                return
            beta, at, step, halvings = found


def newton(at: Quadratic) -> tuple[Array | None, float]:
    """The Newton direction (p, q) and its decrement; (None, nan) where the information is singular."""
    factor = factorise(at.information)
    if factor is None:
        return None, float("nan")
    half = factor.half(at.slope.score.ravel(order="F"))
    direction = factor.back(half).reshape(at.slope.score.shape, order="F")
    return direction, float(np.sqrt(half @ half))


def _rise(
    objective: Objective, beta: Array, at: Quadratic, direction: Array, decrement: float
) -> tuple[Array, Quadratic, float, int] | None:
    """The first of the steps 1, 1/2, 1/4, ... whose log-likelihood rises enough."""
    step, halvings = 1.0, 0
    while step >= SMALLEST_STEP:
        new_beta = beta + step * direction
        new = objective.quadratic_at(new_beta)
        needed = SUFFICIENT_RISE * step * decrement**2 - ROUNDING * (1.0 + abs(at.slope.loglik))
        if new.slope.loglik - at.slope.loglik >= needed:
            return new_beta, new, step, halvings
        step, halvings = step / 2, halvings + 1
    return None
