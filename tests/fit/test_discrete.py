"""A fit to merged rows is the fit to the rows: estimates, likelihoods, counts and separation."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.fit import solve

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

SAME = 1e-12
N = 120_000


def frame(seed=0):
    rng = np.random.default_rng(seed)
    g = pd.Categorical.from_codes(rng.integers(0, 12, N), [f"g{k:02d}" for k in range(12)])
    data = pd.DataFrame({"g": g, "x": rng.integers(0, 4, N), "dose": rng.integers(0, 6, N) / 10})
    eta = 0.1 * g.codes - 0.5 + 0.3 * data["x"] - data["dose"]
    return data.assign(y=(rng.random(N) < 1 / (1 + np.exp(-eta))).astype(int), w=rng.integers(1, 4, N))


def both(monkeypatch, formula, data, **options):
    """The fit with merged rows, and without."""
    seen = []

    def watched(block):
        seen.append(block.x.n_rows)
        return original(block)

    original = solve.compressed
    monkeypatch.setattr(solve, "compressed", watched)
    merged = sl.logit(formula, data, **options)
    assert seen == [N]
    monkeypatch.setattr(solve, "compressed", lambda _: None)
    monkeypatch.setattr("statlogit.fit.estimate.from_sample", lambda *_, **__: None)
    return merged, sl.logit(formula, data, **options)


@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"penalty": sl.Ridge(2.0)}, {"penalty": sl.Firth()}])
def test_the_same_fit(monkeypatch, options):
    merged, plain = both(monkeypatch, "y ~ g + x + dose", frame(), **options)
    assert merged.params.to_numpy() == pytest.approx(plain.params.to_numpy(), rel=1e-10, abs=SAME)
    assert merged.bse.to_numpy() == pytest.approx(plain.bse.to_numpy(), rel=1e-10)
    for name in ("llf", "llnull", "deviance", "null_deviance", "nobs", "df_resid"):
        assert getattr(merged, name) == pytest.approx(getattr(plain, name), rel=SAME)
    assert merged.trace["gradient"].to_numpy()[:2] == pytest.approx(plain.trace["gradient"].to_numpy()[:2], rel=0.5)
    assert len(merged.fittedvalues) == N


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_separation_is_decided_on_the_rows(monkeypatch):
    data = frame(1)
    data.loc[data["g"] == "g03", "y"] = 1
    merged, plain = both(monkeypatch, "y ~ g + x + dose", data, on_failure="warn")
    assert merged.separation.kind == plain.separation.kind == "quasi"
    assert merged.separation.infinite == plain.separation.infinite == ("g[T.g03]",)
    assert merged.params.to_numpy() == pytest.approx(plain.params.to_numpy(), rel=1e-9)
    assert merged.llf == pytest.approx(plain.llf, rel=SAME)
