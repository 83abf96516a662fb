"""Tests of goodness of fit against base R (assessment.R), and grouped against single rows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from tests.reference.test_reference import FOLDER

R = json.loads((Path(__file__).parent / "assessment.json").read_text())
DIGITS = 1e-9  # R fits to 1e-14 and solves by QR
NAMES = {
    "le Cessie-van Houwelingen": "lecessie",
    "Osius-Rojek": "osius",
    "Stukel": "stukel",
    "Pearson by pattern": "pearson",
    "Deviance by pattern": "deviance",
}


@pytest.fixture(scope="module")
def births(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def fits(births):
    worms = pd.read_csv(Path(FOLDER) / "data" / "budworm.csv")
    return {
        "birthwt": sl.logit("low ~ age + lwt + C(race) + smoke", births),
        "pattern": sl.logit("low ~ C(race) + smoke + ht", births),
        "budworm": sl.logit("cbind(dead, alive) ~ sex + ldose", worms),
    }


@pytest.mark.parametrize("name", ["birthwt", "pattern", "budworm"])
def test_every_statistic_equals_base_r(fits, name):
    found = fits[name].goodness().to_frame().set_index("test")
    assert found.index[0] == "Hosmer-Lemeshow"
    for row, key in NAMES.items():
        assert found.loc[row, "statistic"] == pytest.approx(R[name][key], rel=DIGITS), row
    assert found.loc["Stukel", "df"] == R[name]["stukel_df"]
    assert found.loc["Pearson by pattern", "df"] == R[name]["df"]


def test_p_value_over_patterns_only_where_they_repeat(fits):
    sparse, dense = (fits[k].goodness() for k in ("birthwt", "budworm"))
    assert sparse.column("p_value")[-1] is None
    assert "No p for these" in sparse.note
    assert dense.column("p_value")[-1] == pytest.approx(0.66239585, rel=1e-6)  # pchisq(6.7570642322, 9, lower = FALSE)
    assert "No p for these" not in dense.note


def test_grouped_and_single_rows_agree(fits):
    worms = fits["budworm"].fit.frame
    rows = []
    source = pd.read_csv(Path(FOLDER) / "data" / "budworm.csv")
    for row in source.itertuples():
        rows += [(row.sex, row.ldose, 1)] * row.dead + [(row.sex, row.ldose, 0)] * row.alive
    single = sl.logit("y ~ sex + ldose", pd.DataFrame(rows, columns=["sex", "ldose", "y"]))
    a, b = (r.goodness().to_frame().set_index("test").iloc[1:] for r in (fits["budworm"], single))
    np.testing.assert_allclose(a["statistic"], b["statistic"], rtol=1e-8)
    assert len(worms.positions) == 12


def test_an_offset_makes_patterns(births):
    data = births.assign(o=np.arange(len(births)) % 2 * 0.1)
    found = sl.logit("low ~ smoke", data, offset="o").goodness().to_frame().set_index("test")
    assert found.loc["Pearson by pattern", "df"] == 2


def test_a_saturated_model_leaves_nothing_to_test(births):
    found = sl.logit("low ~ smoke", births).goodness().to_frame().set_index("test")
    for name in ("le Cessie-van Houwelingen", "Osius-Rojek", "Stukel"):
        assert np.isnan(found.loc[name, "p_value"])


def test_penalised_and_separated_fits_have_hosmer_lemeshow_alone(births):
    assert len(sl.logit("low ~ age + lwt", births, penalty=sl.Firth()).goodness().rows) == 1
    data = births.assign(rare=0)
    data.loc[data.index[data["low"] == 1][:4], "rare"] = 1
    with pytest.warns(sl.errors.SeparationWarning):
        r = sl.logit("low ~ age + rare", data, on_failure="warn")
    assert "without penalty" in r.goodness().note


@pytest.mark.slow
def test_sizes_under_a_true_model_are_right():
    rng = np.random.default_rng(11)
    rejected = np.zeros(4)
    for _ in range(400):
        x = rng.normal(size=(400, 2))
        y = (rng.uniform(size=400) < 1 / (1 + np.exp(-(0.3 + x @ [0.8, -0.5])))).astype(int)
        r = sl.logit("y ~ a + b", pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y}))
        rejected += np.array(r.goodness().column("p_value")[:4]) < 0.05
    hosmer, cessie, osius, stukel = rejected / 400
    assert (np.abs(np.array([hosmer, cessie, stukel]) - 0.05) < 0.035).all()  # three standard errors
    assert osius < 0.15  # its normal approximation is rough at n = 400
