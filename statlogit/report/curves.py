"""Curves of an assessment: ROC, precision-recall, calibration, decision. All stand on one square frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from statlogit.figures import CalibrationFigure, DecisionFigure, PrecisionRecallFigure, RocFigure
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

STEP = 0.5  # corners of a curve are drawn to half a pixel, so that a million rows make no larger file
TOP, FOOT, RIGHT = 12.0, 44.0, 14.0
ENDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # of axes that start at 0
DECISION_FLOOR = -0.15  # share of the largest net benefit down to which the plot reaches
DECISION_HEIGHT = 300.0
KEYS = ("Model", "Treat all", "Treat none")
SWATCH = 22.0  # of a line in a key


@dataclass(frozen=True, slots=True)
class _Frame:
    """Axes with ticks and titles, before any curve."""

    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    height: float

    def drawing(
        self, width: float, title: str, words: str, *, lines: Sequence[Line] = (), paths: Sequence[Path] = (),
        dots: Sequence[Dot] = (), labels: Sequence[Label] = (),
    ) -> Drawing:  # fmt: skip
        return Drawing(
            width, self.height, clean(title), words, (*self.lines, *lines), tuple(paths), tuple(dots),
            (*self.labels, *labels),
        )  # fmt: skip

    def points(self, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
        return [(_to_step(self.x(a)), _to_step(self.y(b))) for a, b in zip(x, y, strict=True)]


def _square(width: float, x_label: str, y_label: str, end: float = 1.0) -> _Frame:
    """Both axes from 0 to end."""
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0] if end == 1.0 else linear_ticks(0.0, end, 6)
    left = max(50.0, 38.0 + widest([text.tick(t) for t in ticks]))
    return _frame(width, left, width - left - RIGHT, (0.0, end, ticks), (0.0, end, ticks), (x_label, y_label))


def _frame(
    width: float, left: float, side: float, across: tuple[float, float, list[float]],
    up: tuple[float, float, list[float]], titles: tuple[str, str],
) -> _Frame:  # fmt: skip
    bottom = TOP + side
    x, y = Axis(across[0], across[1], left, width - RIGHT), Axis(up[0], up[1], bottom, TOP)
    made = [Line(x(t), TOP, x(t), bottom, "grid") for t in across[2]]
    made += [Line(left, y(t), width - RIGHT, y(t), "grid") for t in up[2]]
    labels = [tick_label(x(t), bottom + 16.0, text.tick(t), width) for t in across[2]]
    labels += [Label(left - 7.0, y(t) + 4.0, text.tick(t), "end", "tick") for t in up[2]]
    labels += axis_titles(*titles, left, width, bottom)
    return _Frame(x, y, tuple(made), tuple(labels), bottom + FOOT)


def roc(figure: RocFigure, width: float) -> Drawing:
    """Sensitivity against 1 - specificity, with the diagonal of a model that knows nothing."""
    frame = _square(width, "1 − specificity", "Sensitivity")
    x, y = frame.x, frame.y
    auc = text.share(figure.auc)
    ends = text.interval_text(text.share(figure.auc_low), text.share(figure.auc_high))
    labels = (
        Label(x(0.97), y(0.11), f"AUC {auc}", "end", "head"),
        Label(x(0.97), y(0.04), f"{text.confidence(figure.level)} CI {ends}", "end", "muted"),
    )
    line = polyline(frame.points(figure.false_positive, figure.true_positive))
    area = f"{line}L{x(1.0):g},{y(0.0):g}Z" if line else ""
    words = f"Area under the curve {auc}, {text.confidence(figure.level)} interval {ends}."
    paths = (Path(area, "area"), Path(line, "line series1")) if line else ()
    chance = Line(x(0.0), y(0.0), x(1.0), y(1.0), "unit")
    return frame.drawing(width, figure.title, words, lines=(chance,), paths=paths, labels=labels)


def precision_recall(figure: PrecisionRecallFigure, width: float) -> Drawing:
    """Precision by recall in steps, with the share of events that a model without knowledge would have."""
    frame = _square(width, "Recall (sensitivity)", "Precision (PPV)")
    x, y = frame.x, frame.y
    corners: list[tuple[float, float]] = []
    before = 0.0
    for recall, precision in zip(figure.recall, figure.precision, strict=True):
        corners += [(before, precision), (recall, precision)]
        before = recall
    line = polyline(frame.points([a for a, _ in corners], [b for _, b in corners]))
    chance = Line(x(0.0), y(figure.share_of_events), x(1.0), y(figure.share_of_events), "unit")
    average, share = text.share(figure.average_precision), text.share(figure.share_of_events)
    shown = f"Average precision {average}"
    at_foot = figure.share_of_events > 0.3
    labels = (
        Label(x(0.97), y(0.11 if at_foot else 0.96), shown, "end", "head"),
        Label(x(0.97), y(0.04 if at_foot else 0.89), f"share of events {share}", "end", "muted"),
    )
    words = f"{shown}; the share of events is {share}."
    paths = (Path(line, "line series1"),) if line else ()
    return frame.drawing(width, figure.title, words, lines=(chance,), paths=paths, labels=labels)


def calibration(figure: CalibrationFigure, width: float) -> Drawing:
    """Observed share by predicted probability: curve with band, bins with bars, the diagonal."""
    shown = max([*figure.predicted, *(b.high for b in figure.bins), *figure.observed])
    end = next(e for e in ENDS if e >= min(shown, 1.0))
    frame = _square(width, "Predicted probability", "Observed share", end)
    x, y = frame.x, frame.y
    upper = frame.points(figure.predicted, figure.high)
    lower = frame.points(figure.predicted, figure.low)[::-1]
    band = f"{polyline([*upper, *lower])}Z"
    line = polyline(frame.points(figure.predicted, figure.observed))
    bars = [Line(x(b.predicted), y(b.low), x(b.predicted), y(b.high), "whisker") for b in figure.bins]
    dots = [Dot(x(b.predicted), y(b.observed), 4.0, "series2") for b in figure.bins]
    ici = text.share(figure.ici)
    labels = (Label(x(0.97 * end), y(0.04 * end), f"ICI {ici}", "end", "head"),)
    words = f"Mean distance of the curve from the predictions (ICI) {ici}; {len(figure.bins)} bins."
    ideal = Line(x(0.0), y(0.0), x(end), y(end), "unit")
    paths = (Path(band, "area"), Path(line, "line series1"))
    return frame.drawing(width, figure.title, words, lines=(ideal, *bars), paths=paths, dots=dots, labels=labels)


def decision(figure: DecisionFigure, width: float) -> Drawing:
    """Net benefit by threshold: the model, treating all, treating none."""
    most = max([*figure.model, *figure.treat_all, 1e-9])
    floor = DECISION_FLOOR * most
    across, up = linear_ticks(0.0, figure.threshold[-1], 6), linear_ticks(floor, most, 6)
    left = 38.0 + widest([text.tick(t) for t in up])
    side = min(DECISION_HEIGHT, width - left - RIGHT)
    titles = ("Threshold probability", "Net benefit")
    frame = _frame(width, left, side, (0.0, figure.threshold[-1], across), (floor, most, up), titles)
    x, y = frame.x, frame.y
    inside = [(t, b) for t, b in zip(figure.threshold, figure.treat_all, strict=True) if b >= floor]
    everyone = polyline(frame.points([t for t, _ in inside], [b for _, b in inside]))
    line = polyline(frame.points(figure.threshold, [max(b, floor) for b in figure.model]))
    none = Line(x(0.0), y(0.0), x(figure.threshold[-1]), y(0.0), "unit")
    key = place(width - RIGHT - widest(KEYS) - 4.0)
    labels = [Label(key, TOP + 14.0 + 17.0 * k, name, "start", "tick") for k, name in enumerate(KEYS)]
    starts = [(key - SWATCH - 6.0, TOP + 10.0 + 17.0 * k) for k in range(len(KEYS))]
    ends = [polyline([(a, b), (a + SWATCH, b)]) for a, b in starts]
    swatches = [Path(ends[k], f"line series{k + 1}") for k in range(2)]
    swatch = Line(*starts[2], starts[2][0] + SWATCH, starts[2][1], "unit")
    half = len(figure.threshold) // 2
    words = (
        f"Net benefit of the model {text.share(figure.model[0])} at threshold 0 and {text.share(figure.model[half])} "
        f"at {text.share(figure.threshold[half])}, where treating all has {text.share(figure.treat_all[half])}."
    )
    paths = [Path(everyone, "line series2"), Path(line, "line series1")] if everyone else [Path(line, "line series1")]
    paths += swatches
    return frame.drawing(width, figure.title, words, lines=(none, swatch), paths=paths, labels=labels)


def _to_step(value: float) -> float:
    return round(value / STEP) * STEP
