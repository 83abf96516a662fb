"""The limiting conditional model of a separated multinomial fit: a softmax in which each row has its own choices.

Where a direction of recession decides a comparison, the losing class has probability zero in that row. An offset far
below the others leaves it out of the row's choices with the same family. The remaining contrasts do not identify
every coefficient, so beta moves in the subspace that they do identify, in coordinates whitened by them.
Source: Geyer (2009), sections 3.4 and 3.5, on limiting conditional models; Correia, Guimaraes and Zylkin (2021) on
dropping what is separated.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.coordinates import Coordinates, InCoordinates, coordinates_of
from statlogit.core.families import family_of
from statlogit.core.objective import Objective
from statlogit.core.types import Array, BoolArray
from statlogit.fit.estimate import Estimate, Settings, closed
from statlogit.fit.recession import NULL_SPACE, Comparisons, contrast_triangle
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

APART = 2.0**11  # log-odds that leave a class without probability: exp(-745) is the smallest double
UNDERFLOW = 800.0
MOST_WIDENINGS = 4  # of the offsets, where the linear predictors themselves are that large


def limiting_choices(
    rows: Block, left: Comparisons, *, intercept: int | None, settings: Settings, watch_separation: bool = True
) -> Estimate:
    """The maximum over the open choices of each row. rows: the block that left compares."""
    keep = np.flatnonzero(left.open.any(axis=1))
    x, y, offset = Dense(left.x[keep]), rows.y[keep], rows.offset[keep]
    some = Comparisons(x.values, left.winner[keep], left.tied[keep], left.open[keep])
    choices = some.open | (np.arange(some.n_classes) == some.winner[:, None])
    apart = np.full(len(keep), APART)
    for _ in range(MOST_WIDENINGS):
        block = Block(x, y, rows.weight[keep], offset + _ruled_out(choices, apart))
        found = _maximum(block, some, intercept, settings, watch_separation)
        eta = x.times(np.nan_to_num(found.beta)) + offset
        needed = UNDERFLOW + np.maximum(eta.max(axis=1), 0.0) - np.minimum(eta.min(axis=1), 0.0)
        if (needed <= apart).all():
            break
        apart = np.maximum(apart, 2.0 * needed)
    return found


def _ruled_out(choices: BoolArray, apart: Array) -> Array:
    """(n, q) offsets: open classes lie `apart` above the others, the reference at zero."""
    below = np.where(choices, 0.0, -apart[:, None])
    return np.asarray(below[:, 1:] - below[:, :1])


def _maximum(
    block: Block, some: Comparisons, intercept: int | None, settings: Settings, watch_separation: bool
) -> Estimate:
    source = InMemory(block)
    place = coordinates_of(source, intercept=intercept)
    basis = _identified(some, place)
    objective = Objective(InCoordinates(source, place), family_of(block.y.shape[1]), basis=basis)
    solution = maximize(
        objective,
        Irls(),
        start=np.zeros(objective.shape),
        tol=settings.tol,
        max_iterations=settings.max_iterations,
        watch_separation=watch_separation,
    )
    return closed(source, objective, solution, place, settings)


def _identified(some: Comparisons, place: Coordinates) -> Array:
    """(r*q, s) the directions that the open comparisons tell apart; their contrasts have the mean square 1."""
    z = replace(some, x=place.columns(Dense(some.x)).to_array())
    _, singular, vt = np.linalg.svd(contrast_triangle(z, z.open, np.ones(z.x.shape[1])), full_matrices=False)
    rank = int((singular > NULL_SPACE * singular.max(initial=0.0)).sum())
    return np.asarray(vt[:rank].T * (np.sqrt(some.open.sum()) / singular[:rank]))
