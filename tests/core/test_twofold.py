"""Twofold sums and products against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.core.twofold import Twofold, block_twofold_score, remainder, two_product, two_sum, twofold

HUNDRED_BITS = 2.0**-100
TWO_BLOCKS = 2.0**-95  # a few dozen more operations


def numbers(seed, n=200):
    rng = np.random.default_rng(seed)
    return rng.normal(size=n) * 10.0 ** rng.uniform(-12, 12, n)


def exact(value):
    return Fraction(float(value.high)) + Fraction(float(value.low))


@pytest.mark.parametrize(("operation", "truth"), [(two_sum, Fraction.__add__), (two_product, Fraction.__mul__)])
def test_what_rounding_leaves_out_is_exact(operation, truth):
    a, b = numbers(1), numbers(2)
    total, rest = operation(a, b)
    for x, y, high, low in zip(a, b, total, rest, strict=True):
        assert Fraction(float(high)) + Fraction(float(low)) == truth(Fraction(float(x)), Fraction(float(y)))


def test_product_and_quotient_keep_a_hundred_bits():
    a = Twofold(numbers(3), numbers(3) * 2.0**-60)
    b = numbers(4)
    for k in range(len(b)):
        one, factor = a[k], Fraction(float(b[k]))
        assert abs(exact(one.times(b[k])) / (exact(one) * factor) - 1) < HUNDRED_BITS
        assert abs(exact(one.over(b[k])) / (exact(one) / factor) - 1) < HUNDRED_BITS
        assert abs(exact(one.times(a[k])) / exact(one) ** 2 - 1) < HUNDRED_BITS


def test_sum_survives_a_cancellation_of_twenty_digits():
    values = np.concatenate([numbers(5, 101) * 1e4, [1e-6]])
    values = np.concatenate([values, -values[:-1]])
    found = twofold(values[:, None]).sum()
    assert abs(float(found.high[0]) / 1e-6 - 1) < 1e-7


def test_score_of_blocks_is_the_exact_one():
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(90), 1e7 + rng.normal(size=90), 1e7 + rng.normal(size=90)])
    beta = np.array([[-0.25], [3.0], [-3.0]])
    y, offset = rng.integers(0, 2, (90, 1)).astype(float), rng.normal(size=(90, 1))
    rows = InMemory(Block(Dense(x), y, np.ones(90), offset), rows_per_block=32)
    found = rows.fold(lambda block: block_twofold_score(block, twofold(beta), Bernoulli()))
    import mpmath as mp

    with mp.workdps(60):
        eta = [
            mp.fdot(map(mp.mpf, row), map(mp.mpf, beta[:, 0])) + mp.mpf(o)
            for row, o in zip(x, offset[:, 0], strict=True)
        ]
        residual = [mp.mpf(v) - 1 / (1 + mp.exp(-e)) for v, e in zip(y[:, 0], eta, strict=True)]
        for j in range(3):
            truth = mp.fdot(residual, map(mp.mpf, x[:, j]))
            error = abs(mp.mpf(found.score.high[j, 0]) + mp.mpf(found.score.low[j, 0]) - truth)
            # the residuals are rounded once each: nothing else is, though x beta cancels eight digits
            assert error < 4 * 2.0**-53 * found.size[j, 0]
    assert found.weight == 90
    assert found.reach > 6e7


def test_remainder_of_a_product_is_exact_where_all_but_it_cancels():
    rng = np.random.default_rng(7)
    left, right = rng.normal(size=(40, 9)), np.triu(rng.normal(size=(9, 9))) * 10.0 ** rng.uniform(-8, 0, 9)
    target = left @ right
    found = remainder(twofold(target), left, right)
    for i in range(40):
        for j in range(9):
            parts = (Fraction(a) * Fraction(b) for a, b in zip(left[i].tolist(), right[:, j].tolist(), strict=True))
            exact = Fraction(float(target[i, j])) - sum(parts)
            assert abs(Fraction(float(found[i, j])) - exact) <= abs(exact) * Fraction(1, 10**9)
