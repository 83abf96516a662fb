"""Columns: the design matrix of some rows, in the form that is cheapest to work with.

Every kind of columns answers the same few questions and is tested against its dense array. Numerics are kept as the
one-dimensional arrays they came as (no copy of the frame), factors as integer codes (never expanded).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from statlogit.core.joint import Tables, apart, count, grouped
from statlogit.core.types import Array, IntArray


class Columns(Protocol):
    """The design of n rows in p columns."""

    @property
    def n_rows(self) -> int: ...
    @property
    def n_columns(self) -> int: ...
    def times(self, beta: Array) -> Array:
        """X @ beta: (p, q) -> (n, q)."""

    def transpose_times(self, v: Array) -> Array:
        """X' @ v: (n, q) -> (p, q)."""

    def gram(self, w: Array) -> Array:
        """X' diag(w) X: (n,) -> (p, p). w may be negative."""

    def rows(self, start: int, stop: int) -> Columns:
        """A view of rows start..stop."""

    def take(self, index: IntArray) -> Columns:
        """A copy of the rows at these positions."""

    def select(self, columns: Sequence[int]) -> Columns:
        """The columns at these positions, in this order."""

    def to_array(self) -> Array:
        """The dense (n, p) matrix, column-major."""


@dataclass(frozen=True, slots=True)
class Dense:
    """A plain matrix."""

    values: Array  # (n, p)

    @property
    def n_rows(self) -> int:
        return int(self.values.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.values.shape[1])

    def times(self, beta: Array) -> Array:
        return _product(self.values, beta)

    def transpose_times(self, v: Array) -> Array:
        return _product(self.values.T, v)

    def gram(self, w: Array) -> Array:
        if w.min(initial=0.0) < 0.0:
            return self.values.T @ (w[:, None] * self.values)
        half = np.sqrt(w)[:, None] * self.values
        return half.T @ half  # numpy sees a' a and does half the work

    def rows(self, start: int, stop: int) -> Dense:
        return Dense(self.values[start:stop])

    def take(self, index: IntArray) -> Dense:
        return Dense(np.asfortranarray(self.values.T[:, index].T))  # take() would copy all of a view first

    def select(self, columns: Sequence[int]) -> Dense:
        return Dense(self.values[:, list(columns)])

    def to_array(self) -> Array:
        return self.values if self.values.strides[0] == self.values.itemsize else np.asfortranarray(self.values)


def _product(a: Array, b: Array) -> Array:
    """a @ b; one column at a time BLAS reads a once, where its general product would copy it first."""
    return (a @ b[:, 0])[:, None] if b.shape[1] == 1 else (b.T @ a.T).T  # each column of b's rows side by side


@dataclass(frozen=True, slots=True)
class Numeric:
    """Numeric columns as separate vectors, views of the user's data where no row is dropped."""

    vectors: tuple[Array, ...]  # p vectors of length n; p >= 1

    @property
    def n_rows(self) -> int:
        return int(self.vectors[0].shape[0])

    @property
    def n_columns(self) -> int:
        return len(self.vectors)

    def times(self, beta: Array) -> Array:
        return _product(self.to_array(), beta)

    def transpose_times(self, v: Array) -> Array:
        return _product(self.to_array().T, v)

    def gram(self, w: Array) -> Array:
        return Dense(self.to_array()).gram(w)

    def rows(self, start: int, stop: int) -> Numeric:
        return Numeric(tuple(v[start:stop] for v in self.vectors))

    def take(self, index: IntArray) -> Numeric:
        return Numeric(tuple(v[index] for v in self.vectors))

    def select(self, columns: Sequence[int]) -> Numeric:
        return Numeric(tuple(self.vectors[j] for j in columns))

    def to_array(self) -> Array:
        out = np.empty((self.n_columns, self.n_rows))
        for row, vector in zip(out, self.vectors, strict=True):
            row[:] = vector
        return out.T


@dataclass(frozen=True, slots=True)
class Codes:
    """Indicator columns of one factor (or of combined factors): row i is 1 in column codes[i], 0 elsewhere.

    A code of -1 is a row of zeros (the reference level). A multiplier m turns the 1 into m[i] (factor x numeric).
    """

    codes: npt.NDArray[np.signedinteger[Any]]  # (n,), -1 .. width - 1, of 1, 2 or 4 bytes
    width: int
    multiplier: Array | None = None  # (n,)

    @property
    def n_rows(self) -> int:
        return int(self.codes.shape[0])

    @property
    def n_columns(self) -> int:
        return self.width

    def times(self, beta: Array) -> Array:
        padded = np.concatenate([beta, np.zeros((1, beta.shape[1]))])  # code -1 picks the zero row
        picked: Array = padded[self.codes]
        return picked if self.multiplier is None else picked * self.multiplier[:, None]

    def transpose_times(self, v: Array) -> Array:
        if self.multiplier is not None:
            v = v * self.multiplier[:, None]
        shifted = self.codes.astype(np.intp) + 1
        counts = [np.bincount(shifted, weights=column, minlength=self.width + 1)[1:] for column in v.T]
        return np.stack(counts, axis=1) if counts else np.zeros((self.width, 0))

    def gram(self, w: Array) -> Array:
        weight = w if self.multiplier is None else w * self.multiplier**2
        return np.diag(np.bincount(self.codes + 1, weights=weight, minlength=self.width + 1)[1:])

    def rows(self, start: int, stop: int) -> Codes:
        m = self.multiplier
        return Codes(self.codes[start:stop], self.width, None if m is None else m[start:stop])

    def take(self, index: IntArray) -> Codes:
        m = self.multiplier
        return Codes(self.codes[index], self.width, None if m is None else m[index])

    def select(self, columns: Sequence[int]) -> Codes:
        to_new = np.full(self.width + 1, -1, dtype=np.int32)  # the last entry answers code -1
        to_new[list(columns)] = np.arange(len(columns), dtype=np.int32)
        return Codes(to_new[self.codes], len(columns), self.multiplier)

    def to_array(self) -> Array:
        out = np.zeros((self.n_rows, self.width), order="F")
        filled = np.flatnonzero(self.codes >= 0)
        out[filled, self.codes[filled]] = 1.0 if self.multiplier is None else self.multiplier[filled]
        return out


