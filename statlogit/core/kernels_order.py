"""Compiled sort of many probabilities; numpy's path in core.order is its oracle."""

from __future__ import annotations

import numpy as np
from numba import njit

from statlogit.core.kernels_codes import POINTWISE

DIGIT = 10  # bits that one pass of the sort looks at
FACES = 1 << DIGIT


@njit(**POINTWISE)
def keys_of(value, scale, bits, key, counts):
    """key = (value * scale rounded) 2^bits + row; adds how often each digit of it occurs to counts, (passes, FACES)."""
    for i in range(len(value)):
        whole = np.int64(np.rint(value[i] * scale))
        key[i] = (whole << bits) | i
        for k in range(len(counts)):
            counts[k, (whole >> (k * DIGIT)) & (FACES - 1)] += 1


@njit(**POINTWISE)
def sort_pass(key, shift, counts, out):
    """out = key in the order of the digit at this bit, equal digits as they stand; overwrites counts, of that digit."""
    place = 0
    for face in range(FACES):
        place, counts[face] = place + counts[face], place
    for i in range(len(key)):
        face = (key[i] >> shift) & (FACES - 1)
        out[counts[face]] = key[i]
        counts[face] += 1


@njit(**POINTWISE)
def unpacked(key, bits, order, starts):
    """order: the rows; starts: where each distinct value begins. Returns how many those are."""
    mask = (np.int64(1) << bits) - 1
    m, before = 0, np.int64(-1)
    for i in range(len(key)):
        whole = key[i] >> bits
        order[i] = key[i] & mask
        starts[m] = i
        m += whole != before
        before = whole
    return m
