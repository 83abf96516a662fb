"""[tool.statlogit] and shell completion."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.cli.completion import VARIABLE

BIRTHWT = str(Path("examples/birthwt.csv").resolve())
FORMULA = "low ~ age + lwt"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line in a folder below one whose pyproject.toml has these lines under [tool.statlogit]."""

    def ran(lines, *arguments):
        (tmp_path / "pyproject.toml").write_text(f"[tool.other]\nx = 1\n[tool.statlogit]\n{lines}\n", encoding="utf-8")
        (tmp_path / "below").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / "below")
        return CliRunner(env={"COLUMNS": "200"}).invoke(main, arguments)

    return ran


def fitted(done):
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def limits(document):
    return [(c["conf_low"], c["conf_high"]) for c in document["coefficients"]]


def test_a_file_sets_defaults_and_the_document_says_so(run):
    found = fitted(run('level = 0.8\ncovariance = "HC3"', "fit", FORMULA, BIRTHWT, "--json"))
    ours = sl.logit(FORMULA, BIRTHWT, covariance="HC3").tidy(level=0.8)
    assert limits(found) == list(zip(ours.conf_low, ours.conf_high, strict=True))
    assert found["settings"] == {"level": 0.8, "covariance": "HC3"}


def test_the_command_line_wins(run):
    found = fitted(run('level = 0.8\ncovariance = "HC3"', "fit", FORMULA, BIRTHWT, "--json", "--level", "0.95"))
    ours = sl.logit(FORMULA, BIRTHWT, covariance="HC3").tidy()
    assert limits(found) == list(zip(ours.conf_low, ours.conf_high, strict=True))
    assert found["settings"] == {"covariance": "HC3"}


def test_what_a_file_turned_on_can_be_turned_off(run):
    lines = 'strict = true\npenalty = "ridge:1.0"'
    found = fitted(run(lines, "fit", FORMULA, BIRTHWT, "--json", "--no-strict", "--penalty", "none"))
    assert found["fit"]["penalty"] == "none"
    assert "settings" not in found


@pytest.mark.parametrize("formula", [FORMULA, "race ~ age"])
def test_the_report_says_where_a_setting_came_from(run, formula):
    options = ["--multinomial"] if formula.startswith("race") else []
    done = run('level = 0.8\nvalidate = "none"\nreport = ["r.md"]', "fit", formula, BIRTHWT, *options)
    assert done.exit_code == 0, done.stderr
    sentence = "level = 0.8, report = r.md, validate = none, from [tool.statlogit] in pyproject.toml"
    assert sentence in " ".join(done.stdout.split())
    assert "tool.statlogit" in Path("r.md").read_text(encoding="utf-8")


def test_without_the_table_nothing_is_said(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "statlogit-notes"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "settings" not in fitted(CliRunner().invoke(main, ["fit", FORMULA, BIRTHWT, "--json"]))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("levle = 0.9", ["no setting 'levle'", "nearest is 'level'"]),
        ("weights = 'w'", ["no setting 'weights'"]),
        ("covariance = 'HC9'", ["covariance = 'HC9'", "'HC3'"]),
        ("level = 'high'", ["level = 'high'", "float"]),
        ("level = true", ["level = true"]),
        ("report = 'r.html'", ["write a list", "['r.html']"]),
        ("level = ", ["is not TOML"]),
    ],
)
def test_a_wrong_setting_is_refused_and_named_with_its_file(run, lines, words):
    done = run(lines, "fit", FORMULA, BIRTHWT)
    assert done.exit_code == 2
    for word in ["pyproject.toml", *words]:
        assert word in done.stderr


def test_predict_and_compare_take_theirs(run, tmp_path):
    model = tmp_path / "m.json"
    assert run("", "fit", FORMULA, BIRTHWT, "--save", str(model)).exit_code == 0
    done = run('level = 0.8\nrows = "own"', "predict", str(model), BIRTHWT, "--interval", "-o", "p.csv")
    assert done.exit_code == 0, done.stderr
    ours = sl.load(model).predict(BIRTHWT, interval="confidence", level=0.8)
    assert pd.read_csv("p.csv")["conf_low"].tolist() == ours["conf_low"].tolist()


def test_templates_lie_beside_the_file_and_may_wait_for_a_report(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.md.j2").write_text("Ours: {{ page.title }}", encoding="utf-8")
    lines = 'templates = "mine"'
    assert run(lines, "fit", FORMULA, BIRTHWT, "--validate", "none", "--report", "r.md").exit_code == 0
    assert Path("r.md").read_text(encoding="utf-8").startswith("Ours: ")
    assert run(lines, "fit", FORMULA, BIRTHWT).exit_code == 0
    assert run(lines, "fit", FORMULA, BIRTHWT, "--templates", str(tmp_path / "mine")).exit_code == 2
    done = run('templates = "theirs"', "fit", FORMULA, BIRTHWT)
    assert done.exit_code == 2
    assert "theirs" in done.stderr


@pytest.mark.parametrize("lines", ["levle = 0.9", "level = "])
def test_a_broken_table_stops_the_commands_that_read_it_alone(run, lines):
    assert run(lines, "info").exit_code == 0
    assert run(lines, "completion", "bash").exit_code == 0
    for command in (("predict", "m.json", BIRTHWT), ("compare", FORMULA, "low ~ age", BIRTHWT)):
        done = run(lines, *command)
        assert done.exit_code == 2
        assert "pyproject.toml" in done.stderr


def completed(*words):
    """What bash is told when Tab is pressed after the last word."""
    line = {"COMP_WORDS": shlex.join(["statlogit", *words]), "COMP_CWORD": str(len(words)), VARIABLE: "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", "from statlogit.cli import main; main(prog_name='statlogit')"],
        env={**os.environ, **line}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [item.split(",", 1)[1] for item in done.stdout.split()]


def test_commands_options_choices_and_columns_are_completed():
    assert "fit" in completed("f")
    assert completed("fit", "y ~ x", BIRTHWT, "--covariance", "HC") == ["HC0", "HC1", "HC2", "HC3"]
    assert completed("fit", "y ~ x", BIRTHWT, "--weights", "l") == ["low", "lwt"]
    assert completed("fit", "y ~ x", "no such file", "--weights", "l") == []
    assert completed("fit", "--cov") == ["--covariance"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell):
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0, done.output
    assert VARIABLE in done.stdout
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=False).returncode == 0
