"""The door to the compiled passes: which blocks they take, and their sums as the records of statistics.py.

numba (extra `fast`) is imported when the first large fit asks for it. Without it, or for several classes, the answer
is None and the caller takes numpy's path.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from statlogit.core.coded import Coded, address, buffers, coded
from statlogit.core.columns import Columns, Dense, Mixed
from statlogit.core.joint import Tables
from statlogit.core.types import Array, IntArray

if TYPE_CHECKING:
    from statlogit.core.blocks import Block
    from statlogit.core.coordinates import Coordinates


@cache
def installed() -> bool:
    """numba can be imported."""
    return find_spec("numba") is not None


@dataclass(frozen=True, slots=True)
class SlopeSums:
    """What one compiled pass over a block gives."""

    loglik: float
    score: Array  # (p, 1)


@dataclass(frozen=True, slots=True)
class QuadraticSums:
    loglik: float
    score: Array  # (p, 1)
    information: Array | Tables  # (p, p), or its sums where there are factors


@dataclass(frozen=True, slots=True)
class ClosingSums:
    loglik: float
    pearson: float
    length: float
    rounding: Array  # (p, 1), in units of the unit roundoff


@dataclass(frozen=True, slots=True)
class _Rows:
    """The arguments every pass shares."""

    n_columns: int  # p
    kept: list[Array]  # alive while their addresses are in use
    addresses: IntArray  # (k,) of the numeric columns
    at: IntArray  # (k,) their places in the design
    coded: Coded
    y: Array
    weight: Array
    offset: Array

    @property
    def n_rows(self) -> int:
        return len(self.y)

    @property
    def outcome(self) -> tuple[Array, Array, Array]:
        return self.y, self.weight, self.offset

    def codes(self, beta: Array) -> tuple[IntArray, IntArray, IntArray, Array]:
        """The factors and their padded coefficients. beta: (p,)."""
        x = self.coded
        return x.codes, x.multipliers, x.first, x.levels(beta)

    def whole(self, numeric: Array, levels: Array) -> Array:
        """(p, 1) from the sums of the numeric columns and those by level."""
        out = np.empty(self.n_columns)
        out[self.at] = numeric
        self.coded.collect(levels, out)
        return out[:, None]


def slope(block: Block, beta: Array) -> SlopeSums | None:
    """Log-likelihood and score over the design columns."""
    rows = _rows(block, block.x)
    if rows is None:
        return None
    from statlogit.core import kernels

    b = beta[:, 0]
    score, levels = np.zeros(len(rows.at)), np.zeros(rows.coded.n_levels)
    loglik = kernels.score_pass(rows.addresses, rows.n_rows, b[rows.at], *rows.codes(b), *rows.outcome, score, levels)
    return SlopeSums(loglik, rows.whole(score, levels))


def quadratic(block: Block, place: Coordinates, gamma: Array) -> QuadraticSums | None:
    """Log-likelihood, score and information in these coordinates, which must not be whitened."""
    rows = None if place.root is not None else _rows(block, place.selected(block.x))
    if rows is None:
        return None
    from statlogit.core import kernels

    g, at, k = gamma[:, 0], rows.at, len(rows.at)
    order = -(-k // 4) * 4
    small, score, levels = np.empty(rows.n_rows), np.zeros(k), np.zeros(rows.coded.n_levels)
    information = np.zeros((order, order))
    filled = buffers(rows.coded, order)
    linear = kernels.quadratic_pass(
        rows.addresses, rows.n_rows, place.centre[at], 1.0 / place.scale[at], g[at], *rows.codes(g), filled.plan,
        *rows.outcome, small, score, levels, information, filled.totals, filled.crossed, filled.table,
    )  # fmt: skip
    upper = np.triu(information[:k, :k])
    cell = upper + np.triu(upper, 1).T
    found = filled.tables(rows.coded, rows.n_columns, at, cell) if rows.coded.factors else cell
    return QuadraticSums(linear - float(rows.weight @ np.log1p(small)), rows.whole(score, levels), found)


def closing(block: Block, place: Coordinates, gamma: Array) -> ClosingSums | None:
    """The sums of the certificate in these coordinates; the shares of the block must be 0 or 1."""
    rows = None if place.root is not None else _rows(block, place.selected(block.x))
    if rows is None or not ((rows.y == 0.0) | (rows.y == 1.0)).all():
        return None
    from statlogit.core import kernels

    g, at = gamma[:, 0], rows.at
    small, rounding, levels = np.empty(rows.n_rows), np.zeros(len(at)), np.zeros(rows.coded.n_levels)
    linear, pearson, length = kernels.closing_pass(
        rows.addresses, rows.n_rows, place.centre[at], 1.0 / place.scale[at], g[at], *rows.codes(g),
        *rows.outcome, small, rounding, levels,
    )  # fmt: skip
    loglik = linear - float(rows.weight @ np.log1p(small))
    return ClosingSums(loglik, pearson, length, rows.whole(rounding, levels))


def pair_products(x: Dense, probability: Array, weight: Array) -> Array:
    """(K, p, K, p) sums of weight p_j p_k x x' over the pairs of classes, zero for a class with itself."""
    from statlogit.core import kernels

    p, n_classes = x.n_columns, len(probability)
    lower = np.tril_indices(n_classes, -1)
    out = np.zeros((len(lower[0]), -(-p // 4) * 4, -(-p // 4) * 4))
    kernels.pair_products_pass(np.ascontiguousarray(x.values.T), probability, weight, out)
    upper = np.triu(out[:, :p, :p])
    products = upper + np.triu(upper, 1).transpose(0, 2, 1)
    cells = np.zeros((n_classes, p, n_classes, p))
    for j, k, product in zip(*lower, products, strict=True):
        cells[j, :, k] = cells[k, :, j] = product
    return cells


def _rows(block: Block, x: Columns) -> _Rows | None:
    if block.y.shape[1] != 1 or not (block.large and installed()):
        return None
    outcome = map(_unbroken, (block.y[:, 0], block.weight, block.offset[:, 0]))
    if isinstance(x, Dense):
        values = x.values if x.values.strides[0] == x.values.itemsize else np.asfortranarray(x.values)
        addresses = address(values) + np.arange(x.n_columns) * values.strides[1]
        return _Rows(x.n_columns, [values], addresses, np.arange(x.n_columns), coded(()), *outcome)
    parts = x if isinstance(x, Mixed) else Mixed((x,), (np.arange(x.n_columns),))
    vectors, at, factors = parts.kinds()
    columns = [_unbroken(v) for v in vectors]
    addresses = np.array([address(v) for v in columns], dtype=np.intp)
    return _Rows(x.n_columns, columns, addresses, at, coded(factors), *outcome)


def _unbroken(v: Array) -> Array:
    return v if v.flags.c_contiguous else np.ascontiguousarray(v)
