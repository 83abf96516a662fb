"""Factor codes in the compiled passes: what each chunk of rows looks up and adds up by level.

Levels are found by the code of the row; nothing is expanded. Small factors share one joined table (core.joint says
which), so that a row's weighted columns are added once for all of them.
"""

from __future__ import annotations

import numpy as np
from numba import carray, njit, types
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

CHUNK = 256  # rows: 24 columns of them fill the first-level cache
# Sums may be taken in any order (that is what lets them use the whole register), but nan and inf keep their meaning.
SUMS = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz"}}
POINTWISE = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}


def pointer_to(kind):
    """The function that makes an address a pointer to numbers of this type."""

    @intrinsic
    def made(_context, address):
        def build(context, builder, signature: Signature, arguments):
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(kind)(address), build

    return made


pointer, pointer_to_codes = pointer_to(types.float64), pointer_to(types.int32)


@njit(**SUMS)
def _look_up(codes, level, out, k):
    for i in range(k):
        out[i] += level[codes[i] + 1]


@njit(**SUMS)
def _look_up_times(codes, m, level, out, k):
    for i in range(k):
        out[i] += level[codes[i] + 1] * m[i]


@njit(**SUMS)
def _scatter(codes, values, level, k):
    for i in range(k):
        level[codes[i] + 1] += values[i]


@njit(**SUMS)
def _scatter_times(codes, m, values, level, k):
    for i in range(k):
        level[codes[i] + 1] += m[i] * values[i]


@njit(**SUMS)
def add_levels(codes, multipliers, start, first, level, out, k):
    """out += each factor's level of the row, times its multiplier."""
    for f in range(len(codes)):
        c = carray(pointer_to_codes(codes[f] + 4 * start), CHUNK)
        if multipliers[f] == 0:
            _look_up(c, level[first[f] :], out, k)
        else:
            _look_up_times(c, carray(pointer(multipliers[f] + 8 * start), CHUNK), level[first[f] :], out, k)


@njit(**SUMS)
def sum_by_level(codes, multipliers, start, first, values, level, k):
    """level += the values of its rows, times the multiplier."""
    for f in range(len(codes)):
        c = carray(pointer_to_codes(codes[f] + 4 * start), CHUNK)
        if multipliers[f] == 0:
            _scatter(c, values, level[first[f] :], k)
        else:
            _scatter_times(c, carray(pointer(multipliers[f] + 8 * start), CHUNK), values, level[first[f] :], k)


@njit(**SUMS)
def _side_by_side(z, root, out, k):
    """out[i] = root[i] z[:, i]: a row's columns next to each other."""
    for j in range(len(z)):
        for i in range(k):
            out[i, j] = z[j, i] * root[i]


@njit(**SUMS)
def _scatter_rows(cell, rows, out, k):
    for i in range(k):
        to, row = out[cell[i]], rows[i]
        for j in range(len(row)):
            to[j] += row[j]


@njit(**SUMS)
def _cells(codes, start, members, shape, cell, k):
    """The cell of each row in the joined table of these factors."""
    cell[:k] = 0
    for a in range(len(members)):
        c, size = carray(pointer_to_codes(codes[members[a]] + 4 * start), CHUNK), shape[a]
        for i in range(k):
            cell[i] = cell[i] * size + (c[i] + 1)


@njit(**SUMS)
def _multiply_by(address, start, out, k):
    """out *= the vector at this address; 0 is none."""
    if address != 0:
        m = carray(pointer(address + 8 * start), CHUNK)
        for i in range(k):
            out[i] *= m[i]


@njit(**SUMS)
def add_tables(codes, multipliers, start, z, root, groups, members, shape, firsts, totals, crossed, cell, rows, k):
    """Adds each row to the joined table of each group, groups[g]:groups[g + 1] of members: its weight to totals and
    its weighted columns to crossed. A group with a multiplier has one member."""
    _side_by_side(z, root, rows, k)
    share, scaled = np.empty(CHUNK), np.empty(rows.shape)
    for g in range(len(groups) - 1):
        own = members[groups[g] : groups[g + 1]]
        _cells(codes, start, own, shape[groups[g] : groups[g + 1]], cell, k)
        for i in range(k):
            share[i] = root[i] * root[i]
        m = multipliers[own[0]]
        _multiply_by(m, start, share, k)
        _multiply_by(m, start, share, k)
        total, cross = totals[firsts[g] :], crossed[firsts[g] :]
        for i in range(k):
            total[cell[i]] += share[i]
        if m == 0:
            _scatter_rows(cell, rows, cross, k)
        else:
            times = carray(pointer(m + 8 * start), CHUNK)
            for i in range(k):
                scaled[i] = rows[i] * times[i]
            _scatter_rows(cell, scaled, cross, k)


@njit(**SUMS)
def add_pairs(codes, multipliers, start, root, pairs, widths, pair_firsts, table, share, k):
    """Adds each row's weight to the tables of the pairs of factors that share no group."""
    for j in range(len(pairs)):
        a, b = pairs[j, 0], pairs[j, 1]
        ca = carray(pointer_to_codes(codes[a] + 4 * start), CHUNK)
        cb = carray(pointer_to_codes(codes[b] + 4 * start), CHUNK)
        for i in range(k):
            share[i] = root[i] * root[i]
        _multiply_by(multipliers[a], start, share, k)
        _multiply_by(multipliers[b], start, share, k)
        own, size = table[pair_firsts[j] :], widths[b] + 1
        for i in range(k):
            own[(ca[i] + 1) * size + cb[i] + 1] += share[i]


@njit(**SUMS)
def magnitudes_of_levels(codes, multipliers, start, first, level, size, square, k):
    for f in range(len(codes)):
        c, own = carray(pointer_to_codes(codes[f] + 4 * start), CHUNK), level[first[f] :]
        if multipliers[f] == 0:
            for i in range(k):
                size[i] += abs(own[c[i] + 1])
                square[i] += 1.0 if c[i] >= 0 else 0.0
        else:
            m = carray(pointer(multipliers[f] + 8 * start), CHUNK)
            for i in range(k):
                size[i] += abs(own[c[i] + 1] * m[i])
                square[i] += m[i] * m[i] if c[i] >= 0 else 0.0


@njit(**SUMS)
def sum_sizes_by_level(codes, multipliers, start, first, values, level, k):
    for f in range(len(codes)):
        c, own = carray(pointer_to_codes(codes[f] + 4 * start), CHUNK), level[first[f] :]
        if multipliers[f] == 0:
            _scatter(c, values, own, k)
        else:
            m = carray(pointer(multipliers[f] + 8 * start), CHUNK)
            for i in range(k):
                own[c[i] + 1] += abs(m[i]) * values[i]
