"""Tail logarithms against 50 digits."""

import math

import mpmath
import pytest

from statlogit.inference.tails import log_chi2_sf

SAME = 1e-13


@pytest.mark.parametrize("df", [1, 2, 3, 10, 99])
@pytest.mark.parametrize("x", [0.1, 3.84, 200.0, 1300.0, 1400.0, 5000.0, 1e6])
def test_log_of_the_chi_squared_tail(x, df):
    with mpmath.workdps(60):
        expected = float(mpmath.log(mpmath.gammainc(mpmath.mpf(df) / 2, mpmath.mpf(x) / 2, regularized=True)))
    assert log_chi2_sf(x, df) == pytest.approx(expected, rel=SAME, abs=1e-15)


def test_no_degrees_of_freedom_is_no_test():
    assert math.isnan(log_chi2_sf(1.0, 0))
