"""The penalised log-likelihood as sums over blocks: the only thing a solver sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from statlogit.core.blocks import RowBlocks
from statlogit.core.families import Family
from statlogit.core.statistics import Quadratic, Slope, block_quadratic, block_slope
from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class Objective:
    """Maximised: loglik(beta) - 1/2 sum_k beta_k' penalty beta_k over the q columns of beta."""

    rows: RowBlocks
    family: Family
    penalty: Array | None = None  # (p, p)

    @property
    def shape(self) -> tuple[int, int]:
        """(p, q) of beta."""
        return self.rows.n_columns, self.family.n_predictors

    def slope_at(self, beta: Array) -> Slope:
        """Log-likelihood and score in one pass."""
        return self._penalised(self.rows.fold(partial(block_slope, beta=beta, family=self.family)), beta)

    def quadratic_at(self, beta: Array) -> Quadratic:
        """Log-likelihood, score and information in one pass."""
        s = self.rows.fold(partial(block_quadratic, beta=beta, family=self.family))
        if self.penalty is None:
            return s
        ridge = np.kron(np.eye(self.family.n_predictors), self.penalty)
        return Quadratic(self._penalised(s.slope, beta), s.information + ridge)

    def _penalised(self, s: Slope, beta: Array) -> Slope:
        if self.penalty is None:
            return s
        pull = self.penalty @ beta
        return Slope(s.n_rows, s.loglik - 0.5 * float((pull * beta).sum()), s.score - pull)
