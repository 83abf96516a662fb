"""Compiled passes for several classes; numpy's path (core.families, core.statistics) is its oracle.

One sweep over chunks of rows: standardised columns, linear predictors of all classes, probabilities, score and, where
it is asked for, the products of the columns for every pair of classes. Everything of a chunk stays in the cache.
"""

from __future__ import annotations

import math

import numpy as np
from numba import carray, njit

from statlogit.core.kernels_codes import CHUNK, POINTWISE, SUMS, pointer
from statlogit.core.kernels_rows import add_products, add_tile, exp_of_negative
from statlogit.core.kernels_rows import shares as count_shares

DOUBLE = 8  # bytes
SMALL = 2.0**-10  # below it the logarithm of 1 + x is taken by its series, so that it keeps its relative precision
LARGEST_LOG10 = 300.0  # of a product of totals before its logarithm is taken


@njit(**POINTWISE)
def _standardise(x, step, centre, scale, out, k):
    if step == 1:
        for i in range(k):
            out[i] = (x[i] - centre) * scale
    else:
        for i in range(k):
            out[i] = (x[i * step] - centre) * scale


@njit(**POINTWISE)
def _copy(x, step, out, k):
    for i in range(k):
        out[i] = x[i * step]


@njit(**SUMS)
def _add_predictors(gamma, z, eta):
    """eta += gamma z, by 4 x 4 coefficients. gamma: (4 l, 4 m); z: (4 m, CHUNK); eta: (4 l, CHUNK)."""
    for c in range(0, len(eta), 4):
        e0, e1, e2, e3 = eta[c], eta[c + 1], eta[c + 2], eta[c + 3]
        g0, g1, g2, g3 = gamma[c], gamma[c + 1], gamma[c + 2], gamma[c + 3]
        for j in range(0, len(z), 4):
            z0, z1, z2, z3 = z[j], z[j + 1], z[j + 2], z[j + 3]
            a0, a1, a2, a3 = g0[j], g0[j + 1], g0[j + 2], g0[j + 3]
            b0, b1, b2, b3 = g1[j], g1[j + 1], g1[j + 2], g1[j + 3]
            c0, c1, c2, c3 = g2[j], g2[j + 1], g2[j + 2], g2[j + 3]
            d0, d1, d2, d3 = g3[j], g3[j + 1], g3[j + 2], g3[j + 3]
            for i in range(CHUNK):
                u0, u1, u2, u3 = z0[i], z1[i], z2[i], z3[i]
                e0[i] += (a0 * u0 + a1 * u1) + (a2 * u2 + a3 * u3)
                e1[i] += (b0 * u0 + b1 * u1) + (b2 * u2 + b3 * u3)
                e2[i] += (c0 * u0 + c1 * u1) + (c2 * u2 + c3 * u3)
                e3[i] += (d0 * u0 + d1 * u1) + (d2 * u2 + d3 * u3)


@njit(**SUMS)
def _add_crossed(r, z, out):
    """out += r z', by 4 x 4 tiles. r: (4 l, CHUNK) and z: (4 m, CHUNK), zero beyond the rows in use."""
    for a in range(0, len(r), 4):
        for b in range(0, len(z), 4):
            add_tile(r, a, z, b, out)


@njit(**POINTWISE)
def _largest(eta, out, k):
    for i in range(k):
        out[i] = max(out[i], eta[i])


@njit(**POINTWISE)
def _exponentials(eta, largest, e, rest, ties, k):
    """e = exp(eta - largest); added to rest, but for the largest class itself, which counts among the ties."""
    for i in range(k):
        below = eta[i] - largest[i]
        e[i] = exp_of_negative(below)
        rest[i] += 0.0 if below == 0.0 else e[i]
        ties[i] += 1.0 if below == 0.0 else 0.0


@njit(**POINTWISE)
def _residuals(y, e, rest, share, score, k):
    """score = share (y - mu) total without cancelling; share is weight / total."""
    for i in range(k):
        score[i] = share[i] * (y[i] * (rest[i] + (1.0 - e[i])) + (y[i] - 1.0) * e[i])


@njit(**SUMS)
def _linear(y, eta, largest, weight, left, k):
    """Sum of weight y (eta - largest); the share is taken from what is left for the reference."""
    out = 0.0
    for i in range(k):
        out += weight[i] * y[i] * (eta[i] - largest[i])
        left[i] -= y[i]
    return out


