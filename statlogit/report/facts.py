"""ReportFacts: everything a report of one model says, as plain values; the caller fills it, `build` arranges it."""

from __future__ import annotations

from dataclasses import dataclass

from statlogit.figures import PrecisionRecallFigure, RocFigure
from statlogit.report.outline import CoefficientRow, Fact, Section
from statlogit.tables import Finding, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallTest:
    """The test of the whole model against the null model; name says which ("Likelihood-ratio test")."""

    name: str
    statistic: float
    df: int
    p_value: float
    log_p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Auc:
    """Area under the ROC curve with its interval; method names the interval ("DeLong")."""

    estimate: float
    low: float
    high: float
    method: str = "DeLong"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """The facts of one fitted model.

    response: the modelled probability as a sentence, "P(low = 1)". profile: level, n, share.
    dropped: (variable, rows missing in it). digits: correct decimal digits that the certificate vouches for.
    standard_errors: the chosen ones beside the model's, where they differ.
    tests: term, statistic, df, p_value, and log_p where p may underflow. tests_method: "Likelihood-ratio".
    fit: fit statistics in the order to be read. data_facts: weights, trials, offset, clusters and the like.
    trace: iteration, loglik, gradient, decrement, step, halvings.
    reproducibility: call, formula, fingerprint, versions; no time stamp, so that two runs give the same bytes.
    extra: further sections; each goes to the place its key has in `build.ORDER`.
    """

    version: str
    title: str = "Binary logistic regression"
    formula: str
    response: str
    profile: Table | None = None
    method: str
    covariance: str
    n_read: int
    n_used: int
    dropped: tuple[tuple[str, int], ...] = ()
    n_zero_weight: int = 0
    n_events: float | None = None
    status: str
    converged: bool
    n_iter: int
    digits: float | None = None
    certificate: str = ""
    findings: tuple[Finding, ...] = ()
    coefficients: tuple[CoefficientRow, ...]
    standard_errors: Table | None = None
    interval_method: str = "Wald"
    level: float = 0.95
    tests: Table | None = None
    tests_method: str = "Likelihood-ratio"
    overall: OverallTest | None = None
    fit: tuple[Fact, ...] = ()
    auc: Auc | None = None
    roc: RocFigure | None = None
    precision_recall: PrecisionRecallFigure | None = None
    trace: Table | None = None
    data_facts: tuple[Fact, ...] = ()
    reproducibility: tuple[Fact, ...] = ()
    extra: tuple[Section, ...] = ()
