"""A result's facts handed to the report room, and the reports it makes of them."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import scipy

from statlogit.core.threads import one_blas_thread
from statlogit.design import LabelRow
from statlogit.design.streamed import StreamedFrame
from statlogit.diagnostics.corrected import Validation
from statlogit.diagnostics.figures import counted_words, precision_recall_figure, roc_figure
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.inference.bootstrap import Bootstrap
from statlogit.inference.covariance import CovarianceKind
from statlogit.inference.wald import Wald
from statlogit.persist.fingerprint import fingerprint_of
from statlogit.report.build import PROFILE, build
from statlogit.report.covariance import covariance_heading, interval_name
from statlogit.report.facts import Auc, OverallTest, ReportFacts
from statlogit.report.notebook import bundle
from statlogit.report.outline import CoefficientRow, Fact, Outline, Section
from statlogit.report.render import render_text
from statlogit.report.write import check_format, write_report
from statlogit.results.assessment_report import assessment_sections
from statlogit.results.effects_report import effects_sections
from statlogit.results.residuals_report import residual_sections
from statlogit.results.validation_report import validated
from statlogit.tables import GLOSSARY, Column, Kind, Table, table

if TYPE_CHECKING:
    from statlogit.results.logit import IntervalMethod, LogitResult
    from statlogit.results.multinomial import MultinomialResult

SOLVERS = {
    "irls": "IRLS",
    "lbfgs": "L-BFGS",
    "newton-cg": "Newton-CG",
    "gd": "gradient descent",
    "sgd": "stochastic gradient descent",
    "firth": "Newton",
}
METHODS = {"none": "Maximum", "ridge": "Ridge-penalised", "firth": "Firth's penalised"}
Counts: TypeAlias = Mapping[tuple[str, Any], tuple[float, float]]  # (factor, level) -> n, events
LEFT_OUT = "what needs the rows in memory: residuals, influence, tests of fit (fit a sample in memory for them)"
CLASSES_LEFT_OUT = "what needs the rows in memory: discrimination, calibration, residuals (the first two take newdata=)"
POSTERIOR = "Posterior: inverse penalised information"


def text_report(
    result: LogitResult, level: float = 0.95, ci: IntervalMethod = "wald", validation: Validation | None = None
) -> str:
    """The 80-column text report."""
    return render_text(validated(outline(result, level, ci), result.fit, level, validation or False))


def notebook(result: LogitResult) -> dict[str, str]:
    """The short forms for a notebook cell, by MIME type."""
    return bundle(outline(result))


def write(
    result: LogitResult,
    path: Path,
    level: float = 0.95,
    ci: IntervalMethod = "wald",
    templates: str | Path | None = None,
    validation: Validation | bool = True,
) -> Path:
    """Write the report in the format of the suffix; what cannot be written is refused before any table is made."""
    check_format(path, templates)
    return write_report(validated(outline(result, level, ci), result.fit, level, validation), path, templates)


def outline(result: LogitResult, level: float = 0.95, ci: IntervalMethod = "wald") -> Outline:
    """The report as a tree of facts."""
    with one_blas_thread(result.fit.n_rows * result.fit.rank):
        return build(facts(result, level, ci))


def facts(result: LogitResult, level: float = 0.95, ci: IntervalMethod = "wald") -> ReportFacts:
    """Everything a report says of this result."""
    from statlogit import __version__

    fit = result.fit
    frame = fit.frame
    grouped = frame.response.kind == "grouped"
    penalty = fit.settings.penalty
    certificate = result.certificate
    tested = penalty != "ridge" and not fit.stopped_short
    separated = fit.separation.kind != "none"
    return ReportFacts(
        version=__version__,
        title="Grouped binomial logistic regression" if grouped else "Binary logistic regression",
        formula=frame.design.formula,
        response=frame.response.sentence,
        profile=_profile(result),
        method=method(fit),
        covariance=_covariance(result),
        n_read=frame.n_read,
        n_used=fit.n_rows,
        dropped=tuple((d.variable, d.count) for d in frame.dropped if d.count),
        n_zero_weight=frame.n_zero_weight,
        n_events=float(frame.class_weights[0]),
        status=result.status,
        converged=result.converged,
        n_iter=result.n_iter,
        digits=None if separated or not np.isfinite(certificate.digits) else certificate.digits,
        certificate="" if separated else certificate.sentence,
        findings=result.findings,
        coefficients=_coefficients(result, level, ci),
        standard_errors=_standard_errors(result),
        interval_method=_interval_method(result, ci),
        level=level,
        tests=_tests(result) if tested else None,
        overall=_overall(result) if tested else None,
        fit=_statistics(result),
        auc=_auc(result, level),
        roc=roc_figure(result._assessment, level),
        precision_recall=precision_recall_figure(result._assessment),
        extra=_sections(result, level),
        trace=shown_trace(result._trace_table),
        data_facts=(*_data_facts(result), *_counted(result)),
        reproducibility=_reproducibility(result, __version__),
    )


def _sections(result: LogitResult, level: float) -> tuple[Section, ...]:
    """What is said of the rows; of those in files what can be summed over them."""
    held = result.fit.frame.in_memory
    return (
        *effects_sections(result, level),
        *assessment_sections(result, level),
        *(residual_sections(result, result._assessment) if held else ()),
    )


def method(fit: Fit) -> str:
    """What was maximised and by which solver, "auto" where its size chose it."""
    solver = fit.estimate.solution.solver
    automatic = " (auto)" if fit.settings.reason else ""
    return f"{METHODS[fit.settings.penalty]} likelihood, {SOLVERS.get(solver, solver)}{automatic}"


def shown_trace(found: Table) -> Table:
    """The trace with nothing where the solver knows no decrement."""
    rows = tuple(tuple(None if value != value else value for value in row) for row in found.rows)
    return replace(found, rows=rows)


def _covariance(result: LogitResult) -> str:
    if result.fit.stopped_short:
        return "None: the solver stopped short of the maximum"
    return POSTERIOR if result.fit.settings.ridge else covariance_heading(result._spread)


def _interval_method(result: LogitResult, ci: IntervalMethod) -> str:
    penalty = result.fit.settings.penalty
    if ci == "wald":
        return "posterior" if penalty == "ridge" else interval_name(result._spread, "Wald")
    return f"penalised {PROFILE}" if penalty == "firth" else PROFILE


def _profile(result: LogitResult) -> Table | None:
    response, weights = result.fit.frame.response, result.fit.frame.class_weights
    counts = (float(weights[1]), float(weights[0]))
    total = sum(counts)
    names = ("failure", "success") if response.kind == "grouped" else (str(response.reference), str(response.event))
    rows = [(name, count, count / total) for name, count in zip(names, counts, strict=True)]
    return table("profile", "Response profile", ["level", "n", "share"], rows)


def _coefficients(result: LogitResult, level: float, ci: IntervalMethod) -> tuple[CoefficientRow, ...]:
    found, frame = result.inference(level, ci), result.fit.frame
    counts = {(factor, c.level): (c.n, c.events[0]) for factor in frame.factors for c in frame.level_counts(factor)}
    return tuple(_coefficient(result, row, found, counts) for row in frame.design.labels())


def _coefficient(result: LogitResult, row: LabelRow, found: Wald, counts: Counts) -> CoefficientRow:
    nan = float("nan")
    n, n_events = (None, None) if row.level is None else counts.get((row.term, row.level), (None, None))
    variable, level = (row.heading, row.member) if row.level is None else (row.variable, str(row.level))
    if row.is_reference or row.column is None:
        return CoefficientRow(
            term=row.term, label=row.label, variable=variable, level=level, is_reference=True, n=n,
            n_events=n_events, estimate=0.0, std_error=nan, z=nan, p_value=nan, conf_low=0.0, conf_high=0.0,
            odds_ratio=1.0, or_low=1.0, or_high=1.0,
        )  # fmt: skip
    j = row.column
    beta, std_error = float(result.fit.beta[j, 0]), float(result._std_error[j])
    low, high = float(found.low[j]), float(found.high[j])
    with np.errstate(over="ignore"):
        ratios = [float(v) for v in np.exp([beta, low, high])]
    return CoefficientRow(
        term=row.name or row.term, label=row.label, variable=variable, level=level, n=n, n_events=n_events,
        is_basis=row.is_basis,
        is_aliased=result.names[j] in result.aliased, estimate=beta, std_error=std_error, z=float(found.z[j]),
        p_value=float(found.p_value[j]), log_p=float(found.log_p[j]), conf_low=low, conf_high=high,
        odds_ratio=ratios[0], or_low=ratios[1], or_high=ratios[2],
    )  # fmt: skip


def _standard_errors(result: LogitResult) -> Table | None:
    """The chosen standard errors beside the model's, where another covariance was chosen."""
    if result.covariance == "model" or result._spread.refused:
        return None
    own, model = result._std_error, np.sqrt(np.diag(result.cov_params("model")))
    columns = (
        GLOSSARY["term"],
        Column("model_std_error", Kind.STD_ERROR, "Model SE"),
        Column("std_error", Kind.STD_ERROR, f"{interval_name(result._spread, '').strip()} SE"),
        Column("ratio", Kind.RATIO, "Ratio"),
    )
    rows = tuple(
        (name, float(m), float(s), float(s / m)) for name, m, s in zip(result.names, model, own, strict=True) if m > 0.0
    )
    return Table("standard_errors", "Standard errors by both covariances", columns, rows)


