"""The fitted model with columns added: is their coefficient zero? By the score at the estimate, or by a refit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense, Mixed
from statlogit.core.coordinates import Coordinates, InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.refits import Rows
from statlogit.fit import Fit
from statlogit.fit.model import block_of
from statlogit.inference.likelihood import ChiSquared
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

FLAT = 1e-8  # share of an added column that the model leaves free; below, nothing is left to test


@dataclass(frozen=True, slots=True)
class Enlarged:
    """The log-likelihood over the old coordinates and k columns more; start: its point of the old fit."""

    objective: Objective
    place: Coordinates  # of all p + k columns
    start: Array  # (r + k, q)
    scale: Array  # (k,) what the added columns were divided by

    @property
    def df(self) -> int:
        return len(self.scale) * int(self.start.shape[1])

    def score_test(self) -> ChiSquared:
        """Rao's score test: one pass. nan with 0 df where the old columns already span the new ones."""
        at = self.objective.quadratic_at(self.start)
        order = self._new_last()
        lower = cholesky(at.information[np.ix_(order, order)])
        if lower is None:
            return NOTHING
        free = np.square(np.diag(lower)) / np.diag(at.information)[order]
        if (free[-self.df :] <= FLAT).any():
            return NOTHING
        half = solve_lower(lower, at.slope.score.ravel(order="F")[order])[-self.df :]
        return ChiSquared(float(half @ half), self.df)

    def likelihood_test(self) -> ChiSquared:
        """The likelihood-ratio test by a refit; nan where the score test has nothing to test."""
        if self.score_test().df == 0:
            return NOTHING
        before = self.objective.slope_at(self.start).loglik
        found = maximize(self.objective, Irls(), start=self.start)
        return ChiSquared(max(2.0 * (found.trace[-1].loglik - before), 0.0), self.df)

    def maximum(self) -> Array:
        """(r + k, q) coefficients of the kept design columns and of the added ones as they were given."""
        found = self.place.to_design(maximize(self.objective, Irls(), start=self.start).beta)
        found[-len(self.scale) :] /= self.scale[:, None]
        return found

    def _new_last(self) -> IntArray:
        """Places in vec(beta), those of the added columns behind all others."""
        r, q = self.start.shape
        is_new = np.tile(np.arange(r) >= r - len(self.scale), q)
        return np.argsort(is_new, kind="stable")


NOTHING = ChiSquared(float("nan"), 0)


def enlarged(fit: Fit, columns: Array) -> Enlarged:
    """A fit with (n, k) columns added; the fit must be a finite maximum.

    They are moved to mean zero where an intercept takes up the mean, and to spread one.
    """
    added = columns - columns.mean(axis=0) if fit.frame.design.intercept is not None else columns
    size = np.sqrt(np.square(added).mean(axis=0))
    scale = np.where(size > 0.0, size, 1.0)
    block, place, q = block_of(fit.frame), fit.estimate.coordinates, fit.beta.shape[1]
    p, k, r = block.x.n_columns, columns.shape[1], len(place.kept)
    wide = Mixed((block.x, Dense(added / scale)), (np.arange(p), np.arange(p, p + k)))
    root = None
    if place.root is not None:
        root = np.eye(r + k)
        root[:r, :r] = place.root
    centres, scales = np.append(place.centre, np.zeros(k)), np.append(place.scale, np.ones(k))
    wider = Coordinates(p + k, (*place.kept, *range(p, p + k)), centres, scales, place.intercept, root)
    rows = InCoordinates(InMemory(Block(wide, block.y, block.weight, block.offset)), wider)
    start = np.vstack([Rows(fit, block).gamma, np.zeros((k, q))])
    return Enlarged(Objective(rows, family_of(q)), wider, start, scale)
