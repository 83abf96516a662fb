"""Wald statistics: estimate over standard error against the normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri

from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class Wald:
    """Per coefficient, in the shape of beta. nan wherever the estimate is infinite or aliased."""

    z: Array
    log_p: Array  # natural log of the two-sided p-value; exact where the p-value itself underflows
    p_value: Array
    low: Array
    high: Array


def wald(beta: Array, std_error: Array, level: float) -> Wald:
    """z, p and symmetric intervals on the log-odds scale.

    >>> float(wald(np.array([40.0]), np.array([1.0]), 0.95).log_p[0])  # doctest: +ELLIPSIS
    -803.91...
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(np.isfinite(beta), beta / std_error, np.nan)
        log_p = np.log(2.0) + log_ndtr(-np.abs(z))
        half = critical(level) * std_error
        return Wald(z, log_p, np.exp(log_p), beta - half, beta + half)


def critical(level: float) -> float:
    """The two-sided normal quantile of a confidence level in (0, 1)."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level={level!r} must lie strictly between 0 and 1, for example 0.95")
    return float(-ndtri((1.0 - level) / 2.0))
