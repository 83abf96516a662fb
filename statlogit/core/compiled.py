"""The door to the compiled passes: which blocks they take, and their sums as the records of statistics.py.

numba (extra `fast`) is imported when the first large fit asks for it. Without it the answer is None and the caller
takes numpy's path. Several classes have a pass of their own (core.softmax).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from statlogit.core import softmax
from statlogit.core.coded import Buffers, Coded, address, buffers, coded
from statlogit.core.columns import Dense, Mixed
from statlogit.core.joint import Tables
from statlogit.core.sums import ClosingSums, Sums, from_upper, looked_at
from statlogit.core.types import Array, IntArray, is_repeated

if TYPE_CHECKING:
    from statlogit.core.blocks import Block
    from statlogit.core.coordinates import Coordinates


DOUBLE = 8  # bytes
NONE = coded(())


@cache
def installed() -> bool:
    """numba can be imported."""
    return find_spec("numba") is not None


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a block as the passes read them."""

    n_columns: int  # p
    kept: list[Array]  # alive while their addresses are in use
    addresses: IntArray  # (k,) of the numeric columns
    step: int  # bytes from row to row
    at: IntArray  # (k,) the places of the columns in the design
    coded: Coded
    n_rows: int
    outcome: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]  # y, weight, offset: (address, bytes a row)

    @property
    def source(self) -> tuple[IntArray, int, int, int]:
        return self.addresses, self.step, chunk_height(len(self.addresses)), self.n_rows

    def place(self, place: Coordinates | None, gamma: Array) -> tuple[Array, Array, Array]:
        """Centre, 1 / scale and coefficients of the numeric columns; None: as they are."""
        g, k = gamma[self.at, 0], len(self.at)
        if place is None:
            return np.zeros(k), np.ones(k), g
        return place.centre[self.at], 1.0 / place.scale[self.at], g

    def factors(self, gamma: Array) -> tuple[IntArray, IntArray, IntArray, Array]:
        """The factors and their padded coefficients."""
        x = self.coded
        return x.codes, x.multipliers, x.first, x.levels(gamma[:, 0])

    def whole(self, numeric: Array, levels: Array) -> Array:
        """(p, 1) from the sums of the numeric columns and those by level."""
        out = np.empty(self.n_columns)
        out[self.at] = numeric
        self.coded.collect(levels, out)
        return out[:, None]


def likelihood(block: Block, place: Coordinates | None, gamma: Array, every: int) -> Sums | None:
    """Log-likelihood, score and the information, estimated from one of so many chunks of rows; without it for 0.

    place: coordinates that must not be whitened; None for the design columns as they are.
    """
    if gamma.shape[1] > 1:
        return softmax.likelihood(block, place, gamma, every) if block.large and installed() else None
    rows = _rows(block, place)
    if rows is None:
        return None
    from statlogit.core import kernels

    space = _Space.of(rows, place, gamma, every)
    loglik = kernels.likelihood_pass(
        rows.source, space.place, rows.factors(gamma), space.filled.plan, rows.outcome, every,
        space.score, space.levels, space.sums,
    )  # fmt: skip
    return Sums(loglik, rows.whole(space.score * space.place[1], space.levels), space.information(rows, every))


def closing(block: Block, place: Coordinates, gamma: Array, every: int) -> ClosingSums | None:
    """The sums of the certificate in these coordinates; the shares of the block must be 0 or 1. every: 0 or 1."""
    if gamma.shape[1] > 1:
        return softmax.closing(block, place, gamma, every) if block.large and installed() else None
    rows = _rows(block, place)
    if rows is None:
        return None
    from statlogit.core import kernels

    space = _Space.of(rows, place, gamma, every)
    rounding, level_rounding = np.zeros_like(space.score), np.zeros_like(space.levels)
    loglik, pearson, length, broken = kernels.closing_pass(
        rows.source, space.place, rows.factors(gamma), space.filled.plan, rows.outcome, every,
        space.score, space.levels, space.sums, rounding, level_rounding,
    )  # fmt: skip
    if broken:
        return None
    scale = space.place[1]
    sums = Sums(loglik, rows.whole(space.score * scale, space.levels), space.information(rows, every))
    return ClosingSums(sums, pearson, length, rows.whole(rounding * scale, level_rounding))


@dataclass(frozen=True, slots=True)
class _Space:
    """What a pass fills."""

    place: tuple[Array, Array, Array]
    score: Array  # (k,) of the numeric columns
    levels: Array
    products: Array  # (4 m, 4 m) with 4 m >= k
    filled: Buffers

    @classmethod
    def of(cls, rows: _Rows, place: Coordinates | None, gamma: Array, every: int) -> _Space:
        k = len(rows.at)
        order = -(-k // 4) * 4 if every else 0
        filled = buffers(rows.coded if every else NONE, order)
        levels, products = np.zeros(rows.coded.n_levels), np.zeros((order, order))
        return cls(rows.place(place, gamma), np.zeros(k), levels, products, filled)

    @property
    def sums(self) -> tuple[Array, Array, Array, Array]:
        return self.products, self.filled.totals, self.filled.crossed, self.filled.table

    def information(self, rows: _Rows, every: int) -> Array | Tables | None:
        """Of all rows, when the passes saw every so manieth chunk."""
        if not every:
            return None
        if every > 1:
            for part in self.sums:
                part *= rows.n_rows / looked_at(rows.n_rows, every)
        k = len(rows.at)
        cell = from_upper(self.products[:k, :k])
        return self.filled.tables(rows.coded, rows.n_columns, rows.at, cell) if rows.coded.factors else cell


CHUNK_CELLS, TALLEST = 2**16, 4096  # numbers of a chunk, half of a common second-level cache, and its rows


def chunk_height(n_columns: int) -> int:
    """Rows that a pass reads at once: long runs of each column, and all of them still cached for the second look."""
    from statlogit.core.kernels_codes import CHUNK

    return max(CHUNK, min(TALLEST, CHUNK_CELLS // max(1, n_columns)) // CHUNK * CHUNK)


def _rows(block: Block, place: Coordinates | None) -> _Rows | None:
    if block.y.shape[1] != 1 or not (block.large and installed()) or (place is not None and place.root is not None):
        return None
    x = block.x if place is None else place.selected(block.x)
    vectors = [_vector(v) for v in (block.y[:, 0], block.weight, block.offset[:, 0])]
    y, weight, offset = ((address(v), step) for v, step in vectors)
    kept, outcome = [v for v, _ in vectors], (y, weight, offset)
    if isinstance(x, Dense):
        row, column = x.values.strides
        addresses = address(x.values) + np.arange(x.n_columns) * column
        return _Rows(x.n_columns, [x.values, *kept], addresses, row, np.arange(x.n_columns), NONE, x.n_rows, outcome)
    parts = x if isinstance(x, Mixed) else Mixed((x,), (np.arange(x.n_columns),))
    columns, at, factors = parts.kinds()
    columns = [_unbroken(v) for v in columns]
    addresses = np.array([address(v) for v in columns], dtype=np.intp)
    return _Rows(x.n_columns, [*columns, *kept], addresses, DOUBLE, at, coded(factors), x.n_rows, outcome)


def _vector(v: Array) -> tuple[Array, int]:
    """Numbers side by side and the bytes from one to the next; one number for all rows is repeated for a chunk."""
    if is_repeated(v):
        return np.full(TALLEST, v[0]), 0
    return _unbroken(v), DOUBLE


def _unbroken(v: Array) -> Array:
    return v if v.flags.c_contiguous else np.ascontiguousarray(v)
