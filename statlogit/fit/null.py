"""The null model: intercept and offset alone, or the offset alone where there is no intercept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import xlogy

from statlogit.core.blocks import Block, RowBlocks, Selected
from statlogit.core.families import Family
from statlogit.core.objective import Objective
from statlogit.core.types import Array
from statlogit.fit.estimate import Settings
from statlogit.fit.start import default_start
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize


def null_model(rows: RowBlocks, family: Family, *, intercept: int | None, settings: Settings) -> float:
    """Kernel log-likelihood of intercept and offset alone, or of the offset alone without an intercept."""
    if intercept is None:
        return rows.fold(partial(_offset_only, family=family)).value
    shares = rows.fold(_block_shares)
    if not shares.has_offset:
        return shares.loglik
    selected = Selected(rows, (intercept,))
    objective, start = Objective(selected, family), default_start(selected, family, 0)
    solution = maximize(objective, Irls(), start=start, tol=settings.tol, watch_separation=False)
    return solution.trace[-1].loglik


def loglik_at_shares(counts: Array, weight: float) -> float:
    """The maximum without an offset. counts: (K,) weighted, of all classes; weight: their sum."""
    return float(xlogy(counts, counts / weight).sum())


@dataclass(frozen=True, slots=True)
class _Shares:
    weight: float
    counts: Array  # (q,) weighted, of the modelled classes
    has_offset: bool

    def __add__(self, other: _Shares) -> _Shares:
        either = self.has_offset or other.has_offset
        return _Shares(self.weight + other.weight, self.counts + other.counts, either)

    @property
    def loglik(self) -> float:
        rest = max(self.weight - float(self.counts.sum()), 0.0)
        return loglik_at_shares(np.append(self.counts, rest), self.weight)


def _block_shares(block: Block) -> _Shares:
    return _Shares(float(block.weight.sum()), block.weight @ block.y, bool(block.offset.any()))


@dataclass(frozen=True, slots=True)
class _Sum:
    value: float

    def __add__(self, other: _Sum) -> _Sum:
        return _Sum(self.value + other.value)


def _offset_only(block: Block, family: Family) -> _Sum:
    return _Sum(float(family.local(block.offset, block.y, block.weight).loglik.sum()))
