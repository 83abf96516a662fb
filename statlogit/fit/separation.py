"""Separation decided exactly: which rows the likelihood can fit perfectly, which coefficients are infinite, and why.

The likelihood has no finite maximum if and only if there is a direction of recession that decides a comparison
(fit/recession.py). Newton's own step under separation tends to such a direction. It is cleaned to the exact null
space of the comparisons it leaves at zero, verified row by row at rounding level, and only then believed; where it
fails, a linear programme decides. Leaving out the classes that lose all probability gives the limiting conditional
model; when that has a certified finite maximum, its estimates are the limits of the finite coefficients (Geyer 2009).
Every step is a pass over blocks, so rows may be in memory or in files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Self

import numpy as np

from statlogit.core.blocks import InMemory, RowBlocks, Selected
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.core.types import Array, IntArray, Status
from statlogit.fit.certificate import Certificate
from statlogit.fit.estimate import Estimate, Settings, estimate, is_runaway
from statlogit.fit.gathered import gathered
from statlogit.fit.programme import by_programme
from statlogit.fit.recession import Comparisons
from statlogit.fit.softmax_separation import limiting_choices
from statlogit.fit.undecided import SNAP, Proof, Undecided, extent, null_space, open_triangle, verified

SeparationKind = Literal["none", "quasi", "complete"]

NESTED = 64.0  # a later direction of a nested separation counts this much less than the one before, or still less
FEWEST_ITERATIONS = 100  # of the limiting model, however early the first solve had to stop
SUSPECT = 0.05  # of the largest move: what converges moves less by the time that a climb is given up
MOST_LEVELS = 25  # nested separations looked for before giving up
MOST_PLACES = 10_000_000  # rows that are named one by one


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
    n_rows: int = 0  # how many those are; rows is None where they are more than MOST_PLACES
    direction: Array | None = None  # (p*q,) of recession: moving along it the likelihood rises for ever
    levels: tuple[Array, ...] = ()  # (p, q) the directions one by one: each decides what those before it left open
    limit: Limit | None = None  # the limiting conditional model, None when complete
    base: int = 0  # the class (0 the reference) against which the fewest contrasts are infinite


NONE = Separation("none")


def decide(rows: RowBlocks, found: Estimate, *, intercept: int | None, settings: Settings) -> Separation:
    """Decide whether these rows are separated. found: the estimate whose solve ran away."""
    kept = list(found.coordinates.kept)
    place = None if intercept is None else kept.index(intercept)
    quiet = replace(settings, progress=None, max_iterations=max(settings.max_iterations, FEWEST_ITERATIONS))
    left = Undecided(Selected(rows, tuple(kept)))
    step, limit, n_left = last_step(found)[kept], None, 1
    path = np.zeros_like(step)
    for level in range(MOST_LEVELS):
        proof = verified(left, step) or by_programme(left)
        if proof is None:
            break
        path, n_left = _extended(path, proof, left, NESTED**-level), proof.n_left
        left = left.after(proof.direction)
        limit = _limit(left, place, quiet) if n_left else None
        if limit is None or not is_runaway(limit):
            break
        step = last_step(limit)
    if not left.directions:
        return NONE
    if limit is not None and limit.solution.status is Status.SEPARATED:  # a false alarm of the symptom: climb on
        limit = _limit(left, place, quiet, watch_separation=False)
    return _described(left, n_left, found, limit, path)


def _limit(left: Undecided, intercept: int | None, settings: Settings, *, watch_separation: bool = True) -> Estimate:
    """The maximum over what is left. With two classes a decided row is no choice at all, so rows are left out."""
    if left.n_classes > 2:
        return limiting_choices(left, intercept=intercept, settings=settings, watch_separation=watch_separation)
    return estimate(
        _near(left.open_rows), Bernoulli(), intercept=intercept, settings=settings, watch_separation=watch_separation
    )


def _near(rows: RowBlocks) -> RowBlocks:
    """Rows that many passes will read, in memory where they are few."""
    few = gathered(rows)
    return rows if few is None else InMemory(replace(few, x=Dense(few.x.to_array())))


def finite_rows(rows: RowBlocks, separation: Separation) -> RowBlocks:
    """The rows with a comparison that no direction decides: where the finite coefficients live."""
    return _near(Undecided(rows, separation.levels).open_rows) if separation.levels else rows


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


def _extended(path: Array, proof: Proof, left: Undecided, most: float) -> Array:
    """The path with a further direction, so small that every comparison decided before stays decided."""
    direction = proof.direction / proof.largest
    if left.directions:
        most = min(most, 0.5 * left.fold(partial(_share, path=path, direction=direction)).value)
    return np.asarray(path + most * direction)


@dataclass(frozen=True, slots=True)
class _Least:
    value: float

    def __add__(self, other: Self) -> Self:
        return type(self)(min(self.value, other.value))


def _share(found: Comparisons, path: Array, direction: Array) -> _Least:
    """How far along the direction the first decided comparison would no longer be."""
    before, change = found.margins(path)[0], found.margins(direction)[0]
    against = found.decided & (change < 0.0)
    return _Least(float((before[against] / -change[against]).min(initial=np.inf)))


def _described(left: Undecided, n_left: int, found: Estimate, limit: Estimate | None, path: Array) -> Separation:
    """Infinite coefficients: those that some direction of recession moves, with the sign of the path."""
    (r, q), p = path.shape, found.coordinates.n_columns
    basis = null_space(open_triangle(left, extent(left, path).scale)) if n_left else np.eye(r * q)
    moves = _size(basis) > SNAP
    kept = list(found.coordinates.kept)
    place = np.concatenate([k * p + np.array(kept, dtype=np.intp) for k in range(q)])
    flat = path.ravel(order="F")
    decided = left.fold(_places)
    return Separation(
        "quasi" if n_left else "complete",
        infinite=tuple(int(j) for j in place[moves]),
        signs=tuple(1 if v > 0 else -1 for v in flat[moves]),
        rows=decided.at,
        n_rows=decided.n_decided,
        direction=_over_design(path, kept, p).ravel(order="F"),
        levels=tuple(_over_design(direction, kept, p) for direction in left.directions),
        limit=None if limit is None else _over(limit, found.coordinates.kept, p),
        base=_best_base(basis.reshape(-1, q, r)),
    )


def _over_design(direction: Array, kept: list[int], p: int) -> Array:
    out = np.zeros((p, direction.shape[1]))
    out[kept] = direction
    return out


@dataclass(frozen=True, slots=True)
class _Places:
    """The rows with a decided comparison: how many, and where while they are few."""

    n: int
    n_decided: int
    at: IntArray | None

    def __add__(self, other: Self) -> Self:
        count, at = self.n_decided + other.n_decided, None
        if self.at is not None and other.at is not None and count <= MOST_PLACES:
            at = np.concatenate([self.at, self.n + other.at])
        return type(self)(self.n + other.n, count, at)


def _places(found: Comparisons) -> _Places:
    at = np.flatnonzero(found.decided.any(axis=1))
    return _Places(len(found.x), len(at), at)


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
