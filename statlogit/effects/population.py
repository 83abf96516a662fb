"""The rows that effects are averaged over: held in memory, or read from their files in every fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Self, TypeAlias, TypeVar

import numpy as np

from statlogit.core.blocks import Addable, add_in_tree
from statlogit.core.types import Array, IntArray
from statlogit.design.raw import RawRows, Setting
from statlogit.design.streamed import StreamedFrame
from statlogit.design.values import Level, Numbers
from statlogit.effects.variables import SeenRows
from statlogit.errors import DataError, RowsNeededError

S = TypeVar("S", bound=Addable)
ROWS_PER_BLOCK = 8192


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


@dataclass(frozen=True, slots=True)
class Moments:
    """Of a column of numbers, over the outcomes that the rows stand for; added as Chan, Golub and LeVeque (1979) do."""

    weight: float
    mean: float
    square: float  # sum of squared distances from the mean
    low: float
    high: float
    is_zero_one: bool
    boolean: bool

    def __add__(self, other: Self) -> Self:
        weight, apart = self.weight + other.weight, other.mean - self.mean
        return type(self)(
            weight,
            self.mean + apart * other.weight / weight,
            self.square + other.square + apart**2 * self.weight * other.weight / weight,
            min(self.low, other.low),
            max(self.high, other.high),
            self.is_zero_one and other.is_zero_one,
            self.boolean and other.boolean,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What one pass finds in the raw columns of the used rows."""

    weight: float
    offset: Array  # (q,) weighted sum
    moments: Mapping[str, Moments]
    found: Mapping[str, frozenset[Level]]  # of columns that are not numbers, and of numbers used as levels

    def __add__(self, other: Self) -> Self:
        moments = {name: one + other.moments[name] for name, one in self.moments.items()}
        found = {name: levels | other.found[name] for name, levels in self.found.items()}
        return type(self)(self.weight + other.weight, self.offset + other.offset, moments, found)

    def is_number(self, name: str) -> bool:
        return name in self.moments

    def is_boolean(self, name: str) -> bool:
        return name in self.moments and self.moments[name].boolean

    def is_zero_one(self, name: str) -> bool:
        """Whether there are zeros and ones, and nothing else."""
        one = self.moments[name]
        return one.is_zero_one and (one.low, one.high) == (0.0, 1.0)

    def levels(self, name: str) -> tuple[Level, ...]:
        return tuple(sorted(self.found[name], key=lambda level: (isinstance(level, str), level)))


@dataclass(frozen=True, slots=True)
class StreamedPopulation:
    """Rows in files. What would need them in memory raises RowsNeededError."""

    frame: StreamedFrame
    seen: Seen
    folded: Callable[[Callable[[RawBlock], Any], tuple[Mapping[str, Setting], ...]], Any]
    steps: tuple[Mapping[str, Setting], ...] = ()  # settings, in the order in which they were made

    @property
    def n_rows(self) -> int:
        return self.frame.n_rows

    def fold(self, f: Callable[[RawBlock], S]) -> S:
        found: S = self.folded(f, self.steps)
        return found

    def setting(self, settings: Mapping[str, Setting]) -> StreamedPopulation:
        return replace(self, steps=(*self.steps, settings))

    @property
    def mean_offset(self) -> Array:
        """(q,)"""
        return np.asarray(self.seen.offset / self.seen.weight)

    def spread(self, name: str) -> float:
        """The standard deviation of a column of numbers over the outcomes that the rows stand for."""
        one = self._moments(name)
        return float(np.sqrt(one.square / (one.weight - 1.0)))

    def extent(self, name: str) -> tuple[float, float]:
        """The least and the largest value of a column of numbers."""
        one = self._moments(name)
        return one.low, one.high

    def _moments(self, name: str) -> Moments:
        if name not in self.seen.moments:
            raise DataError(f"{name!r} is no column of numbers")
        return self.seen.moments[name]

    def _refuse(self) -> NoReturn:
        raise RowsNeededError(
            f"groups of rows (by=), quantiles and the typical row ('at means') need rows in memory, and those of "
            f"{self.frame.origin} were read from files block by block; give values, as in at={{'age': [20, 30]}}, or "
            "rows that fit in memory (newdata=...)"
        )

    @property
    def raw(self) -> Any:
        return self._refuse()

    @property
    def weight(self) -> Any:
        return self._refuse()

    @property
    def offset(self) -> Any:
        return self._refuse()

    def select(self, rows: IntArray) -> Any:
        del rows
        return self._refuse()

    def numbers(self, name: str) -> Any:
        del name
        return self._refuse()


AnyPopulation: TypeAlias = Population | StreamedPopulation
