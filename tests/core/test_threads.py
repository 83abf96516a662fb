"""Threads of a fold: the order of the sum, and the number of workers."""

import threading
import time

import numpy as np
import pytest

from statlogit.core import blocks, threads
from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.core.objective import Objective


def slow_at_first(k):
    time.sleep(0.01 if k < 2 else 0.0)
    return k, threading.get_ident()


@pytest.mark.parametrize("n_workers", [1, 2, 3])
def test_results_come_in_the_order_of_the_items(n_workers):
    found = list(threads.in_order(slow_at_first, range(40), n_workers))
    assert [k for k, _ in found] == list(range(40))
    assert len({who for _, who in found}) <= n_workers


def test_an_error_in_a_block_is_raised_where_the_sum_is_made():
    with pytest.raises(ZeroDivisionError):
        list(threads.in_order(lambda k: 1 / (k - 5), range(10), 2))


@pytest.mark.parametrize(("asked", "most"), [("1", 1), ("", threads.MOST_WORKERS), ("many", threads.MOST_WORKERS)])
def test_workers_keep_to_what_is_asked(monkeypatch, asked, most):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert 1 <= threads.workers() <= most


def test_the_sum_has_the_same_bits_whoever_makes_it(monkeypatch):
    rng = np.random.default_rng(0)
    n, p = 110_000, 20
    x = np.asfortranarray(rng.normal(size=(n, p)))
    y = (rng.random((n, 1)) < 0.4).astype(float)
    goal = Objective(InMemory(Block(Dense(x), y, np.ones(n), np.zeros((n, 1)))), Bernoulli())
    beta = rng.normal(size=(p, 1))
    found = []
    for k in (1, 2, 3):
        monkeypatch.setattr(blocks, "workers", lambda k=k: k)
        at = goal.quadratic_at(beta)
        found.append((at.slope.loglik, at.slope.score.tobytes(), at.information.tobytes()))
    assert found[0] == found[1] == found[2]
