"""estimate(): rows in, coefficients with covariance and certificate out. Coordinates, maximize, closing pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from statlogit.core.blocks import Block, RowBlocks, Selected
from statlogit.core.coordinates import Coordinates, coordinates_of, moved, reweighted
from statlogit.core.factorise import factorise, outer_square
from statlogit.core.families import Family
from statlogit.core.objective import Objective
from statlogit.core.statistics import UNIT_ROUNDOFF, Closing, block_reach
from statlogit.core.types import Array, Status
from statlogit.fit.certificate import Certificate, certify
from statlogit.fit.conditioning import is_ill_conditioned
from statlogit.fit.pilot import from_sample
from statlogit.fit.refine import MOST_STEPS, RidgePull, information_at, keeps_digits, refine
from statlogit.fit.start import default_start
from statlogit.solvers.firth import FirthSteps
from statlogit.solvers.gradient import GradientDescent
from statlogit.solvers.irls import Irls, newton
from statlogit.solvers.protocol import Iterate, Solution, Solver, maximize


@dataclass(frozen=True, slots=True)
class Estimate:
    """The maximum and what is known about it, in the design's own columns."""

    beta: Array  # (p, q), nan where aliased
    covariance: Array  # (p*q, p*q) inverse information at beta, nan where aliased
    root: Array  # (r*q, r*q) root root' = inverse information in the solver's coordinates; square, not triangular
    loglik: float  # kernel, without the penalty
    deviance: float
    pearson: float
    solution: Solution
    certificate: Certificate
    coordinates: Coordinates
    basis: Array | None = None  # (r*q, s) where the solver moved in a subspace, see Objective
    shrunk: float = 0.0  # trace of the inverse penalised information times the ridge penalty

    @property
    def rank(self) -> int:
        return len(self.coordinates.kept)

    @property
    def effective_df(self) -> float:
        """trace((I + P)^-1 I) over all equations: what a ridge penalty leaves of the estimated coefficients.

        Source: Gray (1992), section 2.
        """
        return float(self.rank * self.beta.shape[1] - self.shrunk)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to climb: the same for the model and for every refit."""

    solver: Solver = field(default_factory=Irls)
    reason: str = ""  # why this solver, where it was chosen by size
    tol: float = 1e-10
    max_iterations: int = 100
    ridge: tuple[float, ...] | None = None  # one strength per design column, in raw units
    units: str = "raw"  # in which the strengths were given
    progress: Callable[[Iterate], None] | None = None
    firth: bool = False  # Jeffreys' prior; it brings its own solver
    symmetric: bool = False  # the ridge is that of K weight vectors, see Objective
    inference: bool = True  # False: no information at the estimate, hence no standard errors and no certificate

    @property
    def penalised(self) -> bool:
        return self.firth or self.ridge is not None

    @property
    def strengths(self) -> Array | None:
        """(p,) of the ridge penalty."""
        return None if self.ridge is None else np.array(self.ridge)

    @property
    def penalty(self) -> str:
        """none, ridge or firth."""
        return "firth" if self.firth else "none" if self.ridge is None else "ridge"


def estimate(
    rows: RowBlocks,
    family: Family,
    *,
    intercept: int | None,
    settings: Settings,
    start: Array | None = None,
    watch_separation: bool = True,
) -> Estimate:
    """Maximise the log-likelihood of these rows. start: (p, q) in design columns; by default zero, or the intercept
    that cancels the offsets on average. A start where the likelihood is flat or too steep to climb is replaced by it.
    """
    if start is None and not settings.penalised and settings.inference and isinstance(settings.solver, Irls):
        quick = from_sample(
            rows, family, intercept=intercept, max_iterations=settings.max_iterations, progress=settings.progress
        )
        if quick is not None:
            objective = objective_in(rows, family, quick.place, settings)
            return closed(rows, objective, quick.solution, quick.place, settings, quick.closing)
    place = coordinates_of(rows, intercept=intercept, strengths=settings.strengths)
    climb = partial(_climb, rows, family, settings=settings, watch_separation=watch_separation)
    default = default_start(rows, family, intercept)
    if isinstance(settings.solver, GradientDescent) and settings.solver.coordinates == "raw" and not settings.firth:
        solution = _moved(climb(place.raw, start=default if start is None else start), place)
        return closed(rows, objective_in(rows, family, place, settings), solution, place, settings)
    solution = climb(place, start=default if start is None else start)
    if start is not None and solution.status in LOST:
        solution = _after(solution, climb(place, start=default))
    for _ in range(MOST_MOVES):
        if not (solution.status in LOST or is_ill_conditioned(solution)):
            break
        beta = place.padded(solution.beta)
        moved = reweighted(rows, place, partial(curvature, beta=beta, family=family), settings.strengths)
        if moved is None:
            break
        place, solution = moved, _after(solution, climb(moved, start=beta))
    if not settings.inference:
        return _bare(objective_in(rows, family, place, settings), solution, place)
    found = closed(rows, objective_in(rows, family, place, settings), solution, place, settings)
    if not settings.firth:
        return found
    plain = found.certificate  # its theory is that of the likelihood alone
    return replace(found, certificate=Certificate(plain.decrement, plain.reach, math.inf, math.nan, UNDER_FIRTH))


def log_volume(place: Coordinates) -> float:
    """log |det T|: 1/2 log det of the information is this much larger in the solver's coordinates."""
    return float(np.linalg.slogdet(place.to_design(np.eye(len(place.kept))))[1])


