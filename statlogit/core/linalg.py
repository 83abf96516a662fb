"""The few factorisations that fitting needs, with failure as a value instead of an exception."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from statlogit.core.types import Array


def cholesky(a: Array) -> Array | None:
    """Lower L with L L' = a, or None where a is not positive definite or not finite."""
    if not len(a):
        return np.zeros_like(a)
    diagonal = a.diagonal()
    if not 0.0 < diagonal.min() <= diagonal.max() < np.inf:
        return None
    scale = np.sqrt(diagonal)
    lower, info = scipy.linalg.lapack.dpotrf(a / (scale[:, None] * scale), lower=1, clean=1)
    if info or not lower[-1, -1] > 0.0:  # whatever is not finite spreads to the last pivot
        return None
    return np.asarray(lower * scale[:, None])


def solve_lower(lower: Array, b: Array, *, transpose: bool = False) -> Array:
    """L^-1 b, or L'^-1 b."""
    return _solve_triangle(lower, b, lower=True, transpose=transpose)


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
    return _solve_triangle(upper, b, lower=False, transpose=transpose)


def _solve_triangle(a: Array, b: Array, *, lower: bool, transpose: bool) -> Array:
    """LAPACK's solve itself: for a few coefficients scipy's own checks take ten times as long."""
    if not b.size:
        return np.zeros_like(b)
    if not a.flags.f_contiguous:
        a, lower, transpose = a.T, not lower, not transpose
    out, info = scipy.linalg.lapack.dtrtrs(a, b, lower=lower, trans=transpose)
    if info:
        raise np.linalg.LinAlgError(f"singular triangle: zero at diagonal {info - 1}")
    return np.asarray(out)
