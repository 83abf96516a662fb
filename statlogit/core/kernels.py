"""Compiled passes for the binary model (extra `fast`, numba); numpy's path is their oracle.

One sweep over chunks small enough for the first-level cache forms linear predictors, probabilities, score and
information before the next chunk is read, so that each column is read from memory once a pass. The columns are read
where they are: a pass takes their addresses and copies nothing. Imported only by core.compiled, and only where the
rows are many enough to pay for compilation (kept on disk after the first time).
"""

from __future__ import annotations

import math

import numpy as np
from numba import carray, njit, types
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from statlogit.core.kernels_codes import (
    CHUNK,
    POINTWISE,
    SUMS,
    add_levels,
    add_pairs,
    add_tables,
    magnitudes_of_levels,
    pointer,
    sum_by_level,
    sum_sizes_by_level,
)


@intrinsic
def _power_of_two(_context, exponent):
    """2^exponent for -1022 <= exponent <= 1023, by placing it into the bits of a double."""

    def build(context, builder, signature: Signature, arguments):
        from llvmlite import ir

        integer = ir.IntType(64)
        biased = builder.add(arguments[0], ir.Constant(integer, 1023))
        return builder.bitcast(builder.shl(biased, ir.Constant(integer, 52)), ir.DoubleType())

    return types.float64(types.int64), build


LOG2_E = 1.4426950408889634
LN_2_HIGH, LN_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # their sum is ln 2 to 33 + 53 bits
LEAST = -708.0  # exp of less is below the smallest normal double
TAYLOR = tuple(1.0 / math.factorial(k) for k in range(14))  # for |r| <= ln(2) / 2 what is left out is below 2^-57


@njit(inline="always", **POINTWISE)
def exp_of_negative(x: float) -> float:
    """exp(x) for x <= 0 within 1 unit in the last place; exp(-708) for less.

    Source: Cody and Waite (1980), chapter 6.
    """
    x = max(x, LEAST)
    k = math.floor(x * LOG2_E + 0.5)
    r = (x - k * LN_2_HIGH) - k * LN_2_LOW
    tail = TAYLOR[13]
    tail = TAYLOR[12] + r * tail
    tail = TAYLOR[11] + r * tail
    tail = TAYLOR[10] + r * tail
    tail = TAYLOR[9] + r * tail
    tail = TAYLOR[8] + r * tail
    tail = TAYLOR[7] + r * tail
    tail = TAYLOR[6] + r * tail
    tail = TAYLOR[5] + r * tail
    tail = TAYLOR[4] + r * tail
    tail = TAYLOR[3] + r * tail
    tail = TAYLOR[2] + r * tail
    return (1.0 + (r + r * r * tail)) * _power_of_two(np.int64(k))


@njit(**POINTWISE)
def _residuals(eta, y, weight, small, score, k):
    """small = exp(-|eta|) and score = weight (y - mu); the linear part of each row's log-likelihood goes to eta."""
    for i in range(k):
        e = eta[i]
        t = exp_of_negative(-abs(e))
        less = t / (1.0 + t)
        event = 0.0 if e < 0.0 else 1.0
        small[i] = t
        score[i] = weight[i] * ((y[i] - event) + (less if e >= 0.0 else -less))
        eta[i] = weight[i] * (y[i] - event) * e


@njit(**POINTWISE)
def _roots(small, weight, root, k):
    """root = sqrt(weight mu (1 - mu))"""
    for i in range(k):
        total = 1.0 + small[i]
        root[i] = math.sqrt(weight[i] * small[i]) / total


@njit(**SUMS)
def _total(values, k):
    out = 0.0
    for i in range(k):
        out += values[i]
    return out


@njit(**SUMS)
def _dot(a, b, k):
    out = 0.0
    for i in range(k):
        out += a[i] * b[i]
    return out


@njit(**SUMS)
def _add_columns(x0, x1, x2, x3, b0, b1, b2, b3, out, k):
    for i in range(k):
        out[i] += (b0 * x0[i] + b1 * x1[i]) + (b2 * x2[i] + b3 * x3[i])


@njit(**SUMS)
def _add_column(x, b, out, k):
    for i in range(k):
        out[i] += b * x[i]


@njit(**SUMS)
def _log_of_product(small, weight, k):
    """sum of weight log(1 + small): one logarithm for all rows of weight 1, whose product is at most 2^k."""
    product, rest = 1.0, 0.0
    for i in range(k):
        product *= 1.0 + small[i] if weight[i] == 1.0 else 1.0
    for i in range(k):
        if weight[i] != 1.0:
            rest += weight[i] * math.log1p(small[i])
    return rest + math.log(product)


