"""marginaleffects, given our fits, finds our numbers. Run by `make neighbours`, skipped where it is absent.

It differentiates by differences: slopes with eps in x and eps_vcov in the coefficients, chosen here so that rounding
and curvature are about equal.
"""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl

me = pytest.importorskip("marginaleffects", reason="make neighbours", exc_type=ImportError)
pytestmark = pytest.mark.filterwarnings("ignore")  # of polars and jax

BIRTHS = pd.read_csv("examples/birthwt.csv").assign(weight=lambda b: 1 + b.ht, offset=lambda b: b.ui / 2)
ESTIMATE = 1e-7  # central differences of step eps: eps^2 times the third derivative
STD_ERROR = 2e-5  # rounding of a difference divided by eps and by eps_vcov
EXACT = 1e-9
STEPS = {"eps": 1e-2, "eps_vcov": 1e-7}


def adapt(result, newdata=None):
    from statlogit.marginaleffects import adapt

    return adapt(result, newdata)


def binary(**options):
    return sl.logit("low ~ age + scale(lwt) + C(race)*smoke", BIRTHS, **options)


def frame(found, *keys):
    shown = pd.DataFrame({name: found[name].to_list() for name in found.columns})
    return shown.rename(columns={"group": "y_level"}).astype({k: str for k in keys}).sort_values(list(keys))


def same(theirs, ours, std_error=STD_ERROR):
    keys = [k for k in ("term", "contrast", "y_level") if k in ours]
    ours = ours.assign(contrast=ours.contrast.str.replace("dP/dx", "dY/dX")).astype(dict.fromkeys(keys, str))
    theirs, ours = frame(theirs, *keys), ours.sort_values(keys)
    assert theirs[keys].to_numpy().tolist() == ours[keys].to_numpy().tolist()
    np.testing.assert_allclose(theirs.estimate, ours.estimate, rtol=ESTIMATE)
    np.testing.assert_allclose(theirs.std_error, ours.std_error, rtol=std_error)
    np.testing.assert_allclose(theirs.conf_low, ours.conf_low, rtol=100 * std_error)


@pytest.mark.parametrize(
    "options", [{}, {"covariance": "HC3"}, {"offset": "offset"}, {"penalty": sl.Ridge(1.0)}], ids=str
)
def test_average_slopes_are_ours(options):
    fitted = binary(**options)
    same(me.avg_slopes(adapt(fitted), **STEPS), fitted.effects().to_frame())


def test_another_covariance_is_chosen_by_its_name():
    same(me.avg_slopes(adapt(binary()), vcov="HC3", **STEPS), binary().with_covariance("HC3").effects().to_frame())


def test_weights_average_as_ours_do():
    fitted = binary(weights="weight")
    found = me.avg_slopes(adapt(fitted), wts="_weight", **STEPS)
    found = found.with_columns(found["contrast"].str.replace("+0.01", "dY/dX", literal=True))  # a slope all the same
    same(found, fitted.effects().to_frame())


def test_slopes_of_several_classes_are_ours():
    fitted = sl.multinomial("race ~ age + lwt + smoke", BIRTHS)
    same(me.avg_slopes(adapt(fitted), **STEPS), fitted.effects().to_frame())


def test_comparisons_of_levels_are_ours():
    found = me.avg_comparisons(adapt(binary()), variables="race", comparison="lnratio")
    ours = binary().effects("race", compare="ratio").to_frame()
    for name in ("estimate", "conf_low", "conf_high"):
        np.testing.assert_allclose(np.exp(found[name].to_numpy()), ours[name], rtol=1e-6)


def test_predictions_of_new_rows_are_ours():
    new = BIRTHS.head(20)
    found = me.predictions(adapt(binary(), new))
    ours = binary().predict(new)
    np.testing.assert_allclose(found["estimate"].to_numpy(), ours, rtol=EXACT)


def test_hypotheses_are_ours():
    found = me.hypotheses(adapt(binary()), hypothesis="smoke = age")
    ours = binary().test("smoke = age").to_frame()
    np.testing.assert_allclose(found["statistic"].to_numpy() ** 2, ours.statistic, rtol=1e-6)
    np.testing.assert_allclose(found["p_value"].to_numpy(), ours.p_value, rtol=1e-6)


def test_separated_data_have_no_effects_here_either():
    toy = sl.logit("y ~ x", pd.read_csv("examples/toy.csv"), on_failure="warn")
    with pytest.raises(sl.FitError, match="effects need a finite maximum"):
        adapt(toy)
