"""A multinomial result's facts handed to the report room: one block of coefficients an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from statlogit.design import LabelRow
from statlogit.inference.wald import Wald
from statlogit.report.build import build
from statlogit.report.covariance import covariance_heading, interval_name
from statlogit.report.facts import ReportFacts
from statlogit.report.outline import CoefficientRow, Fact, Outline
from statlogit.results.assessment_report import class_sections
from statlogit.results.effects_report import class_effects_sections
from statlogit.results.residuals_report import residual_sections
from statlogit.results.summary import (
    POSTERIOR,
    _data_facts,
    _overall,
    _reproducibility,
    _tests,
    degrees,
    effective,
    method,
    shown_trace,
)
from statlogit.tables import Kind, Table, table

if TYPE_CHECKING:
    from statlogit.results.multinomial import MultinomialResult


SYMMETRIC = "one weight vector for each class, of sum zero (symmetric)"


def outline(result: MultinomialResult, level: float = 0.95) -> Outline:
    """The report as a tree of facts."""
    return build(facts(result, level))


def facts(result: MultinomialResult, level: float = 0.95) -> ReportFacts:
    """Everything a report says of this result; no tests without a certified maximum."""
    from statlogit import __version__

    fit, frame, certificate = result.fit, result.fit.frame, result.certificate
    penalty = fit.settings.penalty
    separated = fit.separation.kind != "none"
    tested = (result.converged or separated) and penalty == "none" and fit.settings.inference
    return ReportFacts(
        version=__version__,
        title="Multinomial logistic regression",
        formula=frame.design.formula,
        response=f"{frame.response.sentence}, {SYMMETRIC if result.symmetric else frame.response.note}",
        profile=_profile(result),
        method=method(fit),
        covariance=_covariance(result),
        n_read=frame.n_read,
        n_used=fit.n_rows,
        dropped=tuple((d.variable, d.count) for d in frame.dropped if d.count),
        n_zero_weight=frame.n_zero_weight,
        status=result.status,
        converged=result.converged,
        n_iter=result.n_iter,
        digits=None if separated or not np.isfinite(certificate.digits) else certificate.digits,
        certificate="" if separated else certificate.sentence,
        findings=result.findings,
        coefficients=_coefficients(result, level),
        level=level,
        interval_method="posterior" if penalty == "ridge" else interval_name(result._spread, "Wald"),
        tests=_tests(result) if tested else None,
        overall=_overall(result) if tested else None,
        fit=_statistics(result),
        trace=shown_trace(result._trace_table),
        data_facts=_data_facts(result),
        reproducibility=_reproducibility(result, __version__),
        extra=(*class_effects_sections(result, level), *class_sections(result, level), *residual_sections(result))
        if frame.in_memory
        else (),
    )


def _covariance(result: MultinomialResult) -> str:
    if not result.fit.settings.inference:
        return "None: standard errors were left out"
    if not result._knows_errors:
        return "None: no maximum was reached"
    ridge = result.fit.settings.penalty == "ridge"
    return POSTERIOR if ridge else covariance_heading(result._spread)


def _profile(result: MultinomialResult) -> Table:
    counts = result.fit.frame.response.counts
    rows = [(str(name), count, count / sum(counts)) for name, count in zip(result.levels, counts, strict=True)]
    return table("profile", "Response profile", ["level", "n", "share"], rows)


def _coefficients(result: MultinomialResult, level: float) -> tuple[CoefficientRow, ...]:
    found, labels = result.inference(level), result.fit.frame.design.labels()
    return tuple(_row(result, row, found, k) for k in range(len(result.classes)) for row in labels)


def _row(result: MultinomialResult, row: LabelRow, found: Wald, k: int) -> CoefficientRow:
    nan, outcome = float("nan"), str(result.classes[k])
    variable, level = (row.heading, row.member) if row.level is None else (row.variable, str(row.level))
    if row.is_reference or row.column is None:
        return CoefficientRow(
            term=row.term, label=row.label, variable=variable, level=level, outcome=outcome, is_reference=True,
            estimate=0.0, std_error=nan, z=nan, p_value=nan, conf_low=0.0, conf_high=0.0, odds_ratio=1.0,
            or_low=1.0, or_high=1.0,
        )  # fmt: skip
    j = row.column
    beta, low, high = (float(v[j, k]) for v in (result._beta, found.low, found.high))
    with np.errstate(over="ignore"):
        ratios = [float(v) for v in np.exp([beta, low, high])]
    return CoefficientRow(
        term=row.name or row.term, label=row.label, variable=variable, level=level, outcome=outcome,
        is_basis=row.is_basis, is_aliased=result.names[j] in result.aliased, estimate=beta,
        std_error=float(result._std_error[j, k]), z=float(found.z[j, k]), p_value=float(found.p_value[j, k]),
        log_p=float(found.log_p[j, k]), conf_low=low, conf_high=high, odds_ratio=ratios[0], or_low=ratios[1],
        or_high=ratios[2],
    )  # fmt: skip


def _statistics(result: MultinomialResult) -> tuple[Fact, ...]:
    found = result.statistics
    return (
        Fact("Log-likelihood", result.llf, Kind.LOGLIK),
        Fact("Null log-likelihood", result.llnull, Kind.LOGLIK),
        Fact("Deviance", result.deviance, Kind.LOGLIK, note=degrees(result.df_resid)),
        *effective(result),
        Fact("AIC", found.aic, Kind.LOGLIK),
        Fact("AICc", found.aicc, Kind.LOGLIK),
        Fact("BIC", found.bic, Kind.LOGLIK),
        Fact("McFadden R2", found.mcfadden, Kind.SCORE),
    )