@njit(**SUMS)
def score_pass(addresses, n, beta, codes, multipliers, first, level, y, weight, offset, score, level_score):
    """Adds X' (weight (y - mu)) to score; returns the log-likelihood, each row's to the unit roundoff of 1.

    addresses: (p,) of columns of n doubles; codes: (F,) of columns of n codes (4 bytes) from -1, and multipliers: of n
    doubles, 0 for none. first: where each factor begins in level, its coefficients behind a zero for the code -1, and
    in level_score.
    """
    p = len(addresses)
    eta, residual, small = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    loglik = 0.0
    for start in range(0, n, CHUNK):
        k = min(CHUNK, n - start)
        at = 8 * start
        for i in range(k):
            eta[i] = offset[start + i]
        j = 0
        while j + 4 <= p:
            _add_columns(
                carray(pointer(addresses[j] + at), CHUNK), carray(pointer(addresses[j + 1] + at), CHUNK),
                carray(pointer(addresses[j + 2] + at), CHUNK), carray(pointer(addresses[j + 3] + at), CHUNK),
                beta[j], beta[j + 1], beta[j + 2], beta[j + 3], eta, k,
            )  # fmt: skip
            j += 4
        while j < p:
            _add_column(carray(pointer(addresses[j] + at), CHUNK), beta[j], eta, k)
            j += 1
        add_levels(codes, multipliers, start, first, level, eta, k)
        _residuals(eta, y[start:], weight[start:], small, residual, k)
        loglik += _total(eta, k) - _log_of_product(small, weight[start:], k)
        sum_by_level(codes, multipliers, start, first, residual, level_score, k)
        for j in range(p):
            score[j] += _dot(carray(pointer(addresses[j] + at), CHUNK), residual, k)
    return loglik


@njit(**SUMS)
def _standardise(x, centre, scale, out, k):
    for i in range(k):
        out[i] = (x[i] - centre) * scale


@njit(**SUMS)
def _multiply(z, root, k):
    for i in range(k):
        z[i] *= root[i]


@njit(**SUMS)
def _add_products(z, out):
    """out += z z' over its upper 4 x 4 tiles. z: (4 m, CHUNK), zero beyond the rows in use."""
    for a in range(0, len(z), 4):
        z0, z1, z2, z3 = z[a], z[a + 1], z[a + 2], z[a + 3]
        for b in range(a, len(z), 4):
            w0, w1, w2, w3 = z[b], z[b + 1], z[b + 2], z[b + 3]
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
            for i in range(CHUNK):
                u0, u1, u2, u3 = z0[i], z1[i], z2[i], z3[i]
                v0, v1, v2, v3 = w0[i], w1[i], w2[i], w3[i]
                s00 += u0 * v0
                s01 += u0 * v1
                s02 += u0 * v2
                s03 += u0 * v3
                s10 += u1 * v0
                s11 += u1 * v1
                s12 += u1 * v2
                s13 += u1 * v3
                s20 += u2 * v0
                s21 += u2 * v1
                s22 += u2 * v2
                s23 += u2 * v3
                s30 += u3 * v0
                s31 += u3 * v1
                s32 += u3 * v2
                s33 += u3 * v3
            out[a, b] += s00
            out[a, b + 1] += s01
            out[a, b + 2] += s02
            out[a, b + 3] += s03
            out[a + 1, b] += s10
            out[a + 1, b + 1] += s11
            out[a + 1, b + 2] += s12
            out[a + 1, b + 3] += s13
            out[a + 2, b] += s20
            out[a + 2, b + 1] += s21
            out[a + 2, b + 2] += s22
            out[a + 2, b + 3] += s23
            out[a + 3, b] += s30
            out[a + 3, b + 1] += s31
            out[a + 3, b + 2] += s32
            out[a + 3, b + 3] += s33


@njit(**SUMS)
def quadratic_pass(
    addresses, n, centre, scale, gamma, codes, multipliers, first, level, joint, y, weight, offset, small,
    score, level_score, information, totals, crossed, table,
):  # fmt: skip
    """The pass of second order in the coordinates (x - centre) * scale; factor codes as in score_pass.

    joint: the arrays that say which factors share a table and where each table begins, as core.coded lays them out.
    Adds to score and to the upper tiles of information, whose order is p rounded up to a multiple of 4; fills small
    with exp(-|eta|) and returns the linear part of the log-likelihood, which still lacks -weight log1p(small).
    """
    p = len(addresses)
    groups, members, shape, firsts, pairs, widths, pair_firsts = joint
    z = np.zeros((len(information), CHUNK))
    rows, cell = np.empty((CHUNK, len(z))), np.empty(CHUNK, dtype=np.int64)
    eta, residual, root = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    linear = 0.0
    for start in range(0, n, CHUNK):
        k = min(CHUNK, n - start)
        at = 8 * start
        if k < CHUNK:
            z[:, k:] = 0.0
        for i in range(k):
            eta[i] = offset[start + i]
        for j in range(p):
            _standardise(carray(pointer(addresses[j] + at), CHUNK), centre[j], scale[j], z[j], k)
            _add_column(z[j], gamma[j], eta, k)
        add_levels(codes, multipliers, start, first, level, eta, k)
        _residuals(eta, y[start:], weight[start:], small[start:], residual, k)
        sum_by_level(codes, multipliers, start, first, residual, level_score, k)
        _roots(small[start:], weight[start:], root, k)
        linear += _total(eta, k)
        for j in range(p):
            score[j] += _dot(z[j], residual, k)
            _multiply(z[j], root, k)
        _add_products(z, information)
        if len(codes):
            add_tables(
                codes, multipliers, start, z, root, groups, members, shape, firsts, totals, crossed, cell, rows, k
            )
            add_pairs(codes, multipliers, start, root, pairs, widths, pair_firsts, table, residual, k)
    return linear


