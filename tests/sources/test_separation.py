"""Separation of rows in files, decided block by block: what memory says, with nothing brought into memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import statlogit as sl
from statlogit.core.blocks import InMemory
from statlogit.errors import NotConvergedError, SeparationError, SeparationWarning
from statlogit.fit import gathered, programme, separation, solve, streaming
from statlogit.fit.model import rows_of
from statlogit.fit.programme import by_programme
from statlogit.fit.undecided import Undecided
from statlogit.sources import batches

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

REFERENCE = Path(__file__).parents[1] / "reference" / "data"
GROUP = 23  # rows of a row group: several blocks of every set
LIMITS = 1e-9  # of a standard error: sums of the limiting model in another order, from another start


@pytest.fixture(autouse=True)
def _nothing_fits_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "IN_MEMORY", 0)
    monkeypatch.setattr(gathered, "MOST_GATHERED", 0)


def written(frame: pd.DataFrame, folder: Path) -> str:
    folder.mkdir()
    for k, place in enumerate(np.array_split(np.arange(len(frame)), 2)):
        table = pa.Table.from_pandas(frame.iloc[place], preserve_index=False)
        pq.write_table(table, folder / f"{k}.parquet", row_group_size=GROUP)
    return str(folder)


def nested() -> pd.DataFrame:
    a, b = [0] * 8 + [1, 1], [0] * 6 + [1, 1, 0, 1]
    return pd.DataFrame({"a": a * 7, "b": b * 7, "y": [0, 1, 0, 1, 1, 0, 0, 0, 1, 1] * 7})


def hidden(n: int = 400, level: float = 0.03) -> pd.DataFrame:
    """Noise, but for a combination of columns that is zero except in few rows, all of them events."""
    rng = np.random.default_rng(7)
    x = rng.integers(-3, 4, (4, n)).astype(float)
    rare = rng.uniform(size=n) < level
    y = np.where(rare, 1, rng.integers(0, 2, n))
    return pd.DataFrame({"y": y, "a": x[0], "b": x[1], "c": x[0] + x[1] + rare, "d": x[3]})


SETS = {
    "complete": ("setosa ~ `Sepal.Length` + `Sepal.Width`", lambda: pd.read_csv(REFERENCE / "iris_setosa.csv"), {}),
    "quasi": ("HG ~ NV + PI + EH", lambda: pd.read_csv(REFERENCE / "endometrial.csv"), {}),
    "one row": (
        "union ~ education + experience + age + gender + ethnicity",
        lambda: pd.read_csv(REFERENCE / "cps1985_union.csv"),
        {"event": "yes"},
    ),
    "aliased, weights": (
        "Survived ~ Class * Age + Sex",
        lambda: pd.read_csv(REFERENCE / "titanic_alias.csv"),
        {"event": "Yes", "weights": "Freq"},
    ),
    "nested": ("y ~ a + b", nested, {}),
    "hidden": ("y ~ a + b + c + d", hidden, {}),
}


@pytest.mark.parametrize(("name", "near"), [*((name, 0) for name in SETS), ("one row", 20_000_000)])
def test_files_are_decided_as_memory_is(tmp_path: Path, name: str, near: int, monkeypatch: pytest.MonkeyPatch) -> None:
    formula, read, options = SETS[name]
    monkeypatch.setattr(gathered, "MOST_GATHERED", near)
    frame = read()
    found = []
    for data in (written(frame, tmp_path / "rows"), frame):
        with pytest.warns(SeparationWarning):
            found.append(sl.logit(formula, data, on_failure="warn", **options))
    a, b = found
    assert not a.fit.frame.in_memory
    assert (a.separation.kind, a.separation.infinite) == (b.separation.kind, b.separation.infinite)
    assert a.separation.signs == b.separation.signs
    assert a.aliased == b.aliased
    np.testing.assert_array_equal(a.fit.separation.rows, b.fit.separation.rows)
    finite = np.isfinite(b.params)
    assert (np.isfinite(a.params) == finite).all()
    assert (np.abs(a.params - b.params)[finite] <= LIMITS * b.bse[finite]).all()
    np.testing.assert_allclose(a.bse[finite], b.bse[finite], rtol=LIMITS)
    assert (a.llf, a.deviance) == pytest.approx((b.llf, b.deviance), rel=1e-11, abs=1e-12)
    said = [next(f.sentence for f in r.findings if f.code == "separation") for r in (a, b)]
    assert said[0] == said[1]
    assert np.allclose(a.predict(frame), b.predict(frame), rtol=1e-9, atol=1e-12, equal_nan=True)


def test_classes_of_files_are_decided_as_memory_is(tmp_path: Path) -> None:
    frame = pd.read_csv(REFERENCE / "iris_species.csv")
    formula = "species ~ sepal_length + sepal_width + petal_length"
    for data in (folder := written(frame, tmp_path / "rows"), frame):
        with pytest.raises(SeparationError) as raised:
            sl.multinomial(formula, data)
        r = raised.value.result
        if data is folder:
            first = r
    assert first.separation.infinite == r.separation.infinite
    assert first.separation.signs == r.separation.signs
    np.testing.assert_array_equal(first.fit.separation.rows, r.fit.separation.rows)
    assert first.llf == pytest.approx(r.llf, rel=1e-10)


@pytest.mark.parametrize("level", [0.0, 0.03])
def test_the_programme_takes_a_working_set_from_files(
    tmp_path: Path, level: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programme, "ALL_AT_ONCE", 0)
    monkeypatch.setattr(programme, "FIRST", 40)
    monkeypatch.setattr(programme, "MORE", 10)
    monkeypatch.setattr(batches, "BATCH_ROWS", 256)
    frame = hidden(level=level)
    folder = written(frame, tmp_path / "rows")
    if not level:
        frame = frame.drop(columns="c")
    rows = streaming.stream("y ~ " + " + ".join(frame.columns[1:]), folder, rows_per_block=64).rows
    found = by_programme(Undecided(rows))
    again = by_programme(Undecided(InMemory(rows_of(sl.logit("y ~ d", hidden(200)).fit.frame).block)))
    assert again is None
    if not level:
        assert found is None
        return
    assert found is not None
    assert found.n_left == int((frame["c"] == frame["a"] + frame["b"]).sum())


def test_no_false_alarm_where_an_outlier_looks_like_separation(tmp_path: Path) -> None:
    frame = hidden(level=0.0).drop(columns="c")
    frame.loc[5, ["a", "y"]] = [1e12, 1]
    a, b = sl.logit("y ~ a + b", written(frame, tmp_path / "rows")), sl.logit("y ~ a + b", frame)
    assert a.converged
    assert (np.abs(a.params - b.params) <= 1e-6 * b.bse).all()


def test_profile_limits_under_separation_need_no_rows_in_memory(tmp_path: Path) -> None:
    formula, read, _ = SETS["quasi"]
    frame = read()
    found = []
    for data in (written(frame, tmp_path / "rows"), frame):
        with pytest.warns(SeparationWarning):
            found.append(sl.logit(formula, data, on_failure="warn").conf_int(method="profile"))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_rows_too_many_to_name_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separation, "MOST_PLACES", 5)
    formula, read, _ = SETS["quasi"]
    with pytest.raises(SeparationError, match="predicts 13 of 79 rows perfectly") as raised:
        sl.logit(formula, written(read(), tmp_path / "rows"))
    assert raised.value.result.separation.rows == ()


def test_what_would_take_too_long_stays_undecided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "MOST_DECIDED", 0.0)
    frame = pd.DataFrame({"x": [0.1, 0.2, 0.3, 0.4] * 80, "g": list("ssstttt" * 45 + "uuuuu"), "y": [0, 1, 1, 0] * 80})
    frame.loc[frame["g"] == "u", "y"] = 1
    with pytest.raises(NotConvergedError, match=r"of g\[T\.u\] grow.*320 rows in files.*drop or merge g\[T\.u\]"):
        sl.logit("y ~ x + g", written(frame, tmp_path / "rows"))
