"""Compiled passes against numpy's, which are their oracle, and their exponential against 50 digits."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from statlogit.core import compiled, kernels_rows
from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Codes, Dense, Mixed, Numeric
from statlogit.core.coordinates import Coordinates, coordinates_of
from statlogit.core.families import Bernoulli
from statlogit.core.statistics import (
    block_closing,
    block_closing_in,
    block_quadratic,
    block_quadratic_in,
    block_slope,
    class_information,
)
from tests.core.layouts import laid_out

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

SUMS = 1e-13  # the same terms added in another order
ULPS = 1.0


def block(n, p, *, seed=0, kind="dense", shares=False, spread=1.0):
    rng = np.random.default_rng(seed)
    x = np.asfortranarray(np.column_stack([np.ones(n), 3.0 + rng.normal(size=(n, p - 1))]))
    y = rng.random(n) if shares else (rng.random(n) < 0.4).astype(float)
    return Block(laid_out(x, kind), y[:, None], rng.uniform(0.5, 2.0, n), spread * rng.normal(size=(n, 1)), large=True)


def plain(b):
    return replace(b, large=False)


CASES = [
    (1000, 5, "dense"),
    (257, 4, "rows"),
    (256, 7, "vectors"),
    (3, 2, "strided"),
    (5000, 24, "vectors"),
    (700, 1, "dense"),
]


@pytest.mark.parametrize(("n", "p", "kind"), CASES)
@pytest.mark.parametrize("spread", [1.0, 300.0])
def test_slope_and_quadratic(n, p, kind, spread):
    b = block(n, p, kind=kind, spread=spread)
    assert compiled.likelihood(b, None, np.zeros((p, 1)), 0) is not None
    beta = np.random.default_rng(1).normal(size=(p, 1))
    found, wanted = block_slope(b, beta, Bernoulli()), block_slope(plain(b), beta, Bernoulli())
    size = np.abs(b.x.to_array()).T @ b.weight[:, None]
    assert found.loglik == pytest.approx(wanted.loglik, rel=SUMS)
    assert (np.abs(found.score - wanted.score) / size).max() < SUMS
    place = coordinates_of(InMemory(plain(b)), intercept=0)
    if place.root is None:
        found = block_quadratic_in(b, place, beta, Bernoulli())
        wanted = block_quadratic(place.block(plain(b)), beta, Bernoulli())
        scale = np.sqrt(np.outer(np.diag(wanted.information), np.diag(wanted.information)))
        assert (np.abs(found.information - wanted.information) / scale).max() < SUMS
        assert found.slope.loglik == pytest.approx(wanted.slope.loglik, rel=SUMS)


@pytest.mark.parametrize("kind", ["dense", "vectors"])
@pytest.mark.parametrize("shares", [False, True])
def test_closing(kind, shares):
    b = block(1000, 6, kind=kind, shares=shares)
    place = coordinates_of(InMemory(plain(b)), intercept=0)
    gamma = np.random.default_rng(2).normal(size=(6, 1))
    assert (compiled.closing(b, place, gamma, 0) is None) == shares
    found = block_closing_in(b, place, gamma, Bernoulli())
    wanted = block_closing(place.block(plain(b)), gamma, Bernoulli())
    for name in ("deviance", "pearson", "length"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=SUMS)
    assert found.rounding == pytest.approx(wanted.rounding, rel=1e-12)
    assert found.at.score == pytest.approx(wanted.at.score, rel=1e-12, abs=1e-10)
    both = block_closing_in(b, place, gamma, Bernoulli(), second=True).at
    whole = block_quadratic_in(b, place, gamma, Bernoulli())
    assert both.slope.loglik == pytest.approx(whole.slope.loglik, rel=SUMS)
    assert both.information == pytest.approx(whole.information, rel=1e-13, abs=1e-12)


@pytest.mark.parametrize("kind", ["dense", "rows", "factors"])
@pytest.mark.parametrize("large", [True, False])
def test_a_glance_at_some_chunks_estimates_the_information_and_sums_the_score_of_all(kind, large):
    b = mixed(20_000) if kind == "factors" else block(20_000, 6, kind=kind)
    b = replace(b, large=large)
    p = b.x.n_columns
    place = Coordinates(p, tuple(range(p)), np.zeros(p), np.ones(p), None, None)
    gamma = 0.1 * np.random.default_rng(2).normal(size=(p, 1))
    glance, whole = (block_quadratic_in(b, place, gamma, Bernoulli(), every=k) for k in (4, 1))
    if kind == "factors":
        glance, whole = glance.quadratic(), whole.quadratic()
    assert glance.slope.score == pytest.approx(whole.slope.score, rel=1e-11, abs=1e-9)
    scale = np.sqrt(np.outer(np.diag(whole.information), np.diag(whole.information)))
    apart = (np.abs(glance.information - whole.information) / scale).max()
    assert 0.0 < apart < (0.7 if kind == "factors" else 0.1)  # sixty rows a level, thousands a column
    assert np.trace(glance.information) == pytest.approx(np.trace(whole.information), rel=0.05)


def test_one_weight_for_all_rows_is_not_written_out():
    b = replace(block(1000, 5), weight=np.ones(1000), offset=np.zeros((1000, 1)))
    short = replace(b, weight=np.broadcast_to(1.0, (1000,)), offset=np.broadcast_to(0.0, (1000, 1)))
    beta = np.random.default_rng(1).normal(size=(5, 1))
    found, wanted = block_slope(short, beta, Bernoulli()), block_slope(b, beta, Bernoulli())
    assert found.loglik == wanted.loglik
    assert (found.score == wanted.score).all()


def test_tails_keep_their_digits():
    n = 300
    eta = np.linspace(-600.0, 600.0, n)
    x = Dense(np.ones((n, 1), order="F"))
    right = (eta > 0).astype(float)
    b = Block(x, right[:, None], np.ones(n), eta[:, None], large=True)
    found = block_slope(b, np.zeros((1, 1)), Bernoulli())
    with mpmath.workdps(50):
        exact = -mpmath.fsum(mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(float(e))))) for e in eta)
        assert abs(found.loglik / exact - 1) < SUMS


def test_exponential_within_one_unit_in_the_last_place():
    rng = np.random.default_rng(3)
    x = -np.concatenate(
        [rng.uniform(0, 1, 300), rng.uniform(0, 40, 300), rng.uniform(40, 708, 300), [0.0, 1e-300, 708.0]]
    )
    with mpmath.workdps(50):
        for v in x:
            exact = mpmath.exp(mpmath.mpf(float(v)))
            found = kernels_rows.exp_of_negative(v)
            assert abs(found - exact) <= ULPS * np.spacing(float(exact))
    assert kernels_rows.exp_of_negative(-5000.0) == kernels_rows.exp_of_negative(-708.0)
    assert np.isnan(kernels_rows.exp_of_negative(np.nan))


def test_nan_is_not_lost():
    b = block(1000, 3)
    found = block_slope(b, np.array([[np.nan], [0.0], [0.0]]), Bernoulli())
    assert np.isnan(found.loglik)
    assert np.isnan(found.score).all()


def mixed(n, *, seed=0, levels=(3, 70, 80), numerics=5, slopes=6):
    """Numerics, factors that share a table and factors that do not, and a slope by level."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), 3.0 + rng.normal(size=(n, numerics - 1))]) if numerics else np.ones((n, 0))
    parts = [Numeric(tuple(np.ascontiguousarray(x.T)))] if numerics else []
    parts += [Codes(rng.integers(-1, k, n).astype(np.int32), k) for k in levels]
    parts += [Codes(rng.integers(-1, slopes, n).astype(np.int32), slopes, rng.normal(size=n))] if slopes else []
    places = np.random.default_rng(seed + 1).permutation(sum(part.n_columns for part in parts))
    if numerics:
        places = np.concatenate([[0], 1 + np.random.default_rng(seed + 1).permutation(len(places) - 1)])
    ends = np.cumsum([part.n_columns for part in parts])
    positions = tuple(np.sort(places[end - part.n_columns : end]) for part, end in zip(parts, ends, strict=True))
    y = (rng.random(n) < 0.4).astype(float)
    return Block(
        Mixed(tuple(parts), positions), y[:, None], rng.uniform(0.5, 2.0, n), rng.normal(size=(n, 1)), large=True
    )


