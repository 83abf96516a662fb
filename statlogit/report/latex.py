"""Text that LaTeX prints as it stands, whatever characters a name holds; pdfLaTeX and LuaLaTeX alike."""

from __future__ import annotations

import unicodedata

MARKS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_\allowbreak{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # after \\ a bracket or a star would be an argument
    "]": "{]}",
    "*": "{*}",
    "-": "-{}",  # no dashes from hyphens
    "?": "?{}",  # no ligatures of foreign quotation marks
    "!": "!{}",
    ",": ",{}",
    "(": r"(\allowbreak{}",
    ":": r":\allowbreak{}",
    "×": r"\ensuremath{\times}",
    "−": r"\ensuremath{-}",
    "→": r"\ensuremath{\to}",
    "²": r"\textsuperscript{2}",
    "–": r"\textendash{}",
    "…": r"\textellipsis{}",
    "·": r"\textperiodcentered{}",
}
GREEK = frozenset("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ")  # the letters that mathematics has
LATIN = ("À", "ÿ")  # what the T1 encoding has, and the page's own characters
RUN = 24  # letters after which a word may be broken


def escape(text: str) -> str:
    r"""Clean text made inert for LaTeX; a character beyond Latin-1 goes through \symbolof of the template.

    >>> escape("100% of $x_1$")
    '100\\% of \\$x\\_\\allowbreak{}1\\$'
    """
    return "".join(_broken(word) for word in _words(text))


def _words(text: str) -> list[str]:
    """The text cut at blanks and into runs of at most RUN characters."""
    words: list[str] = []
    for place, word in enumerate(text.split(" ")):
        words += [" "] if place else []
        words += [word[k : k + RUN] + ("\0" if k + RUN < len(word) else "") for k in range(0, len(word), RUN)]
    return words


def _broken(word: str) -> str:
    return "".join(r"\allowbreak{}" if c == "\0" else _letter(c) for c in word)


def _letter(c: str) -> str:
    if c in MARKS:
        return MARKS[c]
    if " " <= c <= "~" or (LATIN[0] <= c <= LATIN[1] and c not in "×÷"):
        return c
    if c in GREEK:
        return rf"\ensuremath{{\{_greek(c)}}}"
    return rf"\symbolof{{{ord(c):04X}}}{{{c}}}"


def _greek(c: str) -> str:
    r"""The name of a letter as \Delta or \delta has it."""
    name = unicodedata.name(c).split()[-1].replace("LAMDA", "LAMBDA")
    return name.capitalize() if c.isupper() else name.lower()
