"""Infinite coefficients: profile bound and likelihood-ratio test against closed forms; Wald withheld everywhere."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, xlogy
from scipy.stats import chi2

import statlogit as sl
from statlogit.errors import FitError, SeparationWarning
from statlogit.figures import ForestFigure
from statlogit.inference.infinite import zero_test
from statlogit.results.summary import outline

BOUND = 1e-5  # the constrained maximum is solved to half a squared decrement of 1e-5
EXACT = 1e-10
EVENTS, ROWS, LEVEL = 9, 24, 7  # events among the rows without the level; all LEVEL rows with it are events


@pytest.fixture(scope="module")
def separated():
    level = np.repeat([0, 1], [ROWS, LEVEL])
    y = np.r_[np.arange(ROWS) < EVENTS, np.ones(LEVEL)].astype(int)
    with pytest.warns(SeparationWarning, match="quasi-completely"):
        return sl.logit("y ~ level", pd.DataFrame({"level": level, "y": y}), on_failure="warn")


def loglik(a, b):
    """Of intercept a and level effect b."""
    return EVENTS * np.log(expit(a)) + (ROWS - EVENTS) * np.log(expit(-a)) + LEVEL * np.log(expit(a + b))


def supremum():
    return xlogy(EVENTS, EVENTS / ROWS) + xlogy(ROWS - EVENTS, 1 - EVENTS / ROWS)


def bound(level):
    def short_of(b):
        best = minimize_scalar(lambda a: -loglik(a, b), bounds=(-10, 10), method="bounded", options={"xatol": 1e-12})
        return 2 * (supremum() + best.fun) - chi2.ppf(level, 1)

    return brentq(short_of, -10, 30, xtol=1e-12)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_bound_is_that_of_the_profile_likelihood(separated, level):
    row = separated.tidy(level).iloc[1]
    assert row.estimate == np.inf
    assert row.conf_high == np.inf
    assert row.conf_low == pytest.approx(bound(level), rel=BOUND)
    ratio = separated.tidy(level, exponentiate=True).iloc[1]
    assert ratio.conf_low == pytest.approx(np.exp(bound(level)), rel=BOUND)


def test_p_value_is_that_of_the_likelihood_ratio_test(separated):
    total = ROWS + LEVEL
    events = EVENTS + LEVEL
    null = xlogy(events, events / total) + xlogy(total - events, 1 - events / total)
    statistic = 2 * (supremum() - null)
    assert zero_test(separated.fit, 1).statistic == pytest.approx(statistic, rel=EXACT)
    row = separated.tidy(full=True).iloc[1]
    assert row.p_value == pytest.approx(chi2.sf(statistic, 1), rel=EXACT)
    assert row.log_p == pytest.approx(chi2.logsf(statistic, 1), rel=EXACT)
    assert row.method == "profile limits, likelihood-ratio p"


def test_wald_and_sandwich_are_withheld(separated):
    row = separated.tidy().iloc[1]
    assert np.isnan(row[["std_error", "statistic"]].to_numpy(dtype=float)).all()
    assert separated.conf_int().loc["level"].isna().all()
    assert np.isnan(separated.zvalues["level"])
    assert np.isnan(separated.pvalues["level"])
    with pytest.raises(FitError, match="infinite estimate"):
        separated.with_covariance("HC0")
    finite = separated.tidy().iloc[0]
    assert finite.p_value == pytest.approx(separated.pvalues["Intercept"])


def test_reports_show_the_bound_and_say_whose_it_is(separated, tmp_path):
    text = separated.summary()
    line = next(line for line in text.splitlines() if line.startswith("level"))
    assert line.split()[:5] == ["level", "+inf", "-", "-", "<0.001"]
    assert f"{np.exp(bound(0.95)):.3f}, inf" in line
    page = separated.report(tmp_path / "report.html").read_text()
    for shown in (text, page):
        assert "one-sided interval by profile likelihood" in " ".join(shown.split())
    assert "penalty=sl.Firth()" in text


def test_the_forest_plot_says_which_intervals_are_not_walds(separated):
    (figure,) = [b for s in outline(separated).sections for b in s.blocks if isinstance(b, ForestFigure)]
    assert "95% profile-likelihood intervals" in figure.title
    assert "Wald" not in figure.title
    assert "Infinite estimates: one-sided interval by profile likelihood." in figure.note


def test_a_column_that_others_replace_has_no_bound_and_p_one():
    """Either of two columns separates the rows alone, so neither is needed and no value of it is ruled out."""
    x = np.arange(10.0)
    data = pd.DataFrame({"x": x, "z": x + np.tile([0.0, 0.3], 5), "y": (x > 4).astype(int)})
    with pytest.warns(SeparationWarning, match="completely"):
        found = sl.logit("y ~ x + z", data, on_failure="warn").tidy().set_index("term")
    assert np.isinf(found.loc[["x", "z"], ["conf_low", "conf_high"]]).all().all()
    np.testing.assert_allclose(found.loc[["x", "z"], "p_value"], 1.0, atol=1e-4)


def test_p_values_of_classes_are_those_of_binary_fits_where_a_third_class_lies_apart():
    """Rows of class c lie apart, so the contrast of a and b is the binary model; its level separates as well."""
    rng = np.random.default_rng(3)
    n = 40
    data = pd.DataFrame(
        {"x": rng.integers(-3, 4, n), "g": (np.arange(n) < 6).astype(int), "y": rng.choice(["a", "b"], n)}
    )
    data.loc[data.g == 1, "y"] = "b"
    apart = pd.DataFrame({"x": rng.integers(50, 60, 10), "g": 0, "y": "c"})
    with pytest.warns(SeparationWarning, match="quasi-completely"):
        binary = sl.logit("y ~ x + g", data, event="b", on_failure="warn").tidy().set_index("term")
    with pytest.warns(SeparationWarning, match="quasi-completely"):
        r = sl.multinomial("y ~ x + g", pd.concat([data, apart], ignore_index=True), on_failure="warn")
    found = r.tidy().set_index(["y_level", "term"]).loc["b"]
    assert found.loc["g", "estimate"] == np.inf
    assert np.isnan(found.loc["g", "statistic"])
    assert found.loc["g", "p_value"] == pytest.approx(binary.loc["g", "p_value"], rel=1e-6)
    assert found.loc["x", "p_value"] == pytest.approx(binary.loc["x", "p_value"], rel=1e-6)
    assert "no interval, but p of the likelihood-ratio test" in " ".join(r.summary().split())


def test_tables_do_not_spend_minutes_unasked(separated, monkeypatch):
    monkeypatch.setattr("statlogit.inference.infinite.AFFORDABLE", 1.0)
    assert np.isnan(separated.tidy().loc[1, ["p_value", "conf_low"]].to_numpy(dtype=float)).all()
    assert "Infinite estimates" not in separated.summary()
    assert separated.conf_int(method="profile").loc["level", "conf_low"] == pytest.approx(bound(0.95), rel=BOUND)
