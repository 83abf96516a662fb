"""Separation decided exactly: which rows the likelihood can fit perfectly, which coefficients are infinite, and why.

The likelihood has no finite maximum if and only if there is a direction of recession that decides a comparison
(fit/recession.py). Newton's own step under separation tends to such a direction. It is cleaned to the exact null
space of the comparisons it leaves at zero, verified row by row at rounding level, and only then believed; where it
fails, a linear programme decides. Leaving out the classes that lose all probability gives the limiting conditional
model; when that has a certified finite maximum, its estimates are the limits of the finite coefficients (Geyer 2009).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.core.types import Array, IntArray, Status
from statlogit.fit.certificate import Certificate
from statlogit.fit.estimate import Estimate, Settings, estimate, is_runaway
from statlogit.fit.programme import by_programme
from statlogit.fit.recession import SNAP, Comparisons, Proof, comparisons, null_space, verified
from statlogit.fit.softmax_separation import limiting_choices

SeparationKind = Literal["none", "quasi", "complete"]

NESTED = 64.0  # a later direction of a nested separation counts this much less than the one before, or still less
FEWEST_ITERATIONS = 100  # of the limiting model, however early the first solve had to stop
SUSPECT = 0.05  # of the largest move: what converges moves less by the time that a climb is given up
MOST_LEVELS = 25  # nested separations looked for before giving up


@dataclass(frozen=True, slots=True)
class Limit:
    """The limiting conditional model: the maximum where the classes without probability are left out."""

    beta: Array  # (p*q,) nan where not identified by what is left
    covariance: Array  # (p*q, p*q)
    loglik: float  # kernel; the supremum of the whole likelihood
    deviance: float
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Separation:
    """What is infinite and which rows make it so. Coefficients by their place in vec(beta), (p*q,)."""

    kind: SeparationKind
    infinite: tuple[int, ...] = ()  # coefficients without a finite estimate
    signs: tuple[int, ...] = ()  # +1 or -1 each, along the direction; the others of the cone may differ
    rows: IntArray | None = None  # positions, among the used rows, of those where some class loses all probability
    direction: Array | None = None  # (p*q,) of recession: moving along it the likelihood rises for ever
    limit: Limit | None = None  # the limiting conditional model, None when complete
    base: int = 0  # the class (0 the reference) against which the fewest contrasts are infinite


NONE = Separation("none")


def decide(block: Block, found: Estimate, *, intercept: int | None, settings: Settings) -> Separation:
    """Decide whether these rows are separated. found: the estimate whose solve ran away."""
    kept = list(found.coordinates.kept)
    x = block.x.to_array()[:, kept]
    rows = Block(Dense(x), block.y, block.weight, block.offset)
    place = None if intercept is None else kept.index(intercept)
    quiet = replace(settings, progress=None, max_iterations=max(settings.max_iterations, FEWEST_ITERATIONS))
    left = whole = comparisons(x, block.y)
    step, limit = last_step(found)[kept], None
    path = np.zeros_like(step)
    for level in range(MOST_LEVELS):
        proof = verified(left, step) or by_programme(left)
        if proof is None:
            break
        path = _extended(path, proof, whole, left, NESTED**-level)
        left = left.without(proof.strict)
        limit = _limit(rows, left, place, quiet) if left.open.any() else None
        if limit is None or not is_runaway(limit):
            break
        step = last_step(limit)
    if not path.any():
        return NONE
    if limit is not None and limit.solution.status is Status.SEPARATED:  # a false alarm of the symptom: climb on
        limit = _limit(rows, left, place, quiet, watch_separation=False)
    return _described(whole, left, found, limit, path)


def _limit(
    rows: Block, left: Comparisons, intercept: int | None, settings: Settings, *, watch_separation: bool = True
) -> Estimate:
    """The maximum over what is left. With two classes a decided row is no choice at all, so rows are left out."""
    if left.n_classes > 2:
        return limiting_choices(rows, left, intercept=intercept, settings=settings, watch_separation=watch_separation)
    keep = np.flatnonzero(left.open.any(axis=1))
    some = InMemory(Block(Dense(left.x[keep]), rows.y[keep], rows.weight[keep], rows.offset[keep]))
    return estimate(some, Bernoulli(), intercept=intercept, settings=settings, watch_separation=watch_separation)


def suspects(found: Estimate) -> tuple[int, ...]:
    """Coefficients, by their place in vec(beta), that the last step still moves: a symptom of separation, no proof.

    A step of Newton's under separation tends to a direction of recession of constant length, while it leaves alone
    what converges; steps are compared per standard deviation of their column.
    """
    place = found.coordinates
    scale = np.zeros(place.n_columns)
    scale[list(place.kept)] = place.scale
    size = np.nan_to_num(np.abs(last_step(found)) * scale[:, None]).ravel(order="F")
    return tuple(np.flatnonzero(size > SUSPECT * size.max()).tolist()) if size.any() else ()


def last_step(found: Estimate) -> Array:
    """(p, q) the last Newton step, or the last move, in design columns."""
    last, place = found.solution.trace[-1], found.coordinates
    theta = last.direction if last.direction is not None else last.beta
    if found.basis is not None:
        theta = (found.basis @ theta).reshape(len(place.kept), -1, order="F")
    out = np.zeros(found.beta.shape)
    out[list(place.kept)] = place.to_design(theta)
    return out


def _extended(path: Array, proof: Proof, whole: Comparisons, left: Comparisons, most: float) -> Array:
    """The path with a further direction, so small that every comparison decided before stays decided."""
    direction = proof.direction / np.abs(np.where(left.open, left.margins(proof.direction)[0], 0.0)).max()
    before, change = whole.margins(path)[0], whole.margins(direction)[0]
    against = whole.open & ~left.open & (change < 0.0)
    share = float((before[against] / -change[against]).min(initial=np.inf))
    return np.asarray(path + min(most, 0.5 * share) * direction)


def _described(
    whole: Comparisons, left: Comparisons, found: Estimate, limit: Estimate | None, path: Array
) -> Separation:
    """Infinite coefficients: those that some direction of recession moves, with the sign of the path."""
    (r, q), p = path.shape, found.coordinates.n_columns
    basis = null_space(whole, left.open, left.scale()) if left.open.any() else np.eye(r * q)
    moves = _size(basis) > SNAP
    place = np.concatenate([k * p + np.array(found.coordinates.kept, dtype=np.intp) for k in range(q)])
    flat = path.ravel(order="F")
    direction = np.zeros(p * q)
    direction[place] = flat
    return Separation(
        "quasi" if left.open.any() else "complete",
        infinite=tuple(int(j) for j in place[moves]),
        signs=tuple(1 if v > 0 else -1 for v in flat[moves]),
        rows=np.flatnonzero((whole.open & ~left.open).any(axis=1)),
        direction=direction,
        limit=None if limit is None else _over(limit, found.coordinates.kept, p),
        base=_best_base(basis.reshape(-1, q, r)),
    )


def _size(basis: Array) -> Array:
    return np.asarray(np.sqrt(np.square(basis).sum(axis=0)))


def _best_base(basis: Array) -> int:
    """The class whose contrasts with the others are moved least often; the reference where it is one of them."""
    full = np.concatenate([np.zeros_like(basis[:, :1]), basis], axis=1)
    counts = [int((_size(full - full[:, [k]]) > SNAP).sum()) for k in range(full.shape[1])]
    return int(np.argmin(counts))


def _over(limit: Estimate, kept: tuple[int, ...], p: int) -> Limit:
    """The limiting model's estimates at the places of the design's coefficients."""
    q = limit.beta.shape[1]
    place = np.concatenate([k * p + np.array(kept, dtype=np.intp) for k in range(q)])
    beta, covariance = np.full(p * q, np.nan), np.full((p * q, p * q), np.nan)
    beta[place] = limit.beta.ravel(order="F")
    covariance[np.ix_(place, place)] = limit.covariance
    return Limit(beta, covariance, limit.loglik, limit.deviance, limit.certificate)
