"""Validation: against plain refits of copied rows and left-out rows, measured by scikit-learn."""

import math

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.diagnostics.folds import CrossValidation, held_out
from statlogit.diagnostics.performance import line

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

metrics = pytest.importorskip("sklearn.metrics")

EQUAL = 1e-10  # a Newton step from within 1e-5 standard errors of the maximum
FORMULA = "y ~ x + C(g)"
CLUSTERS = 25


def table(n=160, seed=3):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(["a", "b", "c"], n), "id": np.arange(n) % CLUSTERS})
    data["w"] = rng.integers(1, 4, n)
    data["o"] = 0.5 * rng.normal(size=n)
    eta = 0.8 * data["x"] + 0.6 * (data["g"] == "b") - 0.3
    data["y"] = (rng.logistic(size=n) < eta).astype(int)
    data["k"] = np.where(data["y"] == 1, "p", rng.choice(["q", "r"], n))
    return data


def nagelkerke(loglik, null, n):
    return (1 - math.exp(2 * (null - loglik) / n)) / (1 - math.exp(2 * null / n))


def recalibrated(y, p, w):
    """Intercept and slope of y on the log-odds; nan where they tell the outcomes apart."""
    if p[y == 1].min() > p[y == 0].max():
        return [math.nan, math.nan]
    return sl.logit("y ~ eta", pd.DataFrame({"y": y, "eta": np.log(p / (1 - p)), "w": w}), weights="w").params


def judged(y, p, weight=None, null=None):
    """Measures of probabilities by scikit-learn, and by a model of y on the log-odds."""
    w = np.ones(len(y)) if weight is None else weight
    loss = metrics.log_loss(y, p, sample_weight=w)
    share = np.average(y, weights=w)
    null = w.sum() * (share * np.log(share) + (1 - share) * np.log(1 - share)) if null is None else null
    c = metrics.roc_auc_score(y, p, sample_weight=w)
    r2 = nagelkerke(-w.sum() * loss, null, w.sum())
    return np.array([c, 2 * c - 1, r2, np.average((y - p) ** 2, weights=w), loss, *recalibrated(y, p, w)])


def optimism(data, samples, fitted):
    """Mean difference between each refit's measures on its own sample and on the data."""
    out = []
    for sample in samples:
        r = fitted(sample)
        own, all_rows = r.predict(sample).to_numpy(), r.predict(data).to_numpy()
        out.append(judged(sample["y"].to_numpy(), own) - judged(data["y"].to_numpy(), all_rows))
    return np.mean(out, axis=0)


def shown(found):
    return found.to_frame()["optimism"].to_numpy()


@pytest.mark.parametrize("penalty", [None, sl.Ridge(3.0), sl.Firth()], ids=["none", "ridge", "firth"])
def test_bootstrap_equals_refits_of_copied_rows(penalty):
    data = table()
    n = len(data)
    samples = [data.iloc[np.random.default_rng([7, k]).integers(0, n, n)].reset_index(drop=True) for k in range(8)]
    expected = optimism(data, samples, lambda sample: sl.logit(FORMULA, sample, penalty=penalty))
    r = sl.logit(FORMULA, data, penalty=penalty)
    found = r.validate(replications=8, seed=7)
    np.testing.assert_allclose(shown(found), expected, atol=EQUAL)
    np.testing.assert_allclose(found.apparent, judged(data["y"].to_numpy(), r.predict().to_numpy()), atol=EQUAL)
    np.testing.assert_allclose(found.corrected, found.apparent - expected, atol=EQUAL)


def test_clusters_are_drawn_whole():
    data = table()
    samples = []
    for k in range(6):
        drawn = np.random.default_rng([0, k]).integers(0, CLUSTERS, CLUSTERS)
        samples.append(pd.concat([data[data["id"] == c] for c in drawn], ignore_index=True))
    found = sl.logit(FORMULA, data, cluster="id").validate(replications=6)
    np.testing.assert_allclose(shown(found), optimism(data, samples, lambda s: sl.logit(FORMULA, s)), atol=EQUAL)
    assert "resamples of clusters" in found.table.note


