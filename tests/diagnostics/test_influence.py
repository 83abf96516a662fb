"""Influence against base R, exact deletion, and what leaving out a row means."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, norm

import statlogit as sl

R = json.loads(Path(__file__).with_name("influence.json").read_text())
FORMULA = "low ~ age + lwt + C(race) + smoke"
AGREES = 1e-9  # both sides sum in doubles
REFITTED = 1e-7  # a refit ends within 1e-6 standard errors and takes one more step
RATE = 1e-3  # false rejections of a right model


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def fitted(births):
    return sl.logit(FORMULA, births)


def check_against_r(found, stored):
    frame = found.to_frame().head(len(stored["hat"]))
    np.testing.assert_allclose(frame["leverage"], stored["hat"], rtol=AGREES)
    np.testing.assert_allclose(frame["cooks_distance"], stored["cooks"], rtol=AGREES)
    np.testing.assert_allclose(frame["delta_chi2"], np.square(stored["std_pearson"]), rtol=AGREES)
    np.testing.assert_allclose(frame["delta_deviance"], np.square(stored["likelihood"]), rtol=AGREES)
    np.testing.assert_allclose(found.dfbetas().head(len(frame)), stored["dfbetas"], rtol=AGREES, atol=1e-12)


def test_rows_are_those_of_r(fitted):
    check_against_r(fitted.influence(), R["binary"])


def test_patterns_are_the_rows_of_the_grouped_fit_in_r(births):
    found = sl.logit("low ~ C(race) + smoke", births).influence("pattern")
    check_against_r(found, R["patterns"])
    assert found.to_frame()["n_rows"].sum() == len(births)


def test_exact_moves_are_those_of_refits_in_r(fitted, births):
    found = fitted.influence(exact=True, k=len(births))
    where = [births.index[int(i)] for i in R["deleted"]]
    expected = (fitted.params.to_numpy() - np.array(R["exact"])) / fitted.bse.to_numpy()
    np.testing.assert_allclose(found.exact_dfbetas().loc[where], expected, atol=REFITTED)
    np.testing.assert_allclose(found.dfbetas().loc[where], expected, atol=0.01)  # one step misses the second order


def test_one_step_of_classes_is_near_the_refit_and_nears_it_with_n():
    rng = np.random.default_rng(3)
    apart = []
    for n in (150, 1500):
        data = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("uv"), n)})
        eta = np.outer(data["x"], [0.0, 0.7, -0.4]) + rng.gumbel(size=(n, 3))
        data["y"] = np.array(list("abc"))[eta.argmax(axis=1)]
        found = sl.multinomial("y ~ x + g", data).influence(exact=True, k=5)
        exact = found.exact_dfbetas()
        apart.append(np.abs(found.dfbetas().loc[exact.index] - exact).to_numpy().max() / np.abs(exact.to_numpy()).max())
        i = exact.index[0]
        again = sl.multinomial("y ~ x + g", data.drop(index=i))
        whole = sl.multinomial("y ~ x + g", data)
        by_hand = ((whole.params - again.params) / whole.bse).to_numpy().ravel(order="F")
        np.testing.assert_allclose(exact.loc[i], by_hand, atol=REFITTED)
        assert [c.split("@")[1] for c in exact.columns] == ["b"] * 3 + ["c"] * 3
    assert apart[1] < 0.3 * apart[0] < 0.1


def test_two_classes_are_the_binary_fit(births, fitted):
    binary = fitted.influence()
    classes = sl.multinomial(FORMULA, births.astype({"low": str})).influence()
    for name in ("leverage", "cooks_distance", "delta_chi2", "delta_deviance"):
        np.testing.assert_allclose(getattr(classes, name), getattr(binary, name), rtol=AGREES)


def test_cooks_distance_of_classes_is_the_squared_move():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"x": rng.normal(size=90), "y": rng.choice(list("abcd"), 90)})
    result = sl.multinomial("y ~ x", data)
    found = result.influence()
    move = found.dfbetas().to_numpy() * found.std_error
    information = np.linalg.inv(result.cov_params().to_numpy())
    expected = np.einsum("ij,jk,ik->i", move, information, move) / move.shape[1]
    np.testing.assert_allclose(found.cooks_distance, expected, rtol=1e-8)
    np.testing.assert_allclose(found.leverage.sum(), move.shape[1], rtol=1e-9)


def test_columns_in_other_units_move_the_same(births, fitted):
    far = births.assign(age=births["age"] * 1e-6 + 1e3)
    expected, found = fitted.influence(), sl.logit(FORMULA, far).influence()
    np.testing.assert_allclose(found.cooks_distance, expected.cooks_distance, rtol=1e-6)
    np.testing.assert_allclose(found.dfbetas()["age"], expected.dfbetas()["age"], rtol=1e-5, atol=1e-9)


def test_the_summary_names_the_row_that_moves_each_coefficient_most(fitted):
    found, table = fitted.influence(), fitted.influence().coefficients().to_frame().set_index("term")
    dfbetas = found.dfbetas()
    for term in fitted.names:
        row = dfbetas[term].abs().idxmax()
        assert table.loc[term, "row"] == str(row)
        np.testing.assert_allclose(table.loc[term, "dfbetas"], dfbetas.loc[row, term], rtol=1e-12)
    top = found.top(3).to_frame()
    assert list(top["row"]) == [str(i) for i in found.to_frame()["cooks_distance"].nlargest(3).index]


def test_a_row_of_weight_two_is_left_out_whole(births):
    weighted = births.drop_duplicates().assign(w=1.0)
    weighted.loc[weighted.index[4], "w"] = 2.0
    found = sl.logit(FORMULA, weighted, weights="w").influence(exact=True, k=200)
    label = weighted.index[4]
    again = sl.logit(FORMULA, weighted.drop(index=label), weights="w")
    by_hand = (found.estimate - again.params.to_numpy()) / found.std_error
    np.testing.assert_allclose(found.exact_dfbetas().loc[label], by_hand, atol=REFITTED)


def test_a_row_without_which_the_rest_is_separated_has_no_exact_move():
    data = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 8, 3.5], "y": [0, 0, 0, 0, 1, 1, 1, 1, 1]})
    found = sl.logit("y ~ x", data).influence(exact=True, k=9)
    separated = found.exact_dfbetas().isna().all(axis=1)
    assert separated.loc[8]
    assert "separated" in found.top(3).note


def test_many_rows_take_no_rows_by_coefficients():
    import tracemalloc

    rng = np.random.default_rng(1)
    n, p = 60_000, 12
    data = pd.DataFrame(rng.normal(size=(n, p)), columns=[f"x{j}" for j in range(p)])
    data["y"] = (rng.uniform(size=n) < 0.4).astype(int)
    result = sl.logit("y ~ " + " + ".join(data.columns[:-1]), data)
    tracemalloc.start()
    result.influence()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * n * p * 2 + 2e7  # a few vectors of rows, copied once as they are joined, and one tile


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_influence_is_refused_where_it_means_nothing(births):
    toy = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, 0, 1, 1]})
    with pytest.raises(sl.FitError, match="infinite"):
        sl.logit("y ~ x", toy, on_failure="warn").influence()
    for penalty in (sl.Ridge(1.0), sl.Firth()):
        with pytest.raises(sl.FitError, match="penalised"):
            sl.logit(FORMULA, births, penalty=penalty).influence()
    with pytest.raises(ValueError, match="by='rows' is not known"):
        sl.logit(FORMULA, births).influence("rows")


def test_quantile_residuals_are_normal_under_the_model_binary_and_grouped():
    rng = np.random.default_rng(8)
    n = 4000
    data = pd.DataFrame({"x": rng.normal(size=n), "m": rng.integers(1, 9, n)})
    mu = 1 / (1 + np.exp(-0.3 - data["x"]))
    data = data.assign(y=(rng.uniform(size=n) < mu).astype(int), s=rng.binomial(data["m"], mu))
    for result in (sl.logit("y ~ x", data), sl.logit("s ~ x", data, trials="m")):
        residual = result.quantile_residuals(seed=2)
        assert kstest(residual, "norm").pvalue > RATE
        pd.testing.assert_series_equal(residual, result.quantile_residuals(seed=2))
    assert kstest(sl.logit("s ~ 1", data, trials="m").quantile_residuals(), "norm").pvalue < RATE


def test_quantile_residuals_lie_between_the_two_tails():
    data = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "s": [1, 3, 2, 5], "m": [5, 5, 5, 5]})
    result = sl.logit("s ~ x", data, trials="m")
    from scipy.stats import binom

    low = norm.ppf(binom.cdf(data["s"] - 1, 5, result.fittedvalues))
    high = norm.ppf(binom.cdf(data["s"], 5, result.fittedvalues))
    for seed in range(20):
        residual = result.quantile_residuals(seed)
        assert ((low <= residual) & (residual <= high)).all()


def test_residuals_of_two_classes_are_the_binary_ones(births, fitted):
    found, binary = sl.multinomial(FORMULA, births.astype({"low": str})).residuals, fitted.residuals
    np.testing.assert_allclose(found.response, np.column_stack([-binary.response, binary.response]), rtol=AGREES)
    np.testing.assert_allclose(found.pearson, np.column_stack([-binary.pearson, binary.pearson]), rtol=AGREES)
    np.testing.assert_allclose(found.deviance, np.abs(binary.deviance), rtol=AGREES)


@pytest.mark.parametrize("reference", [1, 2, 3])
def test_residuals_of_classes_keep_their_order_and_add_up(births, reference):
    result = sl.multinomial("race ~ age + lwt", births, reference=reference)
    found, frame = result.residuals, result.residuals.to_frame()
    observed = np.column_stack([births["race"] == level for level in result.levels])
    np.testing.assert_allclose(found.response, observed - result.predict()[list(result.levels)], atol=1e-12)
    np.testing.assert_allclose(found.response.sum(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.square(found.deviance).sum(), result.deviance, rtol=1e-12)
    assert list(frame["pearson"].columns) == list(result.levels)


def test_residuals_of_the_symmetric_softmax_keep_the_order_of_classes(births):
    result = sl.multinomial("race ~ age + lwt", births, reference=None, penalty=sl.Ridge(1.0))
    observed = np.column_stack([births["race"] == level for level in result.levels])
    np.testing.assert_allclose(result.residuals.response, observed - result.predict()[list(result.levels)], atol=1e-12)


def test_groups_that_determine_their_own_coefficient_move_nothing_that_can_be_told():
    shares = pd.DataFrame({"k": list("abc"), "m": [20] * 3, "s": [3, 5, 7]})
    found = sl.logit("s ~ k", shares, trials="m").influence()
    np.testing.assert_allclose(found.leverage, 1.0)
    assert found.leverage.max() <= 1.0
    assert np.isnan(found.cooks_distance).all()
    assert found.coefficients().to_frame()[["dfbetas", "estimate_without"]].isna().all(axis=None)
    assert len(found.top().rows) == 3
