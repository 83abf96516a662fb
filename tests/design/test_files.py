"""CSV files: every number to the nearest double, and one sentence for what is no table."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from statlogit.design import prepare
from statlogit.design.files import read_csv
from statlogit.errors import DataError


def test_numbers_are_read_to_the_nearest_double(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=300) * 10.0 ** np.arange(300)
    path = tmp_path / "data.csv"
    path.write_text("y,x\n" + "".join(f"{k % 2},{float(v)!r}\n" for k, v in enumerate(values)))
    assert np.array_equal(prepare("y ~ x", path).x.to_array()[:, 1], values)
    assert np.array_equal(prepare("y ~ x", str(path)).x.to_array()[:, 1], values)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"y,g\n0,a\n1,b\n1,\n")))
    assert read_csv("-")["y"].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"y,x\n", "header but no rows"),
        (b"y,x,x\n1,2,3\n", "2 columns named 'x'"),
        (b"y,x\n1,2,3\n", "as many fields"),
        (b"y,x\n1,2\n1,2,3\n", "as many fields"),
        (b"y,x\n1,\xff\xfe\n", "UTF-8"),
        (b"PK\x03\x04\x00\x00\xff", "UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        prepare("y ~ x", path)
    assert str(path) in str(caught.value)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(DataError, match="cannot be read"):
            read_csv(path)
