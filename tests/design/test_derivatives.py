"""Derivatives of the design in a raw column, against four-point differences of the design itself."""

import numpy as np
import pandas as pd
import pytest

from statlogit.design import prepare
from statlogit.design.derivatives import FLAT, SLOPES
from statlogit.design.raw import Shift
from statlogit.design.replay import replay, replay_slope
from statlogit.design.transforms import FUNCTIONS
from statlogit.errors import DataError, UnseenLevelError

DIFFERENCES = 3e-9  # what rounding leaves of (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h with h = 1e-5
STEP = 1e-5
N = 200
FORMS = {"I", "Q", "C", "factor", "hashed", "cbind"}
REFUSED = {"lag"}
STATEFUL = {"scale", "center", "standardize", "poly", "bs", "cr", "cs", "cc", "mean", "sd", "median", "min", "max"}
OF_TWO = {"minimum", "pmin", "maximum", "pmax", "hypot", "power"}
OF_THREE = {"where", "ifelse"}


def data() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "x": rng.uniform(0.1, 0.9, N),
            "z": rng.uniform(1.0, 2.0, N),
            "g": rng.choice(list("abc"), N),
            "y": rng.integers(0, 2, N),
        }
    )


def largest_difference(rhs: str, **options) -> float:
    """Of exact and numerical derivatives in x, relative to the largest; rows at the ends and on knots left out."""
    frame = data()
    fitted = prepare(f"y ~ {rhs}", frame, **options)
    design, raw = fitted.design, fitted.raw
    low, high = frame["x"].min(), frame["x"].max()
    knots = [low, high, *(k for state in design.state.values() for k in state.get("knots", ()))]
    inside = np.abs(np.subtract.outer(frame["x"].to_numpy(), knots)).min(axis=1) > 3 * STEP

    def at(k):
        return design.matrix(frame.assign(x=np.clip(frame["x"] + k * STEP, low, high))).x.to_array()

    expected = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * STEP)
    exact = np.zeros_like(expected)
    for part in replay_slope(design, raw, "x"):
        exact[:, part.positions] += part.columns.to_array()
    return float(np.abs(expected - exact)[inside].max() / np.abs(expected[inside]).max())


@pytest.mark.parametrize(
    "rhs",
    [
        "x*z", "x:g", "x*C(g, contr.sum)", "I(x**2) + I(x/z) + I(z/x)", "I(x**z) + I(z**x)", "I(-x) + I(+x - 2*x)",
        "x:log(x) + I(x*exp(x))", "bs(x, df=4)*z", "bs(x, df=6, include_intercept=True):g - 1", "bs(log(x), df=5)",
        "bs(x, knots=[0.3, 0.5], degree=1)", "bs(x, df=5, degree=2)", "cr(x, df=4)*g", "cs(x, df=5)", "cc(x, df=4)",
        "cr(x, df=4, constraints='center')", "poly(x, 4)", "poly(scale(x), 3)", "poly(x, 3, raw=True)*z",
        "scale(x):standardize(x)", "center(x) + I(mean(x) * x)", "np.clip(x, 0.2, 0.6)", "I((x + z) % 0.5)",
        "Q('x') + `x`:z", "I(x * (z > 1.5)) + ifelse(z > 1.5, x, log(x))", "x + I(x > 0.5)",
    ],
)  # fmt: skip
def test_derivative_of_a_term(rhs: str) -> None:
    assert largest_difference(rhs) < DIFFERENCES


@pytest.mark.parametrize("name", sorted(SLOPES))
def test_derivative_of_a_function(name: str) -> None:
    call = "where" if name in OF_THREE else "pmin" if name == "minimum" else "pmax" if name == "maximum" else name
    call = f"np.{call}" if call not in FUNCTIONS else call
    arguments = "z > 1.5, x, z*x" if name in OF_THREE else "x, z*0.3" if name in OF_TWO else "x"
    options = ", 0.2, 0.6" if name == "clip" else ""
    assert largest_difference(f"{call}({arguments}{options})") < DIFFERENCES
    if name in OF_TWO:
        assert largest_difference(f"{call}(z*0.3, x)") < DIFFERENCES


def test_every_function_of_the_language_is_covered() -> None:
    known = {name.removeprefix("np.") for name in FUNCTIONS}
    assert known == set(SLOPES) | FLAT | FORMS | REFUSED | STATEFUL


@pytest.mark.parametrize("name", sorted(FLAT))
def test_a_step_has_no_derivative(name: str) -> None:
    call = name if name in FUNCTIONS else f"np.{name}"
    fitted = prepare(f"y ~ z + {call}(I(10*x))" if name != "sign" else "y ~ z + np.sign(I(x - 0.5))", data())
    assert replay_slope(fitted.design, fitted.raw, "x") == ()


def test_a_function_of_the_caller_is_differentiated_numerically() -> None:
    assert largest_difference("curve(x, z)", functions={"curve": lambda x, z: np.sin(3 * x) * z}) < DIFFERENCES


def test_the_value_of_another_row_is_refused() -> None:
    fitted = prepare("y ~ lag(x)", data())
    with pytest.raises(DataError, match="from another row"):
        replay_slope(fitted.design, fitted.raw, "x")


def test_replay_gives_the_design_that_was_fitted() -> None:
    frame = data()
    frame.loc[3, "x"] = np.nan
    fitted = prepare("y ~ bs(x, df=4)*g + C(g, contr.sum):z + poly(z, 2)", frame)
    part = replay(fitted.design, fitted.raw, fitted.design.terms)
    assert np.array_equal(part.columns.to_array(), fitted.x.to_array())


def test_columns_can_be_set_and_shifted() -> None:
    frame = data()
    fitted = prepare("y ~ log(x)*g", frame)
    design = fitted.design

    def same(raw, changed):
        found = replay(design, raw, design.terms).columns.to_array()
        return np.array_equal(found, design.matrix(changed).x.to_array())

    assert same(fitted.raw.setting({"g": "b"}), frame.assign(g="b"))
    assert same(fitted.raw.setting({"x": Shift(0.5), "g": "c"}), frame.assign(x=frame["x"] + 0.5, g="c"))
    rows = np.array([5, 3, 100])
    assert same(fitted.raw.select(rows).setting({"x": 0.25}), frame.iloc[rows].assign(x=0.25))
    assert same(fitted.raw.rows(10, 20).rows(2, 5), frame.iloc[12:15])
    with pytest.raises(UnseenLevelError, match="no level 'd'"):
        replay(design, fitted.raw.setting({"g": "d"}), design.terms)


def test_the_data_are_not_copied() -> None:
    frame = data()
    fitted = prepare("y ~ x + z", frame)
    assert np.shares_memory(fitted.raw.columns["x"].values, frame["x"].to_numpy())
    assert np.shares_memory(fitted.raw.rows(5, 9).column("x").values, frame["x"].to_numpy())