def test_a_whole_weight_is_drawn_as_that_many_rows():
    data = table()
    long = data.loc[data.index.repeat(data["w"])].reset_index(drop=True)
    total = int(data["w"].sum())
    samples = []
    for k in range(6):
        counts = np.random.default_rng([1, k]).multinomial(total, data["w"] / total)
        samples.append(data.loc[data.index.repeat(counts)].reset_index(drop=True))
    found = sl.logit(FORMULA, data, weights="w").validate(replications=6, seed=1)
    np.testing.assert_allclose(shown(found), optimism(long, samples, lambda s: sl.logit(FORMULA, s)), atol=EQUAL)


def test_score_passes_from_the_information_of_all_rows_lead_to_the_same_refits():
    data = table(n=1200)
    n = len(data)
    samples = [data.iloc[np.random.default_rng([2, k]).integers(0, n, n)].reset_index(drop=True) for k in range(4)]
    found = sl.logit(FORMULA, data).validate(replications=4, seed=2)
    np.testing.assert_allclose(shown(found), optimism(data, samples, lambda s: sl.logit(FORMULA, s)), atol=EQUAL)


def test_cross_validation_equals_a_loop_over_the_folds():
    data, plan = table(), CrossValidation(5, 2, seed=4)
    r = sl.logit(FORMULA, data)
    y = data["y"].to_numpy()
    expected = []
    for repeat in range(2):
        p, concordant, pairs = np.empty(len(data)), 0.0, 0.0
        for share in held_out(r.fit.frame, plan, "rows", repeat):
            out = share > 0
            p[out] = sl.logit(FORMULA, data[~out]).predict(data[out])
            size = y[out].sum() * (1 - y[out]).sum()
            concordant, pairs = concordant + metrics.roc_auc_score(y[out], p[out]) * size, pairs + size
        pooled = judged(y, p, null=r.llnull)
        pooled[:2] = concordant / pairs, 2 * concordant / pairs - 1
        expected.append(pooled)
    found = r.validate("cv", folds=5, repeats=2, seed=4)
    np.testing.assert_allclose(found.corrected, np.mean(expected, axis=0), atol=EQUAL)
    assert "corrected_low" not in found.to_frame()


def test_weights_and_offset_are_part_of_every_fold():
    data, plan = table(), CrossValidation(4, 1, seed=2)
    r = sl.logit(FORMULA, data, weights="w", offset="o")
    y, w = data["y"].to_numpy(), data["w"].to_numpy(dtype=float)
    parts = []
    for share in held_out(r.fit.frame, plan, "rows", 0):
        left = data.assign(w=w * (1 - share))
        p = sl.logit(FORMULA, left, weights="w", offset="o").predict(data).to_numpy()
        parts.append(pd.DataFrame({"y": y, "p": p, "w": w * share})[share > 0])
    pooled = pd.concat(parts)
    expected = judged(pooled["y"].to_numpy(), pooled["p"].to_numpy(), pooled["w"].to_numpy(), null=r.llnull)
    found = r.validate("cv", folds=4, repeats=1, seed=2).corrected
    np.testing.assert_allclose(found[2:], expected[2:], atol=EQUAL)


def test_grouped_rows_equal_their_expansion_apart_from_the_draws():
    data = table().round({"x": 0})
    grouped = data.groupby(["x", "g"]).agg(s=("y", "sum"), n=("y", "size")).reset_index()
    a = sl.logit("s ~ x + C(g)", grouped, trials="n").validate("cv", folds=3, repeats=1).apparent
    b = sl.logit(FORMULA, data).validate("cv", folds=3, repeats=1).apparent
    np.testing.assert_allclose(a, b, atol=EQUAL)


