"""When a diagnostic of the maximum means nothing."""

from __future__ import annotations

import numpy as np

from statlogit.core.types import Status
from statlogit.errors import FitError
from statlogit.fit import Fit


def no_maximum(fit: Fit) -> str:
    """Why this fit has no unpenalised finite maximum with its information, or ""."""
    if fit.separation.kind != "none":
        return "estimates are infinite (the data are separated); drop or merge the columns that `separation` names"
    if fit.settings.penalised:
        return "the estimate is penalised, and its theory is that of maximum likelihood; fit with penalty=None"
    uncertified = fit.beta.shape[1] > 1 and not fit.estimate.certificate.exists
    if fit.status is not Status.CONVERGED or uncertified:
        return f"the fit ended away from a maximum: {fit.status.value}; raise max_iterations"
    if not np.isfinite(fit.estimate.root).all():
        return "the fit was made without standard errors; fit with standard_errors=True"
    return ""


def refuse_without_maximum(fit: Fit, what: str) -> None:
    """Raise FitError where `what` means nothing for this fit."""
    reason = no_maximum(fit)
    if reason:
        raise FitError(f"{what} means nothing here: {reason}.")


def refuse_classes(fit: Fit, what: str, reason: str) -> None:
    """Raise FitError for a multinomial fit."""
    if fit.beta.shape[1] > 1:
        raise FitError(f"{what} is not defined for several classes: {reason}.")
