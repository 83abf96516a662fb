"""Sums and products carried as two doubles: about 106 bits where a sum cancels all but a few of its 53.

Source: Dekker (1971); Knuth, The Art of Computer Programming 2, section 4.2.2; Ogita, Rump and Oishi (2005).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.families import Family
from statlogit.core.types import Array

SPLITTER = 2.0**27 + 1.0
UNIT = 2.0**-104  # relative error of one operation on Twofold numbers, and some


@dataclass(frozen=True, slots=True)
class Twofold:
    """An array of numbers high + low; |low| is at most half a unit in the last place of high."""

    high: Array
    low: Array

    def __add__(self, other: Self) -> Self:
        total, error = two_sum(self.high, other.high)
        return type(self)(*_renormalised(total, error + (self.low + other.low)))

    def __neg__(self) -> Self:
        return type(self)(-self.high, -self.low)

    def __getitem__(self, places: int | slice) -> Self:
        return type(self)(self.high[places], self.low[places])

    def times(self, factor: Array | Self) -> Self:
        """Elementwise product, the factor a plain array or Twofold."""
        high, low = (factor.high, factor.low) if isinstance(factor, Twofold) else (factor, 0.0)
        product, error = two_product(self.high, high)
        return type(self)(*_renormalised(product, error + (self.high * low + self.low * high)))

    def over(self, divisor: Array) -> Self:
        """Elementwise quotient by a plain array."""
        quotient = self.high / divisor
        rest = self + -type(self)(quotient, np.zeros_like(quotient)).times(divisor)
        return type(self)(*_renormalised(quotient, rest.high / divisor))

    def sum(self) -> Self:
        """Over the first axis, by halves: (n, ...) -> (...)."""
        total = self
        while len(total.high) > 1:
            half = len(total.high) // 2
            joined = total[:half] + total[half : 2 * half]
            odd = total[2 * half :]
            total = type(self)(np.concatenate([joined.high, odd.high]), np.concatenate([joined.low, odd.low]))
        return total[0]


def twofold(values: Array) -> Twofold:
    """Plain numbers as Twofold ones."""
    return Twofold(values, np.zeros_like(values))


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and what the rounding left out, exactly."""
    total = a + b
    moved = total - a
    return total, (a - (total - moved)) + (b - moved)


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a * b rounded, and what the rounding left out, exactly. Sizes within 2^-480 .. 2^990."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    wide = SPLITTER * a
    high = wide - (wide - a)
    return high, a - high


def _renormalised(high: Array, low: Array) -> tuple[Array, Array]:
    total = high + low
    return total, low - (total - high)


def remainder(target: Twofold, left: Array, right: Array) -> Array:
    """target - left @ right, (n, p), its cancellation done in twofold precision.

    Both factors are cut into slices of few enough bits that plain products of slices, and sums of those of one
    order, are exact. Source: Ozaki, Ogita, Oishi and Rump (2012).
    """
    bits = (51 - int(np.ceil(np.log2(max(right.shape[0], 2))))) // 2
    lefts, rights = _slices(left, 1, bits), _slices(right, 0, bits)
    for order in range(SLICES + 1):
        products = [lefts[i] @ rights[order - i] for i in range(SLICES) if 0 <= order - i < SLICES]
        target = target + twofold(-np.add.reduce(products))
    return target.high


SLICES = 4


def _slices(values: Array, axis: int, bits: int) -> list[Array]:
    """values as a sum of SLICES matrices, each a whole number up to 2^bits times a power of two per row or column."""
    size = np.abs(values).max(axis=axis, keepdims=True, initial=0.0)
    unit = np.exp2(np.frexp(size)[1])
    found, rest = [], values
    for _ in range(SLICES):
        unit = unit * 2.0**-bits
        found.append(np.rint(rest / unit) * unit)
        rest = rest - found[-1]
    return found


@dataclass(frozen=True, slots=True)
class TwofoldScore:
    """The score in the design's own columns without cancellation, and what bounds its own rounding."""

    score: Twofold  # (p, q)
    size: Array  # (p, q) sum of |x| |residual| over the rows
    reach: float  # max over rows of sum |x| |beta|
    weight: float  # total

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.score + other.score,
            self.size + other.size,
            max(self.reach, other.reach),
            self.weight + other.weight,
        )


def block_twofold_score(block: Block, beta: Twofold, family: Family) -> TwofoldScore:
    """One block's share. beta (p, q); mu is of the rounded eta, moved to first order by what the rounding left out."""
    x = block.x.to_array()
    eta, reach = twofold(block.offset), np.abs(block.offset).max(axis=1)
    for j, column in enumerate(x.T[:, :, None]):
        eta = eta + beta[j].times(column)
        reach = reach + np.abs(column[:, 0]) * np.abs(beta.high[j]).max()
    local = family.local(eta.high, block.y, block.weight)
    residual = Twofold(*_renormalised(local.score, -np.einsum("njk,nk->nj", local.curvature, eta.low)))
    sums = [residual.times(column).sum() for column in x.T[:, :, None]]
    score = Twofold(np.stack([s.high for s in sums]), np.stack([s.low for s in sums]))
    return TwofoldScore(score, np.abs(x).T @ np.abs(local.score), float(reach.max()), float(block.weight.sum()))
