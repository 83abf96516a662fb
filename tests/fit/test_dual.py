"""Ridge with more columns than rows: the dual equals the primal, scikit-learn and the direct inverse."""

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import statlogit as sl
from statlogit.core.families import Bernoulli, Softmax
from statlogit.fit.dual import estimate_dual, is_wide
from statlogit.fit.estimate import Settings, estimate
from tests.fit.problems import rows

SAME = 1e-8  # asked; both ways hold about 12 digits
FAST = 2.0  # CPU seconds for 100 rows and 2,000 columns: 0.3 alone on one core, and much more by the primal


def wide(seed, n=40, p=90):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), 3 + rng.normal(size=(n, p))])
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(3 - x[:, 1]))).astype(float)
    return x, y


def both(problem, family, ridge, intercept, **more):
    settings = Settings(ridge=ridge, **more)
    ways = (estimate_dual, estimate)
    return [way(problem, family, intercept=intercept, settings=settings) for way in ways]


def agree(dual, primal):
    assert dual.solution.converged
    np.testing.assert_allclose(dual.beta, primal.beta, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(dual.covariance, primal.covariance, rtol=SAME, atol=SAME)
    assert dual.effective_df == pytest.approx(primal.effective_df, rel=SAME)
    assert dual.loglik == pytest.approx(primal.loglik, rel=SAME)
    assert dual.rank == primal.rank


@pytest.mark.parametrize("strength", [1e-2, 1.0, 30.0])
def test_dual_equals_primal(strength):
    x, y = wide(1)
    agree(*both(rows(x, y, rows_per_block=7), Bernoulli(), (0.0, *[strength] * 90), 0))


def test_strengths_by_column_free_columns_weights_and_offsets():
    x, y = wide(2)
    rng = np.random.default_rng(2)
    weight, offset = rng.integers(1, 4, len(y)), rng.normal(size=len(y))
    ridge = (0.0, *rng.uniform(0.5, 3.0, 40), 0.0, 0.0, *rng.uniform(0.5, 3.0, 48))
    agree(*both(rows(x, y, weight, offset), Bernoulli(), ridge, 0))


def test_without_an_intercept():
    x, y = wide(3)
    agree(*both(rows(x[:, 1:], y), Bernoulli(), (1.5,) * 90, None))


@pytest.mark.parametrize("symmetric", [False, True])
def test_several_classes(symmetric):
    x, _ = wide(4)
    y = np.eye(3)[np.random.default_rng(4).integers(0, 3, len(x))][:, 1:]
    problem = rows(x, np.zeros(len(x))).block
    problem = type(problem)(problem.x, y, problem.weight, np.zeros_like(y))
    source = type(rows(x, np.zeros(len(x))))(problem)
    agree(*both(source, Softmax(2), (0.0, *[2.0] * 90), 0, symmetric=symmetric))


def test_aliased_column_without_a_penalty_is_left_out():
    x, y = wide(5)
    x = np.column_stack([x[:, :2], 2 * x[:, 1] + 1, x[:, 2:]])
    dual, primal = both(rows(x, y), Bernoulli(), (0.0, 0.0, 0.0, *[1.0] * 89), 0)
    assert np.isnan(dual.beta[2, 0])
    assert dual.coordinates.aliased == primal.coordinates.aliased == (2,)
    agree(dual, primal)


def test_covariance_is_the_inverse_penalised_information():
    x, y = wide(6)
    strengths = np.array([0.0, *np.linspace(0.5, 2.0, 90)])
    found = estimate_dual(rows(x, y), Bernoulli(), intercept=0, settings=Settings(ridge=tuple(strengths)))
    mu = 1 / (1 + np.exp(-x @ found.beta[:, 0]))
    information = x.T @ ((mu * (1 - mu))[:, None] * x)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(information + np.diag(strengths)), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(x.T @ (y - mu), strengths * found.beta[:, 0], atol=1e-9)
    trace = np.trace(np.linalg.solve(information + np.diag(strengths), information))
    assert found.effective_df == pytest.approx(trace, rel=1e-9)


def test_a_start_is_taken_along():
    x, y = wide(7)
    settings = Settings(ridge=(0.0, *[1.0] * 90))
    found = estimate_dual(rows(x, y), Bernoulli(), intercept=0, settings=settings)
    again = estimate_dual(rows(x, y), Bernoulli(), intercept=0, settings=settings, start=found.beta)
    assert again.solution.n_iter <= 1
    np.testing.assert_allclose(again.beta, found.beta, rtol=1e-10)


def test_the_certificate_holds_for_every_coefficient():
    x, y = wide(8)
    dual, primal = both(rows(x, y), Bernoulli(), (0.0, *[1.0] * 90), 0)
    allowed = (dual.certificate.distance + primal.certificate.distance) * np.sqrt(np.diag(dual.covariance))
    assert (np.abs(dual.beta - primal.beta)[:, 0] <= allowed).all()
    assert dual.certificate.digits > 5


def test_two_thousand_columns_through_the_front_door():
    rng = np.random.default_rng(9)
    n, p = 100, 2000
    data = pd.DataFrame(rng.normal(size=(n, p)), columns=[f"x{j}" for j in range(p)])
    data["y"] = (rng.uniform(size=n) < 1 / (1 + np.exp(-data["x0"]))).astype(int)
    before = time.process_time()
    result = sl.logit("y ~ .", data, penalty=sl.Ridge(2.0))
    assert time.process_time() - before < FAST
    assert is_wide(n, result.fit.settings)
    x = data.drop(columns="y").to_numpy()
    other = LogisticRegression(C=0.5, solver="newton-cg", tol=1e-10, max_iter=1000).fit(x, data["y"])
    np.testing.assert_allclose(result.params.iloc[1:], other.coef_[0], rtol=1e-5, atol=1e-6)
    assert 1 < result.df_effective < n
    assert np.isfinite(result.bse).all()
