"""Honest performance: what the measures of a model will be on new rows, not on those it was fitted to.

Bootstrap: each refit is judged on its own resample and on the original rows; the mean difference, the optimism, is
taken off the apparent measure. Cross-validation: each refit is judged on the rows it has not seen. Both repeat the
whole fit of this design with its penalty; terms, knots, means of scale() and penalty stay as they were learned from all
rows, so the price of choosing them is not seen (rms::validate leaves it out likewise).
Source: Harrell, Lee and Mark (1996), section 4; Efron and Tibshirani (1993), sections 17.2 and 17.6.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from statlogit.core.progress import tracked
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, Status
from statlogit.diagnostics.corrected import Plan, Validation
from statlogit.diagnostics.folds import CrossValidation, held_out
from statlogit.diagnostics.performance import (
    BINARY,
    CLASSES,
    Predicted,
    Tally,
    line,
    predicted_classes,
    predicted_events,
)
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import rows_of
from statlogit.fit.null import null_model
from statlogit.inference.bootstrap import MOST_FAILED, Bootstrap, draws
from statlogit.inference.refits import Refits, refits_of
from statlogit.inference.wald import critical

FEWEST = 10  # replications that a time budget leaves at least
Unit = Literal["rows", "cluster"]


def validation(fit: Fit, plan: Plan, level: float = 0.95, budget: float | None = None) -> Validation:
    """Refit by plan and judge each refit.

    The replications made within a budget are the first ones of the plan, so a larger budget only adds to them.
    """
    critical(level)  # refuses what is no level before the work begins
    unit: Unit = plan.by or ("rows" if fit.frame.cluster is None else "cluster")
    _check(fit, unit)
    bench = _Bench.of(fit)
    if isinstance(plan, Bootstrap):
        step, total, least, label = _bootstrap_step(bench, plan, unit), plan.replications, FEWEST, "bootstrap"
    else:
        step, total, least, label = _folds_step(bench, plan, unit), plan.repeats, 1, "cross-validation"
    with one_blas_thread(fit.frame.x.n_rows * fit.frame.x.n_columns * total):
        found = [step(k) for k in tracked(_within(budget, total, least), total, label)]
    n_refits, n_failed = sum(r.n_refits for r in found), sum(r.n_failed for r in found)
    optimism = np.array([r.optimism for r in found if r.optimism is not None])
    if n_failed > MOST_FAILED * n_refits or not len(optimism):
        raise FitError(
            f"{n_failed:,} of {n_refits:,} refits have no finite maximum (separated, or a column without values), so "
            "the corrected performance would be that of the others; fit with fewer terms or penalty=sl.Firth()."
        )
    names = BINARY if fit.beta.shape[1] == 1 else CLASSES
    return Validation(plan, unit, names, bench.apparent, optimism, n_refits, n_failed, level)


SECONDS = 1.0  # that a report spends unasked
MOST_UNASKED, FEWEST_UNASKED = 200, 40  # replications; fewer have no 95% limits


def affordable(fit: Fit) -> int:
    """Replications that take about a second, by the size of the fit alone so that two reports are equal; 0 for too few.

    The rates are measured ones of one core.
    """
    n, q = fit.frame.x.n_rows, fit.beta.shape[1]
    columns = fit.rank * q
    each = (2.5e-2 if fit.settings.firth else 1.5e-3) + n * (3.5e-7 * q + 1.8e-8 * columns + 4e-10 * columns**2)
    count = min(MOST_UNASKED, int(SECONDS / each))
    return count if count >= FEWEST_UNASKED else 0


def _within(budget: float | None, rounds: int, least: int) -> Iterator[int]:
    start = time.monotonic()
    for k in range(rounds):
        if budget is not None and k >= least and time.monotonic() - start > budget:
            return
        yield k


def _check(fit: Fit, unit: Unit) -> None:
    if fit.separation.kind != "none" or fit.status is not Status.CONVERGED:
        raise FitError(
            f"validation needs the finite maximum of the likelihood, and the fit ended elsewhere: {fit.status.value}; "
            "fit with fewer terms or penalty=sl.Firth()."
        )
    if not fit.settings.inference:
        raise FitError(
            "validation refits by Newton's method, and this fit went without; fit with standard_errors=True."
        )
    codes = fit.frame.cluster
    if unit == "cluster" and (codes is None or codes.ndim != 1 or codes.min() < 0 or codes.max() < 1):
        raise FitError("by='cluster' needs cluster='column', one column, with at least two clusters; or by='rows'.")


@dataclass(frozen=True, slots=True)
class _Round:
    """One replication, or one repeat over all folds; optimism None where nothing was refitted."""

    n_refits: int
    n_failed: int
    optimism: Array | None


@dataclass(frozen=True, slots=True)
class _Bench:
    """The fit, ready to be refitted and judged."""

    fit: Fit
    refits: Refits
    null_loglik: float  # kernel, of all rows
    apparent: Array

    @classmethod
    def of(cls, fit: Fit) -> _Bench:
        refits, null = refits_of(fit), fit.null_loglik - fit.constant
        weight, eta = fit.frame.weight, refits.linear_predictors(refits.start)
        return cls(fit, refits, null, _measured(fit, eta, _predicted(fit, eta), weight, null))

    def null(self, weight: Array) -> float:
        """Kernel log-likelihood of intercept and offset alone under other weights."""
        fit = self.fit
        rows, intercept = rows_of(fit.frame, weight), fit.frame.design.intercept
        return null_model(rows, self.refits.family, intercept=intercept, settings=fit.settings)


def _predicted(fit: Fit, eta: Array) -> Predicted:
    y = fit.frame.y
    return predicted_events(eta[:, 0], y[:, 0]) if y.shape[1] == 1 else predicted_classes(eta, y)


def _measured(fit: Fit, eta: Array, predicted: Predicted, weight: Array, null: float) -> Array:
    return _values(fit, predicted.tally(weight), null, eta, fit.frame.y, weight)


def _values(fit: Fit, tally: Tally, null: float, eta: Array, y: Array, weight: Array) -> Array:
    """(m,) in the order of BINARY or CLASSES."""
    r2, brier, loss = tally.r2(null), tally.squared / tally.weight, tally.loss / tally.weight
    if fit.beta.shape[1] > 1:
        return np.array([r2, brier, loss, tally.hits / tally.weight])
    c = tally.concordant / tally.pairs if tally.pairs > 0.0 else math.nan
    return np.array([c, 2.0 * c - 1.0, r2, brier, loss, *line(eta[:, 0], y[:, 0], weight)])


def _bootstrap_step(bench: _Bench, plan: Bootstrap, unit: Unit) -> Callable[[int], _Round]:
    fit, draw = bench.fit, draws(bench.fit, unit)
    weight = fit.frame.weight

    def step(k: int) -> _Round:
        drawn = weight * draw(np.random.default_rng([plan.seed, k]))
        gamma = bench.refits.maximum(drawn)
        if gamma is None:
            return _Round(1, 1, None)
        eta = bench.refits.linear_predictors(gamma)
        predicted = _predicted(fit, eta)
        training = _measured(fit, eta, predicted, drawn, bench.null(drawn))
        test = _measured(fit, eta, predicted, weight, bench.null_loglik)
        return _Round(1, 0, training - test)

    return step


def _folds_step(bench: _Bench, plan: CrossValidation, unit: Unit) -> Callable[[int], _Round]:
    fit = bench.fit
    weight, y = fit.frame.weight, fit.frame.y

    def step(repeat: int) -> _Round:
        tallies: list[Tally] = []
        held: list[tuple[Array, Array, Array]] = []
        n_failed = 0
        for share in held_out(fit.frame, plan, unit, repeat):
            gamma = bench.refits.maximum(weight * (1.0 - share))
            if gamma is None:
                n_failed += 1
                continue
            some = np.flatnonzero(share)
            eta = bench.refits.linear_predictors(gamma)[some]
            outside = (weight * share)[some]
            predicted = predicted_events(eta[:, 0], y[some, 0]) if y.shape[1] == 1 else predicted_classes(eta, y[some])
            tallies.append(predicted.tally(outside))
            held.append((eta, y[some], outside))
        if n_failed:  # some rows were never held out
            return _Round(plan.folds, n_failed, None)
        values = _values(fit, _sum(tallies), bench.null_loglik, *map(np.concatenate, zip(*held, strict=True)))
        return _Round(plan.folds, 0, bench.apparent - values)

    return step


def _sum(tallies: Sequence[Tally]) -> Tally:
    total = tallies[0]
    for tally in tallies[1:]:
        total = total + tally
    return total
