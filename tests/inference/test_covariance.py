"""Robust and cluster-robust covariances against dense formulas written out, and by identities."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Codes, Dense, Mixed
from statlogit.core.families import family_of
from statlogit.inference.cluster import Clustering, block_scores, cluster_meat, inflated_cluster_meat
from statlogit.inference.covariance import covariance
from statlogit.inference.sandwich import block_meat

DENSE = 1e-10  # a dense inverse of the whole (n q) x (n q) leverage loses some of the 16 digits
SAME = 1e-12  # two ways through the same sums
HC = ("HC0", "HC1", "HC2", "HC3")
ONE_WAY = ("CR0", "CR1", "CR2", "CR3")
N = 240


def table(seed: int = 1, n: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({
        "x": rng.normal(size=n), "z": rng.exponential(size=n), "g": rng.choice(list("abc"), n),
        "firm": rng.integers(0, 23, n), "year": rng.integers(0, 11, n), "w": rng.integers(1, 4, n),
        "m": 1 + rng.integers(0, 6, n), "town": rng.integers(0, 90, n), "shop": rng.integers(0, 70, n),
    })  # fmt: skip
    firm = rng.normal(size=23)[data["firm"]]
    eta = 0.4 * data["x"] - 0.3 * data["z"] + 0.5 * (data["g"] == "b") + 0.6 * firm
    data["y"] = (rng.logistic(size=n) < eta).astype(int)
    data["s"] = rng.binomial(data["m"], 1 / (1 + np.exp(-eta)))
    data["k"] = np.where(data["y"] == 1, "up", np.where(rng.logistic(size=n) < 0.3 * data["x"], "mid", "low"))
    return data


FITS = {
    "binary": lambda data, **more: sl.logit("y ~ x + z + g", data, **more),
    "grouped": lambda data, **more: sl.logit("s ~ x + z + g", data, trials="m", **more),
    "multinomial": lambda data, **more: sl.multinomial("k ~ x + z + g", data, reference="low", **more),
}


def dense(fit):
    """Every row's (pq, q) design, score in eta and curvature, the inverse information; written out."""
    x, q = fit.frame.x.to_array(), fit.beta.shape[1]
    local = family_of(q).local(x @ fit.beta + fit.frame.offset, fit.frame.y, fit.frame.weight)
    design = [np.kron(np.eye(q), row[:, None]) for row in x]
    information = sum(z @ c @ z.T for z, c in zip(design, local.curvature, strict=True))
    return design, local.score, local.curvature, np.linalg.inv(information)


def power(matrix, exponent):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**exponent) @ vectors.T


def inflated(design, score, curvature, inverse, exponent):
    """Bell and McCaffrey's adjusted score of one group of rows: Z' C^1/2 (I - H)^-exponent C^-1/2 score."""
    z = np.hstack(design)  # (pq, rows q)
    root = np.zeros((z.shape[1], z.shape[1]))
    back = np.zeros_like(root)
    for k, c in enumerate(curvature):
        q = len(c)
        cut = slice(k * q, (k + 1) * q)
        root[cut, cut], back[cut, cut] = power(c, 0.5), power(c, -0.5)
    hat = root @ z.T @ inverse @ z @ root
    return z @ root @ power(np.eye(len(hat)) - hat, -exponent) @ back @ np.concatenate(score)


def by_hand(fit, groups, exponent):
    """V sum_g u_g u_g' V over groups of rows."""
    design, score, curvature, inverse = dense(fit)
    meat = np.zeros_like(inverse)
    for group in groups:
        u = inflated([design[i] for i in group], score[group], curvature[group], inverse, exponent)
        meat += np.outer(u, u)
    return inverse @ meat @ inverse


def members(codes):
    return [np.flatnonzero(codes == c) for c in np.unique(codes)]


def close(a, b, rtol):
    scale = np.sqrt(np.outer(np.diag(b), np.diag(b)))
    np.testing.assert_allclose(a / scale, b / scale, atol=rtol, rtol=0)


@pytest.mark.parametrize("kind", FITS)
@pytest.mark.parametrize(("name", "exponent"), [("HC0", 0), ("HC1", 0), ("HC2", 0.5), ("HC3", 1)])
def test_rows_equal_the_dense_formula(kind, name, exponent):
    fit = FITS[kind](table()).fit
    k = fit.rank * fit.beta.shape[1]
    factor = N / (N - k) if name == "HC1" else 1.0
    close(covariance(fit, name).matrix, factor * by_hand(fit, [[i] for i in range(N)], exponent), DENSE)


@pytest.mark.parametrize("kind", FITS)
@pytest.mark.parametrize(("name", "exponent"), [("CR0", 0), ("CR1", 0), ("CR2", 0.5), ("CR3", 1)])
def test_clusters_equal_the_dense_formula(kind, name, exponent):
    data = table()
    fit = FITS[kind](data, cluster="firm").fit
    k, g = fit.rank * fit.beta.shape[1], data["firm"].nunique()
    factor = g / (g - 1) * (N - 1) / (N - k) if name == "CR1" else 1.0
    expected = factor * by_hand(fit, members(data["firm"].to_numpy()), exponent)
    close(covariance(fit, name).matrix, expected, DENSE)


