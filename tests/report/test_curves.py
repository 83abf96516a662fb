"""Curves of an assessment: marks inside the picture, in their places, and few whatever the size of the data."""

import math

import numpy as np
import pytest

from statlogit.diagnostics.assessment import Assessment
from statlogit.diagnostics.figures import calibration_figure, decision_figure, precision_recall_figure, roc_figure
from statlogit.figures import CalibrationBin, CalibrationFigure, DecisionFigure, PrecisionRecallFigure
from statlogit.report.figures import draw
from tests.diagnostics.cases import of_eta
from tests.report.test_figures import inside

MOST_BYTES = 25_000  # of one drawing's paths


def assessed(n, shift=0.0):
    rng = np.random.default_rng(n)
    eta = rng.normal(shift, 1.0, n)
    event = (rng.uniform(size=n) < 1 / (1 + np.exp(-eta))).astype(float)
    return Assessment(of_eta(eta, event), np.arange(n))


def all_figures(found):
    calibrated = calibration_figure(found.calibration(0.95))
    return [roc_figure(found, 0.95), precision_recall_figure(found), calibrated, decision_figure(found)]


@pytest.mark.parametrize("shift", [-5.0, 0.0, 4.0])
def test_every_mark_is_inside(shift):
    for figure in all_figures(assessed(4000, shift)):
        for drawing in draw(figure):
            assert inside(drawing)
            assert drawing.description
            assert "nan" not in drawing.description


def test_many_rows_make_no_larger_drawing_and_the_note_says_what_is_left_out():
    figures = all_figures(assessed(300_000))
    for figure in figures:
        for drawing in draw(figure):
            assert sum(len(p.d) for p in drawing.paths) < MOST_BYTES
            assert len(drawing.dots) < 100
    assert "corners drawn" in figures[0].note
    assert "corners drawn" in figures[1].note
    assert len(figures[1].recall) <= 400


def test_few_rows_are_drawn_whole():
    figures = all_figures(assessed(200))
    assert figures[0].note == figures[1].note == ""
    assert len(figures[1].recall) == 200


def test_precision_is_drawn_in_steps_over_the_share_of_events():
    wide, _ = draw(PrecisionRecallFigure("p", "P", (0.5, 1.0), (1.0, 0.5), 0.75, 0.25))
    chance = next(line for line in wide.lines if line.role == "unit")
    assert chance.y1 == chance.y2
    corners = next(p for p in wide.paths if p.role == "line series1").d.count("L") + 1
    assert corners == 4  # (0, 1) (0.5, 1) (0.5, 0.5) (1, 0.5)


def test_calibration_axes_end_where_the_predictions_do():
    bins = (CalibrationBin(0.01, 0.012, 0.008, 0.018),)
    figure = CalibrationFigure("c", "C", (0.005, 0.015), (0.006, 0.016), (0.004, 0.01), (0.008, 0.9), bins, 0.001)
    wide, _ = draw(figure)
    assert "0.02" in [label.text for label in wide.labels]
    assert inside(wide)
    bar = next(line for line in wide.lines if line.role == "whisker")
    ideal = next(line for line in wide.lines if line.role == "unit")
    assert bar.x1 == pytest.approx((ideal.x1 + ideal.x2) / 2, abs=0.2)  # 0.01 on an axis to 0.02
    assert bar.y2 < bar.y1


def test_treating_all_leaves_the_plot_at_its_floor():
    threshold = tuple(k / 100 for k in range(80))
    treat_all = tuple(0.1 - 0.9 * t / (1 - t) for t in threshold)
    wide, _ = draw(DecisionFigure("d", "D", threshold, tuple(max(b, 0.0) for b in treat_all), treat_all))
    assert inside(wide)
    heights = [float(point.split(",")[1]) for p in wide.paths for point in p.d[1:].split("L")]
    assert max(heights) <= wide.height
    assert all(math.isfinite(h) for h in heights)


def test_what_has_no_curve_has_no_figure():
    one_class = Assessment(of_eta(np.array([0.1, 0.2]), np.ones(2)), np.arange(2))
    assert all_figures(one_class) == [None] * 4
