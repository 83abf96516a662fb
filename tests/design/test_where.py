"""Conditions on rows: the rows that pandas would choose, from memory and from files, and never code."""

from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import statlogit as sl
from statlogit.design.where import read_where
from statlogit.errors import DataError, FormulaError, StatlogitError
from statlogit.fit import streaming

N = 6_000
CONDITIONS = [
    ("t > 2000", lambda d: d.t > 2000),
    ("(t >= 1500) & (g == 'b')", lambda d: (d.t >= 1500) & (d.g == "b")),
    ([("t", "<", 4500), ("g", "!=", "c")], lambda d: (d.t < 4500) & (d.g != "c") & d.g.notna()),
    ("(x > 0) | (g == 'a')", lambda d: ((d.x > 0) | (d.g == "a")) & d.x.notna()),
    ("-1 < x <= 1", lambda d: (d.x > -1) & (d.x <= 1)),
]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"t": np.arange(N), "x": rng.standard_normal(N), "g": rng.choice(["a", "b", "c"], N)})
    frame["z"] = rng.standard_normal(N)
    frame["y"] = (rng.random(N) < 1 / (1 + np.exp(-frame.x - 0.4 * frame.z))).astype(int)
    frame.loc[::97, "x"] = np.nan
    return frame


@pytest.fixture(scope="module")
def folder(rows, tmp_path_factory):
    place = tmp_path_factory.mktemp("where")
    for k in range(2):
        part = rows.iloc[k * N // 2 : (k + 1) * N // 2]
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), place / f"{k}.parquet", row_group_size=500)
    return place


@pytest.mark.parametrize(("where", "chosen"), CONDITIONS)
def test_the_rows_of_a_condition_are_those_that_pandas_chooses(rows, folder, monkeypatch, where, chosen):
    expected = sl.logit("y ~ z + g", rows[chosen(rows)])
    for data in (rows, pl.from_pandas(rows), pa.Table.from_pandas(rows), folder):
        found = sl.logit("y ~ z + g", data, where=where)
        assert found.nobs == expected.nobs
        np.testing.assert_array_equal(found.params, expected.params)
    monkeypatch.setattr(streaming, "IN_MEMORY", 0)
    streamed = sl.logit("y ~ z + g", folder, where=where)
    assert (streamed.nobs, streamed.fit.frame.n_read) == (expected.nobs, expected.fit.frame.n_read)
    np.testing.assert_allclose(streamed.params, expected.params, rtol=1e-10)  # other boundaries


@pytest.mark.parametrize(
    ("where", "left"),
    [("t >= 5600", 1), ("(t < 400) & (x > 0)", 1), ("t == 1234", 1), ("(t < 400) | (x > 0)", 12), ("t > 10000", 12)],
)
def test_row_groups_that_cannot_hold_such_rows_are_not_read(folder, where, left):
    source = streaming.source_of(folder).select(("t", "x", "y"))
    assert len(streaming._pruned(source, read_where(where, source.names)).units) == left


@pytest.mark.parametrize(
    "where",
    [
        "x > 1) + I(z",
        "__import__('os')",
        "x.real > 1",
        "x",
        "",
        "z + 1",
        "x > 1, z > 1",
        [("x", "in", 3)],
        [],
        [("x", ">")],
    ],
)
def test_what_is_no_condition_is_refused(rows, where):
    with pytest.raises(FormulaError):
        sl.logit("y ~ z", rows, where=where)


def test_names_and_texts_in_tuples_are_data(rows):
    odd = rows.assign(**{'a "b") | (c': rows.g, "v": 'it\'s "so"'})
    found = sl.logit("y ~ z", odd, where=[('a "b") | (c', "==", "a"), ("v", "==", 'it\'s "so"')])
    assert found.nobs == (rows.g == "a").sum()


def test_no_row_at_all_is_an_error(rows, folder, monkeypatch):
    ask = partial(sl.logit, "y ~ z", where="t > 1000000")
    with pytest.raises(DataError, match="no row fulfils"):
        ask(rows)
    monkeypatch.setattr(streaming, "IN_MEMORY", 0)
    with pytest.raises(DataError, match="no row fulfils"):
        ask(folder)
    with pytest.raises(StatlogitError, match="'absent' is not a column"):
        sl.logit("y ~ z", folder, where="absent > 1")
