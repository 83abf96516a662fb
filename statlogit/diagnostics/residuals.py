"""Randomised quantile residuals: standard normal where the model is right, for outcomes that are 0 or 1 too."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, gammaln, ndtri, xlogy

from statlogit.core.types import Array
from statlogit.diagnostics.refusals import refuse_classes
from statlogit.effects.predict import Predictions, predict_means, predictor_of
from statlogit.errors import FitError
from statlogit.fit import Fit


def quantile_residuals(fit: Fit, seed: int) -> Array:
    """(n,) normal quantiles of u, uniform between P(Y < y) and P(Y <= y) of each used row; a case weight counts once.

    Both tails are carried, so a probability of 1e-300 gives a residual of its size. Raises FitError with several
    classes, whose outcomes have no order, and under separation, where rows are predicted without any spread.

    Source: Dunn and Smyth (1996).
    """
    refuse_classes(fit, "a quantile residual", "they have no order")
    if fit.separation.kind != "none":
        raise FitError(
            "quantile residuals mean nothing here: estimates are infinite, and rows that are predicted perfectly have "
            "no spread; drop or merge the columns that `separation` names, or fit with penalty=sl.Firth()."
        )
    frame = fit.frame
    found = predict_means(predictor_of(fit), frame.x, frame.offset[:, 0])
    trials = frame.trials
    below, above, mass = _tails(np.rint(trials * frame.y[:, 0]), np.rint(trials), found)
    share = np.random.default_rng(seed).uniform(size=len(mass))
    lower, upper = below + share * mass, above + (1.0 - share) * mass
    tiny = np.finfo(np.float64).tiny
    return np.where(lower <= upper, ndtri(np.maximum(lower, tiny)), -ndtri(np.maximum(upper, tiny)))


def _tails(events: Array, trials: Array, found: Predictions) -> tuple[Array, Array, Array]:
    """P(Y < y), P(Y > y) and P(Y = y)."""
    mu, complement = found.mu, found.complement
    one = trials == 1.0
    others = trials - events
    ways = gammaln(trials + 1.0) - gammaln(events + 1.0) - gammaln(others + 1.0)
    mass = np.exp(ways + xlogy(events, mu) + xlogy(others, complement))
    below = np.where(events > 0.0, betainc(others + 1.0, np.maximum(events, 1.0), complement), 0.0)
    above = np.where(others > 0.0, betainc(events + 1.0, np.maximum(others, 1.0), mu), 0.0)
    is_event = events == 1.0
    return (
        np.where(one, np.where(is_event, complement, 0.0), below),
        np.where(one, np.where(is_event, 0.0, mu), above),
        np.where(one, np.where(is_event, mu, complement), mass),
    )
