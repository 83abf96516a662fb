"""Compiled passes for the binary model (extra `fast`, numba); numpy's path is their oracle.

One sweep over chunks of rows that the second-level cache holds: each column is read from memory once a pass, in runs
long enough for the memory to stream. The columns are read where they are: a pass takes their addresses and copies
nothing, but for rows that are not side by side, which it turns chunk by chunk. Imported only by core.compiled, and only
where the rows are many enough to pay for compilation (kept on disk after the first time).
"""

from __future__ import annotations

import numpy as np
from numba import carray, njit

from statlogit.core.kernels_codes import (
    CHUNK,
    SUMS,
    add_levels,
    add_pairs,
    add_tables,
    magnitudes_of_levels,
    pointer,
    sum_by_level,
    sum_sizes_by_level,
)
from statlogit.core.kernels_rows import (
    add_columns,
    add_magnitudes,
    add_products,
    closing_rows,
    largest,
    log_of_product,
    residuals,
    roots,
    shares,
    sum_columns,
    sum_columns_and_sizes,
    total,
    weighted,
)

DOUBLE = 8  # bytes
APART = 8  # more numbers than a chunk has, so that columns do not compete for the same places of the cache
TURNED = 64  # rows turned at once: they stay in the first-level cache


@njit(**SUMS)
def _some(vector, start, k):
    """k numbers from row `start` on of a vector (address, bytes a row); 0 bytes a row repeat the first k."""
    return carray(pointer(vector[0] + vector[1] * start), k)


@njit(**SUMS)
def _turn(addresses, step, start, buffer, k):
    """k rows of columns whose numbers lie `step` bytes apart, each column side by side in the buffer (p, height)."""
    for begin in range(0, k, TURNED):
        for j in range(len(addresses)):
            for i in range(begin, min(k, begin + TURNED)):
                buffer[j, i] = carray(pointer(addresses[j] + step * (start + i)), 1)[0]


@njit(**SUMS)
def _readable(addresses, step, height):
    """(buffer, addresses) of columns whose numbers are side by side: these, or those of a buffer to be filled."""
    if step == DOUBLE:
        return np.empty((0, 0)), addresses
    buffer = np.empty((len(addresses), height + APART))
    return buffer, np.intp(buffer.ctypes.data) + DOUBLE * buffer.shape[1] * np.arange(len(addresses))


@njit(**SUMS)
def _workspace(information, codes):
    """For _add_information: weighted columns, the same row by row where there are factors, cells and roots."""
    order = len(information)
    return (
        np.zeros((order, CHUNK)), np.empty((CHUNK, order if len(codes) else 0)),
        np.empty(CHUNK, dtype=np.int64), np.empty(CHUNK), np.empty(CHUNK),
    )  # fmt: skip


@njit(**SUMS)
def _add_information(columns, at, start, k, place, factors, plan, small, weight, every, space, sums):
    """Adds the information of every so manieth CHUNK of the k rows that begin at row `start`."""
    centre, scale, _ = place
    codes, multipliers, _, _ = factors
    groups, members, shape, firsts, pairs, widths, pair_firsts = plan
    z, side, cell, root, share = space
    information, totals, crossed, table = sums
    for begin in range(0, k, CHUNK):
        row, some = start + begin, min(CHUNK, k - begin)
        if row // CHUNK % every != 0:
            continue
        if some < CHUNK:
            z[:, some:] = 0.0
        roots(small[begin:], weight[begin:], root, some)
        for j in range(len(columns)):
            x = carray(pointer(columns[j] + at + DOUBLE * begin), some)
            weighted(x, centre[j], scale[j], root, z[j], some)
        add_products(z, information)
        if len(codes):
            add_tables(
                codes, multipliers, row, z, root, groups, members, shape, firsts, totals, crossed, cell, side, some
            )
            add_pairs(codes, multipliers, row, root, pairs, widths, pair_firsts, table, share, some)


