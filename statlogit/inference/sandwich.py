"""The middle of heteroskedasticity-robust covariances: sums of squared scores, row by row.

A row counts as one unit, whatever its trials. A whole case weight w stands for w equal rows, so a weight of 2 is the
row twice under HC0 to HC3 alike; weights with a fraction are sampling weights: one unit, its score times its weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.families import Family
from statlogit.core.leverage import predictor_covariance
from statlogit.core.statistics import information
from statlogit.core.types import Array, BoolArray

POWERS = {"HC0": 0.0, "HC1": 0.0, "HC2": 0.5, "HC3": 1.0}
ALONE = 1e-9  # 1 - leverage below this: the rounding of a leverage is a thousand times smaller


@dataclass(frozen=True, slots=True)
class Meat:
    """Sum of score score' over units, and how many units alone inform some direction (leverage 1)."""

    value: Array  # (r*q, r*q)
    n_alone: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + other.value, self.n_alone + other.n_alone)


def block_meat(block: Block, gamma: Array, variance: Array, family: Family, power: float) -> Meat:
    """Squared scores of one block, each score times (I - H)^-power, H the (q, q) leverage of its row.

    gamma (r, q), variance (r*q, r*q): estimate and inverse information in the block's coordinates.
    Source: MacKinnon and White (1985) for power 1/2 (HC2) and 1 (HC3); Bell and McCaffrey (2002) for matrices H.
    """
    local = family.local(block.x.times(gamma) + block.offset, block.y, block.weight)
    copies = np.ones(block.x.n_rows) if block.copies is None else block.copies
    score, n_alone = local.score, 0
    if power:
        curvature = local.curvature / copies[:, None, None]
        score, alone = inflated(score, curvature, predictor_covariance(block.x, variance), power)
        n_alone = int(alone.sum())
    return Meat(information(block.x, score[:, :, None] * score[:, None, :] / copies[:, None, None]), n_alone)


def inflated(score: Array, curvature: Array, spread: Array, power: float) -> tuple[Array, BoolArray]:
    """(I - C S)^-power score for each row, and where a leverage is 1.

    score (n, q), curvature C (n, q, q), spread S (n, q, q) covariance of the row's linear predictors. In a direction
    of leverage 1 the row fits itself, its score is zero and stays zero.
    """
    if score.shape[1] == 1:
        rest = 1.0 - curvature[:, 0, 0] * spread[:, 0, 0]
        alone = rest < ALONE
        return np.where(alone, 0.0, np.where(alone, 1.0, rest) ** -power)[:, None] * score, alone
    # f(C S) = I + C L g(L' C L) L' with L L' = S and g(h) = (f(h) - 1) / h: no inverse of C, which may be singular
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    leverage, directions = np.linalg.eigh(root.transpose(0, 2, 1) @ curvature @ root)
    root = root @ directions
    along = (root.transpose(0, 2, 1) @ score[:, :, None])[:, :, 0] * excess(leverage, power)
    alone = np.asarray((leverage > 1.0 - ALONE).any(axis=1))
    return score + (curvature @ (root @ along[:, :, None]))[:, :, 0], alone


def excess(leverage: Array, power: float) -> Array:
    """((1 - h)^-power - 1) / h for power 1/2 or 1, without cancelling near h = 0; -1 where h is 1."""
    rest = 1.0 - leverage
    alone = rest < ALONE
    rest = np.where(alone, 1.0, rest)
    half = np.sqrt(rest)
    return np.where(alone, -1.0, 1.0 / rest if power == 1.0 else 1.0 / (half * (1.0 + half)))
