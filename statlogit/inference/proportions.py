"""Intervals for a proportion."""

from __future__ import annotations

import numpy as np

from statlogit.core.types import Array
from statlogit.inference.wald import critical


def wilson(events: Array, n: Array, level: float) -> tuple[Array, Array]:
    """Score interval of events / n; nan where n = 0. Weighted counts need not be whole.

    Source: Wilson (1927); Brown, Cai and DasGupta (2001), equation 4.

    >>> low, high = wilson(np.array([2.0]), np.array([10.0]), 0.95)
    >>> float(low[0].round(6)), float(high[0].round(6))
    (0.056682, 0.509838)
    """
    z = critical(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, rest = events / n, (n - events) / n
        stretch = 1.0 + z**2 / n
        centre = (share + z**2 / (2.0 * n)) / stretch
        half = z * np.sqrt(share * rest / n + z**2 / (4.0 * n**2)) / stretch
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
