"""The estimators: scikit-learn's own checks, agreement with the formula path, and the tools they have to work in."""

import pickle

import numpy as np
import pandas as pd
import polars
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import statlogit as sl
from statlogit.sklearn import FormulaLogit, LogitClassifier, SeparationWarning

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

SAME = 1e-9  # two climbs to one maximum, each certified closer than this
OTHER_SOLVER = 1e-5  # scikit-learn stops on a gradient of 1e-10 in the mean loss
ARRAY_API = "check_array_api_input"  # needs an environment variable of scipy; skipped by scikit-learn itself


@pytest.fixture
def births() -> pd.DataFrame:
    return pd.read_csv("examples/birthwt.csv")


@pytest.mark.filterwarnings("ignore")  # the checks fit separated and tiny data on purpose
@pytest.mark.parametrize(
    "model",
    [
        LogitClassifier(),
        pytest.param(LogitClassifier(penalty="ridge"), marks=pytest.mark.slow),
        pytest.param(LogitClassifier(fit_intercept=False), marks=pytest.mark.slow),
    ],
    ids=["plain", "ridge", "no intercept"],
)
def test_every_check_of_scikit_learn_passes(model):
    found = check_estimator(model, on_fail=None, on_skip=None)
    assert {r["check_name"]: r["exception"] for r in found if r["status"] != "passed"}.keys() <= {ARRAY_API}
    assert len(found) > 50


def test_arrays_give_the_estimates_of_the_formula(births):
    names = ["age", "lwt", "smoke"]
    weight = np.arange(len(births)) % 3
    r = sl.logit("low ~ age + lwt + smoke", births.assign(w=weight), weights="w")
    m = LogitClassifier().fit(births[names], births["low"], sample_weight=weight)
    np.testing.assert_allclose(np.append(m.intercept_, m.coef_), r.params, rtol=SAME)
    np.testing.assert_allclose(np.append(m.intercept_std_errors_, m.std_errors_), r.bse, rtol=SAME)
    np.testing.assert_allclose(m.predict_proba(births[names])[:, 1], r.predict(births), rtol=SAME)
    assert m.loglik_ == pytest.approx(r.llf, rel=SAME)
    assert list(m.feature_names_in_) == names
    assert m.converged_
    assert m.certificate_.exists


def test_firth_is_the_formulas_firth_and_wants_two_classes(births):
    r = sl.logit("low ~ age + lwt", births, penalty=sl.Firth())
    m = LogitClassifier(penalty="firth").fit(births[["age", "lwt"]], births["low"])
    np.testing.assert_allclose(np.append(m.intercept_, m.coef_), r.params, rtol=1e-7)
    np.testing.assert_allclose(np.append(m.intercept_std_errors_, m.std_errors_), r.bse, rtol=1e-7)
    with pytest.raises(ValueError, match="two classes, and y has 3"):
        LogitClassifier(penalty="firth").fit(*load_iris(return_X_y=True))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_ridge_is_that_of_logistic_regression(n_classes):
    X, y = load_iris(return_X_y=True)
    X, y = X[y < n_classes], y[y < n_classes]
    ours = LogitClassifier(penalty="ridge", strength=2.0).fit(X, y)
    other = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, other.coef_, atol=OTHER_SOLVER)
    np.testing.assert_allclose(ours.predict_proba(X), other.predict_proba(X), atol=OTHER_SOLVER)


def test_unpenalised_classes_have_the_probabilities_of_the_reference_model(births):
    labels = births["race"].map({1: "white", 2: "black", 3: "other"})
    X = births[["age", "lwt"]]
    m = LogitClassifier().fit(X, labels)
    r = sl.multinomial("race ~ age + lwt", X.assign(race=labels), reference="black")
    np.testing.assert_allclose(m.predict_proba(X), r.predict()[list(m.classes_)], rtol=SAME)
    np.testing.assert_allclose(m.coef_[2] - m.coef_[0], r.params.loc[["age", "lwt"], "white"], rtol=SAME)
    np.testing.assert_allclose(m.coef_.sum(axis=0), 0.0, atol=1e-14)
    assert np.isfinite(m.std_errors_).all()


