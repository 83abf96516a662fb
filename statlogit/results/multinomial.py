"""MultinomialResult: what a multinomial fit answers. A frozen facade; each method delegates to a room."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.core.types import Array
from statlogit.diagnostics import questions as checks
from statlogit.diagnostics.assessment import Assessment
from statlogit.diagnostics.calibration import Calibration
from statlogit.diagnostics.classes import ClassAssessment, ClassScores, assess_classes
from statlogit.diagnostics.corrected import Validation
from statlogit.diagnostics.covariance import covariance_findings, ranked
from statlogit.diagnostics.discrimination import Roc
from statlogit.diagnostics.findings import findings
from statlogit.diagnostics.rows import ClassResiduals, class_residuals
from statlogit.effects import questions
from statlogit.effects.flags import Guard, beside, guard_of
from statlogit.effects.predict_classes import (
    ClassPredictions,
    ClassPredictor,
    NewRows,
    as_class_frame,
    class_predictor,
    predict_class_data,
    predict_used_classes,
)
from statlogit.effects.subject import Subject, subject_of
from statlogit.fit import Fit
from statlogit.fit.certificate import Certificate
from statlogit.fit.model import not_known, row_labels, rows_of
from statlogit.fit.symmetric import weights, weights_covariance
from statlogit.inference.analysis import TestType
from statlogit.inference.covariance import (
    Covariance,
    CovarianceKind,
    check_kind,
    covariance,
    covariance_or_withheld,
    name_of,
)
from statlogit.inference.infinite import with_infinite
from statlogit.inference.likelihood import ChiSquared, overall
from statlogit.inference.multiplicity import Adjustment
from statlogit.inference.restrictions import TestKind
from statlogit.inference.statistics import FitStatistics, fit_statistics, residual_df
from statlogit.inference.testing import anova_table, default_test, hypothesis_table, overall_table
from statlogit.inference.wald import Wald, wald
from statlogit.results.remedies import completed
from statlogit.results.trace import trace_table
from statlogit.tables import Finding, Table

NO_MAXIMUM = Finding(
    "not_converged",
    "error",
    "No finite maximum of the likelihood could be certified: the classes may be separated. The coefficients are the "
    "last iterate, and no standard errors or tests are given.",
    remedy="Drop or merge terms that tell the classes apart, or fit with penalty=sl.Ridge(1.0).",
    run="sl.multinomial(formula, data, penalty=sl.Ridge(1.0))",
)


@dataclass(frozen=True, slots=True)
class ClassSeparation:
    """Infinite coefficients by (class, column). kind is "none", "quasi" or "complete"; rows are labels of used rows.

    rows: those in which some class loses all probability. A coefficient is a contrast with the reference: where only
    two other classes are separated from each other, coefficients of one of them at least are infinite.
    """

    kind: str
    infinite: tuple[tuple[Any, str], ...]
    signs: tuple[int, ...]
    rows: tuple[Hashable, ...]


@dataclass(frozen=True)
class MultinomialResult:
    """A fitted multinomial logit: log relative risks of each class against the reference class.

    Frames of coefficients are design columns x classes. Infinite estimates are +-inf with a nan standard error,
    aliased ones nan; where no finite maximum could be certified, all standard errors and tests are nan.
    """

    fit: Fit
    call: str = ""
    covariance: CovarianceKind = "model"

    # -- coefficients -----------------------------------------------------------------------------------------
    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.fit.frame.design.names)

    @property
    def reference(self) -> Any:
        """The class that all others are compared with; None in the symmetric model."""
        return None if self.symmetric else self.fit.frame.response.reference

    @property
    def symmetric(self) -> bool:
        """A weight vector for each of the K classes, of sum zero: `reference=None` with a ridge."""
        return self.fit.settings.symmetric

    @property
    def levels(self) -> tuple[Any, ...]:
        """All K classes in their order."""
        return self.fit.frame.response.levels

    @cached_property
    def _base(self) -> int:
        return self.levels.index(self.fit.frame.response.reference)

    @cached_property
    def classes(self) -> tuple[Any, ...]:
        """The classes with coefficients: all but the reference, or all K in the symmetric model."""
        if self.symmetric:
            return self.levels
        return tuple(level for k, level in enumerate(self.levels) if k != self._base)

    def _frame(self, values: Array) -> pd.DataFrame:
        return pd.DataFrame(values, index=list(self.names), columns=pd.Index(list(self.classes)))

    @property
    def _separated(self) -> bool:
        return self.fit.separation.kind != "none"

    @property
    def params(self) -> pd.DataFrame:
        """Coefficients, log relative risks against the reference class (in the symmetric model, the mean class)."""
        return self._frame(self._beta)

    @cached_property
    def _beta(self) -> Array:
        return weights(self.fit.beta, self._base) if self.symmetric else self.fit.beta

    @cached_property
    def _shown_covariance(self) -> Array:
        """Of `params`; `_covariance` is that of the contrasts with one class."""
        if not self.symmetric:
            return self._covariance
        return weights_covariance(self._covariance, len(self.names), self._base)

    @cached_property
    def _spread(self) -> Covariance:
        return covariance_or_withheld(self.fit, self.covariance)

    @cached_property
    def _covariance(self) -> Array:
        known = self.converged or self._separated
        return self._spread.matrix if known else not_known(self.fit.covariance.shape)

    @cached_property
    def _std_error(self) -> Array:
        return np.asarray(np.sqrt(np.diag(self._shown_covariance)).reshape(self._beta.shape, order="F"))

    def _wald(self, level: float = 0.95) -> Wald:
        return wald(self._beta, self._std_error, level)

    def inference(self, level: float = 0.95) -> Wald:
        """What tables show of every coefficient, (p, q): Wald, or the likelihood-ratio p-value of an infinite one."""
        return with_infinite(self._wald(level), self.fit, level)

    @property
    def bse(self) -> pd.DataFrame:
        """Standard errors."""
        return self._frame(self._std_error)

    @property
    def zvalues(self) -> pd.DataFrame:
        return self._frame(self._wald().z)

    @property
    def pvalues(self) -> pd.DataFrame:
        """Two-sided normal p-values of the Wald z."""
        return self._frame(self._wald().p_value)

    @cached_property
    def _pairs(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_product([list(self.classes), list(self.names)], names=["class", "column"])

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Wald intervals, one row a (class, column)."""
        found = self._wald(level)
        values = {"conf_low": found.low.ravel(order="F"), "conf_high": found.high.ravel(order="F")}
        return pd.DataFrame(values, index=self._pairs)

    def cov_params(self, kind: CovarianceKind | None = None) -> pd.DataFrame:
        """Covariance of the coefficients, rows and columns by (class, column); of this result's kind by default."""
        if kind is not None:
            check_kind(kind, "kind")
        values = self._shown_covariance if kind is None else covariance(self.fit, kind).matrix
        return pd.DataFrame(values, index=self._pairs, columns=self._pairs)

    def with_covariance(self, kind: CovarianceKind) -> MultinomialResult:
        """The same estimates with another covariance; every table follows it. kind: as for a binary fit, not quasi.

        Raises FitError where it means nothing: penalised or uncertified estimates, no cluster column.
        """
        check_kind(kind, "kind")
        changed = replace(self, covariance=kind)
        changed.__dict__["_spread"] = covariance(self.fit, kind)  # refuse now, not at the first table
        return changed

    # -- the whole fit ----------------------------------------------------------------------------------------
    @property
    def llf(self) -> float:
        return self.fit.loglik

    @property
    def llnull(self) -> float:
        """Log-likelihood of intercepts and offset alone."""
        return self.fit.null_loglik

    @cached_property
    def _overall(self) -> ChiSquared:
        return overall(self.fit)

    @property
    def llr(self) -> float:
        """Likelihood-ratio statistic against the null model."""
        return self._overall.statistic

    @property
    def llr_pvalue(self) -> float:
        return self._overall.p_value if self.converged or self._separated else float("nan")

    @cached_property
    def statistics(self) -> FitStatistics:
        return fit_statistics(self.fit)

    @property
    def aic(self) -> float:
        return self.statistics.aic

    @property
    def aicc(self) -> float:
        return self.statistics.aicc

    @property
    def bic(self) -> float:
        return self.statistics.bic

    @property
    def deviance(self) -> float:
        """-2 log-likelihood: one outcome a row has no other saturated model."""
        return -2.0 * self.fit.loglik

    @property
    def null_deviance(self) -> float:
        return -2.0 * self.fit.null_loglik

    @property
    def nobs(self) -> int:
        return self.fit.n_rows

    @property
    def df_model(self) -> int:
        """Estimated coefficients without the intercepts."""
        return (len(self.levels) - 1) * (self.fit.rank - (self.fit.frame.design.intercept is not None))

    @property
    def df_effective(self) -> float:
        """Effective number of coefficients, intercept included: trace((I + P)^-1 I) under a ridge penalty P.

        Without one it is their number; summed over the equations of a multinomial fit.
        """
        return self.fit.estimate.effective_df

    @property
    def df_resid(self) -> float:
        """Used rows less the (effective) number of coefficients; whole but under a ridge penalty."""
        return residual_df(self.fit)

    # -- how it went ------------------------------------------------------------------------------------------
    @property
    def converged(self) -> bool:
        """True when a finite maximum was reached and certified."""
        found = self.fit.estimate
        proved = found.certificate.exists or not self.fit.settings.inference
        return found.solution.converged and proved and not self._separated

    @property
    def status(self) -> str:
        """How the fit ended, as a sentence."""
        uncertified = self.fit.estimate.solution.converged and not self.converged and not self._separated
        return "no finite maximum could be certified" if uncertified else self.fit.status.value

    @property
    def n_iter(self) -> int:
        return self.fit.estimate.solution.n_iter

    @cached_property
    def _trace_table(self) -> Table:
        return trace_table(self.fit.estimate.solution)

    @property
    def trace(self) -> pd.DataFrame:
        """One row an iteration, the first is the start."""
        return self._trace_table.to_frame()

    @property
    def certificate(self) -> Certificate:
        return self.fit.estimate.certificate

    @property
    def separation(self) -> ClassSeparation:
        """Which coefficients are infinite, with their signs, and the rows that make them so."""
        found = self.fit.separation
        p = len(self.names)
        pairs = tuple((self.classes[j // p], self.names[j % p]) for j in found.infinite)
        rows = () if found.rows is None else row_labels(self.fit, found.rows)
        return ClassSeparation(found.kind, pairs, found.signs, rows)

    @property
    def aliased(self) -> tuple[str, ...]:
        return self.fit.aliased

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know before the numbers, worst first."""
        found = completed(ranked((*findings(self.fit), *covariance_findings(self.fit, self._spread))), self.call)
        if self.converged or self._separated:
            return found
        return (
            *completed((NO_MAXIMUM,), self.call),
            *(f for f in found if f.code not in ("converged", "not_converged")),
        )

    # -- tests ------------------------------------------------------------------------------------------------
    def overall_test(self, test: TestKind | None = None) -> Table:
        """The model against the null model: "LR", "Wald" or "score", across all equations. None: as in `anova`."""
        kind = test or default_test(name_of(self.covariance))
        return overall_table(self.fit, kind, covariance=self._chosen, covariance_kind=name_of(self.covariance))

    def anova(self, type: TestType = 2, test: TestKind | None = None, *, adjust: Adjustment | None = None) -> Table:
        """Analysis of deviance: one test a term across all equations; see `LogitResult.anova`.

        Raises FitError where no finite maximum is certified.
        """
        kind, name = test or default_test(name_of(self.covariance)), name_of(self.covariance)
        return anova_table(self.fit, type, kind, adjust=adjust, covariance=self._chosen, covariance_kind=name)

    def test(
        self, hypotheses: str, test: TestKind = "Wald", *, joint: bool = True, adjust: Adjustment | None = None
    ) -> Table:
        """Test linear hypotheses; see `LogitResult.test`.

        `column@class` is a coefficient of one equation, a name alone means every equation:
        `m.test("age")`, `m.test("age@medium = age@high")`.
        """
        return hypothesis_table(
            self.fit, hypotheses, test, joint=joint, adjust=adjust, covariance=self._chosen,
            covariance_kind=name_of(self.covariance),
        )  # fmt: skip

    @property
    def _chosen(self) -> Array | None:
        return None if self.covariance == "model" else self._covariance

    @cached_property
    def _anova(self) -> Table:
        return self.anova(test=None if self.fit.frame.in_memory else "Wald")  # LR: some passes for each term

    # -- rows -------------------------------------------------------------------------------------------------
    def predict(
        self,
        newdata: Any = None,
        interval: Literal["confidence"] | None = None,
        level: float = 0.95,
        unseen: Literal["raise", "nan"] = "raise",
        flags: bool = False,
    ) -> pd.DataFrame:
        """Probabilities, rows x classes, of the used rows or of new ones (nan where a row cannot be predicted).

        Under separation they are the limits: exactly 0 or 1 where the data decide a row's class for ever.

        interval="confidence": columns (class, quantity) with estimate, std_error, conf_low, conf_high by the delta
        method on the logit of each probability. flags=True adds `reason` and `extrapolates`, as for binary fits.
        """
        asked = NewRows(interval, level, unseen, flags)
        if newdata is not None:
            frame = self.fit.frame
            return predict_class_data(self._predictor, frame.design, self.levels, self._guard, newdata, asked)
        found, index = self._predicted(interval), self.fit.frame.index
        shown = as_class_frame(found, self.levels, index, np.arange(len(index)), interval, level)
        return beside(shown, None) if flags else shown

    @cached_property
    def _guard(self) -> Guard:
        return guard_of(rows_of(self.fit.frame), self._covariance if self._knows_errors else None)

    @cached_property
    def _predictor(self) -> ClassPredictor:
        return class_predictor(self.fit, self._base, self._covariance if self._knows_errors else None)

    @property
    def _knows_errors(self) -> bool:
        known = (self.converged or self._separated) and self.fit.settings.inference
        return known and not self._spread.refused

    def _predicted(self, interval: str | None = None) -> ClassPredictions:
        return predict_used_classes(self.fit, self._predictor, errors=interval is not None)

    def confusion(self) -> pd.DataFrame:
        """Weighted counts of the used rows: observed classes (rows) by likeliest predicted class (columns)."""
        frame, k = self.fit.frame, len(self.levels)
        observed = np.insert(frame.y, self._base, 1.0 - frame.y.sum(axis=1), axis=1)
        chosen = np.eye(k)[self._predicted().mu.argmax(axis=1)]
        counts = (frame.weight[:, None] * observed).T @ chosen
        index = pd.Index(list(self.levels), name="observed")
        return pd.DataFrame(counts, index=index, columns=pd.Index(list(self.levels), name="predicted"))

    # -- assessment: on the used rows, or on new ones whose classes are in newdata ------------------------------------
    @cached_property
    def _assessment(self) -> ClassAssessment:
        return assess_classes(self.fit, self._predictor)

    def _assess(self, newdata: Any) -> ClassAssessment:
        return self._assessment if newdata is None else assess_classes(self.fit, self._predictor, newdata)

    def _against_rest(self, outcome: Any, newdata: Any) -> Assessment:
        if outcome not in self.levels:
            raise ValueError(f"outcome={outcome!r} is no class; choose one of {', '.join(map(repr, self.levels))}")
        return self._assess(newdata).against_rest(self.levels.index(outcome))

    @property
    def scores(self) -> ClassScores:
        """Brier score and log loss over all classes, accuracy."""
        return self._assessment.scores

    def discrimination(self, newdata: Any = None, level: float = 0.95) -> Table:
        """Each class against all others: AUC (DeLong), calibration, Brier; the note has Hand and Till's M."""
        return self._assess(newdata).table(level)

    def hand_till(self, newdata: Any = None) -> float:
        """Hand and Till's M: the mean AUC over pairs of classes."""
        return self._assess(newdata).hand_till

    def roc(self, outcome: Any, newdata: Any = None) -> Roc:
        """The ROC curve of one class against all others."""
        return self._against_rest(outcome, newdata).roc

    def calibration(self, outcome: Any, newdata: Any = None, level: float = 0.95) -> Calibration:
        """The calibration of one class against all others, as LogitResult.calibration."""
        return self._against_rest(outcome, newdata).calibration(level)

    @cached_property
    def residuals(self) -> ClassResiduals:
        """Response and Pearson residuals of every class and deviance residuals of the used rows."""
        return class_residuals(self.fit)

    influence = checks.influence
    fragility = checks.fragility
    vif = checks.vif
    collinearity = checks.collinearity
    linearity = checks.linearity
    validate = checks.validate

    # -- effects ----------------------------------------------------------------------------------------------
    @cached_property
    def _own_subject(self) -> Subject:
        return subject_of(self.fit, self._covariance, name_of(self.covariance))

    def _subject(self, newdata: Any) -> Subject:
        if newdata is None:
            return self._own_subject
        return subject_of(self.fit, self._covariance, name_of(self.covariance), newdata)

    effects = questions.effects
    odds_ratios = questions.odds_ratios
    adjusted = questions.adjusted
    pairwise = questions.pairwise
    effect_curve = questions.effect_curve

    # -- frames -----------------------------------------------------------------------------------------------
    def tidy(self, level: float = 0.95, exponentiate: bool = False) -> pd.DataFrame:
        """One row a coefficient: y_level term estimate std_error statistic p_value conf_low conf_high.

        exponentiate: estimate and limits as relative-risk ratios (std_error stays on the log scale). Infinite
        estimates have no z and no limits; their p_value is that of the likelihood-ratio test.
        """
        found = self.inference(level)
        with np.errstate(over="ignore"):
            shown = [np.exp(v) if exponentiate else v for v in (self._beta, found.low, found.high)]
        estimate, low, high = (v.ravel(order="F") for v in shown)
        return pd.DataFrame(
            {
                "y_level": self._pairs.get_level_values(0), "term": self._pairs.get_level_values(1),
                "estimate": estimate, "std_error": self._std_error.ravel(order="F"),
                "statistic": found.z.ravel(order="F"), "p_value": found.p_value.ravel(order="F"),
                "conf_low": low, "conf_high": high,
            }
        )  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """One row with the facts of the whole fit."""
        frame, found = self.fit.frame, self.statistics
        facts = {
            "nobs": self.nobs, "n_read": frame.n_read, "n_dropped": frame.n_read - self.nobs,
            "df_model": self.df_model, "df_residual": self.df_resid, "log_lik": self.llf,
            "null_log_lik": self.llnull, "deviance": self.deviance, "null_deviance": self.null_deviance,
            "aic": self.aic, "aicc": self.aicc, "bic": self.bic, "lr_stat": self.llr, "lr_df": self._overall.df,
            "lr_p": self.llr_pvalue, "r2_mcfadden": found.mcfadden, "r2_coxsnell": found.coxsnell,
            "r2_nagelkerke": found.nagelkerke, "converged": self.converged, "n_iter": self.n_iter,
            "method": self.fit.estimate.solution.solver, "penalty": self.fit.settings.penalty,
            "covariance": "posterior" if self.fit.settings.ridge else name_of(self.covariance),
        }  # fmt: skip
        return pd.DataFrame([facts])

    # -- reports ----------------------------------------------------------------------------------------------
    def summary(self, level: float = 0.95, *, validation: Validation | None = None) -> str:
        """The text report, 80 columns wide. validation: what m.validate() returned, to be shown with it."""
        from statlogit.report.render import render_text
        from statlogit.results.multinomial_report import outline
        from statlogit.results.validation_report import validated

        return render_text(validated(outline(self, level), self.fit, level, validation or False))

    def report(
        self,
        path: str | Path,
        level: float = 0.95,
        *,
        templates: str | Path | None = None,
        validation: Validation | bool = True,
    ) -> Path:
        """Write a report by suffix: .html .txt .md .tex .json, with extras .docx .xlsx. Returns the path.

        validation: what m.validate() returned; True for as many bootstrap replications as take about a second, and none
        where these are fewer than 40; False for none.
        templates: a folder of jinja2 files that stand in for ours of the same name, run in a sandbox.
        """
        from statlogit.report.write import check_format, write_report
        from statlogit.results.multinomial_report import outline
        from statlogit.results.validation_report import validated

        check_format(path, templates)
        return write_report(validated(outline(self, level), self.fit, level, validation), path, templates)

    def save(self, path: str | Path) -> Path:
        """Write the model as JSON: formula, learned state, coefficients, covariance; no training rows."""
        from statlogit.persist import class_model_of, save

        statistics = {str(k): v for k, v in self.glance().iloc[0].to_dict().items()}
        return save(class_model_of(self.fit, statistics, self._predictor, self._guard), Path(path))

    def __repr__(self) -> str:
        return f"<MultinomialResult {self.fit.frame.design.formula!r}: {self.nobs} rows, {self.status}>"

    def __str__(self) -> str:
        return self.summary()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Findings and coefficients for a notebook cell: text, HTML, Markdown and LaTeX."""
        del include, exclude  # what Jupyter asks for is a hint
        from statlogit.report.notebook import bundle
        from statlogit.results.multinomial_report import outline

        return bundle(outline(self))

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]
