"""Adjusted p-values: R, independence, equal correlations and two dimensions, far into the tails."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import log_ndtr, ndtr
from scipy.stats import norm

import statlogit as sl
from statlogit.inference.multiplicity import holm, single_step
from statlogit.report.grid import table_grid

R = json.loads((Path(__file__).parent / "r" / "tests.json").read_text(encoding="utf-8"))
EXACT = 1e-12
RULE = 5e-4  # relative, of the quasi-random rule with 4,096 points


def equal(m, rho):
    return np.full((m, m), rho) + (1 - rho) * np.eye(m)


def exceeds(c, m, rho):
    """P(max |Z_j| >= c) for equal correlations, by one integral over their common part."""
    own, common = np.sqrt(1 - rho), np.sqrt(rho)

    def given(u):
        one = min(ndtr((common * u - c) / own) + ndtr((-common * u - c) / own), 1 - 1e-16)
        return -np.expm1(m * np.log1p(-one)) * norm.pdf(u)

    return 2 * quad(given, 0, 40, epsabs=0, epsrel=1e-10, limit=500, points=[c / common])[0]


def test_holm_equals_r():
    np.testing.assert_allclose(np.exp(holm(np.log([0.01, 0.04, 0.03, 0.005, 0.5]))), R["holm"], rtol=EXACT)


def test_holm_works_where_p_values_underflow_and_skips_tests_not_made():
    found = holm(np.array([-5000.0, np.nan, -4999.0, np.log(0.9)]))
    np.testing.assert_allclose(found[[0, 2]], [-5000 + np.log(3), -4999 + np.log(2)], rtol=EXACT)
    assert np.isnan(found[1])
    assert found[3] == pytest.approx(np.log(0.9), rel=EXACT)


@pytest.mark.parametrize("c", [0.0, 0.5, 2.0, 6.0, 35.0])
def test_independent_tests_give_sidak(c):
    one = np.log(2) + log_ndtr(-c)
    expected = one + np.log(3) if c > 30 else np.log(-np.expm1(3 * np.log1p(-np.exp(min(one, -1e-16)))))
    assert single_step(np.array([c]), np.eye(3))[0] == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("c", [0.5, 2.0, 3.0, 6.0])
@pytest.mark.parametrize(("m", "rho"), [(2, 0.5), (5, 0.3), (10, 0.9), (20, 0.5)])
def test_equal_correlations_give_the_integral(m, rho, c):
    found = float(np.exp(single_step(np.array([c]), equal(m, rho))[0]))
    assert found == pytest.approx(exceeds(c, m, rho), rel=RULE)


def test_sign_of_a_correlation_does_not_matter_where_z_are_two():
    a, b = (single_step(np.array([2.3]), np.array([[1.0, s], [s, 1.0]]))[0] for s in (0.7, -0.7))
    assert a == pytest.approx(b, abs=1e-5)


def test_repeated_and_dependent_variables_count_once():
    one = single_step(np.array([2.0]), np.eye(1))[0]
    assert single_step(np.array([2.0]), np.ones((3, 3)))[0] == pytest.approx(one, abs=EXACT)
    root = np.array([[1.0, 0.0], [0.0, 1.0], [np.sqrt(0.5), -np.sqrt(0.5)]])  # all differences of three means
    rng = np.random.default_rng(5)
    largest = np.abs(rng.normal(size=(400_000, 2)) @ root.T).max(axis=1)
    expected = (largest >= 2.0).mean()
    assert np.exp(single_step(np.array([2.0]), root @ root.T)[0]) == pytest.approx(expected, abs=4 * 4e-4)


def test_single_step_lies_between_the_raw_and_the_bonferroni_value():
    z = np.array([0.2, 1.5, 2.5, 4.0, 9.0, 45.0])
    raw = np.log(2) + log_ndtr(-z)
    found = single_step(z, equal(6, 0.4))
    assert (found >= raw).all()
    assert (found <= np.minimum(raw + np.log(6), 0.0) + 1e-12).all()
    assert single_step(z, equal(6, 0.4)).tolist() == found.tolist()


def test_tiny_adjusted_p_value_is_kept_and_printed():
    x = np.repeat([0.0, 1.0], 20000)
    y = np.concatenate([np.arange(20000) % 10 == 0, np.arange(20000) % 10 != 0]).astype(int)
    data = pd.DataFrame({"x": x, "y": y, "w": np.tile(np.arange(4.0), 10000)})
    r = sl.logit("y ~ x + w", data)
    for adjust in ("holm", "single-step"):
        found = r.test("x, w", joint=False, adjust=adjust)
        frame = found.to_frame()
        assert frame.p_adjusted[0] == 0.0
        assert frame.log_p_adjusted[0] == pytest.approx(frame.log_p[0] + np.log(2), rel=1e-3)
        assert [cell.text for cell in table_grid(found).groups[0].rows[0].cells][-1] == "<0.001"
    assert "e-" in " ".join(table_grid(found).notes)


def test_single_step_needs_z(examples):
    r = sl.logit("low ~ age + C(race)", examples / "birthwt.csv")
    for call in (
        lambda: r.test("C(race), age", joint=False, adjust="single-step"),
        lambda: r.test("age, C(race)[T.2]", "LR", joint=False, adjust="single-step"),
        lambda: r.anova(adjust="single-step"),
    ):
        with pytest.raises(sl.FitError, match="one degree of freedom each"):
            call()
