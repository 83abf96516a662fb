"""The command line as a user meets it: streams, exit codes, messages; run in its own process."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
BIRTHWT = str(ROOT / "examples" / "birthwt.csv")
FORMULA = "low ~ age + lwt + C(race) + smoke"


def run(*arguments, text=None):
    return subprocess.run(
        [sys.executable, "-m", "statlogit", *arguments],
        input=text, capture_output=True, text=True, encoding="utf-8", env={**os.environ, "COLUMNS": "80"}, check=False,
    )  # fmt: skip


def test_fit_prints_the_summary_within_eighty_columns():
    done = run("fit", FORMULA, BIRTHWT)
    assert done.returncode == 0, done.stderr
    assert "P(low = 1)" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stderr == ""


@pytest.mark.slow
def test_fit_writes_the_same_reports_twice(tmp_path):
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    for path in (first, second):
        assert run("fit", FORMULA, BIRTHWT, "--report", str(path)).returncode == 0
    assert first.read_bytes() == second.read_bytes()


def test_json_is_one_document_with_full_precision():
    import statlogit as sl

    done = run("fit", FORMULA, BIRTHWT, "--json")
    document = json.loads(done.stdout)
    result = sl.logit(FORMULA, BIRTHWT)
    assert [c["estimate"] for c in document["coefficients"]] == result.params.tolist()
    assert document["fit"]["auc"] == result.roc().auc


@pytest.mark.slow
def test_hypotheses_are_tested_after_the_report_and_in_the_document():
    done = run("fit", FORMULA, BIRTHWT, "--test", "age = 0, smoke = 1", "--test", "smoke = 2*age")
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("Reproducibility") < done.stdout.index("age = 0, smoke = 1")
    assert "smoke = 2*age" in done.stdout
    document = json.loads(run("fit", FORMULA, BIRTHWT, "--json", "--test", "age = 0").stdout)
    age = next(c for c in document["coefficients"] if c["term"] == "age")
    assert document["tests"][0]["rows"][0]["statistic"] == pytest.approx(age["statistic"] ** 2, rel=1e-12)
    assert "tests" not in json.loads(run("fit", FORMULA, BIRTHWT, "--json").stdout)
    done = run("fit", FORMULA, BIRTHWT, "--test", "agee = 0")
    assert done.returncode == 3
    assert "nearest: age" in done.stderr


@pytest.mark.slow
def test_standard_input_is_read():
    done = run("fit", FORMULA, "-", "--json", text=Path(BIRTHWT).read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["fit"]["nobs"] == 189


@pytest.mark.slow
def test_predict_from_a_saved_model_equals_the_fit(tmp_path):
    import pandas as pd

    import statlogit as sl

    model = tmp_path / "m.json"
    assert run("fit", FORMULA, BIRTHWT, "--save", str(model)).returncode == 0
    done = run("predict", str(model), BIRTHWT, "--interval", "-o", str(tmp_path / "p.csv"))
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(tmp_path / "p.csv")
    expected = sl.logit(FORMULA, BIRTHWT).predict(pd.read_csv(BIRTHWT), interval="confidence")
    assert found["estimate"].tolist() == expected["estimate"].tolist()
    assert found["conf_high"].tolist() == expected["conf_high"].tolist()


def test_separated_data_exit_with_four_and_still_show_the_result():
    done = run("fit", "y ~ x", str(ROOT / "examples" / "toy.csv"))
    assert done.returncode == 4
    assert "separated" in done.stderr
    assert "inf" in done.stdout


@pytest.mark.slow
def test_strict_exits_with_five_on_a_warning():
    text = "y,x\n" + "\n".join(f"{k % 2},{'' if k % 5 == 0 else k * 37 % 11}" for k in range(60))
    assert run("fit", "y ~ x", "-", "--strict", text=text).returncode == 5


BAD = {
    "unknown column": ("low ~ agee", None, ["agee", "age"]),
    "unlisted call": ("low ~ open(age)", None, ["open", "^"]),
    "three levels": ("y ~ x", "y,x\na,1\nb,2\nc,3\na,4\n", ["y", "a", "b", "c", "event"]),
    "one class": ("y ~ x", "y,x\n1,1\n1,2\n1,3\n", ["y", "1"]),
    "one and two": ("y ~ x", "y,x\n1,1\n2,2\n1,3\n2,1\n", ["y", "event"]),
    "header only": ("y ~ x", "y,x\n", ["row"]),
    "empty file": ("y ~ x", "", ["empty"]),
    "all missing": ("y ~ x", "y,x\n1,\n0,\n", ["x", "missing"]),
    "inf": ("y ~ x", "y,x\n1,inf\n0,2\n1,3\n0,4\n", ["x", "inf"]),
    "duplicate names": ("y ~ x", "y,x,x\n1,2,3\n0,2,4\n", ["x"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", BAD)
def test_bad_input_exits_with_three_and_names_what_is_wrong(what):
    formula, text, words = BAD[what]
    done = run("fit", formula, BIRTHWT if text is None else "-", text=text)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.slow
def test_negative_weights_and_too_few_trials_are_refused():
    text = "s,n,w,x\n1,3,1,1\n2,3,-2,2\n3,2,1,3\n"
    weights = run("fit", "s ~ x", "-", "--trials", "n", "--weights", "w", text=text.replace("3,2,1,3", "1,2,1,3"))
    assert weights.returncode == 3
    assert "w" in weights.stderr
    assert "-2" in weights.stderr
    trials = run("fit", "s ~ x", "-", "--trials", "n", text=text.replace("-2", "2"))
    assert trials.returncode == 3
    assert "trials" in trials.stderr


@pytest.mark.slow
def test_unreadable_file_and_wrong_usage():
    missing = run("fit", "y ~ x", "no/such/file.csv")
    assert missing.returncode == 3
    assert "no/such/file.csv" in missing.stderr
    assert run("fit", "y ~ x", BIRTHWT, "--level", "1.5").returncode == 2
    assert run("fit", "y ~ x", BIRTHWT, "--no-such-option").returncode == 2


@pytest.mark.slow
def test_json_is_printed_for_errors_too():
    done = run("fit", "low ~ agee", BIRTHWT, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["type"] == "MissingColumnError"


@pytest.mark.slow
def test_constant_column_is_named():
    text = "y,x,k\n" + "\n".join(f"{k % 2},{k * 37 % 11},4" for k in range(40))
    done = run("fit", "y ~ x + k", "-", text=text)
    assert "k" in done.stdout + done.stderr
    assert "aliased" in done.stdout


@pytest.mark.slow
def test_help_is_quick():
    started = time.perf_counter()
    done = run("--help")
    elapsed = time.perf_counter() - started
    assert done.returncode == 0
    assert "numpy" not in _imported_by_help()
    assert elapsed < 2.0  # the goal is 0.2 s; a loaded machine may take longer, an import of pandas always would


def _imported_by_help():
    code = "import sys; import statlogit.cli; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.slow
def test_demo_and_info_run():
    toy = "".join(f"{x},{y}\n" for x, y in ((0.5, 0), (2.5, 1), (1.0, 0), (3.0, 1)))
    done = run("demo", "-", "--iters", "3", text=toy)
    assert done.returncode == 0, done.stderr
    assert "0.693147" in done.stdout
    assert "numpy" in run("info").stdout


@pytest.mark.slow
def test_profile_intervals_are_named_and_differ_from_wald():
    wald, profile = run("fit", FORMULA, BIRTHWT), run("fit", FORMULA, BIRTHWT, "--ci", "profile")
    assert profile.returncode == 0, profile.stderr
    assert "profile-likelihood intervals" in profile.stdout
    assert "Wald intervals" in wald.stdout
    assert "0.159, 12.225" in wald.stdout
    assert "0.159, 12.225" not in profile.stdout


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["tex", "docx", "xlsx"])
def test_fit_writes_the_other_formats(tmp_path, suffix):
    path = tmp_path / f"r.{suffix}"
    assert run("fit", "low ~ age", BIRTHWT, "--report", str(path)).returncode == 0
    assert path.read_bytes().startswith(b"\\documentclass" if suffix == "tex" else b"PK")


@pytest.mark.slow
def test_a_report_that_cannot_be_written_is_refused_before_the_fit(tmp_path):
    done = run("fit", "low ~ age", "no such file.csv", "--report", str(tmp_path / "r.pdf"))
    assert done.returncode == 2
    assert "no report format for '.pdf'" in " ".join(done.stderr.split())


@pytest.mark.slow
def test_a_folder_of_parquet_files_is_fitted(tmp_path):
    births = pd.read_csv(BIRTHWT)
    for k in range(3):
        births.iloc[k::3].to_parquet(tmp_path / f"{k}.parquet")
    done = run("fit", "low ~ age + lwt", str(tmp_path), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["fit"]["nobs"] == 189
    assert run("fit", "low ~ age", str(tmp_path / "none*.parquet")).returncode == 3


@pytest.mark.slow
@pytest.mark.parametrize("command", [("fit", "low ~ age"), ("compare", "low ~ age", "low ~ age + smoke")])
def test_templates_of_ones_own_make_the_reports_that_take_them(tmp_path, command):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "report.html.j2").write_text("<h1>Ours: {{ page.title }}</h1>", encoding="utf-8")
    page, workbook = tmp_path / "r.html", tmp_path / "r.xlsx"
    done = run(*command, BIRTHWT, "--templates", str(folder), "--report", str(page), "--report", str(workbook))
    assert done.returncode == 0, done.stderr
    assert page.read_text(encoding="utf-8").startswith("<h1>Ours: ")
    assert workbook.exists()


@pytest.mark.slow
def test_templates_that_nothing_takes_or_that_escape_are_refused(tmp_path):
    (tmp_path / "report.html.j2").write_text("{{ ''.__class__ }}", encoding="utf-8")
    done = run("fit", "low ~ age", BIRTHWT, "--templates", str(tmp_path))
    assert done.returncode == 2
    assert "templates need --report" in " ".join(done.stderr.split())
    done = run("fit", "low ~ age", BIRTHWT, "--templates", str(tmp_path), "--report", str(tmp_path / "r.html"))
    assert done.returncode != 0
    assert "report.html.j2" in done.stderr
    assert not (tmp_path / "r.html").exists()


@pytest.mark.slow
def test_hostile_classes_come_back_from_the_csv_as_they_were(tmp_path):
    names = ['=1+1,"a"', "line\nbreak", "plain"]
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=90), "k": np.resize(names, 90)})
    data.to_csv(tmp_path / "d.csv", index=False)
    done = run("fit", "k ~ x", str(tmp_path / "d.csv"), "--multinomial", "--save", str(tmp_path / "m.json"))
    assert done.returncode == 0, done.stderr
    done = run("predict", str(tmp_path / "m.json"), str(tmp_path / "d.csv"))
    assert done.returncode == 0, done.stderr
    assert set(names) <= set(pd.read_csv(io.StringIO(done.stdout)).columns)
