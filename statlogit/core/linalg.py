"""The few factorisations that fitting needs, with failure as a value instead of an exception."""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy.linalg

from statlogit.core.types import Array


def cholesky(a: Array) -> Array | None:
    """Lower L with L L' = a, or None where a is not positive definite or not finite."""
    if not np.isfinite(a).all():
        return None
    scale = np.sqrt(np.maximum(np.diag(a), 0.0))
    if not (scale > 0).all():
        return None
    try:
        lower = scipy.linalg.cholesky(a / np.outer(scale, scale), lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    factor: Array = lower * scale[:, None]
    return factor


def solve_lower(lower: Array, b: Array, *, transpose: bool = False) -> Array:
    """L^-1 b, or L'^-1 b."""
    out: Array = scipy.linalg.solve_triangular(lower, b, lower=True, trans=_trans(transpose), check_finite=False)
    return out


def inverse_root(lower: Array) -> Array:
    """A with A A' = (L L')^-1, upper triangular; nan where L has a zero on its diagonal.

    LAPACK's inverse of a triangle takes a third of the work of solving for every unit vector, and OpenBLAS wakes no
    thread for a small one. For a solve with several right-hand sides it does at any size, and that thread waits busily.
    """
    if not len(lower):
        return np.zeros_like(lower)
    inverse, info = scipy.linalg.lapack.dtrtri(np.tril(lower), lower=1)
    return np.full_like(lower, np.nan) if info else np.asarray(inverse.T)


def triangle(x: Array) -> Array:
    """R of the QR decomposition of x, with at most as many rows as columns."""
    return np.asarray(np.linalg.qr(x, mode="r"), dtype=np.float64)


def solve_upper(upper: Array, b: Array, *, transpose: bool = False) -> Array:
    """R^-1 b, or R'^-1 b."""
    out: Array = scipy.linalg.solve_triangular(upper, b, trans=_trans(transpose), check_finite=False)
    return out


def _trans(transpose: bool) -> Literal[0, 1]:
    return 1 if transpose else 0
