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

from statlogit.core.blocks import Block
from statlogit.core.families import family_of
from statlogit.core.statistics import block_quadratic
from statlogit.core.threads import one_blas_thread
from statlogit.design import Term
from statlogit.errors import FitError
from statlogit.fit.estimate import Estimate, Selected, Settings, estimate, is_runaway
from statlogit.fit.firth import over_columns, penalised_loglik
from statlogit.fit.model import Fit, block_of, log_binomial_constant, rows_of
from statlogit.fit.nested import nested_loglik
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


def submodel(fit: Fit, columns: Sequence[int]) -> Submodel:
    """The maximum over these design columns only."""
    frame, chosen = fit.frame, tuple(columns)
    family = family_of(frame.n_predictors)
    constant = log_binomial_constant(frame)
    if fit.settings.firth:
        held = over_columns(rows_of(frame), fit.estimate, chosen, frame.design.intercept, fit.settings.max_iterations)
        return Submodel(held.loglik + constant, held.rank)
    near = nested_loglik(fit, chosen) if chosen else None
    if near is not None:
        return Submodel(near + constant, len(chosen))
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
    whole = block_of(frame)
    block = replace(whole, x=whole.x.select(chosen))
    return Submodel(supremum(block, found, place, settings) + constant, found.rank)


def supremum(block: Block, found: Estimate, intercept: int | None, settings: Settings) -> float:
    """Kernel log-likelihood of an estimate, or its supremum where these rows are separated."""
    if not is_runaway(found):
        return found.loglik
    separation = decide(block, found, intercept=intercept, settings=settings)
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
    if type == 1:
        return _sequential(fit, [*intercept, *terms], len(intercept))
    if type not in (2, 3):
        raise ValueError(f"type={type!r}: analysis of deviance has the types 1, 2 and 3")
    out = []
    for term in terms:
        above = set(fit.frame.design.contained_in(term.name)) if type == 2 else set()
        larger = [t for t in [*intercept, *terms] if t.name not in above]
        smaller = [t for t in larger if t.name != term.name]
        out.append(TermTest(term.name, _difference(fit, smaller, larger)))
    return tuple(out)


def _sequential(fit: Fit, terms: list[Term], first: int) -> tuple[TermTest, ...]:
    return tuple(TermTest(terms[k].name, _difference(fit, terms[:k], terms[: k + 1])) for k in range(first, len(terms)))


def _difference(fit: Fit, smaller: list[Term], larger: list[Term]) -> ChiSquared:
    low, high = _maximum(fit, smaller), _maximum(fit, larger)
    q = fit.beta.shape[1]
    return ChiSquared(max(2.0 * (high.loglik - low.loglik), 0.0), q * (high.rank - low.rank))


def _maximum(fit: Fit, terms: list[Term]) -> Submodel:
    columns = [j for t in terms for j in range(t.start, t.stop)]
    if len(columns) == len(fit.frame.design.names):
        return _full(fit)
    return submodel(fit, columns)


def _full(fit: Fit) -> Submodel:
    loglik = penalised_loglik(fit.estimate) + fit.constant if fit.settings.firth else fit.loglik
    return Submodel(loglik, fit.rank)
