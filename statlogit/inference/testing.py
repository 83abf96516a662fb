"""Tables of tests: hypotheses as text, terms, the whole model; with adjusted p-values where asked."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.inference.analysis import TestType, analysis, type_three_note
from statlogit.inference.hypotheses import parse
from statlogit.inference.joint import overall_score, overall_wald
from statlogit.inference.likelihood import PENALISED_NOTE, ChiSquared, overall, test_name
from statlogit.inference.multiplicity import ADJUSTMENT_NAMES, ADJUSTMENTS, Adjustment, adjusted
from statlogit.inference.restrictions import (
    TEST_NAMES,
    TESTS,
    Restriction,
    TestKind,
    chi_squared,
    estimates,
    refuse,
    restricted_covariance,
    restriction,
)
from statlogit.inference.words import vocabulary_of
from statlogit.tables import Table, Value, table

TEST_COLUMNS = ("statistic", "df", "p_value", "log_p")


def hypothesis_table(
    fit: Fit,
    text: str,
    kind: TestKind,
    *,
    joint: bool = True,
    adjust: Adjustment | None = None,
    covariance: Array | None = None,
    covariance_kind: str = "model",
) -> Table:
    """All hypotheses of a text in one test, or with joint=False one test each.

    covariance: of vec(beta), None for the inverse information; Wald tests alone use it.
    Raises FormulaError, RankError for hypotheses that are not independent, and FitError where a test means nothing.
    """
    check(kind, adjust, covariance_kind)
    hypotheses = parse(text, vocabulary_of(fit))
    if joint:
        if adjust is not None:
            raise FitError("adjust= is for several tests; give joint=False as well, or leave adjust out.")
        found = chi_squared(fit, kind, restriction(fit, hypotheses), covariance)
        title = f"{_name(fit, kind)} test of {'linear hypotheses' if len(hypotheses) > 1 else 'a linear hypothesis'}"
        row = (", ".join(h.text for h in hypotheses), *_numbers(found))
        title, note = title + method(kind, covariance_kind), _penalty_note(fit, kind)
        return table("hypotheses", title, ("hypothesis", *TEST_COLUMNS), [row], note)
    restrictions = [restriction(fit, [h]) for h in hypotheses]
    tests = [chi_squared(fit, kind, r, covariance) for r in restrictions]
    z, inner = _joint_z(fit, kind, restrictions, covariance)
    title = f"{_name(fit, kind)} tests of linear hypotheses{method(kind, covariance_kind)}"
    extra, title = _adjustment(adjust, tests, title, z, inner)
    columns = ("hypothesis", *(SIZES if kind == "Wald" else ()), *TEST_COLUMNS, *(ADJUSTED if adjust else ()))
    sizes: list[tuple[float | None, ...]] = [_size(fit, r, covariance) if kind == "Wald" else () for r in restrictions]
    rows: list[tuple[Value, ...]] = [
        (h.text, *size, *_numbers(t), *more) for h, size, t, more in zip(hypotheses, sizes, tests, extra, strict=True)
    ]
    note = "Estimate: left side minus right side, log-odds." if kind == "Wald" else _penalty_note(fit, kind)
    return table("hypotheses", title, columns, rows, note)


SIZES = ("estimate", "std_error")
ADJUSTED = ("p_adjusted", "log_p_adjusted")


def anova_table(
    fit: Fit,
    type: TestType,
    kind: TestKind,
    *,
    adjust: Adjustment | None = None,
    covariance: Array | None = None,
    covariance_kind: str = "model",
) -> Table:
    """One test a term."""
    check(kind, adjust, covariance_kind)
    found = analysis(fit, type, kind, covariance)
    title = f"Type {'I' * type} {_name(fit, kind) if kind == 'Wald' else _name(fit, kind).lower()} tests"
    extra, title = _adjustment(adjust, [t.test for t in found], title + method(kind, covariance_kind), None, None)
    rows: list[tuple[Value, ...]] = [(t.term, *_numbers(t.test), *more) for t, more in zip(found, extra, strict=True)]
    columns = ("term", *TEST_COLUMNS, *(ADJUSTED if adjust else ()))
    notes = [_penalty_note(fit, kind), type_three_note(fit) if type == 3 else ""]
    if kind == "Wald" and any(math.isnan(t.test.statistic) and t.test.df for t in found):
        notes.append(NO_WALD)
    return table("anova", title, columns, rows, " ".join(filter(None, notes)))


NO_WALD = (
    "No test where the covariance of a term's estimates is singular: fewer clusters or rows stand behind it than the "
    "test has degrees of freedom."
)


def overall_table(
    fit: Fit, kind: TestKind, *, covariance: Array | None = None, covariance_kind: str = "model"
) -> Table:
    """The model against the null model."""
    check(kind, None, covariance_kind)
    refuse(fit, kind)
    with one_blas_thread(fit.n_rows * fit.beta.shape[0]):
        if kind == "Wald":
            found = overall_wald(fit, covariance)
        else:
            found = overall(fit) if kind == "LR" else overall_score(fit)
    title = f"{_name(fit, kind)} test against the null model{method(kind, covariance_kind)}"
    return table("overall", title, ("term", *TEST_COLUMNS), [("model", *_numbers(found))], _penalty_note(fit, kind))


def check(kind: str, adjust: str | None, covariance_kind: str) -> None:
    """Refuse unknown words, and tests of the likelihood beside a covariance that does not trust it."""
    if kind not in TESTS:
        raise ValueError(f"test={kind!r} is not known; choose one of {', '.join(map(repr, TESTS))}")
    if adjust is not None and adjust not in ADJUSTMENTS:
        raise ValueError(f"adjust={adjust!r} is not known; choose one of {', '.join(map(repr, ADJUSTMENTS))}")
    if kind != "Wald" and covariance_kind != "model":
        raise FitError(
            f"A {TEST_NAMES[kind].lower()} test takes the likelihood at its word and cannot use covariance="
            f"{covariance_kind!r}; use test='Wald', or with_covariance('model') first."
        )


def _name(fit: Fit, kind: TestKind) -> str:
    return test_name(fit).capitalize() if kind == "LR" else TEST_NAMES[kind]


def _penalty_note(fit: Fit, kind: TestKind) -> str:
    return PENALISED_NOTE if kind == "LR" and fit.settings.firth else ""


def method(kind: TestKind, covariance_kind: str) -> str:
    """What a title says of the covariance; the other tests have none."""
    if kind != "Wald":
        return ""
    return f", {'model-based' if covariance_kind == 'model' else covariance_kind} covariance"


def default_test(covariance_kind: str) -> TestKind:
    """Likelihood ratio, or Wald where another covariance than the model's was chosen."""
    return "LR" if covariance_kind == "model" else "Wald"


