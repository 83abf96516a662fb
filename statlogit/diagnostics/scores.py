"""Proper scores of probabilities, and what the Brier score is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
from scipy.special import xlogy

from statlogit.core.blocks import Block
from statlogit.core.families import family_of
from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.ranking import Outcomes, Ranking
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import rows_of


@dataclass(frozen=True, slots=True)
class Scores:
    """Proper scores and Tjur's coefficient of discrimination, weighted by cases."""

    brier: float
    log_loss: float
    tjur: float


def scores(outcomes: Outcomes) -> Scores:
    """Brier = mean squared error of a single outcome; log loss in nats."""
    mu, complement, events, nonevents = outcomes.mu, outcomes.complement, outcomes.events, outcomes.nonevents
    total = float((events + nonevents).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        brier = float((events * complement) @ complement + (nonevents * mu) @ mu) / total
        gain = float(xlogy(events, mu).sum() + xlogy(nonevents, complement).sum())
        tjur = float((events @ mu) / events.sum() - (nonevents @ mu) / nonevents.sum())
    return Scores(brier, -gain / total, tjur)


def folded_scores(fit: Fit) -> Scores:
    """The scores of a fit whose rows are folded, not held: one pass. Raises FitError where estimates are infinite."""
    if fit.separation.kind != "none":
        raise FitError("scores of infinite estimates need rows in memory; fit a sample in memory")
    sums = rows_of(fit.frame).fold(partial(_block_scores, beta=np.nan_to_num(fit.beta)))
    events, nonevents, total = sums.events, sums.nonevents, sums.events + sums.nonevents
    return Scores(sums.squares / total, -sums.gain / total, sums.mu_events / events - sums.mu_nonevents / nonevents)


@dataclass(frozen=True, slots=True)
class _Sums:
    events: float
    nonevents: float
    squares: float
    gain: float
    mu_events: float
    mu_nonevents: float

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def _block_scores(block: Block, beta: Array) -> _Sums:
    family = family_of(1)
    eta = block.x.times(beta) + block.offset
    mean = family.mean(eta)
    mu, complement = mean.mu[:, 0], mean.complement[:, 0]
    events, nonevents = block.weight * block.y[:, 0], block.weight * (1.0 - block.y[:, 0])
    return _Sums(
        float(events.sum()), float(nonevents.sum()), float(events @ complement**2 + nonevents @ mu**2),
        float(family.local(eta, block.y, block.weight).loglik.sum()), float(events @ mu), float(nonevents @ mu),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BrierParts:
    """brier = reliability - resolution + uncertainty + within_variance - within_covariance, an identity.

    reliability: mean squared distance of a bin's events from its mean prediction (0 is best). resolution: spread of
    the bins' events around the overall share. uncertainty: variance of the outcome. The last two: spread of the
    predictions inside bins, and twice their covariance with the outcome there; both vanish for one prediction a bin.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_variance: float
    within_covariance: float


def brier_parts(ranking: Ranking, group: IntArray) -> BrierParts:
    """The Brier score taken apart over bins; group: (m,) the bin of each distinct prediction.

    Source: Murphy (1973), equation 14; Stephenson, Coelho and Jolliffe (2008), equation 4 for the terms within bins.
    """
    size, mu, events = ranking.size, ranking.mu, ranking.events
    total = float(size.sum())
    n_bins = int(group.max()) + 1
    inside = np.bincount(group, weights=size, minlength=n_bins)
    share = np.bincount(group, weights=events, minlength=n_bins) / inside
    mean = np.bincount(group, weights=size * mu, minlength=n_bins) / inside
    overall = float(events.sum()) / total
    apart = mu - mean[group]
    return BrierParts(
        brier=float(events @ ranking.complement**2 + ranking.nonevents @ mu**2) / total,
        reliability=float(inside @ (mean - share) ** 2) / total,
        resolution=float(inside @ (share - overall) ** 2) / total,
        uncertainty=overall * float(ranking.nonevents.sum()) / total,
        within_variance=float(size @ apart**2) / total,
        within_covariance=2.0 * float(events @ apart - (size * share[group]) @ apart) / total,
    )


def equal_bins(size: Array, n_bins: int) -> IntArray:
    """Bins of about equal weight over predictions in order, (m,) 0 .. at most n_bins - 1; ties stay together."""
    middle = np.cumsum(size) - 0.5 * size
    group = np.minimum((middle / size.sum() * n_bins).astype(np.intp), n_bins - 1)
    occupied = np.zeros(n_bins, dtype=np.intp)
    occupied[group] = 1
    places: IntArray = np.cumsum(occupied) - 1
    return np.asarray(places[group])
