"""Identical rows as one weighted row, where every covariate takes few values.

Rows that agree in every covariate, offset and outcome differ in nothing a likelihood sees, so one row with their total
weight gives the same sums to rounding. Covariates, offset and outcome are the digits of one whole number a row, which
is counted; a look at some rows tells first whether that can pay.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from statlogit.core.blocks import ROWS_PER_BLOCK, Block
from statlogit.core.coded import address
from statlogit.core.columns import Codes, Columns, Mixed, Numeric
from statlogit.core.compiled import installed
from statlogit.core.types import Array, IntArray, all_are, extent, is_repeated

FEWEST_CELLS = 500_000  # rows times columns below which a fit takes no longer than counting
FEWER = 8  # times fewer patterns than rows are worth the counting
GLANCE = 256  # rows of the first look: most numbers show that they are not discrete
SAMPLE = 4_096  # rows of the second; patterns found twice among them estimate how many there are
MOST_VALUES = 64  # of a covariate among those rows
MOST_WHOLE = 4_096  # range of whole numbers that are their own digits

LARGEST_LOW = 2**30  # of whole numbers that are their own digits in the compiled pass
LARGE = 200_000  # rows from which finding the compiled pass pays

Digits = npt.NDArray[np.int32]
CodeArray = npt.NDArray[np.signedinteger[Any]]


def compressed(block: Block) -> Block | None:
    """The same sums from far fewer rows; None where the patterns are too many or the rows too few to pay."""
    n = block.x.n_rows
    if n * block.x.n_columns < FEWEST_CELLS or not _looks_discrete(block, n // FEWER):
        return None
    alike = all_are(block.weight, block.weight[0])
    cells = _swept(block, n // FEWER) if alike else None
    cells = cells or _counted(block, n // FEWER, alike)
    if cells is None:
        return None
    used = np.flatnonzero(cells.merged)
    example, merged = cells.example[used], cells.merged[used].astype(np.float64)
    weight = block.weight[0] * merged if cells.weight is None else cells.weight[used]
    x, y, offset = block.x.take(example), block.y[example], block.offset[example]
    return Block(x, y, weight, offset, merged=merged)


@dataclass(frozen=True, slots=True)
class _Cells:
    """What each pattern stands for; some of them are empty."""

    merged: IntArray  # rows
    example: IntArray  # one of them
    weight: Array | None  # their total; None where all rows weigh the same


def _counted(block: Block, most: int, alike: bool) -> _Cells | None:
    n = block.x.n_rows
    found = _patterns(_variables(block), n, most)
    if found is None:
        return None
    place, size = found
    example = np.zeros(size, dtype=np.intp)
    example[place] = np.arange(n)
    weight = None if alike else np.bincount(place, weights=block.weight, minlength=size).astype(np.float64)
    return _Cells(np.bincount(place, minlength=size), example, weight)


def _swept(block: Block, most: int) -> _Cells | None:
    """The same in one compiled pass, where codes and whole numbers are digits as they are; else None.

    Some rows tell the digits first: the pass finds out whether others have more, and only then all rows are asked.
    """
    n = block.x.n_rows
    if n < LARGE or not installed():
        return None
    variables = list(_variables(block))
    for every in (n // SAMPLE, 1):
        digits = [_digit(v, every) for v in variables]
        known = [v for v in digits if v is not None]
        if len(known) < len(variables) or math.prod(v.radix for v in known) > most:
            return None
        found = _sums(known, n)
        if found is not None:
            return found
    return None


def _sums(variables: list[_Variable], n: int) -> _Cells | None:
    from statlogit.core import kernels_cells
    from statlogit.core.kernels_codes import CHUNK

    columns = [np.ascontiguousarray(v.values) for v in variables]
    size = math.prod(v.radix for v in variables)
    merged, example = np.zeros(size, dtype=np.intp), np.zeros(size, dtype=np.intp)
    done = kernels_cells.count_cells(
        np.array([address(v) for v in columns], dtype=np.intp),
        np.array([v.itemsize for v in columns], dtype=np.intp),
        np.array([v.low for v in variables], dtype=np.int32),
        np.array([v.radix for v in variables], dtype=np.int32),
        n, np.zeros(CHUNK, dtype=np.int32), merged, example,
    )  # fmt: skip
    return _Cells(merged, example, None) if done else None


def _digit(v: _Variable, every: int) -> _Variable | None:
    """With the range of its digits in one row of so many; None where they are no whole numbers in a short range."""
    if v.radix:
        return v
    low, high = extent(np.asarray(v.values[::every], dtype=np.float64))
    whole = low == np.rint(low) and high == np.rint(high) and high - low < MOST_WHOLE and abs(low) < LARGEST_LOW
    return replace(v, low=int(low), radix=int(high - low) + 1) if whole else None


def _looks_discrete(block: Block, most: int) -> bool:
    """Whether some rows repeat each other as often as with at most so many patterns."""
    if _sampled(block, GLANCE) is None:
        return False
    place = _sampled(block, SAMPLE)
    if place is None:
        return False
    counts = np.bincount(place)
    pairs = float((counts * (counts - 1)).sum())
    return len(place) ** 2 <= most * pairs  # m rows of C patterns, all as likely, make m^2 / C ordered pairs


def _sampled(block: Block, size: int) -> IntArray | None:
    """The pattern of each of so many rows; None where a covariate takes too many values."""
    n = block.x.n_rows
    some = block.take(np.linspace(0, n - 1, min(n, size)).astype(np.intp))
    place: IntArray = np.zeros(some.x.n_rows, dtype=np.intp)
    for variable in _variables(some):
        distinct, digit = np.unique(variable.values, return_inverse=True)
        if len(distinct) > (len(digit) if variable.radix else MOST_VALUES):
            return None
        place = np.unique(place * len(distinct) + digit, return_inverse=True)[1]
    return place


@dataclass(frozen=True, slots=True)
class _Variable:
    """One column of what makes two rows differ: low .. low + radix - 1 are its digits; radix 0: any numbers."""

    values: Array | CodeArray  # (n,)
    low: int = 0
    radix: int = 0


def _variables(block: Block) -> Iterator[_Variable]:
    yield from _of_columns(block.x)
    for column in (*block.offset.T, *block.y.T):
        if not is_repeated(column) and column.any():
            yield _Variable(column)


def _of_columns(x: Columns) -> Iterator[_Variable]:
    match x:
        case Mixed():
            for part in x.parts:
                yield from _of_columns(part)
        case Codes():
            yield _Variable(x.codes, -1, x.width + 1)
            if x.multiplier is not None:
                yield _Variable(np.where(x.codes < 0, 0.0, x.multiplier))
        case Numeric():
            yield from (_Variable(v) for v in x.vectors if not is_repeated(v))
        case _:
            yield from (_Variable(v) for v in x.to_array().T)


def _patterns(variables: Iterable[_Variable], n: int, most: int) -> tuple[IntArray, int] | None:
    """The pattern of each of n rows among so many, some of them empty; None beyond the most."""
    place: Digits = np.zeros(n, dtype=np.int32)
    size = 1
    for v in variables:
        found = (v.values - np.int32(v.low), v.radix) if v.radix else _digits(np.asarray(v.values, dtype=np.float64))
        if found is None:
            return None
        digits, radix = found
        if radix == 1:
            continue
        if size * radix > most:
            place, size = _renumbered(place, size)
        if size * radix > most:
            return None
        place *= np.int32(radix)
        place += digits.astype(np.int32, copy=False)
        size *= radix
    return place.astype(np.intp), size


def _renumbered(place: Digits, size: int) -> tuple[Digits, int]:
    """Without the empty places."""
    used = np.bincount(place, minlength=size) > 0
    return (np.cumsum(used, dtype=np.int32) - np.int32(1))[place], int(used.sum())


def _digits(values: Array) -> tuple[Digits, int] | None:
    """Numbers as codes from 0, and how many codes; None where they take too many values."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.empty(0, dtype=np.int32), 1
    if low == np.rint(low) and high - low < MOST_WHOLE:
        digits = _whole(values, low)
        if digits is not None:
            return digits, int(high - low) + 1
    distinct = np.unique(values[:: max(1, len(values) // SAMPLE)])
    if len(distinct) > MOST_VALUES:
        return None
    place = np.minimum(np.searchsorted(distinct, values), len(distinct) - 1).astype(np.int32)
    return (place, len(distinct)) if (distinct[place] == values).all() else None


def _whole(values: Array, low: float) -> Digits | None:
    """values - low where all of them are whole, tile by tile."""
    out = np.empty(len(values), dtype=np.int32)
    for start in range(0, len(values), ROWS_PER_BLOCK):
        cut = slice(start, start + ROWS_PER_BLOCK)
        above = values[cut] - low
        out[cut] = above
        if not (out[cut] == above).all():
            return None
    return out
