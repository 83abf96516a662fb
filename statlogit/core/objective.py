"""The penalised log-likelihood as sums over blocks: the only thing a solver sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from statlogit.core.blocks import RowBlocks
from statlogit.core.coordinates import InCoordinates
from statlogit.core.families import Family
from statlogit.core.statistics import (
    Closing,
    Quadratic,
    Slope,
    block_closing,
    block_closing_in,
    block_quadratic,
    block_quadratic_in,
    block_slope,
    block_slope_in,
)
from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class Objective:
    """Maximised: loglik(beta) - 1/2 sum_k beta_k' penalty beta_k over the q columns of beta.

    symmetric: the penalty is that of the K weight vectors w_k with w_k - w_0 = beta_k and sum zero, so that no class
    is set apart: 1/2 tr(beta' penalty beta (I - 11'/K)).
    With a basis, beta moves in an affine set, vec(beta) = origin + basis @ theta; what a solver sees is theta, (s, 1).
    """

    rows: RowBlocks
    family: Family
    penalty: Array | None = None  # (p, p)
    basis: Array | None = None  # (p*q, s), without a penalty
    origin: Array | None = None  # (p*q,) beside a basis; zero by default
    symmetric: bool = False
    every: int = 1  # in coordinates, the information of about one row of so many stands for that of all

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
        if isinstance(rows, InCoordinates):
            return rows.source.fold(partial(block_slope_in, place=rows.coordinates, gamma=beta, family=self.family))
        return rows.fold(partial(block_slope, beta=beta, family=self.family))

    def quadratic_at(self, beta: Array) -> Quadratic:
        """Log-likelihood, score and information in one pass."""
        s = self._quadratic(self.beta(beta))
        if self.basis is not None:
            return Quadratic(_slope_along(s.slope, self.basis), self.basis.T @ s.information @ self.basis)
        if self.penalty is None:
            return s
        return Quadratic(self._penalised(s.slope, beta), s.information + self.penalty_matrix())

    def pull(self, beta: Array) -> Array:
        """(p, q) the gradient of the penalty."""
        if self.penalty is None:
            return np.zeros_like(beta)
        mean = beta.sum(axis=1, keepdims=True) / self._n_classes if self.symmetric else 0.0
        return np.asarray(self.penalty @ (beta - mean))

    def penalty_matrix(self) -> Array:
        """(pq, pq) the second derivative of the penalty."""
        q, (r, _) = self.family.n_predictors, self.shape
        if self.penalty is None:
            return np.zeros((r * q, r * q))
        coupling = np.eye(q) - (1.0 / self._n_classes if self.symmetric else 0.0)
        return np.asarray(np.kron(coupling, self.penalty), dtype=np.float64)

    @property
    def _n_classes(self) -> int:
        return self.family.n_predictors + 1

    def _quadratic(self, beta: Array) -> Quadratic:
        rows = self.rows
        if isinstance(rows, InCoordinates):
            found = rows.source.fold(
                partial(block_quadratic_in, place=rows.coordinates, gamma=beta, family=self.family, every=self.every)
            )
            return found if isinstance(found, Quadratic) else found.quadratic()
        return rows.fold(partial(block_quadratic, beta=beta, family=self.family))

    def closing_at(self, beta: Array, second: bool = False) -> Closing:
        """What the certificate needs at the last beta (p, q), in one pass; second: with the information there."""
        rows = self.rows
        if isinstance(rows, InCoordinates):
            return rows.source.fold(
                partial(block_closing_in, place=rows.coordinates, gamma=beta, family=self.family, second=second)
            )
        return rows.fold(partial(block_closing, beta=beta, family=self.family, second=second))

    def _penalised(self, s: Slope, beta: Array) -> Slope:
        if self.penalty is None:
            return s
        pull = self.pull(beta)
        return Slope(s.n_rows, s.loglik - 0.5 * float((pull * beta).sum()), s.score - pull)


def _slope_along(s: Slope, basis: Array) -> Slope:
    return Slope(s.n_rows, s.loglik, basis.T @ s.score.reshape(-1, 1, order="F"))
