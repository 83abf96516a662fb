"""Against stored answers of R's rms, pROC and car (tests/reference/validation, with their generators)."""

import numpy as np
import pytest

import statlogit as sl
from tests.reference.packages import MODELS, PACKAGES, RMS, corrected, fitted

SAME = 1e-9  # relative; two maxima of one likelihood, each to rounding
ERRORS = 3.5  # Monte Carlo errors of both sides together: 12 comparisons, one in 2,000 beyond


@pytest.mark.parametrize("name", list(MODELS))
def test_gvif_is_that_of_car(name):
    found = fitted(name)[0].vif().to_frame()
    np.testing.assert_allclose(found["gvif"], list(PACKAGES[name]["gvif"].values()), rtol=SAME)


@pytest.mark.parametrize("name", list(MODELS))
def test_areas_and_their_comparison_are_those_of_proc(name):
    full, small = fitted(name)
    expected = PACKAGES[name]
    curve, test = full.roc(), sl.compare_roc(full, small)
    assert curve.auc == pytest.approx(expected["auc"], rel=SAME)
    assert curve.auc_se == pytest.approx(expected["auc_se"], rel=SAME)
    assert curve.conf_int() == pytest.approx(expected["ci"], rel=SAME)
    assert test.auc_second == pytest.approx(expected["auc_small"], rel=SAME)
    assert test.z == pytest.approx(expected["delong_z"], rel=SAME)
    assert test.p_value == pytest.approx(expected["delong_p"], rel=SAME)


@pytest.mark.parametrize("name", list(MODELS))
def test_the_sum_of_squares_test_is_that_of_rms(name):
    row = fitted(name)[0].goodness().to_frame().set_index("test").loc["le Cessie-van Houwelingen"]
    assert row["statistic"] == pytest.approx(PACKAGES[name]["squares_z"], rel=SAME)
    assert row["p_value"] == pytest.approx(PACKAGES[name]["squares_p"], rel=SAME)


def apart(found, expected, error, std_error):
    return abs(found - expected) / np.hypot(error, std_error)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(RMS))
def test_bootstrap_corrected_performance_is_that_of_rms(name):
    found = fitted(name)[0].validate(replications=1500, seed=1).to_frame().set_index("measure")
    for measure, (value, error) in corrected(name).items():
        row = found.loc[measure]
        assert apart(row["corrected"], value, error, row["mc_error"]) < ERRORS, (measure, row["corrected"], value)
        assert abs(row["optimism"]) > 10 * row["mc_error"]  # so the comparison would see a wrong optimism
