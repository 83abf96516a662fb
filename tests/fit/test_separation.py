"""Separation: kind, names, signs, rows and limits; no false alarm."""

import numpy as np
import pytest

from statlogit.core.families import Bernoulli
from statlogit.fit.estimate import Settings, estimate, is_runaway
from statlogit.fit.separation import decide
from tests.fit.problems import rows, simulated


def decided(x, y, weight=None):
    problem = rows(x, y, weight)
    found = estimate(problem, Bernoulli(), intercept=0, settings=Settings())
    if not is_runaway(found):
        return None
    return decide(problem, found, intercept=0, settings=Settings())


def with_intercept(*columns):
    return np.column_stack([np.ones(len(columns[0])), *columns])


def test_toy_set_is_completely_separated():
    found = decided(with_intercept([0.5, 2.5, 1.0, 3.0]), [0, 1, 0, 1])
    assert found.kind == "complete"
    assert found.infinite == (0, 1)
    assert found.signs == (-1, 1)
    assert len(found.rows) == 4


def test_quasi_separation_by_a_rare_level_keeps_the_others_limits():
    x, y = simulated(1, n=150, p=3)
    level = np.zeros(150)
    level[:6] = 1
    y[:6] = 1.0
    found = decided(np.column_stack([x, level]), y)
    assert (found.kind, found.infinite, found.signs) == ("quasi", (3,), (1,))
    np.testing.assert_array_equal(found.rows, np.arange(6))
    rest = estimate(rows(x[6:], y[6:]), Bernoulli(), intercept=0, settings=Settings())
    np.testing.assert_allclose(found.limit.beta[:3], rest.beta[:, 0], rtol=1e-11)
    np.testing.assert_allclose(found.limit.covariance[:3, :3], rest.covariance, rtol=1e-9)


def test_separating_direction_hidden_in_three_columns():
    rng = np.random.default_rng(2)
    education, experience = rng.integers(8, 18, 300).astype(float), rng.integers(0, 30, 300).astype(float)
    age = education + experience + 6
    age[7] += 1
    y = (rng.uniform(size=300) < 0.4).astype(float)
    y[7] = 1.0
    found = decided(with_intercept(education, experience, age), y)
    assert found.kind == "quasi"
    assert found.infinite == (0, 1, 2, 3)
    assert found.signs == (-1, -1, -1, 1)
    assert list(found.rows) == [7]


def test_quasi_by_a_numeric_boundary():
    x = np.array([1, 2, 3, 4, 4, 5, 6, 7.0])
    y = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    found = decided(with_intercept(x), y)
    assert found.kind == "quasi"
    assert len(found.rows) == 6
    assert found.signs == (-1, 1)


def test_nested_separation_is_followed_down():
    a = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1.0])
    b = np.array([0, 0, 0, 0, 0, 0, 1, 1, 0, 1.0])
    y = np.array([0, 1, 0, 1, 1, 0, 0, 0, 1, 1.0])
    found = decided(with_intercept(a, b), y)
    assert found.kind == "quasi"
    assert found.infinite == (1, 2)


def test_all_outcomes_equal_is_complete():
    x, _ = simulated(3, n=30, p=2)
    assert decided(x, np.ones(30)).kind == "complete"


@pytest.mark.parametrize("seed", range(8))
def test_no_false_alarm_on_overlapping_data(seed):
    x, y = simulated(100 + seed, n=40, p=3)
    found = decided(x, y)
    assert found is None or found.kind == "none" or _truly_separated(x, y)


def _truly_separated(x, y):
    from scipy.optimize import linprog

    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    solved = linprog(-(sign * x).sum(axis=0), A_ub=-(sign * x), b_ub=np.zeros(len(y)), bounds=[(-1, 1)] * x.shape[1])
    return -solved.fun > 1e-6


@pytest.mark.parametrize("outlier", [1e6, 1e12])
def test_an_outlier_is_not_taken_for_separation(outlier):
    x, y = simulated(4, n=200, p=3)
    x[0, 1], y[0] = outlier, 1.0
    found = decided(x, y)
    assert found is None or found.kind == "none"


@pytest.mark.slow
def test_agrees_with_the_linear_programme_on_small_random_data():
    rng = np.random.default_rng(5)
    seen = {True: 0, False: 0}
    for _ in range(300):
        n, p = int(rng.integers(5, 14)), int(rng.integers(1, 3))
        x = with_intercept(*rng.integers(-2, 3, (p, n)).astype(float))
        y = rng.integers(0, 2, n).astype(float)
        if y.min() == y.max() or np.linalg.matrix_rank(x) < x.shape[1]:
            continue
        truth = _truly_separated(x, y)
        found = decided(x, y)
        assert (found is not None and found.kind != "none") == truth
        seen[truth] += 1
    assert min(seen.values()) > 30
