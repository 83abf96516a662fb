"""AUC and DeLong's variance against brute force over all pairs."""

import numpy as np
import pytest

from statlogit.diagnostics.discrimination import roc, scores

SAME = 1e-13


def brute(mu, event):
    pairs = [(a > b) + 0.5 * (a == b) for a in mu[event] for b in mu[~event]]
    psi = np.array(pairs).reshape(event.sum(), (~event).sum())
    s10, s01 = psi.mean(axis=1).var(ddof=1), psi.mean(axis=0).var(ddof=1)
    return psi.mean(), np.sqrt(s10 / event.sum() + s01 / (~event).sum())


@pytest.mark.parametrize("ties", [False, True])
def test_auc_equals_the_share_of_ordered_pairs(ties):
    rng = np.random.default_rng(1)
    mu = rng.uniform(size=80).round(1 if ties else 15)
    event = rng.uniform(size=80) < mu
    found = roc(mu, event.astype(float), (~event).astype(float))
    np.testing.assert_allclose((found.auc, found.auc_se), brute(mu, event), rtol=SAME)


def test_weight_two_counts_as_two_rows():
    rng = np.random.default_rng(2)
    mu, weight = rng.uniform(size=40), rng.integers(1, 4, 40)
    event = rng.uniform(size=40) < 0.4
    a = roc(mu, weight * event, weight * (1.0 - event))
    b = roc(np.repeat(mu, weight), np.repeat(event, weight) * 1.0, np.repeat(~event, weight) * 1.0)
    np.testing.assert_allclose((a.auc, a.auc_se), (b.auc, b.auc_se), rtol=SAME)


def test_curve_runs_from_corner_to_corner_and_encloses_the_area():
    rng = np.random.default_rng(3)
    mu = rng.uniform(size=200).round(2)
    event = rng.uniform(size=200) < mu
    found = roc(mu, event.astype(float), (~event).astype(float))
    assert (found.false_positive[0], found.true_positive[0]) == (0.0, 0.0)
    assert (found.false_positive[-1], found.true_positive[-1]) == (1.0, 1.0)
    np.testing.assert_allclose(np.trapezoid(found.true_positive, found.false_positive), found.auc, rtol=SAME)


def test_one_class_alone_has_no_auc():
    assert np.isnan(roc(np.array([0.1, 0.2]), np.ones(2), np.zeros(2)).auc)


def test_scores_of_a_coin():
    found = scores(np.full(4, 0.5), np.full(4, 0.5), np.array([1, 1, 0, 0.0]), np.array([0, 0, 1, 1.0]))
    assert (found.brier, found.tjur) == (0.25, 0.0)
    assert found.log_loss == pytest.approx(np.log(2), rel=SAME)
