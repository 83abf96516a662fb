"""The factorisation that eliminates a diagonal run first, against a plain Cholesky factor."""

import numpy as np
import pytest

from statlogit.core.factorise import SHARE, _alone, factorise, outer_square
from statlogit.core.linalg import cholesky, solve_lower

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

SAME = 1e-12  # relative to the size of the answer, at condition numbers of some hundreds


def information(before, run, after, *, seed=0):
    """X'X of dense columns around the indicators of one factor."""
    rng = np.random.default_rng(seed)
    n = 40 * run
    dense = rng.normal(size=(n, before + after))
    levels = np.eye(run + 1)[rng.integers(0, run + 1, n)][:, 1:]
    x = np.hstack([dense[:, :before], levels, dense[:, before:]])
    return x.T @ x


@pytest.mark.parametrize("shape", [(3, 150, 0), (0, 150, 4), (5, 150, 40), (0, 150, 0), (200, 10, 3), (2, 5, 1)])
def test_solves_and_roots(shape):
    a = information(*shape)
    found, lower = factorise(a), cholesky(a)
    assert len(found.pivots) == (shape[1] if shape[1] == 150 else 0)
    b = np.random.default_rng(1).normal(size=len(a))
    wanted = solve_lower(lower, solve_lower(lower, b), transpose=True)
    assert found.solve(b) == pytest.approx(wanted, rel=1e-9, abs=SAME * np.abs(wanted).max())
    half = found.half(b)
    assert half @ half == pytest.approx(b @ wanted, rel=SAME)
    root, inverse = found.inverse_root(), np.linalg.inv(a)
    assert root @ root.T == pytest.approx(inverse, abs=SAME * np.abs(inverse).max() * 10)
    assert outer_square(root) == pytest.approx(root @ root.T, rel=1e-13, abs=1e-16)
    assert 0.0 < found.smallest_share <= 1.0


def test_several_columns_with_a_single_entry_in_one_row():
    root = np.array([[1.0, 2.0, 0.5, 0.0], [0.0, 0.0, 0.25, 0.0], [0.0, 0.0, 0.0, 3.0]])
    assert outer_square(root).tolist() == (root @ root.T).tolist()


@pytest.mark.parametrize("position", [0, 2, 80, 151])
@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 0.0])
def test_what_is_not_positive_definite_has_none(position, value):
    a = information(2, 150, 2)
    a[position, position] = value
    assert factorise(a) is None


def test_a_level_that_a_dense_column_repeats_is_seen():
    a = information(2, 150, 0)
    a[0] = a[5]
    a[:, 0] = a[:, 5]
    a[0, 0] = a[5, 5]
    found = factorise(a)
    assert found is None or found.smallest_share < 1e-12


def test_nothing_to_factorise():
    assert factorise(np.empty((0, 0))).smallest_share == 1.0


def test_the_longest_run_is_found_by_either_way():
    rng = np.random.default_rng(5)
    for _ in range(200):
        p = int(rng.integers(128, 180))
        a = np.eye(p)
        for _ in range(int(rng.integers(0, 60))):
            i, j = rng.integers(0, p if rng.random() < 0.5 else p // 3, 2)
            a[i, j] = a[j, i] = 1.0
        dense = int(rng.integers(0, p // 2))
        a[:dense], a[:, :dense] = 1.0, 1.0
        runs = [(start, stop) for start in range(p) for stop in (_end(a, start),)]
        start, stop = max(runs, key=lambda run: (run[1] - run[0], -run[0]))
        wanted = slice(start, stop) if stop - start >= SHARE * p else slice(0, 0)
        assert _alone(a) == wanted


def _end(a, start):
    """Where the run of coefficients that begins here ends."""
    for stop in range(start + 1, len(a)):
        if a[stop, start:stop].any():
            return stop
    return len(a)
