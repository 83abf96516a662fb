"""Adjusted predictions and means, pairwise comparisons, odds ratios for chosen units, and effect curves."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.errors import FitError, StatlogitError
from statlogit.inference.multiplicity import holm
from tests.effects.data import births, jacobian, women

SAME = 1e-10
NUMERICAL = 1e-6  # relative: a Jacobian by differences
Z = 1.959963984540054
FORMULA = "low ~ age*smoke + lwt + C(race)"


def test_adjusted_means_set_every_row_to_each_level() -> None:
    data = births()
    r = sl.logit(FORMULA, data)
    found = r.adjusted("race").to_frame()
    assert found["race"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(found["estimate"], [r.predict(data.assign(race=k)).mean() for k in (1, 2, 3)], rtol=SAME)


def test_limits_of_a_probability_are_those_of_its_log_odds() -> None:
    data = births()
    r = sl.logit(FORMULA, data)
    x = r.fit.frame.design.matrix(data.assign(age=30, smoke=1)).x.to_array()
    beta = r.fit.beta[:, 0]

    def logit(b):
        p = (1 / (1 + np.exp(-x @ b))).mean()
        return np.log(p / (1 - p))

    gradient = jacobian(logit, beta)
    error = np.sqrt(gradient @ r.cov_params().to_numpy() @ gradient)
    row = r.adjusted({"age": [30]}, at={"smoke": 1}).to_frame().iloc[0]
    assert (row["smoke"], row["age"]) == (1, 30)
    for column, sign in (("conf_low", -1), ("conf_high", 1)):
        assert row[column] == pytest.approx(1 / (1 + np.exp(-(logit(beta) + sign * Z * error))), rel=NUMERICAL)
    assert row["std_error"] == pytest.approx(error * row["estimate"] * (1 - row["estimate"]), rel=NUMERICAL)


def test_at_the_means_an_adjusted_prediction_is_predict() -> None:
    data = births()
    r = sl.logit(FORMULA, data)
    typical = data[["age", "lwt"]].mean().to_frame().T.assign(smoke=0, race=2)
    expected = r.predict(typical, interval="confidence").iloc[0]
    found = r.adjusted({"race": [2]}, kind="at means").to_frame().iloc[0]
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        assert found[column] == pytest.approx(expected[column], rel=SAME)
    link = r.predict(typical, kind="link", interval="confidence").iloc[0]
    found = r.adjusted({"race": [2]}, kind="at means", scale="log-odds").to_frame().iloc[0]
    assert found["conf_low"] == pytest.approx(link["conf_low"], rel=SAME)


def test_the_log_odds_scale_averages_the_linear_predictor_with_its_offset() -> None:
    data = births().assign(o=lambda d: d["lwt"] / 200)
    r = sl.logit("low ~ age*smoke", data, offset="o")
    found = r.adjusted("smoke", scale="log-odds").to_frame()
    expected = [r.predict(data.assign(smoke=k), kind="link").mean() for k in (0, 1)]
    np.testing.assert_allclose(found["estimate"], expected, rtol=SAME)


def test_numbers_take_their_five_number_summary() -> None:
    found = sl.logit(FORMULA, births()).adjusted("age").to_frame()
    assert found["age"].tolist() == births()["age"].quantile([0, 0.25, 0.5, 0.75, 1]).tolist()


def test_pairwise_comparisons_are_differences_of_the_adjusted_means() -> None:
    r = sl.logit(FORMULA, births())
    means = r.adjusted("race").to_frame()["estimate"].to_numpy()
    found = r.pairwise("race", scale="probability", adjust="holm").to_frame()
    assert found["contrast"].tolist() == ["2 - 1", "3 - 1", "3 - 2"]
    np.testing.assert_allclose(
        found["estimate"], [means[1] - means[0], means[2] - means[0], means[2] - means[1]], rtol=SAME
    )
    np.testing.assert_allclose(found["p_adjusted"], np.exp(holm(np.log(found["p_value"].to_numpy()))), rtol=1e-12)


def test_pairwise_odds_ratios_are_the_coefficients_where_nothing_interacts() -> None:
    r = sl.logit(FORMULA, births())
    found = r.pairwise("race", adjust="single-step").to_frame()
    expected = r.tidy(exponentiate=True).set_index("term").loc[["C(race)[T.2]", "C(race)[T.3]"]]
    np.testing.assert_allclose(found["estimate"][:2], expected["estimate"], rtol=SAME)
    np.testing.assert_allclose(found["conf_high"][:2], expected["conf_high"], rtol=SAME)
    np.testing.assert_allclose(found["p_value"][:2], expected["p_value"], rtol=1e-8)
    assert (found["p_adjusted"] >= found["p_value"]).all()


def test_odds_ratios_for_units_are_powers_of_the_coefficients() -> None:
    data = births()
    r = sl.logit("low ~ age + lwt + C(race) + smoke", data)
    found = r.odds_ratios(units={"age": 10, "lwt": "iqr"}).to_frame().set_index(["term", "contrast"])
    low, high = data["lwt"].quantile([0.25, 0.75])
    interval = r.conf_int()
    for key, size, name in (
        (("age", "+10"), 10, "age"),
        (("lwt", f"{high:g} / {low:g}"), high - low, "lwt"),
        (("race", "3 / 1"), 1, "C(race)[T.3]"),
        (("smoke", "1 / 0"), 1, "smoke"),
    ):
        row = found.loc[key]
        assert row["estimate"] == pytest.approx(np.exp(size * r.params[name]), rel=SAME)
        assert row["conf_low"] == pytest.approx(np.exp(size * interval.loc[name, "conf_low"]), rel=SAME)


def test_odds_ratios_at_levels_of_an_interaction() -> None:
    r = sl.logit(FORMULA, births())
    found = r.odds_ratios("age", units={"age": 5}, at={"smoke": [0, 1]}).to_frame()
    b, v = r.params, r.cov_params()
    slopes = [b["age"], b["age"] + b["age:smoke"]]
    np.testing.assert_allclose(found["estimate"], np.exp(5 * np.array(slopes)), rtol=SAME)
    variance = v.loc["age", "age"] + 2 * v.loc["age", "age:smoke"] + v.loc["age:smoke", "age:smoke"]
    assert found["conf_high"][1] == pytest.approx(np.exp(5 * (slopes[1] + Z * np.sqrt(variance))), rel=SAME)


def test_profile_limits_at_a_level_are_those_of_the_recoded_model() -> None:
    data = births()
    r = sl.logit(FORMULA, data)
    found = r.odds_ratios("age", at={"smoke": [0, 1]}, method="profile").to_frame()
    turned = sl.logit(FORMULA, data.assign(smoke=1 - data["smoke"])).conf_int(method="profile").loc["age"]
    np.testing.assert_allclose(
        found.loc[0, ["conf_low", "conf_high"]].astype(float),
        np.exp(r.conf_int(method="profile").loc["age"]),
        rtol=1e-7,
    )
    np.testing.assert_allclose(found.loc[1, ["conf_low", "conf_high"]].astype(float), np.exp(turned), rtol=1e-7)
    with pytest.raises(FitError, match="ridge"):
        sl.logit(FORMULA, data, penalty=sl.Ridge(1.0)).odds_ratios("age", method="profile")


def test_profile_limits_between_two_levels_are_those_of_the_relevelled_model() -> None:
    data = births()
    found = sl.logit(FORMULA, data).odds_ratios("race", units={"race": (2, 3)}, method="profile").to_frame().iloc[0]
    turned = sl.logit("low ~ age*smoke + lwt + C(race, contr.treatment(2))", data).conf_int(method="profile")
    row = turned.loc["C(race, contr.treatment(2))[T.3]"]
    assert found["contrast"] == "3 / 2"
    assert found[["conf_low", "conf_high"]].tolist() == pytest.approx(np.exp(row).tolist(), rel=1e-7)


def test_odds_ratios_through_a_spline_are_ratios_of_fitted_odds() -> None:
    data = births()
    r = sl.logit("low ~ bs(lwt, df=4) + age", data)
    found = r.odds_ratios("lwt", units={"lwt": (110, 140)}).column("estimate")[0]
    links = [r.predict(data.head(1).assign(lwt=v), kind="link").iloc[0] for v in (110, 140)]
    assert found == pytest.approx(np.exp(links[1] - links[0]), rel=SAME)


def test_classes_have_relative_risk_ratios_against_the_reference() -> None:
    r = sl.multinomial("partic ~ hincome + children", women(), reference="not.work")
    found = r.odds_ratios(units={"hincome": 10}).to_frame().set_index(["term", "y_level"])["estimate"]
    for level in r.classes:
        assert found["hincome", level] == pytest.approx(np.exp(10 * r.params.loc["hincome", level]), rel=SAME)
        assert found["children", level] == pytest.approx(np.exp(r.params.loc["children[T.present]", level]), rel=SAME)
    assert set(found.index.get_level_values("y_level")) == set(r.classes)


def test_adjusted_probabilities_of_classes_add_up_to_one() -> None:
    r = sl.multinomial("partic ~ hincome*children", women())
    found = r.adjusted(["children", "hincome"]).to_frame()
    sums = found.groupby(["children", "hincome"])["estimate"].sum()
    np.testing.assert_allclose(sums, 1.0, rtol=1e-12)
    row = women().head(1).assign(hincome=10.0)
    expected = r.predict(row, interval="confidence")
    same = r.adjusted({"hincome": [10.0]}, newdata=row).to_frame().set_index("y_level")
    for level in r.levels:
        for column in ("estimate", "std_error", "conf_low", "conf_high"):
            assert same.loc[level, column] == pytest.approx(expected[level][column].iloc[0], rel=SAME)


def test_a_curve_is_a_row_of_adjusted_predictions() -> None:
    r = sl.logit("low ~ bs(lwt, df=4)*smoke + age", births())
    figure = r.effect_curve("lwt", by="smoke", points=7)
    assert [c.label for c in figure.curves] == ["smoke = 0", "smoke = 1"]
    assert figure.curves[0].x == tuple(np.linspace(births()["lwt"].min(), births()["lwt"].max(), 7))
    found = r.adjusted({"lwt": list(figure.curves[0].x)}, at={"smoke": 1}).to_frame()
    np.testing.assert_allclose(figure.curves[1].y, found["estimate"], rtol=SAME)
    np.testing.assert_allclose(figure.curves[1].low, found["conf_low"], rtol=SAME)


def test_curves_of_levels_and_of_classes() -> None:
    levels = sl.logit(FORMULA, births()).effect_curve("race", by={"age": [20, 30]})
    assert (levels.levels, levels.curves[1].label, levels.curves[0].x) == (("1", "2", "3"), "age = 30", (0.0, 1.0, 2.0))
    numbers = sl.logit(FORMULA, births()).effect_curve("race", by="age")
    assert [c.label for c in numbers.curves] == ["age = 19", "age = 23", "age = 26"], "quartiles"
    classes = sl.multinomial("partic ~ hincome*children", women()).effect_curve("hincome", by="children", points=3)
    assert [c.label for c in classes.curves][:2] == ["fulltime, children = absent", "not.work, children = absent"]
    np.testing.assert_allclose(np.sum([c.y for c in classes.curves[:3]], axis=0), 1.0)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda r: r.adjusted([]), "at least one variable"),
        (lambda r: r.adjusted("age", scale="odds"), "'probability' or 'log-odds'"),
        (lambda r: r.adjusted({"race": [9]}), "no level 9"),
        (lambda r: r.effect_curve("age", points=1), "at least 2"),
        (lambda r: r.odds_ratios(units={"weight": 1}), "reads no column 'weight'"),
        (lambda r: r.pairwise("weight"), "reads no column 'weight'"),
    ],
)
def test_what_cannot_be_shown_is_refused(ask, message) -> None:
    with pytest.raises((StatlogitError, ValueError), match=message):
        ask(sl.logit(FORMULA, births()))


def test_a_column_named_like_a_result_keeps_both() -> None:
    data = births().rename(columns={"smoke": "estimate"})
    found = sl.logit("low ~ age + estimate", data).adjusted("estimate").to_frame()
    assert list(found.columns) == ["estimate_", "estimate", "std_error", "conf_low", "conf_high"]
    assert isinstance(found, pd.DataFrame)
