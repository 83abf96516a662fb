"""Cuts against counting rows, and scikit-learn's curves."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from statlogit.diagnostics.discrimination import roc
from statlogit.diagnostics.ranking import ranked
from statlogit.diagnostics.thresholds import decision_curve, precision_recall, thresholds
from tests.diagnostics.cases import outcomes, sample

SAME = 1e-12


def test_table_equals_counting():
    mu, event, weight = sample(1, 120, 1)
    row = thresholds(ranked(outcomes(mu, event, weight)), [0.3, 0.5], 0.95).to_frame().iloc[0]
    positive = mu >= 0.3
    tp, fp = weight[positive & (event == 1)].sum(), weight[positive & (event == 0)].sum()
    fn, tn = weight[~positive & (event == 1)].sum(), weight[~positive & (event == 0)].sum()
    found = row[["true_positive", "false_positive", "true_negative", "false_negative"]]
    np.testing.assert_allclose(found, (tp, fp, tn, fn), rtol=SAME)
    np.testing.assert_allclose(
        row[["sensitivity", "specificity", "ppv", "npv", "f1", "youden"]],
        (tp / (tp + fn), tn / (tn + fp), tp / (tp + fp), tn / (tn + fn), 2 * tp / (2 * tp + fp + fn),
         tp / (tp + fn) + tn / (tn + fp) - 1), rtol=SAME,
    )  # fmt: skip


def test_limits_are_wilsons():
    mu, event, _ = sample(2)
    row = thresholds(ranked(outcomes(mu, event)), [0.5], 0.9).to_frame().iloc[0]
    events = int(row.true_positive + row.false_negative)
    exact = binomtest(int(row.true_positive), events).proportion_ci(0.9, method="wilson")
    np.testing.assert_allclose((row.sensitivity_low, row.sensitivity_high), (exact.low, exact.high), rtol=1e-10)


def test_a_prediction_at_the_cut_is_positive_and_ends_are_everything_or_nothing():
    ranking = ranked(outcomes([0.1 + 0.2, 0.4], [1, 0]))
    frame = thresholds(ranking, [0.0, 0.3, 0.35, 1.0], 0.95).to_frame()
    assert (frame.true_positive + frame.false_positive).tolist() == [2, 2, 1, 0]
    assert np.isnan(frame.ppv.iloc[-1])


@pytest.mark.parametrize("cut", [[-0.1], [1.5], [float("nan")]])
def test_a_cut_that_is_no_probability_is_refused(cut):
    ranking = ranked(outcomes([0.3, 0.4], [1, 0]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        thresholds(ranking, cut, 0.95)
    with pytest.raises(ValueError, match="infinite odds"):
        decision_curve(ranking, [0.5, 1.0])


def test_youden_is_named_in_the_note():
    mu, event, _ = sample(3, 200)
    ranking = ranked(outcomes(mu, event))
    best = max(((event == 1) & (mu >= c)).sum() / event.sum() - ((event == 0) & (mu >= c)).sum() / (1 - event).sum()
               for c in mu)  # fmt: skip
    assert f"{best:.3f}" in thresholds(ranking, None, 0.95).note


@pytest.mark.parametrize("digits", [1, 15])
def test_curves_equal_those_of_scikit_learn(digits):
    mu, event, weight = sample(4, 300, digits)
    ranking = ranked(outcomes(mu, event, weight))
    found, curve = precision_recall(ranking), roc(ranking)
    precision, recall, threshold = precision_recall_curve(event, mu, sample_weight=weight)
    steps = len(threshold)
    np.testing.assert_allclose(found.precision[::-1], precision[-steps - 1 : -1], rtol=SAME)
    np.testing.assert_allclose(found.recall[::-1], recall[:-1], rtol=SAME)
    expected = average_precision_score(event, mu, sample_weight=weight)
    assert found.average_precision == pytest.approx(expected, rel=SAME)
    assert curve.auc == pytest.approx(roc_auc_score(event, mu, sample_weight=weight), rel=SAME)
    fpr, tpr, _ = roc_curve(event, mu, sample_weight=weight, drop_intermediate=False)
    np.testing.assert_allclose((curve.false_positive, curve.true_positive), (fpr, tpr), rtol=SAME)


def test_net_benefit_equals_counting_and_treating_all_is_the_cut_at_zero():
    mu, event, _ = sample(5, 150)
    row = decision_curve(ranked(outcomes(mu, event)), [0.25]).to_frame().iloc[0]
    each = np.where(mu >= 0.25, np.where(event == 1, 1.0, -1 / 3), 0.0)
    assert row.net_benefit == pytest.approx(each.mean(), rel=SAME)
    assert row.std_error == pytest.approx(each.std() / np.sqrt(150), rel=SAME)
    assert row.treat_all == pytest.approx(np.where(event == 1, 1.0, -1 / 3).mean(), rel=SAME)
    start = decision_curve(ranked(outcomes(mu, event)), [0.0]).to_frame().iloc[0]
    assert start.net_benefit == start.treat_all == pytest.approx(event.mean(), rel=SAME)


def test_one_class_alone_has_no_curve():
    ranking = ranked(outcomes([0.3, 0.4], [0, 0]))
    assert np.isnan(precision_recall(ranking).average_precision)
    assert "no best cut" in thresholds(ranking, None, 0.95).note
