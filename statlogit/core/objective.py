"""The penalised log-likelihood as sums over blocks: the only thing a solver sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from statlogit.core.blocks import RowBlocks
from statlogit.core.coordinates import InCoordinates
from statlogit.core.families import Family
from statlogit.core.statistics import Quadratic, Slope, block_quadratic, block_slope
from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class Objective:
    """Maximised: loglik(beta) - 1/2 sum_k beta_k' penalty beta_k over the q columns of beta.

    With a basis, beta moves in an affine set, vec(beta) = origin + basis @ theta; what a solver sees is theta, (s, 1).
    """

    rows: RowBlocks
    family: Family
    penalty: Array | None = None  # (p, p)
    basis: Array | None = None  # (p*q, s), without a penalty
    origin: Array | None = None  # (p*q,) beside a basis; zero by default

    @property
    def shape(self) -> tuple[int, int]:
        """(p, q) of beta, or (s, 1) of theta."""
        if self.basis is not None:
            return self.basis.shape[1], 1
        return self.rows.n_columns, self.family.n_predictors

    def beta(self, theta: Array) -> Array:
        """(p, q) from what a solver sees."""
        if self.basis is None:
            return theta
        vector = self.basis @ theta[:, 0]
        if self.origin is not None:
            vector = vector + self.origin
        return np.asarray(vector.reshape(-1, self.family.n_predictors, order="F"))

    def slope_at(self, beta: Array) -> Slope:
        """Log-likelihood and score in one pass, over the design columns as they are where that costs no digits."""
        s = self._slope(self.beta(beta))
        return self._penalised(s, beta) if self.basis is None else _slope_along(s, self.basis)

    def _slope(self, beta: Array) -> Slope:
        rows = self.rows
        if not (isinstance(rows, InCoordinates) and rows.coordinates.near):
            return rows.fold(partial(block_slope, beta=beta, family=self.family))
        s = rows.source.fold(partial(block_slope, beta=rows.coordinates.padded(beta), family=self.family))
        return Slope(s.n_rows, s.loglik, rows.coordinates.score(s.score))

    def quadratic_at(self, beta: Array) -> Quadratic:
        """Log-likelihood, score and information in one pass."""
        s = self.rows.fold(partial(block_quadratic, beta=self.beta(beta), family=self.family))
        if self.basis is not None:
            return Quadratic(_slope_along(s.slope, self.basis), self.basis.T @ s.information @ self.basis)
        if self.penalty is None:
            return s
        ridge = np.kron(np.eye(self.family.n_predictors), self.penalty)
        return Quadratic(self._penalised(s.slope, beta), s.information + ridge)

    def _penalised(self, s: Slope, beta: Array) -> Slope:
        if self.penalty is None:
            return s
        pull = self.penalty @ beta
        return Slope(s.n_rows, s.loglik - 0.5 * float((pull * beta).sum()), s.score - pull)


def _slope_along(s: Slope, basis: Array) -> Slope:
    return Slope(s.n_rows, s.loglik, basis.T @ s.score.reshape(-1, 1, order="F"))
