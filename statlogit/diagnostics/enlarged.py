"""The fitted model with columns added: is their coefficient zero? By the score at the estimate, or by a refit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense, Mixed
from statlogit.core.coordinates import Coordinates, InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.types import Array
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

    def score_test(self) -> ChiSquared:
        """Rao's score test of all added columns: one pass."""
        return self.score_tests([range(len(self.scale))])[0]

    def score_tests(self, groups: Sequence[Iterable[int]]) -> tuple[ChiSquared, ...]:
        """Rao's score test of each group of added columns alone, all from one pass.

        nan with 0 df for a group that the old columns already span.
        """
        at = self.objective.quadratic_at(self.start)
        r, q, k = self.start.shape[0], self.start.shape[1], len(self.scale)
        is_new = np.tile(np.arange(r) >= r - k, q)
        old, new = np.flatnonzero(~is_new), np.flatnonzero(is_new)
        lower = cholesky(at.information[np.ix_(old, old)])
        if lower is None:
            return (NOTHING,) * len(groups)
        half = solve_lower(lower, at.information[np.ix_(old, new)])
        own = at.information[np.ix_(new, new)]
        free, score = own - half.T @ half, at.slope.score.ravel(order="F")
        left = score[new] - half.T @ solve_lower(lower, score[old])
        spanned = np.diag(free) <= FLAT * np.diag(own)
        places = [np.array([e * k + j for e in range(q) for j in group]) for group in groups]
        return tuple(NOTHING if spanned[at].any() else _chi_squared(free[np.ix_(at, at)], left[at]) for at in places)

    def likelihood_test(self) -> ChiSquared:
        """The likelihood-ratio test by a refit; nan where the score test has nothing to test."""
        df = self.score_test().df
        if df == 0:
            return NOTHING
        before = self.objective.slope_at(self.start).loglik
        found = maximize(self.objective, Irls(), start=self.start)
        return ChiSquared(max(2.0 * (found.trace[-1].loglik - before), 0.0), df)

    def maximum(self) -> Array:
        """(r + k, q) coefficients of the kept design columns and of the added ones as they were given."""
        found = self.place.to_design(maximize(self.objective, Irls(), start=self.start).beta)
        found[-len(self.scale) :] /= self.scale[:, None]
        return found


def _chi_squared(information: Array, score: Array) -> ChiSquared:
    lower = cholesky(information)
    if lower is None:
        return NOTHING
    half = solve_lower(lower, score)
    return ChiSquared(float(half @ half), len(score))


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
