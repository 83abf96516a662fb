"""The maxima of nested models from the full one, by score passes alone.

Near the full maximum its information is a good curvature for every submodel: start at the submodel's maximum of the
full model's quadratic expansion, then step with that fixed curvature until the step is beyond the digits. Binary
models climb together, one pass over the rows for all of them, and of many rows a sample foresees each step. A strong
term can make the curvature a bad guide; then the answer is None and the caller refits from scratch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from statlogit.core.blocks import Block, RowBlocks, Selected
from statlogit.core.columns import gathered
from statlogit.core.coordinates import Coordinates, InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.sample import sample
from statlogit.core.several import Slopes, block_slopes
from statlogit.core.types import Array, IntArray
from statlogit.fit.model import Fit, rows_of

LEFT = 1e-6  # standard errors from the maximum after the last step: nothing in a log-likelihood
LAST_STEP = 1e-5  # standard errors: half its square is added to the log-likelihood, which is then right to 5e-12
CONTRACTION = 0.6  # each step must shrink the decrement to this share of the one before
MOST_PASSES = 12
LOST = 1e-12  # of a likelihood-ratio statistic (of 1 where that is less): what the last step may leave
MANY_ROWS, LOST_OF_MANY = 200_000, 5e-9  # from which on a sample of the rows foresees each step, and the same there
ROWS_A_SAMPLED = 16
FORESEEN = 1e-2  # share of its first step that a step on the sample may leave


def nested_logliks(fit: Fit, models: Sequence[Sequence[int]]) -> list[float | None]:
    """Kernel log-likelihoods at the maxima over these design columns, None where this way is not safe."""
    place = fit.estimate.coordinates
    unsafe = place.root is not None or place.aliased or fit.separation.kind != "none" or fit.settings.penalised
    if unsafe or not fit.estimate.solution.converged:
        return [None] * len(models)
    full = _Full.of(fit)
    if fit.beta.shape[1] > 1 or not place.near:
        return [_alone(fit, full, list(columns)) for columns in models]
    made = [_submodel(full, columns) for columns in models]
    reached = iter(_together(fit, full, [m for m in made if m is not None]))
    return [None if m is None else next(reached) for m in made]


@dataclass(frozen=True, slots=True)
class _Full:
    """The full model in its coordinates."""

    place: Coordinates
    gamma: Array  # (r*q,)
    information: Array  # (r*q, r*q)

    @classmethod
    def of(cls, fit: Fit) -> _Full:
        root, place = np.linalg.inv(fit.estimate.root), fit.estimate.coordinates
        return cls(place, place.from_design(fit.beta).ravel(order="F"), root.T @ root)

    def start(self, chosen: IntArray, lower: Array) -> Array:
        """The maximum of the quadratic expansion where only the chosen coordinates may differ from zero."""
        left_out = np.setdiff1d(np.arange(len(self.gamma)), chosen)
        return np.asarray(
            self.gamma[chosen] + _solve(lower, self.information[np.ix_(chosen, left_out)] @ self.gamma[left_out])
        )


@dataclass(frozen=True, slots=True)
class _Submodel:
    """Some coordinates of the full model, the others zero."""

    chosen: IntArray  # (k,)
    lower: Array  # (k, k) Cholesky factor of the full model's information over them
    start: Array  # (r,)

    def step(self, score: Array) -> Array:
        """(r,) along the chosen coordinates."""
        out = np.zeros(len(score))
        out[self.chosen] = _solve(self.lower, score[self.chosen])
        return out


def _submodel(full: _Full, columns: Sequence[int]) -> _Submodel | None:
    if full.place.intercept is not None and full.place.intercept not in columns:
        return None  # the centres of the columns are held in the intercept
    chosen = np.array(columns, dtype=np.intp)
    lower = cholesky(full.information[np.ix_(chosen, chosen)])
    if lower is None:
        return None
    start = np.zeros(len(full.gamma))
    start[chosen] = full.start(chosen, lower)
    return _Submodel(chosen, lower, start)


def _together(fit: Fit, full: _Full, models: list[_Submodel]) -> list[float | None]:
    """The log-likelihood at the maximum of each, None where its steps do not contract."""
    found: list[float | None] = [None] * len(models)
    rows, few = rows_of(fit.frame), _few(fit)
    lost = LOST if few is None else LOST_OF_MANY
    active, before = np.arange(len(models)), np.full(len(models), np.inf)
    top = full.gamma[:, None]  # where the score vanishes
    ahead, rate = _foreseen(few, full.place, models, top, np.zeros_like(top), np.array([m.start for m in models]).T)
    for n_passes in range(MOST_PASSES if models else 0):
        here, climbing = ahead, [models[k] for k in active]
        is_start = n_passes == 0 and few is not None  # too far from the maxima for their log-likelihoods
        at = _slopes(rows, full.place, here, score_alone=is_start)
        allowed = lost * np.maximum(2.0 * (fit.estimate.loglik - at.loglik), 1.0)
        ahead = here + _steps(climbing, at.score)
        gained, pace = _gained(at.score, ahead - here), rate
        if is_start or not (gained * pace <= allowed).all():
            ahead, rate = _foreseen(few, full.place, climbing, here, at.score, ahead)
            gained = _gained(at.score, ahead - here)
            pace = np.where(before < np.inf, np.sqrt(gained / before), CONTRACTION)
        done = (gained * pace <= allowed) & (not is_start)
        for k in np.flatnonzero(done):
            found[active[k]] = float(at.loglik[k] + gained[k])
        on = ~done & (pace <= CONTRACTION)
        if not on.any():
            break
        active, before, here, ahead, rate = active[on], gained[on], here[:, on], ahead[:, on], rate[on]
    return found


def _gained(score: Array, step: Array) -> Array:
    """(m,) what the log-likelihoods gain by steps (r, m) to where the score vanishes."""
    return np.asarray(0.5 * np.maximum((score * step).sum(axis=0), 0.0))


def _few(fit: Fit) -> Block | None:
    """A sample weighed to stand for all rows, where they are many."""
    if fit.n_rows < MANY_ROWS:
        return None
    some = sample(rows_of(fit.frame), fit.n_rows // ROWS_A_SAMPLED).block
    return replace(some, x=gathered(some.x), large=True)


def _foreseen(
    few: Block | None, place: Coordinates, models: list[_Submodel], here: Array, score: Array, ahead: Array
) -> tuple[Array, Array]:
    """(r, m) where the score of all rows vanishes if it changes from `here` on as that of the sample does.

    score: that of all rows at `here`, (r, m) or (r, 1) for one place; ahead: (r, m) where to start, and the answer
    without a sample or where the steps do not contract. Beside it, (m,), the share of a step that the next one still
    had to go, inf where that is not known.
    """
    unknown = np.full(len(models), np.inf)
    if few is None or not models:
        return ahead, unknown
    lacking = _scores(few, place, here) - score
    gamma, enough, before, rate = ahead, np.zeros(len(models)), unknown, np.zeros(len(models))
    for k in range(MOST_PASSES):
        apart = _scores(few, place, gamma) - lacking
        step = _steps(models, apart)
        decrement = np.sqrt(np.maximum((apart * step).sum(axis=0), 0.0))
        enough = FORESEEN * decrement if k == 0 else enough
        if not (decrement < before).all():
            return ahead, unknown
        rate = np.maximum(rate, decrement / before)
        gamma, before = gamma + step, decrement
        if k > 0 and (decrement * rate <= enough).all():
            break
    return gamma, rate


def _slopes(rows: RowBlocks, place: Coordinates, gamma: Array, score_alone: bool) -> Slopes:
    """One pass over the design columns; the scores in these coordinates."""
    found: Slopes = rows.fold(partial(block_slopes, beta=place.padded(gamma), score_alone=score_alone))
    return Slopes(found.loglik, place.score(found.score))


def _scores(few: Block, place: Coordinates, gamma: Array) -> Array:
    return place.score(block_slopes(few, place.padded(gamma), score_alone=True).score)


def _steps(models: list[_Submodel], score: Array) -> Array:
    return np.array([m.step(s) for m, s in zip(models, score.T, strict=True)]).T


def _alone(fit: Fit, full: _Full, inner: list[int]) -> float | None:
    r, q = len(full.place.kept), fit.beta.shape[1]
    chosen = np.concatenate([k * r + np.array(inner, dtype=np.intp) for k in range(q)])
    lower = cholesky(full.information[np.ix_(chosen, chosen)])
    if lower is None:
        return None
    objective = Objective(
        InCoordinates(Selected(rows_of(fit.frame), tuple(inner)), _restricted(full.place, inner)), family_of(q)
    )
    near = climb(objective, full.start(chosen, lower), lower, LEFT)
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
