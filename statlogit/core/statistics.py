"""What one pass over the rows adds up: small frozen records with `+`, and the block functions that make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from statlogit.core import compiled
from statlogit.core.blocks import Block
from statlogit.core.columns import Columns, Dense, Mixed, gathered
from statlogit.core.coordinates import Coordinates
from statlogit.core.families import Family, First, Local, Means, half_deviance
from statlogit.core.joint import Tables
from statlogit.core.leverage import absolute, row_quadratic, row_square
from statlogit.core.softmax import information_of_pairs, pair_products
from statlogit.core.sums import Sums
from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class Slope:
    """First-order sums at one beta."""

    n_rows: int
    loglik: float  # kernel: no binomial coefficients
    score: Array  # (p, q)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.n_rows + other.n_rows, self.loglik + other.loglik, self.score + other.score)


@dataclass(frozen=True, slots=True)
class Quadratic:
    """The same with the information matrix: the second-order expansion of the log-likelihood at beta."""

    slope: Slope
    information: Array  # (p*q, p*q), predictor-major

    def __add__(self, other: Self) -> Self:
        return type(self)(self.slope + other.slope, self.information + other.information)


@dataclass(frozen=True, slots=True)
class QuadraticTables:
    """A Quadratic whose information is not yet spread over the design."""

    slope: Slope
    tables: Tables

    def __add__(self, other: Self) -> Self:
        return type(self)(self.slope + other.slope, self.tables + other.tables)

    def quadratic(self) -> Quadratic:
        return Quadratic(self.slope, self.tables.matrix())


def block_slope(block: Block, beta: Array, family: Family) -> Slope:
    """Log-likelihood and score of one block."""
    found = compiled.likelihood(block, None, beta, 0)
    if found is not None:
        return Slope(block.n_rows, found.loglik, found.score)
    x = gathered(block.x)
    return _slope(x, block.n_rows, _first(x.times(beta) + block.offset, block, family))


def block_slope_in(block: Block, place: Coordinates, gamma: Array, family: Family) -> Slope:
    """block_slope in these coordinates, over the design columns as they are where that costs no digits."""
    found = compiled.likelihood(block, place, gamma, 0)
    if found is not None:
        return Slope(block.n_rows, found.loglik, found.score)
    if not place.near:
        return block_slope(place.block(block), gamma, family)
    s = block_slope(block, place.padded(gamma), family)
    return Slope(s.n_rows, s.loglik, place.score(s.score))


def _first(eta: Array, block: Block, family: Family) -> First | Local:
    """The pointwise terms; with one predictor the second order costs nothing more."""
    return (family.local if eta.shape[1] == 1 else family.first)(eta, block.y, block.weight)


def _slope(x: Columns, n_rows: int, first: First | Local) -> Slope:
    return Slope(n_rows, float(first.loglik.sum()), x.transpose_times(first.score))


def block_quadratic(block: Block, beta: Array, family: Family) -> Quadratic:
    """Log-likelihood, score and information of one block."""
    first = _first(block.x.times(beta) + block.offset, block, family)
    return _with_information(block, first, _slope(block.x, block.n_rows, first))


def _with_information(block: Block, first: First | Local, slope: Slope) -> Quadratic:
    second = (
        block.x.gram(first.curvature[:, 0, 0])
        if isinstance(first, Local)
        else class_information(block.x, first.probability, block.weight, block.large)
    )
    return Quadratic(slope, second)


def block_quadratic_in(
    block: Block, place: Coordinates, gamma: Array, family: Family, every: int = 1
) -> Quadratic | QuadraticTables:
    """block_quadratic of the block moved to these coordinates, with tables where there are factors and two classes.

    every: the information is that of about one row of so many, times as many.
    """
    found = compiled.likelihood(block, place, gamma, every)
    if found is None:
        if every > 1:
            return _glance(block, place, gamma, family, every)
        return _quadratic(place.block(block), gamma, family)
    return _second_order(block, found)


def _second_order(block: Block, found: Sums) -> Quadratic | QuadraticTables:
    slope = Slope(block.n_rows, found.loglik, found.score)
    if isinstance(found.information, Tables):
        return QuadraticTables(slope, found.information)
    assert found.information is not None
    return Quadratic(slope, found.information)


def _glance(block: Block, place: Coordinates, gamma: Array, family: Family, every: int) -> Quadratic | QuadraticTables:
    """The information of the first rows of the block stands for that of all."""
    some = block.rows(0, -(-block.x.n_rows // every))
    some = replace(some, weight=some.weight * (block.x.n_rows / some.x.n_rows))
    found = _quadratic(place.block(some), gamma, family)
    return replace(found, slope=block_slope_in(block, place, gamma, family))


def _quadratic(block: Block, beta: Array, family: Family) -> Quadratic | QuadraticTables:
    first = _first(block.x.times(beta) + block.offset, block, family)
    return _with_tables(block, first, _slope(block.x, block.n_rows, first))


def _with_tables(block: Block, first: First | Local, slope: Slope) -> Quadratic | QuadraticTables:
    """Tables where there are factors and two classes."""
    if isinstance(block.x, Mixed) and isinstance(first, Local):
        return QuadraticTables(slope, block.x.tables(first.curvature[:, 0, 0]))
    return _with_information(block, first, slope)


def information(x: Columns, curvature: Array) -> Array:
    """sum_i W_i (x) x_i x_i' for any W (n, q, q): one (p, p) sandwich for each pair of linear predictors."""
    p, q = x.n_columns, curvature.shape[1]
    if q == 1:
        return x.gram(curvature[:, 0, 0])
    out = np.empty((p * q, p * q))
    for j in range(q):
        for k in range(j + 1):
            cell = x.gram(np.ascontiguousarray(curvature[:, j, k]))
            out[j * p : (j + 1) * p, k * p : (k + 1) * p] = cell
            out[k * p : (k + 1) * p, j * p : (j + 1) * p] = cell.T
    return out


