"""Reasons for rows without a prediction, and flags for rows that extrapolate."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.design import learn, prepare
from statlogit.errors import DataError
from statlogit.persist import sealed
from tests.effects.data import births, women


def hidden() -> pd.DataFrame:
    """Two columns that rise together: (1, -1) lies in both ranges and far from all rows."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, 300)
    z = x + rng.normal(size=300) * 0.1
    return pd.DataFrame({"x": x, "z": z, "y": (rng.uniform(size=300) < 1 / (1 + np.exp(-x))).astype(int)})


def test_every_row_without_a_prediction_has_its_reason() -> None:
    r = sl.logit("low ~ age + C(race) + smoke", births())
    new = pd.DataFrame({"age": [20, np.nan, 30], "race": [1, 2, 9], "smoke": [0, 1, 1]}, index=["a", "b", "c"])
    found = r.predict(new, interval="confidence", flags=True)
    assert list(found.columns) == ["estimate", "std_error", "conf_low", "conf_high", "reason", "extrapolates"]
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["estimate"].isna().tolist() == [False, True, True]
    assert found["reason"].tolist() == ["", "age is missing", "C(race) = 9 was not seen when the model was fitted"]
    assert not found["extrapolates"].any()
    pd.testing.assert_series_equal(found["estimate"], r.predict(new, unseen="nan"), check_names=False)


def test_a_number_outside_its_range_extrapolates() -> None:
    r = sl.logit("low ~ age + smoke", births())
    found = r.predict(pd.DataFrame({"age": [45, 46, 13], "smoke": [0, 0, 0]}), flags=True)
    assert found["extrapolates"].tolist() == [False, True, True]
    assert found["reason"][1] == "age = 46 lies outside the training range 14 to 45"
    assert found["estimate"].notna().all()


def test_an_unusual_combination_of_usual_values_extrapolates() -> None:
    r = sl.logit("y ~ x + z", hidden())
    found = r.predict(pd.DataFrame({"x": [0.9, 0.9], "z": [0.9, -0.9]}), flags=True)
    assert found["extrapolates"].tolist() == [False, True]
    assert found["reason"][1].startswith("an unusual combination of values: the log-odds have standard error")


@pytest.mark.parametrize("formula", ["y ~ x*z", "y ~ bs(x, df=5) + z", "y ~ poly(x, 3)"])
def test_no_training_row_extrapolates(formula: str) -> None:
    data = hidden()
    r = sl.logit(formula, data, covariance="HC3")
    assert not r.predict(data, flags=True)["extrapolates"].any()
    assert r.predict(flags=True)["reason"].eq("").all()


def test_a_row_beyond_the_end_of_a_spline_has_no_prediction_and_others_do() -> None:
    r = sl.logit("low ~ bs(age, df=4) + smoke", births())
    found = r.predict(pd.DataFrame({"age": [20, 80], "smoke": [1, 1]}), flags=True)
    assert found["estimate"].isna().tolist() == [False, True]
    assert found["reason"][1] == "age = 80 lies outside the training range 14 to 45"
    assert found["extrapolates"].tolist() == [False, False]
    with pytest.raises(DataError, match="outside the range"):
        r.predict(pd.DataFrame({"age": [80], "smoke": [1]}))


def test_classes_are_flagged_too() -> None:
    r = sl.multinomial("partic ~ hincome + children", women())
    new = pd.DataFrame({"hincome": [10.0, 500.0, np.nan], "children": ["absent", "absent", "present"]})
    found = r.predict(new, flags=True)
    assert found["extrapolates"].tolist() == [False, True, False]
    assert found["reason"][2] == "hincome is missing"
    wide = r.predict(new, interval="confidence", flags=True)
    assert wide["", "extrapolates"].tolist() == [False, True, False]
    assert not r.predict(women(), flags=True)["extrapolates"].any()