UNDER_FIRTH = (
    "The bound on the distance from the maximum holds for the likelihood alone, so none is given under Firth's penalty"
)
LOST = (Status.SINGULAR, Status.STEP_FAILED)
MOST_MOVES = 3  # changes of coordinates on the way


def objective_in(rows: RowBlocks, family: Family, place: Coordinates, settings: Settings) -> Objective:
    """The (ridge-penalised) log-likelihood in these coordinates; Firth's penalty belongs to its solver."""
    penalty = _penalty(place, settings.ridge)
    return Objective(moved(rows, place), family, penalty, symmetric=settings.symmetric)


def _climb(
    rows: RowBlocks, family: Family, place: Coordinates, *, start: Array, settings: Settings, watch_separation: bool
) -> Solution:
    objective = objective_in(rows, family, place, settings)
    return maximize(
        objective,
        FirthSteps(log_volume(place)) if settings.firth else settings.solver,
        start=place.from_design(start[list(place.kept)]),
        tol=settings.tol,
        max_iterations=settings.max_iterations,
        watch_separation=watch_separation and objective.penalty is None and not settings.firth,
        progress=settings.progress,
    )


def _after(first: Solution, then: Solution) -> Solution:
    """One trace of two climbs, the second from where the first stood."""
    return Solution(then.beta, then.status, (*first.trace, *then.trace[1:]) if then.n_iter else then.trace, then.solver)


def _moved(solution: Solution, place: Coordinates) -> Solution:
    """A climb over the columns as they are, its iterates expressed in these coordinates."""
    trace = tuple(replace(step, beta=place.from_design(step.beta)) for step in solution.trace)
    return replace(solution, beta=trace[-1].beta, trace=trace)


def curvature(block: Block, beta: Array, family: Family) -> Array:
    """(n,) how much each row informs about its linear predictors at beta."""
    eta = block.x.times(beta) + block.offset
    mean = family.mean(eta)
    return np.asarray(block.weight * (mean.mu * mean.complement).sum(axis=1))


def _penalty(place: Coordinates, ridge: tuple[float, ...] | None) -> Array | None:
    if ridge is None or not any(ridge):
        return None
    to_design = place.to_design(np.eye(len(place.kept)))
    strengths = np.array(ridge)[list(place.kept)]
    return to_design.T @ (strengths[:, None] * to_design)


