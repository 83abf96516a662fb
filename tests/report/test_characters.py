"""Untrusted text: harmless, measured, cut and wrapped."""

import pytest

from statlogit.report.characters import clean, columns, pad, shorten, wrap


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
        ("", '""'),
        ("  ", '"  "'),
        ("a\u00a0b", "a b"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("日本語", "日本語"),
    ],
)
def test_clean(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_columns_count_wide_and_combining() -> None:
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
    assert pad("日本", 6, right=True) == "  日本"


@pytest.mark.parametrize("text", ["x" * 50, "日本語" * 20, "e\u0301" * 40, "ab"])
@pytest.mark.parametrize("width", [1, 2, 3, 7, 12, 13])
def test_shorten_never_exceeds_its_width(text: str, width: int) -> None:
    made = shorten(text, width)
    assert columns(made) <= width
    assert made == text or "…" in made


def test_shorten_keeps_both_ends() -> None:
    assert shorten("abcdefghijklmnopqrstuvwxyz", 9) == "abcd…wxyz"


@pytest.mark.parametrize("width", [5, 20, 80])
def test_wrap_keeps_every_letter(width: int) -> None:
    text = "A sentence of words and one_very_long_name_that_has_no_blank_in_it 日本語日本語."
    lines = wrap(text, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_wrap_of_nothing() -> None:
    assert wrap("", 10) == [""]
