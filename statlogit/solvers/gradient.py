"""Gradient descent on the mean loss, as the theory has it: w <- w - rate * gradient / n.

Conventions: "gradient" is that of the summed loss, so gradient / n is that of the mean loss.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from statlogit.core.objective import Objective
from statlogit.core.types import Array
from statlogit.solvers.line import first_order
from statlogit.solvers.metric import block_sums
from statlogit.solvers.protocol import Iterate


def safe_rate(objective: Objective) -> float:
    """The rate under which the loss can never rise: n over a bound on the largest eigenvalue of the information.

    A row's curvature diag(mu) - mu mu' is at most 1/4 for one predictor and 1/2 for more (Boehning 1992, section 2).
    """
    sums = objective.rows.fold(block_sums)
    most = 0.25 if objective.family.n_predictors == 1 else 0.5
    bound = most * sums.gram if objective.penalty is None else most * sums.gram + objective.penalty
    largest = float(np.linalg.eigvalsh(bound)[-1]) if len(bound) else 0.0
    return sums.n_rows / largest if largest > 0 else 1.0


CoordinateChoice = Literal["good", "raw"]


@dataclass(frozen=True, slots=True)
class GradientDescent:
    """A fixed step along the mean gradient; rate None takes `safe_rate`, one more pass, so that the loss never rises.

    nesterov: accelerate by momentum, dropped whenever it points downhill; the loss may then rise now and again.
    coordinates: "good" descends on centred and scaled columns, which takes far fewer steps; "raw" on the columns as
    they are, so that every iterate handed to `progress` can be followed by hand in the weights of the model.
    Source: Nesterov (1983); O'Donoghue and Candes (2015), section 3.2, gradient restart.

    >>> import pandas as pd
    >>> import statlogit as sl
    >>> data = pd.DataFrame({"x": [0.5, 2.5, 1.0, 3.0, 2.0, 1.5], "y": [0, 1, 0, 1, 0, 1]})
    >>> by_hand = GradientDescent(rate=0.5, coordinates="raw")
    >>> seen = []
    >>> fit = sl.logit("y ~ x", data, solver=by_hand, tol=1e-3, progress=seen.append)
    >>> [w.round(3).tolist() for w in (step.beta[:, 0] for step in seen[:3])]
    [[0.0, 0.0], [0.0, 0.146], [-0.032, 0.223]]
    """

    rate: float | None = None
    nesterov: bool = False
    coordinates: CoordinateChoice = "good"
    name: ClassVar[str] = "gd"
    most_iterations: ClassVar[int] = 100_000

    def __post_init__(self) -> None:
        if self.rate is not None and not (self.rate > 0 and math.isfinite(self.rate)):
            raise ValueError(f"rate={self.rate!r} must be a finite number above 0, or None for a safe one")
        if self.coordinates not in get_args(CoordinateChoice):
            raise ValueError(f"coordinates={self.coordinates!r} is not known; choose 'good' or 'raw'")

    def iterates(self, objective: Objective, start: Array) -> Iterator[Iterate]:
        rate = safe_rate(objective) if self.rate is None else self.rate
        beta = before = start
        momentum = 1.0
        while True:
            at = objective.slope_at(beta)
            yield first_order(beta, at)
            stepped = beta + rate * at.score / at.n_rows
            if not self.nesterov:
                beta = stepped
                continue
            if float((at.score * (stepped - before)).sum()) < 0:
                momentum = 1.0
            following = (1.0 + math.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
            beta = stepped + (momentum - 1.0) / following * (stepped - before)
            before, momentum = stepped, following
