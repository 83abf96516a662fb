"""Drawings of residuals: binned residuals with their limits, component plus residual with line and curve."""

from __future__ import annotations

from collections.abc import Sequence

from statlogit.figures import BinnedResidualFigure, ComponentFigure
from statlogit.report import text
from statlogit.report.characters import clean
from statlogit.report.drawing import (
    Axis,
    Dot,
    Drawing,
    Label,
    Line,
    Path,
    axis_titles,
    linear_ticks,
    place,
    polyline,
    tick_label,
    widest,
)

TOP, FOOT, RIGHT = 12.0, 44.0, 14.0
HEIGHT = 280.0  # of the plot between its axes
MARGIN = 0.04  # of the range, left free at each end


def binned_residuals(figure: BinnedResidualFigure, width: float) -> Drawing:
    """Mean residual by bin inside the limits of twice its standard error; bins outside have another colour."""
    ends = [*figure.residual, *figure.limit, *(-v for v in figure.limit), 0.0]
    x, y, lines, labels = _axes(figure.x, ends, width, figure.x_label, "Mean residual")
    upper = [(x(a), y(b)) for a, b in zip(figure.x, figure.limit, strict=True)]
    lower = [(x(a), y(-b)) for a, b in zip(figure.x, figure.limit, strict=True)]
    paths = (Path(f"{polyline([*upper, *lower[::-1]])}Z", "area"),) if len(upper) > 1 else ()
    outside = [abs(r) > limit for r, limit in zip(figure.residual, figure.limit, strict=True)]
    dots = [Dot(x(a), y(b), 3.0, "series2" if out else "series1")
            for a, b, out in zip(figure.x, figure.residual, outside, strict=True)]  # fmt: skip
    zero = Line(x.start, y(0.0), x.stop, y(0.0), "unit")
    words = f"{len(outside) - sum(outside):,} of {len(outside):,} bins lie within twice their standard error."
    return _drawing(figure.title, words, width, (*lines, zero), paths, dots, labels)


def component(figure: ComponentFigure, width: float) -> Drawing:
    """The fitted line of a numeric term, a spline beside it, and binned partial residuals."""
    x, y, lines, labels = _axes(
        [*figure.x, *figure.bin_x], [*figure.line, *figure.curve, *figure.bin_y], width, figure.x_label, figure.y_label
    )
    line, curve = (
        polyline([(x(a), y(b)) for a, b in zip(figure.x, values, strict=True)])
        for values in (figure.line, figure.curve)
    )
    dots = [Dot(x(a), y(b), 3.0, "series2") for a, b in zip(figure.bin_x, figure.bin_y, strict=True)]
    straight = Line(x(figure.x[0]), y(figure.line[0]), x(figure.x[-1]), y(figure.line[-1]), "unit")
    apart = max((abs(a - b) for a, b in zip(figure.line, figure.curve, strict=True)), default=0.0)
    words = f"Line and spline are at most {text.tick(round(apart, 2))} log-odds apart."
    paths = (Path(curve, "line series1"),) if line and curve else ()
    return _drawing(figure.title, words, width, (*lines, straight), paths, dots, labels)


def _axes(
    across: Sequence[float], up: Sequence[float], width: float, x_label: str, y_label: str
) -> tuple[Axis, Axis, list[Line], list[Label]]:
    low, high = _range(across)
    floor, ceiling = _range(up)
    ticks, rises = linear_ticks(low, high, 6), linear_ticks(floor, ceiling, 6)
    left, bottom = 38.0 + widest([text.tick(t) for t in rises]), TOP + HEIGHT
    x, y = Axis(low, high, left, width - RIGHT), Axis(floor, ceiling, bottom, TOP)
    lines = [Line(x(t), TOP, x(t), bottom, "grid") for t in ticks]
    lines += [Line(left, y(t), width - RIGHT, y(t), "grid") for t in rises]
    labels = [tick_label(x(t), bottom + 16.0, text.tick(t), width) for t in ticks]
    labels += [Label(left - 7.0, place(y(t) + 4.0), text.tick(t), "end", "tick") for t in rises]
    return x, y, lines, [*labels, *axis_titles(x_label, y_label, left, width, bottom)]


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = MARGIN * (high - low) or max(abs(high), 1.0)
    return low - room, high + room


def _drawing(
    title: str, words: str, width: float, lines: Sequence[Line], paths: Sequence[Path], dots: Sequence[Dot],
    labels: Sequence[Label],
) -> Drawing:  # fmt: skip
    height = TOP + HEIGHT + FOOT
    return Drawing(width, height, clean(title), words, tuple(lines), tuple(paths), tuple(dots), tuple(labels))
