"""Ridge: the stored answers, scikit-learn's, and the effective degrees of freedom."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import statlogit as sl
from statlogit.core.families import Bernoulli
from statlogit.fit.estimate import Settings, effective_df, estimate
from tests.fit.problems import rows, simulated
from tests.reference import adapter, check

FOLDER = Path(__file__).parents[1] / "reference"
CASES = [case for case in check.load(str(FOLDER)) if check.dig(check.answers(case), "precise.ridge.coef")]
CASES = [case for case in CASES if case.kind in ("binary", "grouped")]
DIGITS = 1e-11  # the raw polynomial of wage_poly4 holds 12; the collection asks for 8
ERROR_DIGITS = 1e-10  # rounding over the smallest pivot that is still summed without whitening, 2^-53 / 1e-6


def fitted(x, y, strength):
    ridge = (0.0, *[strength] * (x.shape[1] - 1))
    return estimate(rows(x, y), Bernoulli(), intercept=0, settings=Settings(ridge=ridge)), ridge


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_stored_estimates(case):
    stored = check.dig(check.answers(case), "precise.ridge")
    formula, keywords = adapter.arguments(case)
    result = sl.logit(formula, case.data, penalty=sl.Ridge(float(stored["lambda_"])), **keywords)
    for name, value in stored["coef"].items():
        assert result.params[name] == pytest.approx(float(value), rel=DIGITS)
        assert result.bse[name] == pytest.approx(float(stored["se_penalized_hessian"][name]), rel=ERROR_DIGITS)


@pytest.mark.parametrize("strength", [1e-3, 1.0, 50.0])
def test_same_as_scikit_learn_at_one_over_c(strength):
    x, y = simulated(1)
    other = LogisticRegression(C=1 / strength, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(x[:, 1:], y)
    found, _ = fitted(x, y, strength)
    np.testing.assert_allclose(found.beta[:, 0], [other.intercept_[0], *other.coef_[0]], rtol=1e-8)


@pytest.mark.parametrize("strength", [0.0, 0.1, 10.0, 1e8])
def test_effective_degrees_of_freedom_are_the_trace(strength):
    x, y = simulated(2)
    found, ridge = fitted(x, y, strength)
    mu = 1 / (1 + np.exp(-x @ found.beta[:, 0]))
    information = x.T @ ((mu * (1 - mu))[:, None] * x)
    trace = np.trace(np.linalg.solve(information + np.diag(ridge), information))
    assert effective_df(found, ridge) == pytest.approx(trace, rel=1e-9)
    assert 1 <= trace <= 4 + 1e-12


def test_separated_data_shrink_to_finite_estimates():
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    found, ridge = fitted(x, np.array([0, 0, 0, 1, 1, 1.0]), 0.5)
    assert found.solution.converged
    mu = 1 / (1 + np.exp(-x @ found.beta[:, 0]))
    np.testing.assert_allclose(x.T @ (np.array([0, 0, 0, 1, 1, 1]) - mu), ridge * found.beta[:, 0], atol=1e-10)
