"""Newton's method without the information matrix: conjugate gradients on products with a vector."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

import numpy as np

from statlogit.core.blocks import Block
from statlogit.core.families import Family
from statlogit.core.objective import Objective
from statlogit.core.statistics import Slope
from statlogit.core.types import Array, Status
from statlogit.solvers.line import first_order, rise
from statlogit.solvers.metric import Metric, null_metric
from statlogit.solvers.protocol import Iterate

LOOSEST = 0.5  # share of the gradient that the inner solve may leave far from the maximum


@dataclass(frozen=True, slots=True)
class Product:
    """Information times a vector, additive."""

    value: Array  # (p, q)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + other.value)


def block_product(block: Block, beta: Array, vector: Array, family: Family) -> Product:
    """One block's information times vector (p, q), in memory of order n q: the cells (q, q) are never formed.

    Curvature is diag(mu) - mu mu', so a row's product with u is mu_k ((1 - mu_k) u_k - sum over l != k of mu_l u_l).
    """
    mean = family.mean(block.x.times(beta) + block.offset)
    u = block.x.times(vector)
    pulled = mean.mu * u
    others = pulled.sum(axis=1, keepdims=True) - pulled
    return Product(block.x.transpose_times(block.weight[:, None] * mean.mu * (mean.complement * u - others)))


def information_times(objective: Objective, beta: Array, vector: Array) -> Array:
    """Penalised information at beta times vector: (p, q) -> (p, q), one pass."""
    product = objective.rows.fold(partial(block_product, beta=beta, vector=vector, family=objective.family)).value
    return product if objective.penalty is None else product + objective.pull(vector)


@dataclass(frozen=True, slots=True)
class NewtonCG:
    """Newton steps solved by conjugate gradients, loosely far away and tightly near the maximum.

    Conjugate gradients are preconditioned by the inverse information of the null model.
    most_products: limit of passes within one Newton step.
    Source: Nocedal and Wright (2006), algorithm 7.1, forcing sequence min(1/2, sqrt |gradient|).
    """

    most_products: int = 200
    name: ClassVar[str] = "newton-cg"
    most_iterations: ClassVar[int] = 100

    def __post_init__(self) -> None:
        if self.most_products < 1:
            raise ValueError(f"most_products={self.most_products!r} must be at least 1 product for each Newton step")

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        beta, at, metric = start, objective.slope_at(start), null_metric(objective)
        yield first_order(beta, at)
        while True:
            times = partial(information_times, objective, beta)
            found = rise(objective, beta, at, self._direction(times, at, metric))
            if found is None:
                yield first_order(beta, at, 0.0, 0, Status.STEP_FAILED)
                return
            beta, at = found.beta, found.slope
            yield first_order(beta, at, found.step, found.halvings)

    def _direction(self, times: Callable[[Array], Array], at: Slope, metric: Metric) -> Array:
        size = math.sqrt(max(float((at.score * metric.step(at.score)).sum()), 0.0))
        share = min(LOOSEST, math.sqrt(size / at.n_rows))
        return conjugate_gradients(times, at.score, metric, share * size, self.most_products)


def conjugate_gradients(times: Callable[[Array], Array], b: Array, metric: Metric, enough: float, most: int) -> Array:
    """x whose residual b - A x has at most the size `enough` in the metric, or the best after `most` products.

    The metric's own step where A shows no curvature at once. Source: Nocedal and Wright (2006), algorithm 5.3.
    """
    x, residual = np.zeros_like(b), b.copy()
    near = metric.step(residual)
    along, square = near.copy(), float((residual * near).sum())
    for _ in range(most):
        if math.sqrt(max(square, 0.0)) <= enough:
            break
        turned = times(along)
        curvature = float((along * turned).sum())
        if not curvature > 0:
            return x if x.any() else metric.step(b)
        length = square / curvature
        x += length * along
        residual -= length * turned
        near = metric.step(residual)
        before, square = square, float((residual * near).sum())
        along = near + (square / before) * along
    return x
