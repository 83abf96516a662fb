"""Merged rows against the rows they stand for."""

import numpy as np
import pytest

from statlogit.core import discrete as discrete_module
from statlogit.core.blocks import Block
from statlogit.core.columns import Codes, Dense, Mixed, Numeric
from statlogit.core.discrete import compressed
from statlogit.core.families import Bernoulli, Softmax
from statlogit.core.statistics import block_closing, block_quadratic
from statlogit.core.types import repeated

SAME = 1e-12  # a million rounded terms against some thousand
N = 200_000


def discrete(*, seed=0, weights=False, offsets=False, classes=2, n=N):
    """Two factors, a slope by level over few values, whole numbers, tenths and a constant."""
    rng = np.random.default_rng(seed)
    tenths = rng.integers(0, 5, n) / 10.0
    parts = (
        Numeric((np.broadcast_to(np.ones(1), (n,)), rng.integers(-1, 3, n).astype(float), tenths)),
        Codes(rng.integers(-1, 3, n).astype(np.int32), 3),
        Codes(rng.integers(-1, 9, n).astype(np.int32), 9),
        Codes(rng.integers(-1, 2, n).astype(np.int32), 2, tenths + 0.1),
    )
    y = np.eye(classes)[rng.integers(0, classes, n)][:, 1:]
    weight = rng.uniform(0.5, 2.0, n) if weights else np.ones(n)
    offset = (
        np.repeat(rng.integers(0, 2, (n, 1)) * 0.25, classes - 1, axis=1) if offsets else np.zeros((n, classes - 1))
    )
    ends = np.cumsum([part.n_columns for part in parts])
    places = tuple(np.arange(end - part.n_columns, end) for part, end in zip(parts, ends, strict=True))
    return Block(Mixed(parts, places), y, weight, offset)


