"""Joint Wald and score tests of all slopes, in the solver's coordinates where they keep their digits."""

from __future__ import annotations

import numpy as np

from statlogit.core.blocks import Selected
from statlogit.core.coordinates import InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.types import Array, IntArray
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import rows_of
from statlogit.fit.restricted import estimate_vector
from statlogit.inference.likelihood import ChiSquared
from statlogit.inference.restrictions import wald, zero
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize


def overall_wald(fit: Fit, covariance: Array | None = None) -> ChiSquared:
    """b_s' V_ss^-1 b_s over the slopes s. covariance: of vec(beta), None for the inverse information.

    Firth's estimates have the limit distribution of the maximum likelihood ones, so the test is theirs too.
    Raises FitError where an estimate is infinite or shrunk by a ridge penalty.
    """
    if fit.stopped_short:
        raise FitError(f"A Wald test needs the maximum; the solver ended short of it: {fit.status.value}.")
    if fit.settings.ridge is not None:
        raise FitError("A Wald test means nothing for estimates shrunk by a ridge penalty; fit with penalty=None.")
    if fit.separation.kind != "none":
        raise FitError("A Wald test means nothing for infinite estimates; use overall_test('LR').")
    if covariance is not None:
        intercept = fit.frame.design.intercept
        return wald(fit, zero(fit, [j for j in range(len(fit.beta)) if j != intercept]), covariance)
    slopes = _slopes(fit)
    root = fit.estimate.root[slopes]
    gamma = estimate_vector(fit)[slopes]
    return ChiSquared(_quadratic(root @ root.T, gamma), len(slopes))


def overall_score(fit: Fit) -> ChiSquared:
    """U' I^-1 U at the maximum of intercept and offset alone (Rao 1948); defined under separation too.

    Raises FitError under a ridge penalty, whose model it would not test.
    """
    if fit.settings.ridge is not None:
        raise FitError("The score test is one of the unpenalised model; fit with penalty=None.")
    place, rows = fit.estimate.coordinates, rows_of(fit.frame)
    family = family_of(fit.beta.shape[1])
    null = np.zeros((len(place.kept), family.n_predictors))
    if place.intercept is not None:
        alone = Objective(Selected(rows, (place.kept[place.intercept],)), family)
        null[place.intercept] = maximize(alone, Irls(), start=null[:1], watch_separation=False).beta[0]
    at = Objective(InCoordinates(rows, place), family).quadratic_at(place.from_design(null))
    return ChiSquared(_quadratic(at.information, at.slope.score.ravel(order="F")), len(_slopes(fit)))


def _slopes(fit: Fit) -> IntArray:
    """Positions of all but the intercepts in vec(gamma)."""
    place, q = fit.estimate.coordinates, fit.beta.shape[1]
    r = len(place.kept)
    return np.array([k * r + j for k in range(q) for j in range(r) if j != place.intercept], dtype=np.intp)


def _quadratic(matrix: Array, vector: Array) -> float:
    lower = cholesky(matrix)
    if lower is None:
        return float("nan")
    half = solve_lower(lower, vector)
    return float(half @ half)
