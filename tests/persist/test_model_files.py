"""Model files: equal to the last bit after loading, no training rows, and what is refused with which reason."""

import copy
import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.core.blocks import InMemory
from statlogit.fit.model import rows_of
from statlogit.persist import from_document, sealed
from statlogit.persist.fingerprint import fingerprint

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

SCHEMA = json.loads(Path("docs/model.schema.json").read_text(encoding="utf-8"))
BIRTHS = pd.read_csv("examples/birthwt.csv")
FORMULA = "low ~ bs(age, df=4) + scale(lwt) * C(race, contr.sum) + smoke"
SEPARATED = pd.DataFrame({"x": [0, 0, 0, 0, 0, 1, 1.0], "z": [1.0, 2, 3, 4, 5, 1, 2], "y": [0, 1, 0, 1, 1, 1, 1]})


def separated(y: list[int] | None = None) -> sl.LogitResult:
    data = SEPARATED if y is None else SEPARATED.assign(y=y)
    with pytest.raises(sl.SeparationError) as error:
        sl.logit("y ~ x + z", data)
    return error.value.result


def stopped() -> sl.LogitResult:
    with pytest.raises(sl.NotConvergedError) as error:
        sl.logit("low ~ age + lwt", BIRTHS, max_iterations=1)
    return error.value.result


MODELS = {
    "binary": lambda: sl.logit(FORMULA, BIRTHS),
    "offset": lambda: sl.logit("low ~ age", BIRTHS.assign(o=0.1 * BIRTHS["ptl"]), offset="o"),
    "grouped": lambda: sl.logit("cbind(low, ptl) ~ lwt", BIRTHS),
    "ridge": lambda: sl.logit(FORMULA, BIRTHS, penalty=sl.Ridge(1.3)),
    "firth": lambda: sl.logit("low ~ age + C(race)", BIRTHS, penalty=sl.Firth()),
    "robust": lambda: sl.logit("low ~ age + C(race)", BIRTHS, covariance="HC3"),
    "aliased": lambda: sl.logit("low ~ age + I(2*age)", BIRTHS),
    "quasi-separated": separated,
    "separated": lambda: separated([0, 0, 0, 1, 1, 1, 1]),
    "stopped short": stopped,
    "multinomial": lambda: sl.multinomial("race ~ age + C(smoke) * lwt", BIRTHS),
    "multinomial robust": lambda: sl.multinomial("race ~ age", BIRTHS, covariance="HC0", reference=2),
    "symmetric": lambda: sl.multinomial("race ~ age", BIRTHS, penalty=sl.Ridge(1.0)),
    "without errors": lambda: sl.multinomial("race ~ age", BIRTHS, standard_errors=False),
}


def document_of(result, tmp_path) -> dict:
    return json.loads(result.save(tmp_path / "m.json").read_text(encoding="utf-8"))


def write(document: object, tmp_path: Path) -> Path:
    path = tmp_path / "changed.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_predicts_the_same_bits_and_its_file_follows_the_schema(name, tmp_path):
    r = MODELS[name]()
    jsonschema.Draft202012Validator(SCHEMA).validate(document_of(r, tmp_path))
    loaded = sl.load(tmp_path / "m.json")
    new = SEPARATED if "separated" in name else BIRTHS.assign(o=0.3).iloc[::-1]
    for options in ({}, {"interval": "confidence"}, {"interval": "confidence", "level": 0.8, "flags": True}):
        here, there = r.predict(new, **options), loaded.predict(new, **options)
        assert here.equals(there), options
    if "separated" not in name and name != "aliased":
        assert np.array_equal(r.params.to_numpy(), loaded.params.to_numpy())
    assert getattr(loaded, "reference", None) == getattr(r, "reference", None)


def test_the_schema_is_one_and_can_fail(tmp_path):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    judge, good = jsonschema.Draft202012Validator(SCHEMA), document_of(MODELS["binary"](), tmp_path)
    wrong = [{"version": 2}, {"kind": "ordinal"}, {"rows": [[1.0]]}, {"beta": [[1.0]]}, {"reach": -1}, {"checksum": ""}]
    for change in [*wrong, {"levels": ["a", "b"]}, {"data": {}}]:
        assert not judge.is_valid({**good, **change}), change


def test_no_training_value_is_in_the_file_but_the_ends_of_ranges_and_its_size_does_not_grow(tmp_path):
    rng = np.random.default_rng(5)
    sizes = []
    for n in (300, 3_000):
        data = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "w": rng.uniform(0.5, 1, n)})
        data["y"] = (rng.random(n) < 1 / (1 + np.exp(-data["x"]))).astype(int)
        text = sl.logit("y ~ x + scale(z)", data, weights="w").save(tmp_path / "m.json").read_text(encoding="utf-8")
        ends = {repr(float(v)) for name in ("x", "z") for v in (data[name].min(), data[name].max())}
        inside = {repr(float(v)) for name in ("x", "z", "w") for v in data[name]}
        assert {value for value in inside if value in text} == ends
        sizes.append(len(text))
    assert abs(sizes[1] - sizes[0]) < 100


def test_the_fingerprint_tells_whether_the_data_are_the_same(tmp_path):
    def mark(data, formula="low ~ age + C(race)"):
        return sl.load(sl.logit(formula, data).save(tmp_path / "m.json")).fingerprint

    changed = BIRTHS.copy()
    changed.loc[7, "age"] += 1
    first = mark(BIRTHS)
    assert first == mark(BIRTHS.copy().sample(frac=1.0, random_state=1).sort_index())
    others = [mark(changed), mark(BIRTHS.iloc[::-1]), mark(BIRTHS.assign(low=1 - BIRTHS["low"])), mark(BIRTHS[1:])]
    assert len({first, *others}) == 5


