"""Which columns depend on each other so nearly that digits are lost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from statlogit.core.coordinates import Coordinates
from statlogit.core.linalg import cholesky, solve_upper
from statlogit.core.types import Array
from statlogit.fit import Fit

DOMINANT = 0.5  # share of a coefficient's variance on one direction; Belsley, Kuh and Welsch (1980), section 3.2


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Condition numbers of the weighted columns at unit length.

    number: as they are; centred: after the intercept is taken out of them, the part that no centring cures.
    columns: those with more than half of their variance on the smallest direction; shares: how much, each.
    """

    number: float
    centred: float
    columns: tuple[int, ...]
    shares: tuple[float, ...]


def conditioning(fit: Fit, above: float) -> Conditioning | None:
    """The condition of the columns as the fit weighs them, or None where it is surely below `above`. No pass over rows.

    Source: Belsley, Kuh and Welsch (1980), section 3.2; the weighted columns are those of the first equation.
    """
    place = fit.estimate.coordinates
    columns = weighted_columns(fit, place)
    if columns is None:
        return None
    inverse = solve_upper(columns, np.eye(len(columns)))
    if math.sqrt(len(columns)) * float(np.linalg.norm(inverse)) < above:  # at least the condition number
        return None
    number, shares = _condition(columns)
    centred = number
    offset = 0
    if place.intercept == 0:
        rest = columns[1:, 1:]
        offset, (centred, inner) = 1, _condition(rest / np.linalg.norm(rest, axis=0))
        if centred >= above:
            shares = np.concatenate([[0.0], inner])
    if number < above:
        return None
    involved = [k for k in range(offset, len(shares)) if shares[k] > DOMINANT]
    return Conditioning(number, centred, tuple(place.kept[k] for k in involved), tuple(map(float, shares[involved])))


def weighted_columns(fit: Fit, place: Coordinates) -> Array | None:
    """(r, r) upper triangle U with unit columns and U'U the scaled information of the first equation."""
    root, r = fit.estimate.root, len(place.kept)
    if fit.estimate.basis is not None or not r or not np.isfinite(root).all() or place.intercept not in (None, 0):
        return None
    if root.shape[0] != root.shape[1]:  # a ridge fit in the row space of fewer rows than columns
        return None
    whole = np.linalg.solve(root, np.eye(len(root)))
    lower = cholesky(whole[:, :r].T @ whole[:, :r])
    if lower is None:
        return None
    columns = np.triu(lower.T @ place.from_design(np.eye(r)))
    norms = np.linalg.norm(columns, axis=0)
    return columns / norms if np.isfinite(norms).all() and (norms > 0).all() else None


def _condition(columns: Array) -> tuple[float, Array]:
    """The condition number and, of each coefficient's variance, the share on the smallest direction."""
    if not columns.size:
        return 1.0, np.zeros(0)
    _, singular, vt = np.linalg.svd(columns)
    parts = (vt / singular[:, None]) ** 2
    return float(singular[0] / singular[-1]), np.asarray(parts[-1] / parts.sum(axis=0))
