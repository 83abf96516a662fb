"""Binned residuals: means that show what 0 and 1 hide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.assessment import Assessment, assess
from statlogit.diagnostics.refusals import refuse_classes
from statlogit.figures import BinnedResidualFigure
from statlogit.fit import Fit
from statlogit.tables import Table, table

MOST_DRAWN = 200
PROBABILITY = "fitted probability"
RULE = (
    "Mean response residual (outcome less probability) in bins of {label}; limits: twice its standard error under the "
    "model, which about 95% of the bins then keep: here {inside:,} of {n:,}, {share:.0%} (Gelman and Hill 2007, "
    "section 5.6)."
)


@dataclass(frozen=True, slots=True)
class BinnedResiduals:
    """Mean residuals by bins of the fitted probability or of a design column, in the bins of R's arm::binnedplot.

    sqrt(n) bins from 100 rows on, 10 below, n / 2 below 10, of about equal size; equal values stay together. Means are
    weighted by the outcomes a row stands for. The limits come from the binomial variance, not from the spread inside a
    bin as in arm, which is zero where a bin has events only, or none.
    """

    label: str
    x: Array  # (k,) mean of the bin
    residual: Array  # (k,)
    limit: Array  # (k,) two standard errors under the model
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
        return by_probability(found)
    if by not in names:
        raise ValueError(f"{by!r} is no design column; the columns are {', '.join(map(repr, names))}")
    x = fit.frame.x.select([names.index(by)]).to_array()[:, 0]
    order = np.argsort(x, kind="stable")
    y = found.outcomes
    return bins(
        by, x[order], np.arange(len(x)), len(x), *(v[order] for v in (y.events, y.nonevents, y.mu, y.complement))
    )


def by_probability(found: Assessment) -> BinnedResiduals:
    """In bins of the fitted probability, by the order that the assessment of the fit's own rows has found."""
    n, r = len(found.outcomes.mu), found.ranking
    return bins(PROBABILITY, r.mu, r.starts, n, r.events, r.nonevents, r.mu, r.complement)


def n_bins(n: int) -> int:
    """The rule of arm::binnedplot."""
    return int(np.sqrt(n)) if n >= 100 else 10 if n > 10 else max(n // 2, 1)


def bins(
    label: str, values: Array, starts: IntArray, n: int, events: Array, nonevents: Array, mu: Array, complement: Array
) -> BinnedResiduals:
    """Residuals of n rows in bins of the rising values, (m,) as all but n; starts: the first row that has each."""
    k = n_bins(n)
    places = n * np.arange(1, k) // k
    places = places[places > 0]
    at = np.searchsorted(starts, places, side="right") - 1
    low = values[np.searchsorted(starts, places - 1, side="right") - 1]
    begins = np.unique([0, *np.where(low == values[at], np.searchsorted(values, low), at)])
    weight = events + nonevents
    total, across = np.add.reduceat(weight, begins), np.add.reduceat(weight * values, begins)
    sums = np.add.reduceat(events * complement, begins) - np.add.reduceat(nonevents * mu, begins)
    weight *= mu
    weight *= complement  # the variance of the events
    limit = 2.0 * np.sqrt(np.add.reduceat(weight, begins)) / total
    return BinnedResiduals(label, across / total, sums / total, limit, np.diff(starts[begins], append=n))