def _bare(objective: Objective, solution: Solution, place: Coordinates) -> Estimate:
    """The estimate without its information: nan covariance and no certificate, in the memory of the coefficients."""
    p, q = place.n_columns, objective.family.n_predictors
    gamma = solution.beta
    beta = np.full((p, q), np.nan)
    beta[list(place.kept)] = place.to_design(gamma)
    sums = objective.closing_at(gamma)
    return Estimate(
        beta=beta,
        covariance=np.broadcast_to(np.float64(np.nan), (p * q, p * q)),
        root=np.broadcast_to(np.float64(np.nan), (gamma.size, gamma.size)),
        loglik=solution.trace[-1].loglik + 0.5 * float((objective.pull(gamma) * gamma).sum()),
        deviance=sums.deviance,
        pearson=sums.pearson,
        solution=solution,
        certificate=Certificate(math.nan, math.inf, math.inf, math.nan),
        coordinates=place,
        shrunk=0.0 if objective.penalty is None else math.nan,
    )


POLISH_BELOW = 1e-4  # the last Newton step is taken unevaluated only where its own error is beyond the digits


def closed(
    rows: RowBlocks,
    objective: Objective,
    solution: Solution,
    place: Coordinates,
    settings: Settings,
    closing: Closing | None = None,
) -> Estimate:
    """The estimate that a solution stands for: covariance, deviance and certificate from one more pass.

    rows: those of the objective, in the design's own columns. closing: the sums of that pass where they are known, at
    the end of the trace instead of one negligible step further.
    """
    last = solution.trace[-1]
    at = last.quadratic if last.quadratic is not None else objective.quadratic_at(solution.beta)
    direction, decrement = (last.direction, last.decrement) if last.direction is not None else newton(at)
    theta = solution.beta
    polished = direction is not None and decrement <= POLISH_BELOW
    if direction is not None and polished:
        theta = theta + direction
    gamma = objective.beta(theta)
    factor = factorise(at.information)
    root = factor.inverse_root() if factor is not None else np.full(at.information.shape, np.nan)
    if objective.basis is not None:
        root = objective.basis @ root
    refined, moved = None, 0.0
    if place.root is not None and factor is not None and not (settings.firth or settings.symmetric):
        ridge = None
        if settings.ridge is not None:
            ridge = RidgePull(np.array(settings.ridge)[list(place.kept)], objective.symmetric)
        selected = Selected(rows, place.kept)
        steps = MOST_STEPS if solution.converged else 0
        refined = refine(selected, objective.family, place, ridge=ridge, gamma=gamma, root=root, most_steps=steps)
        moved = refined.moved + (decrement if polished else 0.0)
        gamma, decrement, polished = refined.gamma, refined.decrement, False
        if solution.converged and not keeps_digits(place):
            root = _exact_root(objective, information_at(selected, objective.family, place, gamma), root)
    closing = closing or objective.closing_at(gamma)
    loglik = at.slope.loglik
    if objective.penalty is not None:
        loglik += 0.5 * float((objective.pull(solution.beta) * solution.beta).sum())
    beta, covariance = _in_design(gamma, root, place)
    if refined is not None:
        beta[list(place.kept)] = refined.beta
    std_error = np.sqrt(np.diag(covariance))
    rounding = _rounding(closing, root, place, beta, std_error) + (0.0 if refined is None else refined.rounding)
    flat = beta.ravel(order="F")
    reach = _reach(objective, root, max(decrement, moved), closing.length)
    # the information is that of the iterate; where `moved` standard errors lead, it is at most this much smaller
    fade = math.exp(0.5 * min(reach * moved, 100.0))
    certificate = certify(decrement * fade, reach * fade, rounding, flat, std_error, polished=polished)
    return Estimate(
        beta, covariance, root, loglik, closing.deviance, closing.pearson, solution, certificate, place,
        objective.basis, _shrunk(root, objective),
    )  # fmt: skip


