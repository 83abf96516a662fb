"""Batches of rows read from files again on every pass, and the fold over them: memory does not grow with the rows.

A source names its units (a row group of a file, or a whole file) and reads a unit batch by batch. Where there are
units enough each thread takes a unit; otherwise one thread reads and the others compute. The tiles, their order and
the tree in which their sums are added are the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from statlogit.core.blocks import ROWS_PER_BLOCK, Addable, Block
from statlogit.core.progress import counted
from statlogit.core.sample import Sample
from statlogit.core.segments import Segment
from statlogit.core.threads import in_order, one_blas_thread, workers
from statlogit.sources.engines import Engine, Task, Threads, Unit, map_reduce, tasks_of

S = TypeVar("S", bound=Addable)

BATCH_ROWS = 16_384  # rows read and evaluated at once; ten doubles a row are 1.3 MB
THREADS = Threads()
UNITS_PER_WORKER = 2  # with fewer units the threads would end at different times


Ranges: TypeAlias = Mapping[str, tuple[Any, Any]]  # the least and the largest value of the columns of a unit


@dataclass(frozen=True, slots=True)
class Text:
    """A column of text as codes of its levels, in no particular order; -1 is missing."""

    codes: npt.NDArray[np.int32]
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows. A column is an array of numbers (nan is missing), a Text, or a pandas or narwhals series."""

    where: str  # for messages: the file and its row group
    start: int  # its first row's place in the unit
    n_rows: int
    columns: Mapping[str, Any]


class Reader(Protocol):
    """Reads units; small, and pickles, so that it can be sent to where the data are."""

    def batches(self, unit: Unit, rows: int) -> Iterator[Batch]:
        """The rows of a unit, `rows` at a time; the last batch may be shorter. Raises DataError naming the file."""


class Source(Protocol):
    """Where batches come from, the same ones on every pass."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of all columns."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those to be read."""

    @property
    def units(self) -> Sequence[Unit]: ...
    @property
    def reader(self) -> Reader: ...
    @property
    def origin(self) -> str:
        """What the rows come from, in words."""

    @property
    def fingerprint(self) -> str:
        """Of what it was seen to be when it was opened."""

    def select(self, columns: Sequence[str]) -> Source:
        """The same rows with these columns."""

    def without(self, excluded: Callable[[Ranges], bool]) -> Source:
        """Without the units that hold nothing asked for, as their ranges tell; all of them where no range is known."""

    def check(self) -> None:
        """Raise DataError where a file has changed since the source was made."""


def all_batches(source: Source, rows: int = BATCH_ROWS) -> Iterator[Batch]:
    """Every batch in order, after a check that no file has changed."""
    source.check()
    reader = source.reader
    for unit in source.units:
        yield from reader.batches(unit, rows)


def fold_batches(
    source: Source, visit: Callable[[Batch], list[S | None]], tile: int = BATCH_ROWS, engine: Engine = THREADS
) -> S:
    """Add up what `visit` gives for the tiles of each batch, `tile` rows each; None for a tile without rows.

    A batch of n rows has ceil(n / tile) tiles. Raises ValueError where no tile has rows.
    """
    rows = max(BATCH_ROWS // tile, 1) * tile
    units = source.units
    source.check()
    few = len(units) < UNITS_PER_WORKER * engine.width and isinstance(engine, Threads)
    if few or any(unit.rows is None for unit in units):
        return _by_one_reader(source, visit, rows)
    work = partial(task_sums, reader=source.reader, visit=visit, rows=rows)
    return map_reduce(work, tasks_of(units, tile), engine)


def _by_one_reader(source: Source, visit: Callable[[Batch], list[S | None]], rows: int) -> S:
    """One thread reads, the others compute."""
    known = [unit.rows for unit in source.units]
    total = None if None in known else sum(n or 0 for n in known)
    whole: Segment[S] = Segment()
    with counted(total) as done, one_blas_thread():

        def values(batch: Batch) -> list[S | None]:
            found = visit(batch)
            done(batch.n_rows)
            return found

        with closing(in_order(values, all_batches(source, rows), workers())) as parts:
            for part in parts:
                whole.extend(part)
    return whole.total()


def task_sums(
    task: Task,
    *,
    reader: Reader,
    visit: Callable[[Batch], list[S | None]],
    rows: int,
    stopped: Callable[[], bool] = lambda: False,
) -> Segment[S]:
    """The sums of one task: what an engine runs, wherever it runs it."""
    part: Segment[S] = Segment(task.start)
    with one_blas_thread():
        for unit in task.units:
            for batch in reader.batches(unit, rows):
                if stopped():
                    return part
                part.extend(visit(batch))
    return part


@dataclass(frozen=True, slots=True)
class BatchedRows:
    """RowBlocks over files: every pass reads the batches and evaluates the design on each.

    to_block: a batch as a block of its used rows, or None where it has none.
    """

    source: Source
    to_block: Callable[[Batch], Block | None]
    n_columns: int
    rows_per_block: int = ROWS_PER_BLOCK
    engine: Engine = THREADS
    known: Sample | None = None

    def __iter__(self) -> Iterator[Block]:
        for batch in all_batches(self.source):
            whole = self.to_block(batch)
            if whole is not None:
                yield from tiles(whole, self.rows_per_block)

    def fold(self, f: Callable[[Block], S]) -> S:
        """By the engine; the sum depends on the rows and on rows_per_block alone."""
        visit = partial(_tile_values, f=f, to_block=self.to_block, tile=self.rows_per_block)
        return fold_batches(self.source, visit, self.rows_per_block, self.engine)


def tiles(whole: Block, rows: int) -> Iterator[Block]:
    """The rows of a block, some at a time."""
    for start in range(0, whole.x.n_rows, rows):
        yield whole.rows(start, min(start + rows, whole.x.n_rows))


def _tile_values(
    batch: Batch, f: Callable[[Block], S], to_block: Callable[[Batch], Block | None], tile: int
) -> list[S | None]:
    whole = to_block(batch)
    found: list[S | None] = [] if whole is None else [f(block) for block in tiles(whole, tile)]
    return found + [None] * (-(-batch.n_rows // tile) - len(found))
