"""A cheap stand-in for the inverse information: one matrix across columns times one across classes.

Against K classes of shares pi the information of the null model is (diag(pi) - pi pi') (x) X'WX exactly. Its inverse
turns gradients into steps of about the right length whatever the correlation of the columns and the shares of the
classes, at the cost of one Gram. The same with I - 11'/K in place of diag(pi) - pi pi' is, halved, an upper bound of
the information at every beta, so that steps along it never let the log-likelihood fall.
Source: Boehning (1992), section 2, on the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class Metric:
    """columns: (p, p) lower factor of the mean across columns; classes: (q, q) inverse across classes."""

    columns: Array | None  # None where the columns are too near dependent: then the unit matrix
    classes: Array

    def step(self, gradient: Array) -> Array:
        """The inverse times a gradient: (p, q) -> (p, q)."""
        across = gradient @ self.classes
        if self.columns is None:
            return across
        return solve_lower(self.columns, solve_lower(self.columns, across), transpose=True)


@dataclass(frozen=True, slots=True)
class Sums:
    """Rows, weights, classes and the Gram of some rows."""

    n_rows: int
    weight: float
    counts: Array  # (q,)
    gram: Array  # (p, p)

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.n_rows + other.n_rows, self.weight + other.weight, self.counts + other.counts, self.gram + other.gram
        )


def block_sums(block: Block) -> Sums:
    """Sums of weight, weight y and weight x x' over one block."""
    return Sums(block.x.n_rows, float(block.weight.sum()), block.weight @ block.y, block.x.gram(block.weight))


def null_metric(objective: Objective) -> Metric:
    """From the information of the null model, per row."""
    sums = objective.rows.fold(block_sums)
    n_classes = len(sums.counts) + 1
    shares = (sums.counts + 0.5) / (sums.weight + 0.5 * n_classes)
    others = max(1.0 - float(shares.sum()), 0.5 / (sums.weight + 0.5 * n_classes))
    typical = float(np.mean(shares * (1.0 - shares)))
    return Metric(_factor(objective, sums, 1.0 / typical), np.diag(1.0 / shares) + 1.0 / others)


def bound_metric(objective: Objective) -> Metric:
    """From an upper bound of the information at any beta, per row."""
    sums = objective.rows.fold(block_sums)
    q = len(sums.counts)
    spread = 1.0 if objective.symmetric else q + 1.0  # the identity is at most K (I - 11'/K)
    half = Sums(sums.n_rows, sums.weight, sums.counts, 0.5 * sums.gram)
    return Metric(_factor(objective, half, spread), np.eye(q) + 1.0)


def _factor(objective: Objective, sums: Sums, share: float) -> Array | None:
    whole = sums.gram if objective.penalty is None else sums.gram + share * objective.penalty
    return cholesky(whole / sums.n_rows)
