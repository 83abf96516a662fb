"""The rows that decide a sign, against refits and against every subset; binned residuals against R."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.diagnostics.binned import n_bins
from statlogit.report.residual_figures import binned_residuals, component

BINNED = json.loads(Path(__file__).with_name("binned.json").read_text())
FORMULA = "low ~ age + lwt + C(race) + smoke"
AGREES = 1e-8
REFITTED = 1e-6  # two refits of the same rows, from different starts


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def fitted(births):
    return sl.logit(FORMULA, births)


@pytest.mark.parametrize("term", ["age", "smoke", "C(race)[T.3]"])
def test_the_rows_named_flip_the_sign_and_one_less_does_not(fitted, births, term):
    found = fitted.fragility(term)
    without = sl.logit(FORMULA, births.drop(index=list(found.rows))).params[term]
    np.testing.assert_allclose(found.estimate_without, without, atol=REFITTED)
    assert without * fitted.params[term] < 0
    kept = sl.logit(FORMULA, births.drop(index=list(found.rows[:-1]))).params[term]
    assert kept * fitted.params[term] > 0
    row = found.table.to_frame().iloc[0]
    assert (row["n_rows"], row["share"]) == (len(found.rows), len(found.rows) / 189)
    assert str(found.rows[0]) in found.sentence


def test_no_smaller_set_flips_the_sign_of_age(fitted, births):
    """Three rows are needed: no pair of the forty strongest is enough."""
    assert fitted.fragility("age").n_removed == 3
    pull = fitted.influence().dfbetas()["age"] * np.sign(fitted.params["age"])
    strongest = pull.nlargest(40).index
    start = fitted.params.to_numpy()
    data = births.assign(w=1.0)
    x = np.column_stack([np.ones(189), births["age"], births["lwt"], births["race"] == 2, births["race"] == 3,
                         births["smoke"]]).astype(float)  # fmt: skip
    flipped = []
    for pair in itertools.combinations(strongest, 2):
        keep = np.ones(189)
        keep[list(pair)] = 0.0
        beta = start.copy()
        for _ in range(6):
            mu = 1 / (1 + np.exp(-x @ beta))
            beta = beta + np.linalg.solve((x.T * (keep * mu * (1 - mu))) @ x, x.T @ (keep * (data["low"] - mu)))
        flipped.append(beta[1] > 0)
    assert not any(flipped)


def test_one_planted_row_is_found():
    rng = np.random.default_rng(6)
    data = pd.DataFrame({"x": rng.normal(size=80)})
    data["y"] = (rng.uniform(size=80) < 1 / (1 + np.exp(-0.4 * data["x"]))).astype(int)
    planted = pd.DataFrame({"x": [-12.0], "y": [1]}, index=["wrong"])
    clean = sl.logit("y ~ x", data)
    result = sl.logit("y ~ x", pd.concat([data, planted]))
    assert clean.params["x"] > 0 > result.params["x"]
    found = result.fragility("x")
    assert found.rows == ("wrong",)
    np.testing.assert_allclose(found.estimate_without, clean.params["x"], atol=REFITTED)


def test_a_coefficient_of_one_equation(births):
    result = sl.multinomial("race ~ age + lwt", births)
    found = result.fragility("age@2")
    again = sl.multinomial("race ~ age + lwt", births.drop(index=list(found.rows)))
    np.testing.assert_allclose(found.estimate_without, again.params.loc["age", 2], atol=REFITTED)


def test_an_effect_that_no_half_of_the_rows_holds_is_said_to_be_firm():
    rng = np.random.default_rng(9)
    data = pd.DataFrame({"x": rng.normal(size=400)})
    data["y"] = (rng.uniform(size=400) < 1 / (1 + np.exp(-3 * data["x"]))).astype(int)
    found = sl.logit("y ~ x", data).fragility("x")
    assert found.n_removed > 40 or found.reason
    assert np.isnan(found.share) == (found.n_removed == 0)


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_fragility_is_refused_where_it_means_nothing(fitted):
    with pytest.raises(ValueError, match="'smoke'"):
        fitted.fragility("smok")
    toy = sl.logit("y ~ x", pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, 0, 1, 1]}), on_failure="warn")
    with pytest.raises(sl.FitError, match="infinite"):
        toy.fragility("x")


@pytest.mark.parametrize(("by", "stored"), [(None, "fitted"), ("age", "age")])
def test_binned_residuals_have_the_bins_of_arm_and_the_limits_of_the_model(fitted, by, stored):
    found = fitted.binned_residuals(by).to_frame()
    np.testing.assert_allclose(found, BINNED[stored], rtol=AGREES, atol=1e-12)


def test_bins_hold_the_residuals_of_every_row(fitted):
    found = fitted.binned_residuals("lwt")
    np.testing.assert_allclose((found.n * found.residual).sum(), fitted.residuals.response.sum(), atol=1e-9)
    assert found.n.sum() == 189
    assert [n_bins(n) for n in (1, 4, 11, 99, 100, 10_000)] == [1, 2, 10, 10, 10, 100]


def test_binned_residuals_of_a_constant_and_of_few_rows():
    data = pd.DataFrame({"g": [0.0, 1, 0, 1, 1, 0, 1], "y": [0, 1, 1, 1, 0, 0, 1]})
    assert len(sl.logit("y ~ 1", data).binned_residuals().x) == 1
    assert len(sl.logit("y ~ g", data).binned_residuals("g").x) == 2


def test_drawings_stay_on_the_page_and_small(fitted):
    rng = np.random.default_rng(1)
    many = pd.DataFrame({"x": rng.normal(size=100_000), "y": rng.integers(0, 2, 100_000)})
    large = sl.logit("y ~ x", many)
    figure = large.binned_residuals().figure()
    assert len(figure.x) == 200
    assert "200 of 316 bins drawn" in figure.note
    for width in (460.0, 300.0):
        for drawn in (
            binned_residuals(fitted.binned_residuals().figure(), width), binned_residuals(figure, width),
            component(fitted.component_residuals("lwt").figure(), width),
            component(large.component_residuals("x").figure(), width),
        ):  # fmt: skip
            assert all(0 <= dot.x <= width and 0 <= dot.y <= drawn.height for dot in drawn.dots)
            assert all(0 <= label.x <= width for label in drawn.labels)
            assert len(drawn.dots) <= 200
            assert drawn.description


def test_a_sign_is_turned_where_one_step_thinks_it_never_is():
    """One-step moves add up to less than what leaving the rows out together does."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=300)})
    data["y"] = (rng.uniform(size=300) < 1 / (1 + np.exp(-data["x"]))).astype(int)
    found = sl.logit("y ~ x", data).fragility("x")
    assert 0 < found.n_removed < 150
    assert found.expected is None or found.expected > found.n_removed
    without = sl.logit("y ~ x", data.drop(index=list(found.rows))).params["x"]
    np.testing.assert_allclose(found.estimate_without, without, atol=REFITTED)
    assert without < 0