def class_information(x: Columns, probability: Array, weight: Array, large: bool = False) -> Array:
    """(pq, pq) sum of w_i (diag(mu_i) - mu_i mu_i') (x) x_i x_i'. probability: (K, n), the reference first."""
    p, n_classes = x.n_columns, len(probability)
    if n_classes == 2:
        return x.gram(weight * probability[0] * probability[1])
    if large and isinstance(x, Dense) and compiled.installed():
        cells = pair_products(x, probability, weight)
    elif isinstance(x, Dense) and p <= NARROW:
        cells = _pairs_at_once(x, probability, weight)  # (K, p, K, p)
    else:
        cells = _pairs_one_by_one(x, probability, weight)
    return information_of_pairs(cells)


NARROW = 48  # columns below which one product of all classes beats one for each pair
ROWS_AT_ONCE = 1024  # all classes' weighted columns of so many rows stay in the second-level cache


def _pairs_at_once(x: Dense, probability: Array, weight: Array) -> Array:
    columns, root = x.values.T, np.sqrt(weight)
    p, n = columns.shape
    n_classes = len(probability)
    out = np.zeros((n_classes * p, n_classes * p))
    spread = np.empty((n_classes, p, min(n, ROWS_AT_ONCE)))
    for start in range(0, n, ROWS_AT_ONCE):
        cut = slice(start, start + ROWS_AT_ONCE)
        some = spread[:, :, : len(root[cut])]
        np.multiply((probability[:, cut] * root[cut])[:, None], columns[:, cut], out=some)
        flat = some.reshape(n_classes * p, -1)
        out += flat @ flat.T  # numpy sees a a' and does half the work
    return out.reshape(n_classes, p, n_classes, p)


def _pairs_one_by_one(x: Columns, probability: Array, weight: Array) -> Array:
    n_classes, p = len(probability), x.n_columns
    out = np.zeros((n_classes, p, n_classes, p))
    for j in range(n_classes):
        weighted = weight * probability[j]
        for k in range(j):
            cell = x.gram(weighted * probability[k])
            out[j, :, k], out[k, :, j] = cell, cell.T
    return out


@dataclass(frozen=True, slots=True)
class Closing:
    """Sums at the final estimate that the certificate and the fit statistics need."""

    at: Slope | Quadratic | QuadraticTables  # the last with the information, where that was asked for
    deviance: float  # 2 (saturated - fitted log-likelihood)
    pearson: float  # sum of weight (y - mu)^2 / (mu (1 - mu)); nan unless q = 1
    rounding: Array  # (p, q) bound on the rounding error of the score
    length: float  # max over rows of x' x

    def __add__(self, other: Self) -> Self:
        return type(self)(
            _added(self.at, other.at),
            self.deviance + other.deviance,
            self.pearson + other.pearson,
            self.rounding + other.rounding,
            max(self.length, other.length),
        )

    def second_order(self) -> Quadratic:
        """The expansion at the estimate; only where the pass formed the information."""
        if isinstance(self.at, Slope):
            raise TypeError("the closing pass formed no information")
        return self.at if isinstance(self.at, Quadratic) else self.at.quadratic()


