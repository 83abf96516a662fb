"""What the likelihood still says of an infinite coefficient, of which Wald's method can say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from statlogit.fit.model import Fit
from statlogit.inference.likelihood import ChiSquared, submodel
from statlogit.inference.profile import profile
from statlogit.inference.wald import Wald


def with_infinite(found: Wald, fit: Fit, level: float) -> Wald:
    """Wald results with those of the likelihood where an estimate is infinite.

    The limits there are those of the profile likelihood: one is finite, or none where other columns separate the rows
    as well; the p-value is that of the likelihood-ratio test that the coefficient is zero; z stays nan.
    """
    infinite = np.flatnonzero(np.isinf(fit.beta[:, 0]))
    if not len(infinite):
        return found
    low, high, log_p = found.low.copy(), found.high.copy(), found.log_p.copy()
    low[infinite], high[infinite] = profile(fit, infinite.tolist(), level)
    log_p[infinite] = [zero_test(fit, int(j)).log_p for j in infinite]
    return replace(found, low=low, high=high, log_p=log_p, p_value=np.exp(log_p))


def zero_test(fit: Fit, column: int) -> ChiSquared:
    """Likelihood-ratio test that the coefficient of a design column is zero, also where its estimate is infinite."""
    others = [j for j in fit.estimate.coordinates.kept if j != column]
    return ChiSquared(max(2.0 * (fit.loglik - submodel(fit, others).loglik), 0.0), 1)