def two_way(kind, data, a, b):
    """V1 + V2 - V12 from three one-way fits."""
    both = (data[a] * 1000 + data[b]).to_numpy()
    one, other, cut = (FITS[kind](data, cluster=c).cov_params("cluster").to_numpy() for c in (a, b, both))
    return one + other - cut


@pytest.mark.parametrize("kind", FITS)
def test_two_way_is_one_plus_other_minus_both_each_with_its_factor(kind):
    data = table(seed=2)
    found = covariance(FITS[kind](data, cluster=("shop", "town")).fit, "cluster")
    assert not found.is_repaired
    assert found.clusters == (("shop", data["shop"].nunique()), ("town", data["town"].nunique()))
    close(found.matrix, two_way(kind, data, "shop", "town"), SAME)


def test_negative_eigenvalues_are_cut_in_the_metric_of_the_information():
    data = table()
    r = FITS["multinomial"](data, cluster=("firm", "year"))
    found = covariance(r.fit, "cluster")
    half = np.linalg.cholesky(np.linalg.inv(r.fit.covariance))
    values, vectors = np.linalg.eigh(half.T @ two_way("multinomial", data, "firm", "year") @ half)
    assert values[0] < 0
    back = np.linalg.solve(half.T, vectors * np.sqrt(np.maximum(values, 0)))
    assert found.is_repaired
    close(found.matrix, back @ back.T, DENSE)
    assert any(f.code == "covariance_repaired" for f in r.with_covariance("cluster").findings)


@pytest.mark.parametrize("kind", FITS)
@pytest.mark.parametrize(("rows", "clusters"), [("HC0", "CR0"), ("HC2", "CR2"), ("HC3", "CR3")])
def test_clusters_of_one_row_are_rows(kind, rows, clusters):
    fit = FITS[kind](table(), cluster=np.arange(N)).fit
    close(covariance(fit, clusters).matrix, covariance(fit, rows).matrix, SAME)


def test_the_same_variable_twice_is_one_way():
    data = table()
    once, twice = (FITS["binary"](data, cluster=c).cov_params("cluster") for c in ("firm", ("firm", "firm")))
    close(twice.to_numpy(), once.to_numpy(), SAME)


@pytest.mark.parametrize("name", [*HC, *ONE_WAY])
def test_two_classes_equal_the_binary_fit(name):
    data = table()
    a = sl.logit("y ~ x + z + g", data, cluster="firm").cov_params(name).to_numpy()
    b = sl.multinomial("y ~ x + z + g", data, cluster="firm").cov_params(name).to_numpy()
    close(b, a, SAME)


@pytest.mark.parametrize("name", [*HC, *ONE_WAY, "quasi"])
@pytest.mark.parametrize("kind", FITS)
def test_a_whole_weight_is_that_many_rows(kind, name):
    if name == "quasi" and kind != "grouped":
        return
    data = table()
    weighted = FITS[kind](data, weights="w", cluster="firm").cov_params(name).to_numpy()
    repeated = FITS[kind](data.loc[data.index.repeat(data["w"])], cluster="firm").cov_params(name).to_numpy()
    close(weighted, repeated, 1e-11)


def test_weights_with_a_fraction_multiply_the_score_of_one_row():
    data = table()
    data["v"] = data["w"] / 1.9
    fit = FITS["binary"](data, weights="v").fit
    close(covariance(fit, "HC3").matrix, by_hand(fit, [[i] for i in range(N)], 1), DENSE)


def test_grouped_clusters_equal_expanded_clusters():
    data = table()
    grouped = FITS["grouped"](data, cluster="firm").cov_params("CR0").to_numpy()
    each = data.loc[data.index.repeat(data["m"])].copy()
    each["t"] = (each.groupby(level=0).cumcount() < each["s"]).astype(int)
    close(sl.logit("t ~ x + z + g", each, cluster="firm").cov_params("CR0").to_numpy(), grouped, SAME)


def test_leverages_tell_hc2_and_hc3_from_hc0():
    r = FITS["binary"](table())
    zero, two, three = (np.diag(r.cov_params(k)) for k in ("HC0", "HC2", "HC3"))
    assert (zero * 1.005 < two).all()
    assert (two * 1.005 < three).all()


def test_cr3_is_the_one_step_jackknife_over_clusters():
    data = table()
    fit = FITS["binary"](data, cluster="firm").fit
    design, score, curvature, _ = dense(fit)
    z = np.hstack(design)
    moves = []
    for group in members(data["firm"].to_numpy()):
        rest = np.setdiff1d(np.arange(N), group)
        information = (z[:, rest] * curvature[rest, 0, 0]) @ z[:, rest].T
        moves.append(np.linalg.solve(information, z[:, rest] @ score[rest, 0]))
    close(covariance(fit, "CR3").matrix, np.array(moves).T @ np.array(moves), DENSE)


