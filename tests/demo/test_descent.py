"""Gradient descent against hand, exact and 50-digit arithmetic; the maximum against mpmath and brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statlogit.demo import Maximum, NoMaximum, Pairs, Row, descend, exact, read_pairs, safe_rate
from statlogit.errors import DataError
from tests.demo import cases

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

mpmath = pytest.importorskip("mpmath")

ROUNDING = 1e-13  # 300 steps of a contraction, each with a few roundings of 1e-16
OVERLAPPING = {"hours": cases.HOURS, "shifted": "1000001,0\n1000002,1\n1000003,0\n1000005,1\n1000006,0\n1000009,1"}


def test_row_zero_is_zero_zero_ln_2() -> None:
    row = next(descend(read_pairs(cases.TOY)))
    assert row == Row(0, 0.0, 0.0, math.log(2), 0.5)


def test_the_first_step_of_the_toy_is_the_one_made_by_hand() -> None:
    # residuals 1/2 - y are +, -, +, - one half; the mean gradient is 0 and (0.5 - 2.5 + 1.0 - 3.0) / 8 = -1/2
    rows = list(descend(read_pairs(cases.TOY), rate=0.5, iterations=2))
    assert (rows[1].w0, rows[1].w1) == (0.0, 0.25)
    p = [1 / (1 + math.exp(-0.25 * x)) for x in (0.5, 2.5, 1.0, 3.0)]
    miss = [p[0], p[1] - 1, p[2], p[3] - 1]
    assert rows[2].w0 == pytest.approx(-0.5 * sum(miss) / 4, rel=1e-15)
    assert rows[2].w1 == pytest.approx(0.25 - 0.5 * np.dot(miss, (0.5, 2.5, 1.0, 3.0)) / 4, rel=1e-15)
    assert rows[1].loss == pytest.approx(
        -(math.log(1 - p[0]) + math.log(p[1]) + math.log(1 - p[2]) + math.log(p[3])) / 4
    )


@pytest.mark.parametrize("text", [cases.TOY, cases.HOURS, cases.QUASI, cases.ONE_LABEL])
def test_three_hundred_rows_agree_with_fifty_digits(text: str) -> None:
    pairs, rate = read_pairs(text), 0.3
    x, y = [mpmath.mpf(v) for v in pairs.x], [mpmath.mpf(v) for v in pairs.y]
    with mpmath.workdps(50):
        w0 = w1 = mpmath.mpf(0)
        for row in descend(pairs, rate, 300):
            p = [1 / (1 + mpmath.exp(-w0 - w1 * v)) for v in x]
            loss = -sum(mpmath.log(q if label else 1 - q) for q, label in zip(p, y, strict=True)) / len(x)
            assert [row.w0, row.w1, row.loss] == pytest.approx(
                [float(w0), float(w1), float(loss)], rel=ROUNDING, abs=ROUNDING
            )
            w0 -= rate * sum(q - label for q, label in zip(p, y, strict=True)) / len(x)
            w1 -= rate * sum((q - label) * v for q, label, v in zip(p, y, x, strict=True)) / len(x)


@pytest.mark.parametrize("text", [cases.TOY, cases.HOURS, cases.QUASI, cases.ONE_LABEL, cases.CONSTANT])
def test_the_loss_never_rises_at_the_safe_rate(text: str) -> None:
    losses = np.array([row.loss for row in descend(read_pairs(text), iterations=2000)])
    assert (np.diff(losses) <= 1e-15).all()


def test_the_safe_rate_is_the_inverse_of_the_largest_curvature() -> None:
    pairs = read_pairs(cases.HOURS)
    design = np.column_stack([np.ones(pairs.n_rows), pairs.x])
    assert safe_rate(pairs) == pytest.approx(4 / np.linalg.eigvalsh(design.T @ design / pairs.n_rows).max(), rel=1e-14)


def test_tol_stops_at_the_first_row_flat_enough() -> None:
    rows = list(descend(read_pairs(cases.HOURS), iterations=10_000, tol=1e-3))
    assert rows[-1].iteration < 10_000
    assert rows[-1].gradient <= 1e-3 < rows[-2].gradient


def test_a_step_that_overflows_ends_the_rows() -> None:
    rows = list(descend(read_pairs("1e99,0\n2,1"), rate=1e250, iterations=5))
    assert len(rows) < 6
    assert all(math.isfinite(row.loss) for row in rows)


@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf, math.nan])
def test_a_rate_that_is_no_positive_number_is_refused(rate: float) -> None:
    with pytest.raises(DataError, match="the learning rate must be a positive number"):
        next(descend(read_pairs(cases.TOY), rate))


@pytest.mark.parametrize("text", OVERLAPPING.values(), ids=OVERLAPPING)
def test_the_exact_maximum_agrees_with_fifty_digits(text: str) -> None:
    pairs = read_pairs(text)
    end = exact(pairs)
    assert isinstance(end, Maximum)
    with mpmath.workdps(50):
        x, y = [mpmath.mpf(v) for v in pairs.x], [int(v) for v in pairs.y]

        def score(w0: mpmath.mpf, w1: mpmath.mpf) -> list[mpmath.mpf]:
            miss = [label - 1 / (1 + mpmath.exp(-w0 - w1 * v)) for v, label in zip(x, y, strict=True)]
            return [mpmath.fsum(miss), mpmath.fdot(miss, x)]

        truth = mpmath.findroot(score, (end.w0, end.w1))
        assert [end.w0, end.w1] == pytest.approx([float(truth[0]), float(truth[1])], rel=1e-13)


def test_gradient_descent_arrives_at_the_exact_maximum() -> None:
    pairs = read_pairs(cases.HOURS)
    *_, last = descend(pairs, iterations=10_000)
    end = exact(pairs)
    assert isinstance(end, Maximum)
    assert (last.w0, last.w1) == pytest.approx((end.w0, end.w1), rel=1e-11)


@pytest.mark.parametrize(
    ("text", "kind", "threshold", "limit"),
    [
        (cases.TOY, "complete", 1.75, 0.0),
        (cases.FALLING, "complete", 2.5, 0.0),
        (cases.QUASI, "quasi", 2.0, math.log(2) / 2),
        ("2,0\n2,1\n3,1", "quasi", 2.0, 2 * math.log(2) / 3),
        (cases.ONE_LABEL, "one label", None, 0.0),
        ("7,0", "one label", None, 0.0),
        (cases.CONSTANT, "constant", None, -(math.log(1 / 3) + 2 * math.log(2 / 3)) / 3),
    ],
)
def test_no_finite_maximum_is_recognised(text: str, kind: str, threshold: float | None, limit: float) -> None:
    pairs = read_pairs(text)
    end = exact(pairs)
    assert isinstance(end, NoMaximum)
    assert (end.kind, end.threshold) == (kind, threshold)
    assert end.limit_loss == pytest.approx(limit, rel=1e-15)
    *_, last = descend(pairs, iterations=5000)
    assert last.loss >= end.limit_loss - 1e-15


def test_the_toy_is_explained_by_its_threshold() -> None:
    assert exact(read_pairs(cases.TOY)).message == (
        "The data are separated: every x up to 1 has y = 0, every x from 2.5 on has y = 1, and a threshold such as "
        "1.75 divides them without error. Larger weights always make the loss smaller still: it falls towards 0, no "
        "finite maximum exists, and the weights grow for ever."
    )


small_data = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=8)


@given(small_data)
@settings(max_examples=300, deadline=None)
def test_a_maximum_exists_exactly_where_no_direction_improves_for_ever(rows: list[tuple[int, int]]) -> None:
    x, y = np.array(rows, dtype=float).T
    sign = 2 * y - 1
    cuts = itertools.product([-1.0, 1.0], np.arange(-1, 6) / 1.0)
    directions = (
        [(1.0, 0.0), (-1.0, 0.0)]
        + [(-s * c, s) for s, c in cuts]
        + [(-s * (c + 0.5), s) for s in (-1, 1) for c in range(5)]
    )
    moves = [sign * (a + b * x) for a, b in directions]
    improves_for_ever = any((move >= 0).all() and (move > 0).any() for move in moves)
    end = exact(Pairs(x, y))
    assert (end.kind in {"complete", "quasi", "one label"}) == improves_for_ever
    if isinstance(end, Maximum):
        residual = 1 / (1 + np.exp(-end.w0 - end.w1 * x)) - y
        assert abs(residual.sum()) < 1e-12
        assert abs((residual * x).sum()) < 1e-12
