"""What a column or a factor is once it has been read: numbers, or codes of levels. Missing is nan, or code -1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, isnan
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from statlogit.core.types import ROWS_AT_ONCE, Array, BoolArray, extent

Level: TypeAlias = str | int | float | bool
CodeArray: TypeAlias = npt.NDArray[np.signedinteger[Any]]  # as narrow as they came: 1, 2 or 4 bytes
MISSING, UNSEEN = -1, -2
DENSE_RANGE = 4  # whole numbers are counted in a table of at most this many cells a row


def used_levels(codes: CodeArray, n_levels: int) -> BoolArray:
    """Which of the levels some row has; rows without a level do not count."""
    some = _used(codes[:ROWS_AT_ONCE], n_levels)  # where every level is among the first rows, that is all to be known
    return some if some.all() else _used(codes, n_levels)


def _used(codes: CodeArray, n_levels: int) -> BoolArray:
    return np.asarray(np.bincount(codes + codes.dtype.type(1), minlength=n_levels + 1)[1:] > 0)


def _rows_with(cells: BoolArray) -> BoolArray | None:
    rows: BoolArray = cells if cells.ndim == 1 else np.asarray(cells.any(axis=1))
    return rows if rows.any() else None


@dataclass(frozen=True)
class Numbers:
    """One or more numeric columns. labels: one per column, what stands behind the factor's text ("" for one)."""

    values: Array  # (n,) or (n, k)
    labels: tuple[str, ...] = ("",)
    boolean: bool = False
    spans_intercept: bool = False  # the columns add up to one: a complete basis
    whole: npt.NDArray[np.integer[Any]] | None = None  # (n,) the integers as read: identities beyond 2**53 stay apart

    @cached_property
    def extent(self) -> tuple[float, float]:
        """The least and the largest value, nan where one is missing."""
        return extent(self.values)

    @property
    def missing(self) -> BoolArray | None:
        """(n,) rows with a missing value, or None."""
        return _rows_with(np.isnan(self.values)) if isnan(self.extent[0]) else None

    @property
    def infinite(self) -> BoolArray | None:
        """(n,) rows with an infinite value, or None."""
        if not len(self.values) or all(map(isfinite, self.extent)):
            return None
        return _rows_with(np.isinf(self.values))


@dataclass(frozen=True, slots=True)
class Labels:
    """Levels as codes. own_order: the levels came with an order (Categorical, Enum, levels=...)."""

    codes: CodeArray  # (n,)
    levels: tuple[Level, ...]
    own_order: bool = False
    fixed: bool = False  # the formula names the levels: unused ones stay
    contrast: Any = None  # a contrasts.Contrast, or None for treatment
    spans_intercept: bool = True

    @property
    def missing(self) -> BoolArray | None:
        """(n,) rows with a missing value, or None."""
        if self.codes.min(initial=0) >= 0:
            return None
        rows = self.codes == MISSING
        return rows if rows.any() else None


Value: TypeAlias = Numbers | Labels


def plain(level: Any) -> Level:
    """A level as a value that JSON can hold: numpy scalars unwrapped, whole floats as ints, the rest as text."""
    if isinstance(level, np.generic):
        level = level.item()
    if isinstance(level, bool | str | int):
        return level
    if isinstance(level, float):
        return int(level) if level.is_integer() else level
    return str(level)


def label_numbers(numbers: Numbers) -> Labels:
    """The distinct values of a numeric column as levels, sorted."""
    if numbers.boolean:
        truth = np.where(np.isnan(numbers.values), MISSING, numbers.values).astype(np.int32)
        return Labels(truth, (False, True))
    if numbers.whole is not None and numbers.whole.size:
        return _label_whole(numbers.whole)
    ones = numbers.values == 1.0
    if ones.any() and (ones | (numbers.values == 0.0)).all() and not ones.all():  # no need to sort a 0/1 column
        return Labels(ones.astype(np.int32), (plain(np.float64(0.0)), plain(np.float64(1.0))))
    found, inverse = np.unique(numbers.values, return_inverse=True)
    codes = inverse.astype(np.int32)
    if found.size and np.isnan(found[-1]):
        found = found[:-1]
        codes[codes == found.size] = MISSING
    return Labels(codes, tuple(plain(v) for v in found))


def _label_whole(values: npt.NDArray[np.integer[Any]]) -> Labels:
    low, high = int(values.min()), int(values.max())
    if high - low >= max(DENSE_RANGE * values.size, 1024):
        found, codes = np.unique(values, return_inverse=True)
        return Labels(codes.astype(np.int32), tuple(int(v) for v in found))
    shifted = values if low == 0 else values - low
    used = np.bincount(shifted, minlength=high - low + 1) > 0
    to_code = (np.cumsum(used) - 1).astype(np.int32)
    return Labels(to_code[shifted], tuple(int(v) + low for v in np.flatnonzero(used)))


def label_text(values: Any) -> Labels:
    """Text, with None or nan for missing, as levels in alphabetical order."""
    codes, found = pd.factorize(values, use_na_sentinel=True)
    levels = [str(v) for v in found]
    order = sorted(range(len(levels)), key=levels.__getitem__)
    to_code = np.empty(len(levels) + 1, dtype=np.int32)
    to_code[order] = np.arange(len(levels), dtype=np.int32)
    to_code[-1] = MISSING
    return Labels(to_code[codes], tuple(levels[k] for k in order))


def recode(labels: Labels, levels: Sequence[Level], other: int = UNSEEN) -> CodeArray:
    """The codes with respect to these levels; a level that is none of them becomes `other`."""
    if labels.levels == tuple(levels):
        return labels.codes
    place = {key_of(level): k for k, level in enumerate(levels)}
    to_code = np.array([place.get(key_of(level), other) for level in labels.levels] + [MISSING], dtype=np.int32)
    return to_code[labels.codes]


def key_of(level: Level) -> tuple[str, Level]:
    """True is not 1, and "1" is not 1, but 1.0 is."""
    return ("bool" if isinstance(level, bool) else "text" if isinstance(level, str) else "number", level)


def drop_unused(labels: Labels, kept: BoolArray | None) -> Labels:
    """Without the levels that no kept row has, as R's droplevels after na.omit."""
    if labels.fixed:
        return labels
    codes = labels.codes if kept is None else labels.codes[kept]
    used = used_levels(codes, len(labels.levels))
    if used.all():
        return labels
    to_code = np.append(np.where(used, np.cumsum(used) - 1, MISSING), MISSING).astype(np.int32)
    levels = tuple(level for level, u in zip(labels.levels, used, strict=True) if u)
    return Labels(to_code[labels.codes], levels, labels.own_order, False, labels.contrast, labels.spans_intercept)
