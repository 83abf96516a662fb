"""No report is large: marks are thinned and tables shortened, always with a word on it; bytes are the same twice."""

import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.report.export import to_json
from statlogit.report.outline import Outline
from statlogit.report.schema import report_schema
from statlogit.report.write import write_report
from statlogit.results.summary import outline

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

LIMIT = 300_000  # bytes of a page, at any number of rows, levels and iterations
SUFFIXES = (".html", ".txt", ".md", ".tex", ".json", ".docx", ".xlsx")


def rows(n: int, n_levels: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    data = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    data["g"] = rng.integers(0, n_levels, n)
    data["y"] = (rng.random(n) < 1 / (1 + np.exp(-data.a + 0.3 * data.b + 0.1 * (data.g % 5)))).astype(int)
    return data


@pytest.fixture(scope="module")
def outlines() -> list[Outline]:
    """The outline of a large fit, made twice."""
    data = rows(100_000, 4)
    return [outline(sl.logit("y ~ a * b + c + C(g)", data, covariance="HC1")) for _ in range(2)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_report_of_many_rows_is_small_and_the_same_twice(
    outlines: list[Outline], tmp_path: Path, suffix: str
) -> None:
    first, second = (write_report(o, tmp_path / f"{k}{suffix}").read_bytes() for k, o in enumerate(outlines))
    assert first == second
    assert len(first) < LIMIT


def test_what_is_thinned_is_said(outlines: list[Outline], tmp_path: Path) -> None:
    page = write_report(outlines[0], tmp_path / "r.html").read_text("utf-8")
    assert re.search(r"400 of [\d,]+ corners drawn", page)
    assert "Standard errors by both covariances" in page
    assert "one in 10 of 100,000; r.effect_curve() takes all" in page
    jsonschema.validate(json.loads(to_json(outlines[0])), report_schema())


@pytest.mark.slow
def test_many_levels_make_no_large_page(tmp_path: Path) -> None:
    result = sl.logit("y ~ a + C(g)", rows(20_000, 400), covariance="HC1")
    page = result.report(tmp_path / "r.html").read_bytes()
    assert len(page) < LIMIT
    assert b"100 of 401 rows are shown" in page
    assert b"50 of 401 bars are drawn" in page
    assert b"Too many levels to compare here: g; r.effects() takes all." in page
    assert "C(g)[T.250]" in result.report(tmp_path / "r.json").read_text("utf-8")
