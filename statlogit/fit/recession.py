"""Directions of recession: ways to move the coefficients for ever without any row's likelihood falling.

Moving along d = (d_1 .. d_q), with d_0 = 0 for the reference, lowers no row's likelihood if and only if
x_i'(d_w - d_k) >= 0 for an observed class w and every other class k of row i, with equality where k is observed too.
Where it is > 0, class k loses all its probability in row i. Binary rows are the case of two classes.
Source: Albert and Anderson (1984); Silvapulle (1981).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from statlogit.core.linalg import triangle
from statlogit.core.types import Array, BoolArray, IntArray

ROUNDING = 2.0**-38  # |x'd| below this share of sum |x_j d_j| is zero up to the rounding of the data's own digits
SHARES = 2.0**-40  # what several shares of a row lack of one below this is rounding, not the reference class


class Judged(NamedTuple):
    """A direction beside the open comparisons of some rows."""

    strict: BoolArray  # (n, K) those that it decides, where it is one of recession
    wrong: BoolArray  # (n, K) those whose likelihood falls along it
    largest: float  # margin


@dataclass(frozen=True, slots=True)
class Comparisons:
    """The open comparisons of each row's winner with its other classes."""

    x: Array  # (n, r) design columns
    winner: IntArray  # (n,) an observed class, 0 the reference
    tied: BoolArray  # (n, K) observed beside the winner
    open: BoolArray  # (n, K) still compared with the winner, which itself is False

    @property
    def n_classes(self) -> int:
        return int(self.open.shape[1])

    @property
    def decided(self) -> BoolArray:
        """(n, K) those that are no longer open."""
        return np.asarray(~self.open & (np.arange(self.n_classes) != self.winner[:, None]))

    def margins(self, direction: Array) -> tuple[Array, Array]:
        """x_i'(d_w - d_k) of every row and class, and the rounding in it, (n, K) each. direction: (r, q)."""
        return self._lead(self.x @ direction, -1.0), ROUNDING * self._lead(np.abs(self.x) @ np.abs(direction), 1.0)

    def _lead(self, eta: Array, sign: float) -> Array:
        full = np.concatenate([np.zeros((len(eta), 1)), eta], axis=1)
        return np.asarray(np.take_along_axis(full, self.winner[:, None], axis=1) + sign * full)

    def judged(self, direction: Array) -> Judged:
        """What a direction does to the open comparisons."""
        margin, noise = self.margins(direction)
        strict = self.open & ~self.tied & (margin > noise)
        wrong = self.open & np.where(self.tied, np.abs(margin) > noise, margin < -noise)
        return Judged(strict, wrong, float(np.where(self.open, np.abs(margin), 0.0).max(initial=0.0)))

    def after(self, direction: Array) -> Comparisons:
        """Those that are left when a direction of recession has decided some."""
        return replace(self, open=self.open & ~self.judged(direction).strict)


def comparisons(x: Array, y: Array) -> Comparisons:
    """All comparisons of these rows. x: (n, r), y: (n, q) shares of the modelled classes."""
    rest = 1.0 - y.sum(axis=1)
    observed = np.column_stack([rest > (SHARES if y.shape[1] > 1 else 0.0), y > 0.0])
    winner = observed.argmax(axis=1)
    others = np.ones_like(observed)
    np.put_along_axis(others, winner[:, None], values=False, axis=1)
    return Comparisons(x, winner, observed & others, others)


def contrast_triangle(found: Comparisons, still: BoolArray, scale: Array) -> Array:
    """R of the rows (e_w - e_k) (x) x_i of these comparisons, (<= r*q, r*q), predictor by predictor.

    Rows with the same winner and the same classes share the contrasts, so their x is reduced to its triangle first.
    """
    if found.n_classes == 2:  # the sign of a row is nothing to a triangle
        return triangle(found.x[still.any(axis=1)] / scale)
    x, n_classes = found.x / scale, found.n_classes
    unit = np.eye(n_classes)
    patterns, member = _patterns(np.column_stack([unit[found.winner] > 0, still]))
    total = np.zeros((0, x.shape[1] * (n_classes - 1)))
    for k, pattern in enumerate(patterns):
        winner, losers = pattern[:n_classes].argmax(), np.flatnonzero(pattern[n_classes:])
        if len(losers):
            contrasts = (unit[winner] - unit[losers])[:, 1:]
            total = triangle(np.vstack([total, np.kron(contrasts, triangle(x[member == k]))]))
    return total


def _patterns(claims: BoolArray) -> tuple[BoolArray, IntArray]:
    """The distinct rows and which of them each row is."""
    packed, member = np.unique(np.packbits(claims, axis=1), axis=0, return_inverse=True)
    return np.unpackbits(packed, axis=1, count=claims.shape[1]).astype(bool), member.reshape(-1)
