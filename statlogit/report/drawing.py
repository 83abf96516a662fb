"""Drawings: the marks of a figure in their final places, and the axes that put them there.

All arithmetic of a plot ends here and in `figures`; a template only loops over lines, marks, paths and labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from statlogit.report import text
from statlogit.report.characters import clean, columns, shorten

KEY_ROW = 18.0
LETTER = 6.6  # mean advance of a letter at the 12 px of a label
LOG2, LOG10 = math.log(2.0), math.log(10.0)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line; role is its style: "grid", "axis", "unit", "bar"."""

    x1: float
    y1: float
    x2: float
    y2: float
    role: str


@dataclass(frozen=True, slots=True)
class Path:
    """A path in SVG notation."""

    d: str
    role: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A round mark."""

    x: float
    y: float
    radius: float
    role: str


@dataclass(frozen=True, slots=True)
class Label:
    """Text with its anchor: "start", "middle" or "end"; turned for the title of a vertical axis."""

    x: float
    y: float
    text: str
    anchor: str
    role: str
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """One figure, ready to loop over. description says in words what the picture shows."""

    width: float
    height: float
    title: str
    description: str
    lines: tuple[Line, ...]
    paths: tuple[Path, ...]
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear map from [low, high] to [start, stop]; values outside are drawn at the ends."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return place(self.start + share * (self.stop - self.start))

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def place(value: float) -> float:
    """A coordinate to a tenth of a pixel, without a negative zero."""
    return round(value, 1) + 0.0


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """The path through points, those in line with their neighbours left out."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) >= 2 and _in_line(kept[-2], kept[-1], point):
            kept[-1] = point
        else:
            kept.append(point)
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in kept) if kept else ""


def _in_line(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    along = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    across = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    return along > 0.0 and abs(across) < 1e-9


def triangle(x: float, y: float, direction: float, size: float = 5.0) -> str:
    """An arrow head with its tip at (x, y), pointing right (+1) or left (-1)."""
    back = place(x - direction * size * 1.5)
    return f"M{x:g},{y:g}L{back:g},{place(y - size):g}L{back:g},{place(y + size):g}Z"


def ratio_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Ticks of a log axis as (log value, ratio as text): powers of two where they fit, else of ten, else linear."""
    doubled = [k * LOG2 for k in range(math.ceil(low / LOG2), math.floor(high / LOG2) + 1)] if high - low < 30 else []
    if 1 < len(doubled) <= most:
        return [(t, text.tick(round(math.exp(t), 6))) for t in doubled]
    if high - low < 30 and len(doubled) <= 1:
        return _fine_ticks(low, high, most)
    tens = linear_ticks(low / LOG10, high / LOG10, most)
    return [(k * LOG10, text.tick(10.0**k) if abs(k) <= 3 else text.power_of_ten(int(k))) for k in tens if k == int(k)]


def _fine_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    ticks = linear_ticks(math.exp(low), math.exp(high), most)
    return [(math.log(t), text.tick(t)) for t in ticks if t > 0.0]


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """At most about `most` round numbers in [low, high]."""
    if not high > low:
        return [low]
    raw = (high - low) / max(1, most - 1)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(s * size for s in (1.0, 2.0, 5.0, 10.0) if s * size >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, last + 1)]


def apart_ticks(axis: Axis, most: int) -> list[float]:
    """At most about `most` round numbers along an axis, fewer where labels would touch, the last one moved left."""
    for n in range(most, 1, -1):
        ticks = linear_ticks(axis.low, axis.high, n)
        step = (axis.stop - axis.start) / max(1.0, (axis.high - axis.low) / (ticks[1] - ticks[0])) if ticks[1:] else 0.0
        if not ticks[1:] or 1.5 * widest([text.tick(t) for t in ticks]) < step:
            return ticks
    return linear_ticks(axis.low, axis.high, 2)


def decade_ticks(low: int, high: int, most: int) -> list[int]:
    """Whole powers of ten between low and high, thinned to at most `most`."""
    return [int(t) for t in linear_ticks(low, high, most) if t == int(t)]


def tick_label(x: float, y: float, shown: str, width: float) -> Label:
    """The label of a tick below an axis, moved left where it would run out of the drawing."""
    half = text_width(shown) / 2
    return Label(x, y, shown, "middle", "tick") if x + half <= width else Label(width, y, shown, "end", "tick")


def key(names: Sequence[tuple[str, str]], left: float, width: float) -> tuple[list[Dot], list[Label], float]:
    """A dot and a name for each (name, role), as many a line as fit, and the height below them; no names, no height."""
    dots: list[Dot] = []
    labels: list[Label] = []
    x, y = left, 12.0
    for name, role in names:
        shown = shorten(clean(name), max(4, int((width - left - 30.0) / LETTER)))
        taken = text_width(shown) + 30.0
        if x > left and x + taken > width:
            x, y = left, y + KEY_ROW
        dots.append(Dot(place(x + 5.0), y, 4.0, role))
        labels.append(Label(place(x + 14.0), y + 4.0, shown, "start", "tick"))
        x += taken
    return dots, labels, y + 8.0 if names else 4.0


def axis_titles(x_label: str, y_label: str, left: float, width: float, bottom: float) -> list[Label]:
    """The names of the two axes of a plot between left and width, over bottom."""
    return [
        Label(place((left + width - 6.0) / 2), bottom + 37.0, clean(x_label), "middle", "title"),
        Label(12.0, place(bottom / 2 + 8.0), clean(y_label), "middle", "title", True),
    ]


def text_width(shown: str) -> float:
    """About how wide a label is drawn."""
    return LETTER * columns(shown)


def widest(texts: Sequence[str]) -> float:
    return max((text_width(t) for t in texts), default=0.0)