@njit(**SUMS)
def likelihood_pass(rows, place, factors, plan, outcome, every, score, level_score, sums):
    """The log-likelihood, each row's to the unit roundoff of 1; adds to the score and the information.

    rows: (addresses of the columns, bytes from row to row, rows of a chunk, n). place: (centre, scale, gamma), over
    z = (x - centre) * scale. factors: (codes, multipliers, first, level): addresses of columns of n codes (4 bytes)
    from -1 and of n doubles (0 for none); where each factor begins in level, its coefficients behind a zero for the
    code -1, and in level_score. outcome: y, weight, offset as _some() reads them. score: of (x - centre). sums: the
    upper tiles of the information, its order p rounded up to a multiple of 4, and tables for factors, of every so
    manieth CHUNK of rows; none for 0. plan: which factors share a table and where each begins, as core.coded has it.
    """
    addresses, step, height, n = rows
    centre, scale, gamma = place
    codes, multipliers, first, level = factors
    y, weight, offset = outcome
    eta, residual, small = np.empty(height), np.empty(height), np.empty(height)
    buffer, columns = _readable(addresses, step, height)
    space = _workspace(sums[0], codes)
    beta, loglik = gamma * scale, 0.0
    for start in range(0, n, height):
        k, at = min(height, n - start), DOUBLE * start
        if step != DOUBLE:
            _turn(addresses, step, start, buffer, k)
            at = 0
        w = _some(weight, start, k)
        eta[:k] = _some(offset, start, k)
        add_columns(columns, at, centre, beta, eta, k)
        add_levels(codes, multipliers, start, first, level, eta, k)
        residuals(eta, _some(y, start, k), w, small, residual, k)
        loglik += total(eta, k) - log_of_product(small, w, k)
        sum_by_level(codes, multipliers, start, first, residual, level_score, k)
        sum_columns(columns, at, centre, residual, score, k)
        if every != 0:
            _add_information(columns, at, start, k, place, factors, plan, small, w, every, space, sums)
    return loglik


@njit(**SUMS)
def closing_pass(rows, place, factors, plan, outcome, every, score, level_score, sums, rounding, level_rounding):
    """As likelihood_pass(); returns also Pearson's statistic, the largest z'z and how many y are neither 0 nor 1, and
    adds to a bound on the rounding of the score, in units of the unit roundoff."""
    addresses, step, height, n = rows
    centre, scale, gamma = place
    codes, multipliers, first, level = factors
    y, weight, offset = outcome
    eta, size, square = np.empty(height), np.empty(height), np.empty(height)
    residual, small, terms, each = np.empty(height), np.empty(height), np.empty(height), np.empty(height)
    buffer, columns = _readable(addresses, step, height)
    space = _workspace(sums[0], codes)
    loglik, pearson, length, broken = 0.0, 0.0, 0.0, 0
    for start in range(0, n, height):
        k, at = min(height, n - start), DOUBLE * start
        if step != DOUBLE:
            _turn(addresses, step, start, buffer, k)
            at = 0
        w, own, known = _some(weight, start, k), _some(y, start, k), _some(offset, start, k)
        eta[:k] = known
        size[:k] = 0.0
        square[:k] = 0.0
        add_magnitudes(columns, at, centre, scale, gamma, eta, size, square, k)
        add_levels(codes, multipliers, start, first, level, eta, k)
        magnitudes_of_levels(codes, multipliers, start, first, level, size, square, k)
        closing_rows(eta, size, own, w, known, small, residual, terms, each, k)
        loglik += total(eta, k) - log_of_product(small, w, k)
        pearson += total(each, k)
        length = max(length, largest(square, k))
        broken += shares(own, k)
        sum_columns_and_sizes(columns, at, centre, residual, terms, score, rounding, k)
        sum_by_level(codes, multipliers, start, first, residual, level_score, k)
        sum_sizes_by_level(codes, multipliers, start, first, terms, level_rounding, k)
        if every != 0:
            _add_information(columns, at, start, k, place, factors, plan, small, w, every, space, sums)
    return loglik, pearson, length, broken
