# ruff: noqa: E501 - tables of cases
"""Every kind of columns gives what its dense array gives."""

from itertools import pairwise

import numpy as np
import pytest

from statlogit.core import joint
from statlogit.core.columns import Codes, Columns, Dense, Mixed, Numeric, cross_gram

N = 200
RELATIVE = 1e-13  # sums of 200 products in another order


def kinds() -> dict[str, Columns]:
    rng = np.random.default_rng(3)
    vectors = tuple(rng.normal(size=N) for _ in range(3))
    a = Codes(rng.integers(-1, 4, N).astype(np.int32), 4)
    b = Codes(rng.integers(-1, 6, N).astype(np.int32), 6, rng.normal(size=N))
    positions = (np.array([0, 5, 9]), np.array([1, 2, 3, 4]), np.array([6, 7, 8, 10, 11, 12]))
    return {
        "dense": Dense(rng.normal(size=(N, 4))),
        "numeric": Numeric(vectors),
        "codes": a,
        "codes x numeric": b,
        "mixed": Mixed((Numeric(vectors), a, b), positions),
        "mixed with dense": Mixed((a, Dense(rng.normal(size=(N, 2))), b), (np.arange(4), np.array([4, 5]), np.arange(6, 12))),
        "codes alone": Mixed((a, b), (np.arange(4), np.arange(4, 10))),
        "no columns": Dense(np.empty((N, 0))),
    }  # fmt: skip


def near(a: np.ndarray, b: np.ndarray) -> bool:
    scale = max(float(np.abs(b).max(initial=0.0)), 1.0)
    return a.shape == b.shape and float(np.abs(a - b).max(initial=0.0)) <= RELATIVE * scale * N


@pytest.mark.parametrize("name", kinds())
def test_agrees_with_its_dense_array(name: str) -> None:
    x, rng = kinds()[name], np.random.default_rng(4)
    dense = x.to_array()
    p = x.n_columns
    assert dense.shape == (x.n_rows, p)
    beta, v, w = rng.normal(size=(p, 2)), rng.normal(size=(N, 2)), rng.normal(size=N)
    assert near(x.times(beta), dense @ beta)
    assert near(x.transpose_times(v), dense.T @ v)
    assert near(x.gram(w), dense.T @ (w[:, None] * dense))
    assert np.array_equal(x.rows(20, 77).to_array(), dense[20:77])


@pytest.mark.parametrize("name", [name for name in kinds() if name != "no columns"])
def test_selects_columns_in_the_order_asked(name: str) -> None:
    x = kinds()[name]
    order = [3, 0, 2] if x.n_columns > 3 else [2, 0]
    assert np.array_equal(x.select(order).to_array(), x.to_array()[:, order])
    assert np.array_equal(x.select(list(range(x.n_columns))).to_array(), x.to_array())


def test_crossed_kinds_agree_with_dense() -> None:
    w = np.random.default_rng(5).normal(size=N)
    parts = [part for name, part in kinds().items() if not name.startswith(("mixed", "no", "codes alone"))]
    for a in parts:
        for b in parts:
            assert near(cross_gram(a, b, w), a.to_array().T @ (w[:, None] * b.to_array()))


@pytest.mark.parametrize("cells", [1, 30, 200, 4096])
def test_gram_does_not_depend_on_which_factors_are_joined(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    parts = [Codes(rng.integers(-1, k, N).astype(np.int32), k) for k in (7, 1, 3, 12)]
    ends = np.cumsum([0, 2, *(part.width for part in parts)])
    positions = tuple(np.arange(a, b) for a, b in pairwise(ends))
    x = Mixed((Numeric((rng.normal(size=N), rng.normal(size=N))), *parts), positions)
    monkeypatch.setattr(joint, "MAX_CELLS", cells)
    w, dense = rng.normal(size=N), x.to_array()
    assert near(x.gram(w), dense.T @ (w[:, None] * dense))


def test_gram_does_not_depend_on_the_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = kinds()["mixed"], np.random.default_rng(6).uniform(size=N)
    whole = x.gram(w)
    monkeypatch.setattr(joint, "TILE", 7)
    assert near(x.gram(w), whole)
