"""Predictions counted instead of held: the distinct ones while they are few, cells of the log-odds beyond.

Cells halve their resolution until they are few enough. A cell is a function of the prediction to 12 decimals alone, so
ties stay together, and which resolution is left does not depend on how the rows were cut or added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

from statlogit.core.types import Array
from statlogit.diagnostics.ranking import TIE_DECIMALS, Outcomes, Ranking, ranked
from statlogit.errors import FitError

MOST_CELLS = 2**18  # 12 MB
FINEST = 16  # the first cells are 2^-16 log-odds wide
DECIMALS = 10**TIE_DECIMALS
BEYOND = 64.0  # log-odds of what is 0 or 1 to 12 decimals: more than of any other prediction

Keys: TypeAlias = npt.NDArray[np.int64]
Values: TypeAlias = tuple[Array, Array, Array, Array, Array]  # (m,) each: eta, mu, complement, events, nonevents


@dataclass(frozen=True, slots=True)
class Cells:
    """Predictions in increasing order with the weighted outcomes at each.

    bits: cells are 2^-bits log-odds wide, and hold the mean of their predictions; None: a cell for each prediction
    distinct to 12 decimals, with the first of its rows.
    """

    key: Keys  # (m,) the probability to 12 decimals as a whole number, or the number of the cell
    eta: Array  # (m,)
    mu: Array  # (m,)
    complement: Array  # (m,)
    events: Array  # (m,)
    nonevents: Array  # (m,)
    bits: int | None = None

    def __add__(self, other: Self) -> Self:
        known = [b for b in (self.bits, other.bits) if b is not None]
        bits = min(known) if known else None
        one, two = self.at(bits), other.at(bits)
        key = np.concatenate([one.key, two.key])
        order = np.argsort(key, kind="stable")
        a, b, c, d, e = (np.concatenate(pair)[order] for pair in zip(one.values, two.values, strict=True))
        return self._merged(key[order], (a, b, c, d, e), bits).few()

    @property
    def values(self) -> Values:
        return self.eta, self.mu, self.complement, self.events, self.nonevents

    @property
    def width(self) -> float:
        """Of a cell, in log-odds; 0 where each prediction has its own."""
        return 0.0 if self.bits is None else 2.0**-self.bits

    def at(self, bits: int | None) -> Self:
        """In cells of this width, or as it is where they are as wide."""
        if bits == self.bits or bits is None:
            return self
        key = _cells_of(self.key, bits) if self.bits is None else self.key >> (self.bits - bits)
        return self._merged(key, self.values, bits)

    def few(self) -> Self:
        """In the finest cells that are at most MOST_CELLS."""
        found = self
        while len(found.key) > MOST_CELLS:
            found = found.at(FINEST if found.bits is None else found.bits - 1)
        return found

    def ranking(self) -> Ranking:
        """The same without rows to hand anything back to."""
        nothing = np.empty(0, dtype=np.intp)
        return Ranking(*self.values, nothing, nothing, self.width)

    def _merged(self, key: Keys, values: Values, bits: int | None) -> Self:
        """Equal neighbours as one."""
        starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        if len(starts) == len(key):
            return type(self)(key, *values, bits)
        eta, mu, complement, events, nonevents = values
        size = events + nonevents
        total = np.add.reduceat(size, starts)

        def one(v: Array) -> Array:
            return v[starts] if bits is None else np.asarray(np.add.reduceat(size * v, starts) / total)

        more, rest = np.add.reduceat(events, starts), np.add.reduceat(nonevents, starts)
        return type(self)(key[starts], one(eta), one(mu), one(complement), more, rest, bits)


def _cells_of(key: Keys, bits: int) -> Keys:
    inside = (key > 0) & (key < DECIMALS)
    eta = np.where(key > 0, BEYOND, -BEYOND)
    some = key[inside]
    eta[inside] = np.log(some) - np.log(DECIMALS - some)
    return np.asarray(np.floor(eta * 2.0**bits), dtype=np.int64)


def cells(outcomes: Outcomes) -> Cells:
    """Raises FitError where a prediction is not a number: separated data may leave one undetermined."""
    if np.isnan(outcomes.mu).any():
        raise FitError("the data are separated, and some predictions are not determined, so they cannot be ranked")
    r = ranked(outcomes)
    key = np.rint(r.mu * float(DECIMALS)).astype(np.int64)
    return Cells(key, r.eta, r.mu, r.complement, r.events, r.nonevents).few()
