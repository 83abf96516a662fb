"""A whole fit in a few cheap passes: a sample finds the place, score passes climb, one information pass closes.

The sample gives coordinates and a start within some tens of standard errors. The first pass over all rows sums the
score and, from a share of them, a curvature; from there the score alone is enough (Chord), so the information matrix is
formed once, at the final estimate, in the pass that also sums what the certificate needs. Each of these is a guess that
is checked on all rows; where a check fails the answer is None and the caller climbs by full Newton steps.

Where most columns are the levels of factors, a sample that knew every level would be large. A few rows then give the
coordinates, and the start comes from Newton steps on all rows whose information is that of a share of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from statlogit.core.blocks import Addable, Block, InMemory, RowBlocks
from statlogit.core.columns import Mixed, numeric_columns
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
from statlogit.core.sample import n_rows, sample
from statlogit.core.statistics import Closing, Quadratic
from statlogit.core.types import Array
from statlogit.fit.start import default_start
from statlogit.solvers.chord import Chord
from statlogit.solvers.irls import Irls, newton
from statlogit.solvers.protocol import Iterate, Solution, gradient_size, maximize

S = TypeVar("S", bound=Addable)

FEWEST_ROWS = 20_000
ROWS_PER_COEFFICIENT = 50  # of the sample
LOW = 2_048  # rows of a tile of the sample: their standardised copies are small beside the data
LOOKED_AT, FEWEST_LOOKED_AT = 4, 250  # the curvature is that of a quarter of the rows, and of 250 rows a coefficient
GLANCED_AT = 8  # the same for the steps that look for a start
MANY_LEVELS, FEW_NUMERIC = 256, 0.1  # columns, and the share of them that are not factor codes
SMALLEST_SHARE, LARGEST_SHARE = 0.02, 0.25
CLOSE = 10.0  # standard errors: nearer to the maximum of the sample is wasted, as all rows have another
# The information is formed where the maximum is foreseen within this many standard errors, times the root of how many
# rows have the rarest outcome or inform the rarest column. Its standard errors are then off by less than half this
# share (measured: a twentieth); its Newton step leaves nothing but rounding.
ERROR_OF_ERRORS, ERROR_BY_LEVELS = 3e-8, 1.5e-8  # the second where most columns are levels, each with few rows
MOST_MISSED = 2.0  # times further from the maximum than foreseen
TINY = 2.0**-1000  # no sum of fourth powers of a column that varies
MOST_CLOSINGS = 2  # where the guessed curvature flattered the last step, the information is formed once more
PART, FEWER = 8, 4  # a step on an eighth of the rows, where the sample has so many times fewer
MOST_GLANCES, ON_AVERAGE = 5, 3.0  # steps that bring the coefficients within so many standard errors


@dataclass(frozen=True, slots=True)
class Climbed:
    """Where the score passes ended, with the information there, and in which coordinates."""

    place: Coordinates
    solution: Solution
    closing: Closing | None = None  # at the end, where the last pass summed it


@dataclass(frozen=True, slots=True)
class _Guess:
    place: Coordinates
    gamma: Array  # (r, q)
    information: Array  # (r*q, r*q)
    near: float  # standard errors from the maximum where the information may be formed
    every: int  # one of so many rows is looked at for the first curvature


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
    guess = (_guess_by_levels if _mostly_levels(rows, family) else _guess)(rows, family, intercept)
    if guess is None:
        return None
    objective = Objective(InCoordinates(rows, guess.place), family)
    first = replace(objective, every=guess.every).quadratic_at(guess.gamma)
    solution = maximize(
        objective,
        Chord(first.information if _sound(first) else guess.information, enough=guess.near, first=first.slope),
        start=guess.gamma,
        tol=guess.near,
        max_iterations=Chord.most_iterations,
        watch_separation=False,
        progress=progress,
    )
    step = solution.trace[-1].direction
    if not solution.converged or step is None:
        return None
    beta, trace = solution.beta + step, list(solution.trace)
    for _ in range(MOST_CLOSINGS):
        closing = objective.closing_at(beta, second=True)
        at = closing.second_order()
        direction, decrement = newton(at)
        if direction is None or not _sound(at):
            return None
        trace.append(Iterate(beta, at.slope.loglik, gradient_size(at.slope), decrement, 1.0, 0, None, at, direction))
        if progress is not None:
            progress(trace[-1])
        if decrement <= MOST_MISSED * guess.near:
            return Climbed(guess.place, replace(solution, beta=beta, trace=tuple(trace)), closing)
        trace[-1] = replace(trace[-1], quadratic=None, direction=None)
        beta = beta + direction
    return None


def _mostly_levels(rows: RowBlocks, family: Family) -> bool:
    """Many columns, nearly all of them factor codes, and two classes."""
    numeric = numeric_columns(next(iter(rows)).x)
    return family.n_predictors == 1 and rows.n_columns >= MANY_LEVELS and numeric <= FEW_NUMERIC * rows.n_columns


def _guess_by_levels(rows: RowBlocks, family: Family, intercept: int | None) -> _Guess | None:
    few = sample(rows, FEWEST_ROWS)
    n, p = float(few.count.sum()), rows.n_columns
    place = _standardised(few.block, p, intercept) if n > FEWEST_ROWS else None
    if place is None:
        return None
    start = place.from_design(default_start(rows, family, intercept))
    for every in dict.fromkeys((_share_looked_at(n, p), 1)):
        solution = maximize(
            Objective(InCoordinates(rows, place), family, every=every),
            Irls(),
            start=start,
            tol=ON_AVERAGE * float(np.sqrt(p)),
            max_iterations=MOST_GLANCES,
            watch_separation=False,
        )
        last = solution.trace[-1]
        if solution.converged and last.quadratic is not None and last.direction is not None and _sound(last.quadratic):
            at = last.quadratic.information
            informed = p * float(np.diag(at).min())  # a level is known by its own rows
            near = _near(min(float(few.count.min()), informed), ERROR_BY_LEVELS)
            return _Guess(place, last.beta + last.direction, at, near, 1)
    return None


def _share_looked_at(n: float, size: int, most: int = GLANCED_AT) -> int:
    """One of so many rows gives the first curvature."""
    return max(1, min(most, int(n / (FEWEST_LOOKED_AT * size))))


def _standardised(few: Block, p: int, intercept: int | None) -> Coordinates | None:
    """Centres and scales of the numeric columns, from a sample; None where they depend on each other."""
    if intercept is None:
        return None
    numeric = np.setdiff1d(np.arange(p), code_columns(few.x))
    part = Block(few.x.select(numeric.tolist()), few.y, few.weight, few.offset)
    try:
        found = coordinates_of(InMemory(part), intercept=int(np.searchsorted(numeric, intercept)))
    except OutOfScaleError:
        return None
    if found.root is not None or found.aliased:
        return None
    centre, scale = np.zeros(p), np.ones(p)
    centre[numeric], scale[numeric] = found.centre, found.scale
    return Coordinates(p, tuple(range(p)), centre, scale, intercept, None)


def _near(rows: float, error: float = ERROR_OF_ERRORS) -> float:
    return error * float(np.sqrt(max(rows, 1.0)))


def _informed(block: Block, place: Coordinates) -> float:
    """How many rows inform the numeric column that rests on fewest: for 0 and 1, the rarer of the two.

    (sum z^2)^2 / sum z^4, z centred: the participation ratio; infinite without numeric columns.
    """
    x = place.selected(block.x)
    vectors, at, _ = (x if isinstance(x, Mixed) else Mixed((x,), (np.arange(x.n_columns),))).kinds()
    least = np.inf
    for v, centre in zip(vectors, place.centre[at], strict=True):
        square = np.square(v - centre)
        squares = float(block.weight @ square)
        square *= square
        least = min(least, squares**2 / max(float(block.weight @ square), TINY))
    return least


def _guess(rows: RowBlocks, family: Family, intercept: int | None) -> _Guess | None:
    n, size = n_rows(rows), rows.n_columns * family.n_predictors
    wanted = max(SMALLEST_SHARE * n, ROWS_PER_COEFFICIENT * size)
    if n < FEWEST_ROWS or wanted > LARGEST_SHARE * n:
        return None
    found = sample(rows, int(wanted))
    few = InMemory(found.block)
    try:
        place = coordinates_of(InMemory(replace(found.block, large=False), LOW), intercept=intercept)
    except OutOfScaleError:
        return None
    if place.root is not None or place.aliased:
        return None
    solution = maximize(
        Objective(InCoordinates(few, place), family),
        Irls(),
        start=place.from_design(default_start(few, family, intercept)),
        tol=CLOSE,
        watch_separation=False,
    )
    last = solution.trace[-1]
    if not solution.converged or last.quadratic is None or last.direction is None or not _sound(last.quadratic):
        return None
    gamma = last.beta + last.direction
    if isinstance(rows, InMemory) and FEWER * PART * wanted <= n and np.ptp(found.block.weight) == 0.0:
        gamma = _stepped(InCoordinates(_Part(rows), place), family, gamma)
    near = _near(min(float(found.count.min()), _informed(found.block, place)))
    every = max(2, _share_looked_at(n, size, LOOKED_AT))
    return _Guess(place, gamma, last.quadratic.information, near, every)


@dataclass(frozen=True, slots=True)
class _Part:
    """The first rows of each tile, a PART of all: read in long runs and copied nowhere."""

    source: InMemory

    @property
    def n_columns(self) -> int:
        return self.source.n_columns

    def __iter__(self) -> Iterator[Block]:
        return map(_first_rows, self.source)

    def fold(self, f: Callable[[Block], S]) -> S:
        return self.source.fold(partial(_of_first_rows, f=f))


def _first_rows(block: Block) -> Block:
    return block.rows(0, -(-block.x.n_rows // PART))


def _of_first_rows(block: Block, f: Callable[[Block], S]) -> S:
    return f(_first_rows(block))


def _stepped(rows: RowBlocks, family: Family, gamma: Array) -> Array:
    """One Newton step on these rows, where they tell a direction."""
    direction, _ = newton(Objective(rows, family).quadratic_at(gamma))
    return gamma if direction is None else gamma + direction


def _sound(at: Quadratic) -> bool:
    """Finite, and so far from singular that plain sums lost few digits."""
    factor = factorise(at.information)
    return factor is not None and factor.smallest_share > HARMLESS_PIVOT
