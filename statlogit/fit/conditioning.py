"""Whether the information at the end of a climb can be trusted."""

from __future__ import annotations

from statlogit.core.factorise import factorise
from statlogit.solvers.protocol import Solution

ILL_CONDITIONED = 1e-9  # smallest pivot of the information with unit diagonal


def is_ill_conditioned(solution: Solution) -> bool:
    """The information at the end is too near singular for its sums to be trusted."""
    last = solution.trace[-1]
    if last.quadratic is None:
        return False
    factor = factorise(last.quadratic.information)
    return factor is None or factor.smallest_share < ILL_CONDITIONED
