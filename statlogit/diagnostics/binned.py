"""Binned residuals: means that show what 0 and 1 hide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.assessment import Assessment, assess
from statlogit.diagnostics.ranking import Outcomes
from statlogit.diagnostics.refusals import refuse_classes
from statlogit.fit import Fit
from statlogit.tables import BinnedResidualFigure, Table, table

MOST_DRAWN = 200
PROBABILITY = "fitted probability"
RULE = (
    "Mean response residual (outcome less probability) in bins of {label}; limits: twice its standard error. Under the "
    "model about 95% of the bins lie within: here {inside:,} of {n:,}, {share:.0%} (Gelman and Hill 2007, section 5.6)."
)


@dataclass(frozen=True, slots=True)
class BinnedResiduals:
    """Mean residuals by bins of the fitted probability or of a design column, by the rule of R's arm::binnedplot.

    sqrt(n) bins from 100 rows on, 10 below, n / 2 below 10, of about equal size; equal values stay together. Means are
    weighted by the outcomes a row stands for. In a bin with events only, or none, the limits are too narrow.
    """

    label: str
    x: Array  # (k,) mean of the bin
    residual: Array  # (k,)
    limit: Array  # (k,) two standard errors
    n: IntArray  # (k,) rows

    @property
    def n_inside(self) -> int:
        """Bins whose mean lies within the limits."""
        return int((np.abs(self.residual) <= self.limit).sum())

    @property
    def note(self) -> str:
        k = len(self.x)
        return RULE.format(label=self.label, inside=self.n_inside, n=k, share=self.n_inside / k)

    @property
    def table(self) -> Table:
        """number residual limit n, a row for each bin."""
        rows = zip(self.x.tolist(), self.residual.tolist(), self.limit.tolist(), self.n.tolist(),
                   strict=True)  # fmt: skip
        columns = ["number", "residual", "limit", "n"]
        return table("binned_residuals", f"Binned residuals by {self.label}", columns, rows, self.note)

    def to_frame(self) -> pd.DataFrame:
        """The same numbers as a data frame."""
        return self.table.to_frame()

    def figure(self) -> BinnedResidualFigure:
        """The plot's numbers, at most 200 bins evenly spread over their order, with a word on what was left out."""
        k = len(self.x)
        keep = np.unique(np.linspace(0, k - 1, min(k, MOST_DRAWN)).round().astype(np.intp))
        thinned = "" if len(keep) == k else f" {len(keep):,} of {k:,} bins drawn."
        x, residual, limit = (tuple(v[keep].tolist()) for v in (self.x, self.residual, self.limit))
        label = self.label[:1].upper() + self.label[1:] if self.label == PROBABILITY else self.label
        note = self.note + thinned
        return BinnedResidualFigure("binned_residuals", "Binned residuals", label, x, residual, limit, note)

    def __str__(self) -> str:
        return str(self.table)


def binned_residuals(fit: Fit, by: str | None) -> BinnedResiduals:
    """By the fitted probability (None) or a design column. Raises ValueError for a name that is no design column."""
    refuse_classes(fit, "a binned residual", "use the calibration of each class: m.calibration(outcome)")
    found, names = assess(fit), fit.frame.design.names
    if by is None:
        return by_probability(fit, found)
    if by not in names:
        raise ValueError(f"{by!r} is no design column; the columns are {', '.join(map(repr, names))}")
    x = fit.frame.x.select([names.index(by)]).to_array()[:, 0]
    return bins(by, x, np.argsort(x, kind="stable"), weighted_residual(found.outcomes), fit.frame.weight)


def by_probability(fit: Fit, found: Assessment) -> BinnedResiduals:
    """In bins of the fitted probability, by the order that the assessment of the fit's own rows has found."""
    outcomes = found.outcomes
    return bins(PROBABILITY, outcomes.mu, found.ranking.order, weighted_residual(outcomes), fit.frame.weight)


def weighted_residual(outcomes: Outcomes) -> Array:
    """(n,) weight times response residual: events less those expected."""
    out = outcomes.events * outcomes.complement
    out -= outcomes.nonevents * outcomes.mu
    return out


def n_bins(n: int) -> int:
    """The rule of arm::binnedplot."""
    return int(np.sqrt(n)) if n >= 100 else 10 if n > 10 else max(n // 2, 1)


def bins(label: str, x: Array, order: IntArray, residual: Array, weight: Array) -> BinnedResiduals:
    """Residuals in bins of x; order: rows by rising x; residual: times the weight."""
    n, k = len(x), n_bins(len(x))
    values, weight, residual = x[order], weight[order], residual[order]
    places = n * np.arange(1, k) // k
    places = places[places > 0]
    low = values[places - 1]
    starts = np.unique([0, *np.where(low == values[places], np.searchsorted(values, low), places)])
    count = np.diff(starts, append=n)
    total, across, sums = (np.add.reduceat(v, starts) for v in (weight, weight * values, residual))
    mean = sums / total
    residual -= weight * np.repeat(mean, count)
    square = np.add.reduceat(residual * residual, starts)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(count > 1, np.sqrt(square * count / (count - 1.0)) / total, 0.0)
    return BinnedResiduals(label, across / total, mean, 2.0 * error, count)
