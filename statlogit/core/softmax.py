"""The door to the compiled pass for several classes: which blocks it takes, and its sums over the design's columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from statlogit.core.coded import address
from statlogit.core.columns import Dense, Numeric
from statlogit.core.sums import ClosingSums, Sums, from_upper, looked_at
from statlogit.core.types import Array, IntArray, is_repeated

if TYPE_CHECKING:
    from statlogit.core.blocks import Block
    from statlogit.core.coordinates import Coordinates

DOUBLE = 8  # bytes


@dataclass(frozen=True, slots=True)
class _Rows:
    kept: list[Array]  # alive while their addresses are in use
    source: tuple[IntArray, int, int]
    outcome: tuple[IntArray, int, IntArray, int, int, int]


def likelihood(block: Block, place: Coordinates | None, gamma: Array, every: int) -> Sums | None:
    """Log-likelihood, score and the information, estimated from one of so many chunks of rows; without it for 0.

    place: coordinates that must not be whitened; None for the design columns as they are. None where there are factor
    codes.
    """
    found = _swept(block, place, gamma, every, closing=False)
    return None if found is None else found[0].sums


def closing(block: Block, place: Coordinates, gamma: Array, every: int) -> ClosingSums | None:
    """The same with the sums of the certificate; None also where a share is neither 0 nor 1."""
    found = _swept(block, place, gamma, every, closing=True)
    return None if found is None or found[1] else found[0]


def _swept(
    block: Block, place: Coordinates | None, gamma: Array, every: int, *, closing: bool
) -> tuple[ClosingSums, int] | None:
    """The sums of a pass, and how many shares are neither 0 nor 1."""
    x = block.x if place is None else place.selected(block.x)
    if not isinstance(x, Dense | Numeric) or (place is not None and place.root is not None):
        return None
    from statlogit.core import kernels_softmax

    (p, q), rows = gamma.shape, _rows(block, x)
    standard = (np.zeros(p), np.ones(p)) if place is None else (place.centre, 1.0 / place.scale)
    m, k = -(-p // 4) * 4, -(-q // 4) * 4
    padded, score = np.zeros((k, m)), np.zeros((k, m))
    padded[:q, :p] = gamma.T
    products = np.zeros((q * (q + 1) // 2 if every else 0, m, m))
    rounding = np.zeros((k, m) if closing else (0, 0))
    loglik, length, broken = kernels_softmax.softmax_pass(
        rows.source, standard, padded, rows.outcome, max(every, 1), score, products, rounding
    )
    information = information_of_pairs(_cells(products[:, :p, :p], q + 1)) if every else None
    if information is not None and every > 1:
        information *= x.n_rows / looked_at(x.n_rows, every)
    sums = Sums(loglik, score[:q, :p].T, information)
    return ClosingSums(sums, float("nan"), length, rounding[:q, :p].T), broken


def pair_products(x: Dense, probability: Array, weight: Array) -> Array:
    """(K, p, K, p) sums of weight p_j p_k x x' over the pairs of classes, zero for a class with itself."""
    from statlogit.core import kernels_softmax

    p, n_classes = x.n_columns, len(probability)
    m = -(-p // 4) * 4
    products = np.zeros((n_classes * (n_classes - 1) // 2, m, m))
    kernels_softmax.pair_products_pass(np.ascontiguousarray(x.values.T), probability, weight, products)
    return _cells(products[:, :p, :p], n_classes)


def _cells(products: Array, n_classes: int) -> Array:
    """(K, p, K, p) from the upper tiles of the products of the pairs of classes (1, 0), (2, 0), (2, 1), ..."""
    p = products.shape[1]
    cells = np.zeros((n_classes, p, n_classes, p))
    for j, k, product in zip(*np.tril_indices(n_classes, -1), from_upper(products), strict=True):
        cells[j, :, k] = cells[k, :, j] = product
    return cells


def information_of_pairs(cells: Array) -> Array:
    """(p*q, p*q) from the sums of w p_j p_k x x' (K, p, K, p) over the pairs of all K classes, the reference first.

    Cell jk is minus that of the pair, and the cell of class j with itself the sum of its pairs with every other class:
    sums of positive terms, so nothing cancels. Those of a class with itself are not read, and are set to zero.
    """
    n_classes, p = cells.shape[:2]
    for k in range(n_classes):
        cells[k, :, k] = 0.0
    own = cells.sum(axis=2)
    own = 0.5 * (own + own.transpose(0, 2, 1))
    out = -cells[1:, :, 1:]
    for k in range(n_classes - 1):
        out[k, :, k] = own[k + 1]
    return np.asarray(out.reshape(p * (n_classes - 1), -1))


def _rows(block: Block, x: Dense | Numeric) -> _Rows:
    kept, addresses, step = _columns(x)
    y, weight, offset = block.y, block.weight, block.offset
    offsets, offset_step = (np.zeros(y.shape[1], dtype=np.intp), 1)
    if not (is_repeated(offset) and offset.flat[0] == 0.0):
        offset = np.ascontiguousarray(offset)
        offsets, offset_step = _addresses(offset)
    shares, share_step = _addresses(y)
    outcome = (shares, share_step, offsets, offset_step, address(weight), weight.strides[0] // DOUBLE)
    return _Rows([*kept, y, weight, offset], (addresses, step, x.n_rows), outcome)


def _columns(x: Dense | Numeric) -> tuple[list[Array], IntArray, int]:
    """The memory of the columns, their addresses, and doubles from row to row."""
    if isinstance(x, Numeric):
        vectors = [np.ascontiguousarray(v) for v in x.vectors]
        return vectors, np.array([address(v) for v in vectors], dtype=np.intp), 1
    return [x.values], *_addresses(x.values)


def _addresses(values: Array) -> tuple[IntArray, int]:
    """Where each column begins, and doubles from row to row. values: (n, k)."""
    row, column = values.strides
    return address(values) + np.arange(values.shape[1], dtype=np.intp) * column, row // DOUBLE
