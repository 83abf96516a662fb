"""Learning from chunks gives the design of the whole frame, to the bit, whatever the chunks and their order."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from statlogit.design import learn, prepare
from statlogit.errors import DataError, FormulaError
from tests.design.frames import mixed_frame

FORMULAS = [
    "y ~ x", "y ~ x + g", "y ~ g*h + z", "y ~ C(r)", "y ~ C(r):x", "y ~ city*z", "y ~ b + C(b)", "y ~ scale(x) + g",
    "y ~ center(x):h", "y ~ standardize(z)*g", "y ~ poly(x, 3)", "y ~ poly(z, 2):g", "y ~ bs(x, df=5)",
    "y ~ cr(x, df=4)",
    "y ~ cc(z, df=4)", "y ~ I(x - mean(x)) + I(z / sd(z))", "y ~ C(g, contr.sum) + log(z)", "y ~ hashed(g, levels=3)",
    "y ~ C(g, levels=['c', 'b', 'a', 'd'])", "y ~ scale(log(z)) + `a b`", "y ~ . - y", "y ~ 0 + g + s",
]  # fmt: skip
CUTS = (0, 3, 4, 15, 33, 50, 51, 60)


def chunked(frame: pd.DataFrame) -> list[pd.DataFrame]:
    return [frame.iloc[a:b] for a, b in pairwise(CUTS)]


@pytest.mark.parametrize("formula", FORMULAS)
def test_seven_chunks_give_the_bits_of_one_frame(formula: str) -> None:
    frame = mixed_frame()
    frame.loc[[2, 17], "x"] = np.nan
    frame.loc[40, "g"] = None
    whole = prepare(formula, frame)
    for chunks in (chunked(frame), chunked(frame)[::-1]):
        design = learn(formula, iter(chunks))
        assert design.names == whole.design.names
        assert design.to_json() == whole.design.to_json()
        ours = design.matrix(frame, unseen="nan").x.to_array()
        assert np.array_equal(ours[: len(whole.positions)], whole.x.to_array())


def test_a_level_of_incomplete_or_weightless_rows_is_no_level() -> None:
    frame = mixed_frame()
    frame["w"] = 1.0
    frame.loc[5, "g"], frame.loc[5, "x"] = "only here", np.nan
    frame.loc[6, "g"], frame.loc[6, "w"] = "weightless", 0.0
    design = learn("y ~ g + x", chunked(frame), weights="w")
    assert design.names == ("Intercept", "g[T.b]", "g[T.c]", "x")


@pytest.mark.parametrize("formula", ["y ~ lag(x)", "y ~ poly(scale(x), 2)"])
def test_what_needs_another_pass_is_refused(formula: str) -> None:
    with pytest.raises(FormulaError, match="chunks"):
        learn(formula, chunked(mixed_frame()))


def test_chunks_that_disagree_are_refused() -> None:
    frame = mixed_frame()
    with pytest.raises(DataError, match="text in one chunk"):
        learn("y ~ g", [frame.head(9), frame.tail(9).assign(g=1.0)])
    with pytest.raises(DataError, match="different columns"):
        learn("y ~ g", [frame.head(9), frame.tail(9).drop(columns="z")])
    other = frame.tail(9).assign(city=pd.Categorical(frame.tail(9)["city"], ["city", "town", "rural"]))
    with pytest.raises(DataError, match="different orders"):
        learn("y ~ city", [frame.head(9), other])
    with pytest.raises(DataError, match="no chunk"):
        learn("y ~ g", [])
