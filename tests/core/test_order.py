"""The compiled sort of many probabilities: the order of numpy's stable one."""

import numpy as np
import pytest

from statlogit.core.order import order_of

pytest.importorskip("numba")
SCALE = 1e12


@pytest.mark.parametrize("n", [1, 1000, 70_000])
@pytest.mark.parametrize("kind", ["distinct", "tied", "ends"])
def test_rows_rise_and_equal_ones_keep_their_order(n, kind):
    rng = np.random.default_rng(n)
    value = {
        "distinct": rng.random(n),
        "tied": rng.integers(0, 40, n) / 40.0,
        "ends": rng.choice([0.0, 1e-12, 0.5, 1.0 - 1e-12, 1.0], n),
    }[kind]
    order, starts = order_of(value, SCALE)
    rounded = np.rint(value * SCALE)
    np.testing.assert_array_equal(order, np.argsort(rounded, kind="stable"))
    np.testing.assert_array_equal(starts, np.unique(rounded[order], return_index=True)[1])
