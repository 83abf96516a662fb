"""Table, Column, Figure, Finding and the column glossary: what a room returns instead of strings.

A Table holds full-precision numbers and the kind of each column; `report.text` alone turns kinds into text.
Every column name comes from GLOSSARY, so one word means one thing in every table, frame and report.
A Figure holds the numbers of a plot; `report.figures` alone turns them into a drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import pandas as pd

Value: TypeAlias = str | int | float | bool | None


class Kind(Enum):
    """How a number or text is to be read; the report decides from it how it is printed."""

    TEXT = "text"
    NUMBER = "number"
    ESTIMATE = "estimate"  # a coefficient, log-odds
    STD_ERROR = "std_error"
    STATISTIC = "statistic"
    P_VALUE = "p_value"
    RATIO = "ratio"  # an odds ratio or another ratio with neutral value 1
    PROBABILITY = "probability"  # in [0, 1]
    PERCENT = "percent"  # a share in [0, 1], printed in percent
    COUNT = "count"
    CLAIM = "claim"  # a boolean
    LOGLIK = "loglik"  # a log-likelihood, a deviance, an information criterion
    SCORE = "score"  # a summary in about [0, 1] that is no probability: R2, Brier, AUC
    SMALL = "small"  # a size that should vanish: gradient, decrement, step
    DIGITS = "digits"  # a number of correct decimal digits
    LOG_P = "log_p"  # natural log of the p-value beside it; printed there, never as a column of its own
    CODE = "code"  # text to be typed again as it stands


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in frames, its kind, and the head a reader sees."""

    name: str
    kind: Kind
    label: str


@dataclass(frozen=True, slots=True)
class Table:
    """An immutable table of facts. rows[i][j] belongs to columns[j]; None is 'does not apply'."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The same numbers as a data frame, columns named by the glossary."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return pd.DataFrame({c.name: list(v) for c, v in zip(self.columns, columns, strict=True)})

    def column(self, name: str) -> tuple[Value, ...]:
        """The values of one column by its name."""
        place = [c.name for c in self.columns].index(name)
        return tuple(row[place] for row in self.rows)

    def __str__(self) -> str:
        """As the text report prints it, 80 columns wide. The report room is imported when a table is printed."""
        from statlogit.report.layout import table_lines

        return "\n".join(table_lines(self, 80))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from statlogit.report.render import table_fragment

        return table_fragment(self)


def table(name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Value]], note: str = "") -> Table:
    """Build a Table from glossary names.

    >>> table("tests", "Tests", ["term", "p_value"], [("age", 0.5)]).to_frame()
      term  p_value
    0  age      0.5
    """
    found = tuple(GLOSSARY[c] for c in columns)
    kept = tuple(tuple(row) for row in rows)
    if any(len(row) != len(found) for row in kept):
        raise ValueError(f"table {name!r}: each row needs {len(found)} values")
    return Table(name, title, found, kept, note)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the reader must know, in words.

    code: a stable word for programs (`separation`, `dropped_rows`). severity: "error", "warning", "note" or "ok".
    evidence: the numbers behind the sentence. remedy: what to do, as code where it is code.
    """

    code: str
    severity: str
    sentence: str
    evidence: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One bar of a forest plot, on the log scale, so that no odds ratio overflows.

    label is the level for a factor and the term otherwise; variable names the factor ("" for a numeric term).
    Infinite values are allowed; nan (an aliased term) draws no bar. log_low and log_high are nan where unknown.
    """

    label: str
    variable: str
    log_ratio: float
    log_low: float
    log_high: float
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class ForestFigure:
    """Ratios with intervals on a log axis. log_limits fixes the axis when several figures share one."""

    name: str
    title: str
    rows: tuple[ForestRow, ...]
    level: float
    axis_label: str = "Odds ratio (log scale)"
    note: str = ""
    log_limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a line plot; x and y of one length."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LineFigure:
    """Lines over a common axis; with log_y the heights are positive and drawn on a log scale."""

    name: str
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    log_y: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class RocFigure:
    """The ROC curve as corner points from (0, 0) to (1, 1), with the area under it and its interval."""

    name: str
    title: str
    false_positive: tuple[float, ...]
    true_positive: tuple[float, ...]
    auc: float
    auc_low: float
    auc_high: float
    level: float = 0.95
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrecisionRecallFigure:
    """Precision by rising recall in steps; share_of_events is the precision without knowledge."""

    name: str
    title: str
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    average_precision: float
    share_of_events: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The rows of about one prediction: mean prediction, share of events, its interval."""

    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationFigure:
    """Observed share by predicted probability: a smooth curve with pointwise band, and bins. ici: mean distance."""

    name: str
    title: str
    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    bins: tuple[CalibrationBin, ...]
    ici: float
    level: float = 0.95
    note: str = ""


