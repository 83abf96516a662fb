"""The order of many whole numbers of 40 bits, equal ones by their row: a compiled sort by digits."""

from __future__ import annotations

import numpy as np

from statlogit.core.types import Array, IntArray

MANY = 100_000  # numbers: with fewer the sort costs less than finding the compiled one
PASSES = 4


def order_of(value: Array, scale: float) -> tuple[IntArray, IntArray]:
    """Rows by rising value * scale, rounded, and where each distinct one begins among them.

    The rounded products lie in 0 .. 2^40 - 1, and there are fewer than 2^23 rows. Four passes, each by ten bits from
    the last to the first, leave equal digits as they stand (Knuth 1998, section 5.2.5, algorithm R).
    """
    from statlogit.core import kernels_order as kernels

    n, bits = len(value), len(value).bit_length()
    key, other = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    counts = np.zeros((PASSES, kernels.FACES), dtype=np.int64)
    kernels.keys_of(value, scale, bits, key, counts)
    for k in range(PASSES):
        kernels.sort_pass(key, bits + k * kernels.DIGIT, counts[k], other)
        key, other = other, key
    order = np.empty(n, dtype=np.intp)
    m = kernels.unpacked(key, bits, order, other)
    return order, other[:m].astype(np.intp, copy=False)