def test_sums_do_not_depend_on_how_rows_are_cut_into_blocks():
    rng = np.random.default_rng(3)
    n, q = 400, 2
    codes = Codes(rng.integers(-1, 4, n).astype(np.int32), 4)
    x = Mixed((Dense(rng.normal(size=(n, 3))), codes), (np.array([0, 2, 4]), np.array([1, 3, 5, 6])))
    y = np.eye(3)[rng.integers(0, 3, n)][:, 1:]
    block = Block(x, y, rng.uniform(0.5, 2, n), np.zeros((n, q)), cluster=rng.integers(0, 57, n))
    plain = Block(Dense(x.to_array()), y, block.weight, block.offset, cluster=block.cluster)
    gamma, family = rng.normal(size=(7, q)) / 4, family_of(q)
    root = np.linalg.cholesky(np.linalg.inv(np.cov(rng.normal(size=(14, 60))) * n))
    variance = root @ root.T
    clusters = Clustering((0,))
    sums = InMemory(block, 37).fold(lambda b: block_scores(b, gamma, family, clusters))
    once = block_scores(plain, gamma, family, clusters)
    assert sums.keys.tolist() == once.keys.tolist()
    np.testing.assert_allclose(sums.score, once.score, atol=1e-12)
    for power_ in (0.5, 1.0):
        some = InMemory(block, 37).fold(lambda b: block_meat(b, gamma, variance, family, power_))  # noqa: B023
        whole = block_meat(plain, gamma, variance, family, power_)
        np.testing.assert_allclose(some.value, whole.value, rtol=1e-9, atol=1e-9)
        cut = inflated_cluster_meat(InMemory(block, 37), gamma, root, family, clusters, power_)
        uncut = inflated_cluster_meat(InMemory(plain, n), gamma, root, family, clusters, power_)
        np.testing.assert_allclose(cut.meat.value, uncut.meat.value, rtol=1e-9, atol=1e-9)
    assert cluster_meat(InMemory(block, 37), gamma, root, family, clusters).n_clusters == len(np.unique(block.cluster))


def test_portions_of_clusters_give_the_same_sum(monkeypatch):
    fit = FITS["binary"](table(), cluster="firm").fit
    whole = covariance(fit, "CR2").matrix
    monkeypatch.setattr("statlogit.inference.cluster.MOST_NUMBERS", 100)
    close(covariance(fit, "CR2").matrix, whole, SAME)


def test_aliased_columns_stay_nan_and_the_others_are_right():
    data = table()
    data["copy"] = 2 * data["x"] + 1
    r = sl.logit("y ~ x + copy + z + g", data, cluster="firm")
    plain = FITS["binary"](data, cluster="firm")
    for name in ("HC3", "cluster", "CR3", sl.Bootstrap(20)):
        found = r.cov_params(name)
        assert found["copy"].isna().all()
        close(found.drop("copy", axis=0).drop("copy", axis=1).to_numpy(), plain.cov_params(name).to_numpy(), 1e-9)


def test_clusters_that_are_factors_of_the_model_leave_the_other_errors_finite():
    data = table(n=400)
    r = sl.logit("y ~ x + C(year)", data, cluster="year").with_covariance("CR3")
    assert np.isfinite(r.bse["x"])
    assert any(f.code == "leverage_one" for f in r.findings)


def test_quasi_multiplies_by_pearson_over_residual_df():
    r = FITS["grouped"](table())
    dispersion = float((r.residuals.pearson**2).sum()) / r.df_resid
    np.testing.assert_allclose(r.with_covariance("quasi").bse, r.bse * np.sqrt(dispersion), rtol=SAME)


def test_shifted_columns_keep_their_digits():
    data = table()
    far = data.assign(x=data["x"] + 1e6)
    for name in ("HC3", "CR2"):
        a, b = (FITS["binary"](d, cluster="firm").with_covariance(name).bse["x"] for d in (data, far))
        assert b == pytest.approx(a, rel=1e-7)  # the data themselves are rounded at 1e-10


def test_hc2_quasi_and_two_way_equal_base_r():
    found = json.loads((Path(__file__).parent / "r" / "covariance.json").read_text())
    data = Path(__file__).parents[1] / "reference" / "data"
    low = sl.logit("low ~ age + lwt + C(race) + smoke", data / "birthwt.csv")
    budworm = sl.logit("cbind(dead, alive) ~ sex + ldose", data / "budworm.csv")
    two = sl.logit("case ~ spontaneous + induced", data / "infert.csv", cluster=("stratum", "age"))
    for r, kind, name in [
        (low, "HC2", "hc2"),
        (low, "HC3", "hc3"),
        (budworm, "quasi", "quasi"),
        (two, "CR1", "two_way"),
    ]:
        expected = list(found[name].values())
        np.testing.assert_allclose(r.with_covariance(kind).bse, expected, rtol=1e-9)  # R stops at 1e-15 of the deviance


def test_cluster_leverages_that_would_take_long_are_refused(monkeypatch):
    fit = FITS["binary"](table(), cluster="firm").fit
    monkeypatch.setattr("statlogit.inference.covariance.MOST_COUNTS", 10.0)
    with pytest.raises(sl.FitError, match="240 rows and 5 coefficients would take more"):
        covariance(fit, "CR2")
    assert np.isfinite(covariance(fit, "CR1").matrix).all()
