"""Whether probabilities mean what they say: smooth curve with band, bins, intercept and slope, distances, Brier parts.

The smoother is a logistic regression of the outcome on a restricted cubic spline of the predicted log-odds with knots
at the quantiles 0.05, 0.35, 0.65, 0.95 (Harrell 2015, section 2.4.6), fitted by the core of every other model, so its
band is the delta method's. The predictions are taken as given: on the data a model was fitted to, intercept and slope
are 0 and 1 by construction and the curve shows misfit of form, not optimism.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Numeric
from statlogit.core.families import Bernoulli, sigmoid
from statlogit.core.linalg import cholesky, inverse_root
from statlogit.core.objective import Objective
from statlogit.core.statistics import Quadratic
from statlogit.core.types import Array, IntArray, Status
from statlogit.diagnostics.ranking import Ranking, quantile_places, weighted_quantiles
from statlogit.diagnostics.scores import BrierParts, brier_parts, equal_bins, starts_of
from statlogit.diagnostics.splines import restricted_cubic
from statlogit.inference.likelihood import ChiSquared
from statlogit.inference.proportions import wilson
from statlogit.inference.wald import critical, wald
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize
from statlogit.tables import Table, table

N_BINS = 10
KNOTS = (0.05, 0.35, 0.65, 0.95)
GRID = 101
MOST_CELLS = 65_536
CLOSE = 1e-8  # standard errors from the maximum; the last Newton step, taken unevaluated, squares that


@dataclass(frozen=True, slots=True)
class Curve:
    """Events expected by the smoother where the model predicts `predicted`; pointwise limits."""

    predicted: Array
    observed: Array
    conf_low: Array
    conf_high: Array


@dataclass(frozen=True, slots=True)
class Calibration:
    """The calibration of some predictions.

    bins: predicted and observed share in about ten groups of equal size, Wilson limits. tests: intercept (with the
    predicted log-odds as offset), slope (of the log-odds) and both together. ici, e50, e90, e_max: mean, median, 90th
    percentile and largest distance |observed by the curve - predicted| over the outcomes (Austin and Steyerberg 2019).
    Where the outcomes cannot be smoothed (separated, or an infinite log-odds), curve and distances are nan.
    width: of the cells of the log-odds that predictions were counted in, 0 for none. Brier score, log loss and the sums
    of a bin are those of the rows all the same; a bin begins, and a prediction is placed, within one width.
    """

    curve: Curve
    bins: Table
    tests: Table
    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    ici: float
    e50: float
    e90: float
    e_max: float
    brier: BrierParts
    log_loss: float
    level: float
    width: float = 0.0


def calibration(ranking: Ranking, log_loss: float, level: float, n_bins: int = N_BINS) -> Calibration:
    """Everything about the calibration of ranked predictions; O(m) after the ranking."""
    group = equal_bins(ranking.size, n_bins)
    cells = _merged(ranking)
    line = _line(cells)
    curve, distance = _smoothed(cells, level)
    return Calibration(
        curve=curve,
        bins=_bins(ranking, group, level),
        tests=_tests(line),
        intercept=line.intercept,
        intercept_se=line.intercept_se,
        slope=line.slope,
        slope_se=line.slope_se,
        **_distances(cells.size, distance),
        brier=brier_parts(ranking, group),
        log_loss=log_loss,
        level=level,
        width=ranking.width,
    )


def _bins(ranking: Ranking, group: IntArray, level: float) -> Table:
    sums, starts = (ranking.size, ranking.events, ranking.size * ranking.mu), starts_of(group)
    n, events, expected = (np.add.reduceat(v, starts) for v in sums)
    low, high = wilson(events, n, level)
    columns = {"n": n, "n_events": events, "predicted": expected / n, "observed": events / n,
               "observed_low": low, "observed_high": high}  # fmt: skip
    rows = zip(*(v.tolist() for v in columns.values()), strict=True)
    note = f"Bins of about equal size by the predicted probability; limits: Wilson, {100 * level:g}%."
    if ranking.width:
        note += f" Predictions were counted in cells of {ranking.width:.2g} log-odds; a bin begins with a cell."
    return table("calibration_bins", "Predicted and observed share by bin", list(columns), rows, note)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Predictions with the outcomes at each: all that curve and line are fitted to."""

    eta: Array  # (m,) rising
    mu: Array
    events: Array
    size: Array
    is_smoothable: bool  # both outcomes, two predictions, all of them finite


