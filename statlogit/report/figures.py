"""Figures become drawings: pure functions from the numbers of a plot to the places of its marks.

Each figure has a wide drawing and a narrow one, so that letters stay readable on a page of 320 px; the style shows one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from statlogit.figures import (
    BinnedResidualFigure,
    CalibrationFigure,
    ComponentFigure,
    DecisionFigure,
    EffectFigure,
    Figure,
    ForestFigure,
    ForestRow,
    LineFigure,
    PrecisionRecallFigure,
    RocFigure,
    Series,
)
from statlogit.report import curves, text
from statlogit.report.build import log_limits
from statlogit.report.characters import clean, shorten
from statlogit.report.drawing import (
    LETTER,
    Axis,
    Dot,
    Drawing,
    Label,
    Line,
    Path,
    axis_titles,
    decade_ticks,
    key,
    linear_ticks,
    place,
    polyline,
    ratio_ticks,
    tick_label,
    triangle,
    widest,
)
from statlogit.report.effect_curves import effect_curves
from statlogit.report.residual_figures import binned_residuals, component

WIDE, NARROW = 820.0, 300.0
ROW, HEAD = 26.0, 24.0  # heights of a bar and of a factor's name in a forest plot
STACKED_ROW = 40.0
PLOT_HEIGHT = 280.0
MOST_DOTS = 60  # points of a line that are marked; beyond that the line alone shows them
SQUARE = 380.0  # width of a drawing with two equal axes
MOST_BARS = 50  # of a forest plot
MOST_SPOKEN = 20  # rows read out in a description; the table has them all


def draw(figure: Figure) -> tuple[Drawing, Drawing]:
    """The wide and the narrow drawing of a figure."""
    match figure:
        case ForestFigure():
            return forest(figure, WIDE, stacked=False), forest(figure, NARROW, stacked=True)
        case LineFigure():
            return lines(figure, 460.0), lines(figure, NARROW)
        case RocFigure():
            return curves.roc(figure, SQUARE), curves.roc(figure, NARROW)
        case PrecisionRecallFigure():
            return curves.precision_recall(figure, SQUARE), curves.precision_recall(figure, NARROW)
        case CalibrationFigure():
            return curves.calibration(figure, SQUARE), curves.calibration(figure, NARROW)
        case DecisionFigure():
            return curves.decision(figure, 460.0), curves.decision(figure, NARROW)
        case EffectFigure():
            return effect_curves(figure, 460.0), effect_curves(figure, NARROW)
        case BinnedResidualFigure():
            return binned_residuals(figure, 460.0), binned_residuals(figure, NARROW)
        case ComponentFigure():
            return component(figure, 460.0), component(figure, NARROW)


@dataclass(frozen=True, slots=True)
class _Bar:
    """A row of a forest plot at its height; row None is the name of a factor."""

    y: float
    label: str
    is_member: bool
    row: ForestRow | None


def forest(figure: ForestFigure, width: float, *, stacked: bool) -> Drawing:
    """Odds ratios on a log axis; stacked puts each label above its bar and the numbers at its right."""
    figure = fewer_bars(figure)
    low, high = figure.log_limits or log_limits(figure.rows)
    bars, bottom = _bars(figure, stacked)
    numbers = [_numbers(b.row) for b in bars if b.row is not None]
    label_room = 0.0 if stacked else min(widest([b.label for b in bars]) + 26.0, 0.34 * width)
    number_room = 0.0 if stacked else widest(numbers) + 14.0
    axis = Axis(low, high, label_room + 14.0, width - number_room - 14.0)
    made_lines, paths, dots, labels = _forest_frame(figure, axis, bottom, width)
    for bar in bars:
        labels += _bar_labels(bar, width, label_room, stacked)
        if bar.row is not None:
            more_lines, more_paths, more_dots = _bar_marks(bar.row, bar.y, axis)
            made_lines += more_lines
            paths += more_paths
            dots += more_dots
    title, description = clean(figure.title), _forest_words(figure)
    return Drawing(
        width, bottom + 46.0, title, description, tuple(made_lines), tuple(paths), tuple(dots), tuple(labels)
    )


def fewer_bars(figure: ForestFigure) -> ForestFigure:
    """The bars that lie farthest from 1, in standard errors, where there are too many to look at."""
    if len(figure.rows) <= MOST_BARS:
        return figure
    order = sorted(range(len(figure.rows)), key=lambda k: -_distance(figure.rows[k]))
    return replace(figure, rows=tuple(figure.rows[k] for k in sorted(order[:MOST_BARS])))


def bars_note(figure: ForestFigure) -> str:
    """The note below a forest plot; it counts the bars that are not drawn."""
    n = len(figure.rows)
    left_out = (
        f"{MOST_BARS} of {n:,} bars are drawn, those farthest from 1 in standard errors." if n > MOST_BARS else ""
    )
    return f"{left_out} {figure.note}".strip()


def _distance(row: ForestRow) -> float:
    """|log ratio| by the width of its interval; infinite estimates first, what has no interval last."""
    if math.isinf(row.log_ratio):
        return math.inf
    width = row.log_high - row.log_low
    return abs(row.log_ratio) / width if width > 0.0 else -1.0


def _bars(figure: ForestFigure, stacked: bool) -> tuple[list[_Bar], float]:
    step = STACKED_ROW if stacked else ROW
    bars: list[_Bar] = []
    y, variable = 8.0, ""
    for row in figure.rows:
        if row.variable and row.variable != variable:
            bars.append(_Bar(y + HEAD / 2, clean(row.variable), False, None))
            y += HEAD
        variable = row.variable
        bars.append(_Bar(y + (step - 13.0 if stacked else step / 2), clean(row.label), bool(row.variable), row))
        y += step
    return bars, y + 6.0


def _forest_frame(
    figure: ForestFigure, axis: Axis, bottom: float, width: float
) -> tuple[list[Line], list[Path], list[Dot], list[Label]]:
    ticks = ratio_ticks(axis.low, axis.high, 5 if width <= NARROW else 8)
    made = [Line(axis(t), 4.0, axis(t), bottom, "grid") for t, _ in ticks]
    made.append(Line(axis(0.0), 4.0, axis(0.0), bottom, "unit"))
    made.append(Line(axis.start, bottom, axis.stop, bottom, "axis"))
    labels = [tick_label(axis(t), bottom + 16.0, shown, width) for t, shown in ticks]
    labels.append(
        Label(place((axis.start + axis.stop) / 2), bottom + 36.0, clean(figure.axis_label), "middle", "title")
    )
    return made, [], [], labels


def _bar_labels(bar: _Bar, width: float, label_room: float, stacked: bool) -> list[Label]:
    indent = 16.0 if bar.is_member else 2.0
    if bar.row is None:
        return [Label(2.0, bar.y + 4.0, shorten(bar.label, int((label_room or width) / LETTER)), "start", "head")]
    shown = _numbers(bar.row)
    y = place(bar.y - 11.0) if stacked else bar.y + 4.0
    room = width - widest([shown]) - indent - 10.0 if stacked else label_room - indent
    name = shorten(bar.label, max(4, int(room / LETTER)))
    role = "muted" if bar.row.is_reference else "value"
    return [Label(indent, y, name, "start", "name"), Label(width - 2.0, y, shown, "end", role)]


def _numbers(row: ForestRow) -> str:
    if row.is_reference:
        return "1 (reference)"
    ends = [text.log_ratio(_exp(end), end) for end in (row.log_low, row.log_high)]
    known = not (math.isnan(row.log_low) and math.isnan(row.log_high))
    estimate = text.log_ratio(_exp(row.log_ratio), row.log_ratio)
    return f"{estimate} ({text.interval_text(*ends)})" if known else estimate


def _exp(log_value: float) -> float:
    return math.inf if log_value > 709.0 else math.exp(log_value)


def _bar_marks(row: ForestRow, y: float, axis: Axis) -> tuple[list[Line], list[Path], list[Dot]]:
    if row.is_reference:
        return [], [], [Dot(axis(0.0), y, 4.0, "hollow")]
    if math.isnan(row.log_ratio):
        return [], [], []
    made: list[Line] = []
    paths: list[Path] = []
    known = not (math.isnan(row.log_low) or math.isnan(row.log_high))
    low, high = (row.log_low, row.log_high) if known else (row.log_ratio, row.log_ratio)
    endless = math.isinf(row.log_ratio) and not known
    if endless:
        low, high = sorted((0.0, row.log_ratio))
    if low < axis.low:
        paths.append(Path(triangle(axis.start - 8.0, y, -1.0), "mark"))
    if high > axis.high:
        paths.append(Path(triangle(axis.stop + 8.0, y, 1.0), "mark"))
    if axis(low) < axis(high):
        made.append(Line(axis(low), y, axis(high), y, "endless" if endless else "bar"))
    dots = [Dot(axis(row.log_ratio), y, 5.0, "mark")] if axis.holds(row.log_ratio) else []
    return made, paths, dots


def _forest_words(figure: ForestFigure) -> str:
    said = [f"{_row_name(r)}: {_numbers(r)}" for r in figure.rows[:MOST_SPOKEN]]
    more = len(figure.rows) - len(said)
    return "; ".join(said) + (f"; and {more} more in the table." if more > 0 else ".")


def _row_name(row: ForestRow) -> str:
    return f"{clean(row.variable)} {clean(row.label)}" if row.variable else clean(row.label)


def lines(figure: LineFigure, width: float) -> Drawing:
    """One or more lines with marks; on a log scale a zero stands at the foot of the plot as a hollow mark."""
    heights = [h for s in figure.series for h in s.y if math.isfinite(h) and (h > 0.0 or not figure.log_y)]
    y_low, y_high, ticks = _height_ticks(heights, figure.log_y)
    steps = [x for s in figure.series for x in s.x]
    first = min(steps, default=0.0)
    left = 14.0 + widest([shown for _, shown in ticks]) + 22.0
    roles = [f"series{number % 2 + 1}" for number in range(len(figure.series))]
    dots, keys, top = key([(s.label, role) for s, role in zip(figure.series, roles, strict=True)], left, width)
    bottom = top + PLOT_HEIGHT - 66.0
    x_axis = Axis(first, max([*steps, first + 1.0]), left + 8.0, width - 14.0)
    y_axis = Axis(y_low, y_high, bottom - 8.0, top + 10.0)
    made = [Line(left, y_axis(t), width - 6.0, y_axis(t), "grid") for t, _ in ticks]
    made.append(Line(left, bottom, width - 6.0, bottom, "axis"))
    labels = [Label(left - 7.0, y_axis(t) + 4.0, shown, "end", "tick") for t, shown in ticks]
    whole = [t for t in linear_ticks(x_axis.low, x_axis.high, 8 if width > NARROW else 5) if t == round(t)]
    labels += [tick_label(x_axis(t), bottom + 16.0, text.tick(t), width) for t in whole]
    labels += axis_titles(figure.x_label, figure.y_label, left, width, bottom)
    paths: list[Path] = []
    for series, role in zip(figure.series, roles, strict=True):
        path, marks = _series_marks(series, x_axis, y_axis, figure.log_y, role)
        paths.append(path)
        dots += marks
    title, words = clean(figure.title), _line_words(figure)
    return Drawing(width, bottom + 46.0, title, words, tuple(made), tuple(paths), tuple(dots), (*labels, *keys))


def _series_marks(series: Series, x_axis: Axis, y_axis: Axis, log_y: bool, role: str) -> tuple[Path, list[Dot]]:
    """The line and its dots; a long line has no dots, only its hollow zeros."""
    known = [(x, y) for x, y in zip(series.x, series.y, strict=True) if math.isfinite(y)]
    points = [(x_axis(x), y_axis(_height(y, log_y)), log_y and y == 0.0) for x, y in known]
    dots = [Dot(x, y, 3.5, f"{role} hollow" if hollow else role) for x, y, hollow in points]
    if len(points) > MOST_DOTS:
        dots = [dot for dot in dots if dot.role.endswith("hollow")][:MOST_DOTS]
    return Path(polyline((x, y) for x, y, _ in points), f"line {role}"), dots


def _height(value: float, log_y: bool) -> float:
    if not log_y or not math.isfinite(value):
        return value if math.isfinite(value) else 0.0
    return math.log10(value) if value > 0.0 else -math.inf


def _height_ticks(heights: list[float], log_y: bool) -> tuple[float, float, list[tuple[float, str]]]:
    if log_y:
        powers = [math.log10(h) for h in heights] or [0.0]
        low, high = math.floor(min(powers)), math.ceil(max(powers))
        high = max(high, low + 1)
        return low, high, [(float(k), text.power_of_ten(k)) for k in decade_ticks(low, high, 7)]
    low_value, high_value = min(heights, default=0.0), max(heights, default=1.0)
    high_value = high_value if high_value > low_value else low_value + 1.0
    return low_value, high_value, [(t, text.tick(t)) for t in linear_ticks(low_value, high_value, 6)]


def _line_words(figure: LineFigure) -> str:
    said = []
    for series in figure.series:
        if series.y:
            first, last = text.scientific(series.y[0], 2), text.scientific(series.y[-1], 2)
            steps = text.tick(series.x[-1])
            said.append(f"{clean(series.label)}: from {first} to {last} at {clean(figure.x_label).lower()} {steps}.")
    return " ".join(said)
