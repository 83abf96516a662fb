"""Tail probabilities in logarithms, so that a test far out in the tail still has a p-value to print."""

from __future__ import annotations

import math

from scipy.special import chdtrc, gammaln

UNDERFLOWS = 1e-290  # below this the tail itself loses digits; the continued fraction does not
MOST_TERMS = 10_000
EPSILON = 2.0**-52


def log_chi2_sf(x: float, df: int) -> float:
    """log P(chi-squared with df degrees of freedom > x), x >= 0; nan for df = 0.

    Far out by the continued fraction of the incomplete gamma function (DLMF 8.9.2, modified Lentz).

    >>> round(log_chi2_sf(5000.0, 3), 6)
    -2495.966995
    """
    if df <= 0:
        return math.nan
    tail = float(chdtrc(df, x))
    if not 0.0 <= tail < UNDERFLOWS:
        return math.log(tail) if tail > 0 else math.nan
    a, half = df / 2.0, x / 2.0
    return -half + a * math.log(half) - float(gammaln(a)) + math.log(_fraction(a, half))


def _fraction(a: float, x: float) -> float:
    """Gamma(a, x) exp(x) x^-a, for x well above a."""
    b = x + 1.0 - a
    c, d = math.inf, 1.0 / b
    value = d
    for k in range(1, MOST_TERMS):
        term = -k * (k - a)
        b += 2.0
        d = 1.0 / (term * d + b)
        c = b + term / c
        value *= d * c
        if abs(d * c - 1.0) < EPSILON:
            break
    return value
