"""Analysis of deviance: one likelihood-ratio, Wald or score test a term, of type I, II or III."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array
from statlogit.design.contrasts import base_index
from statlogit.design.terms import LevelFactor, Term
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.inference.likelihood import ChiSquared, TermTest, term_tests
from statlogit.inference.restrictions import TestKind, refuse, refuse_unfinished, score, wald, zero

TestType = Literal[1, 2, 3]
CENTRED = ("sum", "helmert", "poly", "diff")  # codings whose columns sum to zero over the levels


def analysis(fit: Fit, type: TestType, test: TestKind, covariance: Array | None = None) -> tuple[TermTest, ...]:
    """The test of each term but the intercept. covariance: of vec(beta) for Wald, None for the inverse information.

    Both hypotheses leave out the same terms: with type 1 those after the term in the formula, with type 2 those that
    contain it, with type 3 none. LR and score tests maximise the likelihood without them. Wald tests stay at the full
    estimate and take the difference of two quadratic forms, of the term with the terms left out and of those alone.
    Source: Fox (2016), section 15.1; Fox and Weisberg (2019), section 6.2, on the types.
    """
    if test == "LR":
        refuse_unfinished(fit)
        return term_tests(fit, type)
    refuse(fit, test)
    terms = [t for t in fit.frame.design.terms if not t.is_intercept]
    with one_blas_thread(fit.n_rows * len(fit.beta)):
        return tuple(TermTest(t.name, _tested(fit, t, _outside(fit, terms, t, type), test, covariance)) for t in terms)


def _outside(fit: Fit, terms: Sequence[Term], term: Term, type: TestType) -> list[int]:
    """The columns that both hypotheses leave out."""
    if type == 1:
        others = list(terms[terms.index(term) + 1 :])
    elif type == 2:
        above = set(fit.frame.design.contained_in(term.name))
        others = [t for t in terms if t.name in above]
    elif type == 3:
        others = []
    else:
        raise ValueError(f"type={type!r}: analysis of deviance has the types 1, 2 and 3")
    return [j for t in others for j in t.columns]


def _tested(fit: Fit, term: Term, outside: list[int], test: TestKind, covariance: Array | None) -> ChiSquared:
    low, high = zero(fit, [*outside, *term.columns]), zero(fit, outside)
    if test == "score":
        return score(fit, low, high)
    try:
        both, alone = wald(fit, low, covariance), wald(fit, high, covariance)
    except FitError:  # a singular covariance leaves out this term, not the others
        return ChiSquared(math.nan, low.df - high.df)
    return ChiSquared(max(both.statistic - alone.statistic, 0.0), both.df - alone.df)


def type_three_note(fit: Fit) -> str:
    """Where a type III test looks at each term that is part of an interaction; "" where that does not matter."""
    design, places = fit.frame.design, []
    for term in design.terms:
        if term.is_intercept:
            continue
        others = {f for name in design.contained_in(term.name) for f in design.term(name).factors} - set(term.factors)
        at = [place for factor in sorted(others) if (place := _zero_place(fit, factor))]
        if at:
            places.append(f"{term.name} at {', '.join(at)}")
    if not places:
        return ""
    return (
        f"Type III looks at a term inside an interaction where the rest of it is zero: {'; '.join(places)}. "
        "With sum-to-zero coding, C(x, Sum), and centred numbers it is the average."
    )


def _zero_place(fit: Fit, factor: str) -> str:
    facts = fit.frame.design.facts[factor]
    if not isinstance(facts, LevelFactor):
        return f"{factor} = 0"
    if facts.contrast.kind in CENTRED:
        return ""
    if not facts.contrast.is_indicator:
        return f"the zero of {factor}"
    return f"{factor} = {facts.levels[base_index(facts.contrast, facts.levels, factor)]}"
