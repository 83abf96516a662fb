"""What the compiled passes do to one chunk of rows: columns in, linear predictors; pointwise terms; sums out.

Columns stay in the user's units; where they are standardised, (x - centre) * scale is formed in a register. Pointwise
loops may only contract a product and a sum, so that the exponential keeps its last digit; sums may be taken in any
order.
"""

from __future__ import annotations

import math

import numpy as np
from numba import carray, njit, types
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from statlogit.core.kernels_codes import CHUNK, POINTWISE, SUMS, pointer


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
def residuals(eta, y, weight, small, score, k):
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
def roots(small, weight, root, k):
    """root = sqrt(weight mu (1 - mu))"""
    for i in range(k):
        root[i] = math.sqrt(weight[i] * small[i]) / (1.0 + small[i])


@njit(**SUMS)
def total(values, k):
    out = 0.0
    for i in range(k):
        out += values[i]
    return out


@njit(**SUMS)
def largest(values, k):
    out = 0.0
    for i in range(k):
        out = max(out, values[i])
    return out


@njit(**SUMS)
def shares(y, k):
    """How many are neither 0 nor 1."""
    out = 0
    for i in range(k):
        out += 1 if y[i] * (1.0 - y[i]) != 0.0 else 0
    return out


@njit(**SUMS)
def _log_of_product(small, weight, k):
    product, rest = 1.0, 0.0
    for i in range(k):
        product *= 1.0 + small[i] if weight[i] == 1.0 else 1.0
    for i in range(k):
        if weight[i] != 1.0:
            rest += weight[i] * math.log1p(small[i])
    return rest + math.log(product)


@njit(**SUMS)
def log_of_product(small, weight, k):
    """sum of weight log(1 + small): one logarithm for CHUNK rows of weight 1, whose product is at most 2^CHUNK."""
    out = 0.0
    for start in range(0, k, CHUNK):
        out += _log_of_product(small[start:], weight[start:], min(CHUNK, k - start))
    return out


@njit(**POINTWISE)
def _add_four(x0, x1, x2, x3, c0, c1, c2, c3, b0, b1, b2, b3, out, k):
    for i in range(k):
        out[i] += (b0 * (x0[i] - c0) + b1 * (x1[i] - c1)) + (b2 * (x2[i] - c2) + b3 * (x3[i] - c3))


@njit(**POINTWISE)
def _add_one(x, c, b, out, k):
    for i in range(k):
        out[i] += b * (x[i] - c)


@njit(**SUMS)
def add_columns(addresses, at, centre, beta, out, k):
    """out += sum of beta (x - centre), reading each column from `at` bytes beyond its address."""
    p, j = len(addresses), 0
    while j + 4 <= p:
        _add_four(
            carray(pointer(addresses[j] + at), k), carray(pointer(addresses[j + 1] + at), k),
            carray(pointer(addresses[j + 2] + at), k), carray(pointer(addresses[j + 3] + at), k),
            centre[j], centre[j + 1], centre[j + 2], centre[j + 3],
            beta[j], beta[j + 1], beta[j + 2], beta[j + 3], out, k,
        )  # fmt: skip
        j += 4
    while j < p:
        _add_one(carray(pointer(addresses[j] + at), k), centre[j], beta[j], out, k)
        j += 1


@njit(**SUMS)
def _dot_four(x0, x1, x2, x3, c0, c1, c2, c3, r, k):
    s0 = s1 = s2 = s3 = 0.0
    for i in range(k):
        v = r[i]
        s0 += (x0[i] - c0) * v
        s1 += (x1[i] - c1) * v
        s2 += (x2[i] - c2) * v
        s3 += (x3[i] - c3) * v
    return s0, s1, s2, s3


@njit(**SUMS)
def _dot_one(x, c, r, k):
    out = 0.0
    for i in range(k):
        out += (x[i] - c) * r[i]
    return out


