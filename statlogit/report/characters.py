"""Untrusted text made harmless, measured, cut and wrapped in columns of a terminal.

Names of columns and levels come from the data: they may hold newlines, escape sequences, wide or combining
characters. `clean` is applied once, where a string enters a report; the rest works on clean text.
"""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
JOINERS = "\u200c\u200d"  # scripts and emoji need them; every other format character can reorder or hide text


def clean(text: str) -> str:
    """The text on one line, every control, format and line-break character shown by its escape.

    >>> clean("a\\nb\\x1b[31m")
    'a\\\\nb\\\\x1b[31m'
    >>> clean(" ")
    '" "'
    """
    shown = "".join(_visible(c) for c in text)
    return shown if shown.strip() else f'"{shown}"'


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and character not in JOINERS):
        return repr(character)[1:-1] if category != "Cs" else f"\\u{ord(character):04x}"
    return " " if category == "Zs" else character


def columns(text: str) -> int:
    """Terminal columns that the text takes: two for a wide character, none for a combining one."""
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def pad(text: str, width: int, right: bool = False) -> str:
    """The text filled with blanks to a width in columns, right-aligned if asked."""
    blanks = " " * max(0, width - columns(text))
    return blanks + text if right else text + blanks


def shorten(text: str, width: int) -> str:
    """The text in at most width columns, its middle replaced by an ellipsis; both ends tell names apart.

    >>> shorten("C(mother_education)[T.university]", 15)
    'C(mothe…ersity]'
    """
    if columns(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    front = _head(text, (width - 1 + 1) // 2)
    return front + ELLIPSIS + _tail(text, width - 1 - columns(front))


def _head(text: str, width: int) -> str:
    """The longest start of the text within width columns, combining marks kept with their letter."""
    used = 0
    for place, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return text[:place]
    return text


def _tail(text: str, width: int) -> str:
    used, start = 0, len(text)
    for place in range(len(text) - 1, -1, -1):
        used += _columns(text[place])
        if used > width:
            break
        start = place
    while start < len(text) and _columns(text[start]) == 0:  # a mark without its letter
        start += 1
    return text[start:]


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most width columns, broken at blanks where there are any."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if columns(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        while columns(word) > width:
            piece = _head(word, width) or word[:1]
            lines.append(piece)
            word = word[len(piece) :]
        line = word
    if line or not lines:
        lines.append(line)
    return lines