def test_a_column_that_depends_on_others_counts_as_nothing(births):
    X = births[["age", "lwt"]].assign(twice=lambda d: 2 * d["age"])
    m = LogitClassifier().fit(X, births["low"])
    assert m.coef_[0, 2] == 0.0
    assert np.isnan(m.std_errors_[0, 2])
    assert np.isfinite(m.std_errors_[0, :2]).all()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_separation_warns_names_the_infinite_and_gives_the_limits_as_finite_coefficients(n_classes):
    X, y = load_iris(return_X_y=True)
    X, y = X[y < n_classes], y[y < n_classes]
    with pytest.warns(SeparationWarning, match=r"x3.* -> \+inf") as caught:
        m = LogitClassifier().fit(X, y)
    assert issubclass(SeparationWarning, ConvergenceWarning)
    assert caught[0].filename == __file__
    assert m.separation_ == ("complete" if n_classes == 2 else "quasi")
    assert not m.converged_
    assert np.isfinite(m.coef_).all()
    expected, loglik = np.eye(n_classes)[y], 0.0
    if n_classes > 2:
        with pytest.raises(sl.SeparationError) as error:
            sl.multinomial("y ~ a + b + c + d", pd.DataFrame(X, columns=list("abcd")).assign(y=y))
        expected, loglik = error.value.result.predict().to_numpy(), error.value.result.llf
    np.testing.assert_allclose(m.predict_proba(X), expected, atol=1e-9)
    assert m.loglik_ == pytest.approx(loglik, abs=1e-9)
    with pytest.raises(sl.SeparationError) as error:
        LogitClassifier(on_failure="raise").fit(X, y)
    assert error.value.result.separation_ == m.separation_


def test_finite_coefficients_under_quasi_separation_are_their_limits():
    X = np.array([[0, 1.0], [0, 2], [0, 3], [0, 4], [0, 5], [1, 1], [1, 2]])
    y = np.array([0, 1, 0, 1, 1, 1, 1])
    with pytest.warns(SeparationWarning):
        m = LogitClassifier().fit(X, y)
    limit = LogitClassifier().fit(X[:5, 1:], y[:5])
    assert m.coef_[0, 1] == pytest.approx(limit.coef_[0, 0], rel=1e-8)
    assert m.std_errors_[0, 1] == pytest.approx(limit.std_errors_[0, 0], rel=1e-8)
    assert np.isnan(m.std_errors_[0, 0])
    assert (m.predict_proba(X[5:])[:, 1] == 1.0).all()


def test_a_solver_that_stops_short_warns_or_raises(births):
    X, y = births[["age", "lwt"]], births["low"]
    with pytest.warns(ConvergenceWarning, match="iteration limit"):
        assert np.isnan(LogitClassifier(max_iter=1).fit(X, y).std_errors_).all()
    with pytest.raises(sl.NotConvergedError):
        LogitClassifier(max_iter=1, on_failure="raise").fit(X, y)


def test_log_probabilities_keep_their_digits_in_the_tails():
    m = LogitClassifier().fit([[1.0], [2], [3], [4], [5], [6]], [0, 0, 1, 0, 1, 1])
    far = [[1e3], [-1e3]]
    eta = m.decision_function(far)
    np.testing.assert_allclose(m.predict_log_proba(far), [[-eta[0], 0.0], [0.0, eta[1]]], rtol=1e-15)
    assert 0.0 < m.predict_proba([[30.0]])[0, 0] < 1e-12


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": "l2"}, "penalty='l2' is not known"),
        ({"penalty": "ridge", "strength": -1.0}, "strength"),
        ({"on_failure": None}, "on_failure=None"),
        ({"solver": "newton"}, "solver='newton' is not a solver"),
        ({"solver": sl.Irls}, "is not a solver"),
        ({"tol": 0.0}, "must be numbers above 0"),
    ],
)
def test_wrong_options_are_refused_at_fit(options, message):
    with pytest.raises(ValueError, match=message):
        LogitClassifier(**options).fit([[1.0], [2], [3], [4]], [0, 1, 0, 1])


