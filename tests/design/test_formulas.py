"""Legitimate formulas: accepted, named as formulaic names them, equal in value, and kept through JSON and new data."""

import json
import warnings

import formulaic
import numpy as np
import pytest

from statlogit.design import Design, prepare
from statlogit.errors import FormulaError
from tests.design.frames import mixed_frame

DATA = mixed_frame()
TOLERANCE = 1e-12

SAME = [
    "x",
    "x + g",
    "g * h",
    "x * g",
    "x:g",
    "g:h",
    "0 + g",
    "0 + g:h",
    "(x + z + g)**2",
    "x * b",
    "g / h",
    "g / x",
    "C(r)",
    "C(r, contr.treatment(2))",
    "C(g, contr.sum) * h",
    "C(g, contr.helmert)",
    "C(city, contr.poly)",
    "C(g, contr.diff) * x",
    "C(g, contr.SAS)",
    "C(g, contr.treatment('b')):h",
    "C(g, contr.treatment(base='b'))",
    "poly(x, 3)",
    "poly(x, 2, raw=True)",
    "poly(x, degree=2)",
    "bs(x, df=5)",
    "bs(x, df=5, include_intercept=True)",
    "0 + bs(x, df=5, include_intercept=True)",
    "bs(x, knots=[0.0, 0.5], degree=2)",
    "bs(x, df=4, extrapolation='clip', upper_bound=1)",
    "bs(x, df=4, extrapolation='zero', lower_bound=-1)",
    "bs(x, df=5, extrapolation='extend', upper_bound=1)",
    "cr(x, df=4)",
    "cr(x, knots=[0.0, 0.3])",
    "cr(x, df=3, constraints='center')",
    "cc(x, df=4)",
    "cc(x, df=3, constraints='center')",
    "scale(x) + center(z)",
    "scale(x, center=False)",
    "scale(x, ddof=0)",
    "standardize(x)",
    "I(x**2)",
    "I(x > 0)",
    "{x + 1}",
    "{x > 0}",
    "np.log(z)",
    "log(z):g",
    "log10(z) + exp(x)",
    "`a b`",
    "x:`a b`",
    "g - 1",
    "x + g - x",
    "-1 + x",
    "x * g * h",
    "g * h - g:h",
    "g * h - h",
    "poly(x, 2):g",
    "bs(x, df=4):h",
    "C(g, contr.sum):C(h, contr.sum)",
    "C(g, contr.custom([[1, 0], [0, 1], [-1, -1]]))",
    "C(g, contr.custom({'u': [1, 0, -1]})):x",
    "C(g, levels=['c', 'b', 'a'])",
    "I(-x)",
    "I((x + 1) * 2)",
    "I(x / (2 * z))",
    "I(z ** -1)",
    "I(x - z - 1)",
    "I(x - (z - 1))",
    "I(2 ** x)",
    "C(r):C(g) + x",
    "lag(x, 0)",
    "Q('a b')",
    "x:z:g",
    "g:x + g",
    "g:h:city",
    "0 + g + h",
    "0 + x:g",
    "city + x:city",
    "g + h + city + g:h:city",
    "1",
    "C(r, contr.poly)",
    "C(g, contr.helmert(reverse=False))",
    "C(g, contr.diff(backward=False))",
    "C(g, contr.helmert(scale=True))",
    "C(r, contr.poly(scores=[1, 2, 4, 8]))",
    "I(x > 0):g",
    "b:g",
    "0 + b",
    "C(b)",
    "(x + z)**2 - x:z",
    "x + (z + g) - z",
    "(g + h):x",
    "s + r",
    "x + 1",
    "1 + x",
    "+ x",
    "x - 1 + 1",
    "C(g, Treatment('b'))",
    "C(g, Sum)",
    "x + x + x",
    "(((x)))",
    "I(x * z) * g",
]
OURS_ALONE = [
    "I(x^2)",
    "x + h %in% g",
    "I(g == 'a')",
    "I(g in ['a', 'b'])",
    "I(g not in ['a'])",
    "I(0 < x)",
    "I(-1 < x <= 1)",
    "where(x > 0, z, x)",
    "ifelse(x > 0, 1, 0)",
    "pmax(x, 0) + pmin(z, 2)",
    "I((x > 0) & (z > 2))",
    "I((x > 0) | b)",
    "I(~(x > 0))",
    "hashed(g, levels=3)",
    "lag(x)",
    "exp(`a b`)",
    "I(x - mean(x))",
    "I(x / sd(x))",
    "round(x, 1)",
    "factor(r)",
    "C(g, contr.poly):x",
    "logit(expit(x))",
    "I(x // 0.5)",
    "I(s % 7)",
    "bs(x, knots=c(0.0, 0.5))",
    "poly(x, 2, raw=TRUE)",
    "I(city == g)",
    "I(r == 2)",
    "C(I(x > 0))",
    "C(round(x))",
    "np.clip(x, a_min=-1, a_max=1)",
]


