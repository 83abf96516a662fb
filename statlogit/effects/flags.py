"""Why a new row cannot be predicted, and whether its prediction extrapolates.

A row extrapolates when a number lies outside its training range, or when the row as a whole lies outside the training
rows though each of its values is inside: its linear predictor then has a larger standard error than any training row's
(hidden extrapolation). Source: Montgomery, Peck and Vining (2012), Linear Regression Analysis, section 3.8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.columns import Columns
from statlogit.core.leverage import row_quadratic
from statlogit.core.statistics import Largest
from statlogit.core.types import Array, BoolArray
from statlogit.design import Design, NewRows
from statlogit.design.table import Table, table_of
from statlogit.design.values import Numbers
from statlogit.errors import DataError

ROUNDING = 1.0 + 1e-9  # a training row predicted anew is no extrapolation


@dataclass(frozen=True, slots=True)
class Guard:
    """What the training rows leave behind to tell extrapolation: no row, one number."""

    covariance: Array  # (p*q, p*q) finite, that of the predictions' standard errors
    reach: float | None  # the largest standard error of a training row's linear predictors; None where unknown


def guard_of(rows: RowBlocks, covariance: Array | None) -> Guard:
    """The guard of the used rows. covariance: nan counts as zero; None where it is not known."""
    if covariance is None:
        return Guard(np.zeros((rows.n_columns, rows.n_columns)), None)
    known = np.nan_to_num(covariance)
    return Guard(known, rows.fold(partial(_largest_spread, covariance=known)).value)


def _largest_spread(block: Block, covariance: Array) -> Largest:
    return Largest(float(spread(block.x, covariance).max(initial=0.0)))


def spread(x: Columns, covariance: Array) -> Array:
    """(n,) the root of the summed variances of each row's q linear predictors."""
    p = x.n_columns
    total = np.zeros(x.n_rows)
    for start in range(0, len(covariance), p):
        total += row_quadratic(x, covariance[start : start + p, start : start + p])
    return np.asarray(np.sqrt(np.maximum(total, 0.0)))


@dataclass(frozen=True, slots=True)
class Flagged:
    """New rows, and for each row of the data a reason ("" for none) and whether its prediction extrapolates."""

    rows: NewRows
    reasons: tuple[str, ...]
    extrapolates: BoolArray


def beside(predictions: pd.Series[float] | pd.DataFrame, flagged: Flagged | None) -> pd.DataFrame:
    """The predictions with the columns reason and extrapolates; None for the training rows, which have neither."""
    shown = predictions.to_frame("estimate") if isinstance(predictions, pd.Series) else predictions
    n = len(shown)
    reasons = list(flagged.reasons) if flagged is not None else [""] * n
    extrapolates = flagged.extrapolates if flagged is not None else np.zeros(n, dtype=bool)
    flags: dict[Any, Any] = {"reason": reasons, "extrapolates": extrapolates}
    if isinstance(shown.columns, pd.MultiIndex):
        flags = {("", name): values for name, values in flags.items()}
    return pd.concat([shown, pd.DataFrame(flags, index=shown.index)], axis=1)


def flagged_rows(design: Design, data: Any, guard: Guard) -> Flagged:
    """The rows that can be predicted, and what is to be said of each; an unseen level is a reason, no error."""
    table = table_of(data)
    outside = _outside(design, table)
    try:
        rows = design.matrix(table, unseen="nan")
    except DataError:
        if not outside:
            raise
        rows = design.matrix(_without(design, table), unseen="nan")  # a spline ends with the training range
    reasons = [reason or "" for reason in rows.reasons]
    extrapolates = np.zeros(table.n_rows, dtype=bool)
    for row, reason in outside.items():
        reasons[row] = reason
        extrapolates[row] = rows.reasons[row] is None
    if guard.reach is not None:
        sizes = spread(rows.x, guard.covariance)
        for k in np.flatnonzero(sizes > ROUNDING * guard.reach):
            row = int(rows.positions[k])
            extrapolates[row] = True
            reasons[row] = reasons[row] or (
                f"an unusual combination of values: the log-odds have standard error {sizes[k]:.3g}, "
                f"and at most {guard.reach:.3g} in the training rows"
            )
    return Flagged(rows, tuple(reasons), extrapolates)


def _outside(design: Design, table: Table) -> dict[int, str]:
    """Rows with a number outside its training range, each with the first such number."""
    found: dict[int, str] = {}
    for name, (low, high) in design.ranges.items():
        value = table.column(name)
        if isinstance(value, Numbers):
            for row in np.flatnonzero((value.values < low) | (value.values > high)).tolist():
                words = f"{name} = {value.values[row]:.6g} lies outside the training range {low:.6g} to {high:.6g}"
                found.setdefault(row, words)
    return found


def _without(design: Design, table: Table) -> Table:
    """The table with the numbers outside their ranges missing."""
    values = dict(table.values)
    for name, (low, high) in design.ranges.items():
        value = values.get(name)
        if isinstance(value, Numbers):
            kept = np.where((value.values < low) | (value.values > high), np.nan, value.values)
            values[name] = replace(value, values=kept, whole=None)
    return replace(table, values=values)