@njit(**SUMS)
def _linear_of_reference(left, largest, weight, k):
    out = 0.0
    for i in range(k):
        out -= weight[i] * max(left[i], 0.0) * largest[i]
    return out


@njit(**SUMS)
def _log_of_product(rest, start, stop):
    product = 1.0
    for i in range(start, stop):
        product *= 1.0 + rest[i]
    return math.log(product)


@njit(**SUMS)
def _logs_of_some(rest, weight, k):
    out = 0.0
    for i in range(k):
        x = rest[i]
        series = x * (1.0 - x * (1 / 2 - x * (1 / 3 - x * (1 / 4 - x * (1 / 5 - x * (1 / 6))))))
        out += weight[i] * (series if x < SMALL else math.log1p(x))
    return out


@njit(**SUMS)
def _log_of_totals(rest, weight, n_classes, k):
    """Sum of weight log(1 + rest): few logarithms where the weights are 1 and no row is all but certain."""
    least, most, small = 1.0, 1.0, 1.0
    for i in range(k):
        least, most, small = min(least, weight[i]), max(most, weight[i]), min(small, rest[i])
    if small < SMALL or least < 1.0 or most > 1.0:
        return _logs_of_some(rest, weight, k)
    height = int(LARGEST_LOG10 / math.log10(n_classes + 1.0))
    out = 0.0
    for start in range(0, k, height):
        out += _log_of_product(rest, start, min(k, start + height))
    return out


@njit(**POINTWISE)
def _probabilities(e, rest, k):
    for i in range(k):
        e[i] /= 1.0 + rest[i]


@njit(**POINTWISE)
def _shares(rest, weight, share, k):
    for i in range(k):
        share[i] = weight[i] / (1.0 + rest[i])


@njit(**POINTWISE)
def _pair_roots(a, b, weight, root, k):
    for i in range(k):
        root[i] = math.sqrt(weight[i] * a[i] * b[i])


@njit(**POINTWISE)
def _scaled(x, root, out, k):
    for i in range(k):
        out[i] = x[i] * root[i]


@njit(**SUMS)
def _add_pairs_of_classes(z, probability, weight, start, root, scaled, out, k):
    """Adds to out[pair] the upper tiles of the sum of weight p_j p_k z z' for the pairs (1, 0), (2, 0), (2, 1), ...,
    over k rows from this one on. scaled: (4 m, CHUNK), zero beyond those rows and the columns of z."""
    pair = 0
    for a in range(1, len(probability)):
        for b in range(a):
            _pair_roots(probability[a, start:], probability[b, start:], weight[start:], root, k)
            for c in range(len(z)):
                _scaled(z[c, start:], root, scaled[c], k)
            add_products(scaled, out[pair])
            pair += 1


@njit(**SUMS)
def _read(source, standard, outcome, start, z, y, weight, eta, k):
    """The next k rows: standardised columns, shares, weights, and the offsets as the beginning of eta."""
    addresses, step, _ = source
    centre, scale = standard
    shares, share_step, offsets, offset_step, weights, weight_step = outcome
    at = DOUBLE * start
    for j in range(len(addresses)):
        x = carray(pointer(addresses[j] + step * at), CHUNK)
        _standardise(x, step, centre[j], scale[j], z[j], k)
    _copy(carray(pointer(weights + weight_step * at), CHUNK), weight_step, weight, k)
    eta[:] = 0.0
    for c in range(len(shares)):
        _copy(carray(pointer(shares[c] + share_step * at), CHUNK), share_step, y[c], k)
        if offsets[c] != 0:
            _copy(carray(pointer(offsets[c] + offset_step * at), CHUNK), offset_step, eta[c], k)


@njit(**SUMS)
def _weigh(eta, y, weight, e, rest, buffers, k):
    """e = exp(eta - largest) of all classes, the reference first, and rest, their sum but for the largest; returns the
    log-likelihood."""
    largest, ties, left, zero = buffers
    q = len(y)
    largest[:] = 0.0
    for c in range(q):
        _largest(eta[c], largest, k)
    rest[:] = 0.0
    ties[:] = -1.0
    left[:] = 1.0
    loglik = 0.0
    _exponentials(zero, largest, e[0], rest, ties, k)
    for c in range(q):
        _exponentials(eta[c], largest, e[c + 1], rest, ties, k)
        loglik += _linear(y[c], eta[c], largest, weight, left, k)
    for i in range(k):
        rest[i] += ties[i]
    return loglik + _linear_of_reference(left, largest, weight, k) - _log_of_totals(rest, weight, q + 1, k)


