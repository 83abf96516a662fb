"""Brier score, log loss and the parts of the Brier score."""

import numpy as np
import pytest

from statlogit.diagnostics.ranking import ranked
from statlogit.diagnostics.scores import brier_parts, equal_bins, scores
from tests.diagnostics.cases import outcomes, sample

SAME = 1e-13


def test_scores_of_a_coin():
    found = scores(outcomes(np.full(4, 0.5), [1, 1, 0, 0]))
    assert (found.brier, found.tjur) == (0.25, 0.0)
    assert found.log_loss == pytest.approx(np.log(2), rel=SAME)


@pytest.mark.parametrize("n_bins", [1, 3, 10])
def test_the_parts_add_up_to_the_brier_score(n_bins):
    mu, event, weight = sample(1, 200, 2)
    ranking = ranked(outcomes(mu, event, weight))
    found = brier_parts(ranking, equal_bins(ranking.size, n_bins))
    assert found.brier == pytest.approx((weight * (event - mu) ** 2).sum() / weight.sum(), rel=SAME)
    inside = found.within_variance - found.within_covariance
    assert found.reliability - found.resolution + found.uncertainty + inside == pytest.approx(found.brier, rel=SAME)


def test_one_prediction_a_bin_leaves_murphys_three_parts():
    mu, event, weight = sample(2, 200, 1)
    ranking = ranked(outcomes(mu, event, weight))
    found = brier_parts(ranking, np.arange(len(ranking.mu)))
    assert (found.within_variance, found.within_covariance) == pytest.approx((0.0, 0.0), abs=1e-20)
    assert found.reliability - found.resolution + found.uncertainty == pytest.approx(found.brier, rel=SAME)


def test_bins_are_equal_whole_and_numbered_without_gaps():
    assert np.bincount(equal_bins(np.ones(100), 10)).tolist() == [10] * 10
    group = equal_bins(np.array([1.0, 50.0, 1.0, 1.0, 50.0]), 10)
    assert (np.diff(group) >= 0).all()
    assert sorted(set(group.tolist())) == list(range(group.max() + 1))
