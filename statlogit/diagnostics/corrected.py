"""The outcome of a validation: apparent and corrected performance side by side, with its method in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd

from statlogit.core.types import Array
from statlogit.diagnostics.folds import CrossValidation
from statlogit.diagnostics.performance import LARGEST, LEAST
from statlogit.inference.bootstrap import Bootstrap
from statlogit.tables import Table, table

Plan: TypeAlias = Bootstrap | CrossValidation
BEYOND_LIMITS = 1.0  # replications that must lie beyond each limit of an interval


@dataclass(frozen=True)
class Validation:
    """Apparent and corrected performance. print(v) shows `v.table`; v.to_frame() has its numbers.

    apparent: (m,) the fit on its own rows. optimism: (k, m) of each replication (bootstrap), or apparent less the
    cross-validated measure of each repeat; corrected = apparent - mean optimism. A measure is nan where some refit has
    none: a fold of one class has no C, predictions that tell the classes apart have no finite slope.
    """

    plan: Plan
    unit: str  # "rows" or "cluster"
    measures: tuple[str, ...]
    apparent: Array
    optimism: Array
    n_refits: int
    n_failed: int
    level: float

    @property
    def corrected(self) -> Array:
        """(m,)"""
        return np.asarray(self.apparent - self.optimism.mean(axis=0))

    @property
    def mc_error(self) -> Array:
        """(m,) standard error of `corrected` that more replications or repeats would remove; nan for one repeat."""
        k = len(self.optimism)
        if k < 2:
            return np.full(len(self.apparent), np.nan)
        return np.asarray(self.optimism.std(axis=0, ddof=1) / math.sqrt(k))

    @property
    def limits(self) -> tuple[Array, Array]:
        """(m,) each: basic bootstrap limits of the performance of this very model on new rows, else nan.

        Apparent less optimism of a replication is one draw of it: limits are apparent less the upper and the lower
        quantile of the optimism (Davison and Hinkley 1997, equation 5.6), cut at what a measure can be. Withheld for
        cross-validation, whose variance has no unbiased estimate (Bengio and Grandvalet 2004), and where replications
        are too few.
        """
        outside = 0.5 * (1.0 - self.level)
        if isinstance(self.plan, CrossValidation) or outside * (len(self.optimism) + 1) < BEYOND_LIMITS:
            nothing = np.full(len(self.apparent), np.nan)
            return nothing, nothing
        low, high = np.quantile(self.optimism, [outside, 1.0 - outside], axis=0, method="weibull")
        least = np.array([LEAST.get(name, -np.inf) for name in self.measures])
        largest = np.array([LARGEST.get(name, np.inf) for name in self.measures])
        return np.maximum(self.apparent - high, least), np.minimum(self.apparent - low, largest)

    @cached_property
    def table(self) -> Table:
        """One row a measure: measure apparent optimism corrected corrected_low corrected_high mc_error.

        Limits and Monte Carlo error are left out where they are not known.
        """
        low, high = self.limits
        columns = {
            "apparent": self.apparent, "optimism": self.apparent - self.corrected, "corrected": self.corrected,
            "corrected_low": low, "corrected_high": high, "mc_error": self.mc_error,
        }  # fmt: skip
        known = {name: values for name, values in columns.items() if not np.isnan(values).all()}
        rows = zip(self.measures, *(map(_known, values.tolist()) for values in known.values()), strict=True)
        return table("validation", "Performance: apparent and corrected", ["measure", *known], rows, self.note)

    @property
    def note(self) -> str:
        """The method in words, and what failed."""
        return " ".join([_method(self), *_failures(self), DESIGN])

    def to_frame(self) -> pd.DataFrame:
        """The table as a data frame."""
        return self.table.to_frame()

    def __str__(self) -> str:
        return str(self.table)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


DESIGN = "Terms, knots and penalty stay as they were learned from all rows."


def _method(found: Validation) -> str:
    plan, units = found.plan, "clusters" if found.unit == "cluster" else "rows"
    if isinstance(plan, Bootstrap):
        limits = f" Limits: basic bootstrap, {100 * found.level:g}%, of this very model on new rows."
        return (
            f"Bootstrap optimism correction, {found.n_refits:,} resamples of {units}, seed {plan.seed}."
            f"{limits if np.isfinite(found.limits[0]).any() else ''}"
        )
    repeats = len(found.optimism)
    return (
        f"{plan.folds}-fold cross-validation over {units}, {repeats} repeat{'s' * (repeats > 1)}, seed {plan.seed}; "
        "pairs for C within folds, all else over all rows held out."
    )


def _failures(found: Validation) -> Iterator[str]:
    if found.n_failed == 1:
        yield "1 refit has no finite maximum and is left out, which flatters the corrected values."
    elif found.n_failed:
        yield f"{found.n_failed:,} refits have no finite maximum and are left out, which flatters the corrected values."
