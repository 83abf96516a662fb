"""The exact decision by linear programming, where Newton's own direction does not prove itself.

maximise sum t over A d >= t, 0 <= t <= 1, with the tied comparisons at zero: the maximum is zero if and only if there
is no direction of recession (Konis 2007, section 4.2). Large problems are solved over a few thousand comparisons, to
which those that the answer violates are added, one pass over the rows each time, until there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np

from statlogit.core.linalg import triangle
from statlogit.core.sample import spread
from statlogit.core.types import Array, BoolArray, IntArray
from statlogit.fit.recession import Comparisons
from statlogit.fit.undecided import NULL_SPACE, Each, Proof, Undecided, cleaned, extent, null_space, proved

ALL_AT_ONCE = 200_000  # numbers in the matrix of a programme without a working set
FIRST, MORE = 2_000, 500  # comparisons a working set starts with and grows by
ALIKE = 16  # times more are looked at in a block, as many of them may be the same
MOST_ROUNDS = 60
TOLERANCE = 1e-7  # of the programme's feasibility, in units of the largest margin
BOUNDS = (1e6, 1e3)  # of the direction, in units of the largest |x|; the solver may fail on the first, not on both


@dataclass(frozen=True, slots=True)
class Lines:
    """Comparisons as lines of the programme's matrix, those that count most where only so many are kept."""

    matrix: Array  # (m, r*q) in units of the columns' largest |x|, predictor by predictor
    tied: BoolArray  # (m,)
    value: Array  # (m,)
    most: int

    def __add__(self, other: Self) -> Self:
        matrix, tied = np.concatenate([self.matrix, other.matrix]), np.concatenate([self.tied, other.tied])
        return type(self)(matrix, tied, np.concatenate([self.value, other.value]), self.most).distinct()

    def __len__(self) -> int:
        return len(self.tied)

    def distinct(self) -> Self:
        """Each line once, and only so many."""
        index = np.sort(np.unique(np.column_stack([self.matrix, self.tied]), axis=0, return_index=True)[1])
        return self.of(np.sort(index[np.argsort(-self.value[index], kind="stable")[: self.most]]))

    def of(self, index: IntArray | BoolArray) -> Self:
        """Some of them."""
        return type(self)(self.matrix[index], self.tied[index], self.value[index], self.most)


@dataclass(frozen=True, slots=True)
class _Size:
    largest: Array  # (r,) |x|
    n_open: int

    def __add__(self, other: Self) -> Self:
        return type(self)(np.maximum(self.largest, other.largest), self.n_open + other.n_open)


def by_programme(left: Undecided) -> Proof | None:
    """A direction that decides as many comparisons as it can, verified like any other; None where there is none."""
    size = left.fold(_size)
    scale = np.where(size.largest == 0, 1.0, size.largest)
    chosen = _first(left, scale, size.n_open)
    for _ in range(MOST_ROUNDS):
        direction = _solved(chosen.matrix, chosen.tied)
        if direction is None:
            return None
        shaped = direction.reshape(len(scale), -1, order="F")
        found = left.fold(partial(_violated, unit=shaped, scale=scale))
        more = chosen + found.lines.of(found.lines.value > 10 * TOLERANCE * found.moved)
        if len(more) == len(chosen):
            design = shaped / scale[:, None]
            rms = extent(left, design).scale
            return proved(left, cleaned(left, design, (TOLERANCE * found.moved,), rms))
        chosen = more
    return None


def _size(found: Comparisons) -> _Size:
    return _Size(np.abs(found.x).max(axis=0, initial=0.0), int(found.open.sum()))


def _first(left: Undecided, scale: Array, n_open: int) -> Lines:
    """All comparisons of a small problem; of a large one a sample that leaves no more directions free than all do."""
    if n_open * len(scale) <= ALL_AT_ONCE:
        return left.fold(partial(_sampled, scale=scale, rate=1.0, most=n_open))
    chosen = left.fold(partial(_sampled, scale=scale, rate=FIRST / n_open, most=n_open))
    size = chosen.matrix.shape[1]
    chosen = chosen.of(spread(len(chosen), min(1.0, FIRST / len(chosen))))
    while True:
        free = null_space(triangle(chosen.matrix))
        if not len(free):
            return chosen
        found = left.fold(partial(_moved, free=free, scale=scale, most=size + 1))
        more = chosen
        for lines in found.parts:
            more = more + lines
        if len(more) == len(chosen):
            return chosen
        chosen = more


def _sampled(found: Comparisons, scale: Array, rate: float, most: int) -> Lines:
    rows, classes = np.nonzero(found.open)
    index = spread(len(rows), rate)
    return _lines(found, scale, rows[index], classes[index], np.zeros(len(index)), most).distinct()