@dataclass(frozen=True, slots=True)
class DecisionFigure:
    """Net benefit by threshold of the model and of treating all; treating none has zero."""

    name: str
    title: str
    threshold: tuple[float, ...]
    model: tuple[float, ...]
    treat_all: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class EffectCurve:
    """One line of an effect curve with its band; all of one length."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class EffectFigure:
    """Predictions along one column, on [0, 1] or less of it, with their bands.

    levels: for a factor the names of x = 0, 1, ...; () for numbers.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    curves: tuple[EffectCurve, ...]
    level: float
    levels: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ComponentFigure:
    """A numeric term's part of the log-odds: the fitted line, a spline, and binned partial residuals."""

    name: str
    title: str
    x_label: str
    y_label: str
    x: tuple[float, ...]
    line: tuple[float, ...]
    curve: tuple[float, ...]
    bin_x: tuple[float, ...]
    bin_y: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class BinnedResidualFigure:
    """Mean residual by bins of the fitted probability (or another number), with limits of twice its standard error."""

    name: str
    title: str
    x_label: str
    x: tuple[float, ...]
    residual: tuple[float, ...]
    limit: tuple[float, ...]
    note: str = ""


Figure: TypeAlias = (
    ForestFigure
    | LineFigure
    | RocFigure
    | PrecisionRecallFigure
    | CalibrationFigure
    | DecisionFigure
    | EffectFigure
    | ComponentFigure
    | BinnedResidualFigure
)


def _glossary(*columns: tuple[str, Kind, str]) -> Mapping[str, Column]:
    return {name: Column(name, kind, label) for name, kind, label in columns}


