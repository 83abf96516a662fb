"""Assessment of a multinomial model: each class against the rest, Hand and Till's M, scores over all classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from statlogit.core.types import Array
from statlogit.design import observed, table_of
from statlogit.design.values import Level
from statlogit.diagnostics.assessment import Assessment
from statlogit.diagnostics.ranking import TIE_DECIMALS, Outcomes
from statlogit.effects.predict_classes import ClassPredictor, class_means
from statlogit.errors import DataError
from statlogit.fit import Fit
from statlogit.tables import Table, table

MOST_CLASSES = 50  # pairs of classes for Hand and Till's M grow with the square


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Scores of a whole distribution over K classes, weighted by cases.

    brier: mean over rows of the squared distance between the indicators of the class and the probabilities, in [0, 2]
    (Brier 1950); with two classes twice the binary one. log_loss in nats. accuracy: share whose likeliest class came.
    """

    brier: float
    log_loss: float
    accuracy: float


@dataclass(frozen=True)
class ClassAssessment:
    """Predicted probabilities of all classes beside the classes that came."""

    levels: tuple[Level, ...]
    mu: Array  # (n, K)
    complement: Array  # (n, K)
    y: Array  # (n, K) indicators
    weight: Array  # (n,)

    def against_rest(self, k: int) -> Assessment:
        """Class k as the event, all others as non-events."""
        mu, complement = (np.ascontiguousarray(v[:, k]) for v in (self.mu, self.complement))
        with np.errstate(divide="ignore"):
            eta = np.log(mu) - np.log(complement)
        events = self.weight * self.y[:, k]
        return Assessment(Outcomes(eta, mu, complement, events, self.weight - events), np.arange(len(mu)))

    @cached_property
    def scores(self) -> ClassScores:
        came = self.y > 0
        missed = np.where(came, self.complement, self.mu)
        with np.errstate(divide="ignore"):
            gain = np.log(np.where(came, self.mu, 1.0)).sum(axis=1)
        hit = came[np.arange(len(came)), self.mu.argmax(axis=1)]
        total = self.weight.sum()
        brier, log_loss, right = (
            float(self.weight @ v / total) for v in ((missed**2).sum(axis=1), -gain, hit.astype(np.float64))
        )
        return ClassScores(brier, log_loss, right)

    @cached_property
    def hand_till(self) -> float:
        """Mean over pairs of classes of the probability that a random member of one is told from one of the other.

        Ties count half; a class that did not come is left out; nan beyond 50 classes.
        Source: Hand and Till (2001), equation 7.
        """
        present = [k for k in range(len(self.levels)) if (self.weight * self.y[:, k]).sum() > 0]
        if not 2 <= len(present) <= MOST_CLASSES or np.isnan(self.mu).any():
            return float("nan")
        areas = [_areas(self.mu[:, k], self.y[:, present] * self.weight[:, None], present.index(k)) for k in present]
        k = len(present)
        return float(sum(areas)) / (k * (k - 1))

    def table(self, level: float) -> Table:
        """One row a class against all others: AUC with DeLong's interval, calibration intercept and slope, ICI."""
        rows = []
        for k, name in enumerate(self.levels):
            one = self.against_rest(k)
            low, high = one.roc.conf_int(level)
            found = one.calibration(level)
            rows.append((
                str(name), one.ranking.n_events, one.roc.auc, one.roc.auc_se, low, high, found.intercept, found.slope,
                found.ici, one.scores.brier,
            ))  # fmt: skip
        scores = self.scores
        note = (
            f"Each class against all others. Hand and Till's M {self.hand_till:.4f}; over all classes: Brier score "
            f"{scores.brier:.4f} (0 to 2), log loss {scores.log_loss:.4f}, accuracy {scores.accuracy:.4f}."
        )
        columns = ["y_level", "n_events", "auc", "auc_se", "auc_low", "auc_high", "intercept", "slope", "ici", "brier"]
        return table("classes", "Discrimination and calibration by class", columns, rows, note)


def _areas(mu: Array, weights: Array, own: int) -> float:
    """Sum over the other classes of the area that mu, the probability of class `own`, has between the two."""
    value, place = np.unique(np.round(mu, TIE_DECIMALS), return_inverse=True)
    counts = np.stack([np.bincount(place, weights=w, minlength=len(value)) for w in weights.T], axis=1)
    below = np.cumsum(counts, axis=0) - 0.5 * counts
    shares = counts[:, own] @ below / (counts[:, own].sum() * counts.sum(axis=0))
    return float(shares.sum() - shares[own])


def assess_classes(fit: Fit, predictor: ClassPredictor, newdata: Any = None) -> ClassAssessment:
    """A multinomial fit on its own rows, or on new ones whose classes are in newdata.

    New rows with a missing value, a missing class or zero weight are left out. Raises DataError where none is left.
    """
    frame = fit.frame
    if newdata is None:
        x, offset, y, weight = frame.x, frame.offset, frame.y, frame.weight
    else:
        table_ = table_of(newdata)
        rows, found = frame.design.matrix(table_), observed(frame, table_)
        x, y, weight = rows.x, found.y[rows.positions], found.weight[rows.positions]
        offset = np.zeros((len(weight), 1)) if rows.offset is None else rows.offset[:, None]
    mu, complement = class_means(predictor, x, offset)
    known = ~np.isnan(y).any(axis=1)
    if not known.any():
        raise DataError("no row of the new data has a class and all predictors, so there is nothing to assess")
    if not known.all():
        mu, complement, y, weight = (v[known] for v in (mu, complement, y, weight))
    whole = np.insert(y, predictor.base, 1.0 - y.sum(axis=1), axis=1)
    return ClassAssessment(frame.response.levels, mu, complement, whole, weight)
