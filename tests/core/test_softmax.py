"""The compiled pass for several classes against numpy's, which is its oracle, and against 50 digits in the tails."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from statlogit.core import softmax
from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Codes, Dense, Mixed
from statlogit.core.coordinates import Coordinates, coordinates_of
from statlogit.core.families import Softmax
from statlogit.core.kernels_codes import CHUNK
from statlogit.core.statistics import (
    block_closing,
    block_closing_in,
    block_quadratic,
    block_quadratic_in,
    block_slope,
)
from statlogit.core.types import repeated
from tests.core.layouts import laid_out

pytestmark = pytest.mark.slow  # it compiles: left to the whole suite

SUMS = 1e-13  # the same terms added in another order


def block(n, p, n_classes, *, kind="dense", shares=False, spread=1.0, plain_rows=False, seed=0):
    rng = np.random.default_rng(seed)
    x = np.asfortranarray(np.column_stack([np.ones(n), 3.0 + rng.normal(size=(n, p - 1))]))
    q = n_classes - 1
    if shares:
        y = rng.dirichlet(np.ones(n_classes), n)[:, 1:]
    else:
        y = np.asfortranarray(np.eye(n_classes)[rng.integers(0, n_classes, n)][:, 1:])
    weight = repeated(1.0, n) if plain_rows else rng.uniform(0.5, 2.0, n)
    offset = repeated(0.0, n, q) if plain_rows else spread * rng.normal(size=(n, q))
    return Block(laid_out(x, kind), y, weight, offset, large=True)


def plain(b):
    return replace(b, large=False)


def near(found, wanted, b, beta, spread):
    size = np.abs(b.x.to_array()).T @ np.tile(b.weight[:, None], beta.shape[1])
    assert found.loglik == pytest.approx(wanted.loglik, rel=SUMS)
    assert (np.abs(found.score - wanted.score) / size).max() < SUMS * spread


CASES = [
    (1000, 5, 3, "dense"), (257, 4, 5, "rows"), (256, 7, 4, "vectors"), (3, 2, 3, "strided"), (3000, 17, 6, "vectors"),
    (700, 1, 9, "dense"),
]  # fmt: skip


@pytest.mark.parametrize(("n", "p", "n_classes", "kind"), CASES)
@pytest.mark.parametrize("spread", [1.0, 300.0])
@pytest.mark.parametrize(("shares", "plain_rows"), [(False, False), (False, True), (True, False)])
def test_slope_and_quadratic(n, p, n_classes, kind, spread, shares, plain_rows):
    b = block(n, p, n_classes, kind=kind, shares=shares, spread=spread, plain_rows=plain_rows)
    family, beta = Softmax(n_classes - 1), np.random.default_rng(1).normal(size=(p, n_classes - 1))
    assert softmax.likelihood(b, None, beta, 0) is not None
    near(block_slope(b, beta, family), block_slope(plain(b), beta, family), b, beta, spread)
    place = coordinates_of(InMemory(plain(b)), intercept=0)
    if place.root is None:
        found = block_quadratic_in(b, place, beta, family)
        wanted = block_quadratic(place.block(plain(b)), beta, family)
        scale = np.sqrt(np.outer(np.diag(wanted.information), np.diag(wanted.information)))
        rounded = SUMS * spread  # predictors of that size are rounded to so much, and so are probabilities
        assert (np.abs(found.information - wanted.information) / scale).max() < rounded
        near(found.slope, wanted.slope, b, beta, spread)


@pytest.mark.parametrize("kind", ["dense", "vectors", "rows"])
@pytest.mark.parametrize("shares", [False, True])
def test_closing(kind, shares):
    b = block(1000, 6, 4, kind=kind, shares=shares)
    place = coordinates_of(InMemory(plain(b)), intercept=0)
    gamma = np.random.default_rng(2).normal(size=(6, 3))
    assert (softmax.closing(b, place, gamma, 1) is None) == shares
    found = block_closing_in(b, place, gamma, Softmax(3))
    wanted = block_closing(place.block(plain(b)), gamma, Softmax(3))
    assert found.deviance == pytest.approx(wanted.deviance, rel=SUMS)
    assert found.length == pytest.approx(wanted.length, rel=SUMS)
    assert found.rounding == pytest.approx(wanted.rounding, rel=1e-12)


def test_a_closing_pass_forms_the_score_and_the_information_too():
    b, gamma = block(1000, 6, 4), np.random.default_rng(2).normal(size=(6, 3))
    place = coordinates_of(InMemory(plain(b)), intercept=0)
    both, alone = softmax.closing(b, place, gamma, 1), softmax.likelihood(b, place, gamma, 1)
    assert np.array_equal(both.sums.information, alone.information)
    assert np.array_equal(both.sums.score, alone.score)
    assert both.sums.loglik == alone.loglik


def test_the_information_of_some_chunks_stands_for_all():
    n, every = 10 * CHUNK + 100, 3
    b, gamma = block(n, 4, 3), np.random.default_rng(2).normal(size=(4, 2))
    some = np.concatenate([np.arange(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK * every)])
    found = softmax.likelihood(b, None, gamma, every)
    wanted = block_quadratic(b.take(some), gamma, Softmax(2)).information * (n / len(some))
    assert np.abs(found.information - wanted).max() <= SUMS * np.abs(wanted).max()
    assert np.array_equal(found.score, softmax.likelihood(b, None, gamma, 0).score)


def test_tails_keep_their_digits():
    eta = np.linspace(1.0, 600.0, 300)
    offset = np.asfortranarray(np.column_stack([eta, -eta]))
    y = np.column_stack([np.ones(300), np.zeros(300)])
    b = Block(Dense(np.ones((300, 1), order="F")), y, repeated(1.0, 300), offset, large=True)
    found = block_slope(b, np.zeros((1, 2)), Softmax(2))
    with mpmath.workdps(50):
        small = [mpmath.exp(-mpmath.mpf(float(e))) for e in eta]
        exact = -mpmath.fsum(mpmath.log1p(t + t * t) for t in small)
        pull = mpmath.fsum((t + t * t) / (1 + t + t * t) for t in small)
        assert abs(found.loglik / exact - 1) < SUMS
        assert abs(found.score[0, 0] / pull - 1) < SUMS


def test_rows_that_are_all_but_certain_keep_their_relative_precision():
    n = 500
    offset = np.asfortranarray(np.column_stack([np.full(n, 50.0), np.zeros(n)]))
    b = Block(Dense(np.ones((n, 1))), np.tile([1.0, 0.0], (n, 1)), repeated(1.0, n), offset, large=True)
    found = block_slope(b, np.zeros((1, 2)), Softmax(2))
    assert found.loglik == pytest.approx(-n * np.log1p(2 * np.exp(-50.0)), rel=SUMS)


def test_classes_that_tie_share_the_probability():
    n_classes = 5
    y = np.eye(n_classes)[np.arange(600) % n_classes][:, 1:]
    b = Block(Dense(np.ones((600, 1))), y, repeated(1.0, 600), repeated(0.0, 600, 4), large=True)
    found = block_slope(b, np.zeros((1, 4)), Softmax(4))
    assert found.loglik == pytest.approx(-600 * np.log(n_classes), rel=SUMS)
    assert np.abs(found.score).max() <= 600 * SUMS


def test_nan_is_not_lost():
    beta = np.zeros((5, 2))
    beta[1, 1] = np.nan
    found = block_slope(block(1000, 5, 3), beta, Softmax(2))
    assert np.isnan(found.loglik)
    assert np.isnan(found.score).any()


def test_factor_codes_and_whitened_coordinates_are_left_to_numpy():
    rng = np.random.default_rng(3)
    codes = Mixed((Codes(rng.integers(-1, 3, 300).astype(np.int8), 3), Dense(rng.normal(size=(300, 1)))),
                  (np.arange(3), np.array([3])))  # fmt: skip
    y = np.eye(3)[rng.integers(0, 3, 300)][:, 1:]
    b = Block(codes, y, np.ones(300), np.zeros((300, 2)), large=True)
    assert softmax.likelihood(b, None, np.zeros((4, 2)), 1) is None
    b = block(300, 3, 3)
    white = Coordinates(3, (0, 1, 2), np.zeros(3), np.ones(3), 0, np.eye(3))
    assert softmax.likelihood(b, white, np.zeros((3, 2)), 1) is None
