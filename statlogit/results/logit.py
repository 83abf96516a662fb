"""LogitResult: what a fit answers. A frozen facade; each method delegates to a room."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from statlogit.core.types import Array
from statlogit.diagnostics import questions as checks
from statlogit.diagnostics.assessment import Assessment, assess
from statlogit.diagnostics.calibration import Calibration
from statlogit.diagnostics.corrected import Validation
from statlogit.diagnostics.covariance import covariance_findings, ranked
from statlogit.diagnostics.discrimination import Roc
from statlogit.diagnostics.findings import findings
from statlogit.diagnostics.goodness import goodness
from statlogit.diagnostics.rows import RowDiagnostics, row_diagnostics
from statlogit.diagnostics.scores import Scores
from statlogit.diagnostics.thresholds import PrecisionRecall
from statlogit.effects import questions
from statlogit.effects.flags import Guard, beside, flagged_rows, guard_of
from statlogit.effects.predict import (
    Predictions,
    Predictor,
    as_frame,
    predict_data,
    predict_new,
    predict_used,
    predictor_of,
)
from statlogit.effects.subject import Subject, subject_of
from statlogit.fit import Fit
from statlogit.fit.certificate import Certificate
from statlogit.fit.model import row_labels, rows_of
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
from statlogit.inference.profile import profile
from statlogit.inference.restrictions import TestKind
from statlogit.inference.statistics import FitStatistics, fit_statistics, residual_df
from statlogit.inference.testing import anova_table, default_test, hypothesis_table, overall_table
from statlogit.inference.wald import Wald, wald
from statlogit.results.frames import augment, glance, index_of, tidy
from statlogit.results.remedies import completed
from statlogit.results.trace import trace_table
from statlogit.tables import Finding, Table

Level = float
IntervalMethod = Literal["wald", "profile"]


@dataclass(frozen=True, slots=True)
class SeparationReport:
    """Infinite coefficients by name. kind is "none", "quasi" or "complete"; rows are labels of the used rows."""

    kind: str
    infinite: tuple[str, ...]
    signs: tuple[int, ...]
    rows: tuple[Hashable, ...]


@dataclass(frozen=True)
class LogitResult:
    """A fitted binary or grouped logistic regression.

    Coefficients are log-odds per unit of each design column; names are the design's column names. Infinite
    estimates are +-inf with a nan standard error, aliased ones nan; both are named in `findings`.
    """

    fit: Fit
    call: str = ""
    covariance: CovarianceKind = "model"

    # -- coefficients -----------------------------------------------------------------------------------------
    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.fit.frame.design.names)

    def _series(self, values: Array, name: str) -> pd.Series[float]:
        return pd.Series(values, index=self._index, name=name)

    @property
    def _index(self) -> pd.Index[str]:
        return index_of(self.names)

    @property
    def params(self) -> pd.Series[float]:
        """Coefficients, log-odds."""
        return self._series(self.fit.beta[:, 0], "estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors: roots of the diagonal of `cov_params()`."""
        return self._series(self._std_error, "std_error")

    @cached_property
    def _spread(self) -> Covariance:
        return covariance_or_withheld(self.fit, self.covariance)

    @property
    def _covariance(self) -> Array:
        return self._spread.matrix

    @cached_property
    def _std_error(self) -> Array:
        return np.asarray(np.sqrt(np.diag(self._covariance)))

    @property
    def zvalues(self) -> pd.Series[float]:
        return self._series(self.wald().z, "z")

    @property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided normal p-values of the Wald z. Below 1e-308 they are 0 here; `log_pvalues` still tells."""
        return self._series(self.wald().p_value, "p_value")

    @property
    def log_pvalues(self) -> pd.Series[float]:
        """Natural logarithm of the p-values."""
        return self._series(self.wald().log_p, "log_p")

    def wald(self, level: Level = 0.95) -> Wald:
        """z, p-values and limits of every coefficient, with this result's covariance."""
        return wald(self.fit.beta[:, 0], self._std_error, level)

    def inference(self, level: Level = 0.95, method: IntervalMethod = "wald") -> Wald:
        """What tables show of every coefficient: z, p-values and limits, with `conf_int(method=...)`.

        Where an estimate is infinite, Wald is withheld: the limits are those of the profile likelihood, one of them
        infinite, and the p-value is that of the likelihood-ratio test.
        """
        limits = self.conf_int(level, method)
        low, high = (limits[name].to_numpy(dtype=np.float64) for name in ("conf_low", "conf_high"))
        return with_infinite(replace(self.wald(level), low=low, high=high), self.fit, level)

    def conf_int(self, level: Level = 0.95, method: IntervalMethod = "wald") -> pd.DataFrame:
        """Intervals, log-odds: "wald", or "profile" by inverting likelihood-ratio tests (ends may be infinite).

        "wald" is nan where an estimate is infinite; `tidy` and the reports show the profile limits there.

        Under penalty=Firth() the tests are penalised ones, the penalty that of the full design. Raises FitError for
        "profile" under a ridge penalty.
        """
        _known("method", method, get_args(IntervalMethod))
        found = self.wald(level)
        low, high = (found.low, found.high) if method == "wald" else profile(self.fit, range(len(self.names)), level)
        return pd.DataFrame({"conf_low": low, "conf_high": high}, index=self._index)

    def cov_params(self, kind: CovarianceKind | None = None) -> pd.DataFrame:
        """Covariance of the coefficients, of this result's kind by default; see `with_covariance` for the kinds."""
        if kind is not None:
            check_kind(kind, "kind")
        values = self._covariance if kind is None else covariance(self.fit, kind).matrix
        return pd.DataFrame(values, index=self._index, columns=self._index)

    def with_covariance(self, kind: CovarianceKind) -> LogitResult:
        """The same estimates with another covariance; every table follows it and every header names it.

        kind: model; HC0 HC1 HC2 HC3 (robust); CR0 CR1 CR2 CR3, or cluster for CR1 (with cluster= at the fit); quasi
        (grouped data, times the dispersion); bootstrap or sl.Bootstrap(replications, seed, by). p-values and
        intervals use the normal distribution under every kind.

        Raises FitError where it means nothing: infinite, penalised or unconverged estimates, no cluster column.
        """
        check_kind(kind, "kind")
        changed = replace(self, covariance=kind)
        changed.__dict__["_spread"] = covariance(self.fit, kind)  # refuse now, not at the first table
        return changed

    # -- the whole fit ----------------------------------------------------------------------------------------
    @property
    def llf(self) -> float:
        """Log-likelihood, with binomial coefficients for grouped data; the supremum under separation."""
        return self.fit.loglik

    @property
    def llnull(self) -> float:
        """Log-likelihood of intercept and offset alone."""
        return self.fit.null_loglik

    @cached_property
    def _overall(self) -> ChiSquared:
        return overall(self.fit)

    @property
    def llr(self) -> float:
        """Likelihood-ratio statistic against the null model; penalised under Firth, nan under a ridge penalty."""
        return self._overall.statistic

    @property
    def llr_df(self) -> int:
        """Degrees of freedom of the likelihood-ratio test against the null model."""
        return self._overall.df

    @property
    def llr_pvalue(self) -> float:
        return self._overall.p_value

    @cached_property
    def statistics(self) -> FitStatistics:
        """Information criteria and pseudo R-squared."""
        return fit_statistics(self.fit)

    @property
    def aic(self) -> float:
        return self.statistics.aic

    @property
    def aicc(self) -> float:
        return self.statistics.aicc

    @property
    def bic(self) -> float:
        """Bayesian information criterion with the number of used rows."""
        return self.statistics.bic

    @property
    def deviance(self) -> float:
        return self.fit.deviance

    @property
    def null_deviance(self) -> float:
        return self.fit.null_deviance

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.fit.n_rows

    @property
    def df_model(self) -> int:
        """Estimated coefficients without the intercept."""
        return self.fit.rank - (self.fit.frame.design.intercept is not None)

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
        """True when a finite maximum was reached."""
        return self.fit.estimate.solution.converged and self.fit.separation.kind == "none"

    @property
    def status(self) -> str:
        """Why the solver stopped, as a sentence."""
        return self.fit.status.value

    @property
    def n_iter(self) -> int:
        return self.fit.estimate.solution.n_iter

    @property
    def trace(self) -> pd.DataFrame:
        """One row an iteration, the first is the start: iteration loglik gradient decrement step halvings.

        loglik without binomial coefficients; gradient: largest |score| per row in centred, scaled columns;
        decrement: distance from the maximum in standard errors by the quadratic model.
        """
        return self._trace_table.to_frame()

    @cached_property
    def _trace_table(self) -> Table:
        return trace_table(self.fit.estimate.solution)

    @property
    def certificate(self) -> Certificate:
        """A bound on the distance from the exact maximum."""
        return self.fit.estimate.certificate

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know before the numbers, worst first."""
        found = ranked((*findings(self.fit), *covariance_findings(self.fit, self._spread)))
        return completed(found, self.call)

    @property
    def separation(self) -> SeparationReport:
        found = self.fit.separation
        rows = () if found.rows is None else row_labels(self.fit, found.rows)
        return SeparationReport(found.kind, tuple(self.names[j] for j in found.infinite), found.signs, rows)

    @property
    def aliased(self) -> tuple[str, ...]:
        """Design columns that are linear combinations of earlier ones; not estimated."""
        return self.fit.aliased

    # -- tests ------------------------------------------------------------------------------------------------
    def overall_test(self, test: TestKind | None = None) -> Table:
        """The model against the null model: "LR" (penalised under Firth), "Wald" or "score", chi-squared.

        None: as in `anova`. Raises FitError under a ridge penalty, whose estimate has none of these tests.
        """
        kind = test or default_test(name_of(self.covariance))
        return overall_table(self.fit, kind, covariance=self._chosen, covariance_kind=name_of(self.covariance))

    def anova(self, type: TestType = 2, test: TestKind | None = None, *, adjust: Adjustment | None = None) -> Table:
        """Analysis of deviance: one test a term, of type 1, 2 or 3 as in SAS and R's car.

        test: "LR", "Wald" (with this result's covariance) or "score"; None is LR, and Wald where a robust covariance
        was chosen, which LR and score tests cannot use. adjust="holm" adds p_adjusted.
        Under penalty=Firth() LR is penalised: a term's coefficients are held at zero while the information of the full
        design stays the penalty, as in R's logistf. Raises FitError under a ridge penalty.
        """
        kind = test or default_test(name_of(self.covariance))
        return anova_table(
            self.fit, type, kind, adjust=adjust, covariance=self._chosen, covariance_kind=name_of(self.covariance)
        )

    def test(
        self, hypotheses: str, test: TestKind = "Wald", *, joint: bool = True, adjust: Adjustment | None = None
    ) -> Table:
        """Test linear hypotheses: `r.test("age = 0, smoke = 2*ht")`, `r.test("C(race)")` (all its columns are zero).

        Names are design columns; with joint=False each hypothesis has its own row, with its estimate and standard
        error for Wald. test: "Wald" (with this result's covariance), "LR" (works for infinite estimates) or "score".
        adjust (with joint=False): "holm", or "single-step", the largest |z| under the joint normal distribution.
        Raises FormulaError with the place of what cannot be read, RankError for redundant or contradictory hypotheses.
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
    @cached_property
    def _used(self) -> Predictions:
        return predict_used(self.fit, self._predictor)

    @cached_property
    def _predictor(self) -> Predictor:
        return predictor_of(self.fit, self._spread)

    @property
    def fittedvalues(self) -> pd.Series[float]:
        """Probabilities of the used rows, with the labels they had."""
        return pd.Series(self._assessment.outcomes.mu, index=self.fit.frame.index, name="probability")

    @cached_property
    def residuals(self) -> RowDiagnostics:
        """Residuals, leverages and Cook's distances of the used rows."""
        return row_diagnostics(self.fit)

    quantile_residuals = checks.quantile_residuals
    influence = checks.influence
    fragility = checks.fragility
    binned_residuals = checks.binned_residuals
    vif = checks.vif
    collinearity = checks.collinearity
    linearity = checks.linearity
    component_residuals = checks.component_residuals
    link_test = checks.link_test
    dispersion = checks.dispersion
    sample_size = checks.sample_size
    validate = checks.validate

    # -- assessment: on the used rows, or on new ones whose response is in newdata ----------------------------------
    @cached_property
    def _assessment(self) -> Assessment:
        return assess(self.fit)

    def _assess(self, newdata: Any) -> Assessment:
        return self._assessment if newdata is None else assess(self.fit, newdata)

    def roc(self, newdata: Any = None) -> Roc:
        """The ROC curve with the area and DeLong's standard error."""
        return self._assess(newdata).roc

    def concordance(self, newdata: Any = None) -> Table:
        """C, Somers' Dxy, Goodman-Kruskal gamma, Kendall's tau-a and the pairs behind them."""
        return self._assess(newdata).concordance()

    def precision_recall(self, newdata: Any = None) -> PrecisionRecall:
        """Precision against recall with the average precision."""
        return self._assess(newdata).precision_recall()

    def thresholds(self, cut: Sequence[float] | None = None, newdata: Any = None, level: Level = 0.95) -> Table:
        """Classification at each cut (0.1, ..., 0.9 by default): counts, shares with Wilson limits, F1, Youden."""
        return self._assess(newdata).thresholds(cut, level)

    def decision_curve(self, cut: Sequence[float] | None = None, newdata: Any = None) -> Table:
        """Net benefit of the model, of treating all and of treating none (cuts 0.01, ..., 0.99 by default)."""
        return self._assess(newdata).decision_curve(cut)

    def calibration(self, newdata: Any = None, level: Level = 0.95) -> Calibration:
        """Smooth curve, bins, intercept and slope, ICI and its quantiles, parts of the Brier score."""
        return self._assess(newdata).calibration(level)

    def goodness(self) -> Table:
        """Tests of fit, Hosmer-Lemeshow first: test statistic df p_value; the note says what each cannot tell."""
        return goodness(self.fit, self._assessment.outcomes, self._assessment.ranking)

    @property
    def scores(self) -> Scores:
        """Brier score, log loss, Tjur's coefficient."""
        return self._assessment.scores

    def predict(
        self,
        newdata: Any = None,
        kind: Literal["probability", "link"] = "probability",
        interval: Literal["confidence"] | None = None,
        level: Level = 0.95,
        unseen: Literal["raise", "nan"] = "raise",
        flags: bool = False,
    ) -> pd.Series[float] | pd.DataFrame:
        """Predict the used rows, or new ones.

        kind: "probability" of the event or "link" (log-odds). interval="confidence" gives a frame with estimate,
        std_error, conf_low, conf_high; probability limits are the transformed limits of the link. Rows that
        cannot be predicted (missing values) are nan. flags=True gives a frame with two columns more: `reason`, why a
        row has no prediction or a doubtful one, and `extrapolates`, whether it lies outside the training rows.
        """
        _known("kind", kind, ("probability", "link"))
        _known("interval", interval, (None, "confidence"))
        design, flagged = self.fit.frame.design, None
        if newdata is None:
            found, index = self._used, self.fit.frame.index
        elif flags:
            flagged = flagged_rows(design, newdata, self._guard)
            found, index = predict_new(self._predictor, flagged.rows)
        else:
            found, index = predict_data(self._predictor, design, newdata, unseen)
        shown = as_frame(found, index, kind, interval, level)
        return beside(shown, flagged) if flags else shown

    @cached_property
    def _guard(self) -> Guard:
        return guard_of(rows_of(self.fit.frame), self._predictor.covariance)

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
    def tidy(
        self, level: Level = 0.95, method: IntervalMethod = "wald", exponentiate: bool = False, full: bool = False
    ) -> pd.DataFrame:
        """One row a coefficient: term estimate std_error statistic p_value conf_low conf_high.

        exponentiate: estimate and limits as odds ratios (std_error stays on the log-odds scale). full: also log_p
        and method. Infinite estimates have no z: their limits are of the profile likelihood, one of them infinite,
        and their p_value is that of the likelihood-ratio test.
        """
        return tidy(self, level, method, exponentiate, full)

    def glance(self) -> pd.DataFrame:
        """One row with the facts of the whole fit."""
        return glance(self)

    def augment(self) -> pd.DataFrame:
        """The used rows: _fitted _resid _resid_pearson _std_resid _hat _cooksd, labels kept."""
        return augment(self.residuals, self.fit.frame.index)

    # -- files and reports --------------------------------------------------------------------------------------
    def summary(
        self, level: Level = 0.95, method: IntervalMethod = "wald", *, validation: Validation | None = None
    ) -> str:
        """The text report, 80 columns wide. validation: what r.validate() returned, to be shown with it."""
        from statlogit.results.summary import text_report

        return text_report(self, level, method, validation)

    def report(
        self,
        path: str | Path,
        level: Level = 0.95,
        method: IntervalMethod = "wald",
        *,
        templates: str | Path | None = None,
        validation: Validation | bool = True,
    ) -> Path:
        """Write a report by suffix: .html .txt .md .tex .json, with extras .docx .xlsx. Returns the path.

        validation: what r.validate() returned; True for as many bootstrap replications as take about a second, and none
        where these are fewer than 40; False for none.
        templates: a folder of jinja2 files that stand in for ours of the same name, run in a sandbox. Raises
        ReportError for an unknown suffix, a missing package (with what to install) or an unusable template.
        """
        from statlogit.results.summary import write

        return write(self, Path(path), level, method, templates, validation)

    def save(self, path: str | Path) -> Path:
        """Write the model as JSON: formula, learned state, coefficients, covariance; no training rows."""
        from statlogit.persist import model_of, save

        return save(model_of(self.fit, _document(self), self._spread), Path(path))

    def __repr__(self) -> str:
        return f"<LogitResult {self.fit.frame.design.formula!r}: {self.nobs} rows, {self.status}>"

    def __str__(self) -> str:
        return self.summary()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Findings and coefficients for a notebook cell: text, HTML, Markdown and LaTeX."""
        del include, exclude  # what Jupyter asks for is a hint
        from statlogit.results.summary import notebook

        return notebook(self)

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]


def _known(argument: str, value: object, choices: Sequence[object]) -> None:
    if value not in choices:
        listed = ", ".join(repr(c) for c in choices)
        raise ValueError(f"{argument}={value!r} is not known; choose one of {listed}")


def _document(result: LogitResult) -> dict[str, Any]:
    """The fit statistics kept in a model file."""
    return {str(k): v for k, v in result.glance().iloc[0].to_dict().items()}
