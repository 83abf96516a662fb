"""The root of an inverse: against its identity, at the edges, and what it leaves running."""

import time

import numpy as np
import pytest

from statlogit.core.linalg import cholesky, inverse_root

IDENTITY = 1e-14  # each column is solved backward stably, whatever the condition of the triangle
RESTED = 0.25  # seconds after which threads of what ran before have ended their busy waiting
LOOKED = 0.05  # seconds in which a thread that waits busily would burn as many of CPU time


@pytest.mark.parametrize("p", [1, 6, 9])
def test_root_of_the_inverse(p):
    x = np.vander(np.linspace(0.0, 1.0, 3 * p), p)
    lower = cholesky(x.T @ x)
    root = inverse_root(lower + np.triu(np.full_like(lower, 7.0), 1))  # what is above the diagonal is not read
    size = np.abs(root.T) @ np.abs(lower)
    assert np.abs(root.T @ lower - np.eye(len(lower))) == pytest.approx(0.0, abs=IDENTITY * size.max())
    assert (np.tril(root, -1) == 0.0).all()


def test_the_edges():
    assert inverse_root(np.zeros((0, 0))).shape == (0, 0)
    assert np.isnan(inverse_root(np.array([[1.0, 0.0], [1.0, 0.0]]))).all()


def test_no_thread_waits_busily_after_a_small_root():
    lower = np.eye(6)
    time.sleep(RESTED)
    before = time.process_time()
    inverse_root(lower)
    time.sleep(LOOKED)
    assert time.process_time() - before < LOOKED / 2
