"""The bootstrap: refits with the rows or clusters counted as often as they were drawn, from the estimate on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Literal

import numpy as np

from statlogit.core.progress import tracked
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import copies_of
from statlogit.inference.refits import refits_of

MOST_FAILED = 0.05  # of the replications; beyond, what is left out would have been the tails


def unknown_unit(by: object) -> str:
    """Why this is not what is drawn, and how single outcomes of grouped rows are."""
    told = f"by={by!r} is not known; choose 'rows' or 'cluster'"
    return f"{told}. {SINGLE}" if by in ("outcomes", "trials") else told


SINGLE = (
    "A grouped row is one case. Single outcomes are drawn where a row stands for equal ones: fit "
    "pd.concat([data.assign(y=1, w=data.events), data.assign(y=0, w=data.trials - data.events)]) with weights='w'."
)


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
            raise ValueError(unknown_unit(self.by))

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
    refits, draw, found = refits_of(fit), draws(fit, plan.unit(fit)), []
    with one_blas_thread(fit.frame.x.n_rows * fit.frame.x.n_columns * plan.replications):
        for k in tracked(range(plan.replications), plan.replications, "bootstrap"):
            gamma = refits.maximum(fit.frame.weight * draw(np.random.default_rng([plan.seed, k])))
            if gamma is not None:
                found.append(gamma.ravel(order="F"))
    n_failed = plan.replications - len(found)
    if n_failed > MOST_FAILED * plan.replications:
        raise FitError(
            f"{n_failed:,} of {plan.replications:,} bootstrap samples have no finite maximum (separated, or a column "
            "without values), so the bootstrap variance is not finite; use covariance='HC3', or fit with fewer terms."
        )
    return Replications(np.array(found), n_failed)


def draws(fit: Fit, unit: Literal["rows", "cluster"]) -> Callable[[np.random.Generator], Array]:
    """From a generator to how often each row is drawn, (n,), as a factor on its weight.

    Rows of whole case weights are drawn once for each copy.
    """
    if unit == "cluster":
        return _by_cluster(np.asarray(fit.frame.cluster))
    return _by_rows(copies_of(fit.frame), fit.frame.x.n_rows)


def _by_rows(copies: Array | None, n: int) -> Callable[[np.random.Generator], Array]:
    if copies is None:
        return lambda rng: np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
    total = int(copies.sum())
    return lambda rng: rng.multinomial(total, copies / total) / copies


def _by_cluster(codes: IntArray) -> Callable[[np.random.Generator], Array]:
    size = int(codes.max()) + 1
    return lambda rng: np.bincount(rng.integers(0, size, size), minlength=size).astype(np.float64)[codes]
