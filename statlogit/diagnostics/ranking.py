"""Predictions beside what happened, and the one sort of them that every measure of discrimination shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.types import Array, IntArray

TIE_DECIMALS = 12  # probabilities that agree to 12 decimals are ties, whatever the last bits of a sum


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Predicted probabilities of n rows and the outcomes they stand for."""

    eta: Array  # (n,) log-odds
    mu: Array  # (n,)
    complement: Array  # (n,) 1 - mu
    events: Array  # (n,) weighted: case weight times the number of events
    nonevents: Array  # (n,)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The m distinct predictions in increasing order with the weighted outcomes at each."""

    eta: Array  # (m,)
    mu: Array  # (m,)
    complement: Array  # (m,)
    events: Array  # (m,)
    nonevents: Array  # (m,)
    place: IntArray  # (n,) where each row stands

    @property
    def size(self) -> Array:
        """(m,) outcomes at each prediction."""
        return self.events + self.nonevents

    @property
    def n_events(self) -> float:
        return float(self.events.sum())

    @property
    def n_nonevents(self) -> float:
        return float(self.nonevents.sum())

    @property
    def is_mixed(self) -> bool:
        """Whether both outcomes occur and every prediction is a number."""
        return self.n_events > 0 and self.n_nonevents > 0 and not bool(np.isnan(self.eta).any())


def ranked(outcomes: Outcomes) -> Ranking:
    """Sort and merge ties, O(n log n)."""
    value, place = np.unique(np.round(outcomes.mu, TIE_DECIMALS), return_inverse=True)
    m = len(value)
    eta, mu, complement = (_one_of_each(v, place, m) for v in (outcomes.eta, outcomes.mu, outcomes.complement))
    events, nonevents = (
        np.asarray(np.bincount(place, weights=v, minlength=m), dtype=np.float64)
        for v in (outcomes.events, outcomes.nonevents)
    )
    return Ranking(eta, mu, complement, events, nonevents, place)


def _one_of_each(values: Array, place: IntArray, m: int) -> Array:
    out = np.empty(m)
    out[place] = values
    return out


def quantile_places(weight: Array, shares: Array) -> IntArray:
    """Where the running total of positive weights first reaches each share of the whole; weight: (m,) in order."""
    total = np.cumsum(weight)
    return np.asarray(np.minimum(np.searchsorted(total, shares * total[-1] * (1.0 - 1e-12)), len(weight) - 1))


def weighted_quantiles(values: Array, weight: Array, shares: Array) -> Array:
    """The smallest values that at least these shares of the weight do not exceed; values in any order."""
    if weight.min() == weight.max():  # no need to sort
        places = quantile_places(weight, shares)
        return np.asarray(np.partition(values, places)[places])
    order = np.argsort(values)
    return np.asarray(values[order[quantile_places(weight[order], shares)]])