def _moved(found: Comparisons, free: Array, scale: Array, most: int) -> Each:
    """For each direction the open comparisons that it moves most."""
    return Each(tuple(_moved_by(found, _shaped(direction, scale), scale, most) for direction in free))


def _moved_by(found: Comparisons, unit: Array, scale: Array, most: int) -> Lines:
    rows, classes = np.nonzero(found.open)
    margin, noise = found.margins(unit / scale[:, None])
    moved = np.abs(margin[rows, classes])
    index = _largest(moved, np.maximum(noise[rows, classes], NULL_SPACE), most)
    return _lines(found, scale, rows[index], classes[index], moved[index], most)


@dataclass(frozen=True, slots=True)
class _Violated:
    moved: float  # the largest margin
    lines: Lines

    def __add__(self, other: Self) -> Self:
        return type(self)(max(self.moved, other.moved), self.lines + other.lines)


def _violated(found: Comparisons, unit: Array, scale: Array) -> _Violated:
    """The open comparisons that go the wrong way most."""
    rows, classes = np.nonzero(found.open)
    margin = found.margins(unit / scale[:, None])[0][rows, classes]
    wrong = np.where(found.tied[rows, classes], np.abs(margin), -margin)
    index = _largest(wrong, 0.0, ALIKE * MORE)
    lines = _lines(found, scale, rows[index], classes[index], wrong[index], MORE)
    return _Violated(float(np.abs(margin).max(initial=0.0)), lines.distinct())


def _largest(values: Array, above: Array | float, most: int) -> IntArray:
    """The places of the largest values beyond a bound."""
    index = np.argsort(-values, kind="stable")[:most]
    return np.asarray(index[(values > above)[index]], dtype=np.intp)


def _shaped(direction: Array, scale: Array) -> Array:
    return direction.reshape(len(scale), -1, order="F")


def _lines(found: Comparisons, scale: Array, rows: IntArray, classes: IntArray, value: Array, most: int) -> Lines:
    """(m, r*q): the row of each comparison, predictor by predictor."""
    m, r, q = len(rows), found.x.shape[1], found.n_classes - 1
    x = found.x[rows] / scale
    out = np.zeros((m, q + 1, r))
    place = np.arange(m)
    out[place, found.winner[rows]] = x
    out[place, classes] -= x
    matrix = out[:, 1:].reshape(m, q * r) + 0.0  # -0.0 would tell apart what is the same
    return Lines(matrix, found.tied[rows, classes], value, most)


def _solved(matrix: Array, tied: BoolArray) -> Array | None:
    """The direction of the programme over these rows, None where its maximum is zero."""
    import scipy.sparse  # imported where it is needed: a fit hardly ever gets here

    free = np.unique(matrix[~tied], axis=0)
    fixed = np.unique(matrix[tied], axis=0)
    n, p = free.shape
    slack = scipy.sparse.hstack([scipy.sparse.csr_array(-free), scipy.sparse.eye_array(n)], format="csr")
    most, cost = None, np.append(np.zeros(p), -np.ones(n))
    for bound in BOUNDS:
        most = _minimum(cost, slack, np.zeros(n), fixed, [(-bound, bound)] * p + [(0.0, 1.0)] * n)
        if most is not None:
            break
    if most is None:
        return None
    decided = free @ most[:p] > 0.5
    if not decided.any():
        return None
    # of all directions that decide these by 1 or more, one whose components are of a size
    unit, one = np.eye(p), np.ones((p, 1))
    sized = np.vstack([np.hstack([-free, np.zeros((n, 1))]), np.hstack([unit, -one]), np.hstack([-unit, -one])])
    right = np.append(-decided.astype(float), np.zeros(2 * p))
    least = _minimum(np.append(np.zeros(p), 1.0), sized, right, fixed, [(None, None)] * p + [(0.0, None)])
    return (most if least is None else least)[:p]


def _minimum(cost: Array, upper: Any, right: Array, fixed: Array, bounds: list[Any]) -> Array | None:
    """cost @ z at its least over upper @ z <= right, and fixed @ z = 0 in its first components; None on failure."""
    import scipy.optimize

    equal = np.hstack([fixed, np.zeros((len(fixed), len(cost) - fixed.shape[1]))])
    solved = scipy.optimize.linprog(
        cost,
        A_ub=upper,
        b_ub=right,
        A_eq=equal if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=bounds,
        method="highs",
    )
    return np.asarray(solved.x) if solved.status == 0 and solved.x is not None else None