@njit(**POINTWISE)
def _sizes(z, size, square, k):
    for i in range(k):
        size[i] = abs(z[i])
        square[i] += z[i] * z[i]


@njit(**POINTWISE)
def _terms(y, e, rest, weight, size, terms, k):
    """A bound on each row's rounding, in units of the unit roundoff, as core.statistics has it."""
    for i in range(k):
        total = 1.0 + rest[i]
        mu, complement = e[i] / total, (rest[i] + (1.0 - e[i])) / total
        parts = y[i] * complement + (1.0 - y[i]) * mu
        terms[i] = weight[i] * (4.0 * parts + mu * complement * 4.0 * size[i])


@njit(**SUMS)
def _add_rounding(z, size, sizes, bound, y, e, rest, weight, terms, square, rounding, k):
    """Adds a bound on the rounding of the score, in units of the unit roundoff; returns the largest z'z and how many
    shares are neither 0 nor 1. bound: the sizes of the offsets."""
    length, broken = 0.0, 0
    square[:] = 0.0
    for j in range(len(z)):
        _sizes(z[j], size[j], square, k)
    for i in range(k):
        length = max(length, square[i])
    _add_predictors(sizes, size, bound)
    for c in range(len(y)):
        broken += count_shares(y[c], k)
        _terms(y[c], e[c + 1], rest, weight, bound[c], terms[c], k)
    _add_crossed(terms, size, rounding)
    return length, broken


@njit(**SUMS)
def softmax_pass(source, standard, gamma, outcome, every, score, products, rounding):
    """Adds to score (4 l, 4 m); from one chunk of so many to products (pairs, 4 m, 4 m), where there are any; and a
    bound to rounding (4 l, 4 m), where it is not empty. Returns the log-likelihood, and beside the bound the largest
    z'z and how many shares are neither 0 nor 1.

    source: addresses of the p columns, doubles from row to row, rows. standard: centre and 1 / scale. gamma: (4 l, 4 m)
    coefficients of the q classes but the reference, padded with zeros. outcome: addresses of the q shares and doubles
    from row to row; the same of the offsets, where 0 is none; and of the weights.
    """
    n, q = source[2], len(outcome[0])
    z, eta, residual = np.zeros((gamma.shape[1], CHUNK)), np.empty((len(gamma), CHUNK)), np.zeros((len(gamma), CHUNK))
    e, y = np.empty((q + 1, CHUNK)), np.empty((q, CHUNK))
    weight, rest, share = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    buffers = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.zeros(CHUNK)
    scaled, sizes = np.zeros(z.shape if len(products) or len(rounding) else (0, 0)), np.abs(gamma)
    bound, terms = np.zeros(eta.shape if len(rounding) else (0, 0)), np.zeros(eta.shape if len(rounding) else (0, 0))
    loglik, length, broken = 0.0, 0.0, 0
    for start in range(0, n, CHUNK):
        k = min(CHUNK, n - start)
        if k < CHUNK:
            for part in (z, residual, scaled, terms):
                part[:, k:] = 0.0
        _read(source, standard, outcome, start, z, y, weight, eta, k)
        if len(rounding):
            np.abs(eta, bound)
        _add_predictors(gamma, z, eta)
        loglik += _weigh(eta, y, weight, e, rest, buffers, k)
        _shares(rest, weight, share, k)
        for c in range(q):
            _residuals(y[c], e[c + 1], rest, share, residual[c], k)
        _add_crossed(residual, z, score)
        if len(rounding):
            longest, some = _add_rounding(z, scaled, sizes, bound, y, e, rest, weight, terms, share, rounding, k)
            length, broken = max(length, longest), broken + some
        if len(products) and (start // CHUNK) % every == 0:
            for c in range(q + 1):
                _probabilities(e[c], rest, k)
            _add_pairs_of_classes(z, e, weight, 0, share, scaled, products, k)
    return loglik, length, broken


@njit(**SUMS)
def pair_products_pass(columns, probability, weight, out):
    """_add_pairs_of_classes() of all rows. columns: (p, n); probability: (K, n); out: (pairs, 4 m, 4 m), 4 m >= p."""
    n = columns.shape[1]
    scaled, root = np.zeros((out.shape[1], CHUNK)), np.empty(CHUNK)
    for start in range(0, n, CHUNK):
        k = min(CHUNK, n - start)
        scaled[:, k:] = 0.0
        _add_pairs_of_classes(columns, probability, weight, start, root, scaled, out, k)
