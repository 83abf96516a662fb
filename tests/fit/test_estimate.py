"""The estimate against multiple precision, and the identities any maximum likelihood must obey."""

import itertools

import numpy as np
import pytest

from statlogit.core.families import Bernoulli
from statlogit.core.types import Status
from statlogit.fit.estimate import Settings, estimate
from tests.fit.problems import exact_maximum, rows, simulated

DIGITS = 1e-10  # ten digits, two more than the product promises
SAME = 1e-12  # another order of summation moves the last bits only


def fitted(problem, intercept=0, **keywords):
    return estimate(problem, Bernoulli(), intercept=intercept, settings=Settings(**keywords))


def std_error(found):
    return np.sqrt(np.diag(found.covariance))


def error_against_truth(x, y, found, **data):
    beta, se = exact_maximum(x, y, **data)
    in_se = [abs(float((b - e) / s)) for b, e, s in zip(found.beta[:, 0], beta, se, strict=True)]
    of_se = [abs(float(a / s - 1)) for a, s in zip(std_error(found), se, strict=True)]
    return max(in_se), max(of_se)


@pytest.mark.parametrize("seed", range(4))
def test_certificate_bounds_the_true_error(seed):
    x, y = simulated(seed, n=60 + 40 * seed, p=2 + seed)
    found = fitted(rows(x, y))
    error, se_error = error_against_truth(x, y, found)
    assert error <= found.certificate.distance < 1e-9
    assert se_error < DIGITS


def test_shifted_cubic_keeps_ten_digits():
    u = np.linspace(100, 101, 120)
    x = np.column_stack([u**0, u, u**2, u**3])
    y = (np.sin(40 * u) + np.cos(7 * u) > 0.1).astype(float)
    found = fitted(rows(x, y))
    assert found.coordinates.root is not None
    beta, se = exact_maximum(x, y, digits=80)
    relative = [abs(float(b / e - 1)) for b, e in zip(found.beta[:, 0], beta, strict=True)]
    assert max(relative) < DIGITS
    assert max(abs(float(a / s - 1)) for a, s in zip(std_error(found), se, strict=True)) < DIGITS


def test_million_plus_noise_is_no_problem():
    x, y = simulated(5)
    x[:, 1] += 1e6
    found = fitted(rows(x, y))
    beta, se = exact_maximum(x, y)
    assert abs(float(found.beta[1, 0] / beta[1] - 1)) < DIGITS
    assert abs(float(std_error(found)[1] / se[1] - 1)) < DIGITS


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_scale_of_a_column_scales_its_coefficient(factor):
    x, y = simulated(6)
    scaled = x.copy()
    scaled[:, 2] *= factor
    a, b = fitted(rows(x, y)), fitted(rows(scaled, y))
    np.testing.assert_allclose(b.beta[2] * factor, a.beta[2], rtol=SAME)
    np.testing.assert_allclose(b.loglik, a.loglik, rtol=SAME)


def test_weight_two_is_a_row_twice():
    x, y = simulated(7)
    weight = np.random.default_rng(7).integers(1, 4, len(y))
    a = fitted(rows(x, y, weight))
    b = fitted(rows(np.repeat(x, weight, axis=0), np.repeat(y, weight)))
    np.testing.assert_allclose(a.beta, b.beta, rtol=SAME)
    np.testing.assert_allclose(a.covariance, b.covariance, rtol=SAME)


def test_grouped_is_expanded():
    x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    events, trials = np.array([2, 5, 7]), np.array([9, 9, 9])
    a = fitted(rows(x, events / trials, trials))
    single = np.concatenate([np.repeat([1.0, 0.0], [s, n - s]) for s, n in zip(events, trials, strict=True)])
    b = fitted(rows(np.repeat(x, trials, axis=0), single))
    np.testing.assert_allclose(a.beta, b.beta, rtol=SAME)
    np.testing.assert_allclose(a.loglik, b.loglik, rtol=SAME)


def test_flipped_outcome_flips_every_sign():
    x, y = simulated(8)
    np.testing.assert_allclose(fitted(rows(x, 1 - y)).beta, -fitted(rows(x, y)).beta, rtol=SAME)


def test_permuted_rows_and_other_blocks_change_nothing():
    x, y = simulated(9, n=1000)
    order = np.random.default_rng(9).permutation(len(y))
    a, b = fitted(rows(x, y)), fitted(rows(x[order], y[order], rows_per_block=37))
    np.testing.assert_allclose(a.beta, b.beta, rtol=SAME)


def test_affine_change_of_basis_maps_the_estimate():
    x, y = simulated(10)
    change = np.array([[1, 2, 0, 1], [0, 1, 3, 0], [0, 0, 1, 1], [0, 0, 0, 1.0]])
    a, b = fitted(rows(x, y)), fitted(rows(x @ change, y))
    np.testing.assert_allclose(change @ b.beta, a.beta, rtol=1e-11)


def test_offset_moves_the_intercept():
    x, y = simulated(11)
    a, b = fitted(rows(x, y)), fitted(rows(x, y, offset=np.full(len(y), 0.75)))
    np.testing.assert_allclose(b.beta[0], a.beta[0] - 0.75, rtol=SAME)


def test_aliased_column_is_left_out_and_the_rest_is_the_fit_without_it():
    x, y = simulated(12)
    wide = np.column_stack([x, x[:, 1] - 2 * x[:, 2]])
    a, b = fitted(rows(x, y)), fitted(rows(wide, y))
    assert b.coordinates.aliased == (4,)
    np.testing.assert_allclose(b.beta[:4], a.beta, rtol=SAME)
    assert np.isnan(b.beta[4, 0])


def test_constant_column_beside_an_intercept_is_aliased():
    x, y = simulated(13)
    wide = np.column_stack([x, np.full(len(y), 0.1)])
    assert fitted(rows(wide, y)).coordinates.aliased == (4,)


def test_loglik_never_falls_even_from_a_bad_start():
    x, y = simulated(14, slope=3.0)
    problem = rows(x, y)
    start = np.array([[8.0], [-9.0], [7.0], [12.0]])
    found = estimate(problem, Bernoulli(), intercept=0, settings=Settings(), start=start)
    logliks = [t.loglik for t in found.solution.trace]
    assert found.solution.status is Status.CONVERGED
    assert max(t.halvings for t in found.solution.trace) > 0
    assert all(b >= a - 1e-12 * abs(a) for a, b in itertools.pairwise(logliks))
    np.testing.assert_allclose(found.beta, fitted(problem).beta, rtol=SAME)


def test_counts_of_a_billion_converge():
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    share = np.array([0.1, 0.2, 0.3, 0.45, 0.6, 0.7])
    found = fitted(rows(x, share, np.full(6, 1e9)))
    assert found.solution.status is Status.CONVERGED
    assert error_against_truth(x, share, found, weight=np.full(6, 1e9))[0] <= found.certificate.distance


def test_ridge_shrinks_and_leaves_the_intercept_alone():
    x, y = simulated(15)
    strength = (0.0, 2.0, 2.0, 2.0)
    found = fitted(rows(x, y), ridge=strength)
    mu = 1 / (1 + np.exp(-x @ found.beta[:, 0]))
    np.testing.assert_allclose(x.T @ (y - mu), np.array(strength) * found.beta[:, 0], atol=1e-11)


def test_iteration_limit_is_said():
    x, y = simulated(16)
    found = fitted(rows(x, y), max_iterations=2)
    assert found.solution.status is Status.MAX_ITERATIONS
    assert found.solution.n_iter == 2