@pytest.mark.parametrize("method", ["bootstrap", "cv"])
def test_classes_are_judged_by_all_their_probabilities(method):
    data = table()
    m = sl.multinomial("k ~ x", data)
    plan = CrossValidation(4, 1, seed=5)
    come = pd.get_dummies(data["k"]).to_numpy(dtype=float)

    def measures(p, rows):
        n, own = len(rows), come[rows]
        loss = metrics.log_loss(data["k"].iloc[rows], p)
        null = sum(c * np.log(c / n) for c in own.sum(axis=0))
        hits = (p.argmax(axis=1) == own.argmax(axis=1)).mean()
        return np.array([nagelkerke(-n * loss, null, n), ((own - p) ** 2).sum(axis=1).mean(), loss, hits])

    everyone = np.arange(len(data))
    if method == "cv":
        p = np.empty((len(data), 3))
        for share in held_out(m.fit.frame, plan, "rows", 0):
            p[share > 0] = sl.multinomial("k ~ x", data[share == 0]).predict(data[share > 0])[["p", "q", "r"]]
        expected = measures(m.predict()[["p", "q", "r"]].to_numpy(), everyone) - measures(p, everyone)
    else:
        parts = []
        for k in range(5):
            drawn = np.random.default_rng([5, k]).integers(0, len(data), len(data))
            refit = sl.multinomial("k ~ x", data.iloc[drawn].reset_index(drop=True))
            p = refit.predict(data)[["p", "q", "r"]].to_numpy()
            parts.append(measures(p[drawn], drawn) - measures(p, everyone))
        expected = np.mean(parts, axis=0)
    found = m.validate(method, replications=5, folds=4, repeats=1, seed=5)
    np.testing.assert_allclose(shown(found), expected, atol=EQUAL)


def test_a_ridge_with_more_columns_than_rows_is_refitted_in_the_row_space():
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(30, 40)), columns=[f"x{j}" for j in range(40)])
    data["y"] = (rng.logistic(size=30) < data["x0"]).astype(int)
    formula = "y ~ " + " + ".join(data.columns[:-1])
    samples = [data.iloc[np.random.default_rng([0, k]).integers(0, 30, 30)].reset_index(drop=True) for k in range(3)]
    found = sl.logit(formula, data, penalty=sl.Ridge(9.0)).validate(replications=3)
    expected = optimism(data, samples, lambda s: sl.logit(formula, s, penalty=sl.Ridge(9.0)))
    np.testing.assert_allclose(shown(found), expected, atol=EQUAL)
    assert math.isnan(found.corrected[-1])  # predictions of the columns that outnumber the rows tell these apart


def test_folds_hold_out_each_row_once_and_equal_shares_of_each_class():
    frame = sl.logit(FORMULA, table()).fit.frame
    shares = list(held_out(frame, CrossValidation(7, 1), "rows", 0))
    np.testing.assert_array_equal(np.sum(shares, axis=0), 1.0)
    sizes = [share.sum() for share in shares]
    events = [share @ frame.y[:, 0] for share in shares]
    assert max(sizes) - min(sizes) <= 1
    assert max(events) - min(events) <= 1


def test_copies_are_dealt_one_by_one_and_clusters_stay_together():
    data = table()
    weighted = sl.logit(FORMULA, data, weights="w").fit.frame
    shares = np.array(list(held_out(weighted, CrossValidation(5, 1), "rows", 0)))
    copies = shares * weighted.case_weight
    np.testing.assert_allclose(copies, np.rint(copies), atol=1e-12)
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=1e-12)
    assert np.ptp(copies.sum(axis=1)) < 1.5
    assert np.ptp(copies @ weighted.y[:, 0]) < 1.5
    clustered = sl.logit(FORMULA, data, cluster="id").fit.frame
    for share in held_out(clustered, CrossValidation(5, 1), "cluster", 0):
        assert (pd.Series(share).groupby(data["id"]).nunique() == 1).all()


def test_one_seed_gives_one_answer_and_a_budget_keeps_its_beginning():
    r = sl.logit(FORMULA, table())
    a, b = r.validate(replications=30), r.validate(replications=30)
    np.testing.assert_array_equal(a.optimism, b.optimism)
    short = r.validate(replications=30, budget=0.0)
    np.testing.assert_array_equal(short.optimism, a.optimism[:10])
    assert len(r.validate("cv", budget=0.0).optimism) == 1


def test_limits_are_quantiles_of_the_optimism_below_the_apparent_value():
    found = sl.logit(FORMULA, table()).validate(replications=99, level=0.9)
    low, high = found.limits
    for j, apparent in enumerate(found.apparent):
        ordered = np.sort(found.optimism[:, j])
        assert low[j] == pytest.approx(apparent - ordered[94])
        assert high[j] == pytest.approx(apparent - ordered[4])


def test_no_limit_passes_what_a_measure_can_be():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=60)})
    data["y"] = (0.4 * rng.logistic(size=60) < 2.5 * data["x"]).astype(int)
    frame = sl.logit("y ~ x", data).validate(replications=60).to_frame().set_index("measure")
    assert frame.loc["C", "corrected_high"] == 1.0
    assert frame.loc["Somers' Dxy", "corrected_high"] == 1.0


