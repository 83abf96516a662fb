"""How well the probabilities rank and score the outcomes: ROC, AUC with DeLong's variance, Brier, Tjur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.types import Array
from statlogit.inference.wald import critical

TIE_DECIMALS = 12  # probabilities that agree to 12 decimals are ties, whatever the last bits of a sum


@dataclass(frozen=True, slots=True)
class Roc:
    """The ROC curve over distinct probabilities, from (0, 0) to (1, 1).

    auc: probability that a random event has a larger fitted value than a random non-event, ties counted half.
    auc_se: DeLong, DeLong and Clarke-Pearson (1988), equation 3; weights are case weights.
    """

    false_positive: Array
    true_positive: Array
    threshold: Array
    auc: float
    auc_se: float

    def conf_int(self, level: float = 0.95) -> tuple[float, float]:
        """Normal interval, cut at 0 and 1."""
        half = critical(level) * self.auc_se
        return max(self.auc - half, 0.0), min(self.auc + half, 1.0)


def roc(mu: Array, events: Array, nonevents: Array) -> Roc:
    """mu (n,) probabilities; events, nonevents (n,) weighted counts of each row. O(n log n)."""
    value, place = np.unique(np.round(mu, TIE_DECIMALS), return_inverse=True)
    m = np.bincount(place, weights=events, minlength=len(value))
    k = np.bincount(place, weights=nonevents, minlength=len(value))
    n_events, n_nonevents = m.sum(), k.sum()
    if n_events == 0 or n_nonevents == 0:
        nothing = np.array([0.0, 1.0])
        return Roc(nothing, nothing, np.array([np.inf, -np.inf]), float("nan"), float("nan"))
    below, above = np.cumsum(k) - k, n_events - np.cumsum(m)
    event_share = (below + 0.5 * k) / n_nonevents  # placement of an event among the non-events
    nonevent_share = (above + 0.5 * m) / n_events
    auc = float(m @ event_share / n_events)
    with np.errstate(divide="ignore", invalid="ignore"):
        s10 = m @ (event_share - auc) ** 2 / (n_events - 1)
        s01 = k @ (nonevent_share - auc) ** 2 / (n_nonevents - 1)
    true_positive = np.concatenate([[0.0], np.cumsum(m[::-1]) / n_events])
    false_positive = np.concatenate([[0.0], np.cumsum(k[::-1]) / n_nonevents])
    threshold = np.concatenate([[np.inf], value[::-1]])
    return Roc(false_positive, true_positive, threshold, auc, float(np.sqrt(s10 / n_events + s01 / n_nonevents)))


@dataclass(frozen=True, slots=True)
class Scores:
    """Proper scores and Tjur's coefficient of discrimination, weighted by cases."""

    brier: float
    log_loss: float
    tjur: float


def scores(mu: Array, complement: Array, events: Array, nonevents: Array) -> Scores:
    """Brier = mean squared error of a single outcome; log loss in nats."""
    total = float((events + nonevents).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        brier = float((events * complement**2 + nonevents * mu**2).sum()) / total
        gain = np.where(events > 0, events * np.log(mu), 0.0) + np.where(
            nonevents > 0, nonevents * np.log(complement), 0.0
        )
        tjur = float((events @ mu) / events.sum() - (nonevents @ mu) / nonevents.sum())
    return Scores(brier, float(-gain.sum()) / total, tjur)
