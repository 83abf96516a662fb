"""statlogit compare: rows, streams, exit codes; run in this process, since test_cli starts the real one."""

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.report.schema import report_schema
from tests.test_cli import BIRTHWT, ROOT


def run(*arguments):
    return CliRunner(env={"COLUMNS": "80"}).invoke(main, arguments)


@pytest.fixture
def holes(tmp_path):
    data = pd.read_csv(BIRTHWT).astype({"ftv": float})
    data.loc[:5, "ftv"] = None
    path = tmp_path / "holes.csv"
    data.to_csv(path, index=False)
    return str(path)


def test_models_are_fitted_to_the_rows_complete_for_all_and_say_so(holes, tmp_path):
    report = tmp_path / "c.html"
    done = run("compare", "low ~ age", "low ~ age + ftv", holes, "--report", str(report))
    assert done.exit_code == 0, done.stderr
    assert "6 of 189 rows are left out" in done.stderr
    assert "6 of 189 rows are left out" in report.read_text(encoding="utf-8")
    assert "Model 1 in Model 2" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json_holds_what_the_api_gives(holes):
    done = run("compare", "low ~ age", "low ~ age + ftv", holes, "--json")
    document = json.loads(done.stdout)
    rows = pd.read_csv(holes).dropna()
    found = sl.compare(sl.logit("low ~ age", rows), sl.logit("low ~ age + ftv", rows))
    assert [c["estimate"] for c in document["coefficients"]] == list(found.coefficients.column("estimate"))
    assert document["tests"][0]["statistic"] == found.tests.column("statistic")[0]
    assert [m["n"] for m in document["models"]] == [183, 183]


def test_own_rows_give_no_test_but_the_reason(holes):
    done = run("compare", "low ~ age", "low ~ age + ftv", holes, "--rows", "own")
    assert done.exit_code == 0, done.stderr
    assert "Model 2 leaves out 6 rows that Model 1 uses" in " ".join(done.stdout.split())


def test_multinomial_models_are_compared():
    done = run("compare", "race ~ age", "race ~ age + lwt", BIRTHWT, "--multinomial", "--reference", "2")
    assert done.exit_code == 0, done.stderr
    assert "1: lwt" in done.stdout


def test_exit_codes_are_those_of_the_contract():
    toy = str(Path(ROOT) / "examples" / "toy.csv")
    separated = run("compare", "y ~ 1", "y ~ x", toy)
    assert (separated.exit_code, "+inf" in separated.stdout) == (4, True)
    assert "Model 2: " in separated.stderr
    assert run("compare", "y ~ x", toy).exit_code == 2
    wrong = run("compare", "y ~ x", "y ~ z", toy, "--json")
    assert wrong.exit_code == 3
    assert json.loads(wrong.stdout)["error"]["type"] == "MissingColumnError"


@pytest.mark.parametrize("suffix", ["txt", "md", "tex", "json", "docx", "xlsx"])
def test_a_comparison_goes_through_every_format(tmp_path, suffix):
    path = tmp_path / f"c.{suffix}"
    assert run("compare", "low ~ age", "low ~ age + smoke", str(BIRTHWT), "--report", str(path)).exit_code == 0
    if suffix == "json":
        jsonschema.validate(json.loads(path.read_text("utf-8")), report_schema())
    elif suffix in ("docx", "xlsx"):
        assert path.read_bytes()[:2] == b"PK"
    else:
        assert "smoke" in path.read_text("utf-8")
