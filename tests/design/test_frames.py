# ruff: noqa: E501 - tables of cases
"""One rule for all frames: the same bits from pandas, polars and pyarrow; missing rows by position; nothing modified."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from statlogit.core.types import ROWS_AT_ONCE
from statlogit.design import prepare
from statlogit.design.values import Numbers
from statlogit.errors import DataError, MissingValuesError
from tests.design.frames import mixed_frame

FORMULAS = [
    "y ~ x", "y ~ x + g", "y ~ g * h", "y ~ x:g", "y ~ C(r)", "y ~ C(r) * x", "y ~ b", "y ~ C(b) + z", "y ~ s + I(s * s)",
    "y ~ C(s)", "y ~ scale(x)", "y ~ poly(x, 3)", "y ~ bs(z, df=5)", "y ~ cr(x, df=4)", "y ~ log(z) + I(x > 0)", "y ~ city",
    "y ~ 0 + city:g", "y ~ `a b` + x", "y ~ C(g, contr.sum)", "y ~ . - y", "h ~ x + g", "b ~ city + r", "y ~ I(g == 'a')",
    "y ~ C(g, levels=['c', 'b', 'a'])", "y ~ hashed(h, levels=5)",
]  # fmt: skip


def holes() -> pd.DataFrame:
    frame = mixed_frame()
    frame.loc[[2, 7], "x"] = np.nan
    frame.loc[9, "g"] = None
    frame.loc[11, "city"] = None
    return frame


def as_polars(frame: pd.DataFrame) -> pl.DataFrame:
    columns = {name: frame[name].to_numpy() for name in frame.columns if name not in ("g", "h", "city")}
    text = {name: [None if pd.isna(v) else v for v in frame[name]] for name in ("g", "h", "city")}
    made = pl.DataFrame(columns | text, nan_to_null=True)
    return made.with_columns(pl.col("city").cast(pl.Enum(["rural", "town", "city"]))).select(list(frame.columns))


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("make", [mixed_frame, holes])
def test_the_same_bits_from_three_kinds_of_frame(formula: str, make) -> None:
    frame = make()
    first = prepare(formula, frame)
    for other in (as_polars(frame), pa.Table.from_pandas(frame), pa.table(as_polars(frame).to_arrow())):
        found = prepare(formula, other)
        assert found.design.names == first.design.names
        assert np.array_equal(found.x.to_array(), first.x.to_array())
        assert np.array_equal(found.y, first.y)
        assert np.array_equal(found.positions, first.positions)
        assert found.dropped == first.dropped


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_frame_is_not_modified(formula: str) -> None:
    frame = holes()
    before = frame.copy(deep=True)
    prepared = prepare(formula, frame)
    prepared.design.matrix(frame, unseen="nan")
    pd.testing.assert_frame_equal(frame, before)


def test_numeric_columns_are_not_copied() -> None:
    frame = mixed_frame(10_000)
    vectors = prepare("y ~ x + z", frame).x.vectors
    assert np.shares_memory(vectors[1], frame["x"].to_numpy())
    assert np.shares_memory(vectors[2], frame["z"].to_numpy())


def test_a_duplicate_index_keeps_exactly_the_complete_rows() -> None:
    frame = holes()
    frame.index = [0] * 30 + [1] * 30
    found = prepare("y ~ x + g", frame)
    complete = np.flatnonzero(frame[["x", "g"]].notna().all(axis=1))
    assert np.array_equal(found.positions, complete)
    assert list(found.index) == [frame.index[k] for k in complete]
    assert np.array_equal(found.x.to_array()[:, 1], frame["x"].to_numpy()[complete])


def test_missing_rows_are_counted_by_variable() -> None:
    frame = holes()
    frame.loc[2, "g"] = None
    found = prepare("y ~ log(z) + I(x > 0) + g", frame)
    assert {(d.variable, d.count) for d in found.dropped} == {("x", 2), ("g", 2)}
    assert (found.n_read, found.n_missing, len(found.positions)) == (60, 3, 57)
    with pytest.raises(MissingValuesError, match=r"3 of 60 rows.*x \(2\), g \(2\)"):
        prepare("y ~ x + g", frame, missing="raise")


def test_a_comparison_with_a_missing_value_drops_the_row() -> None:
    assert list(set(range(60)) - set(prepare("y ~ I(x > 2)", holes()).positions)) == [2, 7]


def test_scale_ignores_missing_values() -> None:
    frame = holes()
    known = frame["x"].dropna().to_numpy()
    found = prepare("y ~ scale(x)", frame).x.to_array()[:, 1]
    assert np.allclose(found, (known - known.mean()) / known.std(ddof=1), rtol=1e-13, atol=1e-15)


def test_a_level_of_dropped_rows_is_no_level() -> None:
    frame = mixed_frame()
    frame.loc[5, "g"], frame.loc[5, "x"] = "only here", np.nan
    assert prepare("y ~ g + x", frame).design.names == ("Intercept", "g[T.b]", "g[T.c]", "x")


def test_small_integers_do_not_wrap() -> None:
    frame = mixed_frame()
    found = prepare("y ~ I(s * s) + s:r", frame).x.to_array()
    wide = frame["s"].to_numpy(dtype=float)
    assert np.array_equal(found[:, 1], wide * wide)
    assert np.array_equal(found[:, 2], wide * frame["r"].to_numpy())


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None, 3, 4], dtype="Int64"),
        pd.array([1.0, None, 3.0, 4.0], dtype="Float32"),
        pd.Series([1, None, 3, 4], dtype="int16[pyarrow]"),
        pd.Series([1.0, None, 3.0, 4.0], dtype="double[pyarrow]"),
        pd.Series([Decimal(1), None, Decimal(3), Decimal(4)]),
        pd.Series([Decimal(1), None, Decimal(3), Decimal(4)], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
        pd.Series([1, None, 3, 4], dtype=object),
        pd.Series([1, pd.NA, 3.0, 4], dtype=object),
    ],
)
def test_every_kind_of_number_is_read(column) -> None:
    frame = pd.DataFrame({"y": [0, 0, 1, 0], "x": column})
    found = prepare("y ~ x", frame)
    assert found.x.to_array()[:, 1].tolist() == [1.0, 3.0, 4.0]
    assert found.dropped[0].count == 1
    assert prepare("y ~ C(x)", frame).design.names == ("Intercept", "C(x)[T.3]", "C(x)[T.4]")


@pytest.mark.parametrize(
    "column",
    [
        ["b", None, "a", "b"],
        pd.Series(["b", None, "a", "b"], dtype=object),
        pd.Series(["b", None, "a", "b"], dtype="string"),
        pd.Series(["b", None, "a", "b"], dtype="string[pyarrow]"),
        pd.Categorical(["b", None, "a", "b"], ["a", "b", "unused"]),
        pd.Series(["b", None, "a", "b"], dtype=pd.ArrowDtype(pa.string())),
    ],
)
def test_every_kind_of_text_is_a_factor(column) -> None:
    found = prepare("y ~ g", pd.DataFrame({"y": [0, 0, 1, 0], "g": column}))
    assert found.design.names == ("Intercept", "g[T.b]")
    assert found.x.to_array()[:, 1].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "values",
    [
        [True, None, False, True],
        pd.array([True, None, False, True], dtype="boolean"),
        pd.Series([True, None, False, True], dtype="bool[pyarrow]"),
    ],
)
def test_truth_values_are_zero_and_one(values) -> None:
    found = prepare("y ~ b", pd.DataFrame({"y": [0, 0, 1, 0], "b": values}))
    assert found.design.names == ("Intercept", "b")
    assert found.x.to_array()[:, 1].tolist() == [1.0, 0.0, 1.0]


def test_categories_keep_their_own_order() -> None:
    dictionary = pa.DictionaryArray.from_arrays([0, 1, 0, 1], ["z", "a"])
    for column in (pd.Categorical(["z", "a", "z", "a"], ["z", "a"]), dictionary):
        table = pa.table({"y": [0, 1, 1, 0], "g": dictionary}) if column is dictionary else pd.DataFrame({"y": [0, 1, 1, 0], "g": column})  # fmt: skip
        assert prepare("y ~ g", table).design.names == ("Intercept", "g[T.a]")
    enum = pl.DataFrame({"y": [0, 1, 1, 0], "g": pl.Series(["z", "a", "z", "a"], dtype=pl.Enum(["z", "a"]))})
    assert prepare("y ~ g", enum).design.names == ("Intercept", "g[T.a]")


def test_large_identities_stay_apart() -> None:
    frame = pd.DataFrame({"y": [0, 1, 1, 0], "id": [2**60, 2**60 + 1, 2**60, 2**60 + 1]})
    assert prepare("y ~ C(id)", frame).design.names == ("Intercept", f"C(id)[T.{2**60 + 1}]")


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([dt.datetime(2020, 1, k) for k in (1, 2, 3, 4)], "number instead"),
        (pd.date_range("2020", periods=4).to_period("D"), "number instead"),
        (np.array([1j, 2, 3, 4]), "real part"),
        ([[1], [2], [3], [4]], "column of each entry"),
        (pd.Series([1, "a", 2, "b"], dtype=object), "mixture"),
    ],
)
def test_what_a_formula_cannot_use_is_refused(column, said: str) -> None:
    frame = pd.DataFrame({"y": [0, 1, 1, 0], "bad": column, "x": [1.0, 2.0, 3.0, 5.0]})
    with pytest.raises(DataError, match="'bad'") as caught:
        prepare("y ~ bad", frame)
    assert said in str(caught.value)
    assert prepare("y ~ x", frame).design.names == ("Intercept", "x")  # an unused column may be anything


def test_columns_not_named_by_text_are_found_by_it() -> None:
    frame = pd.DataFrame({0: [0, 1, 1, 0], 1: [1.0, 2.0, 3.0, 4.0]})
    assert prepare("`0` ~ `1`", frame).design.names == ("Intercept", "1")


def test_values_whose_sum_overflows_are_neither_missing_nor_infinite() -> None:
    frame = pd.DataFrame({"y": [0, 1, 1, 0], "x": [1e308, 1.7e308, 1e308, -1.0]})
    assert prepare("y ~ x", frame).positions.size == 4


@pytest.mark.parametrize("n_levels", [2, 126, 127, 128, 129, 300])
@pytest.mark.parametrize("formula", ["y ~ g", "y ~ g + h", "y ~ g * h", "y ~ 0 + g", "y ~ g:x"])
def test_narrow_codes_of_a_categorical_give_the_design_of_its_text(n_levels: int, formula: str) -> None:
    rng = np.random.default_rng(n_levels)
    g = np.r_[np.arange(n_levels), rng.integers(0, n_levels, 500)]
    text = pd.DataFrame({
        "g": [f"l{k:03d}" for k in g], "h": rng.choice(["u", "v", "w"], len(g)), "x": rng.normal(size=len(g)),
        "y": np.arange(len(g)) % 2,
    })  # fmt: skip
    narrow = text.assign(g=pd.Categorical(text["g"]), h=pd.Categorical(text["h"]))
    wide, found = prepare(formula, text), prepare(formula, narrow)
    assert found.design.names == wide.design.names
    assert np.array_equal(found.x.to_array(), wide.x.to_array())
    beta, w = rng.normal(size=(found.x.n_columns, 2)), rng.random(len(g))
    assert np.array_equal(found.x.times(beta), wide.x.times(beta))
    assert np.array_equal(found.x.gram(w), wide.x.gram(w))
    factors = [text for text in ("g", "h") if text in found.factors]
    assert all(found.level_counts(text) == wide.level_counts(text) for text in factors)


def test_levels_that_come_late_are_found() -> None:
    n = 2 * ROWS_AT_ONCE
    g = np.zeros(n, dtype=np.int64)
    g[-1], g[-2] = 1, 2
    frame = pd.DataFrame({"g": pd.Categorical.from_codes(g, ["a", "b", "c", "never"]), "y": np.arange(n) % 2})
    assert prepare("y ~ g", frame).design.names == ("Intercept", "g[T.b]", "g[T.c]")


@pytest.mark.parametrize("place", [0, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 7])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_number_is_found_wherever_it_is(place: int, bad: float) -> None:
    values = np.linspace(-1.0, 1.0, ROWS_AT_ONCE + 8)
    values[place] = bad
    found = Numbers(values)
    rows = found.missing if np.isnan(bad) else found.infinite
    assert rows is not None
    assert np.flatnonzero(rows).tolist() == [place]
    assert (found.infinite if np.isnan(bad) else found.missing) is None


def test_what_is_one_number_in_every_row_takes_the_memory_of_one() -> None:
    frame = prepare("y ~ x", pd.DataFrame({"x": np.arange(8.0), "y": [0.0, 1.0] * 4}))
    assert all(v.strides in ((0,), (0, 0)) for v in (frame.weight, frame.case_weight, frame.trials, frame.offset))