def _tests(result: LogitResult | MultinomialResult) -> Table | None:
    found = _known(lambda: result._anova)
    return replace(found, name="tests") if found is not None and found.rows else None


def _known(test: Callable[[], Table]) -> Table | None:
    """A Wald test has no value where its covariance is singular or withheld; a finding says so."""
    try:
        return test()
    except FitError:
        return None


def _overall(result: LogitResult | MultinomialResult) -> OverallTest | None:
    found = _known(result.overall_test)
    if found is None:
        return None
    values = found.to_frame().iloc[0]
    if not values["df"]:
        return None
    return OverallTest(
        name=found.title, statistic=values.statistic, df=int(values["df"]), p_value=values.p_value, log_p=values.log_p
    )


def _statistics(result: LogitResult) -> tuple[Fact, ...]:
    found, score = result.statistics, result.scores
    return (
        Fact("Log-likelihood", result.llf, Kind.LOGLIK),
        Fact("Null log-likelihood", result.llnull, Kind.LOGLIK),
        Fact("Deviance", result.deviance, Kind.LOGLIK, note=degrees(result.df_resid)),
        Fact("Null deviance", result.null_deviance, Kind.LOGLIK),
        *effective(result),
        Fact("AIC", found.aic, Kind.LOGLIK),
        Fact("AICc", found.aicc, Kind.LOGLIK),
        Fact("BIC", found.bic, Kind.LOGLIK),
        Fact("McFadden R2", found.mcfadden, Kind.SCORE),
        Fact("Cox-Snell R2", found.coxsnell, Kind.SCORE),
        Fact("Nagelkerke R2", found.nagelkerke, Kind.SCORE),
        Fact("Tjur R2", score.tjur, Kind.SCORE),
        Fact("Brier score", score.brier, Kind.SCORE),
    )


