"""statlogit is right on every pathological input: the maximum, the infinite names, or the refusal."""

import mpmath as mp
import numpy as np
import pytest

import statlogit as sl
from tests.fit.pathological import CASES, truth_of

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

CLOSE = 1e-3  # standard errors between the estimate and the exact maximum
SAME_SPREAD = 1e-3  # relative error of a standard error
SLOW = {"5 events in a million rows"}


def cases(*outcomes):
    chosen = [c for c in CASES if c.outcome in outcomes]
    return [pytest.param(c, id=c.name, marks=[pytest.mark.slow] if c.name in SLOW else []) for c in chosen]


def test_there_are_enough_of_them():
    assert len({c.name for c in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", cases("finite"))
def test_finite_maximum_is_found_and_the_certificate_holds(case):
    found = sl.logit(case.formula, case.frame(), **case.options)
    assert found.converged
    assert found.certificate.exists
    assert found.separation.kind == "none"
    assert found.aliased == case.aliased
    kept = [name for name in found.names if name not in case.aliased]
    assert found.params[list(case.aliased)].isna().all()
    frame = found.fit.frame
    x = frame.x.to_array()[:, [found.names.index(name) for name in kept]]
    beta, se = truth_of(x, frame.y[:, 0], frame.weight, frame.offset[:, 0])
    with mp.workdps(80):
        errors = [float(abs(mp.mpf(float(found.params[n])) - b) / s) for n, b, s in zip(kept, beta, se, strict=True)]
        spreads = [float(abs(mp.mpf(float(found.bse[n])) / s - 1)) for n, s in zip(kept, se, strict=True)]
    assert max(errors) <= min(CLOSE, found.certificate.distance)
    assert max(spreads) < SAME_SPREAD


@pytest.mark.parametrize("case", cases("quasi", "complete"))
def test_infinite_coefficients_are_named(case):
    with pytest.raises(sl.SeparationError) as caught:
        sl.logit(case.formula, case.frame(), **case.options)
    found = caught.value.result
    assert not found.converged
    assert found.separation.kind == case.outcome
    assert found.aliased == case.aliased
    infinite = dict(zip(found.separation.infinite, found.separation.signs, strict=True))
    if case.infinite:
        assert infinite == case.infinite
    else:
        assert set(infinite) == set(found.names) - set(case.aliased)
    assert all(found.params[name] == sign * np.inf for name, sign in infinite.items())
    assert found.bse[list(infinite)].isna().all()
    finite = [name for name in found.names if name not in infinite and name not in case.aliased]
    assert np.isfinite(found.params[finite]).all()


@pytest.mark.parametrize("case", cases("refused"))
def test_refusal_says_why(case):
    with pytest.raises(case.error) as caught:
        sl.logit(case.formula, case.frame(), **case.options)
    assert type(caught.value) is case.error
    assert len(str(caught.value)) > 40
