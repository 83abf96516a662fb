"""Proper scores of probabilities, and what the Brier score is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.ranking import Outcomes, Ranking


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
        brier = float((events * complement**2 + nonevents * mu**2).sum()) / total
        gain = np.where(events > 0, events * np.log(mu), 0.0) + np.where(
            nonevents > 0, nonevents * np.log(complement), 0.0
        )
        tjur = float((events @ mu) / events.sum() - (nonevents @ mu) / nonevents.sum())
    return Scores(brier, float(-gain.sum()) / total, tjur)


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
