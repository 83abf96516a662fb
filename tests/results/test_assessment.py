"""Assessment of new data: the response is read as the fit read its own."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl

FORMULA = "low ~ age + lwt + C(race) + smoke"


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


def test_the_training_rows_as_new_data_give_the_same_answers(births):
    r = sl.logit(FORMULA, births)
    shuffled = births.sample(frac=1, random_state=1)
    assert r.roc(shuffled).auc == pytest.approx(r.roc().auc, rel=1e-12)
    assert r.calibration(shuffled).ici == pytest.approx(r.calibration().ici, rel=1e-9)
    for name in ("thresholds", "decision_curve", "concordance"):
        a, b = getattr(r, name)(newdata=shuffled).to_frame(), getattr(r, name)().to_frame()
        pd.testing.assert_frame_equal(a, b)
    assert r.precision_recall(shuffled).average_precision == pytest.approx(r.precision_recall().average_precision)


@pytest.mark.parametrize("event", ["yes", "no"])
def test_the_event_is_the_one_of_the_fit(births, event):
    data = births.assign(low=np.where(births["low"] == 1, "yes", "no"))
    r = sl.logit(FORMULA, data, event=event)
    assert r.roc(data).auc == pytest.approx(r.roc().auc, rel=1e-12)
    assert r.calibration(data.iloc[::2]).bins.to_frame()["n_events"].sum() == (data.iloc[::2]["low"] == event).sum()


def test_bool_and_zero_one_are_one_outcome(births):
    r = sl.logit(FORMULA, births)
    assert r.roc(births.assign(low=births["low"] == 1)).auc == pytest.approx(r.roc().auc, rel=1e-12)


def test_rows_that_cannot_be_assessed_are_left_out(births):
    r = sl.logit(FORMULA, births)
    data = births.astype({"age": float, "low": float}).copy()
    data.loc[3, "age"] = data.loc[5, "low"] = np.nan
    assert r.calibration(data).bins.to_frame()["n"].sum() == len(data) - 2
    assert r.roc(data).auc == r.roc(data.drop(index=[3, 5])).auc
    with pytest.raises(sl.DataError, match="nothing to assess"):
        r.roc(data.assign(low=np.nan))


def test_grouped_new_data_and_weights(births):
    counts = births.groupby(["smoke", "ht"], as_index=False)["low"].agg(s="sum", n="count")
    counts["f"] = counts["n"] - counts["s"]
    both = sl.logit("cbind(s, f) ~ smoke + ht", counts)
    trials = sl.logit("s ~ smoke + ht", counts, trials="n")
    shares = sl.logit("share ~ smoke + ht", counts.assign(share=counts.s / counts.n), trials="n")
    single = sl.logit("low ~ smoke + ht", births)
    for r in (both, trials, shares):
        new = counts.assign(share=counts.s / counts.n)
        assert r.roc(new).auc == pytest.approx(single.roc().auc, rel=1e-12)
        assert r.roc(new).auc_se == pytest.approx(single.roc().auc_se, rel=1e-9)
    doubled = births.assign(w=2.0)
    weighted = sl.logit(FORMULA, doubled, weights="w")
    assert weighted.calibration(doubled).bins.to_frame()["n"].sum() == 2 * len(births)
    with pytest.raises(sl.errors.MissingColumnError, match="weights"):
        weighted.roc(births)


def test_errors_name_the_column_and_the_value(births):
    r = sl.logit(FORMULA, births)
    with pytest.raises(sl.errors.MissingColumnError, match="'low'"):
        r.roc(births.drop(columns="low"))
    with pytest.raises(sl.ResponseError, match="value 2"):
        r.roc(births.assign(low=2))
    counts = pd.DataFrame({"s": [3, 5, 2, 4], "x": [0, 1, 2, 3]})
    grouped = sl.logit("s ~ x", counts, trials=np.full(4, 10))
    with pytest.raises(sl.DataError, match="trials='column'"):
        grouped.roc(counts)


def test_one_level_against_the_rest_takes_new_levels(births):
    r = sl.logit("race ~ age", births, event=2)
    new = births.assign(race=births["race"].replace({3: 9}))
    assert r.roc(new).auc == pytest.approx(r.roc().auc, rel=1e-12)


def test_a_separated_fit_can_be_assessed(examples):
    with pytest.warns(sl.errors.SeparationWarning):
        r = sl.logit("y ~ x", examples / "toy.csv", on_failure="warn")
    assert r.roc().auc == 1.0
    assert np.isnan(r.calibration().ici)


def test_roc_curves_are_compared_on_the_same_rows(births):
    small, large = sl.logit("low ~ age + lwt", births), sl.logit(FORMULA, births)
    found = sl.compare_roc(large, small)
    assert found.difference == pytest.approx(large.roc().auc - small.roc().auc, rel=1e-12)
    again = sl.compare_roc(large, small, births.sample(frac=1, random_state=2))
    assert again.z == pytest.approx(found.z, rel=1e-9)
    gap = births.astype({"age": float})
    gap.loc[0, "age"] = np.nan
    with pytest.raises(sl.DataError, match="different rows"):
        sl.compare_roc(large, sl.logit("low ~ age", gap))
    gap.loc[1, "ht"] = np.nan  # as many rows, with the same outcomes, but others
    with pytest.raises(sl.DataError, match="different rows"):
        sl.compare_roc(small, sl.logit("low ~ ht", births), gap)
