"""Marginal effects: published numbers, brute force over the whole computation, identities."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.effects.marginal import Question, marginal_effects
from statlogit.effects.subject import subject_of
from statlogit.errors import FitError, SeparationWarning, StatlogitError
from tests.effects.data import DATA, births, jacobian, women

PRINTED, STOPPED = 6e-8, 2e-6  # seven decimals; relative, what Stata's stopping rule leaves where cyl nearly separates
REFITTED = 1e-8  # two fits of one space, in other columns
NUMERICAL = 1e-7  # relative: a Jacobian by four-point differences, times a covariance of condition 1e4
SAME = 1e-12  # two ways to the same sum
CYLINDERS = [6, 6, 4, 6, 8, 6, 8, 4, 4, 6, 6, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 4, 8, 6, 8, 4]


def cars() -> pd.DataFrame:
    return pd.read_csv(DATA / "mtcars_am.csv").assign(cyl=CYLINDERS)


def rows(found) -> pd.DataFrame:
    return found.to_frame().set_index(["term", "contrast"])


# Stata's margins, dydx(*) after logit on mtcars, as printed in the vignette "Comparison with Stata's 'margins' command"
# of the R package margins 0.3 (T. Leeper): dy/dx, standard error, both limits.
STATA = {
    "am ~ cyl + hp + wt": {
        ("cyl", "dP/dx"): (0.0214527, 0.0469746, -0.0706157, 0.1135212),
        ("hp", "dP/dx"): (0.0014339, 0.0006182, 0.0002224, 0.0026455),
        ("wt", "dP/dx"): (-0.4025475, 0.1154098, -0.6287466, -0.1763484),
    },
    "am ~ C(cyl) + hp + wt": {
        ("cyl", "6 - 4"): (0.1197978, 0.1062873, -0.0885214, 0.3281171),
        ("cyl", "8 - 4"): (-0.3478575, 0.2067542, -0.7530883, 0.0573732),
        ("hp", "dP/dx"): (0.0033268, 0.0029852, -0.0025241, 0.0091777),
        ("wt", "dP/dx"): (-0.3441297, 0.1188604, -0.5770919, -0.1111675),
    },
    "am ~ cyl + hp*wt": {
        ("cyl", "dP/dx"): (0.0215633, 0.0492676, -0.0749994, 0.1181261),
        ("hp", "dP/dx"): (0.0026673, 0.0023004, -0.0018414, 0.007176),
        ("wt", "dP/dx"): (-0.5157922, 0.2685806, -1.042201, 0.0106162),
    },
}


@pytest.mark.parametrize("formula", STATA)
def test_published_effects_of_stata(formula: str) -> None:
    found = rows(sl.logit(formula, cars()).effects())[["estimate", "std_error", "conf_low", "conf_high"]]
    expected = pd.DataFrame(STATA[formula]).T
    expected.columns = found.columns
    expected = expected.loc[found.index]
    np.testing.assert_allclose(found.iloc[:, :2], expected.iloc[:, :2], rtol=STOPPED, atol=PRINTED)
    np.testing.assert_allclose(found.iloc[:, 2:], expected.iloc[:, 2:], rtol=STOPPED, atol=6e-7)  # 1.96 such errors


@pytest.mark.parametrize(
    "rhs",
    [
        "age*lwt + smoke",
        "bs(lwt, df=4)*smoke + age",
        "log(lwt):C(race) + I(age**2) + age",
        "poly(lwt, 3) + cr(age, df=3, constraints='center')",
    ],
)
def test_slopes_and_errors_agree_with_brute_force(rhs: str) -> None:
    data = births()
    r = sl.logit(f"low ~ {rhs}", data)
    design, beta, covariance = r.fit.frame.design, r.fit.beta[:, 0], r.cov_params().to_numpy()
    within = data[(data["lwt"] > data["lwt"].min()) & (data["lwt"] < data["lwt"].max())]

    def matrix(change):
        return design.matrix(within.assign(lwt=within["lwt"] + change)).x.to_array()

    h = 1e-3
    x, dx = matrix(0), (8 * (matrix(h) - matrix(-h)) - (matrix(2 * h) - matrix(-2 * h))) / (12 * h)

    def slope(b):
        p = 1 / (1 + np.exp(-x @ b))
        return (p * (1 - p) * (dx @ b)).mean()

    found = rows(r.effects("lwt", newdata=within)).loc[("lwt", "dP/dx")]
    gradient = jacobian(slope, beta)
    assert found["estimate"] == pytest.approx(slope(beta), rel=NUMERICAL)
    assert found["std_error"] == pytest.approx(np.sqrt(gradient @ covariance @ gradient), rel=NUMERICAL)


def test_contrasts_set_every_row_to_the_level() -> None:
    data = births()
    r = sl.logit("low ~ C(race)*smoke + age", data)
    found = rows(r.effects())
    for level in (2, 3):
        two, one = r.predict(data.assign(race=level)).mean(), r.predict(data.assign(race=1)).mean()
        assert found.loc[("race", f"{level} - 1"), "estimate"] == pytest.approx(two - one, rel=SAME)
    assert found.loc[("smoke", "1 - 0"), "estimate"] == pytest.approx(
        r.predict(data.assign(smoke=1)).mean() - r.predict(data.assign(smoke=0)).mean(), rel=SAME
    )


def test_without_interactions_the_slope_is_the_mean_variance_times_the_coefficient() -> None:
    data = births()
    r = sl.logit("low ~ age + lwt", data)
    p = r.predict()
    assert rows(r.effects("age"))["estimate"].iloc[0] == pytest.approx((p * (1 - p)).mean() * r.params["age"], rel=SAME)


def test_zero_one_columns_are_contrasts_unless_asked_otherwise() -> None:
    data = births().assign(truth=lambda d: d["ht"] == 1)
    r = sl.logit("low ~ age + smoke + truth", data)
    assert list(rows(r.effects()).index) == [("age", "dP/dx"), ("smoke", "1 - 0"), ("truth", "True - False")]
    plain = rows(r.effects(discrete=False))
    assert list(plain.index) == [("age", "dP/dx"), ("smoke", "dP/dx"), ("truth", "True - False")]


def test_groups_average_over_their_own_rows() -> None:
    data = births()
    r = sl.logit("low ~ age*smoke + C(race)", data)
    found = r.effects("age", by=["smoke", "race"]).to_frame()
    assert found[["smoke", "race"]].to_numpy().tolist()[:3] == [[0, 1], [0, 2], [0, 3]]
    for (smoke, race), part in data.groupby(["smoke", "race"]):
        row = found[(found["smoke"] == smoke) & (found["race"] == race)].iloc[0]
        assert row["estimate"] == pytest.approx(r.effects("age", newdata=part).column("estimate")[0], rel=SAME)


def test_values_are_set_in_every_row() -> None:
    data = births()
    r = sl.logit("low ~ age*smoke + log(lwt)", data)
    found = r.effects(["smoke", "lwt"], at={"age": [20, 30], "smoke": [1]}).to_frame()
    assert found[["age", "smoke"]].to_numpy().tolist() == [[20, 1], [30, 1]]
    assert set(found["term"]) == {"lwt"}, "what is set has no effect of its own"
    same = r.effects("lwt", newdata=data.assign(age=30, smoke=1)).column("estimate")[0]
    assert found["estimate"].iloc[1] == pytest.approx(same, rel=SAME)


def test_the_typical_row_has_means_and_commonest_levels() -> None:
    data = births()
    r = sl.logit("low ~ age + lwt + C(race) + smoke", data)
    row = data[["age", "lwt"]].mean().to_frame().T.assign(race=1, smoke=0)
    found, same = r.effects(kind="at means").to_frame(), r.effects(newdata=row).to_frame()
    np.testing.assert_allclose(found["estimate"], same["estimate"], rtol=SAME)
    np.testing.assert_allclose(found["std_error"], same["std_error"], rtol=SAME)


def test_grouped_rows_count_as_often_as_their_trials() -> None:
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"x": rng.normal(size=60), "g": rng.choice(list("ab"), 60), "n": rng.integers(1, 9, 60)})
    data["s"] = rng.binomial(data["n"], 1 / (1 + np.exp(-data["x"])))
    long = data.loc[data.index.repeat(data["n"])].reset_index(drop=True)
    long["y"] = (long.groupby(data.index.repeat(data["n"])).cumcount() < long["s"]).astype(int)
    one = sl.logit("cbind(s, n - s) ~ x*g", data.assign(f=data["n"] - data["s"])).effects().to_frame()
    other = sl.logit("y ~ x*g", long).effects().to_frame()
    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-9)
    np.testing.assert_allclose(one["std_error"], other["std_error"], rtol=1e-9)


def test_missing_rows_and_offsets_stay_as_they_were_fitted() -> None:
    data = births().assign(exposure=lambda d: np.log(d["lwt"] / 100))
    data.loc[[3, 50], "age"] = np.nan
    r = sl.logit("low ~ age + smoke", data, offset="exposure")
    p = r.predict(kind="probability")
    assert rows(r.effects("age"))["estimate"].iloc[0] == pytest.approx((p * (1 - p)).mean() * r.params["age"], rel=SAME)
    assert r.effects().to_frame().equals(r.effects(newdata=data).to_frame())


def test_the_covariance_of_the_result_is_used_and_named() -> None:
    r = sl.logit("low ~ age + smoke", births(), covariance="HC3")
    model = sl.logit("low ~ age + smoke", births())
    found, plain = r.effects(), model.effects()
    assert "HC3 covariance" in found.note
    assert found.column("estimate") == plain.column("estimate")
    assert found.column("std_error") != plain.column("std_error")


def test_classes_have_effects_that_add_up_to_zero() -> None:
    data = women()
    r = sl.multinomial("partic ~ hincome*children", data, reference="not.work")
    found = r.effects().to_frame()
    assert list(found["y_level"])[:3] == list(r.levels)
    assert found.groupby(["term", "contrast"])["estimate"].sum().abs().max() < 1e-15
    changed = r.predict(data.assign(children="present")).mean() - r.predict(data.assign(children="absent")).mean()
    some = found[found["term"] == "children"].set_index("y_level")["estimate"]
    np.testing.assert_allclose(some[list(r.levels)], changed[list(r.levels)], rtol=1e-10)


def test_errors_of_classes_agree_with_a_numerical_jacobian() -> None:
    data = women()
    r = sl.multinomial("partic ~ hincome*children", data)
    design, beta, base = r.fit.frame.design, r.fit.beta, list(r.levels).index(r.reference)

    def slopes(vec):
        b = vec.reshape(beta.shape, order="F")

        def at(change):
            eta = design.matrix(data.assign(hincome=data["hincome"] + change)).x.to_array() @ b
            full = np.insert(eta, base, 0.0, axis=1)
            e = np.exp(full - full.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)

        return ((8 * (at(1e-3) - at(-1e-3)) - (at(2e-3) - at(-2e-3))) / 12e-3).mean(axis=0)

    vec = beta.ravel(order="F")
    moves = jacobian(slopes, vec, 1e-2)
    expected = np.sqrt(np.einsum("jk,jl,lk->k", moves, r.cov_params().to_numpy(), moves))
    found = r.effects("hincome").to_frame()
    np.testing.assert_allclose(found["estimate"], slopes(vec), rtol=NUMERICAL)
    np.testing.assert_allclose(found["std_error"], expected, rtol=1e-6)


def test_separated_data_have_no_effects() -> None:
    data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 0, 1, 1, 1]})
    with pytest.warns(SeparationWarning):
        r = sl.logit("y ~ x", data, on_failure="warn")
    with pytest.raises(FitError, match="finite maximum"):
        r.effects()
    assert np.isfinite(sl.logit("y ~ x", data, penalty=sl.Firth()).effects().column("estimate")[0])


def test_what_moves_an_aliased_column_is_not_determined() -> None:
    data = births().assign(twice=lambda d: 2 * d["age"])
    found = rows(sl.logit("low ~ age + twice + smoke", data).effects())
    assert found.loc[("twice", "dP/dx")].isna().all()
    assert found.loc[("age", "dP/dx")].notna().all()


def test_a_spline_whose_parts_add_up_to_the_intercept_has_its_effects() -> None:
    spanned, whole = (sl.logit(f"low ~ {k}cr(lwt, df=4) * smoke", births()) for k in ("", "0 + "))
    assert "cr(lwt, df=4)[4]" in spanned.aliased
    for ask in (lambda r: r.effects(), lambda r: r.adjusted({"lwt": [100, 150]}), lambda r: r.pairwise("smoke")):
        found, expected = (ask(r).to_frame() for r in (spanned, whole))
        for column in ("estimate", "std_error"):
            np.testing.assert_allclose(found[column], expected[column], rtol=REFITTED)


def test_a_column_that_enters_through_steps_has_no_slope() -> None:
    assert set(rows(sl.logit("low ~ I(age > 25) + lwt", births()).effects()).index) == {("lwt", "dP/dx")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variables": "agee"}, "reads no column 'agee'"),
        ({"at": {"race": 7}}, "no level 7"),
        ({"at": {"age": "x"}}, "numeric"),
        ({"kind": "median"}, "choose 'average' or 'at means'"),
        ({"by": "bwt"}, "reads no column 'bwt'"),
        ({"by": "race", "at": {"race": 1}}, "both make groups"),
        ({"compare": "risk"}, "choose one of 'difference'"),
        ({"change": {"age": "big"}}, "numeric"),
        ({"change": {"race": 1}}, "two of them"),
        ({"change": {"age": (1, 2, 3)}}, "two values"),
    ],
)
def test_questions_that_cannot_be_answered_say_why(options, message) -> None:
    r = sl.logit("low ~ age + C(race)", births())
    with pytest.raises((StatlogitError, ValueError), match=message):
        r.effects(**options)


@pytest.mark.slow
def test_memory_does_not_grow_with_rows_times_columns() -> None:
    rng = np.random.default_rng(0)
    n, p = 200_000, 12
    data = pd.DataFrame({f"x{j}": rng.normal(size=n) for j in range(p)})
    data["y"] = rng.integers(0, 2, n)
    r = sl.logit("y ~ " + " + ".join(f"x{j}" for j in range(p)), data)
    tracemalloc.start()
    r.effects()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < n * p * 8 / 2, "half of one design matrix"


def test_a_withheld_covariance_leaves_estimates_without_errors() -> None:
    r = sl.logit("low ~ age + smoke", births())
    subject = subject_of(r.fit, np.full((3, 3), np.nan), "withheld")
    found = marginal_effects(subject, None, None, None, Question()).to_frame()
    assert found["estimate"].tolist() == r.effects().to_frame()["estimate"].tolist()
    assert found[["std_error", "p_value", "conf_low"]].isna().all().all()


def test_a_level_without_rows_in_a_cell_is_not_determined_there() -> None:
    data = births()
    data = data[~((data["race"] == 2) & (data["smoke"] == 1))]  # nobody smokes there
    r = sl.logit("low ~ C(race)*smoke + age", data)
    assert r.aliased == ("C(race)[T.2]:smoke",)
    found = rows(r.effects())
    assert found.loc[("race", "2 - 1")].isna().all(), "smokers would be set to an empty cell"
    assert found.loc[("race", "3 - 1")].notna().all()
    assert found.loc[("smoke", "1 - 0")].isna().all()
    adjusted = r.adjusted(["race", "smoke"]).to_frame().set_index(["race", "smoke"])["estimate"]
    assert adjusted.isna().to_dict() == {key: key == (2, 1) for key in adjusted.index}


def test_a_formula_that_looks_at_other_rows_is_refused() -> None:
    with pytest.raises(StatlogitError, match=r"lag\(age\) takes its value from another row"):
        sl.logit("low ~ lag(age) + lwt", births()).effects("lwt")


def test_the_reference_level_is_that_of_the_coding() -> None:
    found = rows(sl.logit("low ~ C(race, contr.treatment(2)) + bs(lwt, knots=c(110, 140))", births()).effects("race"))
    assert list(found.index) == [("race", "1 - 2"), ("race", "3 - 2")]
    sums = rows(sl.logit("low ~ C(race, contr.sum) + lwt", births()).effects("race"))
    plain = rows(sl.logit("low ~ C(race) + lwt", births()).effects("race"))
    np.testing.assert_allclose(sums, plain, rtol=1e-9)