MIXED = {
    "many": {},
    "one factor": {"levels": (5,), "slopes": 0},
    "joined": {"levels": (2, 4, 7), "slopes": 0},
    "factors alone": {"levels": (3, 70, 80), "numerics": 0, "slopes": 0},
    "slopes alone": {"levels": (), "numerics": 2},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MIXED)
@pytest.mark.parametrize("n", [1000, 256, 31])
def test_factor_codes(kind, n):
    b = mixed(n, **MIXED[kind])
    p = b.x.n_columns
    beta = np.random.default_rng(1).normal(size=(p, 1))
    assert compiled.likelihood(b, None, beta, 0) is not None
    found, wanted = block_slope(b, beta, Bernoulli()), block_slope(plain(b), beta, Bernoulli())
    assert found.loglik == pytest.approx(wanted.loglik, rel=SUMS)
    assert found.score == pytest.approx(wanted.score, rel=SUMS, abs=n * SUMS)
    place = Coordinates(p, tuple(range(p)), np.zeros(p), np.ones(p), None, None)
    found = block_quadratic_in(b, place, beta, Bernoulli()).quadratic()
    dense = b.x.to_array()
    local = Bernoulli().local(dense @ beta + b.offset, b.y, b.weight)
    wanted = dense.T @ (local.curvature[:, 0] * dense)
    assert found.information == pytest.approx(wanted, rel=1e-12, abs=n * SUMS)
    assert found.slope.score == pytest.approx(dense.T @ local.score, rel=1e-12, abs=n * SUMS)
    found, wanted = (
        block_closing_in(b, place, beta, Bernoulli()), block_closing(plain(b), beta, Bernoulli())
    )  # fmt: skip
    for name in ("deviance", "pearson", "length"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=SUMS)
    assert found.rounding == pytest.approx(wanted.rounding, rel=1e-12)


