"""Nesting is decided by the columns, rows and responses themselves; every refusal says why."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.inference.nesting import nested_test, spanned

NAMES = ("first", "second")
SAME = 1e-11


@pytest.fixture(scope="module")
def data(examples):
    return pd.read_csv(examples / "birthwt.csv")


def fit(right, data, **keywords):
    return sl.logit(f"low ~ {right}", data, **keywords).fit


@pytest.mark.parametrize(
    ("small", "large", "nested"),
    [
        ("1", "age", True),
        ("age", "age + smoke", True),
        ("age", "smoke + lwt", False),
        ("log(age)", "age", False),
        ("C(race)", "C(race, Sum)", True),
        ("C(race, Poly)", "C(race)", True),
        ("I(race == 1)", "C(race)", True),
        ("race", "C(race)", True),
        ("C(race)", "race", False),
        ("age + smoke", "0 + C(smoke) + age", True),
        ("poly(age, 2)", "age + I(age**2) + smoke", True),
        ("I(age + lwt)", "age + lwt", True),
        ("I(age * 1e9)", "age", True),
        ("age", "bs(age, df=4)", True),
        ("age", "cr(age, df=4)", True),
        ("bs(age, df=4)", "age", False),
        ("age + C(race)", "age * C(race)", True),
        ("age:smoke", "age * smoke", True),
    ],
)
def test_span_of_the_columns_decides(data, small, large, nested):
    assert spanned(fit(small, data), fit(large, data)) is nested


def test_columns_alike_to_nine_digits_are_told_apart():
    rng = np.random.default_rng(2)
    x = 1e6 + rng.normal(size=500)
    data = pd.DataFrame({"low": (rng.uniform(size=500) < 0.5).astype(int), "x": x})
    assert not spanned(fit("log(x)", data), fit("x", data))
    assert spanned(fit("I(x - 1e6)", data), fit("x", data))


def test_nearly_dependent_columns_are_still_nested():
    rng = np.random.default_rng(2)
    x = 100.0 + rng.uniform(size=300)
    data = pd.DataFrame({"low": (rng.uniform(size=300) < 0.5).astype(int), "x": x})
    cubic = fit("x + I(x**2) + I(x**3)", data)
    assert cubic.estimate.coordinates.root is not None
    assert spanned(fit("x + I(x**2)", data), cubic)
    assert not spanned(cubic, fit("x + I(x**2)", data))


def test_statistic_and_degrees_of_freedom_whatever_the_order(data):
    small, large = fit("age", data), fit("age + C(race)", data)
    one, other = nested_test(small, large, NAMES), nested_test(large, small, NAMES)
    assert one.test == other.test
    assert (one.swapped, other.swapped) == (False, True)
    assert one.test.statistic == pytest.approx(2 * (large.loglik - small.loglik), rel=SAME)
    assert one.test.df == 2
    assert one.test.statistic == pytest.approx(
        sl.logit("low ~ age + C(race)", data).anova().to_frame().statistic[1], rel=SAME
    )


def test_test_of_many_rows_crosses_tiles():
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"x": rng.normal(size=20_000), "g": rng.integers(0, 30, size=20_000)})
    data["low"] = (rng.uniform(size=20_000) < 1 / (1 + np.exp(-data.x))).astype(int)
    assert spanned(fit("x", data), fit("x + C(g)", data))
    assert not spanned(fit("x + I(g == 3)", data), fit("x + g", data))


def test_separated_models_are_compared_by_their_suprema(data):
    some = data.assign(rare=0)
    some.loc[some.index[some["low"] == 1][:4], "rare"] = 1
    with pytest.warns(sl.errors.SeparationWarning):
        large = fit("age + rare", some, on_failure="warn")
    small = fit("age", some)
    found = nested_test(small, large, NAMES)
    assert found.test.statistic == pytest.approx(2 * (large.loglik - small.loglik), rel=SAME)


def reason(first, second):
    found = nested_test(first, second, NAMES)
    assert found.test is None
    return found.reason


def test_every_refusal_names_its_reason(data):
    holes = data.astype({"ftv": float, "lwt": float})
    holes.loc[:5, "ftv"] = np.nan
    holes.loc[3:8, "lwt"] = np.nan
    age = fit("age", holes)
    assert reason(age, fit("age + ftv", holes)) == (
        "different rows: second leaves out 6 rows that first uses (missing values in ftv)"
    )
    both = reason(fit("lwt", holes), fit("age + ftv", holes))
    assert "second leaves out 3 rows that first uses (missing values in ftv)" in both
    assert "first leaves out 3 rows that second uses (missing values in lwt)" in both
    assert "P(low = 0)" in reason(age, fit("age", holes, event=0))
    assert "189 and 100 rows" in reason(age, fit("age", holes.tail(100)))
    assert "other labels" in reason(age, fit("age + smoke", holes.set_index(holes.index + 1)))
    w = np.arange(189.0) % 3 + 1
    assert reason(age, fit("age + smoke", holes, weights=w)) == "different weights"
    flipped = holes.assign(low=1 - holes.low)
    assert reason(age, fit("age + smoke", flipped)) == "different outcomes in the same rows"
    assert reason(age, fit("age + smoke", holes, offset=w)) == "different offsets"
    assert reason(age, fit("smoke", holes)).startswith("not nested")
    assert reason(fit("C(race)", data), fit("C(race, Sum)", data)).startswith("the same model")
    assert "second has a ridge penalty" in reason(age, fit("age + smoke", holes, penalty=sl.Ridge(1.0)))
    assert "first has a firth penalty" in reason(fit("age", holes, penalty=sl.Firth()), fit("age + smoke", holes))
    with pytest.warns(sl.errors.NotConvergedWarning):
        short = fit("age + smoke", holes, max_iterations=1, on_failure="warn")
    assert reason(age, short) == "second did not reach a maximum of its likelihood"