def separable(n=36):
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"x": rng.normal(size=n)})
    return data.assign(y=(rng.logistic(size=n) < 2.2 * data["x"]).astype(int))


def test_many_refits_without_a_maximum_are_a_refusal_and_firth_has_them_all():
    data = separable()
    with pytest.raises(sl.FitError, match=r"of 150 refits have no finite maximum .* penalty=sl.Firth"):
        sl.logit("y ~ x", data).validate(replications=150, seed=4)
    assert sl.logit("y ~ x", data, penalty=sl.Firth()).validate(replications=15, seed=4).n_failed == 0


def test_few_refits_without_a_maximum_are_counted():
    births = sl.logit(FORMULA, table(n=50, seed=1)).validate(replications=120)
    assert births.n_failed > 0
    assert len(births.optimism) == 120 - births.n_failed
    assert "no finite maximum" in births.table.note


def test_what_cannot_be_validated_is_refused():
    data = table()
    with pytest.raises(sl.SeparationError) as caught:
        sl.logit("y ~ x", pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, 0, 1, 1]}))
    with pytest.raises(sl.FitError, match="needs the finite maximum"):
        caught.value.result.validate()
    r = sl.logit(FORMULA, data)
    with pytest.raises(sl.FitError, match="by='cluster' needs cluster="):
        r.validate(by="cluster")
    with pytest.raises(sl.FitError, match=r"200 folds need .* 160; use folds=160"):
        r.validate("cv", folds=200)
    with pytest.raises(ValueError, match="method='loo' is not known"):
        r.validate("loo")
    for bad, word in (({"folds": 1}, "folds=1"), ({"repeats": 0}, "repeats=0"), ({"by": "id"}, "by='id'")):
        with pytest.raises(ValueError, match=word):
            r.validate("cv", **bad)
    bare = sl.multinomial("k ~ x", data, standard_errors=False)
    with pytest.raises(sl.FitError, match="fit with standard_errors=True"):
        bare.validate()
    with pytest.raises(ValueError, match="level=1"):
        r.validate(level=1.0)


def test_one_row_a_fold_has_no_pairs():
    found = sl.logit(FORMULA, table(n=60)).validate("cv", folds=60, repeats=1).to_frame().set_index("measure")
    assert math.isnan(found.loc["C", "corrected"])
    assert found.loc["Log loss", "corrected"] > found.loc["Log loss", "apparent"]


def test_the_recalibration_line_is_a_logistic_regression_or_nan():
    rng = np.random.default_rng(8)
    eta, w = 3.0 * rng.normal(size=80), rng.uniform(0.5, 2.0, 80)
    y = (rng.logistic(size=80) < 0.4 * eta - 1.0).astype(float)
    r = sl.logit("y ~ eta", pd.DataFrame({"y": y, "eta": eta, "w": w}), weights="w")
    np.testing.assert_allclose(line(eta, y, w), r.params, atol=EQUAL)
    assert math.isnan(line(eta, (eta > 0).astype(float), w).slope)
    assert math.isnan(line(np.ones(80), y, w).slope)


def test_single_outcomes_of_grouped_rows_are_drawn_as_the_refusal_says():
    rng = np.random.default_rng(5)
    groups = pd.DataFrame({"x": rng.normal(size=40), "trials": rng.integers(3, 9, 40)})
    groups["events"] = rng.binomial(groups["trials"], 1 / (1 + np.exp(-groups["x"])))
    grouped = sl.logit("cbind(events, trials - events) ~ x", groups)
    for method in ("bootstrap", "cv"):
        with pytest.raises(ValueError, match="Single outcomes are drawn"):
            grouped.validate(method, by="outcomes")
    parts = [groups.assign(y=1, w=groups.events), groups.assign(y=0, w=groups.trials - groups.events)]
    single = sl.logit("y ~ x", pd.concat(parts), weights="w")
    np.testing.assert_allclose(single.params, grouped.params, rtol=1e-9)
    long = single.validate(replications=20)
    assert long.to_frame()["apparent"][0] == pytest.approx(grouped.roc().auc, rel=1e-9)
    assert (long.to_frame()["mc_error"] > 0).all()
