"""Ridge with more penalised columns than rows: solved in as many coordinates as there are rows.

With strengths S, the scaled coefficients delta = S^1/2 beta of the maximum lie in the row space of Z S^-1/2, Z the
penalised columns (centred beside an intercept): whatever is orthogonal to it costs penalty and changes no prediction.
With V an orthonormal basis of that space, delta = V theta, the penalty is |theta|^2 / 2 and the rows are Z S^-1/2 V,
the transposed triangle of a QR decomposition. Columns without a penalty stay as they are. The estimate is the same;
in its covariance the directions orthogonal to V keep the variance 1 / strength of the prior.
Source: Saunders, Gammerman and Vovk (1998); Hastie and Tibshirani (2004), section 2, on the reduction; Woodbury.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.blocks import Block, InMemory, RowBlocks
from statlogit.core.columns import Dense
from statlogit.core.coordinates import Coordinates
from statlogit.core.families import Family
from statlogit.core.types import Array, IntArray
from statlogit.design.streamed import Frame
from statlogit.fit.certificate import Certificate, correct_digits
from statlogit.fit.estimate import Estimate, Settings, estimate

UNIT = 2.0**-53


@dataclass(frozen=True, slots=True)
class RowSpace:
    """beta = map @ (the coefficients of the free columns, theta)."""

    free: IntArray  # (u,) design columns without a penalty
    penalised: IntArray  # (m,)
    strengths: Array  # (m,)
    centre: Array  # (m,) of the penalised columns; zero without an intercept
    basis: Array  # (m, n) V
    intercept: int | None  # its place among the free

    @property
    def to_scale(self) -> Array:
        """(m, n) S^-1/2 V: the penalised coefficients from theta."""
        return np.asarray(self.basis / np.sqrt(self.strengths)[:, None])

    def to_design(self, reduced: Array) -> Array:
        """(u + n, k) -> (p, k)."""
        u = len(self.free)
        out = np.empty((u + len(self.penalised), reduced.shape[1]))
        out[self.free] = reduced[:u]
        out[self.penalised] = self.to_scale @ reduced[u:]
        if self.intercept is not None:
            out[self.free[self.intercept]] -= self.centre @ out[self.penalised]
        return out

    def from_design(self, beta: Array) -> Array:
        """(p, k) -> (u + n, k), without what is orthogonal to the row space."""
        free = beta[self.free]
        if self.intercept is not None:
            free[self.intercept] += self.centre @ beta[self.penalised]
        return np.vstack([free, self.basis.T @ (np.sqrt(self.strengths)[:, None] * beta[self.penalised])])


def is_wide(n_rows: int, settings: Settings) -> bool:
    """More penalised columns than rows."""
    return settings.ridge is not None and sum(s > 0.0 for s in settings.ridge) > n_rows


def solved_columns(ridge: tuple[float, ...] | None, frame: Frame) -> int:
    """How many coefficients the solver moves for each equation."""
    n, p = frame.n_rows, len(frame.design.names)
    penalised = 0 if ridge is None else sum(s > 0.0 for s in ridge)
    return p - penalised + min(penalised, n)


def estimate_dual(
    rows: RowBlocks, family: Family, *, intercept: int | None, settings: Settings, start: Array | None = None
) -> Estimate:
    """What `estimate` finds, by way of the row space. Settings.ridge must be given."""
    space, block, inner = row_space(rows, settings, intercept)
    begin = None if start is None else space.from_design(start)
    found = estimate(InMemory(block), family, intercept=space.intercept, settings=inner, start=begin)
    return _lifted(found, space, intercept, settings)


def row_space(rows: RowBlocks, settings: Settings, intercept: int | None) -> tuple[RowSpace, Block, Settings]:
    """The rows in as many columns as there are rows, and the settings with the penalty there."""
    space, block = _reduced(_together(rows), np.array(settings.ridge), intercept)
    strengths = (*[0.0] * len(space.free), *[1.0] * space.basis.shape[1])
    return space, block, replace(settings, ridge=strengths)


def _together(rows: RowBlocks) -> Block:
    blocks = list(rows)
    x = np.vstack([block.x.to_array() for block in blocks])
    y, weight, offset = (np.concatenate([getattr(b, name) for b in blocks]) for name in ("y", "weight", "offset"))
    return Block(Dense(x), y, weight, offset)


def _reduced(whole: Block, strengths: Array, intercept: int | None) -> tuple[RowSpace, Block]:
    x = whole.x.to_array()
    free, penalised = np.flatnonzero(strengths == 0.0), np.flatnonzero(strengths > 0.0)
    z, s = x[:, penalised], strengths[penalised]
    centre = np.zeros(len(penalised)) if intercept is None else z.mean(axis=0)
    basis, triangle = np.linalg.qr(((z - centre) / np.sqrt(s)).T)
    at = None if intercept is None else int(np.searchsorted(free, intercept))
    space = RowSpace(free, penalised, s, centre, basis, at)
    return space, Block(Dense(np.hstack([x[:, free], triangle.T])), whole.y, whole.weight, whole.offset)


def _lifted(found: Estimate, space: RowSpace, intercept: int | None, settings: Settings) -> Estimate:
    """The reduced estimate in the design's own columns; aliased columns without a penalty are nan, as always."""
    p, q = len(space.free) + len(space.penalised), found.beta.shape[1]
    aliased = space.free[list(found.coordinates.aliased)]
    reduced = np.nan_to_num(found.beta)
    beta = space.to_design(reduced)
    beta[aliased] = np.nan
    kept = tuple(j for j in range(p) if j not in set(aliased.tolist()))
    at = None if intercept is None else kept.index(intercept)
    place = Coordinates(p, kept, np.zeros(len(kept)), np.ones(len(kept)), at, None)
    if not settings.inference:
        nothing = np.broadcast_to(np.float64(np.nan), (p * q, p * q))
        return replace(found, beta=beta, covariance=nothing, root=nothing, coordinates=place)
    covariance = _covariance(space, np.nan_to_num(found.covariance), q, settings.symmetric)
    root = np.vstack([space.to_design(_rows_of(found, k)) for k in range(q)])
    gone = np.concatenate([k * p + aliased for k in range(q)]).astype(np.intp)
    covariance[gone], covariance[:, gone] = np.nan, np.nan
    std_error = np.sqrt(np.diag(covariance)).reshape(p, q, order="F")
    certificate = _certificate(found.certificate, space, reduced, beta, std_error)
    shrunk = found.shrunk + q * (len(kept) - found.rank)
    return replace(
        found, beta=beta, covariance=covariance, root=root, coordinates=place, certificate=certificate, shrunk=shrunk
    )


