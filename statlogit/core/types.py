"""Shared aliases and the vocabulary of shapes: n rows, p columns, q linear predictors, K = q + 1 classes.

vec order: a coefficient matrix (p, q) is flattened predictor by predictor (Fortran order), so an information
matrix (p*q, p*q) is made of q x q cells of shape (p, p).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.intp]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

PIECE = 8192  # rows, so few that BLAS adds them up without other threads
ROWS_AT_ONCE = 32_768  # of a column: the second look finds them in the cache


def pieces(n: int) -> Iterator[slice]:
    """The rows in pieces: what one operation makes of them is still in the cache for the next."""
    return (slice(start, min(start + PIECE, n)) for start in range(0, n, PIECE))


def extent(values: Array) -> tuple[float, float]:
    """The least and the largest value, nan where one is missing; (inf, -inf) of none. Reads memory once."""
    if 0 < len(values) <= ROWS_AT_ONCE:
        return float(values.min()), float(values.max())
    low, high = np.inf, -np.inf
    for start in range(0, len(values), ROWS_AT_ONCE):
        some = values[start : start + ROWS_AT_ONCE]
        low, high = np.minimum(low, some.min(initial=np.inf)), np.maximum(high, some.max(initial=-np.inf))
    return float(low), float(high)


def repeated(value: float, *shape: int) -> Array:
    """One number for every row, in the memory of one number; read-only."""
    one = np.array(value, dtype=np.float64)
    one.flags.writeable = False
    return np.ndarray(shape, np.float64, one, strides=(0,) * len(shape))


def is_repeated(v: Array) -> bool:
    """Whether it is one number for every row."""
    return v.size > 0 and not any(v.strides)


def all_are(v: Array, value: float) -> bool:
    """Whether every number is this one; one look where it is repeated."""
    return bool(v.flat[0] == value) if is_repeated(v) else bool((v == value).all())


class Status(Enum):
    """Why a solve stopped. The value is the sentence a user reads."""

    CONVERGED = "converged"
    MAX_ITERATIONS = "stopped at the iteration limit before the stopping rule held"
    STEP_FAILED = "no step along the search direction raised the log-likelihood"
    NOT_FINITE = "the log-likelihood or its gradient is not finite"
    SINGULAR = "the information matrix is singular along the path"
    SEPARATED = "no finite maximum exists: the data are separated"
