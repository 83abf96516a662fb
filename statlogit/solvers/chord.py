"""Quasi-Newton steps that cost one score pass each, preconditioned by an information matrix found beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from statlogit.core.factorise import Factorisation, factorise
from statlogit.core.objective import Objective
from statlogit.core.statistics import Slope
from statlogit.core.types import Array, Status
from statlogit.solvers.protocol import Iterate, gradient_size

SLOWEST = 0.5  # a step must shrink the decrement to this share, else the curvature is a bad guide here
ROUNDING = 2.0**-48  # the log-likelihood may fall by this share of itself: rounding, not descent


@dataclass(frozen=True, slots=True, eq=False)
class Chord:
    """Newton steps with a fixed information matrix, corrected by the changes of the score (L-BFGS).

    It gives up (STEP_FAILED) rather than crawl: the caller then climbs by full Newton steps from where it stood.
    Decrements are measured with the corrected matrix, not with the information at the iterate.
    Source: Nocedal and Wright (2006), algorithm 7.4, with the information as the initial matrix.
    """

    information: Array  # (p*q, p*q) in the coordinates of the objective
    enough: float = 1e-6  # decrement at which to stop, as foreseen for the end of the next step
    first: Slope | None = None  # at the start, where it is known
    name: ClassVar[str] = "irls"
    most_iterations: ClassVar[int] = 12

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        factor = factorise(self.information)
        if factor is None:
            raise ValueError("the information matrix of a chord must be positive definite")
        beta, at = start, objective.slope_at(start) if self.first is None else self.first
        pairs: list[tuple[Array, Array]] = []  # (step, fall of the score)
        before, slower = np.inf, 0.0
        while True:
            score = at.score.ravel(order="F")
            step = _two_loops(factor, pairs, score)
            decrement = float(np.sqrt(max(float(score @ step), 0.0)))
            direction = step.reshape(beta.shape, order="F")
            share = decrement / before if np.isfinite(before) else 1.0
            stop = self._stop(decrement, before, max(share, slower))
            yield Iterate(
                beta, at.loglik, gradient_size(at), decrement, 1.0, 0, stop, direction=direction, score_only=True
            )
            if stop is not None:
                return
            new = objective.slope_at(beta + direction)
            if not new.loglik - at.loglik >= -ROUNDING * (1.0 + abs(at.loglik)):
                yield Iterate(
                    beta, at.loglik, gradient_size(at), decrement, 0.0, 0, Status.STEP_FAILED, score_only=True
                )
                return
            fall = score - new.score.ravel(order="F")
            if step @ fall > 0.0:
                pairs.append((step, fall))
            beta, at, before, slower = beta + direction, new, decrement, share if len(pairs) > 1 else 0.0

    def _stop(self, decrement: float, before: float, shrinks: float) -> Status | None:
        """shrinks: the slower of the last two steps, as one alone may have been lucky."""
        if not decrement <= SLOWEST * before:
            return Status.STEP_FAILED
        return Status.CONVERGED if decrement * shrinks <= self.enough else None


def _two_loops(factor: Factorisation, pairs: list[tuple[Array, Array]], score: Array) -> Array:
    """The L-BFGS inverse matrix times the score; without pairs the Newton step of the fixed matrix."""
    q = score
    shares = []
    for step, fall in reversed(pairs):
        share = (step @ q) / (step @ fall)
        shares.append(share)
        q = q - share * fall
    out = factor.solve(q)
    for (step, fall), share in zip(pairs, reversed(shares), strict=True):
        out = out + step * (share - (fall @ out) / (step @ fall))
    return np.asarray(out)
