"""Factor codes laid out for the compiled passes: addresses, padded coefficients and the tables to be filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from statlogit.core.columns import Codes
from statlogit.core.joint import Tables, apart, grouped
from statlogit.core.types import Array, IntArray


def address(v: npt.NDArray[Any]) -> int:
    """Where the first number is."""
    return int(v.__array_interface__["data"][0])


@dataclass(frozen=True, slots=True)
class Coded:
    """The factors of some rows. Each has its levels side by side in one vector, behind a place for the code -1."""

    factors: tuple[Codes, ...]  # with unbroken vectors
    positions: tuple[IntArray, ...]  # each factor's design columns
    codes: IntArray  # (F,) addresses
    multipliers: IntArray  # (F,) addresses, 0 for none
    first: IntArray  # (F,) the place for the code -1

    @property
    def n_levels(self) -> int:
        return sum(factor.width + 1 for factor in self.factors)

    def levels(self, beta: Array) -> Array:
        """The padded vector of coefficients. beta: (p,)."""
        out = np.zeros(self.n_levels)
        for factor, position, first in zip(self.factors, self.positions, self.first, strict=True):
            out[first + 1 : first + 1 + factor.width] = beta[position]
        return out

    def collect(self, levels: Array, out: Array) -> None:
        """Sums by level to their design columns. out: (p,)."""
        for factor, position, first in zip(self.factors, self.positions, self.first, strict=True):
            out[position] = levels[first + 1 : first + 1 + factor.width]


def coded(placed: Sequence[tuple[Codes, IntArray]]) -> Coded:
    """Lay out these factors, each with its design columns."""
    factors = tuple(_unbroken(factor) for factor, _ in placed)
    widths = np.array([factor.width + 1 for factor in factors], dtype=np.intp)
    return Coded(
        factors,
        tuple(position for _, position in placed),
        np.array([address(factor.codes) for factor in factors], dtype=np.intp),
        np.array([0 if factor.multiplier is None else address(factor.multiplier) for factor in factors], dtype=np.intp),
        np.cumsum(widths) - widths,
    )


def _unbroken(factor: Codes) -> Codes:
    m = factor.multiplier
    return Codes(
        np.ascontiguousarray(factor.codes, dtype=np.int32),
        factor.width,
        None if m is None else np.ascontiguousarray(m, dtype=np.float64),
    )


@dataclass(frozen=True, slots=True)
class Buffers:
    """What a pass of second order fills for factors, and the plan by which it does."""

    plan: tuple[IntArray, IntArray, IntArray, IntArray, IntArray, IntArray, IntArray]
    totals: Array  # (cells of all groups,)
    crossed: Array  # (cells of all groups, k or more)
    table: Array  # the tables of all pairs, one after the other

    def tables(self, x: Coded, n_columns: int, at: IntArray, cell: Array) -> Tables:
        """The sums as they are added up. cell: (k, k) of the numeric columns."""
        groups, (widths, pair_firsts) = grouped(x.factors), self.plan[5:]
        k, pairs, ends = len(at), apart(groups), self.plan[3]
        cuts = [slice(start, start + group.n_cells) for start, group in zip(ends, groups, strict=True)]
        shapes = [(widths[a] + 1, widths[b] + 1) for a, b in pairs]
        filled = [
            self.table[start : start + rows * columns].reshape(rows, columns)[1:, 1:]
            for start, (rows, columns) in zip(pair_firsts, shapes, strict=True)
        ]
        return Tables(
            n_columns, at, x.positions, tuple(groups), cell,
            tuple(self.totals[cut] for cut in cuts), tuple(self.crossed[cut, :k].T for cut in cuts), tuple(filled),
        )  # fmt: skip


_NONE = np.empty(0, dtype=np.intp)
NO_PLAN = (np.zeros(1, dtype=np.intp), _NONE, _NONE, _NONE, np.empty((0, 2), dtype=np.intp), _NONE, _NONE)


def buffers(x: Coded, order: int) -> Buffers:
    """Empty tables for these factors beside `order` numeric columns."""
    if not x.factors:
        return Buffers(NO_PLAN, np.empty(0), np.empty((0, order)), np.empty(0))
    groups = grouped(x.factors)
    cells = np.array([group.n_cells for group in groups], dtype=np.intp)
    widths = np.array([factor.width for factor in x.factors], dtype=np.intp)
    pairs = np.array(apart(groups), dtype=np.intp).reshape(-1, 2)
    sizes = (widths[pairs] + 1).prod(axis=1)
    plan = (
        np.cumsum([0, *(len(group.members) for group in groups)], dtype=np.intp),
        np.array([member for group in groups for member in group.members], dtype=np.intp),
        np.array([size for group in groups for size in group.shape], dtype=np.intp),
        np.cumsum(cells) - cells,
        pairs,
        widths,
        np.cumsum(sizes) - sizes,
    )
    return Buffers(plan, np.zeros(cells.sum()), np.zeros((cells.sum(), order)), np.zeros(sizes.sum()))
