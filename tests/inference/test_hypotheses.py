"""Hypotheses as text: what they say, which names they may hold, and what is refused with its place."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.inference.hypotheses import parse
from statlogit.inference.words import Vocabulary

NAMES = ("Intercept", "age", "smoke", "C(race)[T.2]", "C(race)[T.3]", "smoke:age", "bs(`my col`, df=4)[1]", "my col")
WORDS = Vocabulary(NAMES, {"C(race)": (3, 4), "C(one)": (1,)})
CLASSES = Vocabulary(("Intercept", "age"), {}, ("low", "very high", "2"), "none")


def rows(text, words=WORDS):
    return [(h.matrix.tolist(), h.value.tolist()) for h in parse(text, words)]


def unit(**coefficients):
    out = [0.0] * len(NAMES)
    for name, c in coefficients.items():
        out[NAMES.index(name)] = c
    return out


@pytest.mark.parametrize(
    ("text", "row", "value"),
    [
        ("age = 0", unit(age=1), 0),
        ("age", unit(age=1), 0),
        ("C(one) = 0", unit(age=1), 0),
        ("age = 2*smoke", unit(age=1, smoke=-2), 0),
        ("age - smoke = 1", unit(age=1, smoke=-1), 1),
        ("2*(age + smoke)/4 - 1 = -(3 - age)", unit(age=-0.5, smoke=0.5), -2),
        ("1.5e1 = age", unit(age=-1), -15),
        ("--age = +3", unit(age=1), 3),
        ("(Intercept) = .5", unit(Intercept=1), 0.5),
        ("C(race)[T.2] = C(race)[T.3]", unit(**{"C(race)[T.2]": 1, "C(race)[T.3]": -1}), 0),
        ("C( race ) [T.2]", unit(**{"C(race)[T.2]": 1}), 0),
        ("'C(race)[T.2]' = 0", unit(**{"C(race)[T.2]": 1}), 0),
        ("`my col` = my col + age", unit(age=-1), 0),
        ("smoke:age = 0", unit(**{"smoke:age": 1}), 0),
        ("bs(`my col`,df=4)[1]", unit(**{"bs(`my col`, df=4)[1]": 1}), 0),
    ],
)
def test_text_says_this_row(text, row, value):
    ((matrix, values),) = rows(text)
    np.testing.assert_allclose(matrix, [row])
    assert values == [value]


def test_term_means_all_its_columns_are_zero():
    assert rows("C(race)") == rows("C(race) = 0") == rows("0 = C(race)")
    ((matrix, values),) = rows("C(race)")
    assert np.array(matrix)[:, 3:5].tolist() == [[1, 0], [0, 1]]
    assert values == [0, 0]


def test_commas_separate_and_equal_signs_chain():
    assert rows("age = smoke = 1") == rows("age = smoke, smoke = 1")
    assert [h.text for h in parse("age,  smoke = 1", WORDS)] == ["age = 0", "smoke = 1"]
    assert [h.text for h in parse("age = smoke = 1", WORDS)] == ["age = smoke", "smoke = 1"]


def test_name_with_any_characters_is_the_longest_that_fits():
    words = Vocabulary(("a", "a-b", "b", "g[T.x = 1, y]", "g[T.it's]"), {})
    assert parse("a-b", words)[0].matrix.tolist() == [[0, 1, 0, 0, 0]]
    assert parse("a - b", words)[0].matrix.tolist() == [[1, 0, -1, 0, 0]]
    assert parse("g[T.x = 1, y] = g[T.it's]", words)[0].matrix.tolist() == [[0, 0, 0, 1, -1]]


def test_name_without_a_class_means_every_equation():
    ((matrix, values),) = rows("age = 1", CLASSES)
    assert matrix == [[0, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1]]
    assert values == [1, 1, 1]
    assert rows("age@low = age@'very high'", CLASSES) == [([[0, 1, 0, -1, 0, 0]], [0])]
    assert rows("age@very high + age@2", CLASSES) == [([[0, 0, 0, 1, 0, 1]], [0])]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("age*smoke = 0", "linear", (0, 9)),
        ("age + 1/smoke", "linear", (6, 13)),
        ("age^2", "power", (3, 4)),
        ("agee = 0", "no column or term 'agee'", (0, 4)),
        ("age = C(rase)[T.2]", "no column or term", (6, 18)),
        ("C(race)[T.9]", "no column or term", (0, 12)),
        ("age:smoke", "no column or term 'age:smoke'", (0, 9)),
        ("`nothing`", "no column or term 'nothing'", (0, 9)),
        ("age == 0", "==", (4, 6)),
        ("age > 0", ">", (4, 5)),
        ("2age", "cannot read '2age'", (0, 4)),
        ("age smoke", "operator is missing", (4, 9)),
        ("age = 0,", "ends too early", (8, 9)),
        ("", "ends too early", (0, 1)),
        ("(age", "ends too early", (4, 5)),
        ("age)", "unexpected", (3, 4)),
        ("age = 'x", "never closed", (6, 7)),
        ("C(race) = 1", "2 columns", (0, 11)),
        ("2*C(race)", "2 columns", (0, 9)),
        ("age - age = 0", "no coefficient", (0, 13)),
        ("1 = 2", "no coefficient", (0, 5)),
        ("age/0", "zero", (0, 5)),
        ("age = 1e400", "too large", (0, 11)),
        ("1e300*1e300*age", "too large", (0, 15)),
        ("age@low", "only multinomial", (3, 4)),
        ("age; smoke", "unexpected character", (3, 4)),
        ("__import__('os').system('true')", "unexpected character", (16, 17)),
    ],
)
def test_refusal_shows_the_place(text, message, place):
    with pytest.raises(sl.FormulaError, match=message) as caught:
        parse(text, WORDS)
    assert (caught.value.start, caught.value.end) == place


@pytest.mark.parametrize(
    ("text", "message"),
    [("age@none", "reference class"), ("age@lo", "not a class"), ("age@low = age", "some coefficients name")],
)
def test_class_that_has_no_equation_is_refused(text, message):
    with pytest.raises(sl.FormulaError, match=message):
        parse(text, CLASSES)


def test_nearest_names_are_offered():
    with pytest.raises(sl.FormulaError, match=r"nearest: C\(race\)\[T.2\]"):
        parse("C(race)[T2]", WORDS)


def test_long_and_deep_texts_are_refused():
    with pytest.raises(sl.FormulaError, match="characters"):
        parse("age + " * 3000 + "age", WORDS)
    with pytest.raises(sl.FormulaError, match="nested"):
        parse("(" * 60 + "age" + ")" * 60, WORDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age, 2*age = 0", "Follows from the hypotheses before it: '2\\*age = 0'"),
        ("age = 0, lwt = 0, age = lwt", "Follows from .* 'age = lwt'"),
        ("age = 0, age = 1", "Contradicts the hypotheses before it: 'age = 1'"),
        ("C(race), C(race)[T.2] - C(race)[T.3] = 3", "Contradicts"),
    ],
)
def test_dependent_hypotheses_are_named(examples, text, message):
    r = sl.logit("low ~ age + lwt + C(race)", examples / "birthwt.csv")
    with pytest.raises(sl.errors.RankError, match=message):
        r.test(text)


def test_dependence_is_judged_in_the_units_of_the_columns(examples):
    data = pd.read_csv(examples / "birthwt.csv")
    r = sl.logit("low ~ age + tiny", data.assign(tiny=data.lwt * 1e-12))
    assert r.test("age = 0, age + 1e-12*tiny = 0").to_frame().df[0] == 2


def test_aliased_column_cannot_be_tested_and_its_term_counts_what_is_left(examples):
    data = pd.read_csv(examples / "birthwt.csv").assign(again=lambda d: d.lwt + d.age)
    r = sl.logit("low ~ age + lwt + again", data)
    with pytest.raises(sl.errors.RankError, match="again is a combination"):
        r.test("again = 0")
    assert r.anova(3, "Wald").to_frame().df.tolist() == [1, 1, 0]


def test_a_term_with_too_few_clusters_loses_its_test_and_no_other():
    rng = np.random.default_rng(5)
    n = 300
    data = pd.DataFrame(
        {"x": rng.normal(size=n), "g": rng.choice(list("abcdef"), n), "firm": rng.integers(0, 4, n), "y": 0}
    )
    data["y"] = (rng.random(n) < 0.5).astype(int)
    result = sl.logit("y ~ x + g", data, cluster="firm", covariance="cluster")
    table = result.anova(test="Wald")
    found = table.to_frame().set_index("term")
    assert np.isfinite(found.statistic["x"])
    assert np.isnan(found.statistic["g"])
    assert np.isnan(found.p_value["g"])
    assert found.df["g"] == 5
    assert "fewer clusters" in table.note
    assert "Type II Wald tests" in result.summary()
