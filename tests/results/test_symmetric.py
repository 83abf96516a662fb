"""The symmetric softmax, against scikit-learn and against its own definition."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import statlogit as sl
from tests.contracts.test_every_solver import TEN, THREE

EIGHT_DIGITS = 1e-8
EXACT = 1e-10


@pytest.mark.parametrize(("data", "strength"), [(THREE, 3.0), (TEN, 0.5)], ids=["three", "ten"])
def test_weights_are_those_of_scikit_learn(data, strength):
    found = sl.multinomial("y ~ a + b", data, penalty=sl.Ridge(strength))
    other = LogisticRegression(C=1 / strength, tol=1e-12, max_iter=10_000, solver="newton-cg").fit(
        data[["a", "b"]], data["y"]
    )
    np.testing.assert_allclose(found.params.loc[["a", "b"]], other.coef_.T, rtol=EIGHT_DIGITS, atol=EIGHT_DIGITS)
    expected = other.intercept_ - other.intercept_.mean()
    np.testing.assert_allclose(found.params.loc["Intercept"], expected, rtol=EIGHT_DIGITS, atol=EIGHT_DIGITS)
    probability = other.predict_proba(data[["a", "b"]])
    np.testing.assert_allclose(found.predict(), probability, rtol=EIGHT_DIGITS, atol=EIGHT_DIGITS)


def test_no_class_is_set_apart():
    found = sl.multinomial("y ~ a + b", THREE, penalty=sl.Ridge(3.0))
    turned = sl.multinomial("y ~ a + b", THREE.assign(y=THREE["y"].cat.reorder_categories(["c02", "c00", "c01"])),
                            penalty=sl.Ridge(3.0))  # fmt: skip
    assert found.reference is None
    assert found.classes == ("c00", "c01", "c02")
    np.testing.assert_allclose(found.params, turned.params[list(found.params)], rtol=EXACT, atol=EXACT)
    np.testing.assert_allclose(found.bse, turned.bse[list(found.bse)], rtol=EXACT)
    np.testing.assert_allclose(found.params.sum(axis=1), 0.0, atol=EXACT)
    assert "symmetric" in found.summary()


def test_covariance_is_the_inverse_of_the_penalised_information_of_all_classes():
    """Brute force: the (pK, pK) information with its ridge, on the subspace of sum zero."""
    strength, names = 3.0, ["Intercept", "a", "b"]
    found = sl.multinomial("y ~ a + b", THREE, penalty=sl.Ridge(strength))
    x, p = np.column_stack([np.ones(len(THREE)), THREE["a"], THREE["b"]]), found.predict().to_numpy()
    curvature = p[:, :, None] * (np.eye(3) - p[:, None, :])
    whole = np.einsum("njk,na,nb->jakb", curvature, x, x).reshape(9, 9)
    whole += np.kron(np.eye(3), strength * np.diag([0.0, 1.0, 1.0]))
    centred = np.kron(np.linalg.svd(np.ones((1, 3)))[2][1:].T, np.eye(3))
    expected = centred @ np.linalg.inv(centred.T @ whole @ centred) @ centred.T
    order = [(k, name) for k in found.classes for name in names]
    np.testing.assert_allclose(found.cov_params().loc[order, order], expected, rtol=EIGHT_DIGITS, atol=1e-12)


@pytest.mark.parametrize("solver", [sl.Lbfgs(), sl.NewtonCG(), sl.GradientDescent()], ids=lambda s: s.name)
def test_every_solver_takes_the_symmetric_ridge(solver):
    best, found = (
        sl.multinomial("y ~ a + b", THREE, penalty=sl.Ridge(30.0), solver=s, tol=1e-9) for s in ("auto", solver)
    )
    np.testing.assert_allclose(found.params, best.params, rtol=EIGHT_DIGITS, atol=EIGHT_DIGITS)
    assert found.llf == pytest.approx(best.llf, rel=EXACT)


def test_a_named_reference_keeps_the_ridge_on_its_contrasts():
    found = sl.multinomial("y ~ a + b", THREE, penalty=sl.Ridge(3.0), reference="c00")
    assert found.reference == "c00"
    assert list(found.params) == ["c01", "c02"]


def test_standard_errors_can_be_left_out_and_are_beyond_a_size(monkeypatch):
    from statlogit import api

    full = sl.multinomial("y ~ a + b", THREE)
    monkeypatch.setattr(api, "MOST_WITH_ERRORS", 5)
    for short in (sl.multinomial("y ~ a + b", THREE), sl.multinomial("y ~ a + b", THREE, standard_errors=False)):
        assert short.converged
        pd.testing.assert_frame_equal(short.params, full.params, rtol=EIGHT_DIGITS)
        assert short.bse.isna().all(axis=None)
        assert short.tidy()["p_value"].isna().all()
        text = " ".join(short.summary().split())
        assert "of 6 coefficients takes" in text
        assert "standard_errors=True" in text
        assert "Likelihood-ratio test" not in text
    asked = sl.multinomial("y ~ a + b", THREE, standard_errors=True)
    pd.testing.assert_frame_equal(asked.bse, full.bse)
    with pytest.raises(ValueError, match="standard_errors"):
        sl.multinomial("y ~ a", THREE, standard_errors="some")


def test_reports_name_relative_risk_ratios(tmp_path):
    found = sl.multinomial("y ~ a + b", THREE)
    assert "RRR" in found.summary()
    assert "Odds ratio" not in found.summary()
    page = found.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Relative-risk ratio" in page
    assert "Odds ratio" not in page


def test_predictions_without_standard_errors_have_none():
    full, short = (sl.multinomial("y ~ a + b", THREE, standard_errors=asked) for asked in (True, False))
    np.testing.assert_allclose(short.predict(), full.predict(), rtol=EIGHT_DIGITS)
    found = short.predict(THREE, interval="confidence")
    assert found.xs("std_error", axis=1, level="quantity").isna().all(axis=None)
    assert found.xs("conf_low", axis=1, level="quantity").isna().all(axis=None)
    np.testing.assert_allclose(short.confusion(), full.confusion())
