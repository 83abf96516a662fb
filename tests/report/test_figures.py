"""Drawings: marks in their places, and never outside the picture."""

import math
from dataclasses import replace

import pytest

from statlogit.figures import EffectCurve, EffectFigure, Figure, ForestFigure, ForestRow, LineFigure, RocFigure, Series
from statlogit.report.build import build, log_limits
from statlogit.report.drawing import Axis, Drawing, decade_ticks, linear_ticks, polyline, ratio_ticks, text_width
from statlogit.report.figures import draw
from tests.report import facts, golden

ALL = ("birthwt", "hostile", "separated", "multinomial")


def figures(name: str) -> list[Figure]:
    blocks = [b for s in build(getattr(facts, name)()).sections for b in s.blocks]
    return [b for b in blocks if isinstance(b, ForestFigure | LineFigure | RocFigure)]


def inside(drawing: Drawing) -> bool:
    xs = [x for line in drawing.lines for x in (line.x1, line.x2)] + [d.x for d in drawing.dots]
    ys = [y for line in drawing.lines for y in (line.y1, line.y2)] + [d.y for d in drawing.dots]
    xs += [label.x for label in drawing.labels]
    ys += [label.y for label in drawing.labels]
    finite = all(math.isfinite(v) for v in (*xs, *ys))
    return finite and all(0 <= x <= drawing.width for x in xs) and all(0 <= y <= drawing.height for y in ys)


@pytest.mark.parametrize("name", ALL)
def test_every_mark_is_inside(name: str) -> None:
    for figure in figures(name):
        assert all(inside(drawing) for drawing in draw(figure))


def test_estimates_are_placed_by_their_log() -> None:
    rows = tuple(ForestRow(n, "", x, x - 0.1, x + 0.1) for n, x in (("a", 0.0), ("b", 1.0), ("c", 2.0)))
    wide, _ = draw(ForestFigure("f", "F", rows, 0.95))
    places = [d.x for d in wide.dots if d.role == "mark"]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)
    unit = next(line for line in wide.lines if line.role == "unit")
    assert unit.x1 == places[0]


def test_clipped_and_endless_intervals_get_arrows() -> None:
    rows = (
        ForestRow("a", "", 0.5, 0.2, 0.8),
        ForestRow("b", "", 0.3, -40.0, 40.0),
        ForestRow("c", "", math.inf, math.nan, math.nan),
    )
    wide, _ = draw(ForestFigure("f", "F", rows, 0.95))
    assert len(wide.paths) == 3
    assert [line.role for line in wide.lines if line.role in ("bar", "endless")] == ["bar", "bar", "endless"]
    assert len([d for d in wide.dots if d.role == "mark"]) == 2


def test_an_infinite_estimate_is_drawn_from_its_finite_end() -> None:
    rows = (ForestRow("a", "", 0.5, 0.1, 0.9), ForestRow("b", "", math.inf, 1.2, math.inf))
    low, high = log_limits(rows)
    assert low <= 0.0
    assert high >= 1.5
    drawing, _ = draw(ForestFigure("f", "Odds ratios", rows, 0.95, log_limits=(low, high)))
    bars = [line for line in drawing.lines if line.role == "bar"]
    assert len(bars) == 2
    assert bars[1].x1 > bars[0].x2
    assert not [line for line in drawing.lines if line.role == "endless"]


def test_a_zero_on_a_log_scale_stands_at_the_foot() -> None:
    series = (Series("s", (0.0, 1.0, 2.0), (1.0, 1e-8, 0.0)),)
    wide, _ = draw(LineFigure("l", "L", "Iteration", "Size", series, True))
    hollow = [d for d in wide.dots if "hollow" in d.role]
    assert len(hollow) == 1
    assert hollow[0].y == max(d.y for d in wide.dots)


@pytest.mark.slow
def test_a_million_corners_stay_small() -> None:
    n = 200_000
    share = tuple(i / n for i in range(n + 1))
    wide, _ = draw(RocFigure("r", "R", share, tuple(s**0.5 for s in share), 0.667, 0.66, 0.67))
    assert sum(len(p.d) for p in wide.paths) < 20_000


def test_a_long_trace_has_a_line_and_no_dots() -> None:
    steps = tuple(float(i) for i in range(500))
    wide, _ = draw(
        LineFigure("l", "L", "Iteration", "Size", (Series("s", steps, tuple(2.0**-i for i in steps)),), True)
    )
    assert len(wide.dots) == 1, "the key alone"


