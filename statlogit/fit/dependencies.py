"""Aliased columns as sums of the columns before them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.coordinates import Coordinates, InCoordinates, block_moments, block_triangle, code_columns
from statlogit.fit.model import Fit, rows_of

NEGLIGIBLE = 1e-9  # a coefficient that moves the aliased column by less than this share of its size is rounding


@dataclass(frozen=True, slots=True)
class Dependency:
    """An aliased column as the sum of coefficients times columns before it."""

    column: int
    coefficients: tuple[tuple[int, float], ...]  # (design column, coefficient), the negligible left out


def dependencies(fit: Fit) -> tuple[Dependency, ...]:
    """The aliased columns over the kept ones, by the triangle of all columns centred and scaled; two passes."""
    aliased = fit.estimate.coordinates.aliased
    if not aliased:
        return ()
    rows, kept = rows_of(fit.frame), list(fit.estimate.coordinates.kept)
    moments = rows.fold(block_moments)
    p, intercept, codes = rows.n_columns, fit.frame.design.intercept, code_columns(next(iter(rows)).x)
    centre = np.zeros(p) if intercept is None else moments.total / moments.n_rows
    centre[[j for j in (intercept, *codes) if j is not None]] = 0.0
    scale = np.exp2(np.round(np.log2(np.where(moments.size > 0, moments.size, 1.0))))
    scale[codes] = 1.0
    place = Coordinates(p, tuple(range(p)), centre, scale, intercept, None)
    triangle = InCoordinates(rows, place).fold(block_triangle).value
    inside = np.linalg.lstsq(triangle[:, kept], triangle[:, list(aliased)], rcond=None)[0]
    found = []
    for j, column in zip(aliased, inside.T, strict=True):
        by = dict(zip(kept, (column / scale[kept] * scale[j]).tolist(), strict=True))
        if intercept is not None:
            by[intercept] += float(centre[j] - sum(b * centre[k] for k, b in by.items()))
        whole = [(k, b) for k, b in by.items() if abs(b) * moments.size[k] > NEGLIGIBLE * moments.size[j]]
        found.append(Dependency(j, tuple(whole)))
    return tuple(found)
