"""From formula text to tokens. Everything that is not a word of the language is refused here, with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from statlogit.errors import FormulaError

MAX_CHARACTERS = 10_000
MAX_DEPTH = 40  # nested brackets

_WORDS = r"""(?P<space>[ \t\r\n]+)
      | (?P<column>`[^`]*`)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | (?P<operator>%in%|\*\*|==|!=|<=|>=|//|[~+\-*/:^()\[\]{},.|&<>=%])
      | (?P<other>.)"""
_HINTS = {
    "'": "close the quotation mark",
    '"': "close the quotation mark",
    "`": "close the backtick",
    "!": "use != or ~ inside I(...)",
    "$": "name columns alone: the data frame is the second argument",
    "#": "comments are not part of a formula",
    "@": None,
    ";": None,
    "?": None,
    "\\": None,
}
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """kind: column (from backticks), text, number, name, operator or end; text without its quotation marks."""

    kind: str
    text: str
    start: int
    end: int


def scan(formula: str) -> tuple[Token, ...]:
    """All tokens, the last one of kind `end`. Raises FormulaError at the first character that is no part of one."""
    if not isinstance(formula, str):
        raise FormulaError(f"the formula must be text, not {type(formula).__name__}", hint="'y ~ x'")
    if len(formula) > MAX_CHARACTERS:
        raise FormulaError(f"the formula has {len(formula):,} characters; the limit is {MAX_CHARACTERS:,}")
    _check_characters(formula)
    tokens: list[Token] = []
    depth = 0
    for found in re.finditer(_WORDS, formula, re.VERBOSE | re.DOTALL):
        kind = found.lastgroup or ""
        if kind == "other":
            sign = found.group()
            raise FormulaError(
                f"unexpected character {sign!r}",
                formula=formula, start=found.start(), end=found.end(), hint=_HINTS.get(sign),
            )  # fmt: skip
        if kind != "space":
            tokens.append(Token(kind, _content(kind, found.group()), found.start(), found.end()))
            _check_neighbours(formula, tokens)
            depth += (found.group() in _CLOSERS) - (found.group() in _CLOSERS.values())
            if depth > MAX_DEPTH:
                raise FormulaError(
                    f"brackets are nested deeper than {MAX_DEPTH}",
                    formula=formula, start=found.start(), end=found.end(),
                )  # fmt: skip
    tokens.append(Token("end", "", len(formula), len(formula) + 1))
    _check_brackets(formula, tokens)
    return tuple(tokens)


def _content(kind: str, text: str) -> str:
    if kind == "column":
        return text[1:-1]
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _check_characters(formula: str) -> None:
    if formula.isascii() and formula.isprintable():
        return
    for place, sign in enumerate(formula):
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co") and sign not in " \t\n\r":
            raise FormulaError(
                f"invisible or control character U+{ord(sign):04X}", formula=formula, start=place, end=place + 1
            )


def _check_neighbours(formula: str, tokens: list[Token]) -> None:
    token = tokens[-1]
    if token.kind == "column" and not token.text:
        raise FormulaError("an empty name between backticks", formula=formula, start=token.start, end=token.end)
    if len(tokens) < 2 or tokens[-2].end != token.start:
        return
    before = tokens[-2]
    solid = ("number", "name", "column", "text")
    if before.kind in solid and token.kind in solid:
        text = formula[before.start : token.end]
        raise FormulaError(
            f"cannot read {text!r} as one name or number",
            formula=formula, start=before.start, end=token.end,
            hint="put a column name that is not a plain word between backticks: `2nd visit`",
        )  # fmt: skip


def _check_brackets(formula: str, tokens: list[Token]) -> None:
    open_: list[Token] = []
    for token in tokens:
        if token.kind != "operator":
            continue
        if token.text in _CLOSERS:
            open_.append(token)
        elif token.text in _CLOSERS.values() and (not open_ or _CLOSERS[open_.pop().text] != token.text):
            raise FormulaError(f"{token.text!r} closes nothing", formula=formula, start=token.start, end=token.end)
    if open_:
        raise FormulaError(
            f"{open_[-1].text!r} is never closed", formula=formula, start=open_[-1].start, end=open_[-1].end
        )
