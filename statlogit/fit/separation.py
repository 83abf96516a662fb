"""Separation decided exactly: which rows the likelihood can fit perfectly, which coefficients are infinite, and why.

The likelihood has no finite maximum if and only if some direction d has s_i x_i'd >= 0 in every row whose outcome
is pure (s = +1 all events, -1 none) and x_i'd = 0 in every mixed row, with at least one strict inequality
(Albert and Anderson 1984; Silvapulle 1981). Newton's own step under separation tends to such a direction. It is
cleaned to the exact null space of the rows it leaves at zero, verified row by row at rounding level, and only then
believed. Removing the separated rows leaves the limiting conditional model; when that has a certified finite
maximum, its estimates are the limits of the finite coefficients (Geyer 2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.coordinates import Coordinates
from statlogit.core.families import Bernoulli
from statlogit.core.types import Array, BoolArray, IntArray
from statlogit.fit.certificate import Certificate
from statlogit.fit.estimate import Estimate, Settings, estimate, is_runaway

SeparationKind = Literal["none", "quasi", "complete"]

ROUNDING = 2.0**-38  # |x'd| below this share of sum |x_j d_j| is zero up to the rounding of the data's own digits
NULL_SPACE = 1e-9  # singular values of the standardised remaining rows below this share count as zero
SNAP = 1e-10  # components of a direction below this share of the largest are rounding
NESTED = 64.0  # a later direction of a nested separation counts this much less than the one before
MOST_LEVELS = 25  # nested separations looked for before giving up


@dataclass(frozen=True, slots=True)
class Limit:
    """The limiting conditional model: the maximum over the rows that are not predicted perfectly."""

    beta: Array  # (p,) nan where not identified by those rows
    covariance: Array  # (p, p)
    loglik: float  # kernel; the supremum of the whole likelihood
    deviance: float
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Separation:
    """What is infinite and which rows make it so."""

    kind: SeparationKind
    infinite: tuple[int, ...] = ()  # design columns without a finite estimate
    signs: tuple[int, ...] = ()  # +1 or -1 each
    rows: IntArray | None = None  # positions, among the used rows, of those predicted perfectly
    direction: Array | None = None  # (p,) of recession: moving along it the likelihood rises for ever
    limit: Limit | None = None  # the limiting conditional model, None when complete


NONE = Separation("none")


class Proof(NamedTuple):
    """A direction of recession, verified row by row, and the rows it moves."""

    strict: BoolArray
    direction: Array


def decide(block: Block, found: Estimate, *, intercept: int | None, settings: Settings) -> Separation:
    """Decide whether these rows are separated. found: the estimate whose solve ran away."""
    sign = _signs(block)
    kept = list(found.coordinates.kept)
    x = block.x.to_array()[:, kept]
    place = None if intercept is None else kept.index(intercept)
    active = np.arange(len(x))
    separated: list[IntArray] = []
    step, limit = _direction(found)[kept], None
    path = np.zeros(x.shape[1])
    for _ in range(MOST_LEVELS):
        proof = _verified(x[active], sign[active], step) or _by_programme(x[active], sign[active])
        if proof is None:
            break
        strict, clean = proof
        path += clean / float(np.abs(x[active] @ clean).max()) * NESTED ** -len(separated)
        separated.append(active[strict])
        active = active[~strict]
        if not len(active):
            limit = None
            break
        limit = estimate(_rows(block, x, active), Bernoulli(), intercept=place, settings=settings)
        if not is_runaway(limit):
            break
        step = _direction(limit)
    if not separated:
        return NONE
    rows = np.sort(np.concatenate(separated))
    whole = None if limit is None else _over(limit, kept, found.coordinates.n_columns)
    return _described(x, rows, active, found.coordinates, whole, path)


def _rows(block: Block, x: Array, keep: IntArray) -> InMemory:
    return InMemory(Block(Dense(x[keep]), block.y[keep], block.weight[keep], block.offset[keep]))


def _signs(block: Block) -> Array:
    share = block.y[:, 0]
    return np.where(share >= 1.0, 1.0, np.where(share <= 0.0, -1.0, 0.0))


def _direction(found: Estimate) -> Array:
    """The last Newton step, or the last move, in design columns."""
    last = found.solution.trace[-1]
    gamma = last.direction if last.direction is not None else last.beta
    out = np.zeros(found.coordinates.n_columns)
    out[list(found.coordinates.kept)] = found.coordinates.to_design(gamma)[:, 0]
    return out


def _verified(x: Array, sign: Array, direction: Array) -> Proof | None:
    """The cleaned direction and the rows it separates, or None where it separates nothing or errs somewhere."""
    if not np.isfinite(direction).all():
        return None
    moved = x @ direction
    size = np.abs(moved).max(initial=0.0)
    if size == 0.0:
        return None
    # a Newton step moves separated rows by about one and the others hardly at all
    for threshold in (0.5, 0.1, 1e-3):
        clean = _cleaned(x, direction, np.abs(moved) <= threshold * size)
        proof = _row_by_row(x, sign, clean)
        if proof is not None:
            return proof
    return None


def _sizes(x: Array) -> Array:
    scale = np.sqrt(np.square(x).mean(axis=0))
    return np.where(scale == 0, 1.0, scale)


def _null_space(rest: Array, scale: Array) -> Array:
    """Rows are an orthonormal basis of the directions, in units of scale, that leave these rows where they are."""
    _, singular, vt = np.linalg.svd(np.linalg.qr(rest / scale, mode="r"))
    rank = int((singular > NULL_SPACE * singular.max(initial=0.0)).sum())
    return np.asarray(vt[rank:])


def _cleaned(x: Array, direction: Array, still: BoolArray) -> Array:
    """The direction projected on the null space of the rows that should not move, rounding snapped to zero."""
    if not still.any():
        return direction
    scale = _sizes(x)
    basis = _null_space(x[still], scale)
    projected = basis.T @ (basis @ (direction * scale))
    projected[np.abs(projected) <= SNAP * np.abs(projected).max(initial=0.0)] = 0.0
    return np.asarray(projected / scale)


def _row_by_row(x: Array, sign: Array, direction: Array) -> Proof | None:
    moved = x @ direction
    noise = ROUNDING * (np.abs(x) @ np.abs(direction))
    wrong = np.where(sign == 0, np.abs(moved) > noise, sign * moved < -noise)
    strict = (sign != 0) & (sign * moved > noise)
    return Proof(strict, direction) if strict.any() and not wrong.any() else None


def _by_programme(x: Array, sign: Array) -> Proof | None:
    """The largest separated set by linear programming (HiGHS), verified like any other direction."""
    import scipy.optimize  # imported where it is needed: a fit hardly ever gets here
    import scipy.sparse

    scale = np.abs(x).max(axis=0)
    scale[scale == 0] = 1.0
    pure = sign != 0
    rows = np.unique(np.where(pure, sign, 1.0)[:, None] * x / scale, axis=0)
    n, p = rows.shape
    if n * p > 2_000_000:
        return None
    slack = scipy.sparse.hstack([scipy.sparse.csr_array(-rows), scipy.sparse.eye_array(n)], format="csr")
    fixed = x[~pure] / scale
    solved = scipy.optimize.linprog(
        np.concatenate([np.zeros(p), -np.ones(n)]),
        A_ub=slack,
        b_ub=np.zeros(n),
        A_eq=np.hstack([fixed, np.zeros((len(fixed), n))]) if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=[(-1e6, 1e6)] * p + [(0.0, 1.0)] * n,
        method="highs",
    )
    if solved.status != 0 or solved.x is None or solved.fun is None or solved.fun > -0.5:
        return None
    direction = np.asarray(solved.x[:p]) / scale
    moved = np.abs(x @ direction)
    clean = _cleaned(x, direction, moved <= 1e-7 * moved.max())
    return _row_by_row(x, sign, clean)


def _described(
    x: Array, rows: IntArray, active: IntArray, place: Coordinates, limit: Limit | None, path: Array
) -> Separation:
    """Infinite columns: those that some direction of recession moves, with the sign of the path."""
    kept = list(place.kept)
    basis = np.eye(len(kept))
    if len(active):
        basis = _null_space(x[active], _sizes(x))
    moves = np.sqrt(np.square(basis).sum(axis=0)) > SNAP
    infinite = tuple(kept[j] for j in np.flatnonzero(moves))
    signs = tuple(1 if path[j] > 0 else -1 for j in np.flatnonzero(moves))
    kind: SeparationKind = "quasi" if len(active) else "complete"
    direction = np.zeros(place.n_columns)
    direction[kept] = path
    return Separation(kind, infinite, signs, rows, direction, limit)


def _over(limit: Estimate, kept: list[int], n_columns: int) -> Limit:
    """The limiting model's estimates at the positions of the design columns."""
    beta, covariance = np.full(n_columns, np.nan), np.full((n_columns, n_columns), np.nan)
    beta[kept] = limit.beta[:, 0]
    covariance[np.ix_(kept, kept)] = limit.covariance
    return Limit(beta, covariance, limit.loglik, limit.deviance, limit.certificate)
