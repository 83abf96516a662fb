"""Restricted cubic splines: cubic between the knots, linear beyond the outer ones."""

from __future__ import annotations

import numpy as np

from statlogit.core.types import Array


def restricted_cubic(x: Array, knots: Array, centre: float, scale: float) -> tuple[Array, ...]:
    """Columns 1, x and the restricted cubic terms of (x - centre) / scale; fewer than three knots bend nothing.

    Source: Devlin and Weeks (1986); Harrell (2015), equation 2.25.
    """
    z, t = (x - centre) / scale, (knots - centre) / scale
    columns = [np.broadcast_to(np.ones(1), z.shape), z]
    if len(t) >= 3:
        last, before = _cube(z - t[-1]), _cube(z - t[-2])
        gap, span = t[-1] - t[-2], (t[-1] - t[0]) ** 2
        for knot in t[:-2]:
            outer, inner = (t[-1] - knot) / gap, (t[-2] - knot) / gap
            columns.append((_cube(z - knot) - before * outer + last * inner) / span)
    return tuple(columns)


def _cube(values: Array) -> Array:
    positive = np.maximum(values, 0.0)
    return positive * positive * positive
