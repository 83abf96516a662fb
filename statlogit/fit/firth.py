"""Firth's penalised likelihood: l(beta) + 1/2 log det I(beta); finite under separation.

Restrictions keep the whole design in the penalty: where some coefficients are held at given values, the rest maximise
l + 1/2 log det I with I the information of all columns at the restricted estimate. That makes the restricted maxima
comparable with the full one and with each other; a model refitted without the columns has another penalty.
Source: Heinze and Schemper (2002), section 2.2; the same convention as logistf's tests and profiles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from statlogit.core.blocks import Block, RowBlocks, Selected
from statlogit.core.coordinates import Coordinates, Gram, InCoordinates, coordinates_of, reweighted
from statlogit.core.families import Bernoulli
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.types import Array
from statlogit.fit.estimate import Estimate, Settings, curvature, estimate, log_volume
from statlogit.solvers.firth import FirthSteps, expansion
from statlogit.solvers.protocol import maximize


def firth(rows: RowBlocks, *, intercept: int | None, settings: Settings, start: Array | None = None) -> Estimate:
    """The maximum of the penalised likelihood of binary or grouped rows. start: (p, 1), zero by default.

    Estimate.covariance is the inverse of the unpenalised information; loglik is unpenalised, while the trace shows
    the penalised one. Aliased columns are left out, as without a penalty. Nothing is certified.
    """
    settings = replace(settings, firth=True, ridge=None)
    return estimate(rows, Bernoulli(), intercept=intercept, settings=settings, start=start)


def penalised_loglik(found: Estimate) -> float:
    """l + 1/2 log det I in the design's own columns, kernel."""
    return found.solution.trace[-1].loglik


@dataclass(frozen=True, slots=True)
class Restricted:
    """A penalised maximum over an affine set of coefficients, in the coordinates of its objective."""

    gamma: Array  # (r,)
    loglik: float  # penalised, kernel
    score: Array  # (r,) of the penalised likelihood: what pulls against the restriction
    curvature: Array  # (r, r) lower factor


RESTRICTED_TOL = 1e-8  # standard errors: the penalised log-likelihood is then short by half its square
AT_ROUNDING = 1e-5  # where the rounding of log det ends the climb earlier, this still leaves 5e-11


def restricted(objective: Objective, free: Array, start: Array, max_iterations: int) -> Restricted | None:
    """The penalised maximum over start + span(free), or None where none was reached.

    free: (r, m), orthonormal; start: (r,).
    """
    gamma = start[:, None]
    if free.shape[1]:
        solver = FirthSteps(free=free)
        found = maximize(
            objective, solver, start=gamma, tol=RESTRICTED_TOL, max_iterations=max_iterations, watch_separation=False
        )
        if not (found.converged or found.trace[-1].decrement <= AT_ROUNDING):
            return None
        gamma = found.beta
    at = expansion(objective, gamma)
    return None if at is None else Restricted(gamma[:, 0], at.value, at.score[:, 0], at.curvature)


INFLATED = 1e3  # variance inflation in the solver's coordinates beyond which log det loses too many digits


def whitened(rows: RowBlocks, found: Estimate) -> Coordinates:
    """Coordinates in which log det I keeps its digits near this estimate: its own where they are good enough."""
    place = found.coordinates
    information = np.square(np.linalg.inv(found.root)).sum(axis=0)
    if (np.square(found.root).sum(axis=1) * information).max(initial=0.0) < INFLATED:
        return place
    beta = np.nan_to_num(found.beta)
    return reweighted(rows, place, partial(curvature, beta=beta, family=Bernoulli())) or place


def orthogonal_to(row: Array) -> Array:
    """(r, r - 1), orthonormal: the directions that leave row @ gamma as it is."""
    return np.asarray(np.linalg.qr(row[:, None], mode="complete")[0][:, 1:])


@dataclass(frozen=True, slots=True)
class Submaximum:
    """The penalised maximum over some columns, the penalty that of all; loglik penalised, kernel."""

    loglik: float  # nan where it was not reached
    rank: int


def over_columns(
    rows: RowBlocks, found: Estimate, columns: Sequence[int], intercept: int | None, max_iterations: int
) -> Submaximum:
    """The penalised maximum with the coefficients of all other design columns held at zero.

    found: the full maximum. A column that is aliased in the full design spans what the columns it equals span.
    """
    free = _span(rows, found.coordinates, columns, intercept)
    origin = np.zeros(len(free))
    return Submaximum(over_affine(rows, found, origin, free, max_iterations), free.shape[1])


def over_affine(rows: RowBlocks, found: Estimate, origin: Array, basis: Array, max_iterations: int) -> float:
    """The penalised maximum over origin + span(basis), kernel, the penalty that of all columns; nan where not reached.

    found: the full maximum; origin (r,), basis (r, m): in its coordinates.
    """
    place, root = whitened(rows, found), found.root
    gamma = found.coordinates.from_design(found.beta[list(place.kept)])[:, 0]
    nearest = np.linalg.lstsq(np.linalg.solve(root, basis), np.linalg.solve(root, gamma - origin))[0]
    start = place.from_design(found.coordinates.to_design((origin + basis @ nearest)[:, None]))[:, 0]
    free = np.linalg.qr(place.from_design(found.coordinates.to_design(basis)))[0]
    at = restricted(Objective(InCoordinates(rows, place), Bernoulli()), free, start, max_iterations)
    return math.nan if at is None else at.loglik - log_volume(place)


def _span(rows: RowBlocks, place: Coordinates, columns: Sequence[int], intercept: int | None) -> Array:
    """(r, m), orthonormal: the coefficients that these design columns can reach, in the solver's coordinates."""
    chosen = list(columns)
    if place.aliased and chosen:
        at = chosen.index(intercept) if intercept in chosen else None
        chosen = [chosen[k] for k in coordinates_of(Selected(rows, tuple(chosen)), intercept=at).kept]
    reach = np.zeros((len(place.kept), len(chosen)))
    for k, j in enumerate(chosen):
        if j in place.kept:
            unit = np.zeros((len(place.kept), 1))
            unit[place.kept.index(j)] = 1.0
            reach[:, k] = place.from_design(unit)[:, 0]
        else:
            reach[:, k] = _in_kept(rows, place, j)
    return np.asarray(np.linalg.qr(reach / np.sqrt(np.square(reach).sum(axis=0)))[0])


def _in_kept(rows: RowBlocks, place: Coordinates, j: int) -> Array:
    """(r,) the aliased design column j as a combination of the solver's columns."""
    gram = rows.fold(partial(_block_gram, place=place)).value
    lower = cholesky(gram)
    if lower is None:
        return np.full(len(gram), np.nan)
    cross = rows.fold(partial(_block_cross, place=place, column=j)).value[:, 0]
    return solve_lower(lower, solve_lower(lower, cross), transpose=True)


def _block_gram(block: Block, place: Coordinates) -> Gram:
    return Gram(place.columns(block.x).gram(np.ones(block.x.n_rows)))


def _block_cross(block: Block, place: Coordinates, column: int) -> Gram:
    return Gram(place.columns(block.x).transpose_times(block.x.select([column]).to_array()))
