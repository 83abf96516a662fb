"""Multinomial assessment against brute force, scikit-learn and the binary case."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

import statlogit as sl
from tests.reference import check
from tests.reference.test_reference import FOLDER

CASES = {case.id: case for case in check.load(str(FOLDER)) if case.kind == "multinomial"}
SAME = 1e-12
WOMEN = "partic ~ hincome + children"


@pytest.fixture(scope="module")
def data():
    return CASES["womenlf"].data


@pytest.fixture(scope="module")
def fitted(data):
    return sl.multinomial(WOMEN, data)


def brute_hand_till(mu, codes, weight):
    """Hand and Till (2001): the mean over pairs of both directions' areas, all pairs of rows compared."""
    total, k = 0.0, mu.shape[1]
    for i, j in itertools.permutations(range(k), 2):
        a, b = codes == i, codes == j
        order = (mu[a, i][:, None] > mu[b, i]) + 0.5 * (mu[a, i][:, None] == mu[b, i])
        total += weight[a] @ order @ weight[b] / (weight[a].sum() * weight[b].sum())
    return total / (k * (k - 1))


def test_hand_till_equals_all_pairs_and_scikit_learn(fitted, data):
    mu = fitted.predict().to_numpy().round(12)
    codes = np.array([fitted.levels.index(v) for v in data["partic"]])
    assert fitted.hand_till() == pytest.approx(brute_hand_till(mu, codes, np.ones(len(mu))), rel=SAME)
    theirs = roc_auc_score(codes, fitted.predict().to_numpy(), multi_class="ovo", average="macro")
    assert fitted.hand_till() == pytest.approx(theirs, rel=1e-9)


def test_weighted_hand_till_equals_all_pairs(data):
    weighted = data.assign(w=np.arange(len(data)) % 4 + 0.5)
    r = sl.multinomial(WOMEN, weighted, weights="w")
    mu = r.predict().to_numpy().round(12)
    codes = np.array([r.levels.index(v) for v in data["partic"]])
    assert r.hand_till() == pytest.approx(brute_hand_till(mu, codes, weighted["w"].to_numpy()), rel=SAME)


def test_scores_over_all_classes(fitted, data):
    mu = fitted.predict()
    came = pd.get_dummies(data["partic"])[list(fitted.levels)].to_numpy(dtype=float)
    assert fitted.scores.brier == pytest.approx(((came - mu.to_numpy()) ** 2).sum(axis=1).mean(), rel=SAME)
    codes = np.array([fitted.levels.index(v) for v in data["partic"]])
    assert fitted.scores.log_loss == pytest.approx(log_loss(codes, mu.to_numpy()), rel=1e-9)
    assert fitted.scores.log_loss == pytest.approx(-fitted.llf / fitted.nobs, rel=SAME)
    counts = fitted.confusion().to_numpy()
    assert fitted.scores.accuracy == pytest.approx(np.trace(counts) / counts.sum(), rel=SAME)


def test_table_by_class_equals_one_against_the_rest(fitted, data):
    frame = fitted.discrimination().to_frame().set_index("y_level")
    for name in fitted.levels:
        theirs = roc_auc_score(data["partic"] == name, fitted.predict()[name])
        assert frame.loc[name, "auc"] == pytest.approx(theirs, rel=SAME)
        assert frame.loc[name, "auc_se"] == fitted.roc(name).auc_se
        assert frame.loc[name, "ici"] == fitted.calibration(name).ici
    assert frame["brier"].sum() == pytest.approx(fitted.scores.brier, rel=SAME)
    assert f"{fitted.hand_till():.4f}" in fitted.discrimination().note


def test_two_classes_are_the_binary_model(data):
    two = data.assign(works=np.where(data["partic"] == "not.work", "no", "yes"))
    m = sl.multinomial("works ~ hincome + children", two, reference="no")
    r = sl.logit("works ~ hincome + children", two, event="yes")
    assert m.hand_till() == pytest.approx(r.roc().auc, rel=SAME)
    assert m.scores.brier == pytest.approx(2 * r.scores.brier, rel=SAME)
    assert m.calibration("yes").ici == pytest.approx(r.calibration().ici, rel=1e-9)


def test_new_data_are_read_as_the_fit_read_its_own(fitted, data):
    shuffled = data.sample(frac=1, random_state=1)
    assert fitted.hand_till(shuffled) == pytest.approx(fitted.hand_till(), rel=SAME)
    some = shuffled.astype({"partic": object}).copy()
    some.iloc[0, some.columns.get_loc("partic")] = None
    assert fitted.discrimination(some).to_frame()["n_events"].sum() == len(data) - 1
    with pytest.raises(sl.ResponseError, match="'retired'"):
        fitted.roc("fulltime", data.assign(partic="retired"))
    with pytest.raises(ValueError, match="no class"):
        fitted.roc("retired")
    with pytest.raises(sl.DataError, match="nothing to assess"):
        fitted.hand_till(data.assign(hincome=np.nan))


def test_a_class_that_did_not_come_is_left_out_of_the_pairs(fitted, data):
    two = data[data["partic"] != "parttime"]
    mu = fitted.predict(two).to_numpy().round(12)
    codes = np.array([fitted.levels.index(v) for v in two["partic"]])
    present = sorted(set(codes))
    expected = brute_hand_till(mu[:, present], np.searchsorted(present, codes), np.ones(len(codes)))
    assert fitted.hand_till(two) == pytest.approx(expected, rel=SAME)
