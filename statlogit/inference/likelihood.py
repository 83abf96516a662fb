"""Likelihood-ratio tests by refits of submodels.

Under Firth's penalty they are penalised likelihood-ratio tests: tested coefficients are held at zero and the penalty
stays that of the full design (statlogit.fit.firth). A ridge estimate has no such test: its maxima do not obey the
chi-squared limit, so nothing is computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.special import chdtrc

from statlogit.core.blocks import RowBlocks, Selected
from statlogit.core.families import family_of
from statlogit.core.statistics import block_quadratic
from statlogit.core.threads import one_blas_thread
from statlogit.design import Term
from statlogit.errors import FitError
from statlogit.fit.estimate import Estimate, Settings, estimate, is_runaway
from statlogit.fit.firth import over_columns, penalised_loglik
from statlogit.fit.model import Fit, log_binomial_constant, rows_of
from statlogit.fit.nested import nested_logliks
from statlogit.fit.separation import decide
from statlogit.inference.tails import log_chi2_sf
from statlogit.solvers.auto import choose

NO_RIDGE_TEST = (
    "A ridge estimate has no likelihood-ratio distribution, so its terms have no such tests. Fit with penalty=None or "
    "penalty=sl.Firth() to test terms."
)

PENALISED_NOTE = "Tested coefficients are held at zero in the full design, whose information stays the penalty."


def test_name(fit: Fit) -> str:
    """What the tests of terms and of the model are called."""
    return "penalised likelihood-ratio" if fit.settings.firth else "likelihood-ratio"


@dataclass(frozen=True, slots=True)
class ChiSquared:
    """A test with its degrees of freedom; log_p where the p-value underflows."""

    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        return float(chdtrc(self.df, max(self.statistic, 0.0))) if self.df > 0 else float("nan")

    @property
    def log_p(self) -> float:
        return log_chi2_sf(max(self.statistic, 0.0), self.df)


def overall(fit: Fit) -> ChiSquared:
    """Likelihood-ratio test against the model of intercept and offset alone (of the offset alone without intercept).

    Firth: the penalised one. nan under a ridge penalty, whose shrunk estimate has no likelihood-ratio distribution,
    and where the solver stopped short of the maximum.
    """
    intercept = fit.frame.design.intercept
    df = fit.beta.shape[1] * (fit.rank - (intercept is not None))
    if fit.stopped_short or fit.settings.ridge is not None:
        return ChiSquared(math.nan, df)
    if fit.settings.firth:
        low, high = submodel(fit, [] if intercept is None else [intercept]), _full(fit)
        return ChiSquared(max(2.0 * (high.loglik - low.loglik), 0.0), df)
    return ChiSquared(2.0 * (fit.loglik - fit.null_loglik), df)


@dataclass(frozen=True, slots=True)
class Submodel:
    """The maximum with some columns left out; under Firth's penalty of the penalised log-likelihood."""

    loglik: float
    rank: int


def submodels(fit: Fit, models: Sequence[Sequence[int]]) -> list[Submodel]:
    """The maxima over these design columns only, those near the full one in common passes over the rows."""
    if fit.settings.firth:
        return [_held(fit, columns) for columns in models]
    constant = log_binomial_constant(fit.frame)
    near = iter(nested_logliks(fit, [columns for columns in models if columns]))
    out = []
    for columns in models:
        loglik = next(near) if columns else None
        out.append(_refitted(fit, columns) if loglik is None else Submodel(loglik + constant, len(columns)))
    return out


def submodel(fit: Fit, columns: Sequence[int]) -> Submodel:
    """The maximum over these design columns only."""
    return submodels(fit, [columns])[0]


def _held(fit: Fit, columns: Sequence[int]) -> Submodel:
    """The others held at zero."""
    rows, intercept = rows_of(fit.frame), fit.frame.design.intercept
    held = over_columns(rows, fit.estimate, tuple(columns), intercept, fit.settings.max_iterations)
    return Submodel(held.loglik + log_binomial_constant(fit.frame), held.rank)


