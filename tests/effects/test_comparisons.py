"""Standardised risks compared: textbook tables, a numerical Jacobian, and Altman's numbers needed to treat."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.design.raw import RawRows
from statlogit.design.values import Numbers
from statlogit.effects.changes import quantiles
from statlogit.effects.delta import Estimates, infer
from statlogit.effects.population import Population
from statlogit.effects.present import needed
from tests.effects.data import births, jacobian, women

SAME = 1e-9  # the fit stops at 1e-10 standard errors
NUMERICAL = 1e-6  # relative: a Jacobian by differences
Z = 1.959963984540054


def one(found) -> pd.Series:
    return found.to_frame().iloc[0]


def test_a_two_by_two_table_has_the_textbook_intervals() -> None:
    # Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, sections 6.2 to 6.4
    table = births().groupby("smoke")["low"].agg(["sum", "count"])
    (c, n0), (a, n1) = table.to_numpy().astype(float)
    r = sl.logit("low ~ smoke", births())
    risk1, risk0 = a / n1, c / n0
    found = one(r.effects(compare="difference"))
    error = np.sqrt(risk1 * (1 - risk1) / n1 + risk0 * (1 - risk0) / n0)
    assert found["estimate"] == pytest.approx(risk1 - risk0, rel=SAME)
    assert found["std_error"] == pytest.approx(error, rel=SAME)
    found = one(r.effects(compare="ratio"))
    error = np.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n0)
    assert found["contrast"] == "1 / 0"
    assert found["estimate"] == pytest.approx(risk1 / risk0, rel=SAME)
    assert found["conf_low"] == pytest.approx(risk1 / risk0 * np.exp(-Z * error), rel=SAME)
    assert found["conf_high"] == pytest.approx(risk1 / risk0 * np.exp(Z * error), rel=SAME)
    assert found["statistic"] == pytest.approx(np.log(risk1 / risk0) / error, rel=SAME)
    found = one(r.effects(compare="odds"))
    error = np.sqrt(1 / a + 1 / (n1 - a) + 1 / c + 1 / (n0 - c))
    odds = a * (n0 - c) / ((n1 - a) * c)
    assert found["estimate"] == pytest.approx(odds, rel=SAME)
    assert found["conf_high"] == pytest.approx(odds * np.exp(Z * error), rel=SAME)


@pytest.mark.parametrize("compare", ["ratio", "odds"])
def test_standardised_ratios_agree_with_a_numerical_jacobian(compare: str) -> None:
    data = births()
    r = sl.logit("low ~ smoke*age + bs(lwt, df=4) + C(race)", data, covariance="HC3")
    design = r.fit.frame.design
    exposed, free = (design.matrix(data.assign(smoke=k)).x.to_array() for k in (1, 0))

    def log_ratio(b):
        risks = [(1 / (1 + np.exp(-x @ b))).mean() for x in (exposed, free)]
        scale = np.log if compare == "ratio" else lambda p: np.log(p / (1 - p))
        return scale(risks[0]) - scale(risks[1])

    beta = r.fit.beta[:, 0]
    gradient = jacobian(log_ratio, beta)
    error = np.sqrt(gradient @ r.cov_params().to_numpy() @ gradient)
    found = one(r.effects("smoke", compare=compare))
    assert found["estimate"] == pytest.approx(np.exp(log_ratio(beta)), rel=1e-11)
    assert found["std_error"] == pytest.approx(found["estimate"] * error, rel=NUMERICAL)
    assert found["conf_low"] == pytest.approx(np.exp(log_ratio(beta) - Z * error), rel=NUMERICAL)


def test_numbers_change_between_two_values_or_by_an_amount() -> None:
    data = births()
    r = sl.logit("low ~ log(lwt)*age + smoke", data)

    def risk(**change):
        return r.predict(data.assign(**change)).mean()

    found = one(r.effects("lwt", change={"lwt": (110, 140)}))
    assert found["contrast"] == "140 - 110"
    assert found["estimate"] == pytest.approx(risk(lwt=140) - risk(lwt=110), rel=1e-10)
    found = one(r.effects("lwt", change={"lwt": 20}))
    assert found["contrast"] == "+20"
    assert found["estimate"] == pytest.approx(risk(lwt=data["lwt"] + 20) - risk(), rel=1e-10)
    found = one(r.effects("lwt", change={"lwt": "sd"}))
    assert found["estimate"] == pytest.approx(risk(lwt=data["lwt"] + data["lwt"].std()) - risk(), rel=1e-10)
    low, high = data["lwt"].quantile([0.25, 0.75])
    found = one(r.effects("lwt", change={"lwt": "iqr"}))
    assert found["estimate"] == pytest.approx(risk(lwt=high) - risk(lwt=low), rel=1e-10)
    typical = data.mean(numeric_only=True).to_frame().T.assign(smoke=0)
    found = one(r.effects("lwt", change={"lwt": 20}, kind="at means"))
    expected = r.predict(typical.assign(lwt=typical["lwt"] + 20)).iloc[0] - r.predict(typical).iloc[0]
    assert found["estimate"] == pytest.approx(expected, rel=1e-10)


def test_quartiles_of_weighted_rows_are_those_of_the_rows_repeated() -> None:
    data = births()
    data["w"] = np.random.default_rng(3).integers(1, 5, len(data))
    long = data.loc[data.index.repeat(data["w"])].reset_index(drop=True)
    one_, other = sl.logit("low ~ age", data, weights="w"), sl.logit("low ~ age", long)
    for change in ("iqr", "sd"):
        a, b = (one(r.effects(change={"age": change})) for r in (one_, other))
        assert a["contrast"] == b["contrast"]
        assert a["estimate"] == pytest.approx(b["estimate"], rel=1e-9)


def test_quantiles_of_weighted_rows_are_type_seven_of_the_rows_repeated() -> None:
    rng = np.random.default_rng(7)
    values, weight = rng.normal(size=30), rng.integers(1, 6, 30).astype(float)
    population = Population(RawRows({"x": Numbers(values)}, 30), weight, np.zeros((30, 1)))
    shares = (0.0, 0.13, 0.25, 0.5, 0.77, 1.0)
    expected = np.quantile(np.repeat(values, weight.astype(int)), shares)
    np.testing.assert_allclose(quantiles(population, "x", shares), expected, rtol=1e-12)


def test_numbers_alone_have_no_ratio_unless_a_change_is_named() -> None:
    found = sl.logit("low ~ age + smoke", births()).effects(compare="ratio").to_frame()
    assert list(found["term"]) == ["smoke"]


def inverted(difference: float, low: float, high: float):
    """The number needed for a difference with these limits."""
    found = infer(Estimates(np.array([difference]), np.array([[(high - low) / (2 * Z)]])), np.eye(1), 0.95)
    return needed(found)[0]


def test_the_interval_of_a_number_needed_passes_through_infinity_with_zero() -> None:
    number, _, low, high, other = inverted(0.10, 0.05, 0.15)
    assert (number, low, high) == pytest.approx((10, 1 / 0.15, 20))
    assert other is None
    # Altman (1998), figure 2: a difference of 10% (-5% to 25%) is NNTB 10 (NNTH 20 to infinity to NNTB 4)
    number, _, low, high, other = inverted(0.10, -0.05, 0.25)
    assert (number, low, other) == pytest.approx((10, 4, -20))
    assert high == np.inf
    number, _, low, high, other = inverted(-0.10, -0.25, 0.05)
    assert (number, high, other) == pytest.approx((-10, -4, 20))
    assert low == -np.inf
    number, _, low, high, other = inverted(-0.10, -0.15, -0.05)
    assert (number, low, high) == pytest.approx((-10, -20, -1 / 0.15))


def test_number_needed_has_the_p_value_of_the_difference() -> None:
    r = sl.logit("low ~ age + smoke", births())
    found, difference = one(r.effects("smoke", compare="number needed")), one(r.effects("smoke"))
    assert found["estimate"] == pytest.approx(1 / difference["estimate"])
    assert found["p_value"] == difference["p_value"]
    assert "passes through infinity" in r.effects("smoke", compare="number needed").note


def test_odds_of_each_class_use_all_other_classes() -> None:
    data = women()
    r = sl.multinomial("partic ~ hincome + children", data)
    found = r.effects("children", compare="odds").to_frame().set_index("y_level")["estimate"]
    after, before = (r.predict(data.assign(children=v)).mean() for v in ("present", "absent"))
    np.testing.assert_allclose(
        found[list(r.levels)], (after / (1 - after) / (before / (1 - before)))[list(r.levels)], rtol=1e-10
    )
