"""What must not change the answer, or must change it in a known way, through sl.logit on a data frame."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl

SAME = 1e-9  # standard errors: another order of summation, another path to the same maximum
SEEDS = (0, 1)
FORMULA = "y ~ x + z + C(g)"
pytestmark = pytest.mark.parametrize("seed", SEEDS)


def data(seed, n=160):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    g = rng.choice(["a", "b", "c"], n)
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(-0.4 * x + 0.7 * z - (g == "b")))).astype(int)
    return pd.DataFrame({"x": x, "z": z, "g": g, "y": y, "w": rng.integers(1, 4, n).astype(float)})


def fit(frame, formula=FORMULA, **options):
    return sl.logit(formula, frame, **options)


def assert_same(a, b):
    """The same coefficients, in standard errors, and the same standard errors."""
    assert list(a.names) == list(b.names)
    np.testing.assert_allclose(((a.params - b.params) / a.bse).to_numpy(), 0.0, atol=SAME)
    np.testing.assert_allclose(b.bse, a.bse, rtol=SAME)


def test_permuted_rows(seed):
    frame = data(seed)
    assert_same(fit(frame), fit(frame.sample(frac=1, random_state=seed)))


def test_rows_twice_are_weight_two(seed):
    frame = data(seed)
    twice, weighted = fit(pd.concat([frame, frame], ignore_index=True)), fit(frame.assign(w=2.0), weights="w")
    assert_same(twice, weighted)
    assert twice.llf == pytest.approx(weighted.llf, rel=SAME)


def test_whole_weights_repeat_rows(seed):
    frame = data(seed)
    assert_same(fit(frame.loc[frame.index.repeat(frame.w.astype(int))]), fit(frame, weights="w"))


@pytest.mark.parametrize("factor", [1e-6, -3.0, 1e6])
def test_scaled_column_scales_its_coefficient(seed, factor):
    frame = data(seed)
    a, b = fit(frame), fit(frame.assign(x=factor * frame.x))
    assert b.params["x"] * factor == pytest.approx(a.params["x"], rel=SAME)
    assert b.bse["x"] * abs(factor) == pytest.approx(a.bse["x"], rel=SAME)
    assert b.llf == pytest.approx(a.llf, rel=SAME)


def test_shifted_column_moves_the_intercept_alone(seed):
    frame = data(seed)
    a, b = fit(frame), fit(frame.assign(x=frame.x + 64.0))
    assert b.params["Intercept"] == pytest.approx(a.params["Intercept"] - 64 * a.params["x"], rel=SAME)
    np.testing.assert_allclose(b.params.iloc[1:], a.params.iloc[1:], rtol=SAME)


def test_flipped_outcome_flips_every_sign(seed):
    frame = data(seed)
    b = fit(frame.assign(y=1 - frame.y))
    assert_same(fit(frame), _negated(b))


def test_event_flips_every_sign(seed):
    frame = data(seed)
    assert_same(fit(frame), _negated(fit(frame, event=0)))


class _negated:
    def __init__(self, found):
        self.names, self.params, self.bse = found.names, -found.params, found.bse


def test_affine_change_of_basis(seed):
    frame = data(seed)
    a = fit(frame, "y ~ x + z")
    b = fit(frame.assign(u=frame.x + 2 * frame.z - 3, v=frame.x - frame.z + 1), "y ~ u + v")
    u, v = b.params["u"], b.params["v"]
    expected = [b.params["Intercept"] - 3 * u + v, u + v, 2 * u - v]
    np.testing.assert_allclose(a.params, expected, rtol=1e-8)
    assert b.llf == pytest.approx(a.llf, rel=SAME)


def counts(frame):
    coarse = frame.assign(x=frame.x.round())
    return coarse, coarse.groupby(["x", "g"], as_index=False).agg(s=("y", "sum"), n=("y", "size"))


def test_grouped_is_ungrouped(seed):
    single, grouped = counts(data(seed))
    a = fit(single, "y ~ x + C(g)")
    assert_same(a, fit(grouped, "cbind(s, n - s) ~ x + C(g)"))


def test_share_counts_and_cbind_agree(seed):
    _, grouped = counts(data(seed))
    a = fit(grouped, "s ~ x + C(g)", trials="n")
    assert_same(a, fit(grouped, "cbind(s, n - s) ~ x + C(g)"))
    assert_same(a, fit(grouped.assign(share=grouped.s / grouped.n), "share ~ x + C(g)", trials="n"))


def test_zero_weight_row_is_no_row(seed):
    frame = data(seed)
    extra = pd.DataFrame({"x": [1e6], "z": [-1e6], "g": ["b"], "y": [1], "w": [0.0]})
    assert_same(fit(frame, weights="w"), fit(pd.concat([frame, extra], ignore_index=True), weights="w"))


def test_missing_row_is_no_row(seed):
    frame = data(seed)
    extra = pd.DataFrame({"x": [np.nan], "z": [5.0], "g": ["b"], "y": [1], "w": [1.0]})
    assert_same(fit(frame), fit(pd.concat([frame, extra], ignore_index=True)))


def test_relabelled_levels(seed):
    frame = data(seed)
    a, b = fit(frame), fit(frame.assign(g=frame.g.map({"a": "k", "b": "l", "c": "m"})))
    np.testing.assert_allclose(b.params, a.params, rtol=SAME)
    np.testing.assert_allclose(b.bse, a.bse, rtol=SAME)


def test_other_reference_level(seed):
    frame = data(seed)
    a = fit(frame)
    b = fit(frame, "y ~ x + z + C(g, contr.treatment('b'))")
    assert b.params.iloc[0] == pytest.approx(a.params["Intercept"] + a.params["C(g)[T.b]"], rel=1e-8)
    np.testing.assert_allclose(b.params[["x", "z"]], a.params[["x", "z"]], rtol=1e-8)
    np.testing.assert_allclose(b.predict(), a.predict(), rtol=1e-8)


def test_column_order(seed):
    frame = data(seed)
    a, b = fit(frame), fit(frame, "y ~ C(g) + z + x")
    np.testing.assert_allclose(b.params[list(a.names)], a.params, rtol=1e-8)


def test_duplicate_column_is_aliased(seed):
    frame = data(seed)
    a, b = fit(frame, "y ~ x + z"), fit(frame.assign(copy=frame.x), "y ~ x + z + copy")
    assert b.aliased == ("copy",)
    np.testing.assert_allclose(b.params[list(a.names)], a.params, rtol=1e-8)


def test_offset_shift_moves_the_intercept(seed):
    frame = data(seed).assign(o=0.75)
    a, b = fit(frame), fit(frame, offset="o")
    assert b.params["Intercept"] == pytest.approx(a.params["Intercept"] - 0.75, rel=1e-8)
    np.testing.assert_allclose(b.params.iloc[1:], a.params.iloc[1:], rtol=1e-8)


def test_offset_along_a_column_moves_its_coefficient(seed):
    frame = data(seed)
    a, b = fit(frame), fit(frame.assign(o=0.5 * frame.x), offset="o")
    assert b.params["x"] == pytest.approx(a.params["x"] - 0.5, abs=1e-9)


@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e6])
def test_scaled_weights_scale_the_covariance(seed, factor):
    frame = data(seed)
    a, b = fit(frame, weights="w"), fit(frame.assign(w=factor * frame.w), weights="w")
    np.testing.assert_allclose(b.params, a.params, rtol=1e-8)
    np.testing.assert_allclose(factor * b.cov_params(), a.cov_params(), rtol=1e-8)


def test_split_blocks(seed, monkeypatch):
    from statlogit.core import blocks

    frame = data(seed)
    whole = fit(frame)
    original = blocks.InMemory.__init__
    monkeypatch.setattr(blocks.InMemory, "__init__", lambda self, block, *_: original(self, block, 7))
    assert_same(whole, fit(frame))
