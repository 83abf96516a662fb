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

    def std_error(self, covariance: Array) -> Array:
        """(r,) roots of gradient V gradient'. Source: Oehlert (1992), A note on the delta method."""
        variance = np.einsum("rj,rj->r", self.gradient @ covariance, self.gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


@dataclass(frozen=True, slots=True)
class Inference:
    """r estimates as a table shows them."""

    estimate: Array
    std_error: Array
    statistic: Array
    p_value: Array
    low: Array
    high: Array

    def row(self, k: int) -> tuple[float, ...]:
        """estimate std_error statistic p_value conf_low conf_high, nan where nothing is known."""
        parts = (self.estimate, self.std_error, self.statistic, self.p_value, self.low, self.high)
        return tuple(float(part[k]) for part in parts)


def infer(estimates: Estimates, covariance: Array, level: float) -> Inference:
    """Wald inference on the scale of the estimates: z against zero, symmetric limits."""
    std_error = np.where(np.isnan(estimates.value), np.nan, estimates.std_error(covariance))
    found = wald(estimates.value, std_error, level)
    return Inference(estimates.value, std_error, found.z, found.p_value, found.low, found.high)
