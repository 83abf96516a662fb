"""The bootstrap: refits with the rows or clusters counted as often as they were drawn, from the estimate on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Literal

import numpy as np

from statlogit.core.coordinates import InCoordinates
from statlogit.core.families import family_of
from statlogit.core.objective import Objective
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import block_of, rows_of
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import maximize

MOST_FAILED = 0.05  # of the replications; beyond, what is left out would have been the tails
TOLERANCE = 1e-4  # standard errors; the Newton step then taken leaves about its square


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Nonparametric bootstrap as a covariance: `r.with_covariance(Bootstrap(999, seed=1))`.

    replications: refits; seed: the same seed draws the same samples. by: "rows" (a grouped row is one case), or
    "cluster" for whole clusters; by default clusters where the fit has them.
    Source: Efron and Tibshirani (1993), algorithm 6.1; Davison and Hinkley (1997), section 3.8 for clusters.

    Raises ValueError for fewer than 2 replications, a negative seed or another word for by.
    """

    replications: int = 999
    seed: int = 0
    by: Literal["rows", "cluster"] | None = None

    def __post_init__(self) -> None:
        if not (isinstance(self.replications, Integral) and self.replications >= 2):
            raise ValueError(f"replications={self.replications!r} must be a whole number from 2 on, for example 999")
        if not (isinstance(self.seed, Integral) and self.seed >= 0):
            raise ValueError(f"seed={self.seed!r} must be a whole number from 0 on")
        if self.by not in (None, "rows", "cluster"):
            raise ValueError(f"by={self.by!r} is not known; choose 'rows' or 'cluster'")

    def unit(self, fit: Fit) -> Literal["rows", "cluster"]:
        """What is drawn for this fit."""
        return self.by or ("rows" if fit.frame.cluster is None else "cluster")


@dataclass(frozen=True, slots=True)
class Replications:
    """The estimates of the replications that have a finite maximum, in the solver's coordinates."""

    values: Array  # (replications - n_failed, r*q)
    n_failed: int


def replications(fit: Fit, plan: Bootstrap) -> Replications:
    """Refit every resample. Raises FitError where more than 5% of them have no finite maximum."""
    place, family = fit.estimate.coordinates, family_of(fit.beta.shape[1])
    block = block_of(fit.frame)
    start = place.from_design(fit.beta[list(place.kept)])
    draw = _by_cluster(fit) if plan.unit(fit) == "cluster" else _by_rows(block.copies, block.x.n_rows)
    found = []
    with one_blas_thread(block.x.n_rows * block.x.n_columns):
        for k in range(plan.replications):
            weight = block.weight * draw(np.random.default_rng([plan.seed, k]))
            gamma = _maximum(Objective(InCoordinates(rows_of(fit.frame, weight), place), family), start)
            if gamma is not None:
                found.append(gamma.ravel(order="F"))
    n_failed = plan.replications - len(found)
    if n_failed > MOST_FAILED * plan.replications:
        raise FitError(
            f"{n_failed:,} of {plan.replications:,} bootstrap samples have no finite maximum (separated, or a column "
            "without values), so the bootstrap variance is not finite; use covariance='HC3', or fit with fewer terms."
        )
    return Replications(np.array(found), n_failed)


def _maximum(objective: Objective, start: Array) -> Array | None:
    """The maximum from start: Newton until within TOLERANCE, and one step more; None where there is none."""
    solution = maximize(objective, Irls(), start=start, tol=TOLERANCE)
    last = solution.trace[-1]
    if not solution.converged or last.direction is None:
        return None
    return last.beta + last.direction


def _by_rows(copies: Array | None, n: int) -> Callable[[np.random.Generator], Array]:
    """How often each row is drawn; rows of whole case weights once for each copy, as a factor on their weight."""
    if copies is None:
        return lambda rng: np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
    total = int(copies.sum())
    return lambda rng: rng.multinomial(total, copies / total) / copies


def _by_cluster(fit: Fit) -> Callable[[np.random.Generator], Array]:
    codes: IntArray = np.asarray(fit.frame.cluster)
    size = int(codes.max()) + 1
    return lambda rng: np.bincount(rng.integers(0, size, size), minlength=size).astype(np.float64)[codes]
