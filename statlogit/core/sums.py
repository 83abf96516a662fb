"""What one compiled pass over a block gives, and how its parts become sums of all rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.joint import Tables
from statlogit.core.types import Array


@dataclass(frozen=True, slots=True)
class Sums:
    loglik: float
    score: Array  # (p, q)
    information: Array | Tables | None  # (p*q, p*q), or its sums where there are factors


@dataclass(frozen=True, slots=True)
class ClosingSums:
    sums: Sums
    pearson: float  # nan unless q = 1
    length: float
    rounding: Array  # (p, q), in units of the unit roundoff


def from_upper(products: Array) -> Array:
    """The symmetric matrices (..., p, p) of which the passes fill the upper tiles."""
    upper = np.triu(products)
    return np.asarray(upper + np.swapaxes(np.triu(upper, 1), -1, -2))


def looked_at(n: int, every: int) -> int:
    """How many of n rows are in the first, or every so manieth, of the chunks."""
    from statlogit.core.kernels_codes import CHUNK

    last = (n - 1) // (CHUNK * every)  # of those chunks
    return CHUNK * last + min(CHUNK, n - CHUNK * every * last)
