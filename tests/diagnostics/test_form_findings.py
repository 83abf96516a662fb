"""The findings on influence and form: each where it should be, with the refit's number, and how rarely for nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import statlogit as sl
from statlogit.core.families import sigmoid

SHOWN = 1e-3  # numbers in sentences have four digits


def data(n=400, seed=3, bend=0.0):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    mu = sigmoid(0.2 + 0.6 * x - 0.5 * z + bend * (x**2 - 1)).mu
    return pd.DataFrame({"x": x, "z": z, "y": (rng.uniform(size=n) < mu).astype(int)})


def found(result):
    return {f.code: f for f in result.findings}


def number_after(text, words):
    return float(text.split(words)[1].split()[0].rstrip(".,;"))


def planted(x=-9.0):
    clean = data()
    wrong = pd.DataFrame({"x": [x, x], "z": [0.0, 0.1], "y": [1, 1]}, index=["one", "two"])
    return clean, pd.concat([clean, wrong])


def test_a_row_that_moves_a_coefficient_is_named_with_the_refit():
    clean, both = planted()
    rows = both.drop(index="two")
    finding = found(sl.logit("y ~ x + z", rows))["influential_row"]
    assert "Row 'one' alone moves x" in finding.sentence
    np.testing.assert_allclose(
        number_after(finding.sentence, "without that row it would be "), sl.logit("y ~ x + z", clean).params["x"],
        rtol=SHOWN,
    )  # fmt: skip
    assert "data.drop('one')" in finding.run
    assert "influential_row" not in found(sl.logit("y ~ x + z", clean))


def test_a_sign_that_two_rows_decide_is_named_with_the_refit():
    rng = np.random.default_rng(12)
    n = 300
    clean = pd.DataFrame({"x": rng.normal(size=n)})
    clean["y"] = (rng.uniform(size=n) < sigmoid(-3.0 - 0.5 * clean["x"].to_numpy()).mu).astype(int)
    both = pd.concat([clean, pd.DataFrame({"x": [7.0, 7.5], "y": [1, 1]}, index=["one", "two"])])
    result, alone = sl.logit("y ~ x", both), sl.logit("y ~ x", clean)
    assert result.zvalues["x"] > 1.96
    assert alone.params["x"] < 0
    finding = found(result)["fragile_sign"]
    assert "'two'" in finding.sentence
    assert float(finding.sentence.split(" without.")[0].split("and ")[-1]) < 0
    assert finding.run == "r.fragility('x')"


def test_a_bent_number_is_named_with_the_spline_that_cures_it():
    bent = data(800, bend=0.5)
    result = sl.logit("y ~ x + z", bent)
    finding = found(result)["non_linear"]
    assert finding.sentence.startswith("x is not linear")
    assert "link_misfit" not in found(result)
    assert finding.run == "sl.logit('y ~ x + z - x + bs(x, df=4)', data)"
    assert not {"non_linear", "link_misfit"} & set(found(sl.logit("y ~ x + z - x + bs(x, df=4)", bent)))


def test_a_missing_interaction_is_a_misfit_of_the_link():
    rng = np.random.default_rng(2)
    n = 2000
    x, z = rng.integers(0, 2, size=(2, n))
    mu = sigmoid(-2.0 + 1.0 * x + 1.0 * z + 2.0 * x * z).mu
    rows = pd.DataFrame({"x": x, "z": z, "y": (rng.uniform(size=n) < mu).astype(int)})
    assert "link_misfit" in found(sl.logit("y ~ x + z", rows))
    assert "link_misfit" not in found(sl.logit("y ~ x * z", rows))


def grouped(seed, spread):
    """Groups of 20, their probabilities beta distributed where spread is positive."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=60)
    mu = sigmoid(0.3 * x).mu
    mu = rng.beta(mu / spread, (1 - mu) / spread) if spread else mu
    return pd.DataFrame({"x": x, "m": 20, "s": rng.binomial(20, mu)})


