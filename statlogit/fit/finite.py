"""A finite point of a likelihood that has no finite maximum, for programs that only know finite coefficients."""

from __future__ import annotations

import numpy as np

from statlogit.core.columns import Columns
from statlogit.core.leverage import absolute
from statlogit.core.types import Array
from statlogit.fit.recession import ROUNDING
from statlogit.fit.separation import Separation

DECIDED = 37.0  # log-odds from which 1 - probability is below 2^-53, so that a probability rounds to 0 or 1


def finite_point(separation: Separation, x: Columns, n_predictors: int) -> Array:
    """(p, q): so far along the direction of recession that every row it decides has its limiting probabilities.

    The coefficients that stay finite have their limits; aliased ones and those that nothing determines start from 0.
    """
    direction = _matrix(separation.direction, x.n_columns, n_predictors)
    limit = None if separation.limit is None else separation.limit.beta
    beta = np.nan_to_num(_matrix(limit, x.n_columns, n_predictors))
    along, eta = _with_reference(x.times(direction)), _with_reference(x.times(beta))
    size = _with_reference(absolute(x).times(np.abs(direction)))
    best = along.argmax(axis=1)[:, None]
    gap = np.take_along_axis(along, best, axis=1) - along
    behind = gap > ROUNDING * (np.take_along_axis(size, best, axis=1) + size)
    needed = DECIDED + eta - np.take_along_axis(eta, best, axis=1)
    return np.asarray(beta + float((needed[behind] / gap[behind]).max(initial=0.0)) * direction)


def _matrix(flat: Array | None, p: int, q: int) -> Array:
    return np.zeros((p, q)) if flat is None else flat.reshape(p, q, order="F")


def _with_reference(values: Array) -> Array:
    return np.concatenate([np.zeros((len(values), 1)), values], axis=1)
