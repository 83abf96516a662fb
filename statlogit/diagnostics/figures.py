"""The figures of an assessment: their numbers, thinned to a few hundred marks with a word on what was left out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.assessment import Assessment
from statlogit.diagnostics.calibration import Calibration
from statlogit.figures import CalibrationBin, CalibrationFigure, DecisionFigure, PrecisionRecallFigure, RocFigure

MOST_POINTS = 400
DECISION_POINTS = 100


def roc_figure(found: Assessment, level: float) -> RocFigure | None:
    """The ROC curve, or None where there is none."""
    curve = found.roc
    if not np.isfinite(curve.auc):
        return None
    n = len(curve.false_positive)
    keep = np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(np.intp))
    low, high = curve.conf_int(level)
    return RocFigure(
        "roc", "ROC curve", _floats(curve.false_positive[keep]), _floats(curve.true_positive[keep]), curve.auc, low,
        high, level, note=" ".join(filter(None, (_thinned(len(keep), n), counted_words(found)))),
    )  # fmt: skip


def precision_recall_figure(found: Assessment) -> PrecisionRecallFigure | None:
    """Precision by recall, its corners evenly spread over recall."""
    curve = found.precision_recall()
    if not np.isfinite(curve.average_precision):
        return None
    keep = _spread_over(curve.recall)
    return PrecisionRecallFigure(
        "precision_recall", "Precision-recall curve", _floats(curve.recall[keep]), _floats(curve.precision[keep]),
        curve.average_precision, curve.share_of_events, note=_thinned(len(keep), len(curve.recall)),
    )  # fmt: skip


def _spread_over(rising: Array) -> IntArray:
    if len(rising) <= MOST_POINTS:
        return np.arange(len(rising))
    places = np.searchsorted(rising, np.linspace(0.0, rising[-1], MOST_POINTS))
    return np.unique(np.minimum(places, len(rising) - 1))


def _thinned(shown: int, n: int) -> str:
    return "" if shown == n else f"{shown:,} of {n:,} corners drawn."


def counted_words(found: Assessment) -> str:
    """What counting predictions in cells costs."""
    bound, width = found.roc.auc_bound, found.ranking.width
    words = f"Predictions counted in cells of {width:.2g} log-odds; the area of the rows is within {bound:.1e} of this."
    return words if width else ""


def calibration_figure(found: Calibration) -> CalibrationFigure | None:
    """The smooth curve with its band and the bins, or None where no curve could be fitted."""
    if not np.isfinite(found.ici):
        return None
    bins = found.bins.to_frame()
    made = tuple(
        CalibrationBin(*(float(v) for v in row))
        for row in bins[["predicted", "observed", "observed_low", "observed_high"]].itertuples(index=False)
    )
    curve = found.curve
    return CalibrationFigure(
        "calibration", "Calibration curve", _floats(curve.predicted), _floats(curve.observed),
        _floats(curve.conf_low), _floats(curve.conf_high), made, found.ici, found.level,
        note="Line: logistic regression on a restricted cubic spline of the predicted log-odds, with pointwise band. "
        "Marks: bins of about equal size with Wilson limits. Dashed: perfect calibration.",
    )  # fmt: skip


def decision_figure(found: Assessment) -> DecisionFigure | None:
    """Net benefit up to the largest prediction; beyond it the model treats nobody."""
    ranking = found.ranking
    if not ranking.is_mixed or not ranking.mu[-1] > 0.0:
        return None
    largest = min(float(ranking.mu[-1]), 0.99)
    frame = found.decision_curve(np.linspace(0.0, largest, DECISION_POINTS)).to_frame()
    return DecisionFigure(
        "decision", "Decision curve", _floats(frame["threshold"]), _floats(frame["net_benefit"]),
        _floats(frame["treat_all"]),
        note="Net benefit: true positives per outcome, less false positives weighed by the odds of the threshold.",
    )  # fmt: skip


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