def test_a_model_file_keeps_the_ranges_and_no_rows(tmp_path) -> None:
    r = sl.logit("y ~ x + z", hidden())
    loaded = sl.load(r.save(tmp_path / "m.json"))
    new = pd.DataFrame({"x": [0.9, 0.9, 3.0, np.nan], "z": [0.9, -0.9, 0.0, 0.0]})
    pd.testing.assert_frame_equal(loaded.predict(new, flags=True), r.predict(new, flags=True))
    assert loaded.design.ranges == {name: (hidden()[name].min(), hidden()[name].max()) for name in ("x", "z")}


@pytest.mark.parametrize(
    ("place", "value"), [("reach", -1.0), ("reach", "far"), ("ranges", {"x": [1, 0]}), ("ranges", 3)]
)
def test_an_altered_model_file_is_refused(tmp_path, place, value) -> None:
    path = sl.logit("y ~ x + z", hidden()).save(tmp_path / "m.json")
    document = json.loads(path.read_text())
    (document if place == "reach" else document["design"])[place] = value
    path.write_text(json.dumps(sealed(document)))
    with pytest.raises(DataError, match=r"reach|damaged"):
        sl.load(path)


def test_chunks_learn_the_ranges_of_the_complete_rows() -> None:
    data = births()
    data.loc[data["age"].idxmax(), "lwt"] = np.nan
    formula = "low ~ age + log(lwt) + C(race)"
    whole = prepare(formula, data).design
    for order in (data, data.sort_values("age"), data.sort_values("age", ascending=False)):
        assert learn(formula, [order[:50], order[50:60], order[60:]]).ranges == whole.ranges
    assert set(whole.ranges) == {"age", "lwt"}
    assert whole.ranges["age"][1] < data["age"].max()


def test_the_command_line_shows_the_flags(tmp_path) -> None:
    model, new = tmp_path / "m.json", tmp_path / "new.csv"
    sl.logit("low ~ age + smoke", births()).save(model)
    pd.DataFrame({"age": [20, 60, None], "smoke": [1, 1, 1]}).to_csv(new, index=False)
    ran = CliRunner().invoke(main, ["predict", str(model), str(new), "--flags"])
    assert ran.exit_code == 0
    lines = ran.output.splitlines()
    assert lines[0] == "row,estimate,reason,extrapolates"
    assert lines[1].endswith(",,False")
    assert "age = 60 lies outside the training range 14 to 45,True" in lines[2]
    assert lines[3] == "2,,age is missing,False"


def test_a_model_file_has_effects_on_the_rows_it_is_given(tmp_path) -> None:
    r = sl.logit("low ~ age*smoke + C(race)", births(), covariance="HC3")
    loaded = sl.load(r.save(tmp_path / "m.json"))
    for ask in (
        lambda m: m.effects(newdata=births()),
        lambda m: m.odds_ratios(units={"age": 10}, newdata=births()),
        lambda m: m.pairwise("race", newdata=births()),
        lambda m: m.adjusted(["race", "age"], newdata=births()),
    ):
        pd.testing.assert_frame_equal(ask(loaded).to_frame(), ask(r).to_frame())
    assert "HC3" in loaded.effects(newdata=births()).note
    with pytest.raises(DataError, match="holds no rows"):
        loaded.effects()
    with pytest.raises(DataError, match="profile"):
        loaded.odds_ratios(newdata=births(), method="profile")


def test_a_multinomial_model_file_has_effects_too(tmp_path) -> None:
    r = sl.multinomial("partic ~ hincome*children", women(), reference="parttime")
    loaded = sl.load(r.save(tmp_path / "m.json"))
    for ask in (
        lambda m: m.effects(newdata=women()),
        lambda m: m.odds_ratios(newdata=women()),
        lambda m: m.adjusted("children", newdata=women()),
    ):
        pd.testing.assert_frame_equal(ask(loaded).to_frame(), ask(r).to_frame())
        assert ask(loaded).title == ask(r).title
