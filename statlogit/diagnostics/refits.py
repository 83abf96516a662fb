"""The maximum without some of the rows: exact, from a start next to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.blocks import ROWS_PER_BLOCK, Block, InMemory, RowBlocks
from statlogit.core.coordinates import InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky
from statlogit.core.objective import Objective
from statlogit.core.types import Array, IntArray
from statlogit.fit import Fit
from statlogit.fit.nested import climb
from statlogit.fit.restricted import information_root
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

LEFT = 1e-10  # standard errors from the maximum: the coefficients themselves are wanted


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a fit that may be left out, in the solver's coordinates."""

    fit: Fit
    block: Block

    @property
    def gamma(self) -> Array:
        """(r, q) the estimate."""
        place = self.fit.estimate.coordinates
        return place.from_design(self.fit.beta[list(place.kept)])

    def tiles(self, weight: Array | None = None) -> RowBlocks:
        """The rows in the solver's coordinates, with other weights (n,) if given; low where classes are many."""
        block = self.block if weight is None else replace(self.block, weight=weight)
        tile = max(256, ROWS_PER_BLOCK // self.block.y.shape[1])
        return InCoordinates(InMemory(block, tile), self.fit.estimate.coordinates)

    def to_design(self) -> Array:
        """(r*q, m): vec(gamma) @ it are the m = r*q estimated coefficients, equation by equation."""
        place, q = self.fit.estimate.coordinates, self.block.y.shape[1]
        return np.asarray(np.kron(np.eye(q), place.to_design(np.eye(len(place.kept))).T), dtype=np.float64)

    @property
    def std_error(self) -> Array:
        """(m,) of the estimated coefficients."""
        return self.fit.std_error[list(self.fit.estimate.coordinates.kept)].ravel(order="F")


def without(rows: Rows, left_out: IntArray, start: Array) -> Array | None:
    """vec(gamma) of the maximum without these rows, or None where the others have no finite one.

    start: vec(gamma) near it. Score passes with the curvature of the full fit where they contract, else Newton steps.
    """
    weight = rows.block.weight.copy()
    weight[left_out] = 0.0
    objective = Objective(rows.tiles(weight), family_of(rows.block.y.shape[1]))
    near = climb(objective, start, information_root(rows.fit).T, LEFT)
    if near is not None:
        return near.gamma
    found = maximize(objective, Irls(), start=start.reshape(objective.shape, order="F"))
    if not found.converged or cholesky(objective.quadratic_at(found.beta).information) is None:
        return None
    return found.beta.ravel(order="F")