def _added(a: Slope | Quadratic | QuadraticTables, b: Any) -> Slope | Quadratic | QuadraticTables:
    total: Slope | Quadratic | QuadraticTables = a + b
    return total


UNIT_ROUNDOFF = 2.0**-53


def block_closing(block: Block, beta: Array, family: Family, second: bool = False) -> Closing:
    """The closing sums of one block; second: with the information."""
    eta = block.x.times(beta) + block.offset
    first, mean = _first(eta, block, family), family.mean(eta)
    slope = _slope(block.x, block.n_rows, first)
    variance = mean.mu * mean.complement
    return Closing(
        _with_tables(block, first, slope) if second else slope,
        _deviance(block, slope.loglik, mean),
        _pearson(block, mean, variance) if beta.shape[1] == 1 else float("nan"),
        _score_rounding(block, beta, block.y * mean.complement + (1.0 - block.y) * mean.mu, variance),
        float(row_square(block.x).max(initial=0.0)),
    )


def block_closing_in(block: Block, place: Coordinates, gamma: Array, family: Family, second: bool = False) -> Closing:
    """block_closing of the block moved to these coordinates."""
    found = compiled.closing(block, place, gamma, int(second))
    if found is None:
        return block_closing(place.block(block), gamma, family, second)
    sums, rounding = found.sums, UNIT_ROUNDOFF * found.rounding
    at = _second_order(block, sums) if second else Slope(block.n_rows, sums.loglik, sums.score)
    return Closing(at, -2.0 * sums.loglik, found.pearson, rounding, found.length)


def _deviance(block: Block, loglik: float, mean: Means) -> float:
    y = block.y
    if ((y == 0.0) | (y == 1.0)).all():  # the saturated model is certain of every row: its log-likelihood is 0
        return -2.0 * loglik
    return 2.0 * float((block.weight * _half_deviance(y, mean)).sum())


def _pearson(block: Block, mean: Means, variance: Array) -> float:
    residual = block.y * mean.complement - (1.0 - block.y) * mean.mu
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = block.weight[:, None] * residual**2 / variance
    return float(np.where((residual == 0) & (variance == 0), 0.0, terms).sum())


@dataclass(frozen=True, slots=True)
class Largest:
    """A maximum over rows."""

    value: float

    def __add__(self, other: Self) -> Self:
        return type(self)(max(self.value, other.value))


def block_reach(block: Block, covariance: Array) -> Largest:
    """max over rows of the sum over the q predictors of x' V_kk x. covariance: (p*q, p*q)."""
    p = block.x.n_columns
    cells = [slice(k, k + p) for k in range(0, len(covariance), p)]
    total = sum(row_quadratic(block.x, covariance[cell, cell]) for cell in cells)
    return Largest(float(np.max(total, initial=0.0)))


def _half_deviance(y: Array, mean: Means) -> Array:
    """(n,) sum over classes of y log(y / p), zero where y = 0."""
    mu = mean.mu
    if y.shape[1] == 1:
        return half_deviance(y, mean)[:, 0]
    reference = np.maximum(1.0 - y.sum(axis=1, keepdims=True), 0.0)
    base = np.maximum(1.0 - mu.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    total: Array = _entropy(y, mu).sum(axis=1) + _entropy(reference, base)[:, 0]
    return total


def _entropy(y: Array, p: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Array = np.where(y > 0, y * (np.log(y) - np.log(p)), 0.0)
    return out


def _score_rounding(block: Block, beta: Array, parts: Array, variance: Array) -> Array:
    """A bound on |computed - exact| score: products, sums in blocks of n rows, and eta's own rounding.

    parts: (n, q) y (1 - mu) + (1 - y) mu, the sizes of the two terms whose difference is the residual of a share.
    """
    size = absolute(block.x)
    eta_error = 4.0 * (size.times(np.abs(beta)) + np.abs(block.offset))
    terms = block.weight[:, None] * (4.0 * parts + variance * eta_error)
    return UNIT_ROUNDOFF * size.transpose_times(terms)
