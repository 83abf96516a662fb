"""Several binary models of the same rows in one pass: each column is read once for all of them.

The linear predictors of m models are one matrix product, and so are their scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.columns import gathered
from statlogit.core.compiled import installed
from statlogit.core.types import Array

ROWS = 2048  # whose linear predictors and residuals stay in the second-level cache


@dataclass(frozen=True, slots=True)
class Slopes:
    """First-order sums of m models."""

    loglik: Array  # (m,) kernel: no binomial coefficients
    score: Array  # (p, m)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.loglik + other.loglik, self.score + other.score)


def block_slopes(block: Block, beta: Array, score_alone: bool = False) -> Slopes:
    """Log-likelihood (zero where the score alone is wanted) and score of one block at each column of beta, (p, m)."""
    total: Slopes | None = None
    for start in range(0, block.x.n_rows, ROWS):
        found = _slopes(block.rows(start, min(start + ROWS, block.x.n_rows)), beta, score_alone)
        total = found if total is None else total + found
    return total if total is not None else Slopes(np.zeros(beta.shape[1]), np.zeros(beta.shape))


def _slopes(block: Block, beta: Array, score_alone: bool) -> Slopes:
    x = gathered(block.x)
    eta = np.ascontiguousarray(x.times(beta).T)
    if block.offset.any():
        eta += block.offset[:, 0]
    pointwise = _compiled if block.large and installed() else _plain
    score, loglik = pointwise(eta, np.ascontiguousarray(block.y[:, 0]), np.ascontiguousarray(block.weight), score_alone)
    return Slopes(loglik, x.transpose_times(score.T))


def _compiled(eta: Array, y: Array, weight: Array, score_alone: bool) -> tuple[Array, Array]:
    from statlogit.core.kernels_several import residuals_of_models

    score, loglik = np.empty_like(eta), np.zeros(len(eta))
    residuals_of_models(eta, y, weight, score, loglik, score_alone)
    return score, loglik


def _plain(eta: Array, y: Array, weight: Array, score_alone: bool) -> tuple[Array, Array]:
    """Weighted y - mu, (m, n), and the log-likelihoods, (m,)."""
    event = np.copysign(0.5, eta) + 0.5  # 1 where it is likelier; by the sign bit, as copysign below
    small = np.exp(-np.abs(eta))
    loglik = np.zeros(len(eta))
    if not score_alone:
        loglik = (((y - event) * eta - np.log1p(small)) * weight).sum(axis=1)
    score = np.copysign(small / (1.0 + small), eta)  # y - mu without cancelling, as in families.Bernoulli
    score += y - event
    score *= weight
    return score, loglik