def _rows_of(found: Estimate, k: int) -> Array:
    """(u + n, s) the part of equation k of a root of the reduced covariance, zero for aliased columns."""
    r, place = found.rank, found.coordinates
    out = np.zeros((place.n_columns, found.root.shape[1]))
    out[list(place.kept)] = place.to_design(found.root[k * r : (k + 1) * r])
    return out


def _covariance(space: RowSpace, reduced: Array, q: int, symmetric: bool) -> Array:
    """(p*q, p*q): the reduced covariance mapped, and the prior's variance orthogonal to the row space.

    S^-1 - S^-1/2 V V' S^-1/2 and what it means for the intercept; never a (p*q, p*q) inverse. Equations are
    independent there, but for a symmetric penalty (I - 11'/K), whose inverse is I + 11'.
    """
    u, n = len(space.free), space.basis.shape[1]
    p, size = u + len(space.penalised), u + n
    out = np.empty((p * q, p * q))
    prior = _prior(space)
    for k in range(q):
        for j in range(k + 1):
            cell = reduced[k * size : (k + 1) * size, j * size : (j + 1) * size]
            mapped = space.to_design(space.to_design(cell).T).T
            mapped += ((j == k) + symmetric) * prior
            out[k * p : (k + 1) * p, j * p : (j + 1) * p] = mapped
            out[j * p : (j + 1) * p, k * p : (k + 1) * p] = mapped.T
    return out


def _prior(space: RowSpace) -> Array:
    """(p, p) covariance of the directions of which the rows say nothing."""
    u, m = len(space.free), len(space.penalised)
    spread = space.to_scale
    inner = np.diag(1.0 / space.strengths) - spread @ spread.T
    out = np.zeros((u + m, u + m))
    out[np.ix_(space.penalised, space.penalised)] = inner
    if space.intercept is not None:
        at, pull = space.free[space.intercept], inner @ space.centre
        out[at, space.penalised] = out[space.penalised, at] = -pull
        out[at, at] = space.centre @ pull
    return out


def _certificate(reduced: Certificate, space: RowSpace, theta: Array, beta: Array, std_error: Array) -> Certificate:
    """The distance holds for every linear combination of the coefficients; the map adds its own rounding."""
    if not math.isfinite(reduced.distance):
        return reduced
    sizes = replace(space, basis=np.abs(space.basis), centre=-np.abs(space.centre)).to_design(np.abs(theta))
    rounding = UNIT * (len(theta) + 4.0) * sizes / std_error
    distance = reduced.distance + float(rounding[np.isfinite(beta)].max(initial=0.0))
    return replace(reduced, distance=distance, digits=correct_digits(distance, beta, std_error))