@njit(**SUMS)
def _magnitudes(z, g, size, square, k):
    for i in range(k):
        size[i] += abs(z[i] * g)
        square[i] += z[i] * z[i]


@njit(**POINTWISE)
def _closing_rows(eta, size, y, weight, offset, small, terms, pearson, k):
    """The bound on each row's rounding to terms, its Pearson term to pearson, small as in score_pass, and the linear
    part of its log-likelihood to eta."""
    for i in range(k):
        e = eta[i]
        t = exp_of_negative(-abs(e))
        total = 1.0 + t
        less = t / total
        variance = less / total
        event = 0.0 if e < 0.0 else 1.0
        mu = less if e < 0.0 else 1.0 / total
        complement = 1.0 / total if e < 0.0 else less
        residual = y[i] * complement - (1.0 - y[i]) * mu
        parts = y[i] * complement + (1.0 - y[i]) * mu
        pearson[i] = 0.0 if residual == 0.0 else weight[i] * residual * residual / variance
        terms[i] = weight[i] * (4.0 * parts + variance * 4.0 * (size[i] + abs(offset[i])))
        small[i] = t
        eta[i] = weight[i] * (y[i] - event) * e


@njit(**SUMS)
def _dot_of_sizes(a, b, k):
    out = 0.0
    for i in range(k):
        out += abs(a[i]) * b[i]
    return out


@njit(**SUMS)
def closing_pass(
    addresses, n, centre, scale, gamma, codes, multipliers, first, level, y, weight, offset, small,
    rounding, level_rounding,
):  # fmt: skip
    """Linear part of the log-likelihood, Pearson's statistic and the largest x'x; adds to rounding, in units of the
    unit roundoff, a bound on that of the score."""
    p = len(addresses)
    z = np.empty((p, CHUNK))
    eta, size, square = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    terms, each = np.empty(CHUNK), np.empty(CHUNK)
    linear, pearson, length = 0.0, 0.0, 0.0
    for start in range(0, n, CHUNK):
        k = min(CHUNK, n - start)
        at = 8 * start
        size[:] = 0.0
        square[:] = 0.0
        for i in range(k):
            eta[i] = offset[start + i]
        for j in range(p):
            _standardise(carray(pointer(addresses[j] + at), CHUNK), centre[j], scale[j], z[j], k)
            _add_column(z[j], gamma[j], eta, k)
            _magnitudes(z[j], gamma[j], size, square, k)
        add_levels(codes, multipliers, start, first, level, eta, k)
        magnitudes_of_levels(codes, multipliers, start, first, level, size, square, k)
        _closing_rows(eta, size, y[start:], weight[start:], offset[start:], small[start:], terms, each, k)
        linear += _total(eta, k)
        pearson += _total(each, k)
        for i in range(k):
            length = max(length, square[i])
        for j in range(p):
            rounding[j] += _dot_of_sizes(z[j], terms, k)
        sum_sizes_by_level(codes, multipliers, start, first, terms, level_rounding, k)
    return linear, pearson, length


@njit(**POINTWISE)
def _pair_roots(a, b, weight, root, k):
    for i in range(k):
        root[i] = math.sqrt(weight[i] * a[i] * b[i])


@njit(**SUMS)
def _scaled(x, root, out, k):
    for i in range(k):
        out[i] = x[i] * root[i]


@njit(**SUMS)
def pair_products_pass(columns, probability, weight, out):
    """Adds to out[pair] the upper tiles of the sum of weight p_j p_k x x' for each pair of classes k < j, in the order
    (1, 0), (2, 0), (2, 1), ... columns: (p, n); probability: (K, n); out: (pairs, 4 m, 4 m) with 4 m >= p."""
    p, n = columns.shape
    z, root = np.zeros((out.shape[1], CHUNK)), np.empty(CHUNK)
    for start in range(0, n, CHUNK):
        rows = min(CHUNK, n - start)
        if rows < CHUNK:
            z[:, rows:] = 0.0
        pair = 0
        for j in range(1, len(probability)):
            for k in range(j):
                _pair_roots(probability[j, start:], probability[k, start:], weight[start:], root, rows)
                for c in range(p):
                    _scaled(columns[c, start:], root, z[c], rows)
                _add_products(z, out[pair])
                pair += 1
