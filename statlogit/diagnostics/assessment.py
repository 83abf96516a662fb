"""An assessment: predictions of some rows beside their outcomes, and all that can be said of them.

Of rows in files the predictions are counted in one pass, not held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from statlogit.core.blocks import Block
from statlogit.core.types import Array, IntArray
from statlogit.design import observed, table_of
from statlogit.design.streamed import StreamedFrame
from statlogit.diagnostics import thresholds
from statlogit.diagnostics.calibration import Calibration, calibration
from statlogit.diagnostics.cells import Cells, cells
from statlogit.diagnostics.discrimination import Roc, concordance, roc
from statlogit.diagnostics.ranking import Outcomes, Ranking, ranked
from statlogit.diagnostics.scores import Scores, ScoreSums, score_sums, scores
from statlogit.diagnostics.thresholds import PrecisionRecall
from statlogit.effects.predict import Predictor, predict_means, predictor_of
from statlogit.errors import DataError
from statlogit.fit import Fit
from statlogit.tables import Table


@dataclass(frozen=True, slots=True)
class Counted:
    """What is kept of the predictions and outcomes of some rows."""

    cells: Cells
    sums: ScoreSums

    def __add__(self, other: Self) -> Self:
        return type(self)(self.cells + other.cells, self.sums + other.sums)


@dataclass(frozen=True)
class Folded:
    """Rows in files; `count` gives what is kept of a block of them."""

    frame: StreamedFrame
    count: Callable[[Block], Counted]

    @cached_property
    def counted(self) -> Counted:
        """One pass, when first needed."""
        return self.frame.rows.fold(self.count)


@dataclass(frozen=True)
class Assessment:
    """Outcomes of one event; they are sorted once, when first needed, for everything that is asked of them."""

    held: Outcomes | Folded
    positions: IntArray  # of its rows in the data as read; none where they are in files

    @property
    def outcomes(self) -> Outcomes:
        """Row by row. Raises RowsNeededError where the rows are in files."""
        return self.held.frame.refuse() if isinstance(self.held, Folded) else self.held

    @cached_property
    def ranking(self) -> Ranking:
        return self.held.counted.cells.ranking() if isinstance(self.held, Folded) else ranked(self.held)

    @cached_property
    def scores(self) -> Scores:
        """Brier score, log loss, Tjur's coefficient."""
        return self.held.counted.sums.scores if isinstance(self.held, Folded) else scores(self.held)

    @cached_property
    def roc(self) -> Roc:
        return roc(self.ranking)

    def concordance(self) -> Table:
        return concordance(self.ranking)

    def precision_recall(self) -> PrecisionRecall:
        return thresholds.precision_recall(self.ranking)

    def thresholds(self, cut: Sequence[float] | None, level: float) -> Table:
        return thresholds.thresholds(self.ranking, cut, level)

    def decision_curve(self, cut: npt.ArrayLike | None) -> Table:
        return thresholds.decision_curve(self.ranking, cut)

    def calibration(self, level: float) -> Calibration:
        found = calibration(self.ranking, self.scores.log_loss, level)
        return replace(found, brier=replace(found.brier, brier=self.scores.brier)) if found.width else found


def assess(fit: Fit, newdata: Any = None) -> Assessment:
    """The assessment of a binary or grouped fit on its own rows, or on new ones whose response is in newdata.

    New rows with a missing value, a missing outcome or zero weight are left out. Raises DataError where none is left.
    """
    predictor, frame = predictor_of(fit), fit.frame
    if newdata is None and isinstance(frame, StreamedFrame):
        return Assessment(Folded(frame, partial(block_counts, predictor=predictor)), np.empty(0, dtype=np.intp))
    if newdata is None:
        used = _outcomes(predictor, frame.x, frame.offset[:, 0], frame.y[:, 0], frame.weight)
        return Assessment(used, frame.positions)
    table = table_of(newdata)
    rows, found = frame.design.matrix(table), observed(frame, table)
    offset = np.zeros(len(rows.positions)) if rows.offset is None else rows.offset
    y, weight = found.y[rows.positions, 0], found.weight[rows.positions]
    whole = _outcomes(predictor, rows.x, offset, y, weight)
    known = ~np.isnan(y)
    if not known.any():
        raise DataError("no row of the new data has a response and all predictors, so there is nothing to assess")
    some = (v[known] for v in (whole.eta, whole.mu, whole.complement, whole.events, whole.nonevents))
    return Assessment(Outcomes(*some), rows.positions[known])


def block_counts(block: Block, predictor: Predictor) -> Counted:
    """What is kept of the predictions and outcomes of one block."""
    outcomes = _outcomes(predictor, block.x, block.offset[:, 0], block.y[:, 0], block.weight)
    return Counted(cells(outcomes), score_sums(outcomes))


def _outcomes(predictor: Predictor, x: Any, offset: Array, share: Array, weight: Array) -> Outcomes:
    found = predict_means(predictor, x, offset)
    return Outcomes(found.eta, found.mu, found.complement, weight * share, weight * (1.0 - share))
