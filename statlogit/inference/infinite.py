"""What the likelihood still says of infinite coefficients, of which Wald's method can say nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from statlogit.core.types import Array, Status
from statlogit.fit.model import Fit
from statlogit.fit.restricted import affine_of, full_objective
from statlogit.inference.likelihood import ChiSquared, submodel
from statlogit.inference.profile import profile
from statlogit.inference.wald import Wald
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

PASSES = 100  # over the rows, about, for one coefficient
AFFORDABLE = 2e10  # multiplications that tables spend unasked: some seconds, twenty at most
NEGLIGIBLE = 1e-5  # decrement at which a solve that runs away has come to the supremum; it lacks about its square


def with_infinite(found: Wald, fit: Fit, level: float) -> Wald:
    """Wald results, binary (p,) or of classes (p, q), with those of the likelihood where an estimate is infinite.

    The p-value there is that of the likelihood-ratio test that the coefficient is zero; z stays nan. The limits of a
    binary fit are those of the profile likelihood: one is finite, or none where other columns separate the rows as
    well. All stay nan where so many coefficients are infinite in so many rows that this would take long.
    """
    infinite = np.argwhere(np.isinf(fit.beta))
    cost = PASSES * float(fit.n_rows) * (fit.rank * fit.beta.shape[1]) ** 2 * len(infinite)
    if not 0.0 < cost <= AFFORDABLE:
        return found
    binary = fit.beta.shape[1] == 1
    low, high, log_p = found.low.copy(), found.high.copy(), found.log_p.copy()
    if binary:
        columns = infinite[:, 0]
        low[columns], high[columns] = profile(fit, columns.tolist(), level)
    for column, k in infinite.tolist():
        log_p[column if binary else (column, k)] = zero_test(fit, column, k).log_p
    return replace(found, low=low, high=high, log_p=log_p, p_value=np.exp(log_p))


def zero_test(fit: Fit, column: int, predictor: int = 0) -> ChiSquared:
    """Likelihood-ratio test that one coefficient is zero, also where its estimate is infinite; nan where it fails."""
    if fit.beta.shape[1] == 1:
        others = [j for j in fit.estimate.coordinates.kept if j != column]
        loglik = submodel(fit, others).loglik
    else:
        loglik = _supremum_at_zero(fit, column, predictor) + fit.constant
    return ChiSquared(max(2.0 * (fit.loglik - loglik), 0.0) if math.isfinite(loglik) else math.nan, 1)


def _supremum_at_zero(fit: Fit, column: int, predictor: int) -> float:
    """Kernel log-likelihood with one coefficient at zero; the others may run away, towards its supremum."""
    p, q = fit.beta.shape
    row = np.zeros((1, p * q))
    row[0, predictor * p + column] = 1.0
    affine = affine_of(fit, row, np.zeros(1))
    along = replace(full_objective(fit), basis=affine.basis)
    start: Array = np.zeros(along.shape)
    found = maximize(along, Irls(), start=start, tol=NEGLIGIBLE, watch_separation=False)
    return found.trace[-1].loglik if found.status in (Status.CONVERGED, Status.SINGULAR) else math.nan
