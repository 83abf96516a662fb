"""What leaving out one row does to the maximum, by one Newton step: row-wise, block by block.

With W (q x q) the curvature of a row in its linear predictors, M = (I (x) x)' V (I (x) x) their covariance and s its
score, the estimate moves by beta - beta_(i) = V (I (x) x) t with t = (I - W M)^-1 s. For q = 1 that is V x s / (1 - h).
Source: Pregibon (1981); Lesaffre and Albert (1989) for several classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import xlogy

from statlogit.core.blocks import Block
from statlogit.core.columns import Columns
from statlogit.core.families import Family, Means, half_deviance
from statlogit.core.leverage import predictor_covariance
from statlogit.core.types import Array, IntArray

ALONE = 1e-10  # 1 - leverage below this: the row alone determines a combination of coefficients


@dataclass(frozen=True, slots=True)
class Deletion:
    """One value a row; nan where a row alone determines a combination of the coefficients."""

    leverage: Array  # (n,) trace(W M)
    push: Array  # (n, q) t: what the row's score becomes once its own pull on the estimate is undone
    distance: Array  # (n,) squared distance that the estimate moves, in standard errors: t' M t
    delta_chi2: Array  # (n,) fall of Pearson's chi-squared
    delta_deviance: Array  # (n,) fall of the deviance


def deletion(block: Block, beta: Array, covariance: Array, family: Family) -> Deletion:
    """The rows of one block. beta: (p, q); covariance: (p*q, p*q) inverse information, in the block's columns."""
    eta = block.x.times(beta) + block.offset
    local = family.local(eta, block.y, block.weight)
    probability = family.first(eta, block.y, block.weight).probability.T
    spread = predictor_covariance(block.x, covariance)
    own = local.curvature @ spread
    leverage = np.trace(own, axis1=1, axis2=2)
    push = _solved(np.eye(beta.shape[1]) - own, local.score)
    moved = (spread @ push[:, :, None])[:, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        reference = np.maximum(1.0 - block.y.sum(axis=1, keepdims=True), 0.0)
        working = _ratio(block.y, probability[:, 1:]) - _ratio(reference, probability[:, :1])
        return Deletion(
            np.minimum(leverage, beta.shape[1]),
            push,
            (push * moved).sum(axis=1),
            (push * working).sum(axis=1),
            _deviance(block, family.mean(eta), probability) + (local.score * moved).sum(axis=1),
        )


def _ratio(y: Array, probability: Array) -> Array:
    return np.where(y == 0.0, 0.0, y / probability)


def _solved(matrix: Array, score: Array) -> Array:
    """(n, q): matrix^-1 score, nan where that has no solution; a row without a score pushes nothing."""
    if score.shape[1] == 1:
        left = matrix[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(left > ALONE, score / left, np.nan)
    lost = np.abs(np.linalg.det(matrix)) <= ALONE
    matrix[lost] = np.eye(score.shape[1])
    push = np.linalg.solve(matrix, score[:, :, None])[:, :, 0]
    push[lost] = np.nan
    return np.asarray(push)


def _deviance(block: Block, mean: Means, probability: Array) -> Array:
    y = block.y
    if y.shape[1] == 1:
        return np.asarray(2.0 * block.weight * half_deviance(y, mean)[:, 0])
    shares = np.concatenate([np.maximum(1.0 - y.sum(axis=1, keepdims=True), 0.0), y], axis=1)
    return np.asarray(2.0 * block.weight * (xlogy(shares, shares) - xlogy(shares, probability)).sum(axis=1))


def moves(x: Columns, push: Array, outer: Array) -> Array:
    """(n, m) one-step moves beta - beta_(i). outer: (p*q, m), V times the map to what is moved."""
    p = x.n_columns
    total: Array = np.zeros((x.n_rows, outer.shape[1]))
    for k in range(push.shape[1]):
        total += push[:, k : k + 1] * x.times(outer[k * p : (k + 1) * p])
    return total


@dataclass(frozen=True, slots=True)
class RowInfluence:
    """The same for all rows, and for each coefficient the row that moves it most."""

    leverage: Array  # (n,)
    distance: Array
    delta_chi2: Array
    delta_deviance: Array
    most: Array  # (m,) the move of largest size, signed, in standard errors; nan where no row has one
    row: IntArray  # (m,) its place among the rows

    def __add__(self, other: Self) -> Self:
        first = (np.abs(self.most) >= np.abs(other.most)) | np.isnan(other.most)
        return type(self)(
            np.concatenate([self.leverage, other.leverage]),
            np.concatenate([self.distance, other.distance]),
            np.concatenate([self.delta_chi2, other.delta_chi2]),
            np.concatenate([self.delta_deviance, other.delta_deviance]),
            np.where(first, self.most, other.most),
            np.where(first, self.row, len(self.leverage) + other.row),
        )


def block_influence(block: Block, beta: Array, covariance: Array, outer: Array, family: Family) -> RowInfluence:
    """Those of one block. outer: (p*q, m) as in `moves`, in units of standard errors."""
    found = deletion(block, beta, covariance, family)
    moved = moves(block.x, found.push, outer)
    row = np.where(np.isnan(moved), -1.0, np.abs(moved)).argmax(axis=0)
    most = moved[row, np.arange(moved.shape[1])]
    return RowInfluence(found.leverage, found.distance, found.delta_chi2, found.delta_deviance, most, row)
