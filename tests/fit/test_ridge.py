"""Ridge: the stored answers, scikit-learn's, units and strengths by term, effective degrees of freedom."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import statlogit as sl
from statlogit.core.families import Bernoulli
from statlogit.fit.estimate import Settings, estimate
from tests.fit.problems import rows, simulated
from tests.reference import adapter, check

FOLDER = Path(__file__).parents[1] / "reference"
CASES = [case for case in check.load(str(FOLDER)) if check.dig(check.answers(case), "precise.ridge.coef")]
CASES = [case for case in CASES if case.kind in ("binary", "grouped")]
DIGITS = 1e-11  # the raw polynomial of wage_poly4 holds 12; the collection asks for 8
ERROR_DIGITS = 1e-10  # rounding over the smallest pivot that is still summed without whitening, 2^-53 / 1e-6
SAME = 1e-8  # scikit-learn's own stopping rule
EXACT = 1e-11  # two ways to the same maximum of ours


def fitted(x, y, strength):
    ridge = (0.0, *[strength] * (x.shape[1] - 1))
    return estimate(rows(x, y), Bernoulli(), intercept=0, settings=Settings(ridge=ridge)), ridge


def peer(strength, **more):
    return LogisticRegression(C=1 / strength, solver="newton-cholesky", tol=1e-12, max_iter=1000, **more)


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


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
    other = peer(strength).fit(x[:, 1:], y)
    found, _ = fitted(x, y, strength)
    np.testing.assert_allclose(found.beta[:, 0], [other.intercept_[0], *other.coef_[0]], rtol=SAME)


@pytest.mark.parametrize("p", [20, 21, 25])
def test_as_many_columns_as_rows_or_more_are_all_estimated(p):
    """20 rows: without the penalty's part in the rank, columns beyond the 20th would count as aliased."""
    x, y = simulated(3, n=20, p=p)
    x[:, 2] = x[:, 1] if p == 25 else x[:, 2]
    other = peer(0.7).fit(x[:, 1:], y)
    found, ridge = fitted(x, y, 0.7)
    np.testing.assert_allclose(found.beta[:, 0], [other.intercept_[0], *other.coef_[0]], rtol=SAME)
    information = np.diag(ridge) + x.T @ (weights(x, found)[:, None] * x)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(information), rtol=1e-8, atol=1e-10)


def weights(x, found):
    mu = 1 / (1 + np.exp(-x @ found.beta[:, 0]))
    return mu * (1 - mu)


def test_standardised_units_are_a_pipeline_with_a_scaler(births):
    columns = ["age", "lwt", "smoke", "ptl"]
    scaled = make_pipeline(StandardScaler(), peer(2.0)).fit(births[columns], births["low"])
    spread, coefficients = scaled[0].scale_, scaled[1].coef_[0]
    result = sl.logit(f"low ~ {' + '.join(columns)}", births, penalty=sl.Ridge(2.0, units="standardised"))
    np.testing.assert_allclose(result.params[columns], coefficients / spread, rtol=SAME)
    intercept = scaled[1].intercept_[0] - coefficients / spread @ scaled[0].mean_
    assert result.params["Intercept"] == pytest.approx(intercept, rel=SAME)


def test_standard_deviations_are_weighted_and_indicators_count(births):
    weighted = births.assign(w=1 + births.index % 3)
    repeated = births.loc[births.index.repeat(weighted["w"])]
    a = sl.logit("low ~ age + C(race)", weighted, weights="w", penalty=sl.Ridge(1.0, units="standardised"))
    b = sl.logit("low ~ age + C(race)", repeated, penalty=sl.Ridge(1.0, units="standardised"))
    np.testing.assert_allclose(a.params, b.params, rtol=EXACT)
    share = (repeated["race"] == 2).mean()
    assert a.fit.settings.ridge[2] == pytest.approx(share * (1 - share), rel=1e-12)


def test_strengths_by_term_are_a_scaling_of_columns(births):
    """strength 4 on x is strength 1 on x / 2."""
    halved = births.assign(age=births["age"] / 2)
    a = sl.logit("low ~ age + lwt + C(race)", births, penalty=sl.Ridge({"age": 4.0, "C(race)": 1.0, "lwt": 1.0}))
    b = sl.logit("low ~ age + lwt + C(race)", halved, penalty=sl.Ridge(1.0))
    np.testing.assert_allclose(a.params.drop("age"), b.params.drop("age"), rtol=EXACT)
    assert a.params["age"] == pytest.approx(b.params["age"] / 2, rel=EXACT)
    assert a.df_effective == pytest.approx(b.df_effective, rel=1e-10)


def test_terms_that_are_not_named_are_not_penalised(births):
    huge = sl.logit("low ~ age + C(race)", births, penalty=sl.Ridge({"C(race)": 1e12}))
    alone = sl.logit("low ~ age", births)
    np.testing.assert_allclose(huge.params[["Intercept", "age"]], alone.params, rtol=1e-8)
    assert huge.df_effective == pytest.approx(2.0, abs=1e-8)
    none = sl.logit("low ~ age + C(race)", births, penalty=sl.Ridge({"age": 0.0}))
    assert none.glance()["penalty"][0] == "none"
    pd.testing.assert_series_equal(none.params, sl.logit("low ~ age + C(race)", births).params)


