"""Analysis of deviance of types I, II and III by all three tests: R, brute force and identities."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from tests.inference.dense import three_tests

R = json.loads((Path(__file__).parent / "r" / "tests.json").read_text(encoding="utf-8"))
R_DIGITS = 1e-9  # differences of deviances near 200 printed with 15 digits, and Rao's from weights one step old
SAME = 1e-9
MAIN, CROSSED = "low ~ age + lwt + C(race) + smoke + ht", "low ~ age * C(race) + smoke"
R_NAMES = {"LR": "LRT", "score": "Rao"}


@pytest.fixture(scope="module")
def data(examples):
    return pd.read_csv(examples / "birthwt.csv")


def by_term(table):
    return table.to_frame().set_index("term").statistic


@pytest.mark.parametrize("test", ["LR", "score"])
@pytest.mark.parametrize(("name", "formula"), [("main", MAIN), ("crossed", CROSSED)])
def test_sequential_tests_equal_r(data, test, name, formula):
    found = sl.logit(formula, data).anova(1, test)
    np.testing.assert_allclose(by_term(found), R[f"{name}_type1_{R_NAMES[test]}"], rtol=R_DIGITS)


@pytest.mark.parametrize("test", ["LR", "score"])
@pytest.mark.parametrize("type_", [2, 3])
def test_tests_of_terms_that_nothing_contains_equal_drop1(data, test, type_):
    main, crossed = sl.logit(MAIN, data).anova(type_, test), sl.logit(CROSSED, data).anova(type_, test)
    np.testing.assert_allclose(by_term(main), R[f"main_drop1_{R_NAMES[test]}"], rtol=R_DIGITS)
    dropped = by_term(crossed)[["smoke", "age:C(race)"]]
    np.testing.assert_allclose(dropped, R[f"crossed_drop1_{R_NAMES[test]}"], rtol=R_DIGITS)


@pytest.mark.parametrize("test", ["LR", "Wald", "score"])
def test_type_three_tests_the_columns_of_the_term(data, test):
    r = sl.logit(CROSSED, data)
    found = by_term(r.anova(3, test))
    for term in ("age", "C(race)", "smoke", "age:C(race)"):
        assert found[term] == pytest.approx(r.test(term, test).to_frame().statistic[0], rel=SAME)


def test_type_two_score_test_leaves_out_what_contains_the_term(data):
    found = by_term(sl.logit(CROSSED, data).anova(2, "score"))
    main = sl.logit("low ~ age + C(race) + smoke", data)
    for term in ("age", "C(race)"):
        assert found[term] == pytest.approx(main.test(term, "score").to_frame().statistic[0], rel=SAME)


def test_type_two_wald_test_is_the_difference_of_two(data):
    for r in (sl.logit(CROSSED, data), sl.logit(CROSSED, data).with_covariance("HC3")):
        found = by_term(r.anova(2, "Wald"))
        both = r.test("age, age:C(race)").to_frame().statistic[0]
        assert found["age"] == pytest.approx(both - r.test("age:C(race)").to_frame().statistic[0], rel=SAME)


def test_sequential_wald_tests_add_up_to_the_test_of_the_model(data):
    r = sl.logit(CROSSED, data)
    total = by_term(r.anova(1, "Wald")).sum()
    assert total == pytest.approx(r.overall_test("Wald").to_frame().statistic[0], rel=SAME)


def test_type_three_says_where_it_looks(data):
    treatment, centred = sl.logit(CROSSED, data).anova(3), sl.logit("low ~ age * C(race, Sum) + smoke", data).anova(3)
    assert "age at C(race) = 1" in treatment.note
    assert "C(race) at age = 0" in treatment.note
    assert "age at" not in centred.note
    assert sl.logit(MAIN, data).anova(3).note == ""
    assert sl.logit(CROSSED, data).anova(2).note == ""


def test_sum_coding_changes_type_three_alone(data):
    plain, centred = sl.logit(CROSSED, data), sl.logit("low ~ age * C(race, Sum) + smoke", data)
    for test in ("LR", "Wald", "score"):
        for type_ in (1, 2):
            one, other = (r.anova(type_, test).to_frame().statistic for r in (plain, centred))
            np.testing.assert_allclose(one, other, rtol=SAME)
        assert by_term(plain.anova(3, test))["age"] != pytest.approx(by_term(centred.anova(3, test))["age"], rel=0.01)


@pytest.mark.parametrize("type_", [1, 2, 3])
def test_multinomial_terms_equal_brute_force(data, type_):
    m = sl.multinomial("race ~ age * smoke", data)
    x = m.fit.frame.x.to_array()  # Intercept, age, smoke, age:smoke
    y = (data.race.to_numpy()[:, None] == np.array([2, 3])).astype(float)
    outside = {(1, "age"): [2, 3], (1, "smoke"): [3], (2, "age"): [3], (2, "smoke"): [3]}
    tests = {kind: by_term(m.anova(type_, kind)) for kind in ("LR", "score")}
    for column, term in ((1, "age"), (2, "smoke"), (3, "age:smoke")):
        kept = [j for j in range(4) if j not in outside.get((type_, term), [])]
        matrix = np.kron(np.eye(2), np.eye(len(kept))[[kept.index(column)]])
        expected = three_tests(x[:, kept], y, matrix, np.zeros(2))
        for kind, found in tests.items():
            assert found[term] == pytest.approx(expected[kind], rel=SAME)


@pytest.mark.parametrize("test", ["LR", "Wald", "score"])
def test_titles_name_method_type_and_adjustment(data, test):
    r = sl.logit(MAIN, data)
    title = r.anova(3, test, adjust="holm").title
    assert title.startswith("Type III " + {"LR": "likelihood-ratio", "Wald": "Wald", "score": "score"}[test])
    assert title.endswith("p adjusted: Holm")
    assert list(r.anova(3, test, adjust="holm").to_frame().columns)[-2:] == ["p_adjusted", "log_p_adjusted"]


def test_unknown_type_is_refused_by_every_test(data):
    r = sl.logit("low ~ age", data)
    for test in ("LR", "Wald", "score"):
        with pytest.raises(ValueError, match="1, 2 and 3"):
            r.anova(4, test)
