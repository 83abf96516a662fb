"""Limited-memory BFGS: the gradient and a few remembered steps instead of the information matrix."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from statlogit.core.objective import Objective
from statlogit.core.types import Array, Status
from statlogit.solvers.line import first_order, rise
from statlogit.solvers.metric import Metric, null_metric
from statlogit.solvers.protocol import Iterate


class Pair(NamedTuple):
    """One remembered step and what it did to the gradient of the mean loss."""

    moved: Array  # (p, q)
    turned: Array  # (p, q)

    @property
    def curvature(self) -> float:
        return float((self.moved * self.turned).sum())


@dataclass(frozen=True, slots=True)
class Lbfgs:
    """Quasi-Newton steps from the last `memory` steps; one gradient pass for each accepted full step.

    The memory refines the inverse information of the null model, not a multiple of the identity.
    Source: Nocedal and Wright (2006), algorithms 7.4 and 7.5.
    """

    memory: int = 10
    name: ClassVar[str] = "lbfgs"
    most_iterations: ClassVar[int] = 1000

    def __post_init__(self) -> None:
        if self.memory < 1:
            raise ValueError(f"memory={self.memory!r} must be at least 1 remembered step")

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        beta, at, metric = start, objective.slope_at(start), null_metric(objective)
        pairs: deque[Pair] = deque(maxlen=self.memory)
        yield first_order(beta, at)
        while True:
            found = rise(objective, beta, at, two_loop(at.score / at.n_rows, pairs, metric))
            if found is None and pairs:  # the memory misleads: forget it once and try the gradient
                pairs.clear()
                continue
            if found is None:
                yield first_order(beta, at, 0.0, 0, Status.STEP_FAILED)
                return
            pair = Pair(found.beta - beta, (at.score - found.slope.score) / at.n_rows)
            if pair.curvature > 0:
                pairs.append(pair)
            beta, at = found.beta, found.slope
            yield first_order(beta, at, found.step, found.halvings)


def two_loop(gradient: Array, pairs: Iterable[Pair], metric: Metric) -> Array:
    """The remembered inverse information times the gradient: (p, q) -> (p, q)."""
    kept = list(pairs)
    direction = gradient.copy()
    shares = []
    for pair in reversed(kept):
        share = float((pair.moved * direction).sum()) / pair.curvature
        shares.append(share)
        direction -= share * pair.turned
    direction = metric.step(direction)
    if kept:
        last = kept[-1]
        direction *= last.curvature / float((last.turned * metric.step(last.turned)).sum())
    for pair, share in zip(kept, reversed(shares), strict=True):
        direction += (share - float((pair.turned * direction).sum()) / pair.curvature) * pair.moved
    return direction