@pytest.mark.parametrize(
    ("strength", "message"),
    [
        ({"C(rac)": 1.0}, r"did you mean 'C\(race\)'"),
        ({"zzz": 1.0}, "the terms are age"),
        ({"Intercept": 1.0}, "never"),
    ],
)
def test_a_name_that_is_no_term_is_refused(births, strength, message):
    with pytest.raises(sl.FormulaError, match=message):
        sl.logit("low ~ age + C(race)", births, penalty=sl.Ridge(strength))


@pytest.mark.parametrize("strength", [-1.0, np.nan, np.inf, {"age": -1.0}])
def test_strengths_that_are_none_are_refused(strength):
    with pytest.raises(ValueError, match=r"finite number >= 0"):
        sl.Ridge(strength)


def test_unknown_units_are_refused():
    with pytest.raises(ValueError, match="'raw', 'standardised'"):
        sl.Ridge(1.0, units="scaled")


@pytest.mark.parametrize("strength", [0.0, 0.1, 10.0, 1e8])
def test_effective_degrees_of_freedom_are_the_trace(strength):
    x, y = simulated(2)
    found, ridge = fitted(x, y, strength)
    information = x.T @ (weights(x, found)[:, None] * x)
    trace = np.trace(np.linalg.solve(information + np.diag(ridge), information))
    assert found.effective_df == pytest.approx(trace, rel=1e-9)
    assert 1 <= trace <= 4 + 1e-12


def test_multinomial_strengths_and_effective_degrees_of_freedom(births):
    """Three classes: the trace over both equations, from the information of the stacked model."""
    data = births
    m = sl.multinomial("race ~ age + lwt", data, reference=1, penalty=sl.Ridge({"lwt": 3.0}, units="standardised"))
    x = np.column_stack([np.ones(len(data)), data["age"], data["lwt"]])
    p = m.predict().drop(columns=m.reference).to_numpy()
    blocks = [[x.T @ ((p[:, j] * ((j == k) - p[:, k]))[:, None] * x) for k in range(2)] for j in range(2)]
    information = np.block(blocks)
    penalty = np.diag(np.tile([0, 0, 3.0 * data["lwt"].var(ddof=0)], 2))
    trace = np.trace(np.linalg.solve(information + penalty, information))
    assert m.df_effective == pytest.approx(trace, rel=1e-9)
    assert m.df_resid == pytest.approx(len(data) - trace)
    std_error = np.sqrt(np.diag(np.linalg.inv(information + penalty))).reshape(3, 2, order="F")
    np.testing.assert_allclose(m.bse, std_error, rtol=1e-9)
    y = pd.get_dummies(data["race"])[list(m.classes)].to_numpy(dtype=float)
    np.testing.assert_allclose(x.T @ (y - p), penalty[:3, :3] @ m.params.to_numpy(), atol=1e-8)
    assert np.isnan(m.llr)
    assert m.glance()["covariance"][0] == "posterior"
    assert "Effective df" in m.summary()


def test_separated_data_shrink_to_finite_estimates():
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    found, ridge = fitted(x, np.array([0, 0, 0, 1, 1, 1.0]), 0.5)
    assert found.solution.converged
    mu = 1 / (1 + np.exp(-x @ found.beta[:, 0]))
    np.testing.assert_allclose(x.T @ (np.array([0, 0, 0, 1, 1, 1]) - mu), ridge * found.beta[:, 0], atol=1e-10)


def test_columns_without_a_penalty_that_separate_are_told():
    """The Newton decrement vanishes on the way to infinity, and the fit said converged at 98."""
    data = pd.DataFrame({"x": range(8), "z": [0, 0, 0, 0, 1, 1, 1, 1], "y": [0, 0, 0, 0, 1, 1, 1, 1]})
    with pytest.raises(sl.NotConvergedError, match="without a ridge penalty separate"):
        sl.logit("y ~ x + z", data, penalty=sl.Ridge({"x": 1.0}))
    assert sl.logit("y ~ x + z", data, penalty=sl.Ridge(1.0)).converged


def test_no_likelihood_ratio_is_shown(births):
    result = sl.logit("low ~ age + C(race)", births, penalty=sl.Ridge(1.0))
    glance = result.glance().iloc[0]
    assert np.isnan([result.llr, result.llr_pvalue, glance.lr_stat, glance.lr_p]).all()
    for refused in (result.anova, result.overall_test, lambda: result.conf_int(method="profile")):
        with pytest.raises(sl.FitError, match="ridge"):
            refused()
    text = result.summary()
    assert "Likelihood-ratio" not in text
    assert "Posterior: inverse penalised information" in text
    assert "95% posterior intervals" in text
    assert "Effective df" in text


def test_information_criteria_count_the_effective_coefficients(births):
    result = sl.logit("low ~ age + C(race)", births, penalty=sl.Ridge(5.0))
    k = result.df_effective
    assert 1.0 < k < 4.0
    assert result.aic == pytest.approx(-2 * result.llf + 2 * k)
    assert result.bic == pytest.approx(-2 * result.llf + np.log(len(births)) * k)
    assert result.df_resid == pytest.approx(len(births) - k)
