"""The result of a binary fit: the names of the contract, labels kept, identities between its views."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import statlogit as sl

FORMULA = "low ~ age + lwt + C(race) + smoke"
SAME = 1e-13
CONTRACT = """
    params bse zvalues pvalues conf_int cov_params llf llnull llr llr_pvalue aic aicc bic deviance null_deviance nobs
    df_model df_resid fittedvalues converged status n_iter trace certificate findings summary predict tidy glance
    augment report save separation aliased anova overall_test roc with_covariance
"""
GLANCE = """
    nobs n_read n_dropped n_events df_model df_residual log_lik null_log_lik deviance null_deviance aic aicc bic
    lr_stat lr_df lr_p r2_mcfadden r2_coxsnell r2_nagelkerke r2_tjur brier log_loss auc converged n_iter method
    penalty covariance
"""


@pytest.fixture(scope="module")
def data(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def result(data):
    return sl.logit(FORMULA, data)


@pytest.mark.parametrize("name", CONTRACT.split())
def test_name_of_the_contract_is_there(result, name):
    assert hasattr(result, name)


def test_frames_have_the_columns_of_the_contract(result):
    tidy = ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    assert list(result.tidy().columns) == tidy
    assert list(result.glance().columns) == GLANCE.split()
    assert list(result.trace.columns) == ["iteration", "loglik", "gradient", "decrement", "step", "halvings"]
    assert list(result.augment().columns) == ["_fitted", "_resid", "_resid_pearson", "_std_resid", "_hat", "_cooksd"]


def test_names_are_the_design_columns(result):
    expected = ["Intercept", "age", "lwt", "C(race)[T.2]", "C(race)[T.3]", "smoke"]
    assert list(result.params.index) == list(result.bse.index) == list(result.cov_params().columns) == expected


def test_trace_starts_at_the_start_and_never_falls(result):
    assert result.trace["iteration"].tolist() == list(range(result.n_iter + 1))
    assert (result.trace["loglik"].diff().dropna() >= -1e-12).all()
    assert result.trace["loglik"].iloc[0] == pytest.approx(-189 * np.log(2), rel=SAME)


def test_views_agree(result):
    assert result.llr == pytest.approx(result.null_deviance - result.deviance, rel=1e-12)
    assert result.augment()["_hat"].sum() == pytest.approx(6, rel=1e-10)
    assert (result.augment()["_resid"] ** 2).sum() == pytest.approx(result.deviance, rel=1e-12)
    assert result.zvalues["lwt"] == result.params["lwt"] / result.bse["lwt"]
    assert result.tidy(exponentiate=True)["estimate"].tolist() == np.exp(result.params).tolist()
    assert result.roc().auc == result.glance()["auc"][0]


def test_predict_of_new_rows_equals_the_fitted_values_and_keeps_labels(result, data):
    moved = data.iloc[::-1].set_axis([f"row {k}" for k in range(len(data))])
    found = result.predict(moved)
    np.testing.assert_allclose(found.to_numpy()[::-1], result.fittedvalues.to_numpy(), rtol=SAME)
    assert found.index[0] == "row 0"


def test_predict_interval_is_the_transformed_link_interval(result):
    link, probability = result.predict(kind="link", interval="confidence"), result.predict(interval="confidence")
    np.testing.assert_allclose(1 / (1 + np.exp(-link["conf_low"])), probability["conf_low"], rtol=SAME)
    assert ((probability["conf_low"] > 0) & (probability["conf_high"] < 1)).all()


def test_row_with_a_missing_value_predicts_to_nan(result, data):
    new = data.head(3).astype({"age": float})
    new.loc[1, "age"] = np.nan
    assert result.predict(new).isna().tolist() == [False, True, False]


def test_unknown_choice_is_refused_with_the_choices(result):
    with pytest.raises(ValueError, match="'probability', 'link'"):
        result.predict(kind="probabilities")
    with pytest.raises(TypeError):
        sl.logit(FORMULA, "x.csv", wieghts="w")


def test_tiny_p_value_is_kept_as_a_logarithm():
    x = np.repeat([0.0, 1.0], 20000)
    y = np.concatenate([np.arange(20000) % 10 == 0, np.arange(20000) % 10 != 0]).astype(int)
    result = sl.logit("y ~ x", pd.DataFrame({"x": x, "y": y}))
    assert result.zvalues["x"] > 40
    assert result.pvalues["x"] == 0.0
    assert result.log_pvalues["x"] == pytest.approx(norm.logsf(result.zvalues["x"]) + np.log(2), rel=1e-12)
    assert "e-" in result.summary()


def test_toy_set_is_separated_and_says_so(examples):
    with pytest.raises(sl.SeparationError, match="separated") as caught:
        sl.logit("y ~ x", examples / "toy.csv")
    result = caught.value.result
    assert np.isinf(result.params["x"])
    assert np.isnan(result.bse).all()
    assert np.isnan(result.zvalues).all()
    assert result.separation.kind == "complete"
    assert result.llf == 0.0
    assert result.fittedvalues.tolist() == [0.0, 1.0, 0.0, 1.0]


def test_quasi_separated_fit_keeps_finite_limits(data):
    some = data.assign(rare=0)
    some.loc[some.index[some["low"] == 1][:4], "rare"] = 1
    with pytest.warns(sl.errors.SeparationWarning, match="rare"):
        result = sl.logit("low ~ age + rare", some, on_failure="warn")
    rest = sl.logit("low ~ age", some[some["rare"] == 0])
    np.testing.assert_allclose(result.params["age"], rest.params["age"], rtol=1e-10)
    np.testing.assert_allclose(result.bse["age"], rest.bse["age"], rtol=1e-9)
    assert result.params["rare"] == np.inf
    assert result.separation.infinite == ("rare",)


def test_start_that_makes_plain_newton_diverge_still_arrives(data, result):
    again = sl.logit(FORMULA, data, start=[9, -1, 0.2, 8, -9, 7])
    np.testing.assert_allclose(again.params, result.params, rtol=1e-11)


def test_penalty_is_named_and_changes_the_estimate(data, result):
    shrunk = sl.logit(FORMULA, data, penalty=sl.Ridge(5.0))
    assert abs(shrunk.params["smoke"]) < abs(result.params["smoke"])
    assert shrunk.glance()["penalty"][0] == "ridge"


def test_arrays_and_names_of_columns_mean_the_same(data):
    data = data.assign(w=np.arange(len(data)) % 3 + 0.5, o=np.linspace(-1, 1, len(data)))
    a = sl.logit(FORMULA, data, weights="w", offset="o")
    b = sl.logit(FORMULA, data, weights=data["w"].to_numpy(), offset=data["o"].to_numpy())
    assert a.params.tolist() == b.params.tolist()


def test_input_frame_is_not_modified(data):
    before = data.copy(deep=True)
    sl.logit(FORMULA, data)
    pd.testing.assert_frame_equal(data, before)
