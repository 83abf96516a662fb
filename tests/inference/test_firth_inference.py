"""Penalised likelihood-ratio tests and profile intervals under Firth's penalty: published values and brute force.

Published values are what R's logistf prints for its own data sets sex2 (239 women, here as counts; Foxman et al. 1997)
and endometrial (Heinze and Schemper 2002): the information of the full design is the penalty under every restriction.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

import statlogit as sl
from statlogit.errors import FitError
from tests.reference import adapter, check

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

REFERENCE = Path(__file__).parents[1] / "reference"
PRINTED = 2e-6  # logistf stops an interval where the likelihood is within 1e-5 of its level
SEVEN_DIGITS = 2e-7  # statistics are printed to 8 decimals or 7 digits
BRUTE = 1e-6  # the optimiser without derivatives of log det; values are short by the square of its error

SEX = """
age,oc,vic,vicl,vis,dia,cases,controls
0,0,0,0,1,0,1,1
0,0,1,0,0,0,14,2
0,0,1,0,1,0,3,1
0,0,1,1,0,0,10,8
0,0,1,1,1,0,12,18
0,0,1,1,1,1,1,0
0,1,0,0,0,0,44,42
0,1,0,0,0,1,3,0
0,1,0,0,1,0,0,1
0,1,1,0,0,0,15,1
0,1,1,0,0,1,1,0
0,1,1,0,1,0,2,0
0,1,1,1,0,0,7,5
0,1,1,1,1,0,3,6
1,0,1,0,0,0,2,0
1,0,1,0,1,0,1,0
1,0,1,0,1,1,1,0
1,0,1,1,0,0,1,2
1,0,1,1,1,0,0,4
1,0,1,1,1,1,1,0
1,1,0,0,0,0,5,14
1,1,0,0,1,0,0,1
1,1,1,0,0,0,3,1
1,1,1,1,1,0,0,2
"""
LOGISTF = {  # term: coefficient, 95% interval, 90% interval, chi-squared
    "Intercept": (0.12025405, (-0.8185591, 1.07315122), (-0.6673577, 0.9177303), 0.06286298),
    "age": (-1.10598131, (-1.9737884, -0.30742514), (-1.8277045, -0.4328451), 7.50773092),
    "oc": (-0.06881673, (-0.9414363, 0.78920202), (-0.7986318, 0.6507581), 0.02467044),
    "vic": (2.26887464, (1.2730216, 3.43543273), (1.4248338, 3.2325326), 22.93139022),
    "vicl": (-2.11140817, (-3.2608611, -1.11773495), (-3.0613215, -1.2704704), 19.10407252),
    "vis": (-0.78831694, (-1.6080879, 0.01518468), (-1.4743338, -0.1137542), 3.69740975),
    "dia": (3.09601166, (0.7745682, 8.03029352), (1.0835108, 6.8752016), 7.89693139),
}
ENDOMETRIAL = {  # logistf's 95% intervals
    "Intercept": (1.0825371, 7.20928050),
    "NV": (0.6097244, 7.85463171),
    "PI": (-0.1244587, 0.04045547),
    "EH": (-4.3651832, -1.23272106),
}


@pytest.fixture(scope="module")
def sex():
    data = pd.read_csv(io.StringIO(SEX))
    return sl.logit("cbind(cases, controls) ~ age + oc + vic + vicl + vis + dia", data, penalty=sl.Firth())


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


def case_of(identity):
    return next(case for case in check.load(str(REFERENCE)) if case.id == identity)


def penalised(x, y, weight, beta):
    eta = x @ beta
    mu = 1 / (1 + np.exp(-eta))
    information = x.T @ ((weight * mu * (1 - mu))[:, None] * x)
    return (weight * (y * eta - np.logaddexp(0, eta))).sum() + 0.5 * np.linalg.slogdet(information)[1]


def brute(result, held):
    """The penalised maximum over the columns that are not held, {column: value} the others, in the full design."""
    frame = result.fit.frame
    x, y, weight = frame.x.to_array(), frame.y[:, 0], frame.weight
    size = np.abs(x).max(axis=0)
    free = [j for j, name in enumerate(result.names) if name not in held]
    beta = np.array([held.get(name, 0.0) for name in result.names])

    def minus(t):
        beta[free] = t / size[free]
        return -penalised(x, y, weight, beta)

    start = result.params.to_numpy()[free] * size[free]
    for _ in range(3 if free else 0):  # restarted: each run forgets a metric spoiled by finite differences
        start = minimize(minus, start, method="BFGS", options={"gtol": 1e-9}).x
    if free:  # and a simplex, which needs no differences, for the last digits
        start = minimize(minus, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}).x
    return -minus(start)


def test_published_tests_and_intervals_of_sex2(sex):
    wide, narrow = sex.conf_int(method="profile"), sex.conf_int(0.90, method="profile")
    tests = sex.anova(type=3).to_frame().set_index("term").statistic
    for name, (coefficient, at95, at90, statistic) in LOGISTF.items():
        assert sex.params[name] == pytest.approx(coefficient, rel=1e-5)
        np.testing.assert_allclose(wide.loc[name], at95, rtol=PRINTED, atol=PRINTED)
        np.testing.assert_allclose(narrow.loc[name], at90, rtol=PRINTED, atol=PRINTED)
        if name != "Intercept":
            assert tests[name] == pytest.approx(statistic, rel=SEVEN_DIGITS, abs=1e-8)
    assert sex.llr == pytest.approx(49.09064, abs=6e-6)
    assert sex.llr_pvalue == pytest.approx(7.15089e-09, rel=1e-5)


def test_published_intervals_of_endometrial():
    case = case_of("endometrial")
    result = sl.logit("HG ~ NV + PI + EH", case.data, penalty=sl.Firth())
    found = result.conf_int(method="profile")
    for name, ends in ENDOMETRIAL.items():
        np.testing.assert_allclose(found.loc[name], ends, rtol=PRINTED, atol=PRINTED)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_held_at_an_end_the_penalised_maximum_falls_by_half_the_quantile(level):
    case = case_of("endometrial")
    result = sl.logit("HG ~ NV + PI + EH", case.data, penalty=sl.Firth())
    found = result.conf_int(level, method="profile")
    best = brute(result, {})
    for name in ("NV", "EH"):
        for end in found.loc[name]:
            assert 2 * (best - brute(result, {name: end})) == pytest.approx(chi2.ppf(level, 1), rel=BRUTE)


def test_a_term_is_held_at_zero_in_the_full_design(births):
    result = sl.logit("low ~ age + C(race) + smoke", births, penalty=sl.Firth())
    best = brute(result, {})
    for row in result.anova(type=3).to_frame().itertuples():
        columns = [name for name in result.names if name.startswith(row.term)]
        assert row.df == len(columns)
        assert row.statistic == pytest.approx(2 * (best - brute(result, dict.fromkeys(columns, 0.0))), abs=BRUTE)
    slopes = dict.fromkeys(result.names[1:], 0.0)
    assert result.llr == pytest.approx(2 * (best - brute(result, slopes)), abs=BRUTE)


def test_tests_by_marginality_and_in_sequence_share_the_penalty(births):
    result = sl.logit("low ~ age * smoke", births, penalty=sl.Firth())
    found = {t.term: t.statistic for t in result.anova(type=2).to_frame().itertuples()}
    without = {"age:smoke": 0.0}
    larger = brute(result, without)
    assert found["age"] == pytest.approx(2 * (larger - brute(result, {"age": 0.0} | without)), abs=BRUTE)
    assert found["age:smoke"] == pytest.approx(2 * (brute(result, {}) - larger), abs=BRUTE)
    sequence = result.anova(type=1).to_frame()
    assert sequence.statistic.sum() == pytest.approx(result.llr, rel=1e-9)
    assert sequence.df.sum() == 3


def test_without_an_intercept_the_null_model_has_no_coefficient(births):
    result = sl.logit("low ~ age + lwt - 1", births, penalty=sl.Firth())
    assert result.llr == pytest.approx(2 * (brute(result, {}) - brute(result, {"age": 0.0, "lwt": 0.0})), abs=BRUTE)


def test_hypotheses_as_text_are_tested_by_the_penalised_likelihood(sex):
    found = sex.test("vic = 2, vicl = 0", "LR").to_frame().iloc[0]
    assert found.df == 2
    assert found.statistic == pytest.approx(2 * (brute(sex, {}) - brute(sex, {"vic": 2.0, "vicl": 0.0})), abs=BRUTE)
    with pytest.raises(FitError, match="unpenalised"):
        sex.test("vic = 2", "score")


def test_refitting_without_the_term_would_answer_another_question(births):
    """The trap: a refit has the smaller design's penalty, and its difference is not logistf's test."""
    full = sl.logit("low ~ age + smoke", births, penalty=sl.Firth())
    small = sl.logit("low ~ age", births, penalty=sl.Firth())
    refit = 2 * (full.trace.loglik.iloc[-1] - small.trace.loglik.iloc[-1])
    assert abs(refit - full.anova().to_frame().set_index("term").statistic["smoke"]) > 1.0


@pytest.mark.parametrize("identity", ["titanic_alias", "affairs_alias"])
def test_aliased_columns_add_no_degree_of_freedom(identity):
    case = case_of(identity)
    formula, keywords = adapter.arguments(case)
    result = sl.logit(formula, case.data, penalty=sl.Firth(), **keywords)
    found = result.anova(type=1).to_frame()
    assert found.df.sum() == result.df_model
    assert found.statistic.sum() == pytest.approx(result.llr, rel=1e-9)
    assert (found.statistic >= 0).all()


def test_an_aliased_column_stands_in_for_those_it_equals(births):
    """Without age, its alias age + 2 smoke still spans it: nothing is lost, and there is nothing to test."""
    data = births.assign(both=births["age"] + 2 * births["smoke"])
    result = sl.logit("low ~ age + smoke + both", data, penalty=sl.Firth())
    assert result.aliased == ("both",)
    found = result.anova(type=3).to_frame()
    np.testing.assert_allclose(found.statistic, 0.0, atol=1e-8)
    assert list(found.df) == [0, 0, 0]


def test_weight_two_is_a_row_twice_and_shift_and_scale_map_the_ends(births):
    twice = pd.concat([births, births])
    a = sl.logit("low ~ age + lwt", births.assign(w=2.0), weights="w", penalty=sl.Firth())
    b = sl.logit("low ~ age + lwt", twice.assign(lwt=1e5 + 1e-3 * twice["lwt"]), penalty=sl.Firth())
    left, right = a.conf_int(method="profile"), b.conf_int(method="profile")
    np.testing.assert_allclose(right.loc["lwt"] * 1e-3, left.loc["lwt"], rtol=1e-6)
    np.testing.assert_allclose(right.loc["age"], left.loc["age"], rtol=1e-6)
    np.testing.assert_allclose(a.anova().to_frame().statistic, b.anova().to_frame().statistic, rtol=1e-8)


def test_ill_conditioned_polynomial_has_all_its_ends():
    """log det lost its digits in centred columns alone, and the climb under a restriction stalled."""
    case = case_of("wage_poly4")
    formula, keywords = adapter.arguments(case)
    result = sl.logit(formula, case.data, penalty=sl.Firth(), **keywords)
    found = result.conf_int(method="profile")
    assert (found["conf_low"] < result.params).all()
    assert (result.params < found["conf_high"]).all()
    assert np.isfinite(found).all(axis=None)


def test_separated_data_have_two_finite_ends():
    data = pd.DataFrame({"x": range(8), "y": [0, 0, 0, 0, 1, 1, 1, 1]})
    result = sl.logit("y ~ x", data, penalty=sl.Firth())
    found = result.conf_int(method="profile")
    assert np.isfinite(found).all(axis=None)
    assert found["conf_low"]["x"] < result.params["x"] < found["conf_high"]["x"]


def test_wald_test_of_the_model_is_the_quadratic_form_of_the_slopes(sex):
    beta, covariance = sex.params.to_numpy()[1:], sex.cov_params().to_numpy()[1:, 1:]
    found = sex.overall_test("Wald").to_frame().iloc[0]
    assert found.statistic == pytest.approx(beta @ np.linalg.solve(covariance, beta), rel=1e-10)
    assert found.df == 6


def test_tables_and_reports_say_penalised(sex):
    assert sex.anova().title == "Type II penalised likelihood-ratio tests"
    assert "full design" in sex.anova().note
    assert "Penalised likelihood-ratio" in sex.overall_test().title
    text = " ".join(sex.summary(method="profile").split())
    assert "95% penalised profile-likelihood intervals" in text
    assert "Type II penalised likelihood-ratio" in text
    glance = sex.glance().iloc[0]
    assert glance.lr_stat == sex.llr
