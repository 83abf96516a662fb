"""Families against 50 digits, five-point differences and each other."""

import mpmath
import numpy as np
import pytest

from statlogit.core.families import Bernoulli, Softmax, sigmoid

ULP = 2.0**-52
FEW_ULP = 8 * ULP  # exp, one sum, one division and one product, each within an ulp
FAR = [-800.0, -745.0, -40.0, -1e-8, 0.0, 1e-8, 3.7, 40.0, 700.0, 800.0]
DIFFERENCE = 2e-9  # five-point rule with step 1e-3: truncation 1e-12, rounding 1e-16 / 1e-3 times loglik of order one


def binary(eta, y, weight=1.0):
    n = len(eta)
    return Bernoulli().local(np.array(eta)[:, None], np.full((n, 1), y), np.full(n, weight))


@pytest.mark.parametrize("eta", FAR)
@pytest.mark.parametrize("y", [0.0, 1.0, 0.25])
def test_binary_terms_have_full_relative_precision_in_both_tails(eta, y):
    with mpmath.workdps(400):
        mu = 1 / (1 + mpmath.exp(-mpmath.mpf(eta)))
        loglik = y * mpmath.log(mu) + (1 - y) * mpmath.log(1 - mu)
        score, curvature = y - mu, mu * (1 - mu)
        expected = [float(v) for v in (loglik, score, curvature)]
    found = binary([eta], y)
    got = [found.loglik[0], found.score[0, 0], found.curvature[0, 0, 0]]
    np.testing.assert_allclose(got, expected, rtol=FEW_ULP, atol=5e-324 * 4)


def test_small_tail_is_not_rounded_to_zero_or_one():
    mean = sigmoid(np.array([-700.0, 700.0]))
    assert mean.mu[0] == pytest.approx(np.exp(-700.0), rel=FEW_ULP)
    assert mean.complement[1] == pytest.approx(np.exp(-700.0), rel=FEW_ULP)


CANCELLED = 2.0**-52  # the residual of a share is a difference of two parts of at most 3, the largest weight


def test_softmax_of_two_classes_is_binary():
    rng = np.random.default_rng(1)
    eta = np.concatenate([rng.normal(0, 5, 200), FAR])[:, None]
    y = rng.uniform(size=eta.shape).round(1)
    weight = rng.uniform(0.5, 3, len(eta))
    for a, b in zip(Softmax(1).local(eta, y, weight), Bernoulli().local(eta, y, weight), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=CANCELLED)


@pytest.mark.parametrize("far", [-800.0, 800.0])
def test_softmax_far_out_is_finite_and_exact(far):
    eta = np.array([[far, 1.0, -2.0]])
    y = np.array([[0.0, 1.0, 0.0]])
    found = Softmax(3).local(eta, y, np.ones(1))
    with mpmath.workdps(400):
        terms = [mpmath.mpf(1), *(mpmath.exp(mpmath.mpf(v)) for v in eta[0])]
        total = sum(terms)
        expected = float(mpmath.log(terms[2] / total))
        score = [float(v - t / total) for v, t in zip(y[0], terms[1:], strict=True)]
    np.testing.assert_allclose(found.loglik[0], expected, rtol=FEW_ULP)
    np.testing.assert_allclose(found.score[0], score, rtol=FEW_ULP, atol=5e-324 * 4)


@pytest.mark.parametrize("q", [1, 2, 4])
def test_derivatives_equal_five_point_differences(q):
    rng = np.random.default_rng(q)
    family = Bernoulli() if q == 1 else Softmax(q)
    eta = rng.normal(0, 2, (20, q))
    y = rng.dirichlet(np.ones(q + 1), 20)[:, :q]
    weight = rng.uniform(0.5, 2, 20)
    at = family.local(eta, y, weight)
    h = 1e-3
    for k in range(q):
        step = np.zeros(q)
        step[k] = h
        moved = {m: family.local(eta + m * step, y, weight) for m in (-2, -1, 1, 2)}

        def slope(name, moved=moved):
            f = {m: getattr(v, name) for m, v in moved.items()}
            return (f[-2] - 8 * f[-1] + 8 * f[1] - f[2]) / (12 * h)

        np.testing.assert_allclose(slope("loglik"), at.score[:, k], rtol=DIFFERENCE, atol=DIFFERENCE)
        np.testing.assert_allclose(slope("score"), -at.curvature[:, :, k], rtol=DIFFERENCE, atol=DIFFERENCE)


@pytest.mark.parametrize("q", [1, 2, 5])
def test_first_order_alone_has_the_digits_of_the_whole(q):
    """Far out, at ties of several classes, with shares between 0 and 1, and for each class alone."""
    rng = np.random.default_rng(q)
    corners = np.array([[far] * q for far in (*FAR, -800.0)]) * rng.choice([1.0, 0.0, -1.0], size=(len(FAR) + 1, q))
    eta = np.concatenate([np.zeros((1, q)), corners, rng.normal(0, 8, (200, q))])
    pure = np.eye(q + 1)[rng.integers(0, q + 1, len(eta))][:, 1:]
    family = Bernoulli() if q == 1 else Softmax(q)
    for y in (pure, rng.dirichlet(np.ones(q + 1), len(eta))[:, :q]):
        weight = rng.uniform(0.5, 3.0, len(eta))
        whole, first = family.local(eta, y, weight), family.first(eta, y, weight)
        np.testing.assert_allclose(first.loglik, whole.loglik, rtol=1e-13, atol=1e-300)
        np.testing.assert_allclose(first.score, whole.score, rtol=FEW_ULP, atol=2 * ULP if y is not pure else 1e-300)
        np.testing.assert_allclose(first.probability.sum(axis=0), 1.0, rtol=FEW_ULP)
        np.testing.assert_allclose(first.probability[1:].T, family.mean(eta).mu, rtol=FEW_ULP, atol=1e-320)
