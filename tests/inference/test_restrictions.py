"""Wald, likelihood-ratio and score tests: R, brute force, multiple precision, and what must not change them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.inference.hypotheses import parse
from statlogit.inference.words import vocabulary_of
from tests.fit.problems import exact_maximum
from tests.inference.dense import maximum, softmax, standardised, three_tests

R = json.loads((Path(__file__).parent / "r" / "tests.json").read_text(encoding="utf-8"))
R_DIGITS = 1e-9  # of R's refits: differences of deviances near 200 with 15 printed digits
R_OPTIMISER = 1e-6  # nnet stops BFGS there
SAME = 1e-9  # relative, between two ways to the same statistic
KINDS = ["Wald", "LR", "score"]
FORMULA = "low ~ age + lwt + C(race) + smoke + ht"


@pytest.fixture(scope="module")
def data(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def result(data):
    return sl.logit(FORMULA, data)


@pytest.fixture(scope="module")
def classes(data):
    return sl.multinomial("race ~ age + lwt + smoke", data)


def statistic(table):
    return table.to_frame().statistic[0]


@pytest.mark.parametrize("kind", ["LRT", "Wald"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("age_0_smoke_2ht", "age = 0, smoke = 2*ht"),
        ("lwt_fixed_races_equal", "lwt = -0.01, C(race)[T.2] = C(race)[T.3]"),
    ],
)
def test_linear_hypothesis_equals_r(result, kind, name, text):
    found = result.test(text, "LR" if kind == "LRT" else kind).to_frame()
    assert found.statistic[0] == pytest.approx(R[f"{name}_{kind}"][0], rel=R_DIGITS)
    assert found.df[0] == 2


def test_multinomial_term_equals_nnet(classes):
    found = classes.test("lwt", "LR").to_frame()
    assert found.statistic[0] == pytest.approx(R["classes_lwt_LRT"][0], rel=R_OPTIMISER)
    assert found.df[0] == 2


@pytest.mark.parametrize("text", ["age = 0, smoke = 2*ht", "lwt = -0.5", "C(race), Intercept = 1", "3*age - lwt/7 = 0"])
def test_binary_tests_equal_brute_force(result, data, text):
    x, y = result.fit.frame.x.to_array(), data[["low"]].to_numpy(dtype=float)
    found = parse(text, vocabulary_of(result.fit))
    expected = three_tests(x, y, np.vstack([h.matrix for h in found]), np.concatenate([h.value for h in found]))
    for kind in KINDS:
        assert statistic(result.test(text, kind)) == pytest.approx(expected[kind], rel=SAME)


@pytest.mark.parametrize("text", ["age", "age@2 = age@3", "age@2 = 0, lwt@3 = 2*smoke@2", "lwt = 0.01, smoke@2 = 1"])
def test_multinomial_tests_equal_brute_force(classes, data, text):
    x = classes.fit.frame.x.to_array()
    y = (data.race.to_numpy()[:, None] == np.array([2, 3])).astype(float)
    found = parse(text, vocabulary_of(classes.fit))
    expected = three_tests(x, y, np.vstack([h.matrix for h in found]), np.concatenate([h.value for h in found]))
    for kind in KINDS:
        assert statistic(classes.test(text, kind)) == pytest.approx(expected[kind], rel=SAME)


def test_two_classes_equal_the_binary_fit(result, data):
    two = sl.multinomial(FORMULA, data)
    for kind in KINDS:
        for text in ("age = 0, smoke = 2*ht", "C(race)"):
            assert statistic(two.test(text, kind)) == pytest.approx(statistic(result.test(text, kind)), rel=SAME)
        assert statistic(two.overall_test(kind)) == pytest.approx(statistic(result.overall_test(kind)), rel=SAME)


def test_wald_of_one_coefficient_is_z_squared(result):
    for r in (result, result.with_covariance("HC3")):
        found = r.test("age, lwt, smoke", joint=False).to_frame()
        names = ["age", "lwt", "smoke"]
        np.testing.assert_allclose(found.statistic, r.zvalues[names] ** 2, rtol=SAME)
        np.testing.assert_allclose(found.p_value, r.pvalues[names], rtol=SAME)
        np.testing.assert_allclose(found.estimate, r.params[names], rtol=SAME)
        np.testing.assert_allclose(found.std_error, r.bse[names], rtol=SAME)


@pytest.mark.parametrize("kind", KINDS)
def test_all_slopes_are_the_overall_test(result, classes, kind):
    text = "age, lwt, C(race), smoke, ht"
    assert statistic(result.test(text, kind)) == pytest.approx(statistic(result.overall_test(kind)), rel=SAME)
    several = classes.test("age, lwt, smoke", kind)
    assert statistic(several) == pytest.approx(statistic(classes.overall_test(kind)), rel=SAME)


def test_overall_wald_follows_the_covariance(result):
    robust = result.with_covariance("HC3")
    slopes = list(result.names[1:])
    v, b = robust.cov_params().loc[slopes, slopes].to_numpy(), robust.params[slopes].to_numpy()
    assert statistic(robust.overall_test("Wald")) == pytest.approx(b @ np.linalg.solve(v, b), rel=SAME)
    assert "HC3" in robust.overall_test().title


@pytest.mark.parametrize("kind", KINDS)
def test_units_of_a_column_do_not_matter(data, kind):
    plain = sl.logit("low ~ age + lwt + smoke", data)
    scaled = sl.logit("low ~ age + lwt + smoke", data.assign(lwt=data.lwt * 1e9))
    found = statistic(plain.test("lwt = 2*age, smoke = 1", kind))
    assert statistic(scaled.test("1e9*lwt = 2*age, smoke = 1", kind)) == pytest.approx(found, rel=SAME)


def test_wald_keeps_its_digits_where_columns_are_nearly_dependent():
    import mpmath as mp

    rng = np.random.default_rng(3)
    x = 1000.0 + rng.integers(0, 64, size=120) / 16.0
    data = pd.DataFrame({"x": x, "y": (rng.uniform(size=120) < 0.5).astype(int)})
    r = sl.logit("y ~ x + I(x**2) + I(x**3)", data)
    assert r.fit.estimate.coordinates.root is not None
    design = r.fit.frame.x.to_array()
    with mp.workdps(80):
        beta, _ = exact_maximum(design, data.y, digits=80)
        matrix = [[mp.mpf(float(v)) for v in row] for row in design]
        information = mp.matrix(4, 4)
        for row in matrix:
            mu = 1 / (1 + mp.exp(-mp.fsum(a * b for a, b in zip(row, beta, strict=True))))
            for j in range(4):
                for k in range(4):
                    information[j, k] += mu * (1 - mu) * row[j] * row[k]
        v = information**-1
        b = mp.matrix([beta[1], beta[2], beta[3]])
        expected = (b.T * mp.lu_solve(v[1:4, 1:4], b))[0]
    assert statistic(r.test("x, I(x**2), I(x**3)")) == pytest.approx(float(expected), rel=1e-8)


@pytest.mark.parametrize("kind", ["LR", "score"])
def test_test_that_trusts_the_likelihood_is_refused_beside_a_robust_covariance(result, kind):
    robust = result.with_covariance("HC3")
    for call in (robust.anova, robust.overall_test):
        with pytest.raises(sl.FitError, match="test='Wald'"):
            call(test=kind)
    with pytest.raises(sl.FitError, match="test='Wald'"):
        robust.test("age", kind)
    assert robust.anova().title == "Type II Wald tests, HC3 covariance"


@pytest.fixture(scope="module")
def separated(data):
    """One factor level holds only events: its coefficient is infinite, the likelihood has a supremum."""
    some = data.assign(rare=0)
    some.loc[some.index[some["low"] == 1][:4], "rare"] = 1
    with pytest.warns(sl.errors.SeparationWarning):
        return sl.logit("low ~ age + lwt + rare", some, on_failure="warn"), some


def test_wald_of_infinite_estimates_is_refused(separated):
    with pytest.raises(sl.FitError, match="infinite"):
        separated[0].test("age")
    with pytest.raises(sl.FitError, match="infinite"):
        separated[0].anova(test="Wald")


def test_likelihood_ratio_compares_suprema(separated):
    r, some = separated
    without = sl.logit("low ~ age + lwt", some)
    assert statistic(r.test("rare", "LR")) == pytest.approx(2 * (r.llf - without.llf), rel=SAME)
    rest = some[some.rare == 0]  # where rare is free it takes its rows with it
    full, less = sl.logit("low ~ age + lwt", rest), sl.logit("low ~ lwt", rest)
    assert statistic(r.test("age", "LR")) == pytest.approx(2 * (full.llf - less.llf), rel=SAME)
    summed = rest.assign(both=2 * rest.age + rest.lwt)
    twice = sl.logit("low ~ both", summed)
    assert statistic(r.test("age = 2*lwt", "LR")) == pytest.approx(2 * (full.llf - twice.llf), rel=SAME)


def test_score_test_of_the_infinite_coefficient_has_a_value(separated):
    r, some = separated
    x, y = r.fit.frame.x.to_array(), some[["low"]].to_numpy(dtype=float)
    restriction = np.array([[0.0, 0.0, 0.0, 1.0]])
    _, u, information = softmax(x, y, maximum(x, y, restriction, np.zeros(1)))
    assert statistic(r.test("rare", "score")) == pytest.approx(u @ np.linalg.solve(information, u), rel=SAME)
    with pytest.raises(sl.FitError, match="under the hypothesis"):
        r.test("age", "score")


def test_complete_separation_leaves_nothing_free(examples):
    with pytest.warns(sl.errors.SeparationWarning):
        r = sl.logit("y ~ x", examples / "toy.csv", on_failure="warn")
    n = r.nobs
    assert statistic(r.test("Intercept = 0, x = 0", "LR")) == pytest.approx(2 * n * np.log(2), rel=SAME)


@pytest.mark.parametrize("kind", ["Wald", "LR", "score"])
def test_ridge_estimates_are_refused(data, kind):
    r = sl.logit("low ~ age", data, penalty=sl.Ridge(1.0))
    for test in (lambda: r.test("age", kind), lambda: r.overall_test(kind), lambda: r.anova(test=kind)):
        with pytest.raises(sl.FitError, match="penalty=None"):
            test()


def test_saturated_hypothesis_leaves_no_coefficient_free(data):
    r = sl.logit("low ~ 0 + age", data)
    zero = 2 * (r.llf + len(data) * np.log(2))
    assert statistic(r.test("age", "LR")) == pytest.approx(zero, rel=SAME)


def test_strong_effect_is_climbed_by_newton_steps():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 2))
    y = (rng.uniform(size=400) < 1 / (1 + np.exp(-6 * x[:, 0] - x[:, 1]))).astype(int)
    frame = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1]})
    r = sl.logit("y ~ a + b", frame)
    swapped = sl.logit("y ~ I(a - 3*b)", frame)
    assert statistic(r.test("b = -3*a", "LR")) == pytest.approx(2 * (r.llf - swapped.llf), rel=SAME)


def test_words_for_tests_are_checked(result):
    with pytest.raises(ValueError, match="'LR', 'Wald', 'score'"):
        result.test("age", "wald")
    with pytest.raises(ValueError, match="'holm', 'single-step'"):
        result.test("age, lwt", joint=False, adjust="bonferroni")
    with pytest.raises(sl.FitError, match="joint=False"):
        result.test("age, lwt", adjust="holm")


@pytest.mark.parametrize("kind", KINDS)
def test_grouped_and_weighted_rows_equal_their_expansion(data, kind):
    counts = data.groupby(["smoke", "ht", "race"]).low.agg(["sum", "size"]).reset_index()
    grouped = sl.logit("cbind(sum, size - sum) ~ smoke + ht + C(race)", counts)
    weighted = sl.logit("low ~ smoke + ht + C(race)", data.drop_duplicates(["smoke", "ht", "race", "low"]).assign(
        w=lambda d: [((data[["smoke", "ht", "race", "low"]] == row).all(axis=1)).sum()
                     for row in d[["smoke", "ht", "race", "low"]].to_numpy()]), weights="w")  # fmt: skip
    whole = sl.logit("low ~ smoke + ht + C(race)", data)
    for text in ("smoke = 2*ht", "C(race)[T.2] = C(race)[T.3], smoke = 0.5"):
        expected = statistic(whole.test(text, kind))
        for r in (grouped, weighted):
            assert statistic(r.test(text, kind)) == pytest.approx(expected, rel=SAME)


@pytest.mark.parametrize("kind", KINDS)
def test_offset_is_a_coefficient_that_is_fixed(data, kind):
    free = sl.logit("low ~ age + lwt + smoke", data)
    moved = sl.logit("low ~ age + lwt + smoke", data.assign(o=0.02 * data.lwt), offset="o")
    expected = statistic(free.test("lwt = 0.02, age = smoke", kind))
    assert statistic(moved.test("lwt, age = smoke", kind)) == pytest.approx(expected, rel=SAME)


@pytest.mark.parametrize("seed", range(8))
def test_random_problems_of_any_scale_equal_brute_force(seed):
    rng = np.random.default_rng(seed)
    n, n_classes = int(rng.integers(80, 300)), 2 + seed % 3
    size, place = 10 ** rng.uniform(-4, 4), rng.normal() * 10 ** rng.uniform(-2, 3)
    data = pd.DataFrame({"a": rng.normal(size=n) * size + place, "b": rng.normal(size=n)})
    data["g"], data["c"] = rng.integers(0, 3, size=n), rng.integers(0, 2, size=n)
    noise = rng.integers(0, n_classes, size=n)
    data["y"] = np.where(rng.uniform(size=n) < 0.4, noise, (rng.normal(size=n) + data.b > 0) % n_classes)
    r = (sl.multinomial if n_classes > 2 else sl.logit)("y ~ a + b*C(g) + c", data)
    texts = [f"a = {0.1 / size!r}, b = c", "b:C(g), a", "Intercept = 1", "3*b - c/7 + C(g)[T.2] = 0.2"]
    if n_classes > 2:
        texts += ["b@1 = b@2" if n_classes > 3 else "b@1 = 2*c@2"]
    z, back = standardised(r.fit.frame.x.to_array())
    for text in texts:
        found = parse(text, vocabulary_of(r.fit))
        matrix = np.vstack([h.matrix for h in found]) @ np.kron(np.eye(n_classes - 1), back)
        expected = three_tests(z, r.fit.frame.y, matrix, np.concatenate([h.value for h in found]))
        for kind in KINDS:
            assert statistic(r.test(text, kind)) == pytest.approx(expected[kind], rel=SAME, abs=1e-11)