def degrees(df: float) -> str:
    """Residual degrees of freedom, whole but under a ridge penalty."""
    return f"{df:,} df" if isinstance(df, int) else f"{df:.1f} df"


def effective(result: LogitResult | MultinomialResult) -> tuple[Fact, ...]:
    """What a ridge penalty leaves of the coefficients."""
    if result.fit.settings.ridge is None:
        return ()
    count = result.fit.rank * result.fit.beta.shape[1]
    return (Fact("Effective df", result.df_effective, Kind.NUMBER, note=f"of {count} coefficients"),)


def _auc(result: LogitResult, level: float) -> Auc | None:
    found = result.roc()
    if not np.isfinite(found.auc):
        return None
    low, high = found.conf_int(level)
    return Auc(estimate=found.auc, low=low, high=high)


def _counted(result: LogitResult) -> tuple[Fact, ...]:
    """What counting predictions in cells costs."""
    words = counted_words(result._assessment)
    return (Fact("ROC, calibration", words, Kind.TEXT),) if words else ()


def _data_facts(result: LogitResult | MultinomialResult) -> tuple[Fact, ...]:
    frame = result.fit.frame
    out = []
    if frame.response.kind == "grouped":
        out.append(Fact("Trials", frame.total_weight, Kind.COUNT))
    if frame.has_weights:
        out.append(Fact("Sum of case weights", frame.total_case_weight, Kind.NUMBER))
    if any(frame.offsets):
        out.append(Fact("Offset", "on the log-odds scale", Kind.TEXT))
    if isinstance(frame, StreamedFrame):
        left_out = CLASSES_LEFT_OUT if frame.n_predictors > 1 else LEFT_OUT
        out += [Fact("Read from", frame.origin, Kind.TEXT), Fact("Left out", left_out, Kind.TEXT)]
    return tuple(out)


def _reproducibility(result: LogitResult | MultinomialResult, version: str) -> tuple[Fact, ...]:
    reason = result.fit.settings.reason
    return (
        Fact("Call", f"{result.call}{_chosen(result.covariance)}", Kind.CODE),
        Fact("Formula", result.fit.frame.design.formula, Kind.CODE),
        *((Fact("Solver", reason, Kind.TEXT),) if reason else ()),
        Fact("Data fingerprint", _fingerprint(result), Kind.CODE),
        Fact("Versions", f"statlogit {version}, numpy {np.__version__}, scipy {scipy.__version__}, "
             f"Python {platform.python_version()}", Kind.TEXT),
    )  # fmt: skip


def _chosen(kind: CovarianceKind) -> str:
    if isinstance(kind, Bootstrap):
        return f".with_covariance(sl.{kind!r})"
    return "" if kind == "model" else f".with_covariance({kind!r})"


def _fingerprint(result: LogitResult | MultinomialResult) -> str:
    """The first 16 digits of that of a model file."""
    return fingerprint_of(result.fit.frame)[:16]
