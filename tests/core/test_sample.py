"""Rows sampled run by run are the rows at those places, whatever keeps the columns."""

import numpy as np
import pytest

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Codes, Dense, Mixed, Numeric
from statlogit.core.sample import RUN, sample

N = 40_000 + 5  # the last run is not whole


def columns(kind):
    rng = np.random.default_rng(3)
    numbers = rng.standard_normal((N, 3))
    numbers[:, 0] = np.arange(N)
    match kind:
        case "by columns":
            return Dense(np.asfortranarray(numbers))
        case "by rows":
            return Dense(numbers)
        case "vectors":
            return Numeric(tuple(np.asfortranarray(numbers).T))
        case "every other number":
            return Numeric(tuple(np.repeat(numbers, 2, axis=0)[::2].T))
    factor = Codes(rng.integers(-1, 4, N).astype(np.int8), 4)
    return Mixed((Numeric(tuple(numbers.T)), factor), (np.arange(3), np.arange(3, 7)))


@pytest.mark.parametrize("kind", ["by columns", "by rows", "vectors", "every other number", "mixed"])
def test_sampled_runs_are_the_rows_at_those_places(kind):
    x = columns(kind)
    y = (np.arange(N) % 2).astype(float)[:, None]
    few = sample(InMemory(Block(x, y, np.ones(N), np.zeros((N, 1)))), 4_000).block
    place = few.x.to_array()[:, 0].astype(int)
    assert len(place) % RUN == 0
    assert len(place) == pytest.approx(4_000, rel=0.02)
    np.testing.assert_array_equal(few.x.to_array(), x.to_array()[place])
    np.testing.assert_array_equal(few.y, y[place])
    assert few.weight.sum() == pytest.approx(N)
