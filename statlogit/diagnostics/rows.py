"""Row quantities of a fit: residuals, leverage, Cook's distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from statlogit.core.families import Means, family_of, half_deviance
from statlogit.core.types import Array
from statlogit.effects.predict import predict_rows, predictor_of
from statlogit.errors import FitError
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


@dataclass(frozen=True, slots=True)
class ClassResiduals:
    """Residuals of a multinomial fit, rows x classes in the order of `levels`; one deviance residual a row.

    response: 1 or 0, less the probability. pearson: response over sqrt(p (1 - p)), times the root of the weight.
    deviance: sqrt(-2 log-likelihood of the row), never negative: its squares add up to the deviance.
    """

    levels: tuple[Any, ...]
    index: pd.Index[Any]
    response: Array  # (n, K)
    pearson: Array  # (n, K)
    deviance: Array  # (n,)

    def to_frame(self) -> pd.DataFrame:
        """The used rows: columns (response, class), (pearson, class), (deviance, "")."""
        pairs = [(kind, level) for kind in ("response", "pearson") for level in self.levels] + [("deviance", "")]
        values = np.column_stack([self.response, self.pearson, self.deviance])
        return pd.DataFrame(values, index=self.index, columns=pd.MultiIndex.from_tuples(pairs))


def class_residuals(fit: Fit) -> ClassResiduals:
    """The residuals of every class. Raises FitError where estimates are infinite."""
    if fit.separation.kind != "none":
        raise FitError(
            "residuals of classes mean little here: estimates are infinite, and rows are predicted perfectly; drop or "
            "merge the columns that `separation` names, or fit with penalty=sl.Ridge(1.0)."
        )
    frame, family = fit.frame, family_of(fit.beta.shape[1])
    eta = frame.x.times(np.nan_to_num(fit.beta)) + frame.offset
    mean, first = family.mean(eta), family.first(eta, frame.y, frame.weight)
    levels: tuple[Any, ...] = frame.response.levels
    base = levels.index(frame.response.reference)
    y = np.insert(frame.y, base, 1.0 - frame.y.sum(axis=1), axis=1)
    p = np.insert(mean.mu, base, first.probability[0], axis=1)
    others = np.insert(mean.complement, base, mean.mu.sum(axis=1), axis=1)
    response = y * others - (1.0 - y) * p
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = np.where(response == 0.0, 0.0, response * np.sqrt(frame.weight[:, None] / (p * others)))
    deviance = np.sqrt(np.maximum(-2.0 * first.loglik, 0.0))
    return ClassResiduals(levels, frame.index, response, pearson, deviance)
