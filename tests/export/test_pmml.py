"""PMML: its structure, and its scores where a Java engine is there (pip install jpmml_evaluator jpype1; Java 11)."""

import shutil
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.export import score_of, to_pmml
from tests.export.test_export import BINARY, DATA, EXACT, HOSTILE, model, new_rows

SPACE = {"p": "http://www.dmg.org/PMML-4_4"}
KNOWN = {"+", "-", "*", "/", "pow", "if", "equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan",
         "greaterOrEqual", "ln", "exp", "sqrt", "abs", "log10", "ln1p", "expm1"}  # fmt: skip


@pytest.mark.parametrize("formula", [*BINARY, "c ~ x + C(g)"])
def test_the_document_holds_what_the_standard_asks_for(formula, tmp_path):
    _, loaded = model(formula, tmp_path)
    root = ElementTree.fromstring(to_pmml(score_of(loaded)))
    children = [child.tag.split("}")[1] for child in root]
    assert children == ["Header", "DataDictionary", "TransformationDictionary", "RegressionModel"]
    fields = {field.get("name") for field in root.findall("p:DataDictionary/p:DataField", SPACE)}
    assert fields == set(loaded.design.variables)
    assert fields == {field.get("name") for field in root.findall(".//p:MiningField", SPACE)}
    assert {apply.get("function") for apply in root.iter(f"{{{SPACE['p']}}}Apply")} <= KNOWN
    assert {ref.get("field") for ref in root.iter(f"{{{SPACE['p']}}}FieldRef")} <= fields
    tables = root.findall("p:RegressionModel/p:RegressionTable", SPACE)
    classes = list(loaded.levels) if formula.startswith("c ") else ["event", "other"]
    assert [table.get("targetCategory") for table in tables] == classes
    assert sum(len(table) == 0 for table in tables) == 1  # the reference


@pytest.fixture(scope="module")
def engine():
    found = pytest.importorskip("jpmml_evaluator")
    pytest.importorskip("jpype")
    if shutil.which("java") is None:
        pytest.skip("no Java")
    return found, found.make_backend("jpype")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("formula", [*BINARY, "c ~ x + C(g)"])
def test_a_java_engine_scores_as_predict_does(formula, tmp_path, engine):
    _, loaded = model(formula, tmp_path)
    (tmp_path / "m.pmml").write_bytes(to_pmml(score_of(loaded)))
    evaluator = engine[0].make_evaluator(str(tmp_path / "m.pmml"), backend=engine[1])
    evaluator.verify()
    new = new_rows()
    given = new[[field.getName() for field in evaluator.getInputFields()]].astype(object)
    found = evaluator.evaluateAll(given.where(given.notna(), None))
    names = loaded.levels if formula.startswith("c ") else ["event"]
    scored = found[[f"probability({name})" for name in names]].to_numpy(dtype=float)
    expected = np.asarray(loaded.predict(new)).reshape(scored.shape)
    np.testing.assert_allclose(scored, expected, atol=EXACT)


def test_names_are_escaped_and_impossible_ones_refused(tmp_path):
    _, loaded = model(f"y ~ `{HOSTILE}` + C(g)", tmp_path)
    root = ElementTree.fromstring(to_pmml(score_of(loaded)))
    assert HOSTILE in {field.get("name") for field in root.findall(".//p:DataField", SPACE)}
    bad = DATA.rename(columns={"x": "a\x01b"})
    r = sl.load(sl.logit("y ~ . - y", bad[["y", "a\x01b"]]).save(tmp_path / "bad.json"))
    with pytest.raises(sl.FormulaError, match="cannot have a field named"):
        to_pmml(score_of(r))


def test_the_command_line_writes_it(tmp_path):
    saved = str(sl.logit("y ~ x + C(g)", pd.DataFrame(DATA)).save(tmp_path / "m.json"))
    out = tmp_path / "m.pmml"
    assert CliRunner().invoke(main, ["export", saved, "--to", "pmml", "-o", str(out)]).exit_code == 0
    assert out.read_bytes().startswith(b"<?xml")
