"""The information of all classes at once against its definition, row by row."""

import numpy as np
import pytest

from statlogit.core import statistics
from statlogit.core.columns import Codes, Dense, Mixed
from statlogit.core.families import Bernoulli, Softmax

SUM = 1e-13  # a few hundred positive terms in another order


@pytest.mark.parametrize("classes", [2, 3, 6])
@pytest.mark.parametrize("kind", ["dense", "wide", "mixed"])
def test_information_is_the_sum_over_rows(classes, kind, monkeypatch):
    rng = np.random.default_rng(classes)
    n, q = 300, classes - 1
    x = Dense(rng.normal(size=(n, 3)))
    if kind == "wide":
        monkeypatch.setattr(statistics, "NARROW", 2)
    if kind == "mixed":
        codes = Codes(rng.integers(-1, 2, n).astype(np.int32), 2)
        x = Mixed((x, codes), (np.array([0, 2, 3]), np.array([1, 4])))
    monkeypatch.setattr(statistics, "ROWS_AT_ONCE", 64)
    values, weight = x.to_array(), rng.uniform(0.1, 2.0, n)
    family = Softmax(q) if q > 1 else Bernoulli()
    eta, y = rng.normal(0, 3, (n, q)), np.eye(classes)[rng.integers(0, classes, n)][:, 1:]
    curvature = family.local(eta, y, weight).curvature
    p = values.shape[1]
    expected = np.einsum("ijk,ia,ib->jakb", curvature, values, values).reshape(p * q, p * q)
    found = statistics.class_information(x, family.first(eta, y, weight).probability, weight)
    np.testing.assert_allclose(found, expected, rtol=SUM, atol=SUM * np.abs(expected).max())
    np.testing.assert_allclose(found, found.T, rtol=SUM)


def test_certain_rows_keep_the_digits_of_their_information():
    """Where every class is all but certain, the information is tiny and must not be a difference of large sums."""
    x, eta = Dense(np.ones((2, 1))), np.array([[40.0, -5.0], [-3.0, 41.0]])
    probability = Softmax(2).first(eta, np.eye(2), np.ones(2)).probability
    found = statistics.class_information(x, probability, np.ones(2))
    low, high = np.exp(-40.0) + np.exp(-45.0), np.exp(-44.0)  # 1 - p of class 1 in row 0, p of class 1 in row 1
    assert found[0, 0] == pytest.approx(low / (1 + low) ** 2 + high, rel=1e-13)
