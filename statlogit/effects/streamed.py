"""Effects of a fit whose rows stay in files: the same block functions, folded over the batches of its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Self, TypeAlias, TypeVar

import numpy as np

from statlogit.core.blocks import ROWS_PER_BLOCK, Addable
from statlogit.core.types import Array
from statlogit.design.raw import RawRows, Setting
from statlogit.design.recipe import Recipe
from statlogit.design.streamed import StreamedFrame
from statlogit.design.values import Labels, Level, Numbers, label_numbers, recode
from statlogit.effects.population import Population, RawBlock
from statlogit.effects.variables import MOST_LEVELS, distinct, factor_of, is_factor
from statlogit.errors import DataError, RowsNeededError
from statlogit.fit.streaming import naming, table_in
from statlogit.sources.batches import Batch, BatchedRows, fold_batches

S = TypeVar("S", bound=Addable)
Known: TypeAlias = Mapping[str, tuple[Level, ...]]  # all levels of the columns that are not numbers


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

    def is_whole(self, name: str) -> bool:
        """Not known of rows in files, unless there are zeros and ones alone."""
        return self.moments[name].is_zero_one

    def levels(self, name: str) -> tuple[Level, ...]:
        return tuple(sorted(self.found[name], key=lambda level: (isinstance(level, str), level)))


@dataclass(frozen=True, slots=True)
class StreamedPopulation:
    """The used rows of files, read again in every fold."""

    frame: StreamedFrame
    seen: Seen
    known: Known
    steps: tuple[Mapping[str, Setting], ...] = ()  # settings, in the order in which they were made

    @property
    def n_rows(self) -> int:
        return self.frame.n_rows

    def fold(self, f: Callable[[RawBlock], S]) -> S:
        return _fold(self.frame, f, self.known, self.steps)

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


AnyPopulation: TypeAlias = Population | StreamedPopulation


def held(population: AnyPopulation) -> Population:
    """The population where its rows are in memory. Raises RowsNeededError where they are in files."""
    if isinstance(population, StreamedPopulation):
        raise RowsNeededError(
            "groups of rows (by=), quantiles and the typical row ('at means') need rows in memory, and those of "
            f"{population.frame.origin} were read from files block by block; give values, as in "
            "at={'age': [20, 30]}, or rows that fit in memory (newdata=...)"
        )
    return population


def streamed_population(frame: StreamedFrame) -> StreamedPopulation:
    """The used rows of files; one pass finds the levels and moments of their raw columns."""
    names = frame.design.reading.variables
    coded = frozenset(name for name in names if is_factor(frame.design, name))
    listed = frozenset(name for name in names if factor_of(frame.design, name) is not None)
    seen = _fold(frame, partial(block_seen, coded=coded, listed=listed), known={})
    known = {name: seen.levels(name) for name in names if not seen.is_number(name)}
    return StreamedPopulation(frame, seen, known)


def _fold(
    frame: StreamedFrame, f: Callable[[RawBlock], S], known: Known, steps: tuple[Mapping[str, Setting], ...] = ()
) -> S:
    rows = frame.rows
    if not isinstance(rows, BatchedRows):
        frame.refuse()
    visit = partial(_values, f=f, recipe=frame.recipe, steps=steps, known=known)
    return fold_batches(rows.source, visit, ROWS_PER_BLOCK, rows.engine)


def _values(
    batch: Batch,
    f: Callable[[RawBlock], S],
    recipe: Recipe,
    steps: tuple[Mapping[str, Setting], ...],
    known: Known,
) -> list[S | None]:
    """What f gives for the tiles of the used rows of a batch, None for tiles without rows."""
    with naming(batch):
        whole = batch_population(batch, recipe, known)
    for settings in steps:
        whole = whole.setting(settings)
    found: list[S | None] = [f(block) for block in whole]
    return found + [None] * (-(-batch.n_rows // ROWS_PER_BLOCK) - len(found))


def batch_population(batch: Batch, recipe: Recipe, known: Known) -> Population:
    """The used rows of a batch, with the levels of all batches where they are known."""
    table = recipe.given.asked(table_in(batch))
    part = recipe.part(table)
    weight, offset = recipe.weight_and_offset(table, part)
    columns = {name: table.column(name) for name in recipe.design.reading.variables}
    for name, levels in known.items():
        value = columns[name]
        labels = label_numbers(value) if isinstance(value, Numbers) else value  # no value at all: read as numbers
        columns[name] = Labels(recode(labels, levels), levels, labels.own_order)
    return Population(RawRows(columns, part.n, part.positions), weight, offset)


def block_seen(block: RawBlock, coded: frozenset[str], listed: frozenset[str]) -> Seen:
    """What one block tells of its raw columns.

    coded: those that the formula uses as levels. listed: those whose levels the design lists, however many they are; of
    others that have more than can be compared only so many are kept that it shows.
    """
    moments, found = {}, {}
    for name in block.raw.columns:
        value = block.raw.column(name)
        if isinstance(value, Numbers):
            moments[name] = _moments(value, block.weight)
        if not isinstance(value, Numbers) or name in coded:
            levels = distinct(block.raw, name)
            found[name] = frozenset(levels if name in listed else levels[: MOST_LEVELS + 1])
    return Seen(float(block.weight.sum()), block.weight @ block.offset, moments, found)


def _moments(value: Numbers, weight: Array) -> Moments:
    v, total = value.values, float(weight.sum())
    mean = float(weight @ v) / total
    low, high = value.extent
    zero_one = bool(((v == 0.0) | (v == 1.0)).all())
    return Moments(total, mean, float(weight @ (v - mean) ** 2), low, high, zero_one, value.boolean)
