"""The limiting conditional model of a separated multinomial fit: a softmax in which each row has its own choices.

Where a direction of recession decides a comparison, the losing class has probability zero in that row. An offset far
below the others leaves it out of the row's choices with the same family. The remaining contrasts do not identify
every coefficient, so beta moves in the subspace that they do identify, in coordinates whitened by them.
Source: Geyer (2009), sections 3.4 and 3.5, on limiting conditional models; Correia, Guimaraes and Zylkin (2021) on
dropping what is separated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from statlogit.core.blocks import Block, InMemory, RowBlocks
from statlogit.core.columns import Dense
from statlogit.core.coordinates import Coordinates, InCoordinates, Triangle, coordinates_of
from statlogit.core.families import family_of
from statlogit.core.objective import Objective
from statlogit.core.statistics import Largest
from statlogit.core.types import Array, BoolArray
from statlogit.fit.estimate import Estimate, Settings, closed
from statlogit.fit.gathered import gathered
from statlogit.fit.recession import Comparisons, contrast_triangle
from statlogit.fit.undecided import NULL_SPACE, Kept, Undecided, compared
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

APART = 2.0**11  # log-odds that leave a class without probability: exp(-745) is the smallest double
UNDERFLOW = 800.0
MOST_WIDENINGS = 4  # of the offsets, where the linear predictors themselves are that large


def limiting_choices(
    left: Undecided, *, intercept: int | None, settings: Settings, watch_separation: bool = True
) -> Estimate:
    """The maximum over the open choices of each row."""
    few = gathered(left.open_rows)
    if few is not None:
        left = replace(left, rows=InMemory(replace(few, x=Dense(few.x.to_array()))))
    passed: tuple[Array, ...] = ()
    for _ in range(MOST_WIDENINGS):
        rows = Kept(left.rows, partial(_choices, directions=left.directions, passed=passed))
        found = _maximum(rows, left, intercept, settings, watch_separation)
        beta = np.nan_to_num(found.beta)
        if left.open_rows.fold(partial(_lacking, passed=passed, beta=beta)).value <= 0.0:
            break
        passed = (*passed, beta)
    return found


def _choices(block: Block, directions: tuple[Array, ...], passed: tuple[Array, ...]) -> Block | None:
    """The rows that have a choice, their offsets such that what is no choice has no probability."""
    found = [some for _, some in compared(block, directions)]
    choices = np.concatenate([~some.decided for some in found])
    index = np.flatnonzero(choices.sum(axis=1) > 1)
    if not len(index):
        return None
    rows = block.take(index)
    return replace(rows, offset=rows.offset + _ruled_out(choices[index], _apart(rows, passed)))


def _apart(rows: Block, passed: tuple[Array, ...]) -> Array:
    """(n,) how far below the others a class is put that is no choice: beyond what was needed at the betas passed."""
    apart = np.full(rows.x.n_rows, APART)
    for beta in passed:
        apart = np.maximum(apart, 2.0 * _needed(rows.x.times(beta) + rows.offset))
    return apart


def _needed(eta: Array) -> Array:
    return np.asarray(UNDERFLOW + np.maximum(eta.max(axis=1), 0.0) - np.minimum(eta.min(axis=1), 0.0))


def _ruled_out(choices: BoolArray, apart: Array) -> Array:
    """(n, q) offsets: open classes lie `apart` above the others, the reference at zero."""
    below = np.where(choices, 0.0, -apart[:, None])
    return np.asarray(below[:, 1:] - below[:, :1])


def _lacking(block: Block, passed: tuple[Array, ...], beta: Array) -> Largest:
    """By how much the offsets of rows that have a choice fall short at beta."""
    return Largest(float((_needed(block.x.times(beta) + block.offset) - _apart(block, passed)).max(initial=-np.inf)))


def _maximum(
    rows: RowBlocks, left: Undecided, intercept: int | None, settings: Settings, watch_separation: bool
) -> Estimate:
    place = coordinates_of(rows, intercept=intercept)
    basis = _identified(left, place)
    objective = Objective(InCoordinates(rows, place), family_of(left.n_classes - 1), basis=basis)
    solution = maximize(
        objective,
        Irls(),
        start=np.zeros(objective.shape),
        tol=settings.tol,
        max_iterations=settings.max_iterations,
        watch_separation=watch_separation,
    )
    return closed(rows, objective, solution, place, settings)


def _identified(left: Undecided, place: Coordinates) -> Array:
    """(r*q, s) the directions that the open comparisons tell apart; their contrasts have the mean square 1."""
    contrasts = left.fold(partial(_contrasts, place=place))
    _, singular, vt = np.linalg.svd(contrasts.root.value, full_matrices=False)
    rank = int((singular > NULL_SPACE * singular.max(initial=0.0)).sum())
    return np.asarray(vt[:rank].T * (np.sqrt(contrasts.count) / singular[:rank]))


@dataclass(frozen=True, slots=True)
class _Contrasts:
    root: Triangle
    count: int

    def __add__(self, other: Self) -> Self:
        return type(self)(self.root + other.root, self.count + other.count)


def _contrasts(found: Comparisons, place: Coordinates) -> _Contrasts:
    rows = found.open.any(axis=1)
    z = place.columns(Dense(found.x[rows])).to_array()
    some = Comparisons(z, found.winner[rows], found.tied[rows], found.open[rows])
    return _Contrasts(Triangle(contrast_triangle(some, some.open, np.ones(z.shape[1]))), int(some.open.sum()))
