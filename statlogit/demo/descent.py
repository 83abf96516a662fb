"""Batch gradient descent from zero, and the exact maximum it is heading for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.core.objective import Objective
from statlogit.core.types import Status
from statlogit.demo.pairs import Pairs
from statlogit.errors import DataError
from statlogit.solvers.gradient import GradientDescent
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import NEVER, climb, maximize

DEFAULT_ITERATIONS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """The state before update `iteration + 1`.

    loss: mean cross-entropy in nats. gradient: the largest component of its gradient, in absolute value.
    """

    iteration: int
    w0: float
    w1: float
    loss: float
    gradient: float


def objective(pairs: Pairs) -> Objective:
    """The summed log-likelihood of w0 + w1 x."""
    design = Dense(np.column_stack([np.ones(pairs.n_rows), pairs.x]))
    weight, offset = np.ones(pairs.n_rows), np.zeros((pairs.n_rows, 1))
    return Objective(InMemory(Block(design, pairs.y[:, None], weight, offset)), Bernoulli())


def safe_rate(pairs: Pairs) -> float:
    """The largest learning rate at which the loss can never rise: 1 over a bound on the curvature of the mean loss.

    The curvature is at most a quarter of the largest eigenvalue of the mean of (1, x)(1, x)'.
    """
    mean, square = float(pairs.x.mean()), float(np.square(pairs.x).mean())
    return 8.0 / (1.0 + square + math.hypot(1.0 - square, 2.0 * mean))


def descend(
    pairs: Pairs, rate: float | None = None, iterations: int = DEFAULT_ITERATIONS, tol: float | None = None
) -> Iterator[Row]:
    """Yield rows 0 .. iterations of batch gradient descent from zero.

    rate: learning rate, `safe_rate(pairs)` when None. Ends early at the first row where no component of the mean
    gradient is beyond tol, or before the first row that is not finite (a rate far too large).

    >>> from statlogit.demo.pairs import TOY, read_pairs
    >>> [(row.iteration, row.w0, row.w1) for row in descend(read_pairs(TOY), rate=1.0, iterations=1)]
    [(0, 0.0, 0.0), (1, 0.0, 0.5)]
    """
    solver, stop = GradientDescent(checked_rate(pairs, rate)), NEVER if tol is None else tol
    steps = climb(objective(pairs), solver, start=np.zeros((2, 1)), tol=stop, max_iterations=iterations)
    for iteration in range(iterations + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            step, status = next(steps)
        if status is Status.NOT_FINITE:
            return
        w0, w1 = map(float, step.beta[:, 0])
        yield Row(iteration, w0, w1, max(0.0, -step.loglik / pairs.n_rows), step.gradient)
        if status is not None:
            return


def checked_rate(pairs: Pairs, rate: float | None) -> float:
    """The rate to use. Raises DataError when it is not a positive finite number."""
    rate = safe_rate(pairs) if rate is None else rate
    if not (math.isfinite(rate) and rate > 0):
        raise DataError(f"the learning rate must be a positive number, not {rate}")
    return rate


@dataclass(frozen=True, slots=True)
class Maximum:
    """The exact maximum of the likelihood: where every gradient method is heading."""

    w0: float
    w1: float
    loss: float
    kind: Literal["maximum"] = "maximum"


@dataclass(frozen=True, slots=True)
class NoMaximum:
    """Why there is no single finite maximum.

    kind: "complete" or "quasi" separation, "one label" only, or "constant" feature. threshold: what divides the
    labels, where something does. limit_loss: the infimum of the loss.
    """

    kind: Literal["complete", "quasi", "one label", "constant"]
    threshold: float | None
    limit_loss: float
    message: str


FOR_EVER = (
    "Larger weights always make the loss smaller still: it falls towards {limit}, no finite maximum exists, "
    "and the weights grow for ever."
)


def exact(pairs: Pairs) -> Maximum | NoMaximum:
    """The maximum of the likelihood, or why none exists, decided by sorting alone.

    >>> from statlogit.demo.pairs import TOY, read_pairs
    >>> exact(read_pairs(TOY)).threshold
    1.75
    >>> exact(read_pairs("0,0\\n1,1\\n2,0\\n3,1")).kind
    'maximum'
    """
    x, y = pairs.x_name, pairs.y_name
    zeros, ones = pairs.x[pairs.y == 0], pairs.x[pairs.y == 1]
    if not (zeros.size and ones.size):
        return NoMaximum("one label", None, 0.0, f"Every {y} is {pairs.y[0]:g}. " + FOR_EVER.format(limit=0))
    if pairs.x.min() == pairs.x.max():
        message = (
            f"Every {x} is {_number(pairs.x[0])}, so only w0 + w1 * {_number(pairs.x[0])} is determined, not w0 and w1."
        )
        return NoMaximum("constant", None, _entropy(ones.size, zeros.size) / pairs.n_rows, message)
    (low, below), (high, above) = sorted([((zeros.min(), zeros.max()), 0), ((ones.min(), ones.max()), 1)])
    if low[1] > high[0]:
        return _maximum(pairs)
    if low[1] < high[0]:
        threshold = 0.5 * float(low[1]) + 0.5 * float(high[0])
        message = (
            f"The data are separated: every {x} up to {_number(low[1])} has {y} = {below}, every {x} from "
            f"{_number(high[0])} on has {y} = {above}, and a threshold such as {_number(threshold)} divides them "
            "without error. " + FOR_EVER.format(limit=0)
        )
        return NoMaximum("complete", threshold, 0.0, message)
    tie = float(low[1])
    limit = _entropy(int((ones == tie).sum()), int((zeros == tie).sum())) / pairs.n_rows
    message = (
        f"The data are quasi-separated: below {_number(tie)} no {x} has {y} = {above}, above it none has "
        f"{y} = {below}, and only {x} = {_number(tie)} has both. " + FOR_EVER.format(limit=f"{limit:.6f}")
    )
    return NoMaximum("quasi", tie, limit, message)


def _maximum(pairs: Pairs) -> Maximum:
    """The maximum by IRLS in standardized coordinates, with a last Newton step below the stopping rule."""
    standard, centre, scale = pairs.standardized()
    goal = objective(standard)
    solution = maximize(goal, Irls(), start=np.zeros((2, 1)), watch_separation=False)
    direction = solution.trace[-1].direction
    beta = solution.beta if direction is None else solution.beta + direction
    w0, w1 = float(beta[0, 0]), float(beta[1, 0])
    return Maximum(w0 - w1 * centre / scale, w1 / scale, -goal.slope_at(beta).loglik / pairs.n_rows)


def _entropy(ones: int, zeros: int) -> float:
    """The smallest summed loss of rows that share one probability."""
    total = ones + zeros
    return -(ones * math.log(ones / total) + zeros * math.log(zeros / total))


def _number(value: float) -> str:
    return f"{value:.12g}"
