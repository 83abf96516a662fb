"""Stochastic gradient descent: small batches in a seeded random order, and the average of where they lead.

Rows are shuffled once and every epoch walks them in the same order. At a fixed rate the walk then closes to a cycle,
over which the batch gradients sum to exactly zero: the average over one epoch has none of the noise of the walk, and
lies off the maximum only by the curvature of the score times the rate, which falls from epoch to epoch.
Source: Polyak and Juditsky (1992) on averaging; Bach and Moulines (2013) on what a fixed rate leaves; Mishchenko,
Khaled and Richtarik (2020) on shuffling once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.columns import Dense
from statlogit.core.objective import Objective
from statlogit.core.statistics import block_slope
from statlogit.core.types import Array, Status
from statlogit.solvers.line import first_order
from statlogit.solvers.metric import Metric, bound_metric
from statlogit.solvers.protocol import Iterate


@dataclass(frozen=True, slots=True)
class State:
    """All there is to know to go on: continue with `Sgd.advance`, read off with `Sgd.estimate`."""

    beta: Array  # (p, q) the walker
    mean: Array  # (p, q) average of the walker's path since `restarted`
    steps: int = 0  # in that average
    epochs: int = 0

    @classmethod
    def at(cls, beta: Array) -> Self:
        """Before the first step."""
        return cls(beta, beta)

    @property
    def restarted(self) -> Self:
        """The same walker with an empty average: what came before was the way there."""
        return replace(self, steps=0)


@dataclass(frozen=True, slots=True)
class Sgd:
    """Epochs of mini-batch steps: w <- w - rate_e * M (batch gradient / batch rows), rate_e = rate / (1 + decay e).

    M is the inverse of a bound on the information, so that rate = 1 is the largest safe rate of full batches. The last
    two epochs share their rate. batch: rows a step. Blocks come in random order and rows in random order within their
    block, each row once an epoch. averaging: report the mean of the path over the last epoch, else its end. The
    solve ends short of the maximum after `epochs`, and says so.

    New rows later: `advance` takes one epoch over any blocks from any state, here as they come, averaged over all.

    >>> from statlogit.core.blocks import Block, InMemory
    >>> from statlogit.core.columns import Dense
    >>> from statlogit.core.families import Bernoulli
    >>> from statlogit.core.objective import Objective
    >>> from statlogit.solvers.metric import bound_metric
    >>> x = np.column_stack([np.ones(8), np.arange(8.0) - 3.5])
    >>> y = np.array([0, 0, 1, 0, 1, 0, 1, 1.0])[:, None]
    >>> rows = InMemory(Block(Dense(x), y, np.ones(8), np.zeros((8, 1))))
    >>> sgd, objective = Sgd(batch=4), Objective(rows, Bernoulli())
    >>> metric, state = bound_metric(objective), State.at(np.zeros((2, 1)))
    >>> for chunk in (rows, rows, rows):
    ...     state = sgd.advance(state, chunk, objective, metric)
    >>> state.epochs, state.steps
    (3, 6)
    """

    rate: float = 0.5
    batch: int = 1024
    epochs: int = 5
    decay: float = 2.0
    seed: int = 0
    averaging: bool = True
    name: ClassVar[str] = "sgd"
    most_iterations: ClassVar[int] = 100_000

    def __post_init__(self) -> None:
        if not (self.rate > 0 and math.isfinite(self.rate)):
            raise ValueError(f"rate={self.rate!r} must be a finite number above 0")
        if self.batch < 1 or self.epochs < 1 or not (self.decay >= 0 and math.isfinite(self.decay)):
            raise ValueError(
                f"batch={self.batch!r} and epochs={self.epochs!r} must be at least 1, decay={self.decay!r} at least 0"
            )

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        yield first_order(start, objective.slope_at(start))
        metric, state = bound_metric(objective), State.at(start)
        while True:
            state = self.advance(state.restarted, objective.rows, objective, metric)
            beta = self.estimate(state)
            done = Status.MAX_ITERATIONS if state.epochs >= self.epochs else None
            yield first_order(beta, objective.slope_at(beta), status=done)
            if done is not None:
                return

    def estimate(self, state: State) -> Array:
        """(p, q) the answer of a state: the average of the path, or its end."""
        return state.mean if self.averaging and state.steps else state.beta

    def advance(self, state: State, blocks: Iterable[Block], objective: Objective, metric: Metric) -> State:
        """One epoch over these blocks, rows of the objective or new ones; the penalty is the objective's."""
        rate = self.rate / (1.0 + self.decay * min(state.epochs, max(self.epochs - 2, 0)))
        beta, mean, steps = state.beta, state.mean, state.steps
        kept = list(blocks)
        n_rows = sum(block.x.n_rows for block in kept)
        full = min(self.batch, max((block.x.n_rows for block in kept), default=1))
        for part in self._batches(kept):
            at = block_slope(part, beta, objective.family)
            ascent = at.score - at.n_rows / n_rows * objective.pull(beta)
            # a batch cut short by its block moves less: every row counts the same
            beta = beta + rate / full * metric.step(ascent)
            steps += 1
            mean = mean + (beta - mean) / steps
        return State(beta, mean, steps, state.epochs + 1)

    def _batches(self, blocks: list[Block]) -> Iterator[Block]:
        rng = np.random.default_rng(self.seed)  # the same order in every epoch
        for k in rng.permutation(len(blocks)):
            block = blocks[k]
            n = block.x.n_rows
            order = rng.permutation(n)
            x = block.x.to_array()[order]
            mixed = Block(Dense(x), block.y[order], block.weight[order], block.offset[order])
            for start in range(0, n, self.batch):
                yield mixed.rows(start, min(start + self.batch, n))
