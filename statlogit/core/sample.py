"""A sample of rows in which no class of the outcome is starved, weighted back to the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from statlogit.core.blocks import Block, InMemory, RowBlocks
from statlogit.core.columns import Codes, Columns, Dense, Mixed, Numeric
from statlogit.core.types import Array, IntArray

GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
RUN = 16  # rows side by side: two lines of the cache
COMMON = 0.4  # of an even share of the rows: a class that has less is rare


@dataclass(frozen=True, slots=True)
class _Classes:
    count: Array  # (K,) rows whose largest share is this class, the reference last

    def __add__(self, other: Self) -> Self:
        return type(self)(self.count + other.count)


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows, and how many of all rows are in each class, (K,), the reference last: counted, or foreseen."""

    block: Block
    count: Array


@dataclass(frozen=True, slots=True)
class Rows:
    """Blocks that add up to a longer block; parts are joined once, at the end."""

    parts: tuple[Block, ...]

    def __add__(self, other: Self) -> Self:
        return type(self)(self.parts + other.parts)

    def block(self) -> Block:
        if len(self.parts) == 1:
            return self.parts[0]
        x = _joined([part.x for part in self.parts])
        y, weight, offset = (
            np.concatenate([getattr(part, name) for part in self.parts]) for name in ("y", "weight", "offset")
        )
        return Block(x, y, weight, offset, large=self.parts[0].large)


def known(rows: RowBlocks) -> Sample | None:
    """The sample that a source took when it was read for the first time, if it did."""
    found: Sample | None = getattr(rows, "known", None)
    return found


def class_counts(rows: RowBlocks) -> Array:
    """(K,) rows whose largest share is this class, the reference last."""
    return rows.fold(_block_classes).count


def sample(rows: RowBlocks, size: int) -> Sample:
    """About `size` rows, the same ones every time, weighted so that sums over them estimate those of all rows.

    Short runs of rows spread over all; where a class is rare among them, half of the rows are spread over all and half
    evenly over the classes. Rows that were sampled when they were first read give that sample, whatever its size.
    """
    before = known(rows)
    if before is not None:
        return before
    if isinstance(rows, InMemory):
        rows = replace(rows, rows_per_block=rows.block.x.n_rows)  # in one piece: nothing is read but the sample
    n = n_rows(rows)
    few = rows.fold(partial(_block_runs, rate=min(1.0, size / n))).block()
    share = class_counts(InMemory(few)) / few.x.n_rows
    if share.min() >= COMMON / len(share):
        return Sample(few, share * n)
    count = class_counts(rows)
    return Sample(rows.fold(partial(block_sample, rate=sampling_rate(count, size))).block(), count)


def sampling_rate(count: Array, size: int) -> Array:
    """(K,) the share of each class's rows: half of the sample is spread over all rows, half evenly over the classes."""
    evenly = size / 2 / len(count) / np.maximum(count, 1.0)
    return np.asarray(np.minimum(1.0, size / 2 / count.sum() + evenly))


def n_rows(rows: RowBlocks) -> int:
    """How many rows there are."""
    before = known(rows)
    if before is not None:
        return int(before.count.sum())
    return rows.block.x.n_rows if isinstance(rows, InMemory) else rows.fold(_block_length).value


@dataclass(frozen=True, slots=True)
class _Length:
    value: int

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + other.value)


def _block_length(block: Block) -> _Length:
    return _Length(block.x.n_rows)


def _block_runs(block: Block, rate: float) -> Rows:
    n = block.x.n_rows
    starts = RUN * spread(-(-n // RUN), rate)
    if starts[-1] + RUN > n:
        starts = starts[:-1] if len(starts) > 1 else starts
    index = (starts[:, None] + np.arange(RUN)).ravel()
    index = index[index < n]
    x = _runs_of(block.x, starts, index)
    weight = block.weight[index] * (n / len(index))
    return Rows((Block(x, block.y[index], weight, block.offset[index], large=block.large),))


def _runs_of(x: Columns, starts: IntArray, index: IntArray) -> Columns:
    """The rows at `index`; where columns are kept one by one, run after run of them."""
    if len(index) == RUN * len(starts):
        if isinstance(x, Mixed):
            return Mixed(tuple(_runs_of(part, starts, index) for part in x.parts), x.positions)
        if isinstance(x, Numeric):
            return Numeric(tuple(_runs(v[None], starts)[0] for v in x.vectors))
        if isinstance(x, Dense) and x.values.strides[0] == x.values.itemsize:
            return Dense(_runs(x.values.T, starts).T)
    return x.take(index)


def _runs(columns: Array, starts: IntArray) -> Array:
    """(p, n) -> (p, RUN * m): two lines of the cache at once instead of number by number."""
    out = np.empty((len(columns), len(starts), RUN))
    for few, column in zip(out, columns, strict=True):
        whole = column[: len(column) // RUN * RUN].reshape(-1, RUN)
        if column.flags.c_contiguous:
            np.take(whole, starts // RUN, axis=0, out=few, mode="clip")  # "raise" would fill another array first
        else:
            few[:] = whole[starts // RUN]
    return out.reshape(len(columns), -1)


def _block_classes(block: Block) -> _Classes:
    return _Classes(np.bincount(_class_of(block.y), minlength=block.y.shape[1] + 1).astype(np.float64))


def _class_of(y: Array) -> IntArray:
    """(n,) position of the largest share, q for the reference."""
    if y.shape[1] == 1:
        return np.asarray(y[:, 0] < 0.5, dtype=np.intp)
    reference = 1.0 - y.sum(axis=1, keepdims=True)
    return np.asarray(np.concatenate([y, reference], axis=1).argmax(axis=1), dtype=np.intp)


def block_sample(block: Block, rate: Array) -> Rows:
    """The rows of one block that belong to the sample."""
    found = _class_of(block.y)
    picked = []
    for k, share in enumerate(rate):
        members = np.flatnonzero(found == k)
        picked.append(members[spread(len(members), share)])
    index = np.sort(np.concatenate(picked))
    taken = block.take(index)
    return Rows((Block(taken.x, taken.y, taken.weight / rate[found[index]], taken.offset),))


def spread(n: int, rate: float) -> IntArray:
    """One position in each 1 / rate of n, at a place within it that never falls into step with the data."""
    if rate >= 1.0:
        return np.arange(n)
    k = np.arange(int(np.ceil(n * rate)))
    position = ((k + (k * GOLDEN) % 1.0) / rate).astype(np.intp)
    return np.asarray(position[position < n], dtype=np.intp)


def _joined(parts: list[Columns]) -> Columns:
    first = parts[0]
    if isinstance(first, Mixed):
        columns = zip(*(part.parts for part in parts if isinstance(part, Mixed)), strict=True)
        return Mixed(tuple(_joined(list(column)) for column in columns), first.positions)
    if isinstance(first, Codes):
        coded = [part for part in parts if isinstance(part, Codes)]
        multipliers = [part.multiplier for part in coded if part.multiplier is not None]
        joined = np.concatenate(multipliers) if multipliers else None
        return Codes(np.concatenate([part.codes for part in coded]), first.width, joined)
    if isinstance(first, Numeric):
        vectors = zip(*(part.vectors for part in parts if isinstance(part, Numeric)), strict=True)
        return Numeric(tuple(np.concatenate(vector) for vector in vectors))
    return Dense(np.concatenate([part.to_array().T for part in parts], axis=1).T)
