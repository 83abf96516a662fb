"""Solvers are generators of iterates; `maximize` owns the loop, the stopping rule, the trace and the status."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import isfinite, isnan
from typing import Protocol

import numpy as np

from statlogit.core.objective import Objective
from statlogit.core.statistics import Quadratic, Slope
from statlogit.core.types import Array, Status


@dataclass(frozen=True, slots=True)
class Iterate:
    """One row of the trace, in the coordinates of the objective."""

    beta: Array  # (p, q)
    loglik: float  # penalised where there is a penalty
    gradient: float  # max |score| divided by the number of rows
    decrement: float  # sqrt(score' information^-1 score): distance to the maximum in standard errors; nan if unknown
    step: float  # share of the full step that was taken
    halvings: int
    status: Status | None = None  # set only by a solver that cannot go on
    quadratic: Quadratic | None = None  # the expansion at beta where the solver made one
    direction: Array | None = None  # (p, q) the Newton step from beta
    score_only: bool = False  # the pass made no information matrix


@dataclass(frozen=True, slots=True)
class Solution:
    """Where a solve ended and how it got there. trace[0] is the start."""

    beta: Array  # (p, q)
    status: Status
    trace: tuple[Iterate, ...]
    solver: str

    @property
    def converged(self) -> bool:
        return self.status is Status.CONVERGED

    @property
    def n_iter(self) -> int:
        """Steps taken; the start is not one."""
        return len(self.trace) - 1


class Solver(Protocol):
    """A way to climb. Frozen value; all state lives in the generator."""

    @property
    def name(self) -> str: ...
    @property
    def most_iterations(self) -> int:
        """The limit where the caller sets none: steps of one solver reach further than those of another."""

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]: ...


# Below this decrement a step that no longer halves it is moved by rounding alone.
ROUNDING_LEVEL = 1e-6
STALLED_RATIO = 0.75  # above 0.607, at which the decrement falls while one row of high leverage is being fitted
# Under separation each Newton step multiplies the decrement by exp(-1/2) = 0.607 while the estimate runs away.
RUNAWAY_RATIOS = (0.55, 0.68)
RUNAWAY_STEPS = 6


def maximize(
    objective: Objective,
    solver: Solver,
    *,
    start: Array,
    tol: float = 1e-10,
    max_iterations: int = 100,
    watch_separation: bool = True,
    progress: Callable[[Iterate], None] | None = None,
) -> Solution:
    """Climb until the Newton decrement is at most tol (or, without one, the gradient per row).

    tol: distance from the maximum in standard errors. A decrement that stops shrinking at rounding level also
    counts as converged; the certificate then states what is left.
    """
    trace: list[Iterate] = []
    status: Status | None = None
    steps = climb(
        objective, solver, start=start, tol=tol, max_iterations=max_iterations, watch_separation=watch_separation
    )
    for iterate, status in steps:  # noqa: B007 - the last one counts
        trace.append(iterate)
        if progress is not None:
            progress(iterate)
    return Solution(trace[-1].beta, status or Status.STEP_FAILED, tuple(_light(trace)), solver.name)


NEVER = -1.0  # as tol: go on to the limit of iterations


def climb(
    objective: Objective,
    solver: Solver,
    *,
    start: Array,
    tol: float,
    max_iterations: int,
    watch_separation: bool = False,
) -> Iterator[tuple[Iterate, Status | None]]:
    """The iterates as they come, each with None but the last, which has the reason to stop."""
    recent: list[Iterate] = []
    for step, iterate in enumerate(solver.iterates(objective, start)):
        recent = [*recent[-RUNAWAY_STEPS - 1 :], iterate]
        status = _status(recent, tol, watch_separation)
        if status is None and step >= max_iterations:
            status = Status.MAX_ITERATIONS
        yield iterate, status
        if status is not None:
            return


def _status(trace: list[Iterate], tol: float, watch_separation: bool) -> Status | None:
    last = trace[-1]
    if not (isfinite(last.loglik) and isfinite(last.gradient)):
        return Status.NOT_FINITE
    if last.status is Status.SINGULAR:  # a gradient that vanishes with its information proves nothing
        return last.status
    if _at_maximum(trace, tol):
        return Status.CONVERGED
    if last.status is not None:
        return last.status
    if watch_separation and _running_away(trace):
        return Status.SEPARATED
    return None


def _at_maximum(trace: list[Iterate], tol: float) -> bool:
    last = trace[-1]
    if isnan(last.decrement):
        return last.gradient <= tol
    if last.decrement <= tol:
        return True
    stalled = len(trace) > 1 and last.decrement > STALLED_RATIO * trace[-2].decrement
    return last.decrement <= ROUNDING_LEVEL and stalled and last.loglik <= _before(trace) + _slack(last.loglik)


def _before(trace: list[Iterate]) -> float:
    return trace[-2].loglik


def _slack(loglik: float) -> float:
    return 1e-14 * abs(loglik)


def _running_away(trace: list[Iterate]) -> bool:
    """A symptom only: full steps whose decrement falls by exp(-1/2) each time."""
    if len(trace) <= RUNAWAY_STEPS + 1:
        return False
    tail = trace[-RUNAWAY_STEPS - 1 :]
    low, high = RUNAWAY_RATIOS
    ratios = [b.decrement / a.decrement for a, b in itertools.pairwise(tail) if a.decrement > 0]
    return len(ratios) == RUNAWAY_STEPS and all(low < r < high for r in ratios)


def _light(trace: list[Iterate]) -> Iterator[Iterate]:
    """Drop the p x p expansions of all iterates but the last."""
    for iterate in trace[:-1]:
        yield replace(iterate, quadratic=None, direction=None)
    yield trace[-1]


def gradient_size(slope: Slope) -> float:
    """max |score| per row."""
    return float(np.abs(slope.score).max(initial=0.0)) / slope.n_rows
