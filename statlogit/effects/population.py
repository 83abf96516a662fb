"""The rows that effects are averaged over, held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from statlogit.core.blocks import ROWS_PER_BLOCK, Addable, add_in_tree
from statlogit.core.types import Array, IntArray
from statlogit.design.raw import RawRows, Setting
from statlogit.design.values import Numbers
from statlogit.effects.variables import SeenRows
from statlogit.errors import DataError

S = TypeVar("S", bound=Addable)


@dataclass(frozen=True, slots=True)
class RawBlock:
    """Some rows: raw columns, weights, offsets."""

    raw: RawRows
    weight: Array  # (n,)
    offset: Array  # (n, q) log-odds


@dataclass(frozen=True, slots=True)
class Population:
    """The rows that effects are averaged over, folded block by block as every sum over rows is."""

    raw: RawRows
    weight: Array  # (n,) outcomes a row stands for: case weight times trials
    offset: Array  # (n, q) log-odds

    @property
    def n_rows(self) -> int:
        return self.raw.n_rows

    def __iter__(self) -> Iterator[RawBlock]:
        for start in range(0, self.n_rows, ROWS_PER_BLOCK):
            stop = min(start + ROWS_PER_BLOCK, self.n_rows)
            yield RawBlock(self.raw.rows(start, stop), self.weight[start:stop], self.offset[start:stop])

    def fold(self, f: Callable[[RawBlock], S]) -> S:
        return add_in_tree(map(f, self))

    @property
    def seen(self) -> SeenRows:
        return SeenRows(self.raw)

    @property
    def mean_offset(self) -> Array:
        """(q,)"""
        return np.asarray(self.weight @ self.offset / self.weight.sum())

    def spread(self, name: str) -> float:
        """The standard deviation of a column of numbers over the outcomes that the rows stand for."""
        values, total = self.numbers(name), float(self.weight.sum())
        mean = float(self.weight @ values) / total
        return float(np.sqrt(self.weight @ (values - mean) ** 2 / (total - 1.0)))

    def extent(self, name: str) -> tuple[float, float]:
        """The least and the largest value of a column of numbers."""
        values = self.numbers(name)
        return float(values.min()), float(values.max())

    def numbers(self, name: str) -> Array:
        """(n,) the values of a column of numbers."""
        value = self.raw.column(name)
        if not isinstance(value, Numbers):
            raise DataError(f"{name!r} is no column of numbers")
        return value.values

    def select(self, rows: IntArray) -> Population:
        return Population(self.raw.select(rows), self.weight[rows], self.offset[rows])

    def setting(self, settings: Mapping[str, Setting]) -> Population:
        return replace(self, raw=self.raw.setting(settings))
