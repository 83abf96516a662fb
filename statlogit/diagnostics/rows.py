"""Row quantities of a fit: linear predictor, probability, leverage, residuals, Cook's distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.columns import Columns
from statlogit.core.families import sigmoid
from statlogit.core.leverage import absolute, row_quadratic
from statlogit.core.types import Array
from statlogit.fit import Fit

ROUNDING = 2.0**-38  # as in the separation room


@dataclass(frozen=True, slots=True)
class Predictions:
    """Linear predictor and probability of some rows. +-inf where a row is predicted perfectly."""

    eta: Array  # (n,) log-odds
    mu: Array  # (n,)
    complement: Array  # (n,)
    std_error: Array  # (n,) of eta; nan where eta is infinite or not determined


def predictions(fit: Fit, x: Columns, offset: Array) -> Predictions:
    """Predictions for rows of design columns under the fitted model, limits included. q = 1 only."""
    beta, covariance = _finite_part(fit)
    eta = x.times(beta[:, None])[:, 0] + offset
    std_error = np.sqrt(np.maximum(row_quadratic(x, covariance), 0.0))
    direction = fit.separation.direction
    if direction is not None:
        moved = x.times(direction[:, None])[:, 0]
        noise = ROUNDING * absolute(x).times(np.abs(direction)[:, None])[:, 0]
        runs = np.abs(moved) > noise
        eta = np.where(runs, np.sign(moved) * np.inf, eta)
        std_error = np.where(runs, np.nan, std_error)
        if fit.separation.limit is None:  # complete: rows on the separating plane are not determined
            eta = np.where(runs, eta, np.nan)
    mean = sigmoid(eta)
    return Predictions(eta, mean.mu, mean.complement, std_error)


def _finite_part(fit: Fit) -> tuple[Array, Array]:
    """Coefficients and covariance with zero for what is aliased or not determined by the remaining rows."""
    if fit.separation.kind == "none":
        beta, covariance = fit.beta[:, 0], fit.covariance
    elif fit.separation.limit is not None:
        beta, covariance = fit.separation.limit.beta, fit.separation.limit.covariance
    else:
        p = len(fit.beta)
        beta, covariance = np.zeros(p), np.full((p, p), np.nan)
    return np.nan_to_num(beta), np.nan_to_num(covariance)


@dataclass(frozen=True, slots=True)
class RowDiagnostics:
    """One value a used row. Standardised = divided by sqrt(1 - leverage)."""

    fitted: Array
    response: Array  # y - mu, y the share of events
    pearson: Array
    deviance: Array
    working: Array
    leverage: Array
    standardised_pearson: Array
    standardised_deviance: Array
    cooks_distance: Array


def row_diagnostics(fit: Fit) -> RowDiagnostics:
    """Residuals and leverages of the used rows.

    Leverage is the diagonal of W^1/2 X (X'WX)^-1 X' W^1/2. Cook's distance = (pearson / (1 - h))^2 h / rank
    (Pregibon 1981). Rows predicted perfectly have residual 0 and leverage 0.
    """
    frame = fit.frame
    found = predictions(fit, frame.x, frame.offset[:, 0])
    y, weight = frame.y[:, 0], frame.weight
    residual = y * found.complement - (1.0 - y) * found.mu
    variance = found.mu * found.complement
    with np.errstate(divide="ignore", invalid="ignore"):
        leverage = np.where(variance > 0, weight * variance * found.std_error**2, 0.0)
        pearson = np.where(residual == 0, 0.0, residual * np.sqrt(weight / variance))
        half = _log_ratio(y, found.mu) + _log_ratio(1.0 - y, found.complement)
        deviance = np.sign(residual) * np.sqrt(np.maximum(2.0 * weight * half, 0.0))
        rest = np.sqrt(1.0 - leverage)
        cooks = (pearson / (1.0 - leverage)) ** 2 * leverage / fit.rank
        return RowDiagnostics(
            found.mu, residual, pearson, deviance, residual / variance, leverage, pearson / rest, deviance / rest, cooks
        )


def _log_ratio(y: Array, p: Array) -> Array:
    return np.asarray(np.where(y > 0, y * (np.log(y) - np.log(p)), 0.0))
