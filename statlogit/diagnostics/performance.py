"""How well the predictions of one model do on rows with any weights: what validation compares between samples.

Sums over rows are kept apart from the measures made of them, so that the folds of a cross-validation add up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np

from statlogit.core.families import sigmoid
from statlogit.core.types import Array
from statlogit.diagnostics.ranking import Outcomes, Ranking, ranked
from statlogit.effects.predict_classes import choices

BINARY = ("C", "Somers' Dxy", "Nagelkerke R2", "Brier score", "Log loss", "Calibration intercept", "Calibration slope")
CLASSES = ("Nagelkerke R2", "Brier score", "Log loss", "Accuracy")
LEAST = {"C": 0.0, "Somers' Dxy": -1.0, "Brier score": 0.0, "Log loss": 0.0, "Accuracy": 0.0}
LARGEST = {"C": 1.0, "Somers' Dxy": 1.0, "Nagelkerke R2": 1.0, "Accuracy": 1.0}


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted sums over some rows. Pairs are of an event and a non-event, ties in the prediction count half."""

    weight: float
    loss: float
    squared: float
    hits: float = 0.0
    concordant: float = 0.0
    pairs: float = 0.0

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.weight + other.weight,
            self.loss + other.loss,
            self.squared + other.squared,
            self.hits + other.hits,
            self.concordant + other.concordant,
            self.pairs + other.pairs,
        )

    def r2(self, null_loglik: float) -> float:
        """Nagelkerke's R2 against the null log-likelihood of the same outcomes (Nagelkerke 1991, equations 1 and 3)."""
        reached = -math.expm1(min(2.0 * (null_loglik + self.loss) / self.weight, 700.0))
        ceiling = -math.expm1(2.0 * null_loglik / self.weight)
        return reached / ceiling if ceiling > 0.0 else math.nan


class Predicted(Protocol):
    """The predictions of one model for n rows, weighed as often as asked."""

    def tally(self, weight: Array) -> Tally: ...


@dataclass(frozen=True, slots=True)
class PredictedEvents:
    """Of a binary or grouped model; sorted once for all weights."""

    eta: Array  # (n,)
    y: Array  # (n,) share of events
    loss: Array  # (n,) of a single outcome
    squared: Array  # (n,)
    ranking: Ranking

    def tally(self, weight: Array) -> Tally:
        events = weight * self.y
        ranking = self.ranking.of(events, weight - events)
        below = ranking.nonevents_below[:-1] + 0.5 * ranking.nonevents
        return Tally(
            float(weight.sum()),
            float(weight @ self.loss),
            float(weight @ self.squared),
            concordant=float(ranking.events @ below),
            pairs=ranking.n_events * ranking.n_nonevents,
        )


def predicted_events(eta: Array, y: Array) -> PredictedEvents:
    """Predictions from log-odds (n,)."""
    mean = sigmoid(eta)
    loss = np.maximum(eta, 0.0) - y * eta + np.log1p(np.exp(-np.abs(eta)))
    squared = y * mean.complement**2 + (1.0 - y) * mean.mu**2
    return PredictedEvents(eta, y, loss, squared, ranked(Outcomes(eta, mean.mu, mean.complement, y, 1.0 - y)))


@dataclass(frozen=True, slots=True)
class PredictedClasses:
    """Of a multinomial model."""

    loss: Array  # (n,)
    squared: Array  # (n,) squared distance between the class and the probabilities, in [0, 2]
    hit: Array  # (n,) whether the likeliest class came

    def tally(self, weight: Array) -> Tally:
        loss, squared, hits = (float(weight @ v) for v in (self.loss, self.squared, self.hit))
        return Tally(float(weight.sum()), loss, squared, hits)


def predicted_classes(eta: Array, y: Array) -> PredictedClasses:
    """Predictions from the log-odds (n, q) against the reference class."""
    whole = np.insert(y, 0, 1.0 - y.sum(axis=1), axis=1)
    eta = np.insert(eta, 0, 0.0, axis=1)
    mu, complement = choices(eta)
    came = whole.argmax(axis=1)[:, None]
    top = eta.max(axis=1, keepdims=True)
    log_total = np.log(np.exp(eta - top).sum(axis=1))
    loss = log_total + top[:, 0] - np.take_along_axis(eta, came, axis=1)[:, 0]
    missed = mu.copy()
    np.put_along_axis(missed, came, np.take_along_axis(complement, came, axis=1), axis=1)
    hit = (mu.argmax(axis=1) == came[:, 0]).astype(np.float64)
    return PredictedClasses(loss, (missed**2).sum(axis=1), hit)


class Line(NamedTuple):
    """Outcomes regressed on predicted log-odds: log-odds of the event = intercept + slope * eta (Cox 1958)."""

    intercept: float
    slope: float


NO_LINE = Line(math.nan, math.nan)
CLOSE = 1e-8  # standard errors; the last step is taken
NOTHING = 1e-9  # standard errors: (0, 1) holds by construction, and a step would follow the rounding of sums
MOST_STEPS = 25
SMALLEST_STEP = 2.0**-10


def line(eta: Array, y: Array, weight: Array) -> Line:
    """The recalibration line of some predictions, by Newton's method from (0, 1); nan where it is not finite."""
    here = np.array([0.0, 1.0])
    loss = _line_loss(here, eta, y, weight)
    for n_steps in range(MOST_STEPS):
        mean = sigmoid(here[0] + here[1] * eta)
        residual = weight * (y * mean.complement - (1.0 - y) * mean.mu)
        curvature = weight * mean.mu * mean.complement
        score = np.array([residual.sum(), residual @ eta])
        centre = float(curvature @ eta)
        information = np.array([[curvature.sum(), centre], [centre, curvature @ (eta * eta)]])
        if not np.linalg.det(information) > 1e-12 * information[0, 0] * information[1, 1]:
            return NO_LINE
        step = np.linalg.solve(information, score)
        decrement = math.sqrt(max(float(score @ step), 0.0))
        if n_steps == 0 and decrement <= NOTHING:
            return Line(0.0, 1.0)
        share, new_loss = 1.0, _line_loss(here + step, eta, y, weight)
        while not new_loss <= loss * (1.0 + 1e-12) and share > SMALLEST_STEP:
            share /= 2.0
            new_loss = _line_loss(here + share * step, eta, y, weight)
        here, loss = here + share * step, new_loss
        if decrement <= CLOSE:
            return Line(float(here[0]), float(here[1]))
    return NO_LINE


def _line_loss(at: Array, eta: Array, y: Array, weight: Array) -> float:
    link = at[0] + at[1] * eta
    return float(weight @ (np.maximum(link, 0.0) - y * link + np.log1p(np.exp(-np.abs(link)))))
