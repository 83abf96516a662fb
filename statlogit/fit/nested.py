"""The maximum of a nested model from the full one, by score passes alone.

Near the full maximum its information is a good curvature for every submodel: start at the submodel's maximum of the
full model's quadratic expansion, then step with that fixed curvature until the step is beyond the digits. A strong
term can make the curvature a bad guide; then the answer is None and the caller refits from scratch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from statlogit.core.coordinates import Coordinates, InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.types import Array
from statlogit.fit.estimate import Selected
from statlogit.fit.model import Fit, rows_of

LEFT = 1e-6  # standard errors from the maximum after the last step: nothing in a log-likelihood
LAST_STEP = 1e-5  # standard errors: half its square is added to the log-likelihood, which is then right to 5e-12
CONTRACTION = 0.6  # each step must shrink the decrement to this share of the one before
MOST_PASSES = 12


def nested_loglik(fit: Fit, columns: Sequence[int]) -> float | None:
    """Kernel log-likelihood at the maximum over these design columns, or None where this way is not safe."""
    place = fit.estimate.coordinates
    if place.root is not None or place.aliased or fit.separation.kind != "none" or fit.settings.penalised:
        return None
    if not fit.estimate.solution.converged:
        return None
    inner, r, q = list(columns), len(place.kept), fit.beta.shape[1]
    chosen = np.concatenate([k * r + np.array(inner, dtype=np.intp) for k in range(q)])
    left_out = np.setdiff1d(np.arange(r * q), chosen)
    root = np.linalg.inv(fit.estimate.root)
    information = root.T @ root
    lower = cholesky(information[np.ix_(chosen, chosen)])
    if lower is None:
        return None
    full = place.from_design(fit.beta).ravel(order="F")
    start = full[chosen] + _solve(lower, information[np.ix_(chosen, left_out)] @ full[left_out])
    objective = Objective(
        InCoordinates(Selected(rows_of(fit.frame), tuple(inner)), _restricted(place, inner)), family_of(q)
    )
    near = climb(objective, start, lower, LEFT)
    return None if near is None else near.loglik


def _restricted(place: Coordinates, inner: list[int]) -> Coordinates:
    intercept = inner.index(place.intercept) if place.intercept in inner else None
    n = len(inner)
    return Coordinates(n, tuple(range(n)), place.centre[inner], place.scale[inner], intercept, None)


class Near(NamedTuple):
    """A maximum reached by score passes: vec(gamma) and the log-likelihood, short of it by rounding only."""

    gamma: Array
    loglik: float


def climb(objective: Objective, gamma: Array, lower: Array, left: float) -> Near | None:
    """Steps with the fixed curvature lower @ lower' from vec(gamma); None where they do not contract.

    left: standard errors from the maximum that the last step may leave.
    """
    before = np.inf
    for _ in range(MOST_PASSES):
        at = objective.slope_at(gamma.reshape(objective.shape, order="F"))
        score = at.score.ravel(order="F")
        step = _solve(lower, score)
        decrement = float(np.sqrt(max(float(score @ step), 0.0)))
        pace = min(decrement / before, CONTRACTION) if before < np.inf else CONTRACTION
        if decrement <= LAST_STEP and decrement * pace <= left:
            return Near(gamma + step, at.loglik + 0.5 * decrement**2)
        if not decrement < CONTRACTION * before:
            return None
        before, gamma = decrement, gamma + step
    return None


def _solve(lower: Array, b: Array) -> Array:
    return solve_lower(lower, solve_lower(lower, b), transpose=True)