def _numbers(found: ChiSquared) -> tuple[float, int, float, float]:
    return found.statistic, found.df, found.p_value, found.log_p


def _size(fit: Fit, one: Restriction, covariance: Array | None) -> tuple[float | None, float | None]:
    if one.df != 1:
        return None, None
    inner = restricted_covariance(fit, one, covariance)
    return float((estimates(fit, one) - one.value)[0]), math.sqrt(float(inner[0, 0]))


def _joint_z(
    fit: Fit, kind: TestKind, restrictions: Sequence[Restriction], covariance: Array | None
) -> tuple[Array | None, Array | None]:
    """The z of each hypothesis and the covariance of their estimates; None where there is no z."""
    if kind != "Wald" or any(r.df != 1 for r in restrictions):
        return None, None
    together = Restriction(np.vstack([r.matrix for r in restrictions]), np.concatenate([r.value for r in restrictions]))
    inner = restricted_covariance(fit, together, covariance)
    return (estimates(fit, together) - together.value) / np.sqrt(np.diag(inner)), inner


def _adjustment(
    adjust: Adjustment | None, tests: Sequence[ChiSquared], title: str, z: Array | None, inner: Array | None
) -> tuple[list[tuple[float, ...]], str]:
    """The cells to add to each row, and the title that says so."""
    if adjust is None or not tests:
        return [()] * len(tests), title
    logs = adjusted(adjust, np.array([t.log_p for t in tests]), z, inner)
    return [(math.exp(v), float(v)) for v in logs], f"{title}, p adjusted: {ADJUSTMENT_NAMES[adjust]}"
