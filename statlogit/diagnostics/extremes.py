"""The row that a fit hangs on most, and the rows it does not hang on at all: one pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.coordinates import InCoordinates
from statlogit.core.families import Family, family_of
from statlogit.core.leverage import row_quadratic
from statlogit.core.types import Array
from statlogit.fit import Fit
from statlogit.fit.model import rows_of

SILENT = 1e-15  # mu (1 - mu) below this: the outcome is settled beyond the digits of a double


@dataclass(frozen=True, slots=True)
class Extremes:
    """What one row, or no row, does."""

    n_rows: int
    leverage: float  # largest diagonal entry of W^1/2 X (X'WX)^-1 X'W^1/2; 0 unless q = 1
    row: int  # its place among the rows
    silent: int  # rows whose probabilities are 0 or 1 to all digits

    def __add__(self, other: Self) -> Self:
        first = self.leverage >= other.leverage
        return type(self)(
            self.n_rows + other.n_rows,
            self.leverage if first else other.leverage,
            self.row if first else self.n_rows + other.row,
            self.silent + other.silent,
        )


def extremes(fit: Fit) -> Extremes:
    """The extremes of a fit with finite estimates."""
    found = fit.estimate
    gamma = found.coordinates.from_design(found.beta[list(found.coordinates.kept)])
    rows = InCoordinates(rows_of(fit.frame), found.coordinates)
    family = family_of(gamma.shape[1])
    return rows.fold(partial(block_extremes, beta=gamma, covariance=found.root @ found.root.T, family=family))


def block_extremes(block: Block, beta: Array, covariance: Array, family: Family) -> Extremes:
    """Those of one block. beta: (p, q); covariance: (p*q, p*q)."""
    mean = family.mean(block.x.times(beta) + block.offset)
    variance = mean.mu * mean.complement
    n, silent = block.x.n_rows, int((variance < SILENT).all(axis=1).sum())
    if beta.shape[1] > 1:
        return Extremes(n, 0.0, 0, silent)
    leverage = np.nan_to_num(block.weight * variance[:, 0] * row_quadratic(block.x, covariance))
    row = int(leverage.argmax())
    return Extremes(n, float(leverage[row]), row, silent)
