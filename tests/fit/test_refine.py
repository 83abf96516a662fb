"""Ill-conditioned designs reach the maximum of the data as given, and the certificate says so."""

import numpy as np
import pytest

from benchmarks import ill_conditioned as designs
from benchmarks.certificate import ill_conditioned, problem, true_error
from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli, Softmax
from statlogit.core.types import Status
from statlogit.fit.estimate import Settings, estimate

NEAR = 1e-12  # standard errors, at any condition number
SAME = 1e-12
FEWEST_SE_DIGITS = 9.0  # at condition 1e10; the map to the design's columns is done in plain doubles


@pytest.mark.parametrize("exponent", [8, 10, 12])
def test_claim_is_small_and_holds_at_any_condition(exponent):
    block = ill_conditioned(np.random.default_rng(exponent), 10.0**exponent)
    found = estimate(InMemory(block, rows_per_block=32), Bernoulli(), intercept=0, settings=Settings())
    assert not found.coordinates.aliased
    assert found.coordinates.root is not None
    assert true_error(block, found) <= found.certificate.distance < NEAR
    assert found.certificate.digits > 10


@pytest.mark.parametrize("ridge", [None, (0.0, 1.0, 0.5, 2.0)])
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("q", [1, 2])
def test_an_exact_change_of_basis_changes_nothing(q, symmetric, ridge):
    rng = np.random.default_rng(q)
    x, z = np.round(rng.normal(size=(2, 120)) * 2.0**8) / 2.0**8
    d = rng.integers(-500, 500, 120) / 2.0**8
    tiny = 2.0**-34
    near, far = np.column_stack([x**0, x, z, x + z + tiny * d]), np.column_stack([x**0, x, z, d])
    y = np.eye(3)[rng.integers(0, 3, 120)][:, :q]

    def fitted(design, strengths):
        block = Block(Dense(design), y, np.ones(120), np.zeros((120, q)))
        family = Bernoulli() if q == 1 else Softmax(q)
        return estimate(
            InMemory(block),
            family,
            intercept=0,
            settings=Settings(ridge=strengths, symmetric=symmetric and strengths is not None),
        )

    a = fitted(near, ridge)
    assert a.coordinates.root is not None
    if ridge is None:
        b = fitted(far, None).beta
        steep = b[3] / tiny
        np.testing.assert_allclose(a.beta, np.array([b[0], b[1] - steep, b[2] - steep, steep]), rtol=SAME)
    else:  # the penalised score vanishes at the estimate
        eta = near @ a.beta
        odds = np.exp(eta)
        pull = near.T @ (y - odds / (1 + odds.sum(axis=1, keepdims=True)))
        mean = a.beta.sum(axis=1, keepdims=True) / (q + 1) if symmetric else 0.0
        np.testing.assert_allclose(pull, np.array(ridge)[:, None] * (a.beta - mean), atol=1e-11)
    assert a.certificate.distance < NEAR


def test_moving_on_does_not_prove_a_maximum_of_separated_data():
    rng = np.random.default_rng(78)
    block = [problem(rng) for _ in range(645)][-1]  # the information there fades as fast as the score
    found = estimate(InMemory(block), Bernoulli(), intercept=0, settings=Settings())
    assert found.coordinates.root is not None
    assert found.solution.status is Status.SEPARATED
    assert not found.certificate.exists


@pytest.mark.parametrize("name", designs.DESIGNS)
def test_no_worse_than_r_on_ill_conditioned_designs(name):
    ours = coefficients, std_errors, *_ = designs.measure(name)
    assert coefficients >= designs.NEEDED
    assert std_errors > FEWEST_SE_DIGITS
    assert not designs.worse(ours)
