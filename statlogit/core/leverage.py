"""Row-wise quadratic forms and absolute columns, without expanding factor codes."""

from __future__ import annotations

import numpy as np

from statlogit.core.columns import Codes, Columns, Dense, Mixed, Numeric
from statlogit.core.types import Array


def row_quadratic(x: Columns, v: Array) -> Array:
    """x_i' V x_i for each row: (p, p) -> (n,). v symmetric."""
    if isinstance(x, Mixed):
        return _mixed_quadratic(x, v)
    if isinstance(x, Codes):
        return _pair(x, x, v)
    values = x.to_array()
    return np.asarray(((values @ v) * values).sum(axis=1))


def row_square(x: Columns) -> Array:
    """x_i' x_i for each row, (n,)."""
    if isinstance(x, Mixed):
        return np.asarray(sum(row_square(part) for part in x.parts))
    if isinstance(x, Codes):
        return np.asarray((x.codes >= 0) * (1.0 if x.multiplier is None else np.square(x.multiplier)), dtype=np.float64)
    values = x.to_array().T
    return np.asarray(np.einsum("ji,ji->i", values, values))


def _mixed_quadratic(x: Mixed, v: Array) -> Array:
    parts = [Dense(part.to_array()) if isinstance(part, Numeric) else part for part in x.parts]
    total = np.zeros(x.n_rows)
    for k, (part, position) in enumerate(zip(parts, x.positions, strict=True)):
        total += _pair(part, part, v[np.ix_(position, position)])
        for other, place in zip(parts[:k], x.positions[:k], strict=True):
            total += 2.0 * _pair(part, other, v[np.ix_(position, place)])
    return total


def _pair(a: Columns, b: Columns, v: Array) -> Array:
    """a_i' v b_i for each row, v (p_a, p_b)."""
    if isinstance(a, Codes) and isinstance(b, Codes):
        padded = np.zeros((a.width + 1, b.width + 1))  # the last row and column answer code -1
        padded[:-1, :-1] = v
        out = padded[a.codes, b.codes]
        for part in (a, b):
            out = out if part.multiplier is None else out * part.multiplier
        return np.asarray(out)
    if isinstance(a, Codes):
        return np.asarray((a.times(v) * b.to_array()).sum(axis=1))
    if isinstance(b, Codes):
        return _pair(b, a, v.T)
    return np.asarray(((a.to_array() @ v) * b.to_array()).sum(axis=1))


def absolute(x: Columns) -> Columns:
    """The same columns with |x|, for rounding bounds."""
    if isinstance(x, Mixed):
        return Mixed(tuple(absolute(part) for part in x.parts), x.positions)
    if isinstance(x, Codes):
        return x if x.multiplier is None else Codes(x.codes, x.width, np.abs(x.multiplier))
    return Dense(np.abs(x.to_array()))


def predictor_covariance(x: Columns, v: Array) -> Array:
    """(n, q, q) covariance of each row's linear predictors, v: (p*q, p*q) covariance of vec(beta)."""
    p = x.n_columns
    q = len(v) // p if p else 1
    out = np.empty((x.n_rows, q, q))
    for a in range(q):
        for b in range(a + 1):
            part = v[a * p : (a + 1) * p, b * p : (b + 1) * p]
            out[:, a, b] = out[:, b, a] = row_quadratic(x, 0.5 * (part + part.T))
    return out
