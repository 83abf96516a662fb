"""Refits of one model with other weights on the same rows: what bootstrap and cross-validation are made of.

A refit starts at the estimate. There the information of all rows is a good curvature for every resample, so score
passes alone lead to within 1e-6 standard errors, and one Newton step closes; where the old curvature is a bad guide,
or a penalty has a solver of its own, full steps are taken from the start. Columns, learned states and penalty stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.blocks import InMemory
from statlogit.core.coordinates import Coordinates
from statlogit.core.families import Family, family_of
from statlogit.core.linalg import cholesky
from statlogit.core.objective import Objective
from statlogit.core.types import Array
from statlogit.design.streamed import StreamedFrame
from statlogit.fit import Fit
from statlogit.fit.dual import is_wide, row_space
from statlogit.fit.estimate import Settings, objective_in
from statlogit.fit.model import block_of
from statlogit.fit.solve import tiled
from statlogit.solvers.chord import Chord
from statlogit.solvers.firth import FirthSteps
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

TOLERANCE = 1e-5  # standard errors; the Newton step then taken leaves about its square
NEAR = 1e-6  # standard errors at which score passes hand over
ROWS_PER_COEFFICIENT = 100  # below, resamples differ too much for the curvature of all rows to save passes


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """The rows of a fit, ready to be weighted anew."""

    rows: InMemory
    place: Coordinates
    family: Family
    settings: Settings
    start: Array  # (r, q) the estimate in the coordinates
    chord: Chord | None

    def objective(self, weight: Array) -> Objective:
        """What a refit maximises. weight: (n,) case weights times trials times how often a row counts."""
        rows = replace(self.rows, block=replace(self.rows.block, weight=weight))
        return objective_in(rows, self.family, self.place, self.settings)

    def maximum(self, weight: Array) -> Array | None:
        """(r, q) the maximum with these weights, or None where there is none: separated, or a column without values."""
        objective, start = self.objective(weight), self.start
        if self.chord is not None:
            near = maximize(
                objective, self.chord, start=start, tol=NEAR, max_iterations=Chord.most_iterations,
                watch_separation=False,
            )  # fmt: skip
            start = near.beta if near.converged else start
        solver = FirthSteps() if self.settings.firth else Irls()
        solution = maximize(objective, solver, start=start, tol=TOLERANCE, watch_separation=not self.settings.penalised)
        last = solution.trace[-1]
        if not solution.converged or last.direction is None:
            return None
        return last.beta + last.direction

    def linear_predictors(self, gamma: Array) -> Array:
        """(n, q) log-odds of all rows, offset included."""
        beta = self.place.padded(gamma)
        return np.concatenate([block.x.times(beta) + block.offset for block in self.rows])


def refits_of(fit: Fit) -> Refits:
    """Raises RowsNeededError where the rows are in files; that a fit has no finite maximum, its caller says before."""
    if isinstance(fit.frame, StreamedFrame):
        fit.frame.refuse()
    family, settings, place = family_of(fit.beta.shape[1]), fit.settings, fit.estimate.coordinates
    rows, beta = tiled(block_of(fit.frame)), np.nan_to_num(fit.beta)
    if is_wide(fit.frame.x.n_rows, settings):
        space, block, settings = row_space(rows, settings, fit.frame.design.intercept)
        rows, beta = InMemory(block), space.from_design(beta)
        place = _as_they_are(rows.n_columns)
    start = place.from_design(beta[list(place.kept)])
    found = Refits(rows, place, family, settings, start, None)
    enough = block_of(fit.frame).x.n_rows >= ROWS_PER_COEFFICIENT * start.size
    if settings.firth or not enough:
        return found
    information = found.objective(fit.frame.weight).quadratic_at(start).information
    return found if cholesky(information) is None else replace(found, chord=Chord(information, enough=NEAR))


def _as_they_are(n: int) -> Coordinates:
    return Coordinates(n, tuple(range(n)), np.zeros(n), np.ones(n), None, None)
