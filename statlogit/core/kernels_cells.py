"""Compiled count of identical rows: the cell of each row, from its codes and whole numbers, and the rows in each."""

from __future__ import annotations

from numba import carray, njit, types

from statlogit.core.kernels_codes import CHUNK, POINTWISE, pointer, pointer_to, pointer_to_codes

_bytes, _shorts = pointer_to(types.int8), pointer_to(types.int16)


@njit(**POINTWISE)
def _add_codes(codes, low, radix, place, k):
    for i in range(k):
        place[i] = place[i] * radix + (codes[i] - low)


@njit(**POINTWISE)
def _add_whole(values, low, radix, place, k):
    """Returns how many values are not low, low + 1 .. low + radix - 1."""
    strange = 0
    for i in range(k):
        above = values[i] - low
        inside = 0.0 <= above < radix
        digit = int(above) if inside else 0
        strange += 0 if inside and digit == above else 1
        place[i] = place[i] * radix + digit
    return strange


@njit(**POINTWISE)
def count_cells(addresses, sizes, lows, radices, n, place, counts, example):
    """Adds each row to counts of its cell and writes its number to example; stops and says False where some value is
    no digit. addresses: columns of n codes of 1, 2 or 4 bytes, or of doubles (8); place: (CHUNK,) of int32."""
    for start in range(0, n, CHUNK):
        k = min(CHUNK, n - start)
        place[:] = 0
        strange = 0
        for v in range(len(addresses)):
            at, low, radix = addresses[v] + sizes[v] * start, lows[v], radices[v]
            if sizes[v] == 1:
                _add_codes(carray(_bytes(at), CHUNK), low, radix, place, k)
            elif sizes[v] == 2:
                _add_codes(carray(_shorts(at), CHUNK), low, radix, place, k)
            elif sizes[v] == 4:
                _add_codes(carray(pointer_to_codes(at), CHUNK), low, radix, place, k)
            else:
                strange += _add_whole(carray(pointer(at), CHUNK), low, radix, place, k)
        if strange:
            return False
        for i in range(k):
            counts[place[i]] += 1
            example[place[i]] = start + i
    return True
