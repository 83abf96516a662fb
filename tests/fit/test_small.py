"""Few rows are a plain matrix: everything that is asked of a fit is then the same as over vectors and codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.core.columns import Codes, Dense, Mixed
from statlogit.core.coordinates import Coordinates
from statlogit.design import blocks

ROUNDING = 1e-9  # of other sums, relative or in standard errors


def rows(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "x": rng.normal(3.0, 1.0, n),
            "g": rng.choice(list("abcd"), n),
            "h": rng.choice(["u", "v"], n),
            "k": rng.integers(0, 30, n),
        }
    )
    eta = 0.6 * (frame["x"] - 3.0) + (frame["g"] == "b") - 0.7 * (frame["h"] == "v")
    return frame.assign(y=(rng.random(n) < 1.0 / (1.0 + np.exp(-eta))).astype(int))


def answers(options: dict[str, Any]) -> dict[str, np.ndarray]:
    r = sl.logit("y ~ x * h + g", rows(), cluster="k", **options)
    found = {"params": r.params, "covariance": r.cov_params(), "effects": r.effects().to_frame()["estimate"]}
    if not options:
        found |= {kind: r.with_covariance(kind).bse for kind in ("HC3", "CR2")}
        found |= {test: r.anova(type=3, test=test).to_frame()["statistic"] for test in ("LR", "score")}
        found |= {
            "profile": r.conf_int(method="profile"),
            "influence": r.augment()["_cooksd"],
            "vif": r.vif().to_frame()["gvif"],
        }
    return {name: np.asarray(value, dtype=np.float64) for name, value in found.items()}


@pytest.mark.parametrize("options", [{}, {"penalty": sl.Ridge(2.0)}, {"penalty": sl.Firth()}, {"solver": sl.Lbfgs()}])
def test_a_plain_matrix_and_codes_give_the_same_answers(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    assert isinstance(sl.logit("y ~ x * h + g", rows()).fit.frame.x, Dense)
    plain = answers(options)
    monkeypatch.setattr(blocks, "FEW_CELLS", 0)
    assert isinstance(sl.logit("y ~ x * h + g", rows()).fit.frame.x, Mixed)
    for name, other in answers(options).items():
        np.testing.assert_allclose(plain[name], other, rtol=ROUNDING, atol=ROUNDING, err_msg=name)


def test_codes_in_coordinates_that_centre_them_are_expanded() -> None:
    """A place that was chosen for the plain matrix of few rows also serves codes."""
    x = Mixed((Codes(np.array([-1, 0, 1, 1], dtype=np.int32), 2),), (np.arange(2),))
    place = Coordinates(2, (0, 1), np.array([0.25, 0.5]), np.array([1.0, 2.0]), None, None)
    expected = (x.to_array() - place.centre) / place.scale
    assert np.array_equal(place.columns(x).to_array(), expected)
