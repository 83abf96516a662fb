"""Covariate patterns against numpy's unique rows, for every kind of columns, and when hashes collide."""

import numpy as np
import pytest

from statlogit.core import patterns as room
from statlogit.core.columns import Codes, Dense, Mixed, Numeric
from statlogit.core.patterns import patterns

N = 500


def columns(kind):
    rng = np.random.default_rng(4)
    dense = rng.integers(0, 3, (N, 2)) * 1.5
    dense[dense == 0] *= -1.0  # some zeros are -0
    codes = rng.integers(-1, 3, N).astype(np.int32)
    made = {
        "dense": Dense(dense),
        "numeric": Numeric((np.broadcast_to(np.ones(1), (N,)), np.ascontiguousarray(dense[:, 0]))),
        "codes": Codes(codes, 3),
        "multiplied": Codes(codes, 3, dense[:, 1] + 2.0),
    }
    made["mixed"] = Mixed((made["dense"], made["multiplied"]), (np.array([0, 1]), np.array([2, 3, 4])))
    return made[kind]


def brute(x, offset):
    rows = np.column_stack([x.to_array() + 0.0, offset])
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel()


def same_grouping(a, b):
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


@pytest.mark.parametrize("kind", ["dense", "numeric", "codes", "multiplied", "mixed"])
@pytest.mark.parametrize("shifted", [False, True])
def test_patterns_are_the_distinct_rows(kind, shifted):
    x = columns(kind)
    offset = np.arange(N) % 2 * 0.5 if shifted else np.zeros(N)
    found = patterns(x, offset)
    assert found.place is not None
    assert same_grouping(found.place.tolist(), brute(x, offset).tolist())
    assert found.n_patterns == len(set(found.place.tolist()))


def test_rows_that_all_differ_need_no_places():
    found = patterns(Dense(np.arange(10.0)[:, None]), np.zeros(10))
    assert (found.n_patterns, found.place) == (10, None)
    assert found.sums(np.ones(10)).tolist() == [1.0] * 10


def test_sums_and_representatives():
    found = patterns(Dense(np.array([[2.0], [1.0], [2.0]])), np.zeros(3))
    assert sorted(found.sums(np.array([1.0, 5.0, 3.0])).tolist()) == [4.0, 5.0]
    assert found.spread(found.any_row(np.array([7.0, 8.0, 7.0]))).tolist() == [7.0, 8.0, 7.0]


def test_a_collision_does_not_merge_patterns(monkeypatch):
    real = room._hashed
    monkeypatch.setattr(room, "_hashed", lambda x, o, m: real(x, o, m) * np.uint64(m != room.MULTIPLIERS[0]))
    x = columns("mixed")
    found = patterns(x, np.zeros(N))
    assert same_grouping(found.place.tolist(), brute(x, np.zeros(N)).tolist())
    monkeypatch.setattr(room, "_hashed", lambda *_: np.zeros(N, dtype=np.uint64))
    with pytest.raises(ArithmeticError):
        patterns(x, np.zeros(N))