def test_factor_codes_in_standardised_coordinates_and_some_columns():
    b = mixed(1000)
    p = b.x.n_columns
    place = coordinates_of(InMemory(plain(b)), intercept=0)
    some = [j for j in range(p) if j % 3 != 1]
    place = replace(place, kept=tuple(some), centre=place.centre[some], scale=place.scale[some])
    gamma = np.random.default_rng(2).normal(size=(len(some), 1))
    found = block_quadratic_in(b, place, gamma, Bernoulli()).quadratic()
    wanted = block_quadratic(place.block(plain(b)), gamma, Bernoulli())
    scale = np.sqrt(np.outer(np.diag(wanted.information), np.diag(wanted.information)))
    assert (np.abs(found.information - wanted.information) / scale).max() < SUMS
    assert found.slope.score == pytest.approx(wanted.slope.score, rel=1e-12, abs=1e-10)


@pytest.mark.parametrize("large", [True, False])
def test_tables_of_two_halves_add_up_to_those_of_all_rows(large):
    b = replace(mixed(1000), large=large)
    p = b.x.n_columns
    place = Coordinates(p, tuple(range(p)), np.zeros(p), np.ones(p), None, None)
    zero = np.zeros((p, 1))
    first, second, whole = (
        block_quadratic_in(part, place, zero, Bernoulli()) for part in (b.rows(0, 300), b.rows(300, 1000), b)
    )
    assert (first + second).quadratic().information == pytest.approx(
        whole.quadratic().information, rel=1e-12, abs=1e-12
    )


def test_what_is_not_a_large_block_takes_the_other_path():
    b = block(1000, 3)
    assert compiled.likelihood(plain(b), None, np.zeros((3, 1)), 0) is None
    two = replace(plain(b), y=np.zeros((1000, 2)), offset=np.zeros((1000, 2)))
    assert compiled.likelihood(two, None, np.zeros((3, 2)), 0) is None


@pytest.mark.parametrize(("n", "p", "n_classes"), [(700, 5, 3), (256, 4, 4), (1, 1, 3), (3000, 22, 5)])
def test_products_of_pairs_of_classes(n, p, n_classes):
    rng = np.random.default_rng(n)
    x, weight = Dense(np.asfortranarray(rng.normal(size=(n, p)))), rng.uniform(0.5, 2.0, n)
    probability = np.ascontiguousarray(rng.dirichlet(np.ones(n_classes), n).T)
    found = class_information(x, probability, weight, large=True)
    wanted = class_information(x, probability, weight, large=False)
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    assert (np.abs(found - wanted) / scale).max() < SUMS