def _merged(ranking: Ranking) -> _Cells:
    """The distinct predictions; when they are very many, neighbours merged at their mean log-odds.

    A merged cell spans at most two shares of 1 / MOST_CELLS, of the rows and of the range of the log-odds, so its
    width h is tiny and moves the curve by h^2 only.
    """
    eta, m = ranking.eta, len(ranking.eta)
    smoothable = ranking.is_mixed and m > 1 and bool(np.isfinite(eta[[0, -1]]).all())
    if not smoothable or m <= MOST_CELLS:
        return _Cells(eta, ranking.mu, ranking.events, ranking.size, smoothable)
    half = MOST_CELLS // 2
    by_range = ((eta - eta[0]) * (half / (eta[-1] - eta[0]))).astype(np.intp)
    starts = np.unique(np.concatenate([np.arange(0, m, -(-m // half)), np.flatnonzero(np.diff(by_range)) + 1]))
    events, size, total = (np.add.reduceat(v, starts) for v in (ranking.events, ranking.size, ranking.size * eta))
    middle = total / size
    return _Cells(middle, sigmoid(middle).mu, events, size, True)


@dataclass(frozen=True, slots=True)
class _Maximum:
    beta: Array
    covariance: Array
    loglik: float
    loglik_at_start: float


def _maximum(columns: tuple[Array, ...], cells: _Cells, start: Array, offset: Array | None = None) -> _Maximum | None:
    """Logistic regression of the outcomes on some columns, or None where it has no finite maximum."""
    n, total = len(cells.eta), cells.size
    y = (cells.events / total)[:, None]
    shift = np.broadcast_to(np.zeros(1), (n, 1)) if offset is None else offset[:, None]
    objective = Objective(InMemory(Block(Numeric(columns), y, total, shift)), Bernoulli())
    solution = maximize(objective, Irls(), start=start[:, None], tol=CLOSE)
    last = solution.trace[-1]
    at: Quadratic = last.quadratic if last.quadratic is not None else objective.quadratic_at(solution.beta)
    lower = cholesky(at.information)
    if solution.status is not Status.CONVERGED or lower is None:
        return None
    root = inverse_root(lower)
    covariance = root @ root.T
    beta = solution.beta + covariance @ at.slope.score
    return _Maximum(beta[:, 0], covariance, at.slope.loglik, solution.trace[0].loglik)


@dataclass(frozen=True, slots=True)
class _Line:
    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    joint: ChiSquared  # likelihood ratio of intercept 0 and slope 1


def _line(cells: _Cells) -> _Line:
    """Cox's (1958) recalibration of the log-odds."""
    nan = float("nan")
    eta, ones = cells.eta, np.broadcast_to(np.ones(1), cells.eta.shape)
    if not cells.is_smoothable:
        return _Line(nan, nan, nan, nan, ChiSquared(nan, 2))
    centre = float(cells.size @ eta / cells.size.sum())
    large = _maximum((ones,), cells, np.zeros(1), eta)
    both = _maximum((ones, eta - centre), cells, np.array([centre, 1.0]))
    if large is None or both is None:
        return _Line(nan, nan, nan, nan, ChiSquared(nan, 2))
    intercept, intercept_se = float(large.beta[0]), float(np.sqrt(large.covariance[0, 0]))
    return _Line(
        intercept if abs(intercept) > CLOSE * intercept_se else 0.0,  # not the rounding of sums that vanish
        intercept_se,
        float(both.beta[1]),
        float(np.sqrt(both.covariance[1, 1])),
        ChiSquared(max(2.0 * (both.loglik - large.loglik_at_start), 0.0), 2),
    )


def _tests(line: _Line) -> Table:
    apart = np.array([line.intercept, line.slope - 1.0])
    found = wald(apart, np.array([line.intercept_se, line.slope_se]), 0.95)
    rows = [
        ("Intercept = 0", line.intercept, line.intercept_se, float(found.z[0]), 1, float(found.p_value[0])),
        ("Slope = 1", line.slope, line.slope_se, float(found.z[1]), 1, float(found.p_value[1])),
        ("Both", None, None, line.joint.statistic, 2, line.joint.p_value),
    ]
    note = (
        "Intercept: the predicted log-odds as offset. Both: likelihood ratio, chi-squared; the others Wald z. On the "
        "rows a model was fitted to, 0 and 1 hold by construction and the p-values say nothing."
    )
    columns = ["test", "estimate", "std_error", "statistic", "df", "p_value"]
    return table("calibration_tests", "Calibration intercept and slope", columns, rows, note)


def _smoothed(cells: _Cells, level: float) -> tuple[Curve, Array]:
    """The curve on an even grid of probabilities, and its distance from each distinct prediction."""
    mu, eta = cells.mu, cells.eta
    grid = np.linspace(mu[0], mu[-1], GRID)
    nothing = np.full(GRID, np.nan)
    missing = Curve(grid, nothing, nothing, nothing), np.full(len(mu), np.nan)
    if not cells.is_smoothable:
        return missing
    knots = np.unique(eta[quantile_places(cells.size, np.array(KNOTS))])
    centre, scale = float(eta.mean()), float(eta.std()) or 1.0
    columns = restricted_cubic(eta, knots, centre, scale)
    start = np.zeros(len(columns))
    start[:2] = centre, scale
    fitted = _maximum(columns, cells, start)
    if fitted is None:
        return missing
    smooth = sum(beta * column for beta, column in zip(fitted.beta, columns, strict=True))
    distance = np.abs(sigmoid(np.asarray(smooth)).mu - mu)
    with np.errstate(divide="ignore"):
        at = np.clip(np.log(grid) - np.log1p(-grid), eta[0], eta[-1])
    rows = np.column_stack(restricted_cubic(at, knots, centre, scale))
    link = rows @ fitted.beta
    half = critical(level) * np.sqrt(np.maximum(((rows @ fitted.covariance) * rows).sum(axis=1), 0.0))
    return Curve(grid, sigmoid(link).mu, sigmoid(link - half).mu, sigmoid(link + half).mu), distance


def _distances(size: Array, distance: Array) -> dict[str, float]:
    half, most = weighted_quantiles(distance, size, np.array([0.5, 0.9]))
    return {
        "ici": float(size @ distance / size.sum()),
        "e50": float(half),
        "e90": float(most),
        "e_max": float(distance.max()),
    }
