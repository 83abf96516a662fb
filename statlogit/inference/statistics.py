"""Statistics of the whole fit: information criteria and the pseudo R-squared family."""

from __future__ import annotations

import math
from dataclasses import dataclass

from statlogit.fit import Fit


@dataclass(frozen=True, slots=True)
class FitStatistics:
    """aic = -2 loglik + 2 k with k the (effective) number of estimated coefficients; bic uses the used rows."""

    aic: float
    aicc: float
    bic: float
    mcfadden: float
    coxsnell: float
    nagelkerke: float


def fit_statistics(fit: Fit) -> FitStatistics:
    """The criteria and R-squared are those of a maximum: nan where the solver stopped short of it.

    Under a ridge penalty k is the effective number of coefficients; log-likelihoods are never penalised ones, so under
    Firth's penalty the criteria are those of the unpenalised likelihood at Firth's estimate, as in R's brglm2.
    Source: Gray (1992), section 2, on k; Cox and Snell (1989), p. 208; Nagelkerke (1991), equations 1 and 3; Hurvich
    and Tsai (1989) for AICc.

    Cox-Snell and Nagelkerke count single outcomes, so that grouped and expanded data agree.
    """
    k, n = fit.estimate.effective_df, fit.n_rows
    outcomes = fit.frame.total_weight
    null = fit.null_loglik
    loglik = math.nan if fit.stopped_short else fit.loglik
    gain = loglik - null
    coxsnell = -math.expm1(-2.0 * gain / outcomes)
    ceiling = -math.expm1(2.0 * (null - fit.constant) / outcomes)
    aic = -2.0 * loglik + 2.0 * k
    return FitStatistics(
        aic=aic,
        aicc=aic + 2.0 * k * (k + 1) / (n - k - 1) if n - k - 1 > 0 else math.nan,
        bic=-2.0 * loglik + k * math.log(n),
        mcfadden=gain / -null if null != 0 else math.nan,
        coxsnell=coxsnell,
        nagelkerke=coxsnell / ceiling if ceiling > 0 else math.nan,
    )


def residual_df(fit: Fit) -> float:
    """Used rows less the (effective) number of coefficients: an int but under a ridge penalty."""
    if fit.settings.ridge is None:
        return fit.n_rows - fit.rank * int(fit.beta.shape[1])
    return fit.n_rows - fit.estimate.effective_df
