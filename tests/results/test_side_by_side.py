"""sl.compare: its tables are those of the results, its texts fit, what cannot be compared is said."""

import json

import numpy as np
import pandas as pd
import pytest

import statlogit as sl

FORMULAS = ("low ~ age", "low ~ age + lwt", "low ~ age + lwt + C(race) + smoke")
SAME = 1e-13


@pytest.fixture(scope="module")
def data(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.fixture(scope="module")
def results(data):
    return [sl.logit(formula, data) for formula in FORMULAS]


@pytest.fixture(scope="module")
def found(results):
    return sl.compare(*results, names=["A", "B", "C"])


def test_frame_holds_the_estimates_of_each_model(found, results):
    frame = found.to_frame()
    assert list(frame.index) == list(results[2].names)
    for name, r in zip("ABC", results, strict=True):
        own = frame[name].loc[list(r.names)]
        assert own["estimate"].tolist() == r.params.tolist()
        assert own["std_error"].tolist() == r.bse.tolist()
    assert np.isnan(frame.loc["smoke", ("A", "estimate")])


def test_statistics_are_those_of_the_results_and_weights_sum_to_one(found, results):
    table = found.statistics.to_frame().set_index("model")
    assert table.aic.tolist() == [r.aic for r in results]
    assert table.loglik.tolist() == [r.llf for r in results]
    assert table.df.tolist() == [2, 3, 6]
    for criterion in ("aic", "bic"):
        weights = table[f"{criterion}_weight"]
        assert weights.sum() == pytest.approx(1.0, rel=SAME)
        ratio = np.exp(-0.5 * (table[criterion]["A"] - table[criterion]["C"]))
        assert weights["A"] / weights["C"] == pytest.approx(ratio, rel=1e-12)


def test_consecutive_models_are_tested(found, results):
    tests = found.tests.to_frame()
    assert tests.test.tolist() == ["A in B", "B in C"]
    assert tests.statistic[1] == pytest.approx(2 * (results[2].llf - results[1].llf), rel=SAME)
    assert tests.df.tolist() == [1, 3]
    assert tests.reason.tolist() == ["", ""]


def test_nothing_is_printed_where_a_reason_would_stand(found, results):
    assert "because" not in str(found.tests)
    mixed = str(sl.compare(*results[:2], results[0].with_covariance("HC3")).tests)
    assert "Not tested because" in mixed
    assert '""' not in mixed


def test_models_of_other_rows_have_no_weights_and_no_test(data):
    holes = data.astype({"ftv": float})
    holes.loc[:5, "ftv"] = np.nan
    found = sl.compare(sl.logit("low ~ age", holes), sl.logit("low ~ age + ftv", holes))
    assert found.statistics.to_frame().aic_weight.isna().all()
    assert "Model 2 leaves out 6 rows that Model 1 uses (missing values in ftv)" in found.statistics.note
    assert "different rows" in found.tests.column("reason")[0]
    assert "dropna" in found.summary()


def test_robust_errors_are_shown_and_not_tested(results, data):
    found = sl.compare(results[0], results[1].with_covariance("HC3"))
    assert found.statistics.column("covariance") == ("model", "HC3")
    assert found.tests.column("reason")[0].startswith("HC3 standard errors")
    assert found.statistics.to_frame().aic_weight.notna().all()
    several = [sl.multinomial(f"race ~ {right}", data) for right in ("age", "age + smoke")]
    found = sl.compare(several[0], several[1].with_covariance("HC0"))
    assert found.tests.column("reason")[0].startswith("HC0 standard errors")


def test_weights_need_maxima_of_the_likelihood(data, results):
    with pytest.warns(sl.errors.NotConvergedWarning):
        short = sl.logit("low ~ age + smoke", data, max_iterations=1, on_failure="warn")
    shrunk = sl.logit("low ~ age + smoke", data, penalty=sl.Firth())
    for other, why in ((short, "Model 2 did not reach a maximum"), (shrunk, "Model 2 has a firth penalty")):
        found = sl.compare(results[0], other)
        assert found.statistics.note == f"No weights: {why}."
        assert found.statistics.to_frame().aic_weight.isna().all()


def test_multinomial_models_are_compared_class_by_class(data):
    small, large = sl.multinomial("race ~ age", data), sl.multinomial("race ~ age + smoke", data)
    found = sl.compare(small, large)
    assert found.to_frame().loc[("3", "smoke"), ("Model 2", "estimate")] == large.params.loc["smoke", 3]
    assert found.tests.column("df") == (2,)
    assert found.tests.column("statistic")[0] == pytest.approx(large.anova().column("statistic")[1], rel=1e-10)
    lines = found.summary().splitlines()
    rows = [line.split("  ")[0] for line in lines if line.startswith(("2: ", "3: "))]
    assert rows == ["2: Intercept", "2: age", "2: smoke", "3: Intercept", "3: age", "3: smoke"]


def test_two_kinds_or_one_model_are_refused(data, results):
    with pytest.raises(TypeError, match="like with like"):
        sl.compare(results[0], sl.multinomial("race ~ age", data))
    with pytest.raises(TypeError, match="at least two"):
        sl.compare(results[0])
    with pytest.raises(TypeError, match="at least two"):
        sl.compare("low ~ age", "low ~ lwt")
    with pytest.raises(ValueError, match="different texts"):
        sl.compare(*results[:2], names=["same", "same"])


def test_text_is_eighty_columns_wide_and_has_every_number(results):
    text = sl.compare(*results, *results, names=[f"a rather long name {k}" for k in range(6)]).summary()
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("-0.0398 (0.0323)") == 2
    assert "(continued)" in text


def test_infinite_and_aliased_coefficients_say_so(data):
    some = data.assign(rare=0, again=data.age)
    some.loc[some.index[some["low"] == 1][:4], "rare"] = 1
    with pytest.warns(sl.errors.SeparationWarning):
        infinite = sl.logit("low ~ age + rare", some, on_failure="warn")
    text = sl.compare(sl.logit("low ~ age + again", some), infinite).summary()
    assert "+inf" in text
    assert "aliased" in text
    assert "Model 2: The data are quasi-completely separated" in " ".join(text.split())


@pytest.mark.parametrize("suffix", [".html", ".md", ".json", ".txt"])
def test_reports_hold_the_same_numbers_and_escape_names(found, results, tmp_path, suffix):
    path = tmp_path / f"comparison{suffix}"
    bad = sl.compare(*results[:2], names=["<script>x</script>", "{{ 7*7 }}"])
    text = bad.report(path).read_text(encoding="utf-8")
    assert ("<script>" in text) == (suffix in (".json", ".txt"))
    assert ("{{ 7*7 }}" in text) == (suffix != ".md")
    plain = found.report(path).read_text(encoding="utf-8")
    if suffix == ".json":
        assert json.loads(plain)["title"] == "Comparison of 3 models"
    else:
        assert "0.0398 (0.0323)" in plain
    assert found.report(path).read_bytes() == plain.encode()


def test_notebook_shows_a_fragment(found):
    assert "<table>" in found._repr_html_()
    assert "A, B, C" in repr(found)
