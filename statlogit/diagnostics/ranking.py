"""Predictions beside what happened, and the one sort of them that every measure of discrimination shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from statlogit.core.compiled import installed
from statlogit.core.order import MANY, order_of
from statlogit.core.types import Array, IntArray

TIE_DECIMALS = 12  # probabilities that agree to 12 decimals are ties, whatever the last bits of a sum
DECIMAL_BITS, INTEGER_BITS = 40, 63  # 10^12 is below 2^40


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Predicted probabilities of n rows and the outcomes they stand for."""

    eta: Array  # (n,) log-odds
    mu: Array  # (n,)
    complement: Array  # (n,) 1 - mu
    events: Array  # (n,) weighted: case weight times the number of events
    nonevents: Array  # (n,)


@dataclass(frozen=True)
class Ranking:
    """The m distinct predictions in increasing order with the weighted outcomes at each."""

    eta: Array  # (m,)
    mu: Array  # (m,)
    complement: Array  # (m,)
    events: Array  # (m,)
    nonevents: Array  # (m,)
    starts: IntArray  # (m,) where the rows of each prediction begin in `order`
    order: IntArray  # (n,) rows by rising prediction
    width: float = 0.0  # log-odds of the cells that predictions were counted in; then there are no rows in `order`

    @cached_property
    def size(self) -> Array:
        """(m,) outcomes at each prediction."""
        return self.events + self.nonevents

    @cached_property
    def events_below(self) -> Array:
        """(m + 1,) events before each prediction, and all of them last."""
        return _running(self.events)

    @cached_property
    def nonevents_below(self) -> Array:
        """(m + 1,) the same of non-events."""
        return _running(self.nonevents)

    @property
    def n_events(self) -> float:
        return float(self.events_below[-1])

    @property
    def n_nonevents(self) -> float:
        return float(self.nonevents_below[-1])

    @property
    def is_mixed(self) -> bool:
        """Whether both outcomes occur and every prediction is a number (nan is sorted last)."""
        return self.n_events > 0 and self.n_nonevents > 0 and not np.isnan(self.eta[-1])

    def of(self, events: Array, nonevents: Array) -> Ranking:
        """The same predictions with other outcomes of their rows, (n,) each, in the rows' own order."""
        of_events, of_nonevents = (np.add.reduceat(v[self.order], self.starts) for v in (events, nonevents))
        return Ranking(self.eta, self.mu, self.complement, of_events, of_nonevents, self.starts, self.order)

    def at_rows(self, values: Array) -> Array:
        """(m,) values handed to the rows, (n,) in their own order."""
        out = np.empty(len(self.order))
        out[self.order] = np.repeat(values, np.diff(self.starts, append=len(self.order)))
        return out


def _running(values: Array) -> Array:
    out = np.empty(len(values) + 1)
    out[0] = 0.0
    np.cumsum(values, out=out[1:])
    return out


def ranked(outcomes: Outcomes) -> Ranking:
    """Sort and merge ties, O(n log n)."""
    order, starts = _sorted(outcomes.mu)
    events, nonevents = _at(outcomes.events, order), _at(outcomes.nonevents, order)
    first = order
    if len(starts) < len(order):
        first = order[starts]
        events, nonevents = np.add.reduceat(events, starts), np.add.reduceat(nonevents, starts)
    eta, mu, complement = (_at(v, first) for v in (outcomes.eta, outcomes.mu, outcomes.complement))
    return Ranking(eta, mu, complement, events, nonevents, starts, order)


def _at(values: Array, rows: IntArray) -> Array:
    return values.take(rows, mode="clip")  # every row is one, so that none need be checked


def _sorted(mu: Array) -> tuple[IntArray, IntArray]:
    """Rows by rising probability, nan last, and where each distinct one begins.

    A probability of 12 decimals and the row's number fit in 63 bits up to eight million rows: one sort of integers.
    """
    bits = len(mu).bit_length()
    if bits + DECIMAL_BITS > INTEGER_BITS or np.isnan(mu).any():
        value = np.round(mu, TIE_DECIMALS)
        order = np.argsort(value)
        value = value[order]
        return order, np.flatnonzero(np.concatenate([[True], value[1:] != value[:-1]]))
    if len(mu) >= MANY and installed():
        return order_of(mu, 10.0**TIE_DECIMALS)
    key = np.rint(mu * 10.0**TIE_DECIMALS).astype(np.int64)
    key <<= bits
    key |= np.arange(len(mu))
    key.sort()
    order = (key & ((1 << bits) - 1)).astype(np.intp, copy=False)
    key >>= bits
    return order, np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))


def quantile_places(weight: Array, shares: Array) -> IntArray:
    """Where the running total of positive weights first reaches each share of the whole; weight: (m,) in order."""
    total = np.cumsum(weight)
    return np.asarray(np.minimum(np.searchsorted(total, shares * total[-1] * (1.0 - 1e-12)), len(weight) - 1))


def weighted_quantiles(values: Array, weight: Array, shares: Array) -> Array:
    """The smallest values that at least these shares of the weight do not exceed; values in any order."""
    order = np.argsort(values)
    return np.asarray(values[order[quantile_places(weight[order], shares)]])