def test_dispersion_is_said_with_its_factor_and_cured_by_quasi():
    rows = grouped(4, 0.15)
    result = sl.logit("s ~ x", rows, trials="m")
    finding = found(result)["overdispersed"]
    ratio = result.dispersion().column("dispersion")[0]
    np.testing.assert_allclose(number_after(finding.sentence, "The outcomes vary "), ratio, rtol=5 * SHOWN)
    inflated = result.with_covariance("quasi").bse / result.bse
    np.testing.assert_allclose(number_after(finding.sentence, "by a factor of "), inflated.iloc[0], rtol=5 * SHOWN)
    assert "quasi" in finding.remedy


def test_binomial_groups_are_rarely_called_overdispersed():
    alarms = sum("overdispersed" in found(sl.logit("s ~ x", grouped(k, 0.0), trials="m")) for k in range(30))
    assert alarms <= binom.ppf(0.999, 30, 0.01)


def test_columns_that_vary_together_are_named_with_the_factor():
    rng = np.random.default_rng(7)
    rows = data()
    rows["twin"] = rows["x"] + 0.05 * rng.normal(size=len(rows))
    result = sl.logit("y ~ x + z + twin", rows)
    finding = found(result)["collinear"]
    worst = max(result.vif().column("gvif_root"))
    np.testing.assert_allclose(float(finding.sentence.split(" times")[0].split()[-1]), worst, rtol=5 * SHOWN)
    assert finding.run == "r.collinearity()"
    result.test("x, twin")
    assert "collinear" not in found(sl.logit("y ~ x + I(x**2) + I(x**3) + z", rows.assign(x=rows["x"] + 5)))


@pytest.mark.slow
def test_what_large_fits_leave_out_is_said():
    rng = np.random.default_rng(1)
    n, p = 60_000, 25
    rows = pd.DataFrame(rng.normal(size=(n, p)), columns=[f"x{j}" for j in range(p)])
    rows["y"] = rng.integers(0, 2, n)
    result = sl.logit("y ~ " + " + ".join(rows.columns[:-1]), rows)
    finding = found(result)["not_examined"]
    assert (finding.severity, "60,000 rows" in finding.sentence) == ("note", True)
    assert "r.influence().top()" in finding.run


def test_several_classes_are_examined_too():
    rng = np.random.default_rng(5)
    n = 900
    rows = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n)})
    eta = np.outer(rows["x"] ** 2, [0.0, 0.6, -0.6]) + rng.gumbel(size=(n, 3))
    rows["y"] = np.array(list("abc"))[eta.argmax(axis=1)]
    finding = found(sl.multinomial("y ~ x + z", rows))["non_linear"]
    assert finding.sentence.startswith("x is not linear")
    assert "4 df" in finding.sentence


def test_few_rows_and_shrunk_fits_are_left_alone():
    small = data(25)
    codes = set(found(sl.logit("y ~ x + z", small))) | set(found(sl.logit("y ~ x + z", data(), penalty=sl.Ridge(1.0))))
    assert not codes & {"influential_row", "fragile_sign", "non_linear", "link_misfit", "collinear", "not_examined"}


def test_a_p_value_beyond_doubles_is_not_printed_as_zero():
    finding = found(sl.logit("y ~ x", data(60_000, bend=0.6)))["non_linear"]
    assert "p below 1e-300" in finding.sentence


def test_the_spline_of_a_transformed_number_can_be_typed_as_it_stands():
    rng = np.random.default_rng(8)
    rows = data(900).assign(x=lambda d: np.exp(d["x"]))
    rows["y"] = (rng.uniform(size=900) < sigmoid(np.log(rows["x"].to_numpy()) ** 2 - 1).mu).astype(int)
    finding = found(sl.logit("y ~ np.log(x) + z", rows))["non_linear"]
    assert "bs(np.log(x), df=4)" in finding.run
    assert "non_linear" not in found(eval(finding.run, {"sl": sl, "data": rows}))
