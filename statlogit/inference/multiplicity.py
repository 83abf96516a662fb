"""p-values adjusted for several tests, in logarithms: Holm's step-down and the single-step maximum of |z|."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

from statlogit.core.types import Array
from statlogit.errors import FitError

Adjustment = Literal["holm", "single-step"]
ADJUSTMENTS: tuple[str, ...] = get_args(Adjustment)
ADJUSTMENT_NAMES = {"holm": "Holm", "single-step": "single-step (largest |z| under the joint normal distribution)"}
POINTS = 4096  # of the quasi-random rule: about four digits of the probability, whatever its size
SINGULAR = 1e-12  # a conditional variance below this is rounding: the variable is a combination of those before it


def holm(log_p: Array) -> Array:
    """Logarithms of Holm's adjusted p-values; nan (a test that was not made) is left out of the count.

    Source: Holm (1979).

    >>> np.exp(holm(np.log([0.01, 0.04, 0.03]))).round(6).tolist()
    [0.03, 0.06, 0.06]
    """
    out = np.full(len(log_p), np.nan)
    made = np.flatnonzero(~np.isnan(log_p))
    order = made[np.argsort(log_p[made], kind="stable")]
    factors = np.log(np.arange(len(order), 0, -1, dtype=float))
    out[order] = np.minimum(np.maximum.accumulate(log_p[order] + factors), 0.0)
    return out


def single_step(z: Array, correlation: Array) -> Array:
    """log P(max_j |Z_j| >= |z_i|) for each i, Z normal with this correlation matrix.

    The event is split by the first variable that exceeds: P = P(|Z_1| >= c) (1 + sum_i P(no earlier one exceeds,
    given that Z_i does)), so that no complement is formed and far tails keep their digits. The conditional
    probabilities are those of Genz (1992), over a fixed quasi-random rule: the same bits each time, about four digits.
    Source: Hothorn, Bretz and Westfall (2008), section 3.1; Genz (1992).
    """
    return np.array([_log_exceeds(abs(float(c)), correlation) for c in z])


def _log_exceeds(c: float, correlation: Array) -> float:
    log_one = math.log(2.0) + float(log_ndtr(-c))
    if math.isnan(c):
        return math.nan
    uniform = _points(len(correlation))
    total = 1.0 + math.fsum(_none_before(i, c, correlation, uniform) for i in range(1, len(correlation)))
    return min(log_one + math.log(total), 0.0)


def _none_before(i: int, c: float, correlation: Array, uniform: Array) -> float:
    """P(|Z_j| < c for all j < i | |Z_i| >= c)."""
    order = [i, *range(i)]
    lower = _root(correlation[np.ix_(order, order)])
    e = np.zeros((len(order), uniform.shape[1]))
    with np.errstate(divide="ignore"):
        e[0] = -ndtri_exp(np.log(uniform[0]) + float(log_ndtr(-c)))  # by symmetry the upper tail alone
    share = np.ones(uniform.shape[1])
    for k in range(1, len(order)):
        mean, width = lower[k, :k] @ e[:k], lower[k, k]
        if width == 0.0:
            share *= np.abs(mean) < c
            continue
        low, high = (-c - mean) / width, (c - mean) / width
        inside = _between(low, high)
        share *= inside
        e[k] = _quantile_between(low, high, inside, uniform[k])
    return float(share.mean())


def _between(low: Array, high: Array) -> Array:
    """P(low < Z < high) from the nearer tail."""
    upper = low > 0
    return np.asarray(np.where(upper, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low)))


def _quantile_between(low: Array, high: Array, inside: Array, u: Array) -> Array:
    """The point of Z, given that it lies between, with this share below it."""
    upper = low > 0  # then from the mirror image, whose probabilities are small numbers and not next to 1
    below = np.where(upper, ndtr(-high) + (1.0 - u) * inside, ndtr(low) + u * inside)
    with np.errstate(divide="ignore"):
        found = ndtri(np.clip(below, np.finfo(float).tiny, 1.0))
    return np.asarray(np.clip(np.where(upper, -found, found), low, high))


def _root(correlation: Array) -> Array:
    """Lower triangle L with L L' = correlation, zero columns where the matrix is singular."""
    n = len(correlation)
    lower = np.zeros((n, n))
    for j in range(n):
        rest = correlation[j:, j] - lower[j:, :j] @ lower[j, :j]
        if rest[0] > SINGULAR:
            lower[j:, j] = rest / math.sqrt(rest[0])
    return lower


def _points(dimension: int) -> Array:
    """(dimension, POINTS) in (0, 1): multiples of roots of primes, folded (Genz and Bretz 2009, section 4.1)."""
    steps = np.sqrt(np.array(_primes(dimension), dtype=float))
    points = np.abs(2.0 * ((np.arange(1, POINTS + 1) * steps[:, None]) % 1.0) - 1.0)
    return np.asarray(np.clip(points, 2.0**-40, 1.0 - 2.0**-40))


def _primes(count: int) -> list[int]:
    found: list[int] = []
    k = 2
    while len(found) < count:
        if all(k % p for p in found if p * p <= k):
            found.append(k)
        k += 1
    return found


def adjusted(kind: Adjustment, log_p: Array, z: Array | None, covariance: Array | None) -> Array:
    """Logarithms of adjusted p-values. z, covariance: of the estimates behind the tests, which single-step needs.

    Raises FitError where there is no z: tests of several degrees of freedom, or not Wald's.
    """
    if kind == "holm":
        return holm(log_p)
    if z is None or covariance is None:
        raise FitError(
            "adjust='single-step' takes the joint distribution of z statistics, so it needs Wald tests of one degree "
            "of freedom each: r.test('age, lwt', test='Wald', joint=False, adjust='single-step'). "
            "adjust='holm' works for all tests."
        )
    size = np.sqrt(np.diag(covariance))
    return single_step(z, covariance / np.outer(size, size))
