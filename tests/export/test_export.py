"""Exported models against predict: SQL in DuckDB, ONNX in onnxruntime, Python without site-packages."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.export import score_of, to_python, to_sql
from statlogit.export.onnx import to_onnx

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

EXACT = 1e-12  # a few hundred operations in doubles
HOSTILE = 'x"; DROP TABLE data; --'


def frame(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    data = pd.DataFrame({
        "x": rng.normal(size=n), "k": rng.integers(1, 60, n), "g": rng.choice(["a", "b's", 'c"d', "{e}"], n),
        "race": rng.integers(1, 4, n), "flag": rng.random(n) < 0.4, HOSTILE: rng.uniform(0.1, 3.0, n),
        "o": rng.normal(size=n) / 5,
    })  # fmt: skip
    eta = 0.5 * data["x"] + 0.02 * data["k"] - 0.6 * (data["g"] == "a") + 0.4 * data["flag"] - 1.0
    data["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    data["c"] = rng.choice(["lo", "mid", "hi"], n)
    return data


DATA = frame()
BINARY = [
    "y ~ x + k",
    "y ~ x * C(g) + flag",
    "y ~ C(race, contr.sum):C(g) + scale(x)",
    "y ~ poly(k, 3) + log(k) + np.sqrt(k) + I(x**2) + center(k):flag",
    "y ~ I(x > 0.2) + I(k / 7 - 1) + exp(x) + log10(k) + log1p(k) + expm1(x) + abs(x) + log2(k)",
    f"y ~ `{HOSTILE}` + C(race, contr.poly) + C(g, contr.helmert) * k",
    "y ~ 0 + g + g:race + poly(x, 2, raw=True)",
    "y ~ C(flag) + I(x - mean(k)) + standardize(k)",
]


def model(formula, tmp_path, **options):
    fit = sl.multinomial if formula.startswith("c ") else sl.logit
    r = fit(formula, DATA, **options)
    return r, sl.load(r.save(tmp_path / "m.json"))


def new_rows() -> pd.DataFrame:
    new = frame(250).sample(frac=1.0, random_state=2).reset_index(drop=True).drop(columns=["y", "c"])
    new.loc[3, "x"] = np.nan
    new.loc[4, "k"] = 40
    return new


def run_sql(query: str, table: pd.DataFrame) -> pd.DataFrame:
    import duckdb

    with duckdb.connect() as database:
        database.register("data", table.assign(row=range(len(table))))
        return database.execute(query).df().sort_values("row").reset_index(drop=True)


def run_onnx(made: bytes, table: pd.DataFrame) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    kinds = {"tensor(double)": float, "tensor(string)": object, "tensor(bool)": bool}
    given = {i.name: table[i.name].to_numpy(dtype=kinds[i.type]) for i in session.get_inputs()}
    return session.run(["probability"], given)[0]


def run_python(text: str, rows: pd.DataFrame, tmp_path) -> list:
    (tmp_path / "scorer.py").write_text(text, encoding="utf-8")
    (tmp_path / "rows.json").write_text(rows.to_json(orient="records", double_precision=15), encoding="utf-8")
    program = "import json, scorer; print(json.dumps([scorer.predict(r) for r in json.load(open('rows.json'))]))"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )  # fmt: skip
    return json.loads(ran.stdout)


@pytest.mark.parametrize("formula", BINARY)
def test_sql_scores_as_predict_does(formula, tmp_path):
    _, loaded = model(formula, tmp_path)
    new = new_rows()
    found = run_sql(to_sql(score_of(loaded)), new)["probability"].to_numpy(dtype=float)
    np.testing.assert_allclose(found, loaded.predict(new), atol=EXACT, rtol=EXACT)


@pytest.mark.parametrize("formula", BINARY)
def test_onnx_scores_as_predict_does(formula, tmp_path):
    _, loaded = model(formula, tmp_path)
    found = run_onnx(to_onnx(score_of(loaded)), new_rows())
    np.testing.assert_allclose(found, loaded.predict(new_rows()), atol=EXACT, rtol=EXACT)


@pytest.mark.parametrize("formula", BINARY)
def test_python_scores_as_predict_does(formula, tmp_path):
    _, loaded = model(formula, tmp_path)
    new = new_rows().round(12)
    expected = loaded.predict(new)
    found = run_python(to_python(score_of(loaded)), new, tmp_path)
    np.testing.assert_allclose(np.array(found, dtype=float), expected, atol=EXACT, rtol=EXACT)
    assert np.isnan(expected[3]) or "x" not in loaded.design.variables


def test_classes_offsets_and_penalties_score_as_predict_does(tmp_path):
    new = new_rows().round(12)
    for options in ({}, {"reference": "mid"}, {"penalty": sl.Ridge(1.0)}, {"offset": "o"}):
        _, loaded = model("c ~ x + C(g)", tmp_path, **options)
        expected, score = loaded.predict(new), score_of(loaded)
        in_sql = run_sql(to_sql(score), new)[[f"p_{level}" for level in loaded.levels]].to_numpy(dtype=float)
        in_python = [[row[level] for level in loaded.levels] for row in run_python(to_python(score), new, tmp_path)]
        np.testing.assert_allclose(in_sql, expected, atol=EXACT)
        np.testing.assert_allclose(np.array(in_python, dtype=float), expected, atol=EXACT)
        np.testing.assert_allclose(run_onnx(to_onnx(score), new), expected, atol=EXACT)
    _, loaded = model("y ~ x", tmp_path, offset="o", penalty=sl.Firth())
    found = run_sql(to_sql(score_of(loaded)), new)["probability"].to_numpy(dtype=float)
    np.testing.assert_allclose(found, loaded.predict(new), atol=EXACT)


def test_far_out_rows_have_probability_0_or_1_and_unseen_levels_none(tmp_path):
    _, loaded = model("y ~ x + C(g)", tmp_path)
    new = pd.DataFrame({"x": [1e6, -1e6, 0.0, None], "g": ["a", "a", "new", "a"]})
    found = run_sql(to_sql(score_of(loaded)), new)["probability"]
    assert found[:2].tolist() == [1.0, pytest.approx(0.0, abs=1e-300)]
    assert found[2:].isna().all()
    in_onnx = run_onnx(to_onnx(score_of(loaded)), new)
    assert in_onnx[:2].tolist() == [1.0, 0.0]
    assert np.isnan(in_onnx[2:]).all()
    with pytest.raises(subprocess.CalledProcessError) as error:
        run_python(to_python(score_of(loaded)), new, tmp_path)
    assert "a level the model never saw" in error.value.stderr


def test_hostile_names_stay_names(tmp_path):
    name = 'a"""\n\\"; import os #'
    data = DATA.rename(columns={"x": name})
    r = sl.logit(f"y ~ `{name}` + C(g)".replace("\n", " "), data.rename(columns={name: name.replace("\n", " ")}))
    loaded = sl.load(r.save(tmp_path / "m.json"))
    new = data.rename(columns={name: name.replace("\n", " ")}).drop(columns=[HOSTILE])
    found = run_sql(to_sql(score_of(loaded)), new)["probability"].to_numpy(dtype=float)
    np.testing.assert_allclose(found, r.predict(), atol=EXACT)
    scored = run_python(to_python(score_of(loaded)), new.round(12), tmp_path)
    np.testing.assert_allclose(np.array(scored, dtype=float), r.predict(), atol=1e-9)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("y ~ bs(x, df=4)", r"bs\(x, df=4\) has no counterpart"),
        ("y ~ cr(x, df=3)", r"cr\(x, df=3\) has no counterpart"),
        ("y ~ np.sin(x)", r"np.sin\(x\) has no counterpart"),
        ("y ~ hashed(g, 5)", "makes levels out of something that is no column"),
        ("y ~ I(g == 'a')", "has no counterpart"),
    ],
)
def test_what_has_no_counterpart_is_refused_with_the_reason(formula, reason, tmp_path):
    _, loaded = model(formula, tmp_path)
    with pytest.raises(sl.FormulaError, match=reason):
        score_of(loaded)


