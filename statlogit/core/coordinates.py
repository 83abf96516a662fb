"""Good coordinates: z = ((x - centre) / scale) R^-1 over the columns that are not aliased.

Centring and scaling always (scale is a power of two, so it rounds nothing); whitening by R only where the
condition of the centred, scaled columns asks for it. No solver knows: beta = T gamma and V = T V_gamma T'.
Rank is decided here, once, on the columns alone, so it never hangs on a convergence tolerance. Where a ridge penalty
meets more columns than rows, the rows are joined by one pseudo row a penalised column, sqrt(strength) in that column:
such a column is then never aliased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Self, TypeVar

import numpy as np

from statlogit.core.blocks import Addable, Block, InMemory, RowBlocks
from statlogit.core.columns import Codes, Columns, Dense, Mixed
from statlogit.core.factorise import factorise
from statlogit.core.linalg import solve_upper, triangle
from statlogit.core.types import Array, IntArray

S = TypeVar("S", bound=Addable)

# A pivot of the unit-diagonal Gram below this asks for the exact triangle; above, plain sums lose < 6 digits of 16.
HARMLESS_PIVOT = 1e-6
# A column whose part outside the span of earlier ones is smaller than this share of its own spread is aliased:
# far above the rounding of sums of columns (1e-15), far below any honest signal in doubles.
ALIAS_TOLERANCE = 1e-13
EPSILON = 2.0**-52
FAR = 64.0  # centres up to this many spreads cost a score 6 bits of 53
LARGEST_SIZE, SMALLEST_SIZE = 2.0**500, 2.0**-500  # squares of coefficients and of their errors must fit in a double


class OutOfScaleError(ValueError):
    """A column so large or small that a variance in its units overflows. position, size: which, and its largest |x|."""

    def __init__(self, position: int, size: float) -> None:
        super().__init__(f"column {position} has size {size:.3g}")
        self.position, self.size = position, size


@dataclass(frozen=True, slots=True)
class Coordinates:
    """The linear map between the p design columns and the r kept, standardised ones."""

    n_columns: int  # p
    kept: tuple[int, ...]  # r design columns that are not aliased
    centre: Array  # (r,) zero where nothing is subtracted
    scale: Array  # (r,)
    intercept: int | None  # its place among the kept
    root: Array | None  # (r, r) upper triangular R, or None

    @property
    def raw(self) -> Coordinates:
        """The kept columns as they are."""
        r = len(self.kept)
        return Coordinates(self.n_columns, self.kept, np.zeros(r), np.ones(r), self.intercept, None)

    @property
    def near(self) -> bool:
        """A score summed over the design columns and then moved here keeps its digits: no R, no far centre."""
        return self.root is None and bool((np.abs(self.centre) <= FAR * self.scale).all())

    @property
    def aliased(self) -> tuple[int, ...]:
        """Design columns left out: linear combinations of the columns before them."""
        kept = set(self.kept)
        return tuple(j for j in range(self.n_columns) if j not in kept)

    def to_design(self, gamma: Array) -> Array:
        """T gamma: coefficients of the kept design columns, (r, m) -> (r, m)."""
        if self.root is not None:
            gamma = solve_upper(self.root, gamma)
        beta: Array = gamma / self.scale[:, None]
        if self.intercept is not None:
            beta[self.intercept] -= self.centre @ beta
        return beta

    def padded(self, gamma: Array) -> Array:
        """Coefficients of all p design columns, (r, m) -> (p, m), zero for the aliased."""
        beta = np.zeros((self.n_columns, gamma.shape[1]))
        beta[list(self.kept)] = self.to_design(gamma)
        return beta

    def from_design(self, beta: Array) -> Array:
        """T^-1 beta, (r, m) -> (r, m)."""
        gamma = beta.copy()
        if self.intercept is not None:
            gamma[self.intercept] += self.centre @ beta
        gamma *= self.scale[:, None]
        return gamma if self.root is None else self.root @ gamma

    def score(self, score: Array) -> Array:
        """T' score: sums over the design columns (p, m) -> sums in these coordinates (r, m)."""
        out = score[list(self.kept)]
        if self.intercept is not None:
            out -= self.centre[:, None] * out[self.intercept]
        out /= self.scale[:, None]
        return out if self.root is None else solve_upper(self.root, out, transpose=True)

    def selected(self, x: Columns) -> Columns:
        """The kept design columns as they are."""
        return x if len(self.kept) == self.n_columns else x.select(self.kept)

    def columns(self, x: Columns) -> Columns:
        """The design columns of some rows in these coordinates."""
        x = self.selected(x)
        if self.root is not None:
            return Dense(solve_upper(self.root, self._standardise(x.to_array(), slice(None)).T, transpose=True).T)
        coded = code_columns(x)
        if not coded or self.centre[coded].any() or (self.scale[coded] != 1.0).any():
            return Dense(self._standardise(x.to_array(), slice(None)))
        if not isinstance(x, Mixed):
            return x
        parts = tuple(
            part if isinstance(part, Codes) else Dense(self._standardise(part.to_array(), position))
            for part, position in zip(x.parts, x.positions, strict=True)
        )
        return Mixed(parts, x.positions)

    def _standardise(self, values: Array, columns: slice | IntArray) -> Array:
        out = values.T - self.centre[columns, None]
        out /= self.scale[columns, None]
        return out.T

    def block(self, block: Block) -> Block:
        return replace(block, x=self.columns(block.x))