@dataclass(frozen=True, slots=True)
class Mixed:
    """Parts side by side; positions[k] are the design columns of parts[k]."""

    parts: tuple[Columns, ...]
    positions: tuple[IntArray, ...]

    @property
    def n_rows(self) -> int:
        return self.parts[0].n_rows

    @property
    def n_columns(self) -> int:
        return sum(len(p) for p in self.positions)

    def times(self, beta: Array) -> Array:
        total = np.zeros((self.n_rows, beta.shape[1]))
        for part, position in zip(self.parts, self.positions, strict=True):
            total += part.times(beta[position])
        return total

    def transpose_times(self, v: Array) -> Array:
        out = np.empty((self.n_columns, v.shape[1]))
        for part, position in zip(self.parts, self.positions, strict=True):
            out[position] = part.transpose_times(v)
        return out

    def gram(self, w: Array) -> Array:
        return self.tables(w).matrix()

    def tables(self, w: Array) -> Tables:
        """The Gram as sums that are cheap to add where a factor has many levels."""
        vectors, at, placed = self.kinds()
        codes = [part for part, _ in placed]
        groups = grouped(codes)
        cell, sums, crossed = count(groups, codes, vectors, w)
        pairs = tuple(cross_gram(codes[a], codes[b], w) for a, b in apart(groups))
        positions = tuple(position for _, position in placed)
        return Tables(self.n_columns, at, positions, tuple(groups), cell, tuple(sums), tuple(crossed), pairs)

    def kinds(self) -> tuple[list[Array], IntArray, list[tuple[Codes, IntArray]]]:
        """Every numeric column and its position; the codes and theirs."""
        vectors: list[Array] = []
        at: list[IntArray] = []
        codes: list[tuple[Codes, IntArray]] = []
        for part, position in zip(self.parts, self.positions, strict=True):
            if isinstance(part, Codes):
                codes.append((part, position))
            else:
                vectors += part.vectors if isinstance(part, Numeric) else list(part.to_array().T)
                at.append(position)
        return vectors, np.concatenate(at) if at else np.empty(0, dtype=np.intp), codes

    def rows(self, start: int, stop: int) -> Mixed:
        return Mixed(tuple(part.rows(start, stop) for part in self.parts), self.positions)

    def take(self, index: IntArray) -> Mixed:
        return Mixed(tuple(part.take(index) for part in self.parts), self.positions)

    def select(self, columns: Sequence[int]) -> Columns:
        wanted = {int(old): new for new, old in enumerate(columns)}
        parts: list[Columns] = []
        positions: list[IntArray] = []
        for part, position in zip(self.parts, self.positions, strict=True):
            kept = [k for k, old in enumerate(position) if int(old) in wanted]
            if kept:
                parts.append(part.select(kept))
                positions.append(np.array([wanted[int(position[k])] for k in kept], dtype=np.intp))
        if not parts:
            return Dense(np.empty((self.n_rows, 0)))
        return Mixed(tuple(parts), tuple(positions))

    def to_array(self) -> Array:
        out = np.empty((self.n_rows, self.n_columns), order="F")
        for part, position in zip(self.parts, self.positions, strict=True):
            out[:, position] = part.to_array()
        return out


def numeric_columns(x: Columns) -> int:
    """How many columns are not factor codes."""
    if isinstance(x, Mixed):
        return sum(numeric_columns(part) for part in x.parts)
    return 0 if isinstance(x, Codes) else x.n_columns


def gathered(x: Columns) -> Columns:
    """The same columns with separate vectors copied side by side, for blocks that are read more than once."""
    if isinstance(x, Numeric):
        return Dense(x.to_array())
    if isinstance(x, Mixed):
        return Mixed(tuple(gathered(part) for part in x.parts), x.positions)
    return x


def cross_gram(a: Columns, b: Columns, w: Array) -> Array:
    """a' diag(w) b, (p_a, p_b), by counting where both are codes."""
    if isinstance(a, Codes) and isinstance(b, Codes):
        weight = w
        for part in (a, b):
            weight = weight if part.multiplier is None else weight * part.multiplier
        cell = a.codes.astype(np.intp) + 1
        cell *= b.width + 1
        cell += b.codes
        cell += 1
        counts = np.bincount(cell, weights=weight, minlength=(a.width + 1) * (b.width + 1))
        return np.asarray(counts, dtype=np.float64).reshape(a.width + 1, b.width + 1)[1:, 1:]
    if isinstance(b, Codes):
        return cross_gram(b, a, w).T
    return a.transpose_times(w[:, None] * b.to_array())
