"""The numbers of each kind of plot, as frozen records; `report.figures` alone turns them into a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


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