@dataclass(frozen=True, slots=True)
class InCoordinates:
    """The same rows, each block moved to the coordinates just before it is used."""

    source: RowBlocks
    coordinates: Coordinates

    @property
    def n_columns(self) -> int:
        return len(self.coordinates.kept)

    def __iter__(self) -> Iterator[Block]:
        return map(self.coordinates.block, self.source)

    def fold(self, f: Callable[[Block], S]) -> S:
        return self.source.fold(partial(_in_coordinates, f=f, coordinates=self.coordinates))


def moved(rows: RowBlocks, place: Coordinates) -> RowBlocks:
    """The rows in these coordinates: a small matrix once and for all, other blocks each time they are used."""
    if isinstance(rows, InMemory) and rows.is_small:
        return InMemory(place.block(rows.block), rows.rows_per_block)
    return InCoordinates(rows, place)


def _in_coordinates(block: Block, f: Callable[[Block], S], coordinates: Coordinates) -> S:
    return f(coordinates.block(block))


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of the columns: enough for centre and size."""

    n_rows: int
    total: Array  # (p,)
    size: Array  # (p,) largest |x|

    def __add__(self, other: Self) -> Self:
        size = np.maximum(self.size, other.size)
        return type(self)(self.n_rows + other.n_rows, self.total + other.total, size)


@dataclass(frozen=True, slots=True)
class Gram:
    """X'X, additive."""

    value: Array  # (p, p)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + other.value)


@dataclass(frozen=True, slots=True)
class Triangle:
    """R of a QR decomposition, additive by stacking (TSQR; Demmel et al. 2012, section 2)."""

    value: Array  # (<= p, p)

    def __add__(self, other: Self) -> Self:
        return type(self)(triangle(np.vstack([self.value, other.value])))


def block_moments(block: Block) -> Moments:
    """Column sums and sizes of one block, without expanding factors."""
    x = block.x
    total = x.transpose_times(np.ones((x.n_rows, 1)))[:, 0]
    return Moments(x.n_rows, total, _sizes(x))


def _sizes(x: Columns) -> Array:
    if isinstance(x, Mixed):
        out = np.empty(x.n_columns)
        for part, position in zip(x.parts, x.positions, strict=True):
            out[position] = _sizes(part)
        return out
    if isinstance(x, Codes):
        return np.full(x.width, 1.0 if x.multiplier is None else np.abs(x.multiplier).max(initial=0.0))
    return np.asarray(np.abs(x.to_array()).max(axis=0, initial=0.0))


def block_gram(block: Block) -> Gram:
    return Gram(block.x.gram(np.ones(block.x.n_rows)))


def block_triangle(block: Block) -> Triangle:
    return Triangle(triangle(block.x.to_array()))


def code_columns(x: Columns) -> list[int]:
    """Positions of the columns kept as factor codes; they are neither centred nor scaled."""
    if isinstance(x, Codes):
        return list(range(x.width))
    if isinstance(x, Mixed):
        pairs = zip(x.parts, x.positions, strict=True)
        return [int(j) for part, place in pairs if isinstance(part, Codes) for j in place]
    return []


def coordinates_of(rows: RowBlocks, *, intercept: int | None, strengths: Array | None = None) -> Coordinates:
    """Choose coordinates for these rows: two passes, a third only where the condition asks for it.

    strengths: (p,) of a ridge penalty, zero for the intercept; it decides only where columns outnumber the rows.
    Raises OutOfScaleError for a column beyond 2^-500 .. 2^500.
    """
    moments = rows.fold(block_moments)
    p = rows.n_columns
    codes = code_columns(next(iter(rows)).x)
    centre = np.zeros(p)
    if intercept is not None:
        centre = moments.total / moments.n_rows
        centre[[intercept, *codes]] = 0.0
    size = np.where(moments.size > 0, moments.size, 1.0)
    for j in np.flatnonzero((size > LARGEST_SIZE) | (size < SMALLEST_SIZE)):
        raise OutOfScaleError(int(j), float(size[j]))
    start = np.exp2(np.rint(np.log2(size)))
    start[codes] = 1.0
    plain = Coordinates(p, tuple(range(p)), centre, start, intercept, None)
    gram = InCoordinates(rows, plain).fold(block_gram).value
    if moments.n_rows >= p:
        strengths = None
    penalty = np.zeros(p) if strengths is None else strengths / plain.scale**2
    gram += np.diag(penalty)
    spread = np.sqrt(np.diag(gram))
    rms = spread / np.sqrt(moments.n_rows)  # in units of plain.scale
    constant = (rms <= 4 * EPSILON * size / plain.scale) & (penalty == 0.0)
    factor = None if constant.any() else factorise(gram)
    scale = plain.scale * np.exp2(np.rint(np.log2(np.where(constant, 1.0, rms))))
    scale[codes] = 1.0
    refined = Coordinates(p, plain.kept, centre, scale, intercept, None)
    if factor is not None and factor.smallest_share > HARMLESS_PIVOT:
        return refined
    return _whitened(rows, refined, size, strengths)


