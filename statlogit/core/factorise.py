"""A positive definite matrix as L L', where a run of its diagonal that stands alone is eliminated first.

The information of a factor's levels is a diagonal block, since no row is in two levels. Eliminating the levels of the
largest factor leaves a Schur complement of the order of all the other coefficients: exact, and for 1,000 levels many
times cheaper. Which coefficients stand alone is read off the zeros of the matrix, so no caller needs to know.
Source: Golub and Van Loan (2013), section 4.2.4 on block elimination.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.linalg import cholesky, inverse_root, solve_lower
from statlogit.core.types import Array, BoolArray

FEWEST = 128  # coefficients below which the plain factor costs next to nothing
SHARE = 0.25  # of the coefficients that must stand alone for the search to pay


@dataclass(frozen=True, slots=True)
class Factorisation:
    """P a P' = L L', where P puts the run that stands alone first: L = [[diag(pivots), 0], [strip, lower]]."""

    alone: slice  # of the p coefficients; empty for a plain Cholesky factor
    pivots: Array  # (m,)
    strip: Array  # (p - m, m)
    lower: Array  # (p - m, p - m)
    diagonal: Array  # (p,) of a

    def half(self, b: Array) -> Array:
        """L^-1 P b, (p,) -> (p,): its square is b' a^-1 b."""
        if not len(self.pivots):
            return solve_lower(self.lower, b)
        first = b[self.alone] / self.pivots
        return np.concatenate([first, solve_lower(self.lower, self._rest(b) - self.strip @ first)])

    def back(self, half: Array) -> Array:
        """P' L'^-1 of what half gives."""
        m = len(self.pivots)
        if not m:
            return solve_lower(self.lower, half, transpose=True)
        rest = solve_lower(self.lower, half[m:], transpose=True)
        return self._joined((half[:m] - self.strip.T @ rest) / self.pivots, rest)

    def solve(self, b: Array) -> Array:
        """a^-1 b, (p,) -> (p,)."""
        return self.back(self.half(b))

    def inverse_root(self) -> Array:
        """A with A A' = a^-1, (p, p); upper triangular but for the order of its rows."""
        if not len(self.pivots):
            return inverse_root(self.lower)
        m, p = len(self.pivots), len(self.diagonal)
        out = np.zeros((p, p))
        rest = inverse_root(self.lower)
        start, stop = self.alone.start, self.alone.stop
        out[np.arange(start, stop), np.arange(m)] = 1.0 / self.pivots
        out[start:stop, m:] = (self.strip.T @ rest) / -self.pivots[:, None]
        out[:start, m:], out[stop:, m:] = rest[:start], rest[start:]
        return out

    @property
    def smallest_share(self) -> float:
        """Least share of a diagonal entry that is left when the coefficients before it are eliminated; 1 for none."""
        return float((self.lower.diagonal() ** 2 / self._rest(self.diagonal)).min(initial=1.0))

    def _rest(self, b: Array) -> Array:
        return np.concatenate([b[: self.alone.start], b[self.alone.stop :]])

    def _joined(self, first: Array, rest: Array) -> Array:
        start = self.alone.start
        return np.concatenate([rest[:start], first, rest[start:]])


def factorise(a: Array) -> Factorisation | None:
    """None where a is not positive definite or not finite."""
    alone, diagonal = _alone(a), a.diagonal()
    if alone.stop == alone.start:
        lower = cholesky(a)
        return None if lower is None else Factorisation(alone, np.empty(0), np.empty((len(a), 0)), lower, diagonal)
    if not (np.isfinite(a).all() and (diagonal[alone] > 0.0).all()):
        return None
    rest = np.r_[: alone.start, alone.stop : len(a)]
    pivots = np.sqrt(diagonal[alone])
    strip = a[rest, alone] / pivots
    lower = cholesky(a[np.ix_(rest, rest)] - strip @ strip.T)
    return None if lower is None else Factorisation(alone, pivots, strip, lower, diagonal)


def _alone(a: Array) -> slice:
    """The longest run of coefficients whose block is diagonal, empty where it is not worth while."""
    p = len(a)
    if p < FEWEST:
        return slice(0, 0)
    likely = _longest(np.diag(a, -1) == 0.0)
    if likely.stop - likely.start >= max(SHARE * p, p // 2) and _is_diagonal(a[likely, likely]):
        return likely  # more than half of all: no other run is longer
    joined = np.tril(a != 0.0, -1)
    nearest = p - joined[:, ::-1].argmax(axis=1)  # one beyond the last nonzero before the diagonal
    starts = np.maximum.accumulate(np.where(joined.any(axis=1), nearest, 0))
    lengths = np.arange(1, p + 1) - starts
    stop = int(lengths.argmax()) + 1
    length = int(lengths[stop - 1])
    return slice(stop - length, stop) if length >= SHARE * p else slice(0, 0)


def _longest(apart: BoolArray) -> slice:
    """The longest run of coefficients of which each stands apart from the one before. apart: (p - 1,)."""
    ends = np.flatnonzero(~np.concatenate([[False], apart, [False]]))  # a run starts at each, and stops at the next
    k = int(np.diff(ends).argmax())
    return slice(int(ends[k]), int(ends[k + 1]))


def _is_diagonal(a: Array) -> bool:
    return int(np.count_nonzero(a)) == int(np.count_nonzero(np.diag(a)))


def outer_square(root: Array) -> Array:
    """root root', (p, r) -> (p, p), where columns with a single entry cost nothing."""
    if len(root) < FEWEST:
        return np.asarray(root @ root.T)
    filled: BoolArray = root != 0.0
    single = np.count_nonzero(filled, axis=0) == 1
    if not single.any():
        return np.asarray(root @ root.T)
    dense = root[:, ~single]
    out = dense @ dense.T
    rows = filled[:, single].argmax(axis=0)
    np.add.at(out, (rows, rows), root[rows, single] ** 2)
    return np.asarray(out)
