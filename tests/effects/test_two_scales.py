"""Both scales at once: the same numbers as the methods that ask for each alone."""

import math

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.effects.two_scales import on_two_scales, thinned

SAME = 1e-10  # the same sums in another order
BIRTHS = pd.read_csv("examples/birthwt.csv")


def test_odds_and_slopes_are_those_of_the_two_methods() -> None:
    result = sl.logit("low ~ age + lwt + C(race) + smoke", BIRTHS, covariance="HC1")
    found = on_two_scales(result._subject(None), 0.9)
    effects, odds = result.effects(level=0.9).to_frame(), result.odds_ratios(level=0.9).to_frame()
    for row, effect, ratio in zip(found, effects.itertuples(), odds.itertuples(), strict=True):
        assert row.variable == effect.term
        for limits, wanted in ((row.probability, effect), (row.log_odds, ratio)):
            got = [limits.estimate, limits.low, limits.high]
            got = got if limits is row.probability else np.exp(got)
            np.testing.assert_allclose(got, [wanted.estimate, wanted.conf_low, wanted.conf_high], rtol=SAME)


def test_levels_inside_an_interaction_are_compared_as_odds_ratios_do() -> None:
    result = sl.logit("low ~ age * smoke", BIRTHS)
    found = {row.variable: row for row in on_two_scales(result._subject(None), 0.95)}
    odds = result.odds_ratios("smoke").to_frame()
    np.testing.assert_allclose(math.exp(found["smoke"].log_odds.high), odds.conf_high[0], rtol=SAME)


def test_a_spline_has_the_mean_slope_of_its_log_odds() -> None:
    result = sl.logit("low ~ bs(lwt, df=4)", BIRTHS)
    (row,) = on_two_scales(result._subject(None), 0.95)
    h = 1e-4
    inside = BIRTHS[(BIRTHS.lwt > BIRTHS.lwt.min()) & (BIRTHS.lwt < BIRTHS.lwt.max())]
    up, down = (result.predict(inside.assign(lwt=inside.lwt + e), kind="link") for e in (h, -h))
    ends = len(BIRTHS) - len(inside)
    rest = row.log_odds.estimate * len(BIRTHS) - float((up - down).sum()) / (2 * h)
    assert abs(rest) < ends  # the slopes at the two ends, one-sided, are what is left
    assert row.step == 1.0


@pytest.mark.parametrize(("scale", "step"), [(1.0, 1.0), (1e-4, 1e-4), (1e6, 1e6)])
def test_a_step_suits_the_spread_of_its_column(scale: float, step: float) -> None:
    data = BIRTHS.assign(age=BIRTHS.age * scale)  # standard deviation 5.3
    (row,) = on_two_scales(sl.logit("low ~ age", data)._subject(None), 0.95)
    assert row.step == step


def test_thinned_rows_are_every_kth_and_never_too_many() -> None:
    subject = sl.logit("low ~ age", BIRTHS)._subject(None)
    assert thinned(subject, 189) is subject
    assert thinned(subject, 100).population.n_rows == 95
    assert thinned(subject, 0).population.n_rows == 1