def with_pseudo_rows(r: Array, strengths: Array | None, scale: Array) -> Array:
    """The triangle r (m, p) of scaled columns with the pseudo rows of a ridge penalty below it."""
    if strengths is None or not strengths.any():
        return r
    return triangle(np.vstack([r, np.diag(np.sqrt(strengths) / scale)[strengths > 0.0]]))


def block_weighted_triangle(block: Block, weigh: Callable[[Block], Array], centre: Array) -> Triangle:
    """R of the centred columns, each row times the root of its weight."""
    x = block.x.to_array() - centre
    return Triangle(triangle(np.sqrt(weigh(block))[:, None] * x))


@dataclass(frozen=True, slots=True)
class _WeightedTotal:
    weight: float
    total: Array  # (p,)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.weight + other.weight, self.total + other.total)


def _block_total(block: Block, weigh: Callable[[Block], Array]) -> _WeightedTotal:
    w = weigh(block)
    return _WeightedTotal(float(w.sum()), block.x.transpose_times(w[:, None])[:, 0])


def reweighted(
    rows: RowBlocks, place: Coordinates, weigh: Callable[[Block], Array], strengths: Array | None = None
) -> Coordinates | None:
    """Coordinates for the same columns in which the rows count by weight; None where the weights leave no full rank.

    One row of enormous leverage sets centre and scale of its column; once it is fitted it carries no information,
    and the other rows, all alike from that far, need a centre and a scale of their own. weigh: block -> (n,) >= 0.
    strengths: as in `coordinates_of`.
    """
    p, part = place.n_columns, list(place.kept)
    centre = np.zeros(p)
    if place.intercept is not None:
        sums = rows.fold(partial(_block_total, weigh=weigh))
        if not sums.weight > 0.0:
            return None
        centre = sums.total / sums.weight
        centre[part[place.intercept]] = 0.0
    root = triangle(rows.fold(partial(block_weighted_triangle, weigh=weigh, centre=centre)).value[:, part])
    root = with_pseudo_rows(root, None if strengths is None else strengths[part], np.ones(len(part)))
    norms = np.sqrt(np.square(root).sum(axis=0))
    if root.shape[0] < len(part) or not np.isfinite(norms).all() or not (norms > 0.0).all():
        return None
    scale = np.exp2(np.rint(np.log2(norms)))
    root = root / scale
    if not (np.abs(np.diag(root)) > ALIAS_TOLERANCE).all():
        return None
    return Coordinates(p, place.kept, centre[part], scale, place.intercept, root)


def _whitened(rows: RowBlocks, plain: Coordinates, size: Array, strengths: Array | None) -> Coordinates:
    """Rank and R from the exact triangle of the standardised columns, left to right."""
    r = with_pseudo_rows(InCoordinates(rows, plain).fold(block_triangle).value, strengths, plain.scale)
    noise = np.maximum(ALIAS_TOLERANCE, 8 * EPSILON * size / plain.scale)
    kept, root = _independent(r, noise)
    place = kept.index(plain.intercept) if plain.intercept in kept else None
    part = list(kept)
    n = rows.fold(block_moments).n_rows
    return Coordinates(plain.n_columns, kept, plain.centre[part], plain.scale[part], place, root / np.sqrt(n))


def _independent(r: Array, tolerance: Array) -> tuple[tuple[int, ...], Array]:
    """Columns kept from left to right, and the triangle over them."""
    p = r.shape[1]
    norms = np.sqrt(np.square(r).sum(axis=0))
    kept: list[int] = []
    basis: list[Array] = []  # orthonormal directions in the row space of r
    for j in range(p):
        rest = r[:, j].copy()
        for _ in range(2):  # twice is enough (Giraud et al. 2005)
            for b in basis:
                rest -= (b @ rest) * b
        length = float(np.sqrt(rest @ rest))
        if length > tolerance[j] * norms[j] and norms[j] > 0:
            kept.append(j)
            basis.append(rest / length)
    return tuple(kept), triangle(r[:, kept]) if kept else np.zeros((0, 0))
