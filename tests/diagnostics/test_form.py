"""Collinearity, linearity, link, dispersion and sample size against base R and published formulas."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import statlogit as sl

R = json.loads(Path(__file__).with_name("form.json").read_text())
FORMULA = "low ~ age + lwt + C(race) + smoke"
AGREES = 1e-8  # both sides sum in doubles
ROUNDED = 1e-6  # R sums plain normal equations
CLIMBED = 1e-7  # a log-likelihood near its maximum


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def fitted(births):
    return sl.logit(FORMULA, births)


def grouped():
    doses = {"dose": range(1, 9), "n": [12, 15, 20, 18, 25, 16, 22, 19], "s": [1, 6, 3, 9, 8, 13, 10, 17]}
    return sl.logit("s ~ dose", pd.DataFrame(doses), trials="n")


def test_inflation_is_that_of_car(fitted):
    found = fitted.vif().to_frame()
    assert list(found["term"]) == ["age", "lwt", "C(race)", "smoke"]
    assert list(found["df"]) == [1, 1, 2, 1]
    np.testing.assert_allclose(found["gvif"], R["gvif"], rtol=AGREES)
    np.testing.assert_allclose(found["gvif_root"], found["gvif"] ** (0.5 / found["df"]), rtol=AGREES)


def test_inflation_does_not_depend_on_coding_or_units(births, fitted):
    other = births.assign(age=1e4 + births["age"] / 365.25)
    found = sl.logit("low ~ age + lwt + C(race, contr.sum) + smoke", other).vif().to_frame()
    np.testing.assert_allclose(found["gvif"], fitted.vif().to_frame()["gvif"], rtol=ROUNDED)


def test_inflation_of_near_copies_keeps_its_digits():
    """Two columns apart by 1e-6 of their spread: 1 / (1 - rho^2) of the weighted columns, by an exact projection."""
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"x": rng.normal(size=300), "y": rng.integers(0, 2, 300)})
    data["z"] = data["x"] + 1e-6 * rng.normal(size=300)
    result = sl.logit("y ~ x + z", data)
    weight = np.sqrt(result.fittedvalues * (1 - result.fittedvalues)).to_numpy()
    one, gap = weight / np.linalg.norm(weight), weight * (data["z"] - data["x"])
    x = weight * data["x"] - one * (one @ (weight * data["x"]))
    left = gap - one * (one @ gap)
    left = left - x * (x @ left) / (x @ x)
    z = weight * data["z"] - one * (one @ (weight * data["z"]))
    expected = (z @ z) / (left @ left)
    np.testing.assert_allclose(result.vif().column("gvif"), [expected, expected], rtol=1e-4)


def test_inflation_of_classes_joins_the_equations(births):
    two = sl.multinomial(FORMULA, births.astype({"low": str})).vif().to_frame()
    np.testing.assert_allclose(two["gvif"], R["gvif"], rtol=AGREES)
    three = sl.multinomial("race ~ age + lwt + smoke", births)
    covariance = three.cov_params()
    names = [pair for pair in covariance.index if pair[1] != "Intercept"]
    inner = covariance.loc[names, names].to_numpy()
    spread = np.sqrt(np.diag(inner))
    correlation = inner / np.outer(spread, spread)
    at = np.array([name == "age" for _, name in names])
    det = np.linalg.det
    expected = det(correlation[at][:, at]) * det(correlation[~at][:, ~at]) / det(correlation)
    np.testing.assert_allclose(three.vif().to_frame().set_index("term").loc["age", "gvif"], expected, rtol=AGREES)


def test_condition_indices_are_those_of_the_singular_values(fitted):
    found = fitted.collinearity()
    np.testing.assert_allclose(found.indices, R["indices"], rtol=AGREES)
    np.testing.assert_allclose(found.proportions, R["shares"], rtol=ROUNDED)
    frame = found.to_frame()
    assert list(frame.columns) == ["condition_index", *fitted.names]
    np.testing.assert_allclose(frame[list(fitted.names)].sum(), 1.0)
    assert "Intercept 99%" in str(found)


def test_the_link_test_is_the_refit_of_r(fitted):
    found = fitted.link_test().to_frame()
    np.testing.assert_allclose(found[["estimate", "std_error", "z", "p_value"]], R["link"], rtol=ROUNDED)


def test_linearity_is_the_spline_of_r(fitted):
    for column, test in enumerate(("LR", "score")):
        found = fitted.linearity(test).to_frame()
        assert list(found["term"]) == ["age", "lwt"]
        np.testing.assert_allclose(found["statistic"], np.array(R["linearity"])[:, column], rtol=CLIMBED)
        assert list(found["df"]) == [2, 2]


def test_linearity_of_two_classes_is_the_binary_one(births, fitted):
    classes = sl.multinomial(FORMULA, births.astype({"low": str}))
    for test in ("LR", "score"):
        pd.testing.assert_frame_equal(classes.linearity(test).to_frame(), fitted.linearity(test).to_frame())
    assert list(sl.multinomial("race ~ age + lwt", births).linearity().to_frame()["df"]) == [4, 4]


def test_numbers_that_are_bent_already_or_take_two_values_are_not_tested(births):
    assert list(sl.logit("low ~ age + I(age**2) + lwt", births).linearity().column("term")) == ["lwt"]
    assert list(sl.logit("low ~ bs(age, df=4) + lwt + ht", births).linearity().column("term")) == ["lwt"]
    assert list(sl.logit("low ~ age * lwt", births).linearity().column("term")) == ["age", "lwt"]


def test_a_model_without_numbers_has_nothing_to_bend(births):
    found = sl.logit("low ~ C(race) + smoke", births).linearity()
    assert found.rows == ()
    assert found.note.startswith("No number")


def test_shifted_columns_have_the_same_tests(births, fitted):
    far = births.assign(age=1e6 + births["age"], lwt=births["lwt"] * 1e-5)
    other = sl.logit(FORMULA, far)
    for test in ("LR", "score"):
        ours, theirs = (r.linearity(test).to_frame()["statistic"] for r in (other, fitted))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_partial_residuals_are_those_of_r(fitted, births):
    found = fitted.component_residuals("lwt")
    frame = found.to_frame()
    np.testing.assert_allclose(frame["partial"], R["partial"], rtol=ROUNDED)
    assert list(frame.index) == list(births.index)
    figure = found.figure()
    assert figure.x[0] == births["lwt"].min()
    assert len(figure.bin_x) == len(figure.bin_y)


def cubes(x, t):
    """Harrell's two cubic terms of four knots."""
    k, last, before = np.maximum(x[:, None] - t, 0.0) ** 3, t[3] - t[:2], t[2] - t[:2]
    return (k[:, :2] - k[:, 2:3] * last / (t[3] - t[2]) + k[:, 3:] * before / (t[3] - t[2])) / 1e4


