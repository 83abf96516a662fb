"""Plots draw what the methods answer, on the axes they are given."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import statlogit as sl

mpl.use("Agg")
import matplotlib.pyplot as plt

from statlogit import plots


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def result(births):
    return sl.logit("low ~ age + lwt + C(race) + smoke", births)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def line(ax, k=0):
    return ax.get_lines()[k].get_xydata()


DRAWN = {
    "forest": plots.forest, "roc": plots.roc, "calibration": plots.calibration, "residuals": plots.residuals,
    "effects": lambda r, ax=None: plots.effects(r, "age", ax), "influence": plots.influence, "trace": plots.trace,
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_each_draws_on_the_axes_it_is_given_and_makes_its_own_otherwise(name, result, tmp_path):
    figure, ax = plt.subplots()
    assert DRAWN[name](result, ax=ax) is ax
    assert ax.get_xlabel()
    assert ax.get_lines() or ax.collections
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5_000
    assert DRAWN[name](result).figure is not figure


def test_forest_shows_the_odds_ratios_without_the_intercept(result):
    ax = plots.forest(result)
    wanted = result.tidy(exponentiate=True).set_index("term").drop(index="Intercept")
    assert [t.get_text() for t in ax.get_yticklabels()] == wanted.index.tolist()
    np.testing.assert_array_equal(line(ax)[:, 0], wanted.estimate)
    segments = np.array([s[:, 0] for s in ax.collections[0].get_segments()])
    np.testing.assert_array_equal(segments, wanted[["conf_low", "conf_high"]])


def test_roc_trace_and_residuals_show_their_numbers(result):
    np.testing.assert_array_equal(line(plots.roc(result))[:, 1], result.roc().true_positive)
    np.testing.assert_array_equal(line(plots.trace(result))[:, 1], result.trace.decrement)
    np.testing.assert_array_equal(line(plots.residuals(result), 1)[:, 1], result.binned_residuals().residual)


def test_effects_of_a_factor_and_by_another_column(result):
    ax = plots.effects(result, "race", by="smoke")
    assert ax.get_legend().get_title().get_text() == "smoke"
    assert len(ax.get_xticklabels()) == 3


def test_influence_names_the_largest(result):
    found = result.influence()
    ax = plots.influence(result, named=2)
    largest = found.index[np.argsort(found.cooks_distance)[::-1][:2]]
    assert [t.get_text() for t in ax.texts] == [str(label) for label in largest]


def test_a_name_is_shown_as_it_is(births):
    data = births.rename(columns={"age": r"$\frac{1}{0}$"})
    result = sl.logit(r"low ~ `$\frac{1}{0}$` + smoke", data)
    ax = plots.forest(result)
    ax.figure.canvas.draw()
    assert r"$\frac{1}{0}$" in ax.get_yticklabels()[0].get_text()


def test_an_infinite_estimate_is_left_out_without_a_warning():
    data = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "g": list("aabbaabb"), "y": [0, 1, 1, 1, 1, 0, 1, 1]})
    with pytest.raises(sl.SeparationError) as caught:
        sl.logit("y ~ x + g", data)
    plots.forest(caught.value.result).figure.canvas.draw()
