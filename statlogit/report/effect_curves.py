"""Effect curves as drawings: lines with bands along a number, dots with bars along the levels of a factor."""

from __future__ import annotations

import math

from statlogit.figures import EffectCurve, EffectFigure
from statlogit.report import text
from statlogit.report.characters import clean, shorten
from statlogit.report.drawing import (
    LETTER,
    Axis,
    Dot,
    Drawing,
    Label,
    Line,
    Path,
    apart_ticks,
    axis_titles,
    key,
    linear_ticks,
    place,
    tick_label,
    widest,
)

PLOT_HEIGHT = 260.0
STYLES = 4  # line styles that the page tells apart; further curves take them again
MOST_SPOKEN = 8


def effect_curves(figure: EffectFigure, width: float) -> Drawing:
    """Probabilities along one column. The key stands above the plot, as many names a row as fit."""
    low, high = _limits(figure)
    ticks = linear_ticks(low, high, 6)
    left = 14.0 + widest([text.tick(t) for t in ticks]) + 22.0
    named = [(c.label, f"series{k % STYLES + 1}") for k, c in enumerate(figure.curves) if c.label]
    key_dots, key_labels, top = key(named, left, width)
    bottom = top + PLOT_HEIGHT - 46.0
    x_axis, y_axis = _x_axis(figure, left, width), Axis(low, high, bottom - 8.0, top + 6.0)
    made = [Line(left, y_axis(t), width - 6.0, y_axis(t), "grid") for t in ticks]
    made.append(Line(left, bottom, width - 6.0, bottom, "axis"))
    labels = [Label(left - 7.0, y_axis(t) + 4.0, text.tick(t), "end", "tick") for t in ticks]
    labels += _x_labels(figure, x_axis, bottom, width)
    labels += axis_titles(figure.x_label, figure.y_label, left, width, bottom)
    paths: list[Path] = []
    dots: list[Dot] = []
    for number, curve in enumerate(figure.curves):
        role = f"series{number % STYLES + 1}"
        if figure.levels:
            shift = (number - (len(figure.curves) - 1) / 2) * 10.0
            more_lines, more_dots = _bars(curve, x_axis, y_axis, shift, role)
            made += more_lines
            dots += more_dots
        else:
            paths += _band(curve, x_axis, y_axis, role)
    labels += key_labels
    title, words = clean(figure.title), _words(figure)
    height = bottom + 46.0
    return Drawing(width, height, title, words, tuple(made), tuple(paths), tuple(dots + key_dots), tuple(labels))


def _limits(figure: EffectFigure) -> tuple[float, float]:
    """The range of curves and bands with a little room, inside [0, 1]."""
    ends = [v for c in figure.curves for part in (c.low, c.high, c.y) for v in part if math.isfinite(v)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = 0.05 * (high - low) if high > low else 0.05
    return max(0.0, low - room), min(1.0, high + room)


def _x_axis(figure: EffectFigure, left: float, width: float) -> Axis:
    if figure.levels:
        return Axis(-0.5, len(figure.levels) - 0.5, left, width - 6.0)
    steps = [x for curve in figure.curves for x in curve.x]
    low, high = min(steps, default=0.0), max(steps, default=1.0)
    return Axis(low, high if high > low else low + 1.0, left + 8.0, width - 14.0)


def _x_labels(figure: EffectFigure, axis: Axis, bottom: float, width: float) -> list[Label]:
    if not figure.levels:
        found = apart_ticks(axis, 8 if width > 300.0 else 5)
        return [tick_label(axis(t), bottom + 16.0, text.tick(t), width) for t in found]
    room = max(3, int((axis.stop - axis.start) / len(figure.levels) / LETTER) - 1)
    return [
        Label(axis(float(k)), bottom + 16.0, shorten(clean(level), room), "middle", "tick")
        for k, level in enumerate(figure.levels)
    ]


def _band(curve: EffectCurve, x_axis: Axis, y_axis: Axis, role: str) -> list[Path]:
    """The band and the line of one curve; a place without a value leaves a gap in neither, it is skipped."""
    known = [
        (x_axis(x), y_axis(y), y_axis(low), y_axis(high))
        for x, y, low, high in zip(curve.x, curve.y, curve.low, curve.high, strict=True)
        if all(map(math.isfinite, (x, y, low, high)))
    ]
    if not known:
        return []
    upper = [f"{x:g},{high:g}" for x, _, _, high in known]
    lower = [f"{x:g},{low:g}" for x, _, low, _ in reversed(known)]
    line = "L".join(f"{x:g},{y:g}" for x, y, _, _ in known)
    return [Path(f"M{'L'.join([*upper, *lower])}Z", f"band {role}"), Path(f"M{line}", f"line {role}")]


def _bars(curve: EffectCurve, x_axis: Axis, y_axis: Axis, shift: float, role: str) -> tuple[list[Line], list[Dot]]:
    lines, dots = [], []
    for x, y, low, high in zip(curve.x, curve.y, curve.low, curve.high, strict=True):
        if all(map(math.isfinite, (y, low, high))):
            at = place(x_axis(x) + shift)
            lines.append(Line(at, y_axis(low), at, y_axis(high), f"bar {role}"))
            dots.append(Dot(at, y_axis(y), 4.5, role))
    return lines, dots


def _words(figure: EffectFigure) -> str:
    said = []
    for curve in figure.curves[:MOST_SPOKEN]:
        name = f"{clean(curve.label)}: " if curve.label else ""
        if figure.levels:
            said.append(name + "; ".join(f"{clean(level)} {_value(curve, k)}" for k, level in enumerate(figure.levels)))
        elif curve.x:
            ends = (f"{_value(curve, k)} at {text.tick(curve.x[k])}" for k in (0, -1))
            said.append(f"{name}from {' to '.join(ends)}")
    more = len(figure.curves) - len(said)
    return ". ".join(said) + (f"; and {more} more curves." if more > 0 else ".")


def _value(curve: EffectCurve, k: int) -> str:
    return f"{text.share(curve.y[k])} ({text.interval_text(text.share(curve.low[k]), text.share(curve.high[k]))})"
