"""Goodness of fit by groups of risk, with what it cannot tell."""

from __future__ import annotations

import numpy as np

from statlogit.core.types import Array
from statlogit.inference.likelihood import ChiSquared

GROUPS = 10
TIE_DECIMALS = 12
NOTE = (
    "Hosmer-Lemeshow: ten groups at the deciles of the fitted probability. It depends on the grouping, has little "
    "power in small samples and rejects any model in large ones; look at the calibration instead."
)


def hosmer_lemeshow(mu: Array, events: Array, nonevents: Array, groups: int = GROUPS) -> ChiSquared:
    """Pearson chi-squared over groups cut at the type-7 quantiles of mu, right-closed; equal cuts merged.

    df = groups - 2. Source: Hosmer and Lemeshow (1980).
    """
    value = np.round(mu, TIE_DECIMALS)
    cuts = np.unique(np.quantile(value, np.linspace(0, 1, groups + 1)))
    group = np.maximum(np.searchsorted(cuts, value, side="left") - 1, 0)
    n_groups = len(cuts) - 1
    if n_groups < 3:
        return ChiSquared(float("nan"), 0)
    total = events + nonevents
    observed = np.bincount(group, weights=events, minlength=n_groups)
    expected = np.bincount(group, weights=total * mu, minlength=n_groups)
    size = np.bincount(group, weights=total, minlength=n_groups)
    statistic = ((observed - expected) ** 2 / (expected * (1.0 - expected / size))).sum()
    return ChiSquared(float(statistic), n_groups - 2)
