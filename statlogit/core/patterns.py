"""Covariate patterns: which rows have the same design and offset, exactly, in O(n log n) without a copy of the design.

Rows are hashed column by column; rows of one hash are then compared column by column, so a collision cannot merge two
patterns: it is seen, and the rows are hashed again with another multiplier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from statlogit.core.blocks import ROWS_PER_BLOCK
from statlogit.core.columns import Codes, Columns, Mixed, Numeric
from statlogit.core.types import Array, BoolArray, IntArray

Words = npt.NDArray[np.uint64]
MULTIPLIERS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)  # odd, well mixed
HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Patterns:
    """The pattern of each row, in no particular order of the patterns. place None: every row is its own pattern."""

    n_patterns: int
    place: IntArray | None  # (n,) 0 .. n_patterns - 1

    def sums(self, values: Array) -> Array:
        """(n,) row values added up by pattern."""
        if self.place is None:
            return values
        return np.asarray(np.bincount(self.place, weights=values, minlength=self.n_patterns), dtype=np.float64)

    def any_row(self, values: Array) -> Array:
        """(n,) values that are equal within a pattern, one for each pattern."""
        if self.place is None:
            return values
        out = np.empty(self.n_patterns)
        out[self.place] = values
        return out

    def spread(self, values: Array) -> Array:
        """(n_patterns,) values handed to each row."""
        return values if self.place is None else values[self.place]


def patterns(x: Columns, offset: Array) -> Patterns:
    """The patterns of n rows of design columns. offset: (n,); 0 and -0 are the same.

    Raises ArithmeticError when four independent hashes all collide, which no data will do.
    """
    for multiplier in MULTIPLIERS:
        words = _hashed(x, offset, np.uint64(multiplier))
        in_order = np.sort(words)
        starts = np.concatenate([[True], in_order[1:] != in_order[:-1]])
        if starts.all():
            return Patterns(len(words), None)
        order = np.argsort(words)
        if not _collides(x, offset, order, starts):
            place = np.empty(len(words), dtype=np.intp)
            place[order] = np.cumsum(starts) - 1
            return Patterns(int(starts.sum()), place)
    raise ArithmeticError("rows could not be told apart by their hashes")


def _hashed(x: Columns, offset: Array, multiplier: np.uint64) -> Words:
    out = np.empty(x.n_rows, dtype=np.uint64)
    for start in range(0, x.n_rows, ROWS_PER_BLOCK):
        stop = min(start + ROWS_PER_BLOCK, x.n_rows)
        words = np.zeros(stop - start, dtype=np.uint64)
        for key in (*_keys(x.rows(start, stop)), _word(offset[start:stop])):
            words ^= key
            words *= multiplier
            words ^= words >> HALF
        out[start:stop] = words
    return out


def _collides(x: Columns, offset: Array, order: IntArray, starts: BoolArray) -> bool:
    """Whether two rows of one hash differ in some column."""
    followers = np.flatnonzero(~starts)
    rows, before = order[followers], order[followers - 1]
    return any(bool((key[rows] != key[before]).any()) for key in (*_keys(x), _word(offset)))


def _keys(x: Columns) -> Iterator[Words]:
    """Column by column what makes two rows the same; constant columns are left out."""
    match x:
        case Mixed():
            for part in x.parts:
                yield from _keys(part)
        case Codes():
            yield x.codes.astype(np.uint64)
            if x.multiplier is not None:
                yield _word(np.where(x.codes < 0, 0.0, x.multiplier))
        case Numeric():
            yield from (_word(v) for v in x.vectors if v.strides != (0,))
        case _:
            yield from (_word(v) for v in x.to_array().T)


def _word(values: Array) -> Words:
    return np.ascontiguousarray(values + 0.0).view(np.uint64)
