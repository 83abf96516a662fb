"""Several models in one pass: the same as one pass for each."""

from dataclasses import replace

import numpy as np
import pytest

from statlogit.core.blocks import Block
from statlogit.core.columns import Codes, Mixed, Numeric
from statlogit.core.families import Bernoulli
from statlogit.core.several import block_slopes
from statlogit.core.statistics import block_slope

SUMS = 1e-12  # the same terms added in another order


@pytest.mark.parametrize("large", [False, True], ids=["plain", "compiled"])
@pytest.mark.parametrize("spread", [1.0, 300.0])
def test_each_model_has_the_sums_of_its_own_pass(large, spread):
    rng, n = np.random.default_rng(2), 5_000
    numeric = Numeric((np.broadcast_to(1.0, (n,)), rng.normal(size=n)))
    codes = Codes(rng.integers(-1, 3, n).astype(np.int32), 3)
    x = Mixed((numeric, codes), (np.array([0, 2]), np.array([1, 3, 4])))
    y, weight = (rng.random((n, 1)) < 0.4).astype(float), rng.choice([1.0, 0.5], n)
    block = Block(x, y, weight, spread * rng.normal(size=(n, 1)))
    beta = rng.normal(size=(5, 4))
    block = replace(block, large=large)
    found = block_slopes(block, beta)
    np.testing.assert_array_equal(block_slopes(block, beta, score_alone=True).score, found.score)
    for j, b in enumerate(beta.T):
        expected = block_slope(block, b[:, None], Bernoulli())
        size = np.abs(expected.score).max() + n
        np.testing.assert_allclose(found.score[:, j], expected.score[:, 0], atol=SUMS * size)
        assert found.loglik[j] == pytest.approx(expected.loglik, rel=SUMS)
