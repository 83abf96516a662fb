"""Reports of real fits: hostile names stay text, all formats show the numbers of tidy() and glance()."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest

import statlogit as sl

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

SCRIPT, QUOTED = "<script>alert(1)</script>", 'a"b&c'


@pytest.fixture(scope="module")
def hostile():
    rng = np.random.default_rng(1)
    group = rng.choice(["plain", SCRIPT, "x|y`z`"], 300)
    data = pd.DataFrame({"y": rng.integers(0, 2, 300), QUOTED: rng.normal(size=300), "g": group})
    return sl.logit(f"y ~ `{QUOTED}` + g", data)


@pytest.fixture(scope="module")
def result(examples):
    return sl.logit("low ~ age + lwt + C(race) + smoke", examples / "birthwt.csv")


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_hostile_level_and_column_come_out_as_text(hostile, suffix, tmp_path):
    text = hostile.report(tmp_path / f"r{suffix}").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "alert(1)" in text
    assert "b&amp;c" in text


def test_notebook_form_is_escaped_and_small(hostile):
    shown = hostile._repr_html_()
    assert "<script" not in shown
    assert html.escape(SCRIPT).split("&lt;")[1][:6] in shown
    assert len(shown.encode()) < 15_000


def test_all_formats_show_the_same_coefficients(result, tmp_path):
    page = result.report(tmp_path / "r.html").read_text(encoding="utf-8")
    document = json.dumps(json.loads(result.report(tmp_path / "r.json").read_text(encoding="utf-8")))
    mark = result.report(tmp_path / "r.md").read_text(encoding="utf-8")
    text = result.summary()
    for value in result.params:
        assert f'value="{float(value)!r}"' in page
        assert repr(float(value)) in document
        shown = re.search(rf'value="{re.escape(repr(float(value)))}"[^>]*>([^<]*)<', page).group(1)
        assert shown.replace("\u2212", "-") in text.replace("\u2212", "-")
        assert shown in mark or shown.replace("\u2212", "-") in mark


def test_all_formats_show_the_same_fit(result, tmp_path):
    page = result.report(tmp_path / "r.html").read_text(encoding="utf-8")
    glance = result.glance().iloc[0]
    for name in ("aic", "bic", "log_lik", "deviance", "r2_mcfadden", "r2_tjur", "brier", "auc"):
        assert f'value="{float(glance[name])!r}"' in page
    for name in ("aic", "bic", "log_lik", "deviance"):
        assert f"{glance[name]:.3f}" in result.summary()


def test_reports_are_the_same_bytes_twice(result, tmp_path):
    for suffix in (".html", ".txt", ".md", ".json"):
        first = result.report(tmp_path / f"a{suffix}").read_bytes()
        assert first == result.report(tmp_path / f"b{suffix}").read_bytes()


def test_unknown_suffix_names_the_known_ones(result, tmp_path):
    with pytest.raises(ValueError, match=r"\.html"):
        result.report(tmp_path / "r.pdf")


def test_separated_report_prints_infinity_and_no_z(examples):
    with pytest.raises(sl.SeparationError) as caught:
        sl.logit("y ~ x", examples / "toy.csv")
    line = next(row for row in caught.value.result.summary().splitlines() if row.startswith("x "))
    assert line.split()[:4] == ["x", "+inf", "-", "-"]  # no standard error, no z
    assert line.endswith(", inf")


def test_calibration_stands_after_discrimination(examples, tmp_path):
    r = sl.logit("low ~ age + lwt + C(race) + smoke", pd.read_csv(examples / "birthwt.csv"))
    text = r.summary()
    assert text.index("--- Calibration") > text.index("Fit and discrimination")
    assert text.index("--- Calibration") < text.index("--- Convergence")
    assert f"{r.calibration().ici:.3f}" in text
    assert "le Cessie-van Houwelingen" in text
    assert max(map(len, text.splitlines())) <= 80
    page = r.report(tmp_path / "r.html").read_text(encoding="utf-8")
    for title in ("Calibration curve", "Decision curve", "Precision-recall curve"):
        assert f"<figcaption>{title}</figcaption>" in page


def test_few_events_have_no_calibration_curve(examples, tmp_path):
    few = pd.read_csv(examples / "birthwt.csv").iloc[120:145]
    page = sl.logit("low ~ age", few).report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Calibration curve" not in page
    assert "Hosmer-Lemeshow" in page


@pytest.mark.parametrize("suffix", [".html", ".txt", ".md", ".tex", ".json"])
def test_binned_residuals_stand_before_the_influential_rows(result, suffix, tmp_path):
    text = re.sub(r"\s+", " ", result.report(tmp_path / f"r{suffix}").read_text(encoding="utf-8"))
    inside, n = result.binned_residuals().n_inside, len(result.binned_residuals().x)
    assert 0 < text.rindex(f"{inside} of {n}") < text.rindex("Most influential rows")


def test_the_number_bent_most_is_drawn(tmp_path):
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    data["y"] = (rng.logistic(size=400) < data["a"] - data["b"] ** 2 + 1.0).astype(int)
    page = sl.logit("y ~ a + b", data).report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Component plus residual: b" in page
    assert "Component plus residual: a" not in page
