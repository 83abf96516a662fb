"""The factors of a formula on one table: their values, and which rows cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from statlogit.core.types import BoolArray, IntArray
from statlogit.design.evaluate import Interpreter
from statlogit.design.reading import Reading, may_lose_rows
from statlogit.design.table import Table
from statlogit.design.transforms import State
from statlogit.design.values import Labels, Numbers, Value
from statlogit.errors import DataError


def factor_values(reading: Reading, table: Table, state: dict[str, State]) -> dict[str, Value]:
    """The value of every factor, by its text. `state` is filled where it is empty."""
    interpreter = Interpreter(reading.gate, table, state)
    return {text: interpreter.value(expression) for text, expression in reading.expressions.items()}


def any_row(masks: Iterable[BoolArray | None]) -> BoolArray | None:
    """Rows where any mask holds, or None when there is none."""
    found: BoolArray | None = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else found | mask
    return found


def missing_by_variable(variables: Iterable[str], table: Table) -> dict[str, BoolArray]:
    """The variables with missing values, and the rows."""
    found = {}
    for name in dict.fromkeys(variables):
        rows = table.column(name).missing
        if rows is not None:
            found[name] = rows
    return found


def lost_by_computing(
    reading: Reading, values: Mapping[str, Value], missing: Mapping[str, BoolArray], index: pd.Index[Any]
) -> dict[str, BoolArray]:
    """Rows that a factor makes missing though its columns have values; only lag and the like may do so.

    Raises DataError where a computation has no value: log(-1), 0/0.
    """
    found = {}
    for text, value in values.items():
        rows = value.missing
        if rows is None:
            continue
        explained = any_row(missing.get(name) for name in reading.reads[text])
        extra = rows if explained is None else rows & ~explained
        if not extra.any():
            continue
        if may_lose_rows(reading, text):
            found[text] = extra
            continue
        raise DataError(
            f"{text} has no value in {describe_rows(extra, index)} though its columns do (a logarithm or root of a "
            "negative number, or 0/0), so these rows would be lost; drop or change them, or use another transform"
        )
    return found


def check_finite(values: Mapping[str, Value], kept: BoolArray | None, index: pd.Index[Any]) -> None:
    """Raise DataError when a used row holds an infinite value."""
    for text, value in values.items():
        rows = value.infinite if isinstance(value, Numbers) else None
        if rows is not None:
            rows = rows if kept is None else rows & kept
            if rows.any():
                raise DataError(
                    f"{text} is infinite in {describe_rows(rows, index)}, so no coefficient can be estimated; "
                    "replace the value by a number or by a missing value"
                )


def describe_rows(mask: BoolArray, index: pd.Index[Any]) -> str:
    """The rows of a mask for a message: their number and the label of the first."""
    n = int(mask.sum())
    first = index[int(np.flatnonzero(mask)[0])]
    first = first.item() if isinstance(first, np.generic) else first
    return f"row {first!r}" if n == 1 else f"{n:,} rows (first: row {first!r})"


def take(value: Value, positions: IntArray | None) -> Value:
    """The value in some rows; all of them, uncopied, for None."""
    if positions is None:
        return value
    if isinstance(value, Labels):
        return replace(value, codes=value.codes[positions])
    whole = None if value.whole is None else value.whole[positions]
    return replace(value, values=value.values[positions], whole=whole)