@pytest.mark.parametrize("weight", [[1.0, -1.0, 1.0, 1.0], [0.0] * 4, [np.nan, 1, 1, 1], [1.0]])
def test_wrong_weights_are_refused(weight):
    with pytest.raises(ValueError, match="sample_weight"):
        LogitClassifier().fit([[1.0], [2], [3], [4]], [0, 1, 0, 1], sample_weight=weight)


def test_it_works_in_pipelines_searches_and_calibration():
    X, y = load_breast_cancer(return_X_y=True)
    X = X[:, :6]
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), LogitClassifier(penalty="ridge")),
        {"logitclassifier__strength": [0.1, 1.0, 10.0]}, scoring="roc_auc", cv=3,
    ).fit(X, y)  # fmt: skip
    assert grid.best_score_ > 0.95
    calibrated = CalibratedClassifierCV(LogitClassifier(penalty="ridge"), cv=3).fit(X, y)
    assert calibrated.score(X, y) > 0.85
    again = pickle.loads(pickle.dumps(grid.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(X), grid.best_estimator_.predict_proba(X))
    assert clone(LogitClassifier(strength=3.0)).strength == 3.0


@pytest.mark.parametrize("convert", [lambda d: d, polars.from_pandas], ids=["pandas", "polars"])
def test_a_formula_fits_frames_with_and_without_y(births, convert):
    r = sl.logit("low ~ age + C(race) + smoke", births)
    inside = FormulaLogit("low ~ age + C(race) + smoke").fit(convert(births))
    beside = FormulaLogit("age + C(race) + smoke").fit(convert(births.drop(columns="low")), births["low"].to_numpy())
    for model in (inside, beside):
        np.testing.assert_allclose(model.result_.params, r.params, rtol=SAME)
        np.testing.assert_allclose(model.predict_proba(convert(births))[:, 1], r.predict(), rtol=SAME)
        assert "low" not in model.feature_names_in_
    changed = FormulaLogit("low ~ age + C(race) + smoke").fit(convert(births), 1 - births["low"].to_numpy())
    np.testing.assert_allclose(changed.result_.params, -r.params, rtol=1e-7)


def test_a_formula_works_in_searches_and_with_text_classes(births):
    y = births["race"].map({1: "white", 2: "black", 3: "other"})
    assert cross_val_score(FormulaLogit("age + lwt"), births, y, cv=3, scoring="neg_log_loss").max() < 0.0
    grid = GridSearchCV(
        FormulaLogit("C(race) + bs(age, df=4, extrapolation='extend')", penalty="ridge"), {"strength": [1.0, 10.0]},
        cv=3, scoring="roc_auc", error_score="raise",
    )  # fmt: skip
    grid.fit(births, births["low"])
    model = FormulaLogit("age + lwt", penalty="ridge").fit(births, y)
    assert list(model.classes_) == ["black", "other", "white"]
    assert model.result_.symmetric
    np.testing.assert_allclose(model.decision_function(births), np.log(model.predict_proba(births)))
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict(births) == model.predict(births)).all()


def test_a_formula_says_what_it_cannot_do(births):
    with pytest.raises(sl.FormulaError, match="y must be given"):
        FormulaLogit("age + lwt").fit(births)
    model = FormulaLogit("low ~ age").fit(births)
    with pytest.raises(sl.DataError, match="1 rows, the first at position 1"):
        model.predict(pd.DataFrame({"age": [20.0, np.nan]}))
    separated = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": list("aabb")})
    with pytest.warns(SeparationWarning):
        model = FormulaLogit("y ~ x").fit(separated)
    assert np.isfinite(model.decision_function(separated)).all()
    assert model.predict_proba(separated)[:, 1].tolist() == [0.0, 0.0, 1.0, 1.0]
    with pytest.raises(sl.SeparationError):
        FormulaLogit("y ~ x", on_failure="raise").fit(separated)