KINDS = {
    "plain": {},
    "weights": {"weights": True},
    "offsets": {"offsets": True},
    "three classes": {"classes": 3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_sum_of_the_fit_is_the_same(kind):
    whole = discrete(**KINDS[kind])
    few = compressed(whole)
    assert few.x.n_rows < N / 8
    assert few.n_rows == N
    assert few.weight.sum() == pytest.approx(whole.weight.sum(), rel=SAME)
    q = whole.y.shape[1]
    family = Bernoulli() if q == 1 else Softmax(q)
    beta = np.random.default_rng(1).normal(size=(whole.x.n_columns, q))
    found, wanted = (block_quadratic(b, beta, family) for b in (few, whole))
    assert found.slope.n_rows == wanted.slope.n_rows
    assert found.slope.loglik == pytest.approx(wanted.slope.loglik, rel=SAME)
    assert found.slope.score == pytest.approx(wanted.slope.score, rel=SAME, abs=SAME * N)
    assert found.information == pytest.approx(wanted.information, rel=SAME, abs=SAME * N)
    found, wanted = (block_closing(b, beta, family) for b in (few, whole))
    assert found.deviance == pytest.approx(wanted.deviance, rel=SAME)
    assert found.pearson == pytest.approx(wanted.pearson, rel=SAME, nan_ok=True)
    assert found.length == wanted.length


def test_no_two_merged_rows_are_the_same():
    few = compressed(discrete())
    rows = np.column_stack([few.x.to_array(), few.y])
    assert len(np.unique(rows, axis=0)) == len(rows)
    cut = [few.rows(start, start + 500) for start in range(0, few.x.n_rows, 500)]
    assert sum(part.n_rows for part in cut) == N


def test_empty_combinations_are_left_out_on_the_way():
    rng = np.random.default_rng(2)
    codes = rng.integers(-1, 99, N).astype(np.int32)
    parts = tuple(Codes(codes, 99) for _ in range(4))  # 100 patterns in 10^8 cells
    block = Block(
        Mixed(parts, tuple(np.arange(99 * k, 99 * k + 99) for k in range(4))),
        (rng.random((N, 1)) < 0.5).astype(float), np.ones(N), np.zeros((N, 1)),
    )  # fmt: skip
    assert compressed(block).x.n_rows == 200


def continuous(n=N):
    rng = np.random.default_rng(3)
    x = np.asfortranarray(np.column_stack([np.ones((n, 4)), rng.normal(size=n)]))
    return Block(Dense(x), np.ones((n, 1)), np.ones(n), np.zeros((n, 1)))


def rounded_late(n=N):
    """Few values until the rows that a first look does not see."""
    b = continuous(n)
    x = b.x.values
    x[:, 4] = np.round(np.clip(x[:, 4], -2, 2), 1)
    x[7, 4] = 0.123456789
    return b


def too_many_patterns(n=N):
    rng = np.random.default_rng(4)
    parts = tuple(Codes(rng.integers(-1, 63, n).astype(np.int32), 63) for _ in range(3))
    places = tuple(np.arange(63 * k, 63 * k + 63) for k in range(3))
    return Block(Mixed(parts, places), np.ones((n, 1)), np.ones(n), np.zeros((n, 1)))


@pytest.mark.parametrize(
    "make", [continuous, rounded_late, too_many_patterns, lambda: discrete(n=10_000)],
    ids=["continuous", "a late value", "too many patterns", "few rows"],
)  # fmt: skip
def test_what_does_not_pay_is_left_as_it_is(make):
    assert compressed(make()) is None


def counted(codes, numbers):
    """Two factors and whole numbers, in codes of this type: what the compiled count takes."""
    rng = np.random.default_rng(2)
    n = N
    parts = (
        Codes(rng.integers(-1, 9, n).astype(codes), 9),
        Codes(rng.integers(-1, 30, n).astype(codes), 30),
        Numeric((np.broadcast_to(np.ones(1), (n,)), numbers(rng, n))),
    )
    y = (rng.random(n) < 0.3).astype(float)
    places = (np.arange(9), np.arange(9, 39), np.arange(39, 41))
    return Block(Mixed(parts, places), y[:, None], repeated(2.0, n), repeated(0.0, n, 1))


@pytest.mark.parametrize("codes", [np.int8, np.int16, np.int32])
@pytest.mark.parametrize("low", [-3.0, 0.0, 1e6, -1e12])
def test_the_compiled_count_finds_the_same_rows(codes, low):
    block = counted(codes, lambda rng, n: low + rng.integers(0, 6, n))
    swept = discrete_module._swept(block, N // 8)
    wanted = discrete_module._counted(block, N // 8, alike=True)
    assert (swept is None) == (abs(low) > 1e9)  # beyond a digit's type
    found, plain = compressed(block), _block_of(block, wanted)
    order, other = (np.lexsort(np.column_stack([b.x.to_array(), b.y]).T) for b in (found, plain))
    assert np.array_equal(found.x.to_array()[order], plain.x.to_array()[other])
    assert np.array_equal(found.merged[order], plain.merged[other])
    assert np.array_equal(found.weight[order], 2.0 * plain.merged[other])


def _block_of(block, cells):
    used = np.flatnonzero(cells.merged)
    some = block.take(cells.example[used])
    return Block(some.x, some.y, some.weight, some.offset, merged=cells.merged[used].astype(float))


@pytest.mark.parametrize("place", [0, 777, N - 1])
@pytest.mark.parametrize("value", [0.5, 2.0 + 1e-9])
def test_one_number_that_is_not_whole_is_no_digit(place, value):
    def numbers(rng, n):
        out = rng.integers(0, 6, n).astype(float)
        out[place] = value
        return out

    assert discrete_module._swept(counted(np.int8, numbers), N // 8) is None


def test_halves_between_whole_ends_are_told_apart():
    block = counted(np.int8, lambda rng, n: np.where(rng.random(n) < 0.5, 0.5, rng.integers(0, 2, n)))
    assert set(np.unique(compressed(block).x.to_array()[:, 40])) == {0.0, 0.5, 1.0}


def test_a_value_that_the_first_looks_miss_is_counted():
    n = 240_000
    x = np.ones((n, 3), order="F")
    x[:, 1:] = np.random.default_rng(5).integers(0, 5, (n, 2))
    x[1, 1] = 9.0
    few = compressed(Block(Dense(x), np.zeros((n, 1)), np.ones(n), np.zeros((n, 1))))
    assert few.weight.sum() == n
    assert few.weight[few.x.to_array()[:, 1] == 9.0].tolist() == [1.0]
    assert set(few.x.to_array()[:, 0]) == {1.0}
