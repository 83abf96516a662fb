"""What is known of a fit that is interrupted: how far it has come."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from statlogit.core.types import Array
from statlogit.solvers.protocol import Iterate


class Watched:
    """Looks at the iterates as they come, and passes them on."""

    def __init__(self, progress: Callable[[Iterate], None] | None) -> None:
        self._progress = progress
        self._n_iter = -1
        self._loglik = float("nan")
        self._before: Array | None = None
        self._beta: Array | None = None

    def __call__(self, iterate: Iterate) -> None:
        self._n_iter, self._loglik = self._n_iter + 1, iterate.loglik
        self._before, self._beta = self._beta, iterate.beta
        if self._progress is not None:
            self._progress(iterate)

    @property
    def sentence(self) -> str:
        """Says it; coefficients are those of the solver's coordinates, per standard deviation of their columns."""
        if self._n_iter < 0:
            return "stopped before the first iterate was known"
        known = f"stopped after iteration {self._n_iter}: log-likelihood {self._loglik:,.6f}"
        if self._before is None or self._beta is None or self._before.shape != self._beta.shape:
            return known
        change = np.abs(self._beta - self._before).max(initial=0.0)
        return f"{known}, largest change of a coefficient {change:.2g} per standard deviation of its column"
