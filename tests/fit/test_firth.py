"""Firth's penalised likelihood: the stored answers, brute force, and data where plain scoring cycles."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

import statlogit as sl
from statlogit.core.families import Bernoulli
from statlogit.core.types import Status
from statlogit.design import prepare
from statlogit.fit.estimate import Settings, estimate
from statlogit.fit.firth import firth, penalised_loglik
from statlogit.fit.model import rows_of
from tests.fit.problems import rows, simulated
from tests.reference import adapter, check

FOLDER = Path(__file__).parents[1] / "reference"
CASES = [case for case in check.load(str(FOLDER)) if case.kind in ("binary", "grouped")]
STORED = [case for case in CASES if check.dig(check.answers(case), "precise.firth.coef")]
COEF, SE = 1e-9, 1e-8  # one digit more than the collection asks for
SAME = 1e-9  # the stopping rule leaves 1e-10 standard errors


def fitted(problem, **more):
    return firth(problem, intercept=0, settings=Settings(), **more)


def of_case(case):
    formula, keywords = adapter.arguments(case)
    keywords.pop("on_failure")
    frame = prepare(formula, case.data, trials=None, missing="drop", **{"event": None} | keywords)
    return frame, firth(rows_of(frame), intercept=frame.design.intercept, settings=Settings())


def penalised(x, y, beta, weight=1.0):
    eta = x @ beta
    mu = 1 / (1 + np.exp(-eta))
    information = x.T @ ((weight * mu * (1 - mu))[:, None] * x)
    kernel = weight * (y * eta - np.logaddexp(0, eta))
    return kernel.sum() + 0.5 * np.linalg.slogdet(information)[1]


@pytest.mark.parametrize("case", STORED, ids=lambda case: case.id)
def test_stored_estimates(case):
    stored = check.dig(check.answers(case), "precise.firth")
    frame, found = of_case(case)
    place = {name: j for j, name in enumerate(frame.design.names)}
    std_error = np.sqrt(np.diag(found.covariance))
    assert len(stored["coef"]) == found.rank
    for name, value in stored["coef"].items():
        assert found.beta[place[name], 0] == pytest.approx(float(value), rel=COEF)
        assert std_error[place[name]] == pytest.approx(float(stored["se"][name]), rel=SE)
    assert penalised_loglik(found) == pytest.approx(float(stored["penalized_loglik"]), rel=1e-12)
    assert found.loglik == pytest.approx(float(stored["loglik"]), rel=1e-11)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_case_has_a_finite_maximum_and_the_climb_never_falls(case):
    found = of_case(case)[1]
    assert found.solution.status is Status.CONVERGED
    assert np.isfinite(found.beta[list(found.coordinates.kept)]).all()
    steps = itertools.pairwise(t.loglik for t in found.solution.trace)
    assert all(after >= before - 1e-8 for before, after in steps)


def test_agrees_with_brute_force_and_the_penalised_score_vanishes():
    x, y = simulated(1, n=40, p=3)
    found = fitted(rows(x, y))
    best = minimize(lambda b: -penalised(x, y, b), np.zeros(3), tol=1e-12)
    np.testing.assert_allclose(found.beta[:, 0], best.x, atol=1e-5)
    assert penalised_loglik(found) == pytest.approx(-best.fun, abs=1e-10)
    mu = 1 / (1 + np.exp(-x @ found.beta[:, 0]))
    leverage = mu * (1 - mu) * ((x @ found.covariance) * x).sum(axis=1)
    assert leverage.sum() == pytest.approx(3)
    np.testing.assert_allclose(x.T @ (y - mu + leverage * (0.5 - mu)), 0, atol=1e-9)


def test_saturated_table_adds_half_an_event_to_every_cell():
    x = np.array([[1.0, 0.0], [1.0, 1.0]])
    events, trials = np.array([0.0, 3.0]), np.array([7.0, 9.0])
    found = fitted(rows(x, events / trials, trials))
    logits = np.log((events + 0.5) / (trials - events + 0.5))
    np.testing.assert_allclose(found.beta[:, 0], [logits[0], logits[1] - logits[0]], rtol=SAME)


def test_separated_data_have_finite_estimates():
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    found = fitted(rows(x, [0, 0, 0, 1, 1, 1]))
    assert found.solution.status is Status.CONVERGED
    assert found.beta[1, 0] > 0
    assert found.beta[0, 0] == pytest.approx(-2.5 * found.beta[1, 0], rel=SAME)


@pytest.mark.parametrize("outlier", [1e2, 1e4, 1e6])
def test_leverage_near_one_does_not_cycle(outlier):
    x, y = simulated(3, n=50, p=2)
    x[0, 1], y[0] = outlier, 1.0
    found = fitted(rows(x, y))
    assert found.solution.status is Status.CONVERGED
    for share in (0.99, 1.01):
        assert penalised(x, y, found.beta[:, 0] * [1, share]) < penalised_loglik(found)


def test_weight_two_is_a_row_twice_and_blocks_change_nothing():
    x, y = simulated(4)
    weight = np.random.default_rng(4).integers(1, 4, len(y))
    a = fitted(rows(x, y, weight, rows_per_block=17))
    b = fitted(rows(np.repeat(x, weight, axis=0), np.repeat(y, weight)))
    np.testing.assert_allclose(a.beta, b.beta, rtol=1e-8)


def test_affine_change_of_basis_maps_the_estimate():
    x, y = simulated(5)
    change = np.array([[1, 2, 0, 1], [0, 1, 3, 0], [0, 0, 1, 1], [0, 0, 0, 1.0]])
    a, b = fitted(rows(x, y)), fitted(rows(x @ change, y))
    np.testing.assert_allclose(change @ b.beta, a.beta, rtol=1e-8)


def test_many_rows_leave_little_of_the_penalty():
    x, y = simulated(6, n=20_000)
    a = fitted(rows(x, y))
    b = estimate(rows(x, y), Bernoulli(), intercept=0, settings=Settings())
    assert 0 < np.abs((a.beta - b.beta)[:, 0] / np.sqrt(np.diag(b.covariance))).max() < 0.02


def test_aliased_column_is_left_out():
    x, y = simulated(7)
    a, b = fitted(rows(x, y)), fitted(rows(np.column_stack([x, x[:, 1] + x[:, 2]]), y))
    assert np.isnan(b.beta[4, 0])
    np.testing.assert_allclose(b.beta[:4], a.beta, rtol=1e-8)


def test_penalty_of_the_front_door():
    case = next(case for case in STORED if case.id == "endometrial")
    formula, keywords = adapter.arguments(case)
    result = sl.logit(formula, case.data, penalty=sl.Firth(), **keywords)
    assert result.converged
    assert result.separation.kind == "none"
    assert result.glance().penalty[0] == "firth"
    assert result.params["NV"] == pytest.approx(2.929273353197120, rel=1e-10)
    assert "Firth's penalised likelihood" in result.summary()
