"""The words of a hypothesis: names of design columns and classes, which may hold any character, numbers, operators."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from statlogit.design.tokens import MAX_CHARACTERS, MAX_DEPTH, Token
from statlogit.errors import FormulaError
from statlogit.fit import Fit

_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_OPERATOR = re.compile(r"\*\*|==|!=|<=|>=|[+\-*/^(),=@<>]")
_WORD = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_LONGER = re.compile(r"\w|\.\w|\s*[\[(:`]")  # what stands behind a name that goes on
_CLOSERS = {"(": ")", "[": "]"}


@dataclass(frozen=True)
class Vocabulary:
    """What a hypothesis may name. terms: those that are not the name of a column, with their columns."""

    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    classes: tuple[str, ...] = ()  # of a multinomial fit, without the reference
    reference: str | None = None

    @cached_property
    def places(self) -> Mapping[str, int]:
        return {name: j for j, name in enumerate(self.names)}

    @cached_property
    def known(self) -> Known:
        """Column and term names."""
        return Known.of((*self.names, *self.terms))

    @cached_property
    def known_classes(self) -> Known:
        return Known.of(self.classes)


@dataclass(frozen=True, slots=True)
class Known:
    """Names to be found at a place of a text, the longest first, as they are and without their blanks."""

    names: frozenset[str]
    lengths: tuple[int, ...]
    solid: Mapping[str, str]  # without blanks -> the name
    solid_lengths: tuple[int, ...]

    @staticmethod
    def of(names: Sequence[str]) -> Known:
        whole = frozenset(filter(None, names))
        solid = {"".join(name.split()): name for name in reversed(names) if name.split()}
        return Known(whole, _lengths(whole), solid, _lengths(solid))


def _lengths(names: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({len(name) for name in names}, reverse=True))


def vocabulary_of(fit: Fit) -> Vocabulary:
    """The names of a fit."""
    design, response = fit.frame.design, fit.frame.response
    names = tuple(design.names)
    terms = {t.name: tuple(t.columns) for t in design.terms if t.name not in names}
    if fit.beta.shape[1] == 1 and response.kind != "multinomial":
        return Vocabulary(names, terms)
    classes = tuple(str(level) for level in response.levels if level != response.reference)
    return Vocabulary(names, terms, classes, str(response.reference))


def words(text: str, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """All words, the last of kind `end`. kind: name, number, operator. Raises FormulaError at what is none."""
    if not isinstance(text, str):
        raise FormulaError(f"a hypothesis must be text, not {type(text).__name__}", hint="'age = 0'")
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(f"the hypothesis has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}")
    found: list[Token] = []
    place, depth, solid = 0, 0, [k for k, sign in enumerate(text) if not sign.isspace()]
    while (place := _blank(text, place)) < len(text):
        after_at = bool(found) and found[-1].text == "@" and found[-1].kind == "operator"
        token = None
        if after_at or text[place].isalpha() or text[place] == "_":  # a class may begin with a digit
            known = vocabulary.known_classes if after_at else vocabulary.known
            token = _name(text, place, known) or _spaced_name(text, place, known, solid)
        token = token or _plain(text, place)
        depth += (token.text in "([") - (token.text in ")]") if token.kind == "operator" else 0
        if depth > MAX_DEPTH:
            _fail(f"brackets are nested deeper than {MAX_DEPTH}", text, token.start, token.end)
        found.append(token)
        place = token.end
    return (*found, Token("end", "", len(text), len(text) + 1))


def _blank(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _name(text: str, place: int, known: Known) -> Token | None:
    """The longest known name that stands here as it is."""
    for length in known.lengths:
        name = text[place : place + length]
        if len(name) == length and name in known.names and not _LONGER.match(text, place + length):
            return Token("name", name, place, place + length)
    return None


def _spaced_name(text: str, place: int, known: Known, solid: Sequence[int]) -> Token | None:
    """The longest known name that stands here with other blanks. solid: the places that are no blanks."""
    first = bisect_left(solid, place)
    longest = known.solid_lengths[0] if known.solid_lengths else 0
    squeezed = "".join(text[k] for k in solid[first : first + longest])
    for length in known.solid_lengths:
        name = known.solid.get(squeezed[:length])
        if name is not None and len(squeezed) >= length:
            end = solid[first + length - 1] + 1
            if not _LONGER.match(text, end):
                return Token("name", name, place, end)
    return None


def _plain(text: str, place: int) -> Token:
    """A quoted name, a number, an operator or an unknown word."""
    sign = text[place]
    if sign in "'\"`":
        end = text.find(sign, place + 1)
        if end < 0:
            _fail(f"{sign} is never closed", text, place, place + 1, "close the quotation mark")
        return Token("name", text[place + 1 : end], place, end + 1)
    for kind, pattern in (("number", _NUMBER), ("operator", _OPERATOR), ("name", _WORD)):
        found = pattern.match(text, place)
        if found is None:
            continue
        if kind == "number" and re.match(r"\w", text[found.end() :]):
            word = re.compile(r"\w+").match(text, place)
            end = found.end() if word is None else max(word.end(), found.end())
            _fail(f"cannot read {text[place:end]!r} as one name or number", text, place, end, "put * between them")
        if found.group() in ("==", "!=", "<", ">", "<=", ">="):
            hint = "write =" if found.group() == "==" else "only equalities can be tested"
            _fail(f"unexpected {found.group()!r}", text, place, found.end(), hint)
        end = _unknown_end(text, found.end()) if kind == "name" else found.end()
        return Token(kind, text[place:end], place, end)
    return _fail(f"unexpected character {sign!r}", text, place, place + 1)


def _unknown_end(text: str, end: int) -> int:
    """Where a word that is no known name ends, with its brackets and what is joined to it by a colon."""
    while end < len(text):
        if text[end] in _CLOSERS:
            closing = text.find(_CLOSERS[text[end]], end)
            end = len(text) if closing < 0 else closing + 1
        elif text[end] == ":" and (word := _WORD.match(text, end + 1)) is not None:
            end = word.end()
        else:
            break
    return end


def _fail(message: str, text: str, start: int, end: int, hint: str | None = None) -> NoReturn:
    raise FormulaError(message, formula=text, start=start, end=end, hint=hint)
