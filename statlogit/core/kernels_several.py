"""The compiled pointwise pass of several binary models of the same rows; numpy's path is its oracle."""

from __future__ import annotations

import numpy as np
from numba import njit

from statlogit.core.kernels_codes import CHUNK, SUMS
from statlogit.core.kernels_rows import log_of_product, residuals, total


@njit(**SUMS)
def residuals_of_models(eta, y, weight, score, loglik, score_alone):
    """score = weight (y - mu) of each model, (m, n); adds each log-likelihood to loglik, (m,), unless the
    score alone is wanted. eta is overwritten."""
    n = len(y)
    small = np.empty(CHUNK)
    for start in range(0, n, CHUNK):
        k = min(CHUNK, n - start)
        for j in range(len(eta)):
            part = eta[j, start:]
            residuals(part, y[start:], weight[start:], small, score[j, start:], k)
            if not score_alone:
                loglik[j] += total(part, k) - log_of_product(small, weight[start:], k)
