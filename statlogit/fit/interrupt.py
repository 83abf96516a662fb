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
        self._loglik = self._change = float("nan")
        self._beta: Array | None = None

    def __call__(self, iterate: Iterate) -> None:
        if self._beta is not None and self._beta.shape == iterate.beta.shape:
            self._change = float(np.abs(iterate.beta - self._beta).max(initial=0.0))
        self._n_iter, self._loglik, self._beta = self._n_iter + 1, iterate.loglik, iterate.beta
        if self._progress is not None:
            self._progress(iterate)

    @property
    def sentence(self) -> str:
        """Says it; coefficients are those of the solver's coordinates, per standard deviation of their columns."""
        if self._n_iter < 0:
            return "stopped before the first iterate was known"
        known = f"stopped after iteration {self._n_iter}: log-likelihood {self._loglik:,.6f}"
        if np.isnan(self._change):
            return known
        return f"{known}, largest change of a coefficient {self._change:.2g} per standard deviation of its column"
