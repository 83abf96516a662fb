"""The section on new rows: unasked in written reports, on request in the summary and on the command line."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.diagnostics.validation import affordable
from statlogit.results import validation_report

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

FORMULA = "low ~ age + lwt + C(race) + smoke"
TITLE = "Performance on new rows"


@pytest.fixture(scope="module")
def births(examples):
    return examples / "birthwt.csv"


@pytest.fixture(scope="module")
def result(births):
    return sl.logit(FORMULA, pd.read_csv(births))


def test_a_written_report_validates_unasked_after_discrimination(result, tmp_path):
    text = result.report(tmp_path / "r.md").read_text(encoding="utf-8")
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert heads.index("## Fit and discrimination") + 1 == heads.index(f"## {TITLE}")
    corrected = result.validate(replications=affordable(result.fit)).corrected[0]
    assert f"| {corrected:.3f} |" in text
    assert TITLE not in result.report(tmp_path / "n.md", validation=False).read_text(encoding="utf-8")


def test_the_summary_shows_the_validation_it_is_given(result):
    found = result.validate("cv", repeats=1)
    assert TITLE not in result.summary()
    assert TITLE in result.summary(validation=found)
    assert "10-fold cross-validation over rows, 1 repeat, seed 0" in result.summary(validation=found)
    assert "Corrected" in str(found)
    assert "<table" in found._repr_html_()


def test_classes_have_the_section_too(tmp_path):
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=90), "k": rng.choice(["a", "b", "c"], 90)})
    m = sl.multinomial("k ~ x", data)
    assert "Accuracy" in m.report(tmp_path / "m.md").read_text(encoding="utf-8").split(TITLE)[1]
    assert TITLE in m.summary(validation=m.validate(replications=20))
    bare = sl.multinomial("k ~ x", data, standard_errors=False)
    assert TITLE not in bare.report(tmp_path / "b.md").read_text(encoding="utf-8")


def test_the_number_of_unasked_replications_hangs_on_the_size_alone(result):
    fit = result.fit
    assert affordable(fit) == 200
    firth = replace(fit, settings=replace(fit.settings, firth=True))
    assert affordable(firth) < 200


def test_what_is_too_large_or_fails_is_said_in_the_report(result, tmp_path, monkeypatch):
    monkeypatch.setattr(validation_report, "affordable", lambda _: 0)
    assert "r.validate(budget=60)" in result.report(tmp_path / "a.md").read_text(encoding="utf-8")
    monkeypatch.undo()
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"x": rng.normal(size=36)})
    data["y"] = (rng.logistic(size=36) < 3.0 * data["x"]).astype(int)
    text = sl.logit("y ~ x", data).report(tmp_path / "b.md").read_text(encoding="utf-8")
    assert "Not estimated: " in text
    assert "refits have no finite maximum" in text


def test_separated_data_have_no_section(tmp_path):
    data = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, 0, 1, 1]})
    with pytest.raises(sl.SeparationError) as caught:
        sl.logit("y ~ x", data)
    assert TITLE not in caught.value.result.report(tmp_path / "r.md").read_text(encoding="utf-8")


def run(*arguments):
    return CliRunner().invoke(main, ["fit", *map(str, arguments)])


def test_the_command_line_validates_on_request(births, result, tmp_path):
    assert TITLE not in run(FORMULA, births).stdout
    report = tmp_path / "r.md"
    found = run(FORMULA, births, "--validate", "cv:5x2", "--report", report)
    assert found.exit_code == 0
    assert "5-fold cross-validation over rows, 2 repeats" in " ".join(found.stdout.split())
    assert "5-fold cross-validation over rows, 2 repeats" in report.read_text(encoding="utf-8")
    run(FORMULA, births, "--validate", "none", "--report", report)
    assert TITLE not in report.read_text(encoding="utf-8")
    document = json.loads(run(FORMULA, births, "--validate", "bootstrap:25", "--json").stdout)
    expected = result.validate(replications=25).corrected
    assert [row["corrected"] for row in document["validation"]] == pytest.approx(expected)
    classes = run("race ~ age", births, "--multinomial", "--validate", "bootstrap:20")
    assert "Accuracy" in classes.stdout


@pytest.mark.parametrize("text", ["loo", "cv:5xx", "bootstrap:many", "cv:1x1", "bootstrap:1"])
def test_a_plan_that_means_nothing_is_a_usage_error(births, text):
    found = run(FORMULA, births, "--validate", text)
    assert found.exit_code == 2
    assert "--validate" in found.stderr


def test_a_refused_validation_leaves_the_result_and_exit_code_4(tmp_path):
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"x": rng.normal(size=36)})
    data["y"] = (rng.logistic(size=36) < 3.0 * data["x"]).astype(int)
    data.to_csv(tmp_path / "d.csv", index=False)
    found = run("y ~ x", tmp_path / "d.csv", "--validate", "bootstrap:150")
    assert found.exit_code == 4
    assert "Coefficients" in found.stdout
    assert "refits have no finite maximum" in found.stderr
