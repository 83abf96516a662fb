"""Plots for figures of one's own, drawn by matplotlib (extra `plot`): each takes a result and an axes, and returns it.

Nothing is computed here: each draws what a method of the result answers, at full detail. Labels are plain text, never
mathematics, so that a column named `$x$` shows its name.

>>> import pandas as pd, statlogit as sl
>>> from statlogit import plots
>>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
>>> ax = plots.roc(sl.logit("y ~ x", data))
>>> ax.get_xlabel()
'False-positive rate'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from statlogit.errors import missing_extra

try:
    import matplotlib.pyplot as plt
except ImportError as error:
    raise missing_extra("statlogit.plots", "matplotlib", "plot") from error

from statlogit.results import LogitResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAND = 0.2  # opacity of an interval
GUIDE = {"color": "0.6", "linewidth": 1.0, "linestyle": "--", "zorder": 0}


def forest(
    result: LogitResult, ax: Axes | None = None, *, level: float = 0.95, method: str = "wald", exponentiate: bool = True
) -> Axes:
    """Odds ratios with their intervals, the intercept left out; log-odds with exponentiate=False.

    Infinite and aliased estimates have no mark; their intervals are drawn as far as they are finite.
    """
    ax = _axes(ax)
    found = result.tidy(level, method, exponentiate)  # type: ignore[arg-type]
    intercept = result.fit.frame.design.intercept
    found = found.drop(index=[] if intercept is None else [intercept])
    place = np.arange(len(found))[::-1]
    finite = np.isfinite(found[["conf_low", "conf_high"]].to_numpy()).all(axis=1)
    ax.hlines(place[finite], found.conf_low[finite], found.conf_high[finite], linewidth=1.5)
    ax.plot(found.estimate.where(np.isfinite(found.estimate)), place, "o")
    ax.axvline(1.0 if exponentiate else 0.0, **GUIDE)  # type: ignore[arg-type]
    if exponentiate:
        ax.set_xscale("log")
    ax.set_yticks(place, found.term.tolist(), parse_math=False)
    ax.set_xlabel(f"{'Odds ratio' if exponentiate else 'Log-odds'}, {100 * level:g}% {method.capitalize()} interval")
    return ax


def roc(result: LogitResult, ax: Axes | None = None, *, newdata: Any = None, level: float = 0.95) -> Axes:
    """The ROC curve with its area and DeLong's interval."""
    ax = _axes(ax)
    found = result.roc(newdata)
    low, high = found.conf_int(level)
    ax.plot(found.false_positive, found.true_positive, label=f"AUC {found.auc:.3f} ({low:.3f}, {high:.3f})")
    ax.plot([0, 1], [0, 1], **GUIDE)  # type: ignore[arg-type]
    ax.set(xlabel="False-positive rate", ylabel="True-positive rate", xlim=(0, 1), ylim=(0, 1))
    ax.set_aspect("equal")
    ax.legend(loc="lower right", frameon=False)
    return ax


def calibration(result: LogitResult, ax: Axes | None = None, *, newdata: Any = None, level: float = 0.95) -> Axes:
    """Observed share by predicted probability: smooth curve with its band, and bins with Wilson bars."""
    ax = _axes(ax)
    found = result.calibration(newdata, level)
    curve, bins = found.curve, found.bins.to_frame()
    ax.plot([0, 1], [0, 1], **GUIDE)  # type: ignore[arg-type]
    ax.plot(curve.predicted, curve.observed)
    ax.fill_between(curve.predicted, curve.conf_low, curve.conf_high, alpha=BAND, linewidth=0)
    bars = (bins.observed - bins.observed_low, bins.observed_high - bins.observed)
    ax.errorbar(bins.predicted, bins.observed, yerr=np.clip(bars, 0.0, None), fmt="o", markersize=4, linewidth=1)
    ax.set(xlabel="Predicted probability", ylabel="Observed share", xlim=(0, 1), ylim=(0, 1))
    ax.set_aspect("equal")
    return ax


def effects(
    result: LogitResult, variable: str, ax: Axes | None = None, *, by: str | None = None, level: float = 0.95
) -> Axes:
    """Adjusted predictions along one column, by the levels of another where `by` names one."""
    ax = _axes(ax)
    found = result.effect_curve(variable, by=by, level=level)
    for curve in found.curves:
        (line,) = ax.plot(curve.x, curve.y, "o" if found.levels else "-", label=curve.label)
        if found.levels:
            ax.vlines(curve.x, curve.low, curve.high, color=line.get_color())
        else:
            ax.fill_between(curve.x, curve.low, curve.high, color=line.get_color(), alpha=BAND, linewidth=0)
    if found.levels:
        ax.set_xticks(range(len(found.levels)), list(found.levels), parse_math=False)
    ax.set_xlabel(found.x_label, parse_math=False)
    ax.set_ylabel(found.y_label, parse_math=False)
    if by is not None:
        ax.legend(title=by, frameon=False)
    return ax


def residuals(result: LogitResult, ax: Axes | None = None) -> Axes:
    """Mean residual by bins of the fitted probability, with limits of twice its standard error."""
    ax = _axes(ax)
    found = result.binned_residuals()
    ax.axhline(0.0, **GUIDE)  # type: ignore[arg-type]
    ax.plot(found.x, found.residual, "o", markersize=4)
    for side in (-1.0, 1.0):
        ax.plot(found.x, side * np.asarray(found.limit), color="0.4", linewidth=1.0)
    ax.set(xlabel="Fitted probability", ylabel="Mean residual")
    return ax


def influence(result: LogitResult, ax: Axes | None = None, *, named: int = 3) -> Axes:
    """Cook's distance of each row or covariate pattern, the largest with their labels."""
    ax = _axes(ax)
    found = result.influence()
    distance = found.cooks_distance
    ax.vlines(np.arange(len(distance)), 0.0, distance, linewidth=0.8)
    for k in np.argsort(np.nan_to_num(distance, nan=-np.inf))[::-1][:named]:
        ax.annotate(str(found.index[k]), (float(k), float(distance[k])), ha="center", va="bottom", parse_math=False)
    ax.set(xlabel="Row" if found.unit == "row" else "Covariate pattern", ylabel="Cook's distance", ylim=(0, None))
    return ax


def trace(result: LogitResult, ax: Axes | None = None) -> Axes:
    """Newton decrement by iteration: the distance from the maximum in standard errors, on a log scale."""
    ax = _axes(ax)
    found = result.trace
    shown = found[found.decrement > 0]
    ax.semilogy(shown.iteration, shown.decrement, "o-", markersize=4)
    ax.set(xlabel="Iteration", ylabel="Newton decrement (standard errors)")
    return ax


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax
