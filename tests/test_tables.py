"""Tables are plain data with names from one glossary."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from statlogit.tables import GLOSSARY, Kind, table


def test_to_frame_keeps_numbers_and_names() -> None:
    made = table(
        "tests", "Tests", ["term", "statistic", "df", "p_value"], [("age", 0.1 + 0.2, 1, 0.5), ("lwt", None, 2, 0.1)]
    )
    frame = made.to_frame()
    assert list(frame.columns) == ["term", "statistic", "df", "p_value"]
    assert frame["statistic"][0] == 0.1 + 0.2
    assert made.column("df") == (1, 2)


def test_an_empty_table_is_an_empty_frame() -> None:
    frame = table("x", "X", ["term", "n"], []).to_frame()
    assert list(frame.columns) == ["term", "n"]
    assert len(frame) == 0


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 2 values"):
        table("x", "X", ["term", "n"], [("a",)])


def test_a_name_outside_the_glossary_is_refused() -> None:
    with pytest.raises(KeyError):
        table("x", "X", ["trem"], [])


def test_every_glossary_entry_agrees_with_its_key() -> None:
    assert all(name == column.name and column.label for name, column in GLOSSARY.items())
    assert all(isinstance(column.kind, Kind) for column in GLOSSARY.values())


def test_tables_cannot_be_changed() -> None:
    made = table("x", "X", ["term"], [("a",)])
    with pytest.raises(FrozenInstanceError):
        made.title = "Y"  # type: ignore[misc]


def test_table_prints_as_the_report_does_and_escapes_in_html():
    found = table("anova", "Tests", ["term", "p_value", "log_p"], [("<b>", 0.0, -800.0), ("age", 0.5, np.log(0.5))])
    assert str(found) == repr(found)
    assert str(found).splitlines() == [
        "Tests",
        "Term       p",
        "------------",
        "<b>   <0.001",
        "age    0.500",
        "------------",
        "Exact p below 0.001: <b> 3.7e-348.",
    ]
    page = found._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_tables_are_imported_without_the_report_room():
    code = "import sys, statlogit.tables; sys.exit('statlogit.report.layout' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
