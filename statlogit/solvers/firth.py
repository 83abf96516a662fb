"""Firth's penalised likelihood: l(beta) + 1/2 log det I(beta), Jeffreys' prior; finite under separation.

Its score is X' (w (y - mu) + h (1/2 - mu)) with h the leverages, whose sum is the rank. Steps solve with the
curvature X' (w + h) mu (1 - mu) X (the penalised likelihood of the data with each row joined by h half events; h
held fixed), refined by the secant pairs of earlier steps, and are halved until the penalised likelihood rises: plain
Fisher scoring runs in a two-cycle where a leverage is near one. Two passes over the rows an iteration.
Source: Firth (1993); Heinze and Schemper (2002), section 2; Nocedal and Wright (2006), algorithm 7.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.families import sigmoid
from statlogit.core.leverage import row_quadratic
from statlogit.core.linalg import cholesky, inverse_root, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.statistics import Quadratic
from statlogit.core.types import Array, Status
from statlogit.solvers.protocol import Iterate

SUFFICIENT_RISE = 1e-4
SMALLEST_STEP = 2.0**-30
ROUNDING = 2.0**-50
MOST_PAIRS = 8


@dataclass(frozen=True, slots=True)
class FirthSteps:
    """The solver; the objective's rows are all it takes from it. log_volume is subtracted from what it reports.

    free: (r, m), orthonormal: the directions that the steps may take from the start; all of them by default. The
    penalty stays that of all r columns, so a maximum under a restriction is comparable with the full one.
    """

    log_volume: float = 0.0
    free: Array | None = None
    name: str = "firth"
    most_iterations: int = 100

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        beta, step, halvings = start, 1.0, 0
        at = expansion(objective, beta, self.free)
        pairs: list[_Pair] = []
        while at is not None:
            along, decrement = _direction(at, pairs)
            direction = along if self.free is None else self.free @ along
            size = float(np.abs(at.score).max(initial=0.0)) / at.quadratic.slope.n_rows
            loglik = at.value - self.log_volume
            yield Iterate(beta, loglik, size, decrement, step, halvings, None, at.quadratic, direction)
            risen = _rise(objective, beta, at, direction, float((along * at.score).sum()), self.free)
            if risen is None:
                yield Iterate(
                    beta, loglik, size, decrement, 0.0, 0, Status.STEP_FAILED, at.quadratic, direction
                )  # fmt: skip
                return
            new_beta, new, step, halvings = risen
            pairs = _remembered(pairs, step * along, at.score - new.score)
            beta, at = new_beta, new
        nothing = objective.quadratic_at(beta)
        yield Iterate(beta, nothing.slope.loglik, math.nan, math.nan, step, halvings, Status.SINGULAR, nothing)


class _Pair(NamedTuple):
    move: Array  # (m, 1) of the coefficients
    change: Array  # (m, 1) of the score, sign reversed


class _Value(NamedTuple):
    """The penalised log-likelihood, from one pass."""

    quadratic: Quadratic
    lower: Array  # Cholesky factor of the information
    value: float
    noise: float  # by which rounding may move the value: log det loses digits with the condition


class Expansion(NamedTuple):
    """The same with the penalised score and the factor of its curvature, from a second pass; along m free directions.

    Without restriction m = r.
    """

    quadratic: Quadratic
    value: float  # l + 1/2 log det I in these coordinates
    noise: float
    score: Array  # (m, 1)
    curvature: Array  # (m, m) lower factor


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the penalty adds to score and curvature."""

    score: Array  # (r, 1)
    curvature: Array  # (r, r)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.score + other.score, self.curvature + other.curvature)


def block_adjustment(block: Block, beta: Array, covariance: Array) -> Adjustment:
    """Sums of h (1/2 - mu) x and h mu (1 - mu) x x' over one block. covariance: (r, r) inverse information."""
    mean = sigmoid(block.x.times(beta) + block.offset)
    variance = (mean.mu * mean.complement)[:, 0]
    leverage = block.weight * variance * row_quadratic(block.x, covariance)
    pull = leverage[:, None] * 0.5 * (mean.complement - mean.mu)
    return Adjustment(block.x.transpose_times(pull), block.x.gram(leverage * variance))


def _value(objective: Objective, beta: Array) -> _Value | None:
    at = objective.quadratic_at(beta)
    lower = cholesky(at.information)
    if lower is None or not math.isfinite(at.slope.loglik):
        return None
    pivots = np.diag(lower) ** 2 / np.diag(at.information)
    noise = ROUNDING * (1.0 + abs(at.slope.loglik) + 4.0 * float((1.0 / pivots).sum()))
    return _Value(at, lower, at.slope.loglik + float(np.log(np.diag(lower)).sum()), noise)


def expansion(
    objective: Objective, beta: Array, free: Array | None = None, value: _Value | None = None
) -> Expansion | None:
    """The penalised likelihood around beta (r, 1), or None where the information is singular."""
    value = value or _value(objective, beta)
    if value is None:
        return None
    root = inverse_root(value.lower)
    added = objective.rows.fold(partial(block_adjustment, beta=beta, covariance=root @ root.T))
    score, curvature = value.quadratic.slope.score + added.score, value.quadratic.information + added.curvature
    if free is not None:
        score, curvature = free.T @ score, free.T @ curvature @ free
    lower = cholesky(curvature)
    if lower is None:
        return None
    return Expansion(value.quadratic, value.value, value.noise, score, lower)


def _direction(at: Expansion, pairs: list[_Pair]) -> tuple[Array, float]:
    """The step (m, 1) and its decrement: two loops over the secant pairs around a solve with the curvature."""
    rest = at.score.copy()
    shares = []
    for move, change in reversed(pairs):
        share = float((move * rest).sum()) / float((move * change).sum())
        rest = rest - share * change
        shares.append(share)
    step = solve_lower(at.curvature, solve_lower(at.curvature, rest), transpose=True)
    for (move, change), share in zip(pairs, reversed(shares), strict=True):
        step = step + move * (share - float((change * step).sum()) / float((move * change).sum()))
    return step, math.sqrt(max(float((step * at.score).sum()), 0.0))


def _remembered(pairs: list[_Pair], move: Array, change: Array) -> list[_Pair]:
    """Pairs that show curvature; the others would break the metric."""
    product = float((move * change).sum())
    if product <= 1e-8 * float(np.sqrt((move**2).sum() * (change**2).sum())):
        return pairs
    return [*pairs, _Pair(move, change)][-MOST_PAIRS:]


def _rise(
    objective: Objective, beta: Array, at: Expansion, direction: Array, promised: float, free: Array | None
) -> tuple[Array, Expansion, float, int] | None:
    step, halvings = 1.0, 0
    while step >= SMALLEST_STEP:
        moved = beta + step * direction
        value = _value(objective, moved)
        needed = SUFFICIENT_RISE * step * promised - at.noise
        if value is not None and value.value - at.value >= needed:
            new = expansion(objective, moved, free, value)
            if new is not None:
                return moved, new, step, halvings
        step, halvings = step / 2.0, halvings + 1
    return None
