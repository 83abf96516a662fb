"""The door to the compiled passes: which blocks they take, and their sums as the records of statistics.py.

numba (extra `fast`) is imported when the first large fit asks for it. Without it, or for columns that are not plain
vectors of doubles, the answer is None and the caller takes numpy's path.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from statlogit.core.columns import Columns, Dense, Numeric
from statlogit.core.types import Array, IntArray

if TYPE_CHECKING:
    from statlogit.core.blocks import Block
    from statlogit.core.coordinates import Coordinates


@cache
def installed() -> bool:
    """numba can be imported."""
    return find_spec("numba") is not None


@dataclass(frozen=True, slots=True)
class Sums:
    """What one compiled pass over a block gives."""

    loglik: float
    score: Array  # (p, 1)
    information: Array | None = None  # (p, p)


@dataclass(frozen=True, slots=True)
class ClosingSums:
    loglik: float
    pearson: float
    length: float
    rounding: Array  # (p, 1), in units of the unit roundoff


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The arguments every pass shares."""

    columns: list[Array]  # kept alive while their addresses are in use
    addresses: IntArray  # (p,)
    y: Array
    weight: Array
    offset: Array

    @property
    def n_rows(self) -> int:
        return len(self.y)


def slope(block: Block, beta: Array) -> Sums | None:
    """Log-likelihood and score over the design columns."""
    v = _vectors(block)
    if v is None:
        return None
    from statlogit.core import kernels

    score = np.zeros(len(v.addresses))
    coefficients = np.ascontiguousarray(beta[:, 0])
    loglik = kernels.score_pass(v.addresses, v.n_rows, coefficients, v.y, v.weight, v.offset, score)
    return Sums(loglik, score[:, None])


def quadratic(block: Block, place: Coordinates, gamma: Array) -> Sums | None:
    """Log-likelihood, score and information in these coordinates, which must not be whitened."""
    v = _vectors(block)
    if v is None or place.root is not None:
        return None
    from statlogit.core import kernels

    r = len(place.kept)
    small, score, information = np.empty(v.n_rows), np.zeros(r), np.zeros((-(-r // 4) * 4,) * 2)
    linear = kernels.quadratic_pass(
        v.addresses[list(place.kept)], v.n_rows, place.centre, 1.0 / place.scale, np.ascontiguousarray(gamma[:, 0]),
        v.y, v.weight, v.offset, small, score, information,
    )  # fmt: skip
    upper = np.triu(information[:r, :r])
    return Sums(linear - float(v.weight @ np.log1p(small)), score[:, None], upper + np.triu(upper, 1).T)


def closing(block: Block, place: Coordinates, gamma: Array) -> ClosingSums | None:
    """The sums of the certificate in these coordinates; the shares of the block must be 0 or 1."""
    v = _vectors(block)
    if v is None or place.root is not None or not ((v.y == 0.0) | (v.y == 1.0)).all():
        return None
    from statlogit.core import kernels

    small, rounding = np.empty(v.n_rows), np.zeros(len(place.kept))
    linear, pearson, length = kernels.closing_pass(
        v.addresses[list(place.kept)], v.n_rows, place.centre, 1.0 / place.scale, np.ascontiguousarray(gamma[:, 0]),
        v.y, v.weight, v.offset, small, rounding,
    )  # fmt: skip
    return ClosingSums(linear - float(v.weight @ np.log1p(small)), pearson, length, rounding[:, None])


def pair_products(x: Dense, probability: Array, weight: Array) -> Array:
    """(K, p, K, p) sums of weight p_j p_k x x' over the pairs of classes, zero for a class with itself."""
    from statlogit.core import kernels

    p, n_classes = x.n_columns, len(probability)
    lower = np.tril_indices(n_classes, -1)
    out = np.zeros((len(lower[0]), -(-p // 4) * 4, -(-p // 4) * 4))
    kernels.pair_products_pass(np.ascontiguousarray(x.values.T), probability, weight, out)
    upper = np.triu(out[:, :p, :p])
    products = upper + np.triu(upper, 1).transpose(0, 2, 1)
    cells = np.zeros((n_classes, p, n_classes, p))
    for j, k, product in zip(*lower, products, strict=True):
        cells[j, :, k] = cells[k, :, j] = product
    return cells


def _vectors(block: Block) -> _Vectors | None:
    if block.y.shape[1] != 1 or not (block.large and installed()):
        return None
    found = _columns(block.x)
    if found is None:
        return None
    return _Vectors(*found, *map(_unbroken, (block.y[:, 0], block.weight, block.offset[:, 0])))


def _columns(x: Columns) -> tuple[list[Array], IntArray] | None:
    """Each column as an unbroken vector of doubles, itself where it is one, and its address; None for factor codes."""
    if isinstance(x, Dense):
        values = x.values if x.values.strides[0] == x.values.itemsize else np.asfortranarray(x.values)
        return [values], _address(values) + np.arange(x.n_columns) * values.strides[1]
    if isinstance(x, Numeric):
        columns = [_unbroken(v) for v in x.vectors]
        return columns, np.array([_address(v) for v in columns], dtype=np.intp)
    return None


def _address(v: Array) -> int:
    return int(v.__array_interface__["data"][0])


def _unbroken(v: Array) -> Array:
    return v if v.flags.c_contiguous else np.ascontiguousarray(v)