def test_infinite_coefficients_are_refused(tmp_path):
    with pytest.raises(sl.SeparationError) as error:
        sl.logit("y ~ x", pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, 0, 1, 1]}))
    loaded = sl.load(error.value.result.save(tmp_path / "m.json"))
    with pytest.raises(sl.FormulaError, match="coefficients are infinite"):
        score_of(loaded)


def test_a_wide_model_is_printed_flat(tmp_path):
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(1500, 300)), columns=[f"v{k}" for k in range(300)])
    wide["g"] = rng.integers(0, 100, 1500)
    wide["y"] = rng.integers(0, 2, 1500)
    r = sl.logit("y ~ . - g + C(g)", wide, penalty=sl.Ridge(5.0))
    loaded = sl.load(r.save(tmp_path / "m.json"))
    new = wide.head(20).round(12)
    found = run_python(to_python(score_of(loaded)), new, tmp_path)
    np.testing.assert_allclose(found, loaded.predict(new), atol=EXACT)
    in_sql = run_sql(to_sql(score_of(loaded)), new)["probability"]
    np.testing.assert_allclose(in_sql.to_numpy(dtype=float), loaded.predict(new), atol=EXACT)


def test_the_command_line_writes_both(tmp_path):
    saved = str(sl.logit("y ~ x + C(g)", DATA).save(tmp_path / "m.json"))
    shown = CliRunner().invoke(main, ["export", saved, "--to", "sql", "--table", "births"])
    assert shown.exit_code == 0
    assert 'FROM "births"' in shown.stdout
    out = tmp_path / "scorer.py"
    assert CliRunner().invoke(main, ["export", saved, "--to", "python", "-o", str(out)]).exit_code == 0
    compile_free = out.read_text(encoding="utf-8")
    assert "def predict(row)" in compile_free
    assert [line for line in compile_free.splitlines() if line.startswith(("import", "from"))] == ["import math"]
    graph = tmp_path / "m.onnx"
    assert CliRunner().invoke(main, ["export", saved, "--to", "onnx", "-o", str(graph)]).exit_code == 0
    assert np.isfinite(run_onnx(graph.read_bytes(), DATA)).all()
    assert "-o FILE" in CliRunner().invoke(main, ["export", saved, "--to", "onnx"]).stderr
    refused = CliRunner().invoke(main, ["export", str(sl.logit("y ~ bs(x, df=4)", DATA).save(tmp_path / "s.json"))])
    assert refused.exit_code == 2  # --to is needed
    refused = CliRunner().invoke(main, ["export", str(tmp_path / "s.json"), "--to", "sql"])
    assert refused.exit_code == 3
    assert "has no counterpart" in refused.stderr