GLOSSARY: Mapping[str, Column] = _glossary(
    ("model", Kind.TEXT, "Model"),
    ("term", Kind.TEXT, "Term"),
    ("y_level", Kind.TEXT, "Outcome"),
    ("label", Kind.TEXT, "Label"),
    ("item", Kind.TEXT, "Item"),
    ("value", Kind.TEXT, "Value"),
    ("test", Kind.TEXT, "Test"),
    ("hypothesis", Kind.TEXT, "Hypothesis"),
    ("n", Kind.COUNT, "n"),
    ("n_events", Kind.COUNT, "Events"),
    ("estimate", Kind.ESTIMATE, "Estimate"),
    ("std_error", Kind.STD_ERROR, "SE"),
    ("statistic", Kind.STATISTIC, "Statistic"),
    ("z", Kind.STATISTIC, "z"),
    ("df", Kind.COUNT, "df"),
    ("p_value", Kind.P_VALUE, "p"),
    ("log_p", Kind.LOG_P, "log p"),
    ("p_adjusted", Kind.P_VALUE, "Adjusted p"),
    ("log_p_adjusted", Kind.LOG_P, "log adjusted p"),
    ("conf_low", Kind.ESTIMATE, "Low"),
    ("conf_high", Kind.ESTIMATE, "High"),
    ("odds_ratio", Kind.RATIO, "OR"),
    ("or_low", Kind.RATIO, "OR low"),
    ("or_high", Kind.RATIO, "OR high"),
    ("iteration", Kind.COUNT, "Iteration"),
    ("loglik", Kind.LOGLIK, "Log-likelihood"),
    ("gradient", Kind.SMALL, "Gradient"),
    ("decrement", Kind.SMALL, "Decrement"),
    ("step", Kind.NUMBER, "Step"),
    ("halvings", Kind.COUNT, "Halvings"),
    ("level", Kind.TEXT, "Level"),
    ("share", Kind.PERCENT, "Share"),
    ("variable", Kind.TEXT, "Variable"),
    ("formula", Kind.CODE, "Formula"),
    ("aic", Kind.LOGLIK, "AIC"),
    ("bic", Kind.LOGLIK, "BIC"),
    ("aic_weight", Kind.PROBABILITY, "AIC weight"),
    ("bic_weight", Kind.PROBABILITY, "BIC weight"),
    ("r2_mcfadden", Kind.SCORE, "McFadden R2"),
    ("r2_nagelkerke", Kind.SCORE, "Nagelkerke R2"),
    ("covariance", Kind.TEXT, "Covariance"),
    ("reason", Kind.TEXT, "Not tested because"),
    ("contrast", Kind.TEXT, "Contrast"),
    ("other_end", Kind.ESTIMATE, "Other end"),
    ("number", Kind.NUMBER, "Value"),
    ("threshold", Kind.PROBABILITY, "Threshold"),
    ("true_positive", Kind.COUNT, "TP"),
    ("false_positive", Kind.COUNT, "FP"),
    ("true_negative", Kind.COUNT, "TN"),
    ("false_negative", Kind.COUNT, "FN"),
    ("sensitivity", Kind.PROBABILITY, "Sensitivity"),
    ("sensitivity_low", Kind.PROBABILITY, "Low"),
    ("sensitivity_high", Kind.PROBABILITY, "High"),
    ("specificity", Kind.PROBABILITY, "Specificity"),
    ("specificity_low", Kind.PROBABILITY, "Low"),
    ("specificity_high", Kind.PROBABILITY, "High"),
    ("ppv", Kind.PROBABILITY, "PPV"),
    ("ppv_low", Kind.PROBABILITY, "Low"),
    ("ppv_high", Kind.PROBABILITY, "High"),
    ("npv", Kind.PROBABILITY, "NPV"),
    ("npv_low", Kind.PROBABILITY, "Low"),
    ("npv_high", Kind.PROBABILITY, "High"),
    ("f1", Kind.SCORE, "F1"),
    ("youden", Kind.SCORE, "Youden"),
    ("net_benefit", Kind.SCORE, "Net benefit"),
    ("treat_all", Kind.SCORE, "Treat all"),
    ("treat_none", Kind.SCORE, "Treat none"),
    ("predicted", Kind.PROBABILITY, "Predicted"),
    ("observed", Kind.PROBABILITY, "Observed"),
    ("observed_low", Kind.PROBABILITY, "Low"),
    ("observed_high", Kind.PROBABILITY, "High"),
    ("auc", Kind.SCORE, "AUC"),
    ("auc_se", Kind.SCORE, "SE"),
    ("auc_low", Kind.SCORE, "Low"),
    ("auc_high", Kind.SCORE, "High"),
    ("intercept", Kind.ESTIMATE, "Intercept"),
    ("slope", Kind.ESTIMATE, "Slope"),
    ("ici", Kind.SCORE, "ICI"),
    ("brier", Kind.SCORE, "Brier"),
    ("row", Kind.TEXT, "Row"),
    ("n_rows", Kind.COUNT, "Rows"),
    ("leverage", Kind.SCORE, "Leverage"),
    ("cooks_distance", Kind.SCORE, "Cook's D"),
    ("delta_chi2", Kind.STATISTIC, "Δ chi2"),
    ("delta_deviance", Kind.STATISTIC, "Δ deviance"),
    ("dfbetas", Kind.STATISTIC, "DFBETAS"),
    ("dfbetas_exact", Kind.STATISTIC, "Exact"),
    ("estimate_without", Kind.ESTIMATE, "Without"),
    ("measure", Kind.TEXT, "Measure"),
    ("apparent", Kind.SCORE, "Apparent"),
    ("optimism", Kind.SCORE, "Optimism"),
    ("corrected", Kind.SCORE, "Corrected"),
    ("corrected_low", Kind.SCORE, "Low"),
    ("corrected_high", Kind.SCORE, "High"),
    ("mc_error", Kind.STD_ERROR, "MC error"),
    ("residual", Kind.ESTIMATE, "Mean residual"),
    ("limit", Kind.ESTIMATE, "2 SE"),
    ("gvif", Kind.STATISTIC, "GVIF"),
    ("gvif_root", Kind.STATISTIC, "GVIF^(1/(2 df))"),
    ("condition_index", Kind.STATISTIC, "Condition index"),
    ("terms", Kind.TEXT, "Share of variance above one half"),
    ("dispersion", Kind.STATISTIC, "Statistic / df"),
    ("events_per_parameter", Kind.STATISTIC, "Events per parameter"),
)
