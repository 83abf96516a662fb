"""Cross-products of several factors at once.

Small factors are joined: one code for each combination of their levels. One weighted count per numeric column then
serves all of them, and sums over the axes of the table give each factor its cells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from statlogit.core.types import Array, IntArray

if TYPE_CHECKING:
    from statlogit.core.columns import Codes

TILE = 16_384  # rows whose numeric columns are weighted and counted at once: they stay in the second-level cache
MAX_CELLS = 4_096  # of a joined table: it stays in the first-level cache


@dataclass(frozen=True, slots=True)
class Group:
    """Some factors and their joined table: one axis a factor, place 0 for the row of zeros (code -1)."""

    members: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def n_cells(self) -> int:
        return math.prod(self.shape)

    def index(self, codes: Sequence[Codes], rows: slice) -> IntArray:
        """The cell of each row."""
        first, *others = self.members
        found = codes[first].codes[rows].astype(np.intp) + 1
        for member, size in zip(others, self.shape[1:], strict=True):
            found *= size
            found += codes[member].codes[rows]
            found += 1
        return found

    def margin(self, table: Array, *members: int) -> Array:
        """Sums of a (..., cells) table for these members, without the place of code -1."""
        whole = table.reshape(*table.shape[:-1], *self.shape)
        ahead = table.ndim - 1
        kept = {self.members.index(member) for member in members}
        summed = whole.sum(axis=tuple(ahead + axis for axis in range(len(self.shape)) if axis not in kept))
        return np.asarray(summed[(..., *(slice(1, None) for _ in kept))])


def grouped(codes: Sequence[Codes]) -> list[Group]:
    """The smallest factors together as far as their table stays small; those with a multiplier alone."""
    plain = sorted((k for k, part in enumerate(codes) if part.multiplier is None), key=lambda k: codes[k].width)
    found = [Group((k,), (part.width + 1,)) for k, part in enumerate(codes) if part.multiplier is not None]
    members: list[int] = []
    cells = 1
    for k in plain:
        if members and cells * (codes[k].width + 1) > MAX_CELLS:
            found.append(Group(tuple(members), tuple(codes[m].width + 1 for m in members)))
            members, cells = [], 1
        members.append(k)
        cells *= codes[k].width + 1
    if members:
        found.append(Group(tuple(members), tuple(codes[m].width + 1 for m in members)))
    return found


def apart(groups: Sequence[Group]) -> list[tuple[int, int]]:
    """The pairs of factors that share no group."""
    pairs = ((later, earlier) for j, later in enumerate(groups) for earlier in groups[:j])
    return [(a, b) for later, earlier in pairs for a in later.members for b in earlier.members]


@dataclass(frozen=True, slots=True)
class Tables:
    """X'WX of numeric columns and factors before it is spread over the design: additive, and small for many levels."""

    n_columns: int
    at: IntArray  # (k,) design columns that are numeric
    positions: tuple[IntArray, ...]  # each factor's design columns
    groups: tuple[Group, ...]
    cell: Array  # (k, k)
    sums: tuple[Array, ...]  # each group's (cells,)
    crossed: tuple[Array, ...]  # each group's (k, cells)
    pairs: tuple[Array, ...]  # (p_a, p_b) for the factors apart(groups)

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            cell=self.cell + other.cell,
            sums=_added(self.sums, other.sums),
            crossed=_added(self.crossed, other.crossed),
            pairs=_added(self.pairs, other.pairs),
        )

    def matrix(self) -> Array:
        """(p, p)"""
        out = np.zeros((self.n_columns, self.n_columns))
        out[np.ix_(self.at, self.at)] = self.cell
        for group, total, cross in zip(self.groups, self.sums, self.crossed, strict=True):
            for k, member in enumerate(group.members):
                own = self.positions[member]
                out[own, own] = group.margin(total, member)
                _place(out, self.at, own, group.margin(cross, member))
                for other in group.members[:k]:
                    _place(out, self.positions[other], own, group.margin(total, other, member))
        for (a, b), cell in zip(apart(self.groups), self.pairs, strict=True):
            _place(out, self.positions[a], self.positions[b], cell)
        return out


def _added(left: tuple[Array, ...], right: tuple[Array, ...]) -> tuple[Array, ...]:
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _place(out: Array, a: IntArray, b: IntArray, cell: Array) -> None:
    """A cell and its mirror image."""
    out[np.ix_(a, b)], out[np.ix_(b, a)] = cell, cell.T


def count(
    groups: Sequence[Group], codes: Sequence[Codes], vectors: Sequence[Array], w: Array
) -> tuple[Array, list[Array], list[Array]]:
    """X'WX of the vectors (k, k), and for each group sums of w (cells,) and of w times each vector (k, cells).

    A group with a multiplier m counts w m^2 and w m times the vector.
    """
    k = len(vectors)
    cell = np.zeros((k, k))
    sums = [np.zeros(group.n_cells) for group in groups]
    crossed = [np.zeros((k, group.n_cells)) for group in groups]
    tile = np.empty((k, min(len(w), TILE)))
    for start in range(0, len(w), TILE):
        cut = slice(start, start + TILE)
        weight = w[cut]
        rows = tile[:, : len(weight)]
        for row, vector in zip(rows, vectors, strict=True):
            row[:] = vector[cut]
        weighted = rows * weight
        cell += weighted @ rows.T
        for group, total, cross in zip(groups, sums, crossed, strict=True):
            index, n_cells = group.index(codes, cut), group.n_cells
            m = codes[group.members[0]].multiplier
            times = None if m is None else m[cut]
            total += np.bincount(index, weights=weight if times is None else weight * times**2, minlength=n_cells)
            for out, row in zip(cross, weighted, strict=True):
                out += np.bincount(index, weights=row if times is None else row * times, minlength=n_cells)
    return cell, sums, crossed
