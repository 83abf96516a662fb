"""Tables are plain data with names from one glossary."""

from dataclasses import FrozenInstanceError

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
