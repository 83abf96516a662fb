"""What is left to decide of rows that come block by block, and the passes that prove a direction of recession.

No pass keeps what it sees of single rows: which comparisons are decided is told by the directions that decided them,
again in each block. So rows of files are decided as those in memory are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, NamedTuple, Self, TypeVar

import numpy as np

from statlogit.core.blocks import Addable, Block, RowBlocks
from statlogit.core.coordinates import Triangle
from statlogit.core.types import Array
from statlogit.fit.recession import Comparisons, comparisons, contrast_triangle

S = TypeVar("S", bound=Addable)

NULL_SPACE = 1e-9  # singular values of the standardised remaining rows below this share count as zero
SNAP = 1e-10  # components of a direction below this share of the largest are rounding
STILL = (0.5, 0.1, 1e-3)  # a Newton step moves separated rows by about one and the others hardly at all
AT_ONCE = 2**20  # numbers of a block that are expanded


@dataclass(frozen=True, slots=True)
class Undecided:
    """The comparisons of these rows that none of the directions decides."""

    rows: RowBlocks  # r columns
    directions: tuple[Array, ...] = ()  # (r, q) each, proved

    def fold(self, f: Callable[[Comparisons], S]) -> S:
        """f adds up over the rows, those without an open comparison too."""
        return self.rows.fold(partial(_compared, f=f, directions=self.directions))

    def after(self, direction: Array) -> Undecided:
        """Those that are left when a further direction is proved."""
        return replace(self, directions=(*self.directions, direction))

    @property
    def n_classes(self) -> int:
        """Once a direction is proved."""
        return int(self.directions[0].shape[1]) + 1

    @property
    def open_rows(self) -> RowBlocks:
        """The rows with an open comparison."""
        return Kept(self.rows, partial(_open_rows, directions=self.directions))


class Proof(NamedTuple):
    """A direction of recession, verified comparison by comparison."""

    direction: Array  # (r, q)
    n_left: int  # rows with a comparison that it leaves open
    largest: float  # margin of the open comparisons


def compared(block: Block, directions: tuple[Array, ...]) -> Iterator[tuple[Block, Comparisons]]:
    """A block in pieces that are small when they are expanded."""
    n = max(1, AT_ONCE // max(1, block.x.n_columns))
    for start in range(0, block.x.n_rows, n):
        piece = block.rows(start, min(start + n, block.x.n_rows))
        found = comparisons(piece.x.to_array(), piece.y)
        for direction in directions:
            found = found.after(direction)
        yield piece, found


def _compared(block: Block, f: Callable[[Comparisons], S], directions: tuple[Array, ...]) -> S:
    parts = [f(found) for _, found in compared(block, directions)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


# -- rows of which some are left out ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Perhaps(Generic[S]):
    """A sum, or None where there was nothing to add."""

    value: S | None

    def __add__(self, other: Self) -> Self:
        if self.value is None or other.value is None:
            return other if self.value is None else self
        return type(self)(self.value + other.value)


@dataclass(frozen=True, slots=True)
class Kept:
    """RowBlocks of what `part` leaves of each block; None: nothing."""

    source: RowBlocks
    part: Callable[[Block], Block | None]

    @property
    def n_columns(self) -> int:
        return self.source.n_columns

    def __iter__(self) -> Iterator[Block]:
        return (some for block in self.source if (some := self.part(block)) is not None)

    def fold(self, f: Callable[[Block], S]) -> S:
        """Raises ValueError where no row is left."""
        found = self.source.fold(partial(_perhaps, f=f, part=self.part)).value
        if found is None:
            raise ValueError("there is no row to add")
        return found


def _perhaps(block: Block, f: Callable[[Block], S], part: Callable[[Block], Block | None]) -> Perhaps[S]:
    some = part(block)
    return Perhaps(None if some is None else f(some))


def _open_rows(block: Block, directions: tuple[Array, ...]) -> Block | None:
    keep = np.concatenate([found.open.any(axis=1) for _, found in compared(block, directions)])
    return block.take(np.flatnonzero(keep)) if keep.any() else None


# -- proofs -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Extent:
    """How large the columns of the rows with an open comparison are, and how far a direction moves them apart."""

    moved: float
    squares: Array  # (r,)
    n_rows: int

    def __add__(self, other: Self) -> Self:
        moved = max(self.moved, other.moved)
        return type(self)(moved, self.squares + other.squares, self.n_rows + other.n_rows)

    @property
    def scale(self) -> Array:
        """(r,) root mean squares; 1 for a column of zeros."""
        scale = np.sqrt(self.squares / max(self.n_rows, 1))
        return np.where(scale == 0, 1.0, scale)


def extent(left: Undecided, direction: Array) -> Extent:
    """One pass."""
    return left.fold(partial(_extent, direction=direction))


def _extent(found: Comparisons, direction: Array) -> Extent:
    rows = found.open.any(axis=1)
    moved = np.where(found.open, np.abs(found.margins(direction)[0]), 0.0).max(initial=0.0)
    return Extent(float(moved), np.square(found.x[rows]).sum(axis=0), int(rows.sum()))


@dataclass(frozen=True, slots=True)
class Each:
    """Sums side by side."""

    parts: tuple[Any, ...]

    def __add__(self, other: Self) -> Self:
        return type(self)(tuple(a + b for a, b in zip(self.parts, other.parts, strict=True)))


def verified(left: Undecided, step: Array) -> Proof | None:
    """The step cleaned to a direction of recession, or None where it decides nothing or errs somewhere."""
    if not np.isfinite(step).all():
        return None
    size = extent(left, step)
    bounds = tuple(threshold * size.moved for threshold in STILL)
    return proved(left, cleaned(left, step, bounds, size.scale)) if size.moved > 0.0 else None


def cleaned(left: Undecided, direction: Array, bounds: tuple[float, ...], scale: Array) -> list[Array]:
    """For each bound, from the largest down, the direction projected on those that leave at zero what it moves by at
    most so much, with rounding snapped to zero. One pass."""
    shells = left.fold(partial(_shells, direction=direction, bounds=bounds, scale=scale)).parts
    inner, found = shells[-1], []
    for k in reversed(range(len(bounds))):
        inner = inner if k == len(bounds) - 1 else shells[k] + inner
        found.append(_projected(direction, inner.value, scale))
    return found[::-1]


def _shells(found: Comparisons, direction: Array, bounds: tuple[float, ...], scale: Array) -> Each:
    """The triangle of the comparisons between each bound and the next, so that each row is taken once."""
    moved = np.abs(found.margins(direction)[0])
    inside = [found.open & (moved <= bound) for bound in bounds]
    rings = [a & ~b for a, b in itertools.pairwise(inside)] + inside[-1:]
    return Each(tuple(Triangle(contrast_triangle(found, ring, scale)) for ring in rings))


def _projected(direction: Array, root: Array, scale: Array) -> Array:
    if not len(root):
        return direction
    basis = null_space(root)
    projected = basis.T @ (basis @ (direction * scale[:, None]).ravel(order="F"))
    projected[np.abs(projected) <= SNAP * np.abs(projected).max(initial=0.0)] = 0.0
    return np.asarray(projected.reshape(direction.shape, order="F") / scale[:, None])


def null_space(root: Array) -> Array:
    """Orthonormal rows (m, r*q): the directions that the rows of a triangle leave where they are."""
    _, singular, vt = np.linalg.svd(root)
    rank = int((singular > NULL_SPACE * singular.max(initial=0.0)).sum())
    return np.asarray(vt[rank:])


def open_triangle(left: Undecided, scale: Array) -> Array:
    """R of all open comparisons, (<= r*q, r*q). One pass."""
    return left.fold(partial(_open_triangle, scale=scale)).value


def _open_triangle(found: Comparisons, scale: Array) -> Triangle:
    return Triangle(contrast_triangle(found, found.open, scale))


@dataclass(frozen=True, slots=True)
class _Verdict:
    n_wrong: int
    n_strict: int
    n_left: int
    largest: float

    def __add__(self, other: Self) -> Self:
        sums = (self.n_wrong + other.n_wrong, self.n_strict + other.n_strict, self.n_left + other.n_left)
        return type(self)(*sums, max(self.largest, other.largest))


def proved(left: Undecided, directions: list[Array]) -> Proof | None:
    """The first of the directions that decides something and along which no comparison goes the wrong way. One pass."""
    found = left.fold(partial(_verdicts, directions=directions)).parts
    for direction, verdict in zip(directions, found, strict=True):
        if verdict.n_strict and not verdict.n_wrong:
            return Proof(direction, verdict.n_left, verdict.largest)
    return None


def _verdicts(found: Comparisons, directions: list[Array]) -> Each:
    return Each(tuple(_verdict(found, direction) for direction in directions))


def _verdict(found: Comparisons, direction: Array) -> _Verdict:
    judged = found.judged(direction)
    left = (found.open & ~judged.strict).any(axis=1)
    return _Verdict(int(judged.wrong.sum()), int(judged.strict.sum()), int(left.sum()), judged.largest)