@pytest.mark.parametrize(
    "bounds", [(-0.01, 0.01), (-0.175, 0.175), (0.0, 2.5), (-3.0, 3.0), (-14.0, 14.0), (-500.0, 800.0)]
)
def test_ratio_ticks_are_few_and_inside(bounds: tuple[float, float]) -> None:
    ticks = ratio_ticks(*bounds, 8)
    assert 1 <= len(ticks) <= 10
    assert all(bounds[0] - 1e-9 <= t <= bounds[1] + 1e-9 for t, _ in ticks)
    assert len({shown for _, shown in ticks}) == len(ticks)


def test_ticks() -> None:
    assert linear_ticks(0.0, 1.0, 6) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert linear_ticks(3.0, 3.0, 5) == [3.0]
    assert decade_ticks(-28, 4, 7) == [-20, -10, 0]


def test_axis_clamps() -> None:
    axis = Axis(0.0, 10.0, 100.0, 200.0)
    assert (axis(5.0), axis(-math.inf), axis(math.inf)) == (150.0, 100.0, 200.0)


def test_polyline_leaves_out_what_lies_on_the_way() -> None:
    assert polyline([(0, 0), (1, 0), (1, 0), (2, 0), (2, 5)]) == "M0,0L2,0L2,5"
    assert polyline([]) == ""


def test_golden_drawing() -> None:
    wide, narrow = draw(figures("birthwt")[0])
    golden.check(
        "forest.repr.txt",
        "\n".join(repr(part) for d in (wide, narrow) for part in (*d.lines, *d.dots, *d.labels)) + "\n",
    )


def test_description_reads_the_numbers_out() -> None:
    wide, _ = draw(figures("birthwt")[0])
    assert "race black: 3.427 (1.244, 9.443)" in wide.description
    many = tuple(replace(ForestRow("x", "", 0.1, 0.0, 0.2), label=f"x{i}") for i in range(30))
    assert "and 10 more in the table" in draw(ForestFigure("f", "F", many, 0.95))[0].description


def curve(label: str = "", n: int = 20) -> EffectCurve:
    x = tuple(10.0 + i for i in range(n))
    y = tuple(0.2 + 0.02 * i for i in range(n))
    return EffectCurve(label, x, y, tuple(v - 0.1 for v in y), tuple(v + 0.1 for v in y))


@pytest.mark.parametrize("n_curves", [1, 2, 7])
def test_curves_are_inside_with_a_key_of_as_many_rows_as_they_need(n_curves: int) -> None:
    names = ["" if n_curves == 1 else f"a rather long name of group {k}" for k in range(n_curves)]
    figure = EffectFigure("c", "P by x", "x", "P", tuple(curve(name) for name in names), 0.95)
    for drawing in draw(figure):
        assert inside(drawing)
        assert sum(p.role.startswith("band") for p in drawing.paths) == n_curves
        assert len(drawing.dots) == (0 if n_curves == 1 else n_curves)
    assert draw(figure)[0].description.startswith("from 0.200 (0.100, 0.300) at 10 to" if n_curves == 1 else "a rather")


def test_curves_of_levels_are_dots_with_bars() -> None:
    levels = ("white", "black", "<b>other</b>")
    curves = (curve("a", 3), replace(curve("b", 3), y=(0.2, math.nan, 0.4)))
    wide, narrow = draw(EffectFigure("c", "P by race", "race", "P", curves, 0.95, levels))
    assert inside(wide)
    assert inside(narrow)
    assert [line.role for line in wide.lines if line.role.startswith("bar")] == ["bar series1"] * 3 + [
        "bar series2"
    ] * 2
    assert "black" in [label.text for label in wide.labels]


def test_a_curve_without_values_draws_nothing() -> None:
    empty = EffectCurve("", (1.0, 2.0), (math.nan,) * 2, (math.nan,) * 2, (math.nan,) * 2)
    wide, _ = draw(EffectFigure("c", "P by x", "x", "P", (empty,), 0.95))
    assert wide.paths == ()
    assert inside(wide)


def test_long_ticks_are_fewer_and_stay_inside():
    x = (2_500.0, 100_000.0, 200_000.0)
    curve = EffectCurve("", x, (0.47, 0.45, 0.49), (0.42, 0.43, 0.41), (0.5, 0.49, 0.56))
    for drawing in draw(EffectFigure("c", "C", "income", "P", (curve,), 0.95)):
        bottom = max(label.y for label in drawing.labels if label.role == "tick")
        ticks = [label for label in drawing.labels if label.role == "tick" and label.y == bottom]
        texts = [label.text for label in ticks]
        assert len(set(texts)) == len(texts) >= 2
        widths = [text_width(t) for t in texts]
        starts = [t.x - (w if t.anchor == "end" else w / 2) for t, w in zip(ticks, widths, strict=True)]
        ends = [a + w for a, w in zip(starts, widths, strict=True)]
        assert all(end < start for end, start in zip(ends, starts[1:], strict=False))
        assert ends[-1] <= drawing.width
