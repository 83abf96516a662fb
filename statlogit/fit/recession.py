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
NULL_SPACE = 1e-9  # singular values of the standardised remaining rows below this share count as zero
SNAP = 1e-10  # components of a direction below this share of the largest are rounding
SHARES = 2.0**-40  # what several shares of a row lack of one below this is rounding, not the reference class
STILL = (0.5, 0.1, 1e-3)  # a Newton step moves separated rows by about one and the others hardly at all


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

    def margins(self, direction: Array) -> tuple[Array, Array]:
        """x_i'(d_w - d_k) of every row and class, and the rounding in it, (n, K) each. direction: (r, q)."""
        return self._lead(self.x @ direction, -1.0), ROUNDING * self._lead(np.abs(self.x) @ np.abs(direction), 1.0)

    def _lead(self, eta: Array, sign: float) -> Array:
        full = np.concatenate([np.zeros((len(eta), 1)), eta], axis=1)
        return np.asarray(np.take_along_axis(full, self.winner[:, None], axis=1) + sign * full)

    def without(self, decided: BoolArray) -> Comparisons:
        """Those that are left when some are decided."""
        return replace(self, open=self.open & ~decided)

    def scale(self) -> Array:
        """(r,) root mean squares of the columns over the rows with an open comparison; 1 for a column of zeros."""
        scale = np.sqrt(np.square(self.x[self.open.any(axis=1)]).mean(axis=0))
        return np.where(scale == 0, 1.0, scale)


class Proof(NamedTuple):
    """A direction of recession, verified comparison by comparison, and those that it decides."""

    strict: BoolArray  # (n, K)
    direction: Array  # (r, q)


def comparisons(x: Array, y: Array) -> Comparisons:
    """All comparisons of these rows. x: (n, r), y: (n, q) shares of the modelled classes."""
    rest = 1.0 - y.sum(axis=1)
    observed = np.column_stack([rest > (SHARES if y.shape[1] > 1 else 0.0), y > 0.0])
    winner = observed.argmax(axis=1)
    others = np.ones_like(observed)
    np.put_along_axis(others, winner[:, None], values=False, axis=1)
    return Comparisons(x, winner, observed & others, others)


def verified(found: Comparisons, step: Array) -> Proof | None:
    """The step cleaned to a direction of recession, or None where it decides nothing or errs somewhere."""
    if not np.isfinite(step).all():
        return None
    moved = np.where(found.open, np.abs(found.margins(step)[0]), 0.0)
    size = moved.max(initial=0.0)
    if size == 0.0:
        return None
    for threshold in STILL:
        proof = proved(found, cleaned(found, step, found.open & (moved <= threshold * size)))
        if proof is not None:
            return proof
    return None


def proved(found: Comparisons, direction: Array) -> Proof | None:
    """The direction with what it decides, where no comparison goes the wrong way."""
    margin, noise = found.margins(direction)
    wrong = found.open & np.where(found.tied, np.abs(margin) > noise, margin < -noise)
    strict = found.open & ~found.tied & (margin > noise)
    return Proof(strict, direction) if strict.any() and not wrong.any() else None


def cleaned(found: Comparisons, direction: Array, still: BoolArray) -> Array:
    """The direction projected on those that leave the still comparisons at zero, rounding snapped to zero."""
    if not still.any():
        return direction
    scale = found.scale()[:, None]
    basis = null_space(found, still, scale[:, 0])
    projected = basis.T @ (basis @ (direction * scale).ravel(order="F"))
    projected[np.abs(projected) <= SNAP * np.abs(projected).max(initial=0.0)] = 0.0
    return np.asarray(projected.reshape(direction.shape, order="F") / scale)


def null_space(found: Comparisons, still: BoolArray, scale: Array) -> Array:
    """Orthonormal rows (m, r*q), in units of scale: the directions that leave these comparisons where they are."""
    _, singular, vt = np.linalg.svd(contrast_triangle(found, still, scale))
    rank = int((singular > NULL_SPACE * singular.max(initial=0.0)).sum())
    return np.asarray(vt[rank:])


def contrast_triangle(found: Comparisons, still: BoolArray, scale: Array) -> Array:
    """R of the rows (e_w - e_k) (x) x_i of these comparisons, (<= r*q, r*q), predictor by predictor.

    Rows with the same winner and the same classes share the contrasts, so their x is reduced to its triangle first.
    """
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
