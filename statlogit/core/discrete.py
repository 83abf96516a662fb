"""Identical rows as one weighted row, where every covariate takes few values.

Rows that agree in every covariate, offset and outcome differ in nothing a likelihood sees, so one row with their total
weight gives the same sums to rounding. Covariates, offset and outcome are the digits of one whole number a row, which
is counted; a look at some rows tells first whether that can pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from statlogit.core.blocks import ROWS_PER_BLOCK, Block
from statlogit.core.columns import Codes, Columns, Mixed, Numeric
from statlogit.core.types import Array, IntArray, all_are

FEWEST_CELLS = 500_000  # rows times columns below which a fit takes no longer than counting
FEWER = 8  # times fewer patterns than rows are worth the counting
GLANCE = 256  # rows of the first look: most numbers show that they are not discrete
SAMPLE = 4_096  # rows of the second; patterns found twice among them estimate how many there are
MOST_VALUES = 64  # of a covariate among those rows
MOST_WHOLE = 4_096  # range of whole numbers that are their own digits

Digits = npt.NDArray[np.int32]


def compressed(block: Block) -> Block | None:
    """The same sums from far fewer rows; None where the patterns are too many or the rows too few to pay."""
    n = block.x.n_rows
    if n * block.x.n_columns < FEWEST_CELLS or not _looks_discrete(block, n // FEWER):
        return None
    found = _patterns(_variables(block), n, n // FEWER)
    if found is None:
        return None
    place, size = found
    merged = np.bincount(place, minlength=size)
    example = np.zeros(size, dtype=np.intp)
    example[place] = np.arange(n)
    used = np.flatnonzero(merged)
    example = example[used]
    alike = all_are(block.weight, block.weight[0])
    weight = block.weight[0] * merged if alike else np.bincount(place, weights=block.weight, minlength=size)
    x, y, offset = block.x.take(example), block.y[example], block.offset[example]
    return Block(x, y, np.asarray(weight[used], dtype=np.float64), offset, merged=merged[used].astype(np.float64))


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
    for values, _ in _variables(some):
        distinct, digit = np.unique(values, return_inverse=True)
        if len(distinct) > (MOST_VALUES if values.dtype == np.float64 else len(values)):
            return None
        place = np.unique(place * len(distinct) + digit, return_inverse=True)[1]
    return place


def _variables(block: Block) -> Iterator[tuple[Array | Digits, int]]:
    """What makes two rows differ: codes from 0 with their number, or numbers with 0."""
    yield from _of_columns(block.x)
    for column in (*block.offset.T, *block.y.T):
        if column.any():
            yield column, 0


def _of_columns(x: Columns) -> Iterator[tuple[Array | Digits, int]]:
    match x:
        case Mixed():
            for part in x.parts:
                yield from _of_columns(part)
        case Codes():
            yield x.codes + np.int32(1), x.width + 1
            if x.multiplier is not None:
                yield np.where(x.codes < 0, 0.0, x.multiplier), 0
        case Numeric():
            yield from ((v, 0) for v in x.vectors if v.strides != (0,))
        case _:
            yield from ((v, 0) for v in x.to_array().T)


def _patterns(variables: Iterable[tuple[Array | Digits, int]], n: int, most: int) -> tuple[IntArray, int] | None:
    """The pattern of each of n rows among so many, some of them empty; None beyond the most."""
    place: Digits = np.zeros(n, dtype=np.int32)
    size = 1
    for values, count in variables:
        found = (values, count) if count else _digits(np.asarray(values, dtype=np.float64))
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
