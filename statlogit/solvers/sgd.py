"""Stochastic gradient descent: small batches in a seeded random order, and the average of where they lead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.columns import Dense
from statlogit.core.families import Family
from statlogit.core.objective import Objective
from statlogit.core.statistics import block_slope
from statlogit.core.types import Array, Status
from statlogit.solvers.gradient import safe_rate
from statlogit.solvers.line import first_order
from statlogit.solvers.protocol import Iterate


@dataclass(frozen=True, slots=True)
class State:
    """All there is to know to go on. The number of epochs seeds the next shuffle."""

    beta: Array  # (p, q) the walker
    mean: Array  # (p, q) weighted average of the walker's path
    steps: int = 0
    epochs: int = 0
    averaged: float = 0.0  # total weight in the mean


@dataclass(frozen=True, slots=True)
class Sgd:
    """Epochs of mini-batch steps: w <- w - rate_t * batch gradient / batch rows, rate_t = rate / (1 + decay * epoch).

    rate None takes a quarter of `safe_rate`. batch: rows a step. Blocks come in random order and rows are
    shuffled within their block, each row once an epoch. averaging: report the mean of the path, the first
    epoch left out. The solve ends short of the maximum after `epochs`.
    Source: Polyak and Juditsky (1992).
    """

    rate: float | None = None
    batch: int = 1024
    epochs: int = 5
    decay: float = 0.0
    seed: int = 0
    averaging: bool = True
    name: ClassVar[str] = "sgd"
    most_iterations: ClassVar[int] = 100_000

    def __post_init__(self) -> None:
        if self.rate is not None and not (self.rate > 0 and math.isfinite(self.rate)):
            raise ValueError(f"rate={self.rate!r} must be a finite number above 0, or None")
        if self.batch < 1 or self.epochs < 1 or not self.decay >= 0:
            raise ValueError(
                f"batch={self.batch!r} and epochs={self.epochs!r} must be at least 1, decay={self.decay!r} at least 0"
            )

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        at = objective.slope_at(start)
        yield first_order(start, at)
        walk = self if self.rate is not None else replace(self, rate=0.25 * safe_rate(objective))
        pull = None if objective.penalty is None else objective.penalty / at.n_rows
        state = State(start, start)
        while True:
            state = walk.advance(state, objective.rows, objective.family, pull)
            beta = self.estimate(state)
            done = Status.MAX_ITERATIONS if state.epochs >= self.epochs else None
            yield first_order(beta, objective.slope_at(beta), status=done)
            if done is not None:
                return

    def estimate(self, state: State) -> Array:
        """(p, q) the answer of a state: the average of the path, or its end."""
        return state.mean if self.averaging and state.averaged > 0 else state.beta

    def advance(self, state: State, blocks: Iterable[Block], family: Family, pull: Array | None = None) -> State:
        """One epoch over these blocks, old rows or new. pull: (p, p) penalty for each row. Needs a rate."""
        if self.rate is None:
            raise ValueError("advance needs a number as rate, for example Sgd(rate=0.5)")
        rng = np.random.default_rng([self.seed, state.epochs])
        rate = self.rate / (1.0 + self.decay * state.epochs)
        share = float(state.epochs > 0)
        beta, mean, steps, averaged = state.beta, state.mean, state.steps, state.averaged
        kept = list(blocks)
        full = min(self.batch, max((block.x.n_rows for block in kept), default=1))
        for part in self._batches(kept, rng):
            at = block_slope(part, beta, family)
            ascent = at.score if pull is None else at.score - at.n_rows * (pull @ beta)
            beta = beta + rate / full * ascent  # a batch cut short by its block moves less: every row counts the same
            steps, averaged = steps + 1, averaged + share
            if share > 0:
                mean = mean + share / averaged * (beta - mean)
        return State(beta, mean, steps, state.epochs + 1, averaged)

    def _batches(self, blocks: list[Block], rng: np.random.Generator) -> Iterator[Block]:
        for k in rng.permutation(len(blocks)):
            block = blocks[k]
            n = block.x.n_rows
            order = rng.permutation(n)
            x = block.x.to_array()[order]
            mixed = Block(Dense(x), block.y[order], block.weight[order], block.offset[order])
            for start in range(0, n, self.batch):
                yield mixed.rows(start, min(start + self.batch, n))
