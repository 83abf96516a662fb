"""Row quantities of a fit: residuals, leverage, Cook's distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.families import Means, half_deviance
from statlogit.core.types import Array
from statlogit.effects.predict import predict_rows, predictor_of
from statlogit.fit import Fit


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
    found = predict_rows(predictor_of(fit), frame.x, frame.offset[:, 0])
    y, weight = frame.y[:, 0], frame.weight
    residual = y * found.complement - (1.0 - y) * found.mu
    variance = found.mu * found.complement
    with np.errstate(divide="ignore", invalid="ignore"):
        leverage = np.where(variance > 0, weight * variance * found.std_error**2, 0.0)
        pearson = np.where(residual == 0, 0.0, residual * np.sqrt(weight / variance))
        half = half_deviance(y, Means(found.mu, found.complement))
        deviance = np.sign(residual) * np.sqrt(2.0 * weight * half)
        rest = np.sqrt(1.0 - leverage)
        cooks = (pearson / (1.0 - leverage)) ** 2 * leverage / fit.rank
        return RowDiagnostics(
            found.mu, residual, pearson, deviance, residual / variance, leverage, pearson / rest, deviance / rest, cooks
        )
