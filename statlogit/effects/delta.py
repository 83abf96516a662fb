"""The delta method: estimates that are smooth functions of the coefficients, with standard errors and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.types import Array
from statlogit.inference.wald import wald


@dataclass(frozen=True, slots=True)
class Estimates:
    """r estimates with their exact gradients in vec(beta)."""

    value: Array  # (r,)
    gradient: Array  # (r, p*q)


@dataclass(frozen=True, slots=True)
class Inference:
    """r estimates as a table shows them."""

    estimate: Array
    std_error: Array
    statistic: Array
    p_value: Array
    log_p: Array
    low: Array
    high: Array
    covariance: Array  # (r, r)

    def row(self, k: int) -> tuple[float, ...]:
        """estimate std_error statistic p_value conf_low conf_high, nan where nothing is known."""
        parts = (self.estimate, self.std_error, self.statistic, self.p_value, self.low, self.high)
        return tuple(float(part[k]) for part in parts)


def infer(estimates: Estimates, covariance: Array, level: float) -> Inference:
    """Wald inference on the scale of the estimates: z against zero, symmetric limits.

    The covariance of the estimates is gradient V gradient'. Source: Oehlert (1992), A note on the delta method.
    """
    value, gradient = estimates.value, estimates.gradient
    between = gradient @ covariance @ gradient.T
    std_error = np.where(np.isnan(value), np.nan, np.sqrt(np.maximum(np.diag(between), 0.0)))
    found = wald(value, std_error, level)
    return Inference(value, std_error, found.z, found.p_value, found.log_p, found.low, found.high, between)
