"""Raw rows: the data columns that a formula reads, by reference, so that it can be replayed on changed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from statlogit.core.types import Array, IntArray
from statlogit.design.reading import Reading
from statlogit.design.rows import take
from statlogit.design.terms import FactorFacts, NumericFactor
from statlogit.design.values import Labels, Level, Numbers, Value, key_of
from statlogit.errors import UnseenLevelError


@dataclass(frozen=True, slots=True)
class Shift:
    """Every row's own value plus an amount."""

    amount: float


Setting: TypeAlias = Level | Shift


@dataclass(frozen=True, slots=True)
class RawRows:
    """Some rows of some columns, none copied before it is asked for: a source for the interpreter.

    settings: columns that hold one value in every row, or are shifted, whatever the data say.
    """

    columns: Mapping[str, Value]  # all rows as read
    n_rows: int
    positions: IntArray | slice | None = None  # the rows in use; None: all
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def column(self, name: str) -> Value:
        """The values of one column in these rows."""
        value = self.columns[name]
        if name not in self.settings:
            return taken(value, self.positions)
        setting = self.settings[name]
        if isinstance(setting, Shift):
            own = taken(value, self.positions)
            if isinstance(own, Labels):
                raise TypeError(f"{name!r} has levels and cannot be shifted")
            return Numbers(own.values + setting.amount)
        return _constant(name, value, setting, self.n_rows)

    def rows(self, start: int, stop: int) -> RawRows:
        """Rows start..stop of these."""
        whole = slice(0, self.n_rows) if self.positions is None else self.positions
        cut: Any = slice(start + whole.start, stop + whole.start) if isinstance(whole, slice) else whole[start:stop]
        return replace(self, n_rows=stop - start, positions=cut)

    def select(self, rows: IntArray) -> RawRows:
        """These of the rows, in this order."""
        whole = self.positions
        cut = rows + whole.start if isinstance(whole, slice) else rows if whole is None else whole[rows]
        return replace(self, n_rows=len(rows), positions=cut)

    def apart(self) -> RawRows:
        """The same rows copied out of their columns, for few rows that are read again and again."""
        own = {name: taken(value, self.positions) for name, value in self.columns.items()}
        return RawRows(own, self.n_rows, None, self.settings)

    def setting(self, settings: Mapping[str, Setting]) -> RawRows:
        """The same rows with some columns set; a shift of a column that is set moves its value."""
        merged = dict(self.settings)
        for name, new in settings.items():
            old = merged.get(name)
            merged[name] = _moved(old, new) if isinstance(new, Shift) and old is not None else new
        return replace(self, settings=merged)


Ranges = dict[str, tuple[float, float]]


def ranges_of(reading: Reading, facts: Mapping[str, FactorFacts], seen: Ranges) -> Ranges:
    """Of the ranges of columns, those that some factor uses as numbers."""
    numeric = {name for text, read in reading.reads.items() if isinstance(facts[text], NumericFactor) for name in read}
    return {name: seen[name] for name in reading.variables if name in numeric and name in seen}


def seen_ranges(raw: RawRows) -> Ranges:
    """The least and the largest value of every column of numbers."""
    values = {name: raw.column(name) for name in raw.columns} if raw.n_rows else {}
    return {name: value.extent for name, value in values.items() if isinstance(value, Numbers)}


def _moved(old: Setting, by: Shift) -> Setting:
    if isinstance(old, Shift):
        return Shift(old.amount + by.amount)
    if isinstance(old, str):
        raise TypeError(f"{old!r} is a level and cannot be shifted")
    return float(old) + by.amount


def taken(value: Value, positions: IntArray | slice | None) -> Value:
    """The value in some rows; a slice is a view."""
    return take(value, positions)  # type: ignore[arg-type]


def _constant(name: str, value: Value, setting: Level, n_rows: int) -> Value:
    if isinstance(value, Numbers):
        if isinstance(setting, str):
            raise UnseenLevelError(f"{name!r} is numeric and cannot be set to {setting!r}")
        repeated: Array = np.broadcast_to(np.float64(setting), (n_rows,))
        return Numbers(repeated, boolean=value.boolean)
    known = {key_of(level): k for k, level in enumerate(value.levels)}
    code = known.get(key_of(setting))
    if code is None:
        shown = ", ".join(map(repr, value.levels[:8])) + (", ..." if len(value.levels) > 8 else "")
        raise UnseenLevelError(f"{name!r} has no level {setting!r}; its levels are {shown}")
    return Labels(np.full(n_rows, code, dtype=np.int32), value.levels, value.own_order)
