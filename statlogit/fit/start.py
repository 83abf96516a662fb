"""Where a climb starts when nobody says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.families import Family
from statlogit.core.objective import Objective
from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class _Offsets:
    weight: float
    total: Array  # (q,)

    def __add__(self, other: _Offsets) -> _Offsets:
        return _Offsets(self.weight + other.weight, self.total + other.total)


def _block_offsets(block: Block) -> _Offsets:
    return _Offsets(float(block.weight.sum()), block.weight @ block.offset)


def default_start(rows: RowBlocks, family: Family, intercept: int | None) -> Array:
    """(p, q): zero but for an intercept that cancels the offsets on average, where that is likelier than zero."""
    start = np.zeros((rows.n_columns, family.n_predictors))
    if intercept is None:
        return start
    sums = rows.fold(_block_offsets)
    if not sums.total.any():
        return start
    level = start.copy()
    level[intercept] = -sums.total / sums.weight
    objective = Objective(rows, family)
    return level if objective.slope_at(level).loglik > objective.slope_at(start).loglik else start