def _refitted(fit: Fit, columns: Sequence[int]) -> Submodel:
    frame, chosen = fit.frame, tuple(columns)
    family = family_of(frame.n_predictors)
    constant = log_binomial_constant(frame)
    if not chosen:
        zero = Selected(rows_of(frame), (0,))
        at = zero.fold(partial(block_quadratic, beta=np.zeros((1, frame.n_predictors)), family=family))
        return Submodel(at.slope.loglik + constant, 0)
    intercept = frame.design.intercept
    place = chosen.index(intercept) if intercept in chosen else None
    p, q = fit.beta.shape
    settings = replace(fit.settings, progress=None, solver=choose(fit.n_rows, p, q + 1).solver)
    found = estimate(Selected(rows_of(frame), chosen), family, intercept=place, settings=settings)
    if not is_runaway(found):
        return Submodel(found.loglik + constant, found.rank)
    return Submodel(supremum(Selected(rows_of(frame), chosen), found, place, settings) + constant, found.rank)


def supremum(rows: RowBlocks, found: Estimate, intercept: int | None, settings: Settings) -> float:
    """Kernel log-likelihood of an estimate, or its supremum where these rows are separated."""
    if not is_runaway(found):
        return found.loglik
    separation = decide(rows, found, intercept=intercept, settings=settings)
    if separation.kind == "none":
        return found.loglik
    return found.loglik + 0.5 * found.deviance if separation.limit is None else separation.limit.loglik


@dataclass(frozen=True, slots=True)
class TermTest:
    """One term's test in an analysis of deviance."""

    term: str
    test: ChiSquared


def term_tests(fit: Fit, type: int = 2) -> tuple[TermTest, ...]:
    """Likelihood-ratio tests of each term but the intercept.

    type 1: terms added in formula order. 2: each term against the model without the terms that contain it.
    3: each term's columns left out of the full model (depends on the coding where interactions are present).
    Under Firth's penalty "left out" reads "held at zero": the penalty is that of the full design in every model.

    Raises FitError under a ridge penalty.
    """
    if fit.settings.ridge is not None:
        raise FitError(NO_RIDGE_TEST)
    if fit.stopped_short:
        raise FitError(f"Likelihood-ratio tests need the maximum; the solver ended short of it: {fit.status.value}.")
    with one_blas_thread(fit.n_rows * fit.rank * PASSES):
        return _term_tests(fit, type)


PASSES = 10_000  # over the rows for all terms, about; small solves would otherwise wake the threads of BLAS


def _term_tests(fit: Fit, type: int) -> tuple[TermTest, ...]:
    terms = [t for t in fit.frame.design.terms if not t.is_intercept]
    intercept = [t for t in fit.frame.design.terms if t.is_intercept]
    if type not in (1, 2, 3):
        raise ValueError(f"type={type!r}: analysis of deviance has the types 1, 2 and 3")
    pairs: list[tuple[list[Term], list[Term]]] = []  # without the term, with it
    for k, term in enumerate(terms):
        if type == 1:
            pairs.append(([*intercept, *terms[:k]], [*intercept, *terms[: k + 1]]))
            continue
        above = set(fit.frame.design.contained_in(term.name)) if type == 2 else set()
        larger = [t for t in [*intercept, *terms] if t.name not in above]
        pairs.append(([t for t in larger if t.name != term.name], larger))
    maxima = _maxima(fit, [side for pair in pairs for side in pair])
    q = fit.beta.shape[1]
    return tuple(
        TermTest(term.name, ChiSquared(max(2.0 * (high.loglik - low.loglik), 0.0), q * (high.rank - low.rank)))
        for term, low, high in zip(terms, maxima[::2], maxima[1::2], strict=True)
    )


def _maxima(fit: Fit, models: Sequence[Sequence[Term]]) -> list[Submodel]:
    """Of models of these terms, each model once."""
    wanted = [tuple(j for t in model for j in range(t.start, t.stop)) for model in models]
    whole = len(fit.frame.design.names)
    distinct = [columns for columns in dict.fromkeys(wanted) if len(columns) < whole]
    found = dict(zip(distinct, submodels(fit, distinct), strict=True))
    return [found[columns] if len(columns) < whole else _full(fit) for columns in wanted]


def _full(fit: Fit) -> Submodel:
    loglik = penalised_loglik(fit.estimate) + fit.constant if fit.settings.firth else fit.loglik
    return Submodel(loglik, fit.rank)
