"""Profile-likelihood intervals: the stored answers, and the likelihood-ratio identity at every end."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import statlogit as sl
from statlogit.errors import FitError
from statlogit.inference.profile import profile
from tests.reference import adapter, check

FOLDER = Path(__file__).parents[1] / "reference"
CASES = [case for case in check.load(str(FOLDER)) if case.kind in ("binary", "grouped")]
DIGITS = 1e-7  # one more than the collection asks for; it holds 12 nearly everywhere
SEPARATED = ("endometrial", "cps1985_union", "iris_setosa", "titanic_alias")


def fitted(case, **more):
    formula, keywords = adapter.arguments(case)
    return sl.logit(formula, case.data, **keywords | more)


def named(identity):
    return next(case for case in CASES if case.id == identity)


def ends(result, level=0.95):
    low, high = profile(result.fit, range(len(result.names)), level)
    return pd.DataFrame({"low": low, "high": high}, index=list(result.names))


@pytest.mark.parametrize("case", [c for c in CASES if c.id not in SEPARATED], ids=lambda c: c.id)
def test_stored_ends(case):
    stored = check.dig(check.answers(case), "values.ci_profile")
    found = ends(fitted(case))
    for name, expected in stored.items():
        np.testing.assert_allclose(found.loc[name], [float(v) for v in expected], rtol=DIGITS)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.999])
def test_both_ends_fit_worse_by_the_quantile(level):
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"x": rng.normal(size=60), "z": rng.normal(size=60), "y": rng.integers(0, 2, 60)})
    result = sl.logit("y ~ x + z", data)
    found = ends(result, level)
    for end in found.loc["x"]:
        held = sl.logit("y ~ z", data, offset=end * data["x"].to_numpy())
        assert 2 * (result.llf - held.llf) == pytest.approx(chi2.ppf(level, 1), rel=1e-9)
    assert found.low["x"] < result.params["x"] < found.high["x"]


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_infinite_coefficient_has_one_finite_end_from_the_supremum():
    case = named("endometrial")
    result = fitted(case)
    found = ends(result)
    assert found.high["NV"] == np.inf
    held = sl.logit("HG ~ PI + EH", case.data, offset=found.low["NV"] * case.data["NV"].to_numpy())
    assert 2 * (result.llf - held.llf) == pytest.approx(chi2.ppf(0.95, 1), rel=1e-8)


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_finite_coefficients_beside_an_infinite_one_are_those_of_the_limit():
    case = named("endometrial")
    limit = sl.logit("HG ~ PI + EH", case.data[case.data["NV"] == 0])
    names = ["Intercept", "PI", "EH"]
    np.testing.assert_allclose(ends(fitted(case)).loc[names], ends(limit).loc[names], rtol=1e-9)


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
@pytest.mark.parametrize("identity", SEPARATED)
def test_separated_cases_know_which_end_is_infinite(identity):
    result = fitted(named(identity))
    found = ends(result)
    sign = dict(zip(result.separation.infinite, result.separation.signs, strict=True))
    for name in result.names:
        if name in result.aliased:
            assert found.loc[name].isna().all()
        elif name in sign:
            assert found.loc[name, "high" if sign[name] > 0 else "low"] == sign[name] * np.inf
        else:
            assert found.low[name] < result.params[name] < found.high[name]


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_coefficient_free_to_go_either_way_has_no_finite_end():
    found = ends(fitted(named("titanic_alias")))
    assert list(found.loc["Class[T.2nd]"]) == [-np.inf, np.inf]


def test_shifting_and_scaling_a_column_maps_the_ends():
    case = named("birthwt")
    a = sl.logit("low ~ age + lwt", case.data)
    b = sl.logit("low ~ age + lwt", case.data.assign(lwt=1e6 + case.data["lwt"] * 1e-3))
    np.testing.assert_allclose(ends(b).loc["lwt"] * 1e-3, ends(a).loc["lwt"], rtol=1e-8)


def test_ridge_fits_are_refused():
    result = sl.logit("low ~ age", named("birthwt").data, penalty=sl.Ridge(1.0))
    with pytest.raises(FitError, match="a ridge estimate has none"):
        profile(result.fit, [0], 0.95)
