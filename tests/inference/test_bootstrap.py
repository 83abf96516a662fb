"""The bootstrap covariance: against plain refits of copied rows, and how it tells of samples without a maximum."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.inference.bootstrap import Bootstrap

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

REFIT = 1e-7  # a Newton step from within 1e-4 standard errors of the maximum
N, CLUSTERS = 150, 30


def table(seed=5, n=N):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "id": rng.integers(0, CLUSTERS, n)})
    data["w"] = rng.integers(1, 4, n)
    data["y"] = (rng.logistic(size=n) < 0.5 * data["x"]).astype(int)
    data["k"] = np.where(data["y"] == 1, "a", rng.choice(["b", "c"], n))
    return data


def spread(refits):
    values = np.array([r.params.to_numpy().ravel(order="F") for r in refits])
    return np.cov(values.T)


def test_rows_drawn_as_weights_equal_rows_copied():
    data = table()
    refits = []
    for k in range(25):
        drawn = np.random.default_rng([3, k]).integers(0, N, N)
        refits.append(sl.logit("y ~ x + z", data.iloc[drawn].reset_index(drop=True)))
    found = sl.logit("y ~ x + z", data).cov_params(Bootstrap(25, seed=3)).to_numpy()
    np.testing.assert_allclose(found, spread(refits), rtol=REFIT)


def test_clusters_drawn_as_weights_equal_clusters_copied():
    data = table()
    refits = []
    for k in range(15):
        drawn = np.random.default_rng([0, k]).integers(0, CLUSTERS, CLUSTERS)
        copies = pd.concat([data[data["id"] == c] for c in drawn], ignore_index=True)
        refits.append(sl.multinomial("k ~ x", copies))
    r = sl.multinomial("k ~ x", data, cluster="id")
    np.testing.assert_allclose(r.cov_params(Bootstrap(15)).to_numpy(), spread(refits), rtol=REFIT)


def test_a_whole_weight_is_drawn_as_that_many_rows():
    data = table()
    total = int(data["w"].sum())
    refits = []
    for k in range(10):
        counts = np.random.default_rng([1, k]).multinomial(total, data["w"] / total)
        refits.append(sl.logit("y ~ x + z", data.loc[data.index.repeat(counts)]))
    r = sl.logit("y ~ x + z", data, weights="w")
    np.testing.assert_allclose(r.cov_params(Bootstrap(10, seed=1)).to_numpy(), spread(refits), rtol=REFIT)


def test_many_classes_are_drawn_too():
    data = pd.DataFrame({"k": np.arange(360) % 18})
    r = sl.multinomial("k ~ 1", data)
    np.testing.assert_allclose(r.with_covariance(Bootstrap(60)).bse, r.bse, rtol=0.5)


def test_the_same_seed_gives_the_same_bits_and_another_gives_others():
    r = sl.logit("y ~ x + z", table())
    a, b, c = (r.with_covariance(sl.Bootstrap(20, seed=s)).bse for s in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()


def test_many_replications_agree_with_the_robust_covariance():
    r = sl.logit("y ~ x", table(n=1500))
    np.testing.assert_allclose(r.with_covariance(sl.Bootstrap(400)).bse, r.with_covariance("HC0").bse, rtol=0.12)


def separable(seed, n=36):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"x": rng.normal(size=n)})
    return data.assign(y=(rng.logistic(size=n) < 2.2 * data["x"]).astype(int))


def separated_samples(data, seed, replications):
    """With one feature, a sample is separated where its two groups do not overlap."""
    found = 0
    for k in range(replications):
        sample = data.iloc[np.random.default_rng([seed, k]).integers(0, len(data), len(data))]
        zeros, ones = sample["x"][sample["y"] == 0], sample["x"][sample["y"] == 1]
        found += ones.min() >= zeros.max() or zeros.min() >= ones.max()
    return found


@pytest.mark.parametrize("seed", [1, 5])
def test_samples_without_a_maximum_are_those_that_are_separated_and_are_counted(seed):
    data = separable(seed)
    expected = separated_samples(data, 4, 150)
    assert expected > 0
    r = sl.logit("y ~ x", data, covariance=Bootstrap(150, seed=4))
    finding = next(f for f in r.findings if f.code == "bootstrap_failed")
    assert f"{expected} of 150 bootstrap samples" in finding.sentence


@pytest.mark.parametrize("seed", [3, 8])
def test_many_samples_without_a_maximum_are_a_refusal(seed):
    data = separable(seed)
    expected = separated_samples(data, 4, 150)
    with pytest.raises(sl.FitError, match=f"{expected} of 150 bootstrap samples have no finite maximum"):
        sl.logit("y ~ x", data).with_covariance(Bootstrap(150, seed=4))


def test_plans_that_mean_nothing_are_refused():
    for bad in (1, 99.5):
        with pytest.raises(ValueError, match=f"replications={bad}"):
            Bootstrap(bad)
    with pytest.raises(ValueError, match="seed=-1"):
        Bootstrap(seed=-1)
    with pytest.raises(ValueError, match="by='id'"):
        Bootstrap(by="id")
    with pytest.raises(sl.FitError, match="needs cluster="):
        sl.logit("y ~ x", table()).with_covariance(Bootstrap(by="cluster"))