def test_the_fingerprint_sees_two_columns_change_sign_together():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60), "y": rng.integers(0, 2, 60)})
    marks = [
        fingerprint(rows_of(sl.logit("y ~ a + b", d).fit.frame)) for d in (data, data.assign(a=-data.a, b=-data.b))
    ]
    assert marks[0] != marks[1]


def test_the_fingerprint_does_not_depend_on_the_size_of_blocks():
    rows = rows_of(sl.logit("low ~ age + lwt + C(race):smoke", BIRTHS).fit.frame)
    marks = {fingerprint(InMemory(rows.block, size)) for size in (1, 7, 50, 189, 4096)}
    assert len(marks) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot read"),
        ("{", "cannot read"),
        ("[" * 100_000, "cannot read"),
        ('{"format": "statlogit-model", "reach": NaN}', "NaN is no number of JSON"),
        ('{"n": ' + "1" * 10_000 + "}", "cannot read"),
        ("[1, 2]", "no statlogit model"),
        ('{"title": "a report"}', "no statlogit model"),
        ('{"format": "statlogit-model"}', "version is None"),
        ('{"format": "statlogit-model", "version": true}', "version is True"),
        ('{"format": "statlogit-model", "version": 2, "written_by": "statlogit 9"}', "Update statlogit"),
        ('{"format": "statlogit-model", "version": 1}', "checksum"),
    ],
)
def test_what_is_no_model_file_is_refused_with_the_reason(text, reason, tmp_path):
    with pytest.raises(sl.DataError, match=reason):
        sl.load(write(text, tmp_path))


def test_a_missing_file_and_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "m.json").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "m.json", tmp_path / "none.json", tmp_path):
        with pytest.raises(sl.DataError, match="cannot read the model file"):
            sl.load(path)


def test_a_file_cut_off_is_told_with_what_to_do_and_a_missing_one_without_a_number(tmp_path):
    path = tmp_path / "m.json"
    sl.logit("low ~ age", BIRTHS).save(path)
    path.write_text(path.read_text()[:500])
    with pytest.raises(sl.DataError, match=r"m\.json as JSON .*cut off.*write it again"):
        sl.load(path)
    with pytest.raises(sl.DataError, match=r"none\.json: No such file or directory$"):
        sl.load(tmp_path / "none.json")


def test_a_changed_number_is_noticed(tmp_path):
    document = document_of(MODELS["binary"](), tmp_path)
    document["beta"][0] = np.nextafter(document["beta"][0], 0.0)
    with pytest.raises(sl.DataError, match="changed after it was written"):
        sl.load(write(document, tmp_path))


@pytest.mark.parametrize(
    "formula", ["low ~ __import__('os').system('true')", "low ~ Q(exec('1'))", "low ~ age.__class__", "low ~ open('x')"]
)
def test_the_formula_of_a_file_passes_the_gate_again(formula, tmp_path):
    document = document_of(sl.logit("low ~ age", BIRTHS), tmp_path)
    document["design"]["formula"] = formula
    with pytest.raises((sl.FormulaError, sl.DataError)) as error:
        sl.load(write(sealed(document), tmp_path))
    assert isinstance(error.value, sl.FormulaError)


JUNK = [None, -1, 1e999, "x", [], {}, [[]], True, [None], {"a": 1}, 2**70]


def places(value, path=()):
    """Every place in a document, a long list by its first two entries."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*path, key))


@pytest.mark.parametrize(
    "name",
    [pytest.param("ridge", marks=pytest.mark.slow), pytest.param("multinomial", marks=pytest.mark.slow), "separated"],
)
def test_a_resealed_file_with_any_part_replaced_loads_or_is_refused_and_never_breaks(name, tmp_path):
    good = document_of(MODELS[name](), tmp_path)
    refusals = 0
    for path in list(places(good))[1:]:
        for junk in [*JUNK, ABSENT]:
            document = copy.deepcopy(good)
            inside = document
            for key in path[:-1]:
                inside = inside[key]
            if junk is ABSENT:
                del inside[path[-1]]
            elif junk == 1e999:
                inside[path[-1]] = 1e300
            else:
                inside[path[-1]] = junk
            try:
                from_document(sealed(document))
            except (sl.DataError, sl.FormulaError):
                refusals += 1
    assert refusals > 500


ABSENT = object()


def test_the_command_line_refuses_a_changed_model_with_exit_code_3(tmp_path):
    document = document_of(MODELS["binary"](), tmp_path)
    document["complete"] = True
    ran = CliRunner().invoke(main, ["predict", str(write(document, tmp_path)), "examples/birthwt.csv"])
    assert ran.exit_code == 3
    assert "checksum" in ran.stderr


def test_report_and_file_have_one_fingerprint_in_memory_and_from_files(tmp_path, monkeypatch):
    births = pd.read_csv("examples/birthwt.csv")
    (tmp_path / "rows").mkdir()
    births.to_csv(tmp_path / "rows" / "a.csv", index=False)
    monkeypatch.setattr("statlogit.fit.streaming.IN_MEMORY", 0)
    monkeypatch.setattr("statlogit.fit.streaming.IN_MEMORY_BYTES", 0)
    for data in (births, str(tmp_path / "rows")):
        fitted = sl.logit("low ~ age + lwt", data)
        assert fitted.fit.frame.in_memory == (data is births)
        mark = sl.load(fitted.save(tmp_path / "m.json")).fingerprint
        assert len(mark) == 64
        assert f"Data fingerprint  {mark[:16]}\n" in fitted.summary()
