"""AUC, DeLong's variance and paired test, and concordance against brute force over all pairs."""

import numpy as np
import pytest

from statlogit.diagnostics.discrimination import compare_areas, concordance, pairs, roc
from statlogit.diagnostics.ranking import ranked, weighted_quantiles
from tests.diagnostics.cases import of_eta, outcomes, sample

SAME = 1e-12


def kernel(mu, event):
    return np.array([[(a > b) + 0.5 * (a == b) for b in mu[event == 0]] for a in mu[event == 1]])


def brute(mu, event):
    psi = kernel(mu, event)
    m, n = psi.shape
    return psi.mean(), np.sqrt(psi.mean(axis=1).var(ddof=1) / m + psi.mean(axis=0).var(ddof=1) / n)


@pytest.mark.parametrize("digits", [1, 15])
def test_auc_equals_the_share_of_ordered_pairs(digits):
    mu, event, _ = sample(1, digits=digits)
    found = roc(ranked(outcomes(mu, event)))
    np.testing.assert_allclose((found.auc, found.auc_se), brute(mu, event), rtol=SAME)


def test_weight_two_counts_as_two_rows():
    mu, event, _ = sample(2)
    weight = np.arange(len(mu)) % 3 + 1
    a = roc(ranked(outcomes(mu, event, weight)))
    b = roc(ranked(outcomes(np.repeat(mu, weight), np.repeat(event, weight))))
    np.testing.assert_allclose((a.auc, a.auc_se), (b.auc, b.auc_se), rtol=SAME)


def test_curve_runs_from_corner_to_corner_and_encloses_the_area():
    mu, event, weight = sample(3, 200, 2)
    found = roc(ranked(outcomes(mu, event, weight)))
    assert (found.false_positive[0], found.true_positive[0]) == (0.0, 0.0)
    np.testing.assert_allclose((found.false_positive[-1], found.true_positive[-1]), 1.0, rtol=SAME)
    np.testing.assert_allclose(np.trapezoid(found.true_positive, found.false_positive), found.auc, rtol=SAME)


def test_one_class_alone_or_an_undetermined_row_has_no_auc():
    assert np.isnan(roc(ranked(outcomes([0.1, 0.2], [1, 1]))).auc)
    assert np.isnan(roc(ranked(of_eta(np.array([0.0, 1.0, np.nan]), np.array([0.0, 1.0, 1.0])))).auc)
    assert concordance(ranked(outcomes([0.1, 0.2], [1, 1]))).rows == ()


def test_infinite_log_odds_are_ranked():
    found = roc(ranked(of_eta(np.array([-np.inf, -1.0, 2.0, np.inf]), np.array([0.0, 1.0, 0.0, 1.0]))))
    assert found.auc == 0.75


@pytest.mark.parametrize("digits", [1, 15])
def test_paired_test_equals_the_covariance_over_all_pairs(digits):
    mu, event, _ = sample(5, 70, digits)
    other = np.clip(mu + np.random.default_rng(6).normal(0, 0.2, 70), 0.1, 0.9).round(digits)
    one, two = kernel(mu, event), kernel(other, event)
    m, n = one.shape
    s10 = np.cov(one.mean(axis=1), two.mean(axis=1))
    s01 = np.cov(one.mean(axis=0), two.mean(axis=0))
    covariance = s10 / m + s01 / n
    difference = one.mean() - two.mean()
    std_error = np.sqrt(np.array([1, -1]) @ covariance @ np.array([1, -1]))
    found = compare_areas(outcomes(mu, event), outcomes(other, event))
    np.testing.assert_allclose(
        (found.auc_first, found.auc_second, found.difference, found.std_error, found.z),
        (one.mean(), two.mean(), difference, std_error, difference / std_error), rtol=1e-10,
    )  # fmt: skip
    low, high = found.conf_int(0.9)
    assert low < found.difference < high


def test_weighted_paired_test_counts_rows():
    mu, event, _ = sample(7)
    other, weight = mu[::-1].copy(), np.arange(len(mu)) % 3 + 1
    a = compare_areas(outcomes(mu, event, weight), outcomes(other, event, weight))
    long = [np.repeat(v, weight) for v in (mu, other, event)]
    b = compare_areas(outcomes(long[0], long[2]), outcomes(long[1], long[2]))
    np.testing.assert_allclose((a.difference, a.std_error), (b.difference, b.std_error), rtol=SAME)


def test_the_same_ranking_leaves_nothing_to_test():
    mu, event, _ = sample(8)
    found = compare_areas(outcomes(mu, event), outcomes(mu**2, event))
    assert found.difference == 0.0
    assert np.isnan(found.p_value)


def test_weighted_pairs_equal_brute_force():
    mu, event, weight = sample(9, 60, 1)
    concordant = discordant = tied = 0.0
    for i in np.flatnonzero(event == 1):
        for j in np.flatnonzero(event == 0):
            pair = weight[i] * weight[j]
            concordant += pair * (mu[i] > mu[j])
            discordant += pair * (mu[i] < mu[j])
            tied += pair * (mu[i] == mu[j])
    found = pairs(ranked(outcomes(mu, event, weight)))
    np.testing.assert_allclose(
        (found.concordant, found.discordant, found.tied), (concordant, discordant, tied), rtol=SAME
    )
    total = weight.sum()
    expected = (concordant - discordant) / (total * (total - 1) / 2)
    np.testing.assert_allclose(found.tau_a, expected, rtol=SAME)
    assert found.somers_dxy == pytest.approx(2 * found.c_index - 1, rel=SAME)


def test_quantiles_of_equal_and_unequal_weights_agree():
    values = np.random.default_rng(10).uniform(size=99)
    shares = np.array([0.1, 0.5, 0.9])
    plain = weighted_quantiles(values, np.ones(99), shares)
    twice = weighted_quantiles(np.repeat(values, 2), np.r_[np.full(197, 1.0), 1.0], shares)
    uneven = weighted_quantiles(np.r_[values, values[:1]], np.r_[0.5, np.ones(98), 0.5], shares)
    assert plain.tolist() == twice.tolist() == uneven.tolist() == np.sort(values)[[9, 49, 89]].tolist()