@njit(**SUMS)
def sum_columns(addresses, at, centre, residual, score, k):
    """score += each column's sum of (x - centre) residual."""
    p, j = len(addresses), 0
    while j + 4 <= p:
        s0, s1, s2, s3 = _dot_four(
            carray(pointer(addresses[j] + at), k), carray(pointer(addresses[j + 1] + at), k),
            carray(pointer(addresses[j + 2] + at), k), carray(pointer(addresses[j + 3] + at), k),
            centre[j], centre[j + 1], centre[j + 2], centre[j + 3], residual, k,
        )  # fmt: skip
        score[j] += s0
        score[j + 1] += s1
        score[j + 2] += s2
        score[j + 3] += s3
        j += 4
    while j < p:
        score[j] += _dot_one(carray(pointer(addresses[j] + at), k), centre[j], residual, k)
        j += 1


@njit(**POINTWISE)
def weighted(x, centre, scale, root, out, k):
    """out = (x - centre) * scale * root"""
    for i in range(k):
        out[i] = (x[i] - centre) * scale * root[i]


@njit(**SUMS)
def add_tile(r, a, z, b, out):
    """out += r z' over the 4 x 4 tile at (a, b). r, z: (4 l, CHUNK) and (4 m, CHUNK)."""
    r0, r1, r2, r3 = r[a], r[a + 1], r[a + 2], r[a + 3]
    z0, z1, z2, z3 = z[b], z[b + 1], z[b + 2], z[b + 3]
    s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
    s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
    for i in range(CHUNK):
        u0, u1, u2, u3 = r0[i], r1[i], r2[i], r3[i]
        v0, v1, v2, v3 = z0[i], z1[i], z2[i], z3[i]
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
def _add_corner(z, a, out):
    """out += z z' over the upper half of the 4 x 4 tile at (a, a)."""
    z0, z1, z2, z3 = z[a], z[a + 1], z[a + 2], z[a + 3]
    s00 = s01 = s02 = s03 = s11 = s12 = s13 = s22 = s23 = s33 = 0.0
    for i in range(CHUNK):
        v0, v1, v2, v3 = z0[i], z1[i], z2[i], z3[i]
        s00 += v0 * v0
        s01 += v0 * v1
        s02 += v0 * v2
        s03 += v0 * v3
        s11 += v1 * v1
        s12 += v1 * v2
        s13 += v1 * v3
        s22 += v2 * v2
        s23 += v2 * v3
        s33 += v3 * v3
    out[a, a] += s00
    out[a, a + 1] += s01
    out[a, a + 2] += s02
    out[a, a + 3] += s03
    out[a + 1, a + 1] += s11
    out[a + 1, a + 2] += s12
    out[a + 1, a + 3] += s13
    out[a + 2, a + 2] += s22
    out[a + 2, a + 3] += s23
    out[a + 3, a + 3] += s33


@njit(**SUMS)
def add_products(z, out):
    """out += the upper half of z z', 4 x 4 tiles at once. z: (4 m, CHUNK), zero beyond the rows in use."""
    for a in range(0, len(z), 4):
        _add_corner(z, a, out)
        for b in range(a + 4, len(z), 4):
            add_tile(z, a, z, b, out)


@njit(**POINTWISE)
def _magnitudes_of_four(x0, x1, x2, x3, c0, c1, c2, c3, s0, s1, s2, s3, b0, b1, b2, b3, eta, size, square, k):
    for i in range(k):
        z0, z1, z2, z3 = (x0[i] - c0) * s0, (x1[i] - c1) * s1, (x2[i] - c2) * s2, (x3[i] - c3) * s3
        t0, t1, t2, t3 = b0 * z0, b1 * z1, b2 * z2, b3 * z3
        eta[i] += (t0 + t1) + (t2 + t3)
        size[i] += (abs(t0) + abs(t1)) + (abs(t2) + abs(t3))
        square[i] += (z0 * z0 + z1 * z1) + (z2 * z2 + z3 * z3)


@njit(**POINTWISE)
def _magnitudes(x, c, scale, b, eta, size, square, k):
    for i in range(k):
        z = (x[i] - c) * scale
        eta[i] += b * z
        size[i] += abs(b * z)
        square[i] += z * z


