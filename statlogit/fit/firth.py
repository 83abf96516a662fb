"""Firth's penalised likelihood: l(beta) + 1/2 log det I(beta); finite under separation."""

from __future__ import annotations

from dataclasses import replace

from statlogit.core.blocks import RowBlocks
from statlogit.core.families import Bernoulli
from statlogit.core.types import Array
from statlogit.fit.estimate import Estimate, Settings, estimate


def firth(rows: RowBlocks, *, intercept: int | None, settings: Settings, start: Array | None = None) -> Estimate:
    """The maximum of the penalised likelihood of binary or grouped rows. start: (p, 1), zero by default.

    Estimate.covariance is the inverse of the unpenalised information; loglik is unpenalised, while the trace shows
    the penalised one. Aliased columns are left out, as without a penalty. Nothing is certified.
    """
    settings = replace(settings, firth=True, ridge=None)
    return estimate(rows, Bernoulli(), intercept=intercept, settings=settings, start=start)


def penalised_loglik(found: Estimate) -> float:
    """l + 1/2 log det I in the design's own columns, kernel."""
    return found.solution.trace[-1].loglik
