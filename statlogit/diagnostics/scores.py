"""Proper scores of probabilities, and what the Brier score is made of."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Self

import numpy as np

from statlogit.core.blocks import add_in_tree
from statlogit.core.types import Array, IntArray, pieces
from statlogit.diagnostics.ranking import Outcomes, Ranking


@dataclass(frozen=True, slots=True)
class Scores:
    """Proper scores and Tjur's coefficient of discrimination, weighted by cases."""

    brier: float
    log_loss: float
    tjur: float


def scores(outcomes: Outcomes) -> Scores:
    """Brier = mean squared error of a single outcome; log loss in nats."""
    return score_sums(outcomes).scores


@dataclass(frozen=True, slots=True)
class ScoreSums:
    """What the scores are made of, summed over rows."""

    events: float
    nonevents: float
    squares: float
    gain: float  # log-likelihood
    mu_events: float
    mu_nonevents: float

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def scores(self) -> Scores:
        """nan where an outcome does not occur."""
        total = self.events + self.nonevents
        nan = float("nan")
        high = self.mu_events / self.events if self.events else nan
        low = self.mu_nonevents / self.nonevents if self.nonevents else nan
        return Scores(self.squares / total, -self.gain / total, high - low)


def score_sums(outcomes: Outcomes) -> ScoreSums:
    """The sums of some rows."""
    rows = (outcomes.mu, outcomes.complement, outcomes.events, outcomes.nonevents)
    with np.errstate(divide="ignore", invalid="ignore"):
        return add_in_tree(_sums(*(v[k] for v in rows)) for k in pieces(len(outcomes.mu)))


def _sums(mu: Array, complement: Array, events: Array, nonevents: Array) -> ScoreSums:
    return ScoreSums(
        events=float(events.sum()),
        nonevents=float(nonevents.sum()),
        squares=float(events @ complement**2 + nonevents @ mu**2),
        gain=_gain(events, mu) + _gain(nonevents, complement),
        mu_events=float(events @ mu),
        mu_nonevents=float(nonevents @ mu),
    )


def _gain(weight: Array, probability: Array) -> float:
    """Sum of weight log(probability), where 0 log(0) is 0."""
    some = weight > 0.0
    return float(weight[some] @ np.log(probability[some]))


@dataclass(frozen=True, slots=True)
class BrierParts:
    """brier = reliability - resolution + uncertainty + within_variance - within_covariance, an identity.

    reliability: mean squared distance of a bin's events from its mean prediction (0 is best). resolution: spread of
    the bins' events around the overall share. uncertainty: variance of the outcome. The last two: spread of the
    predictions inside bins, and twice their covariance with the outcome there; both vanish for one prediction a bin.
    Of predictions counted in cells brier is that of the rows and the parts are those of the cells: equal to a cell.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_variance: float
    within_covariance: float


def brier_parts(ranking: Ranking, group: IntArray) -> BrierParts:
    """The Brier score taken apart over bins; group: (m,) the bin of each distinct prediction, 0, 1, ... in order.

    Source: Murphy (1973), equation 14; Stephenson, Coelho and Jolliffe (2008), equation 4 for the terms within bins.
    """
    size, mu, events, nonevents = ranking.size, ranking.mu, ranking.events, ranking.nonevents
    cuts = [*starts_of(group), len(group)]
    inside, share, mean, squares, within, crossed = (np.empty(len(cuts) - 1) for _ in range(6))
    for k, (start, stop) in enumerate(itertools.pairwise(cuts)):
        part = slice(start, stop)
        inside[k], some = size[part].sum(), events[part]
        share[k], mean[k] = some.sum() / inside[k], size[part] @ mu[part] / inside[k]
        squares[k] = some @ ranking.complement[part] ** 2 + nonevents[part] @ mu[part] ** 2
        apart = mu[part] - mean[k]
        crossed[k] = some @ apart - share[k] * (size[part] @ apart)
        apart *= apart
        within[k] = size[part] @ apart
    total = float(inside.sum())
    overall = float(events.sum()) / total
    return BrierParts(
        brier=float(squares.sum()) / total,
        reliability=float(inside @ (mean - share) ** 2) / total,
        resolution=float(inside @ (share - overall) ** 2) / total,
        uncertainty=overall * float(nonevents.sum()) / total,
        within_variance=float(within.sum()) / total,
        within_covariance=2.0 * float(crossed.sum()) / total,
    )


def starts_of(group: IntArray) -> IntArray:
    """Where each bin of equal_bins begins."""
    return np.asarray(np.searchsorted(group, np.arange(int(group[-1]) + 1)))


def equal_bins(size: Array, n_bins: int) -> IntArray:
    """Bins of about equal weight over predictions in order, (m,) 0 .. at most n_bins - 1; ties stay together."""
    middle = np.cumsum(size)
    middle -= 0.5 * size
    middle /= size.sum()
    middle *= n_bins
    group = middle.astype(np.intp)
    np.minimum(group, n_bins - 1, out=group)
    begins = np.searchsorted(group, np.arange(n_bins + 1))
    places: IntArray = np.cumsum(np.diff(begins) > 0) - 1
    return group if places[-1] == n_bins - 1 else np.asarray(places[group])
