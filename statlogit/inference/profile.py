"""Profile-likelihood intervals: the values of a coefficient that a likelihood-ratio test does not reject.

pl(b) is the maximum over all other coefficients with one held at b. With D(b) = 2 (maximum - pl(b)), an end solves
sqrt(D(b)) = z. sqrt(D) is nearly linear and D' = -2 lambda, lambda the multiplier of the constraint, so Newton on
the root needs few values of pl; each is a constrained Newton solve started along the curve of maximisers.
Under Firth's penalty pl and the maximum are penalised, with the information of the full design (logistf's pl=TRUE).
Source: Venzon and Moolgavkar (1988); Heinze and Schemper (2002), section 2.2; Fletcher (2013), section 10.1, on the
constrained step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.blocks import RowBlocks
from statlogit.core.coordinates import Coordinates, InCoordinates
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.objective import Objective
from statlogit.core.statistics import Quadratic
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array
from statlogit.errors import FitError
from statlogit.fit.estimate import Estimate, estimate, log_volume
from statlogit.fit.firth import orthogonal_to, penalised_loglik, restricted, whitened
from statlogit.fit.model import Fit, rows_of
from statlogit.fit.separation import finite_rows
from statlogit.inference.wald import critical
from statlogit.solvers.firth import expansion

CLOSE = 1e-6  # |sqrt(D) - z| at which the last Newton step is taken unevaluated: it squares the error
SOLVED = 1e-5  # constrained decrement nu; pl = l + nu^2 / 2 then leaves about nu^3
SOLVED_AT_INFINITY = 1e-5  # where others run away the information fades like nu^2; the part of nu^2 / 2 is lost
MOST_STEPS = 100
MOST_VALUES = 60
PASSES = 10_000  # over the rows for a few coefficients; small solves would otherwise wake the threads of BLAS


@dataclass(frozen=True, slots=True)
class _Problem:
    """One coefficient's constraint, in the solver's coordinates."""

    objective: Objective
    row: Array  # (r,) the coefficient is row @ gamma
    supremum: float  # of the log-likelihood, kernel
    solved: float
    firth: bool = False  # both are penalised, in the solver's coordinates


@dataclass(frozen=True, slots=True)
class _Point:
    """A maximiser under the constraint."""

    b: float
    gamma: Array  # (r,)
    tangent: Array  # (r,) d gamma / d b
    root: float  # sqrt(D)
    slope: float  # d sqrt(D) / d b, nan where D = 0


def profile(fit: Fit, columns: Sequence[int], level: float) -> tuple[Array, Array]:
    """Lower and upper ends for these design columns, (k,) each, log-odds.

    Infinite coefficients have one finite end, the other is infinite; aliased ones are nan, and so is every end of a
    fit that stopped short of its maximum.
    Raises FitError for ridge and for multinomial fits.
    """
    if fit.settings.ridge is not None:
        raise FitError(
            "method='profile' inverts likelihood-ratio tests, and a ridge estimate has none; fit with penalty=None or "
            "penalty=sl.Firth(), or use method='wald'."
        )
    if fit.beta.shape[1] != 1:
        raise FitError("method='profile' is available for binary and grouped fits; use method='wald'.")
    with one_blas_thread(fit.n_rows * fit.rank * PASSES):
        return _profiled(fit, columns, critical(level))


def _profiled(fit: Fit, columns: Sequence[int], z: float) -> tuple[Array, Array]:
    low, high = np.full(len(columns), np.nan), np.full(len(columns), np.nan)
    separated = fit.separation.kind != "none"
    if not (separated or fit.estimate.solution.converged):
        return low, high
    found = _limit(fit) if separated else fit.estimate
    for k, j in enumerate(columns):
        beta = float(fit.beta[j, 0])
        if math.isinf(beta):
            end = _end_of_infinite(fit, j, -1 if beta > 0 else 1, z)
            low[k], high[k] = (end, math.inf) if beta > 0 else (-math.inf, end)
        elif math.isfinite(beta) and found is not None:
            low[k], high[k] = _both_ends(fit, found, _coefficient(fit, j), z)
    return low, high


def profile_combinations(fit: Fit, combinations: Array, level: float) -> tuple[Array, Array]:
    """Lower and upper ends, (k,) each, for linear combinations (k, p) of the coefficients of a finite maximum.

    Aliased coefficients count as zero. Raises FitError where profile() does, and for separated data.
    """
    profile(fit, (), level)
    if fit.separation.kind != "none" or not fit.estimate.solution.converged:
        raise FitError("method='profile' of a combination needs a finite maximum; use method='wald'.")
    with one_blas_thread(fit.n_rows * fit.rank * PASSES):
        ends = [_both_ends(fit, fit.estimate, combination, critical(level)) for combination in combinations]
    low, high = np.array(ends).reshape(-1, 2).T
    return low, high


def _coefficient(fit: Fit, j: int) -> Array:
    """The combination that is one coefficient."""
    out = np.zeros(len(fit.beta))
    out[j] = 1.0
    return out


def _both_ends(fit: Fit, found: Estimate, combination: Array, z: float) -> tuple[float, float]:
    """combination: (p,) of the coefficients, log-odds."""
    firth = fit.settings.firth
    place = whitened(_rows(fit), found) if firth else found.coordinates
    supremum = penalised_loglik(found) + log_volume(place) if firth else found.loglik
    problem = _Problem(*_constraint(_rows(fit), place, combination), supremum, SOLVED, firth)
    kept = list(place.kept)
    start = place.from_design(found.beta[kept])[:, 0]
    own = combination[kept]
    centre = float(own @ found.beta[kept, 0])
    half = z * float(np.sqrt(own @ found.covariance[np.ix_(kept, kept)] @ own))
    low, high = (_end(problem, start, centre + side * half, centre, side, z) for side in (-1, 1))
    return low, high


def _constraint(rows: RowBlocks, place: Coordinates, combination: Array) -> tuple[Objective, Array]:
    row = combination[list(place.kept)] @ place.to_design(np.eye(len(place.kept)))
    return Objective(InCoordinates(rows, place), family_of(1)), row


def _rows(fit: Fit) -> RowBlocks:
    """The used rows; under separation those that are not predicted perfectly, where finite coefficients live."""
    return finite_rows(rows_of(fit.frame), fit.separation)


def _limit(fit: Fit) -> Estimate | None:
    """The estimate of the limiting conditional model; None where no row is left."""
    if fit.separation.limit is None:
        return None
    settings = replace(fit.settings, progress=None)
    return estimate(_rows(fit), family_of(1), intercept=fit.frame.design.intercept, settings=settings)


def _end_of_infinite(fit: Fit, j: int, side: int, z: float) -> float:
    """From the iterate of the runaway solve whose likelihood is nearest to the one looked for."""
    supremum = fit.loglik - fit.constant
    problem = _Problem(
        *_constraint(rows_of(fit.frame), fit.estimate.coordinates, _coefficient(fit, j)), supremum, SOLVED_AT_INFINITY
    )  # fmt: skip
    wanted = supremum - 0.5 * z * z
    best = min(fit.estimate.solution.trace, key=lambda t: abs(t.loglik - wanted))
    start = best.beta[:, 0]
    return _end(problem, start, float(problem.row @ start), -side * math.inf, side, z)


def _end(problem: _Problem, gamma: Array, b: float, inside: float, side: int, z: float) -> float:
    """The b on this side with sqrt(D) = z. inside: the estimate, where D = 0; b: the first value tried."""
    near, far = inside, side * math.inf  # sqrt(D) < z at near, > z at far
    size = abs(b - inside) if math.isfinite(inside) else _unit(problem, gamma)
    point = None
    for _ in range(MOST_VALUES):
        point = _maximiser(problem, gamma, b) if point is None else _moved(problem, point, b)
        if point is None:
            break
        near, far = (point.b, far) if point.root < z else (near, point.b)
        step = (z - point.root) / point.slope if side * point.slope > 0 else side * math.inf
        if abs(point.root - z) <= CLOSE:
            return point.b + step
        b, size = _next(point.b + step, near, far, point.b, size)
    flat = math.isinf(inside) and math.isinf(far)
    return side * math.inf if flat else math.nan  # some way to infinity keeps the likelihood at its supremum


def _next(wanted: float, near: float, far: float, at: float, size: float) -> tuple[float, float]:
    """The Newton value, no farther than two sizes away, where it lies inside the bracket; else bisection."""
    leap = 2.0 * size
    if abs(wanted - at) > leap:
        wanted, size = at + math.copysign(leap, wanted - at), leap
    if min(near, far) < wanted < max(near, far) or not math.isfinite(near - far):
        return wanted, size
    return 0.5 * (near + far), size


def _unit(problem: _Problem, gamma: Array) -> float:
    """A length for steps where there is no standard error: the conditional one at gamma."""
    lower = cholesky(problem.objective.quadratic_at(gamma[:, None]).information)
    if lower is None:
        return 1.0
    half = solve_lower(lower, problem.row)
    return float(np.sqrt(half @ half))


def _moved(problem: _Problem, point: _Point, b: float) -> _Point | None:
    return _maximiser(problem, point.gamma + (b - point.b) * point.tangent, b)


def _maximiser(problem: _Problem, start: Array, b: float) -> _Point | None:
    """Newton on the log-likelihood with row @ gamma = b, halved until it rises."""
    if problem.firth:
        return _penalised_maximiser(problem, start, b)
    gamma, at = start, problem.objective.quadratic_at(start[:, None])
    miss = b - float(problem.row @ start)
    if abs(miss) > 0.0:
        lower = cholesky(at.information)
        along = None if lower is None else _solve(lower, problem.row)
        if along is None:
            return None
        gamma = start + miss / float(problem.row @ along) * along
        at = problem.objective.quadratic_at(gamma[:, None])
    for _ in range(MOST_STEPS):
        lower = cholesky(at.information)
        if lower is None:
            return None
        score = at.slope.score[:, 0]
        along, free = _solve(lower, problem.row), _solve(lower, score)
        spread = float(problem.row @ along)
        multiplier = float(problem.row @ free) / spread
        direction = free - multiplier * along
        decrement = math.sqrt(max(float(direction @ (score - multiplier * problem.row)), 0.0))
        if decrement <= problem.solved:
            return _point(problem, b, gamma + direction, along / spread, at.slope.loglik, decrement, multiplier)
        risen = _rise(problem.objective, gamma, at, direction, decrement)
        if risen is None:
            return None
        gamma, at = risen
    return None


def _penalised_maximiser(problem: _Problem, start: Array, b: float) -> _Point | None:
    """The same of the penalised log-likelihood; the multiplier is what is left of its score."""
    row, gamma = problem.row, start
    miss = b - float(row @ start)
    if abs(miss) > 0.0:
        at = expansion(problem.objective, start[:, None])
        if at is None:
            return None
        along = _solve(at.curvature, row)
        gamma = start + miss / float(row @ along) * along
    found = restricted(problem.objective, orthogonal_to(row), gamma, MOST_STEPS)
    if found is None:
        return None
    along = _solve(found.curvature, row)
    multiplier = float(row @ found.score) / float(row @ row)
    return _point(problem, b, found.gamma, along / float(row @ along), found.loglik, 0.0, multiplier)


def _point(
    problem: _Problem, b: float, gamma: Array, tangent: Array, loglik: float, decrement: float, multiplier: float
) -> _Point:
    root = math.sqrt(max(2.0 * (problem.supremum - loglik) - decrement**2, 0.0))
    return _Point(b, gamma, tangent, root, -multiplier / root if root > 0 else math.nan)


def _solve(lower: Array, b: Array) -> Array:
    return solve_lower(lower, solve_lower(lower, b), transpose=True)


def _rise(
    objective: Objective, gamma: Array, at: Quadratic, direction: Array, decrement: float
) -> tuple[Array, Quadratic] | None:
    step = 1.0
    while step > 2.0**-30:
        new = objective.quadratic_at((gamma + step * direction)[:, None])
        if new.slope.loglik - at.slope.loglik >= 1e-4 * step * decrement**2 - 2.0**-50 * abs(at.slope.loglik):
            return gamma + step * direction, new
        step /= 2.0
    return None
