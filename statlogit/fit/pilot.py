"""A whole fit in a few cheap passes: a sample finds the place, score passes climb, one information pass closes.

The sample gives coordinates, a start within some tens of standard errors and a curvature. From there the score alone
is enough (Chord), so the information matrix is formed once, at the final estimate. Each of these is a guess that is
checked on all rows; where a check fails the answer is None and the caller climbs by full Newton steps.

Where most columns are the levels of factors the information costs only a few times the score, and a sample that knew
every level would be large: a few rows then give the coordinates, and full Newton steps on all rows climb.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.blocks import Block, InMemory, RowBlocks
from statlogit.core.columns import numeric_columns
from statlogit.core.coordinates import (
    HARMLESS_PIVOT,
    Coordinates,
    InCoordinates,
    OutOfScaleError,
    code_columns,
    coordinates_of,
)
from statlogit.core.factorise import factorise
from statlogit.core.families import Family
from statlogit.core.objective import Objective
from statlogit.core.sample import class_counts, sample
from statlogit.core.statistics import Quadratic
from statlogit.core.types import Array
from statlogit.fit.start import default_start
from statlogit.solvers.chord import Chord
from statlogit.solvers.irls import Irls, newton
from statlogit.solvers.protocol import Iterate, Solution, gradient_size, maximize

FEWEST_ROWS = 20_000
ROWS_PER_COEFFICIENT = 100  # of the sample: its information is then within some tens of percents of the whole
MANY_LEVELS, FEW_NUMERIC = 256, 0.1  # columns, and the share of them that are not factor codes
SMALLEST_SHARE, LARGEST_SHARE = 0.02, 0.25
CLOSE = 2.0  # standard errors of the sample: nearer to its own maximum is wasted, as all rows have another
# The information is formed where the maximum is this many standard errors away, times the root of the rarest outcome's
# count. Its standard errors are then off by about this share; its Newton step leaves nothing but rounding.
ERROR_OF_ERRORS = 1e-8
MOST_MISSED = 10.0  # times further from the maximum than foreseen: the guessed curvature flattered the last step


@dataclass(frozen=True, slots=True)
class Climbed:
    """Where the score passes ended, with the information there, and in which coordinates."""

    place: Coordinates
    solution: Solution


@dataclass(frozen=True, slots=True)
class _Guess:
    place: Coordinates
    gamma: Array  # (r, q)
    information: Array  # (r*q, r*q)
    near: float  # standard errors from the maximum where the information may be formed


def from_sample(
    rows: RowBlocks,
    family: Family,
    *,
    intercept: int | None,
    max_iterations: int,
    progress: Callable[[Iterate], None] | None,
) -> Climbed | None:
    """The maximum by way of a sample, or None where the rows are too few or a check fails."""
    if max_iterations <= Chord.most_iterations:
        return None
    if _mostly_levels(rows, family):
        return _by_levels(rows, family, intercept, progress)
    guess = _guess(rows, family, intercept)
    if guess is None:
        return None
    objective = Objective(InCoordinates(rows, guess.place), family)
    solution = maximize(
        objective,
        Chord(guess.information, enough=guess.near),
        start=guess.gamma,
        tol=guess.near,
        max_iterations=Chord.most_iterations,
        watch_separation=False,
        progress=progress,
    )
    step = solution.trace[-1].direction
    if not solution.converged or step is None:
        return None
    beta = solution.beta + step
    at = objective.quadratic_at(beta)
    if not _sound(at):
        return None
    direction, decrement = newton(at)
    if not decrement <= MOST_MISSED * guess.near:
        return None
    last = Iterate(beta, at.slope.loglik, gradient_size(at.slope), decrement, 1.0, 0, None, at, direction)
    if progress is not None:
        progress(last)
    return Climbed(guess.place, replace(solution, beta=beta, trace=(*solution.trace, last)))


def _mostly_levels(rows: RowBlocks, family: Family) -> bool:
    """Many columns, nearly all of them factor codes, and two classes."""
    numeric = numeric_columns(next(iter(rows)).x)
    return family.n_predictors == 1 and rows.n_columns >= MANY_LEVELS and numeric <= FEW_NUMERIC * rows.n_columns


def _by_levels(
    rows: RowBlocks, family: Family, intercept: int | None, progress: Callable[[Iterate], None] | None
) -> Climbed | None:
    count = class_counts(rows)
    place = _standardised(rows, count, intercept) if count.sum() > FEWEST_ROWS else None
    if place is None:
        return None
    solution = maximize(
        Objective(InCoordinates(rows, place), family),
        Irls(),
        start=place.from_design(default_start(rows, family, intercept)),
        tol=_near(count),
        max_iterations=Chord.most_iterations,
        watch_separation=False,
        progress=progress,
    )
    at = solution.trace[-1].quadratic
    return Climbed(place, solution) if solution.converged and at is not None and _sound(at) else None


def _standardised(rows: RowBlocks, count: Array, intercept: int | None) -> Coordinates | None:
    """Centres and scales of the numeric columns, from a sample; None where they depend on each other."""
    if intercept is None:
        return None
    few = sample(rows, count, FEWEST_ROWS)
    numeric = np.setdiff1d(np.arange(rows.n_columns), code_columns(few.x))
    part = Block(few.x.select(numeric.tolist()), few.y, few.weight, few.offset)
    try:
        found = coordinates_of(InMemory(part), intercept=int(np.searchsorted(numeric, intercept)))
    except OutOfScaleError:
        return None
    if found.root is not None or found.aliased:
        return None
    centre, scale = np.zeros(rows.n_columns), np.ones(rows.n_columns)
    centre[numeric], scale[numeric] = found.centre, found.scale
    return Coordinates(rows.n_columns, tuple(range(rows.n_columns)), centre, scale, intercept, None)


def _near(count: Array) -> float:
    return ERROR_OF_ERRORS * float(np.sqrt(max(count.min(), 1.0)))


def _guess(rows: RowBlocks, family: Family, intercept: int | None) -> _Guess | None:
    count, size = class_counts(rows), rows.n_columns * family.n_predictors
    n = float(count.sum())
    wanted = max(SMALLEST_SHARE * n, ROWS_PER_COEFFICIENT * size)
    if n < FEWEST_ROWS or wanted > LARGEST_SHARE * n:
        return None
    few = InMemory(sample(rows, count, int(wanted)))
    try:
        place = coordinates_of(few, intercept=intercept)
    except OutOfScaleError:
        return None
    if place.root is not None or place.aliased:
        return None
    found = maximize(
        Objective(InCoordinates(few, place), family),
        Irls(),
        start=place.from_design(default_start(few, family, intercept)),
        tol=CLOSE,
        watch_separation=False,
    )
    at = found.trace[-1].quadratic
    if not found.converged or at is None or not _sound(at):
        return None
    return _Guess(place, found.beta, at.information, _near(count))


def _sound(at: Quadratic) -> bool:
    """Finite, and so far from singular that plain sums lost few digits."""
    factor = factorise(at.information)
    return factor is not None and factor.smallest_share > HARMLESS_PIVOT