def test_the_curve_is_the_spline_fit(births, fitted):
    found, x = fitted.component_residuals("lwt"), births["lwt"].to_numpy(dtype=float)
    knots = np.quantile(x, [0.05, 0.35, 0.65, 0.95])
    bent, at = cubes(x, knots), cubes(found.grid, knots)
    beta = sl.logit(FORMULA + " + b1 + b2", births.assign(b1=bent[:, 0], b2=bent[:, 1])).params
    expected = beta["lwt"] * (found.grid - x.mean()) + (at - bent.mean(axis=0)) @ beta[["b1", "b2"]].to_numpy()
    np.testing.assert_allclose(found.curve, expected, rtol=ROUNDED, atol=1e-7)


def test_dispersion_is_that_of_r():
    found = grouped().dispersion().to_frame()
    pearson, deviance, df, p = R["dispersion"]
    np.testing.assert_allclose(found["statistic"], [pearson, deviance], rtol=AGREES)
    assert list(found["df"]) == [df, df]
    np.testing.assert_allclose(found["dispersion"], [pearson / df, deviance / df], rtol=AGREES)
    np.testing.assert_allclose(found["p_value"][0], p, rtol=ROUNDED)


def test_sample_size_is_that_of_the_published_criteria(fitted):
    """n of each criterion solved from its definition; the stated precision of the overall risk."""
    found = fitted.sample_size().to_frame().set_index("item")
    n, p, share = 189, 5, 59 / 189
    apparent = -np.expm1(-2 * (fitted.llf - fitted.llnull) / n)
    r2 = apparent * (1 + p / (n * np.log1p(-apparent)))
    most = 1 - (share**share * (1 - share) ** (1 - share)) ** 2

    def size(shrinkage):
        """Rows at which an apparent R2 of r2 / S has the expected shrinkage S."""
        return np.ceil(brentq(lambda m: 1 + p / (m * np.log1p(-r2 / shrinkage)) - shrinkage, 1, 1e7))

    assert found.loc["Shrinkage at least 0.9", "n"] == size(0.9)
    assert found.loc["Optimism in R2 at most 0.05", "n"] == size(r2 / (r2 + 0.05 * most))
    assert found.loc["Overall risk to +- 0.05", "n"] == np.ceil((1.96 / 0.05) ** 2 * share * (1 - share))
    assert found.loc["All three", "n"] == found["n"].iloc[1:4].max()
    assert found.loc["This fit", "events_per_parameter"] == 59 / 5


def test_a_model_that_explains_nothing_never_has_rows_enough():
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"x": rng.normal(size=50), "y": np.tile([0, 1], 25)})
    found = sl.logit("y ~ x", data).sample_size().to_frame().set_index("item")
    assert found.loc[["Shrinkage at least 0.9", "All three"], "n"].isna().all()


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_what_means_nothing_is_refused(births, fitted):
    separated = sl.logit("y ~ x", pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, 0, 1, 1]}), on_failure="warn")
    shrunk = sl.logit(FORMULA, births, penalty=sl.Ridge(1.0))
    for name in ("vif", "collinearity", "linearity", "link_test", "sample_size"):
        for result, why in ((separated, "infinite"), (shrunk, "penalised")):
            with pytest.raises(sl.FitError, match=why):
                getattr(result, name)()
    with pytest.raises(sl.FitError, match="one outcome a row"):
        fitted.dispersion()
    with pytest.raises(sl.FitError, match="fewer than two"):
        sl.logit("low ~ age", births).vif()
    with pytest.raises(sl.FitError, match="at least three values"):
        sl.logit("low ~ smoke", births).link_test()
    with pytest.raises(ValueError, match="'age', 'lwt'"):
        fitted.component_residuals("smoke")