@pytest.mark.parametrize("term", SAME)
def test_names_and_values_are_those_of_formulaic(term: str) -> None:
    found = prepare(f"y ~ {term}", DATA)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = formulaic.model_matrix(term, DATA)
    assert list(found.design.names) == list(theirs.columns)
    assert np.abs(found.x.to_array() - np.asarray(theirs, dtype=float)).max() <= TOLERANCE


@pytest.mark.parametrize("term", SAME + OURS_ALONE)
def test_new_rows_json_and_labels(term: str) -> None:
    found = prepare(f"y ~ {term}", DATA)
    stored = Design.from_json(json.loads(json.dumps(found.design.to_json())))
    whole = found.x.to_array()
    for design in (found.design, stored):
        assert design.names == found.design.names
        assert np.array_equal(design.matrix(DATA).x.to_array(), whole)
        some = design.matrix(DATA.iloc[30:35])
        if "lag" not in term:
            assert np.array_equal(some.x.to_array(), whole[30:35])
    rows = found.design.labels()
    assert [row.column for row in rows if not row.is_reference] == list(range(len(found.design.names)))
    assert [row.name for row in rows if not row.is_reference] == list(found.design.names)
    assert stored.labels() == rows
    spans = [(term.start, term.stop) for term in found.design.terms]
    assert [a for a, _ in spans] == [0, *(b for _, b in spans[:-1])][: len(spans)]
    assert spans[-1][1] == whole.shape[1]


def test_a_dot_comes_back_from_json_in_its_order() -> None:
    frame = DATA.assign(w=2.0)
    for formula in ("y ~ log(z) + .", "y ~ . + w", "y ~ h:g + . - g", "I(x > 0) ~ . + z"):
        design = prepare(formula, frame, weights="w").design
        stored = Design.from_json(json.loads(json.dumps(design.to_json())))
        assert stored.names == design.names
        assert stored.to_json() == design.to_json()
        assert np.array_equal(stored.matrix(frame).x.to_array(), design.matrix(frame).x.to_array())


def test_enough_formulas() -> None:
    assert len(SAME) + len(OURS_ALONE) >= 100


def test_labels_say_which_level_against_which() -> None:
    rows = prepare("y ~ C(r) + C(g, contr.treatment('b')) + city:x + poly(z, 2)", DATA).design.labels()
    texts = [row.label for row in rows]
    assert texts[1:5] == ["r: 1 (reference)", "r: 2 vs 1", "r: 3 vs 1", "r: 4 vs 1"]
    assert texts[5:8] == ["g: a vs b", "g: b (reference)", "g: c vs b"]
    assert "z: quadratic" in texts
    assert "city: town × x" in texts


def test_marginality() -> None:
    design = prepare("y ~ x * g * h", DATA).design
    assert design.contained_in("x") == ("x:g", "x:h", "x:g:h")
    assert design.contained_in("g:h") == ("x:g:h",)
    assert design.contained_in("Intercept") == ()


def test_level_counts_include_the_reference() -> None:
    frame = DATA.assign(w=2.0)
    found = prepare("y ~ C(r)", frame, weights="w").level_counts("C(r)")
    assert [c.level for c in found] == [1, 2, 3, 4]
    assert [c.n for c in found] == [2.0 * (DATA["r"] == k).sum() for k in (1, 2, 3, 4)]
    assert [c.events[0] for c in found] == [2.0 * DATA["y"][DATA["r"] == k].sum() for k in (1, 2, 3, 4)]


def test_a_dot_stands_for_the_unused_columns() -> None:
    frame = DATA.assign(w=1.0, o=0.0, k=1)
    names = prepare("y ~ . - g", frame, weights="w", offset="o", cluster="k").design.variables
    assert names == ("x", "z", "b", "h", "r", "s", "a b", "city", "o")


def test_columns_named_like_functions_and_constants() -> None:
    frame = DATA.rename(columns={"x": "C", "z": "np", "g": "log", "h": "Intercept2", "r": "True", "s": "Sepal.Length"})
    found = prepare("y ~ C + np + log + Sepal.Length + `True` + log(np) + C(log)", frame)
    assert {"C", "np", "log[T.b]", "Sepal.Length", "True", "log(np)"} <= set(found.design.names)


def test_own_functions_are_called_with_numbers() -> None:
    found = prepare("y ~ twice(x)", DATA, functions={"twice": lambda x: 2.0 * x})
    assert np.array_equal(found.x.to_array()[:, 1], 2.0 * DATA["x"])
    with pytest.raises(FormulaError, match="plain name"):
        prepare("y ~ x", DATA, functions={"a.b": abs})


def test_a_design_of_too_many_columns_is_refused() -> None:
    rng = np.random.default_rng(0)
    frame = (
        DATA.iloc[:0]
        .reindex(range(400))
        .assign(y=rng.integers(0, 2, 400), u=[f"u{k}" for k in range(400)], v=[f"v{k}" for k in range(400)])
    )
    with pytest.raises(FormulaError, match=r"160,000 columns"):
        prepare("y ~ u:v", frame)
