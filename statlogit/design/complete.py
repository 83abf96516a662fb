"""The rows that are complete for several formulas, so that their models can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from statlogit.design.prepare import prepare
from statlogit.errors import MissingValuesError


@dataclass(frozen=True, slots=True)
class CompleteRows:
    """The rows that every formula can use. sentence: how many others are left out and why, "" where none."""

    data: pd.DataFrame
    sentence: str


def complete_rows(formulas: Sequence[str], data: pd.DataFrame, **arguments: Any) -> CompleteRows:
    """Leave out the rows that some formula cannot use. arguments: as of prepare, by name of a column.

    Raises MissingValuesError where no row is complete for all.
    """
    frames = [prepare(formula, data, **arguments) for formula in formulas]
    kept = reduce(np.intersect1d, [frame.positions for frame in frames])
    lost = len(data) - len(kept)
    missing = {d.variable: d.count for frame in frames for d in frame.dropped if d.count}
    counted = ", ".join(f"{variable} {count:,}" for variable, count in missing.items())
    why = f" Missing values: {counted}." if counted else ""
    if not len(kept):
        raise MissingValuesError(f"no row is complete for every formula.{why} Compare models of fewer columns")
    sentence = f"{lost:,} of {len(data):,} rows are left out: some formula cannot use them.{why}" if lost else ""
    return CompleteRows(data.iloc[kept], sentence)
