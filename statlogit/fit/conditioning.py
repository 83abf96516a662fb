"""Whether the information at the end of a climb can be trusted."""

from __future__ import annotations

import numpy as np

from statlogit.core.linalg import cholesky
from statlogit.solvers.protocol import Solution

ILL_CONDITIONED = 1e-9  # smallest pivot of the information with unit diagonal


def is_ill_conditioned(solution: Solution) -> bool:
    """The information at the end is too near singular for its sums to be trusted."""
    last = solution.trace[-1]
    if last.quadratic is None:
        return False
    lower = cholesky(last.quadratic.information)
    if lower is None:
        return True
    share = np.diag(lower) ** 2 / np.diag(last.quadratic.information)
    return bool(share.min(initial=1.0) < ILL_CONDITIONED)