def _shrunk(root: Array, objective: Objective) -> float:
    """trace((I + P)^-1 P)."""
    if objective.penalty is None:
        return 0.0
    return float((root * (objective.penalty_matrix() @ root)).sum())


BEYOND_DOUBT = 1e-3  # of distance times reach: the certificate then hangs on rounding alone


def _reach(objective: Objective, root: Array, distance: float, length: float) -> float:
    """How far a row's linear predictors may move apart for each standard error that beta moves, or a bound on it.

    distance: how far beta may be from the maximum; where it is next to nothing a bound will do.

    max over rows of sqrt(sum_k x' V_kk x) <= sqrt(q length) ||root||, length = max x'x. Two of several classes may
    move apart: the range of (0, x'd_1, .., x'd_q) is at most sqrt(2) times its length.
    """
    q = objective.family.n_predictors
    apart = 1.0 if q == 1 else math.sqrt(2.0)
    if not np.isfinite(root).all():
        return math.nan
    bound = apart * math.sqrt(q * length) * float(np.linalg.norm(root))
    if bound * distance <= BEYOND_DOUBT:
        return bound
    return apart * math.sqrt(objective.rows.fold(partial(block_reach, covariance=root @ root.T)).value)


def _exact_root(objective: Objective, information: Array, root: Array) -> Array:
    """The root of the inverse of this information, penalised or in the subspace of the objective; else the old one."""
    basis = objective.basis
    if objective.penalty is not None:
        information = information + objective.penalty_matrix()
    factor = factorise(information if basis is None else basis.T @ information @ basis)
    if factor is None:
        return root
    return factor.inverse_root() if basis is None else basis @ factor.inverse_root()


def _in_design(gamma: Array, root: Array, place: Coordinates) -> tuple[Array, Array]:
    r, q = gamma.shape
    p, kept = place.n_columns, list(place.kept)
    beta = np.full((p, q), np.nan)
    beta[kept] = place.to_design(gamma)
    stacked = [place.to_design(root[k * r : (k + 1) * r]) for k in range(q)]
    found = outer_square(stacked[0] if q == 1 else np.vstack(stacked))
    if r == p:
        return beta, found
    where = np.concatenate([k * p + np.array(kept, dtype=np.intp) for k in range(q)])
    covariance = np.full((p * q, p * q), np.nan)
    covariance[np.ix_(where, where)] = found
    return beta, covariance


def _rounding(closing: Closing, root: Array, place: Coordinates, beta: Array, std_error: Array) -> float:
    """Bound in standard errors: the score's rounding through the solve, and the map back to the design.

    In whitened coordinates both were done in twofold precision, and each coefficient was rounded once.
    """
    spread = np.sqrt(np.square(root).sum(axis=1))  # standard errors in the solver's coordinates
    through = float(spread @ (closing.rounding.ravel(order="F")))
    kept = list(place.kept)
    errors = std_error.reshape(beta.shape, order="F")[kept]
    if place.root is not None:
        return through + _largest_share(UNIT_ROUNDOFF * np.abs(beta[kept]), errors)
    if place.intercept is None:
        return through
    moved = np.abs(place.centre) @ np.abs(beta[kept])  # (q,) size of what the intercept is shifted by
    return through + _largest_share(2.0**-51 * moved, errors[place.intercept])


def _largest_share(part: Array, error: Array) -> float:
    """max part / error; a coefficient that a subspace pins to zero has no error and does not count."""
    return float(np.divide(part, error, out=np.zeros_like(part), where=error > 0.0).max(initial=0.0))


def is_runaway(found: Estimate) -> bool:
    """The solve shows signs of an infinite maximum, or could not prove a finite one."""
    stopped = found.solution.status in (Status.SEPARATED, Status.SINGULAR, Status.MAX_ITERATIONS, Status.STEP_FAILED)
    return stopped or not found.certificate.exists
