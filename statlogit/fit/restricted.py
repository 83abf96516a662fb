"""The maximum under linear restrictions R vec(beta) = r, all equations of a multinomial fit together.

The restrictions are solved for as many coefficients as there are rows; what is left is an affine set in the solver's
coordinates, vec(gamma) = origin + basis delta, and the log-likelihood along it is climbed like any other. Near the
full maximum its information is a good curvature, so score passes alone do; elsewhere Newton's method does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

from statlogit.core.coordinates import Coordinates, InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_upper, triangle
from statlogit.core.objective import Objective
from statlogit.core.types import Array, IntArray, Status
from statlogit.fit.model import Fit, rows_of
from statlogit.fit.nested import climb
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

LEFT = 1e-9  # standard errors from the restricted maximum: a score test looks at the point itself


@dataclass(frozen=True, slots=True)
class Affine:
    """What the restrictions leave: points origin + basis @ delta, d of them free."""

    origin: Array  # (m,)
    basis: Array  # (m, d)


@dataclass(frozen=True, slots=True)
class RestrictedMaximum:
    """The maximiser in the solver's coordinates, (r, q), and its kernel log-likelihood."""

    gamma: Array
    loglik: float
    status: Status


def positions(place: Coordinates, q: int) -> IntArray:
    """Places of the kept coefficients in vec(beta), (r*q,)."""
    kept, p = np.array(place.kept, dtype=np.intp), place.n_columns
    return np.concatenate([k * p + kept for k in range(q)])


def solved(matrix: Array, value: Array, scale: Array) -> Affine:
    """The solutions of matrix @ b = value, (m, k) of full row rank, by elimination.

    scale: (k,) sizes of the columns that the coefficients belong to; it decides which coefficients are solved for.
    A restriction that says a coefficient is zero leaves exactly the other ones.
    """
    m, k = matrix.shape
    scaled = matrix / scale
    order = scipy.linalg.qr(scaled, mode="r", pivoting=True)[1]
    pivots, free = order[:m], np.sort(order[m:])
    answer = np.linalg.solve(scaled[:, pivots], np.column_stack([value, scaled[:, free]]))
    origin, basis = np.zeros(k), np.zeros((k, k - m))
    origin[pivots] = answer[:, 0]
    basis[free, np.arange(k - m)] = 1.0
    basis[pivots] = -answer[:, 1:]
    return Affine(origin / scale, basis / scale[:, None])


def affine_of(fit: Fit, matrix: Array, value: Array) -> Affine:
    """The restrictions in the solver's coordinates, with an orthonormal basis. matrix: (m, p*q), none on aliased."""
    place, q = fit.estimate.coordinates, fit.beta.shape[1]
    inside = solved(matrix[:, positions(place, q)], value, np.tile(place.scale, q))
    basis = np.linalg.qr(_mapped(place, q, inside.basis))[0]
    return Affine(_mapped(place, q, inside.origin[:, None])[:, 0], basis)


def _mapped(place: Coordinates, q: int, stacked: Array) -> Array:
    r = len(place.kept)
    return np.vstack([place.from_design(stacked[k * r : (k + 1) * r]) for k in range(q)])


def information_root(fit: Fit) -> Array:
    """U with U' U the information at the estimate, in the solver's coordinates."""
    return np.asarray(np.linalg.solve(fit.estimate.root, np.eye(len(fit.estimate.root))))


def estimate_vector(fit: Fit) -> Array:
    """vec(gamma) at the maximum."""
    place = fit.estimate.coordinates
    return place.from_design(fit.beta[list(place.kept)]).ravel(order="F")


def restricted_maximum(fit: Fit, affine: Affine, *, exact: bool = False) -> RestrictedMaximum:
    """Climb along the restrictions. Statuses other than CONVERGED are for the caller to judge.

    Score passes leave the point 1e-6 standard errors from the maximum, which the log-likelihood does not notice;
    exact: finish with Newton steps, for what depends on the point itself.
    """
    along = replace(full_objective(fit), basis=affine.basis, origin=affine.origin)
    if not along.shape[0]:
        nothing = np.zeros(along.shape)
        return RestrictedMaximum(along.beta(nothing), along.slope_at(nothing).loglik, Status.CONVERGED)
    start: Array = np.zeros(along.shape)
    if fit.separation.kind == "none" and np.isfinite(fit.estimate.root).all():
        upper = information_root(fit)
        curved, wanted = upper @ affine.basis, upper @ (estimate_vector(fit) - affine.origin)
        start = np.asarray(np.linalg.lstsq(curved, wanted, rcond=None)[0][:, None], dtype=np.float64)
        lower = cholesky(curved.T @ curved)
        near = None if lower is None else climb(along, start[:, 0], lower, LEFT)
        if near is not None and not exact:
            return RestrictedMaximum(along.beta(near.gamma[:, None]), near.loglik, Status.CONVERGED)
        start = start if near is None else near.gamma[:, None]
    for begin in (start, -affine.basis.T @ affine.origin[:, None]):  # the second is the point nearest to zero
        found = maximize(along, Irls(), start=begin)
        if found.converged:
            break
    return RestrictedMaximum(along.beta(found.beta), found.trace[-1].loglik, found.status)


def full_objective(fit: Fit) -> Objective:
    """The log-likelihood of the whole model in the solver's coordinates."""
    return Objective(InCoordinates(rows_of(fit.frame), fit.estimate.coordinates), family_of(fit.beta.shape[1]))


def spread(fit: Fit, matrix: Array, difference: Array) -> float:
    """difference' (matrix V matrix')^-1 difference with V the inverse information: Wald's statistic.

    The root of V is used, never V itself, so that no digits are lost by squaring.
    """
    place, root, q = fit.estimate.coordinates, fit.estimate.root, fit.beta.shape[1]
    r = len(place.kept)
    outer = np.vstack([place.to_design(root[k * r : (k + 1) * r]) for k in range(q)])
    rows = matrix[:, positions(place, q)] @ outer
    half = solve_upper(triangle(rows.T), difference, transpose=True)
    return float(half @ half)
