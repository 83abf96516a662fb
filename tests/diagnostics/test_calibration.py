"""Calibration against base R (assessment.R) and where it has nothing to say."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.diagnostics import calibration as room
from statlogit.diagnostics.calibration import calibration
from statlogit.diagnostics.ranking import ranked
from tests.diagnostics.cases import of_eta, outcomes, sample

R = json.loads((Path(__file__).parent / "assessment.json").read_text())
DIGITS = 1e-8
FORMULA = "low ~ age + lwt + C(race) + smoke"


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def found(births):
    half, rest = sl.logit(FORMULA, births.iloc[::2]), births.iloc[1::2]
    weight = 1.0 + np.arange(1, len(rest) + 1) % 3
    eta = half.predict(rest, kind="link").to_numpy()
    return {
        "apparent": sl.logit(FORMULA, births).calibration(),
        "other_half": half.calibration(rest),
        "weighted": calibration(ranked(of_eta(eta, rest["low"].to_numpy(), weight)), np.nan, 0.95),
    }


@pytest.mark.parametrize("name", ["apparent", "other_half", "weighted"])
def test_everything_equals_base_r(found, name):
    got, expected = found[name], R[name]
    for key in ("intercept", "intercept_se", "slope", "slope_se", "ici", "e50", "e90", "e_max"):
        assert getattr(got, key) == pytest.approx(expected[key], rel=DIGITS, abs=1e-12), key
    assert got.tests.column("statistic")[2] == pytest.approx(expected["joint"], rel=DIGITS, abs=1e-9)
    some = [0, 25, 50, 75, 100]
    for mine, key in (("predicted", "grid"), ("observed", "curve"), ("conf_low", "low"), ("conf_high", "high")):
        np.testing.assert_allclose(getattr(got.curve, mine)[some], expected[key], rtol=DIGITS)


def test_bins_hold_every_row(found, births):
    bins = found["apparent"].bins.to_frame()
    assert (bins["n"].sum(), bins["n_events"].sum()) == (len(births), births["low"].sum())
    assert ((bins["observed_low"] <= bins["observed"]) & (bins["observed"] <= bins["observed_high"])).all()


def test_perfect_and_shifted_predictions():
    rng = np.random.default_rng(1)
    eta = rng.normal(size=4000)
    event = (rng.uniform(size=4000) < 1 / (1 + np.exp(-eta))).astype(float)
    good = calibration(ranked(of_eta(eta, event)), 0.0, 0.95)
    bad = calibration(ranked(of_eta(2.0 * eta - 1.0, event)), 0.0, 0.95)
    assert abs(good.slope - 1.0) < 4 * good.slope_se
    assert bad.slope == pytest.approx(good.slope / 2, rel=1e-6)  # the same line on another scale
    assert good.ici < 0.03 < bad.ici
    inside = (good.curve.conf_low <= good.curve.predicted) & (good.curve.predicted <= good.curve.conf_high)
    assert inside.mean() > 0.8


def test_ties_and_weights_collapse():
    mu, event, _ = sample(3, 300, 1)
    counts = np.arange(300) % 3 + 1
    a = calibration(ranked(outcomes(mu, event, counts)), 0.0, 0.95)
    b = calibration(ranked(outcomes(np.repeat(mu, counts), np.repeat(event, counts))), 0.0, 0.95)
    for key in ("intercept", "slope", "slope_se", "ici", "e50", "e90"):
        assert getattr(a, key) == pytest.approx(getattr(b, key), rel=1e-9)


@pytest.mark.parametrize(
    ("eta", "event"),
    [
        ([-1.0, -0.5, 0.5, 1.0], [0.0, 0.0, 1.0, 1.0]),  # separated
        ([-np.inf, -0.5, 0.5, 1.0], [0.0, 1.0, 0.0, 1.0]),
        ([0.1, 0.2, 0.3, 0.4], [1.0, 1.0, 1.0, 1.0]),  # one class
        ([0.2, 0.2, 0.2, 0.2], [0.0, 1.0, 0.0, 1.0]),  # one prediction
    ],
)
def test_no_curve_rather_than_a_wrong_one(eta, event):
    found = calibration(ranked(of_eta(np.array(eta), np.array(event))), 0.5, 0.95)
    assert np.isnan(found.ici)
    assert np.isnan(found.slope)
    assert found.bins.rows
    assert np.isfinite(found.brier.brier)


def test_merging_very_many_predictions_changes_nothing_that_counts(monkeypatch):
    rng = np.random.default_rng(5)
    eta = rng.normal(0, 1.5, 150_000)
    event = (rng.uniform(size=len(eta)) < 1 / (1 + np.exp(-0.8 * eta))).astype(float)
    ranking = ranked(of_eta(eta, event))
    merged = calibration(ranking, 0.0, 0.95)
    monkeypatch.setattr(room, "MOST_CELLS", len(eta))
    exact = calibration(ranking, 0.0, 0.95)
    for key in ("intercept", "slope", "ici", "e50", "e90"):
        assert abs(getattr(merged, key) - getattr(exact, key)) < 1e-3 * exact.slope_se, key
    width = exact.curve.conf_high - exact.curve.conf_low
    assert (np.abs(merged.curve.observed - exact.curve.observed) < 1e-3 * width).all()
    assert merged.brier == exact.brier
