"""Predictions of files: the numbers of memory, in the order of the rows, in a file that is whole or absent."""

import resource
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.errors import DataError
from statlogit.persist.scoring import Asked, score_to_file, scored, scored_files

N, FILES = 30_000, 3


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"x": rng.standard_normal(N), "g": rng.choice(["a", "b", "c"], N)})
    frame["y"] = (rng.random(N) < 1 / (1 + np.exp(-frame.x))).astype(int)
    frame["z"] = rng.choice(["low", "mid", "high"], N)
    frame.loc[7, "x"] = np.nan
    return frame


@pytest.fixture(scope="module")
def folder(rows, tmp_path_factory):
    place = tmp_path_factory.mktemp("rows")
    for k in range(FILES):
        part = rows.iloc[k * N // FILES : (k + 1) * N // FILES]
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), place / f"{k}.parquet", 4_000)
    return place


@pytest.fixture(scope="module")
def model(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.json"
    sl.logit("y ~ x + g", rows).save(path)
    return path


@pytest.mark.parametrize("asked", [Asked(), Asked("link", "confidence", 0.9), Asked(interval="confidence", flags=True)])
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_files_are_predicted_as_memory_is(rows, folder, model, tmp_path, asked, suffix):
    loaded, out = sl.load(model), tmp_path / f"out{suffix}"
    assert score_to_file(loaded, folder, out, asked) == N
    found = pd.read_parquet(out) if suffix == ".parquet" else pd.read_csv(out, keep_default_na=False, na_values=[""])
    whole = scored(loaded, rows, asked)
    assert (found.row == np.arange(N)).all()
    for name in whole.columns:
        if whole[name].dtype.kind == "f":
            np.testing.assert_array_equal(found[name], whole[name])
        else:
            assert (found[name].fillna("").astype(str) == whole[name].astype(str)).all()


def test_classes_are_predicted_from_files_too(rows, folder, tmp_path):
    sl.multinomial("z ~ x", rows).save(tmp_path / "m.json")
    loaded = sl.load(tmp_path / "m.json")
    found = pd.concat(scored_files(loaded, folder, Asked()))
    np.testing.assert_array_equal(found[["high", "low", "mid"]], scored(loaded, rows, Asked())[["high", "low", "mid"]])


def test_the_command_reads_folders_and_writes_what_it_is_told(folder, model, tmp_path):
    out = tmp_path / "out.parquet"
    ran = CliRunner().invoke(main, ["predict", str(model), str(folder), "-o", str(out)])
    assert (ran.exit_code, ran.stdout) == (0, "")
    shown = CliRunner().invoke(main, ["predict", str(model), str(folder)])
    assert len(shown.stdout.splitlines()) == N + 1
    assert len(pd.read_parquet(out)) == N


def test_a_level_that_the_fit_did_not_know_names_the_file_and_leaves_nothing(model, tmp_path):
    pq.write_table(pa.table({"x": [0.5, 0.2], "g": ["a", "strange"]}), tmp_path / "new.parquet")
    with pytest.raises(DataError, match=r"new\.parquet, row group 0.*strange"):
        score_to_file(sl.load(model), tmp_path / "new.parquet", tmp_path / "out.csv", Asked())
    assert [p.name for p in tmp_path.iterdir()] == ["new.parquet"]


def test_an_output_among_the_inputs_is_refused(folder, model):
    with pytest.raises(DataError, match="one of the files to be read"):
        score_to_file(sl.load(model), folder, folder / "1.parquet", Asked())


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from statlogit.cli import main
main(sys.argv[1:])
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE") or not hasattr(signal, "SIGXFSZ"), reason="no file limits")
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_full_disk_leaves_nothing_half_written(folder, model, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    out.write_text("before")
    asked = ["predict", str(model), str(folder), "-o", str(out)]
    ran = subprocess.run([sys.executable, "-c", LIMITED, *asked], capture_output=True, text=True, check=False)
    assert ran.returncode == 3
    assert "could not be written" in ran.stderr
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]