@njit(**SUMS)
def add_magnitudes(addresses, at, centre, scale, gamma, eta, size, square, k):
    """eta += sum of gamma z, size += that of |gamma z| and square += that of z^2, z = (x - centre) * scale."""
    p, j = len(addresses), 0
    while j + 4 <= p:
        _magnitudes_of_four(
            carray(pointer(addresses[j] + at), k), carray(pointer(addresses[j + 1] + at), k),
            carray(pointer(addresses[j + 2] + at), k), carray(pointer(addresses[j + 3] + at), k),
            centre[j], centre[j + 1], centre[j + 2], centre[j + 3], scale[j], scale[j + 1], scale[j + 2], scale[j + 3],
            gamma[j], gamma[j + 1], gamma[j + 2], gamma[j + 3], eta, size, square, k,
        )  # fmt: skip
        j += 4
    while j < p:
        x = carray(pointer(addresses[j] + at), k)
        _magnitudes(x, centre[j], scale[j], gamma[j], eta, size, square, k)
        j += 1


@njit(**SUMS)
def _sizes_of_four(x0, x1, x2, x3, c0, c1, c2, c3, r, terms, k):
    s0 = s1 = s2 = s3 = a0 = a1 = a2 = a3 = 0.0
    for i in range(k):
        v, t = r[i], terms[i]
        z0, z1, z2, z3 = x0[i] - c0, x1[i] - c1, x2[i] - c2, x3[i] - c3
        s0 += z0 * v
        s1 += z1 * v
        s2 += z2 * v
        s3 += z3 * v
        a0 += abs(z0) * t
        a1 += abs(z1) * t
        a2 += abs(z2) * t
        a3 += abs(z3) * t
    return s0, s1, s2, s3, a0, a1, a2, a3


@njit(**SUMS)
def _sizes_of_one(x, c, r, terms, k):
    signed = size = 0.0
    for i in range(k):
        z = x[i] - c
        signed += z * r[i]
        size += abs(z) * terms[i]
    return signed, size


@njit(**SUMS)
def sum_columns_and_sizes(addresses, at, centre, residual, terms, score, rounding, k):
    """score as in sum_columns; rounding += each column's sum of |x - centre| terms."""
    p, j = len(addresses), 0
    while j + 4 <= p:
        s0, s1, s2, s3, a0, a1, a2, a3 = _sizes_of_four(
            carray(pointer(addresses[j] + at), k), carray(pointer(addresses[j + 1] + at), k),
            carray(pointer(addresses[j + 2] + at), k), carray(pointer(addresses[j + 3] + at), k),
            centre[j], centre[j + 1], centre[j + 2], centre[j + 3], residual, terms, k,
        )  # fmt: skip
        score[j] += s0
        score[j + 1] += s1
        score[j + 2] += s2
        score[j + 3] += s3
        rounding[j] += a0
        rounding[j + 1] += a1
        rounding[j + 2] += a2
        rounding[j + 3] += a3
        j += 4
    while j < p:
        signed, size = _sizes_of_one(carray(pointer(addresses[j] + at), k), centre[j], residual, terms, k)
        score[j] += signed
        rounding[j] += size
        j += 1


@njit(**POINTWISE)
def closing_rows(eta, size, y, weight, offset, small, score, terms, pearson, k):
    """As residuals(); the bound on each row's rounding to terms, and its part of Pearson's statistic to pearson."""
    for i in range(k):
        e = eta[i]
        t = exp_of_negative(-abs(e))
        more = 1.0 / (1.0 + t)
        less = t * more
        event = 0.0 if e < 0.0 else 1.0
        mu = less if e < 0.0 else more
        complement = more if e < 0.0 else less
        residual = y[i] * complement - (1.0 - y[i]) * mu
        parts = y[i] * complement + (1.0 - y[i]) * mu
        pearson[i] = 0.0 if residual == 0.0 else weight[i] * residual * residual / (less * more)
        terms[i] = weight[i] * (4.0 * parts + less * more * 4.0 * (size[i] + abs(offset[i])))
        score[i] = weight[i] * residual
        small[i] = t
        eta[i] = weight[i] * (y[i] - event) * e
