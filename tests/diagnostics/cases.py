"""Predictions and outcomes to be judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from statlogit.core.families import sigmoid
from statlogit.diagnostics.ranking import Outcomes


def outcomes(mu: Any, event: Any, weight: Any = 1.0) -> Outcomes:
    """Outcomes of given probabilities."""
    mu, event = np.asarray(mu, dtype=float), np.asarray(event, dtype=float)
    return of_eta(np.log(mu) - np.log1p(-mu), event, weight)


def of_eta(eta: npt.NDArray[np.float64], event: npt.NDArray[np.float64], weight: Any = 1.0) -> Outcomes:
    """Outcomes of given log-odds."""
    found = sigmoid(eta)
    return Outcomes(eta, found.mu, found.complement, weight * event, weight * (1.0 - event))


def sample(seed: int, n: int = 80, digits: int = 15) -> tuple[Any, Any, Any]:
    """Probabilities (few digits: many ties), events, and weights that are not whole."""
    rng = np.random.default_rng(seed)
    mu = rng.uniform(0.05, 0.95, n).round(digits)
    return mu, (rng.uniform(size=n) < mu).astype(float), rng.uniform(0.3, 3.0, n)
