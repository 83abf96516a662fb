"""Row blocks: where rows come from, and the one fold every source must offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from statlogit.core.columns import Columns, Dense, numeric_columns
from statlogit.core.compiled import installed
from statlogit.core.threads import in_order, workers
from statlogit.core.types import Array, IntArray


class Addable(Protocol):
    """What a fold adds up."""

    def __add__(self, other: Any, /) -> Any: ...


S = TypeVar("S", bound=Addable)

LARGE = 2_000_000  # rows times columns: a pass over them costs more than finding the compiled one
FEW_CELLS = 20_000  # rows times columns below which a plain matrix is the shortest way
ROWS_PER_BLOCK = 8192  # a tile of 20 doubles a row then stays in the second-level cache
TALL = 131_072  # rows of a tile that a compiled pass cuts into chunks by itself
TALL_CELLS = 2**20  # of its numeric columns, for what is not compiled


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows: design, response shares, weights, offsets. Shapes are checked on creation.

    copies and cluster serve robust covariances alone: how many equal rows each row stands for, and which rows belong
    together. merged counts the rows of the data that each row stands for where identical ones were merged.
    """

    x: Columns  # n rows, p columns
    y: Array  # (n, q) shares of the q modelled classes
    weight: Array  # (n,) case weight times trials
    offset: Array  # (n, q), log-odds
    copies: Array | None = None  # (n,) whole numbers; None: one each
    cluster: IntArray | None = None  # (n,) codes, or (n, 2) for two variables
    merged: Array | None = None  # (n,) whole numbers; None: one each
    large: bool = False  # part of so many rows that a compiled pass pays

    def __post_init__(self) -> None:
        n = self.x.n_rows
        if self.y.shape != self.offset.shape or self.y.shape[:1] != (n,) or self.weight.shape != (n,):
            raise ValueError(
                f"block shapes disagree: x {n} rows, y {self.y.shape}, weight {self.weight.shape}, "
                f"offset {self.offset.shape}"
            )

    @property
    def n_rows(self) -> int:
        """Rows of the data."""
        return self.x.n_rows if self.merged is None else int(self.merged.sum())

    def rows(self, start: int, stop: int) -> Block:
        """A view of rows start..stop."""
        cut = slice(start, stop)
        copies = None if self.copies is None else self.copies[cut]
        cluster = None if self.cluster is None else self.cluster[cut]
        merged = None if self.merged is None else self.merged[cut]
        x, y, weight, offset = self.x.rows(start, stop), self.y[cut], self.weight[cut], self.offset[cut]
        return Block(x, y, weight, offset, copies, cluster, merged, self.large)

    def take(self, index: IntArray) -> Block:
        """A copy of the rows at these positions."""
        return Block(self.x.take(index), self.y[index], self.weight[index], self.offset[index], large=self.large)


class RowBlocks(Protocol):
    """Rows in a fixed order of blocks; `fold` maps each block and adds the results in a fixed tree."""

    @property
    def n_columns(self) -> int: ...
    def __iter__(self) -> Iterator[Block]: ...
    def fold(self, f: Callable[[Block], S]) -> S: ...


def add_in_tree(parts: Iterable[S]) -> S:
    """Pairwise sum whose tree depends only on the number of parts, never on who computed them.

    Pairwise sums also keep the rounding error growing with log n rather than n (Higham 2002, section 4.2).
    """
    stack: list[tuple[int, S]] = []
    for part in parts:
        level, value = 0, part
        while stack and stack[-1][0] == level:
            value, level = stack.pop()[1] + value, level + 1
        stack.append((level, value))
    if not stack:
        raise ValueError("there is no block to add")
    total = stack.pop()[1]
    while stack:
        total = stack.pop()[1] + total
    return total


def tile_height(block: Block, rows_per_block: int) -> int:
    """Rows of a tile: compiled passes take taller ones."""
    if not (block.large and block.y.shape[1] == 1 and installed()):
        return rows_per_block
    return max(rows_per_block, min(TALL, TALL_CELLS // max(1, numeric_columns(block.x))))


@dataclass(frozen=True, slots=True)
class InMemory:
    """The rows of one block in memory, folded tile by tile."""

    block: Block
    rows_per_block: int = ROWS_PER_BLOCK

    @property
    def n_columns(self) -> int:
        return self.block.x.n_columns

    def __iter__(self) -> Iterator[Block]:
        n = self.block.x.n_rows
        whole = replace(self.block, large=True) if self._large and not self.block.large else self.block
        height = tile_height(whole, self.rows_per_block)
        if 0 < n <= height:
            yield whole
            return
        for start in range(0, n, height):
            yield whole.rows(start, min(start + height, n))

    @property
    def is_small(self) -> bool:
        """A plain matrix of few numbers: a copy costs less than to find out whether it can be saved."""
        return isinstance(self.block.x, Dense) and self.block.x.values.size <= FEW_CELLS

    @property
    def _large(self) -> bool:
        return self.block.x.n_rows * self.n_columns >= LARGE

    def fold(self, f: Callable[[Block], S]) -> S:
        """By several threads where the rows are many; the sum does not depend on how many."""
        if self._large:
            return add_in_tree(in_order(f, self, workers()))
        return add_in_tree(map(f, self))


@dataclass(frozen=True, slots=True)
class Selected:
    """The same rows with some of their columns."""

    source: RowBlocks
    columns: tuple[int, ...]

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[Block]:
        return (_select(block, self.columns) for block in self.source)

    def fold(self, f: Callable[[Block], S]) -> S:
        return self.source.fold(partial(_folded_selection, f=f, columns=self.columns))


def _select(block: Block, columns: Sequence[int]) -> Block:
    return replace(block, x=block.x.select(columns))


def _folded_selection(block: Block, f: Callable[[Block], S], columns: Sequence[int]) -> S:
    return f(_select(block, columns))
