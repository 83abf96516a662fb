"""Table, Column, Finding and the column glossary: what a room returns instead of strings.

A Table holds full-precision numbers and the kind of each column; `report.text` alone turns kinds into text.
Every column name comes from GLOSSARY, so one word means one thing in every table, frame and report.
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
    SENTENCE = "sentence"  # what is to be said of a row; empty where there is nothing
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
    evidence: the numbers behind the sentence. remedy: what to do. run: code to paste for it, one expression of sl, the
    data frame `data` and the result `r`; "" where only thought helps.
    """

    code: str
    severity: str
    sentence: str
    evidence: str = ""
    remedy: str = ""
    run: str = ""


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
    ("reason", Kind.SENTENCE, "Not tested because"),
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
    ("delta_chi2", Kind.STATISTIC, "Δ χ²"),
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
