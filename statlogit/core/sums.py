"""What one compiled pass over a block gives."""

from __future__ import annotations

from dataclasses import dataclass

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
