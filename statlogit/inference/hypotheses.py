"""Linear hypotheses as text: `age = 0, smoke = 2*ht`, `C(race)`, `lwt@medium = lwt@high`.

Hypotheses are separated by commas. Each is a sum of multiples of design columns, `=` and another one, or a sum alone
that is to be zero. Columns are named as the design names them, in quotes or backticks where a name could be misread;
a term that stands for several columns (`C(race)`) says that all of them are zero. In a multinomial fit `column@class`
is the coefficient in one equation, and a name without a class means every equation. The text is read by the parser
below and nothing of it is ever run.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

import numpy as np

from statlogit.core.types import Array
from statlogit.design.expressions import Cursor
from statlogit.errors import FormulaError
from statlogit.inference.words import Vocabulary, words

NEAREST = 4  # names offered where one is not known


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One of the hypotheses. text: as it reads alone; matrix @ vec(beta) = value."""

    text: str
    matrix: Array  # (m, p*q)
    value: Array  # (m,)


@dataclass(frozen=True, slots=True)
class _Sum:
    """A linear combination: design column and equation (None: every one) -> coefficient. term: a bare term's name."""

    coefficients: Mapping[tuple[int, int | None], float]
    constant: float
    term: str | None = None

    @property
    def is_constant(self) -> bool:
        return not self.coefficients and self.term is None


def parse(text: str, vocabulary: Vocabulary) -> tuple[Hypothesis, ...]:
    """The hypotheses of a text, in order. Raises FormulaError with the place of the first thing that is none.

    >>> words = Vocabulary(("Intercept", "age", "smoke"), {})
    >>> [h.matrix.tolist() for h in parse("age = 2*smoke, smoke", words)]
    [[[0.0, 1.0, -2.0]], [[0.0, 0.0, 1.0]]]
    """
    reader = _Reader(Cursor(text, words(text, vocabulary)), vocabulary)
    found = list(reader.hypothesis())
    while reader.cursor.is_operator(","):
        reader.cursor.take()
        found += reader.hypothesis()
    if reader.cursor.token.kind != "end":
        reader.unexpected()
    return tuple(found)


class _Reader:
    """Recursive descent over one text; bounded by the nesting that `words` allows."""

    def __init__(self, cursor: Cursor, vocabulary: Vocabulary) -> None:
        self.cursor, self.vocabulary = cursor, vocabulary

    def unexpected(self) -> NoReturn:
        token = self.cursor.token
        if token.kind in ("name", "number"):
            self.cursor.fail(f"an operator is missing before {token.text!r}", hint="separate hypotheses with commas")
        if token.kind == "end":
            self.cursor.fail("the hypothesis ends too early", hint="'age = 0, smoke = 2*ht'")
        self.cursor.fail(f"unexpected {token.text!r}")

    def hypothesis(self) -> tuple[Hypothesis, ...]:
        """One hypothesis, or one for each `=` of a chain a = b = c."""
        start = self.cursor.token.start
        sides = [self.sum()]
        ends = [self._end()]
        while self.cursor.is_operator("="):
            self.cursor.take()
            sides.append(self.sum())
            ends.append(self._end())
        text = " ".join(self.cursor.formula[start : ends[-1]].split())
        if len(sides) == 1:
            return (self._zero(sides[0], start, ends[0], f"{text} = 0"),)
        if len(sides) == 2:
            return (self._equal(sides[0], sides[1], start, ends[1], text),)
        starts = [start, *(self._after(end) for end in ends[:-1])]
        shown = [" ".join(self.cursor.formula[a:b].split()) for a, b in zip(starts, ends, strict=True)]
        joined = zip(pairwise(sides), pairwise(shown), strict=True)
        return tuple(self._equal(a, b, start, ends[-1], f"{left} = {right}") for (a, b), (left, right) in joined)

    def _end(self) -> int:
        return self.cursor.tokens[self.cursor.place - 1].end

    def _after(self, end: int) -> int:
        return self.cursor.formula.index("=", end) + 1

    def _equal(self, left: _Sum, right: _Sum, start: int, end: int, text: str) -> Hypothesis:
        for term, other in ((left, right), (right, left)):
            if term.term is not None:
                if not (other.is_constant and other.constant == 0.0):
                    self._fail_term(term.term, start, end)
                return self._zero(term, start, end, text)
        return self._zero(_add(left, right, -1.0), start, end, text)

    def _zero(self, found: _Sum, start: int, end: int, text: str) -> Hypothesis:
        if found.term is not None:
            columns = self.vocabulary.terms[found.term]
            rows = [row for j in columns for row in self._rows({(j, None): 1.0}, start, end)]
            return Hypothesis(text, np.array(rows), np.zeros(len(rows)))
        coefficients = {key: c for key, c in found.coefficients.items() if c != 0.0}
        if not coefficients:
            self._fail("the hypothesis holds no coefficient", start, end, "name a design column, such as 'age = 0'")
        if not all(map(math.isfinite, (*coefficients.values(), found.constant))):
            self._fail("a number of the hypothesis is too large", start, end)
        rows = self._rows(coefficients, start, end)
        return Hypothesis(text, np.array(rows), np.full(len(rows), -found.constant))

    def _rows(self, coefficients: Mapping[tuple[int, int | None], float], start: int, end: int) -> list[Array]:
        """One row, or one for each equation where no class is named."""
        p, q = len(self.vocabulary.names), max(1, len(self.vocabulary.classes))
        named = {key[1] is not None for key in coefficients}
        if len(named) > 1:
            self._fail("some coefficients name their class and some do not", start, end, "write column@class for all")
        rows = np.zeros((1 if named == {True} else q, p * q))
        for (column, equation), c in coefficients.items():
            for k in range(len(rows)):
                rows[k, (k if equation is None else equation) * p + column] = c
        return list(rows)

    def sum(self) -> _Sum:
        start = self.cursor.token.start
        found = self.product()
        while self.cursor.is_operator("+", "-"):
            token = self.cursor.take()
            other = self.product()
            self._plain(found, start, self._end())
            self._plain(other, start, self._end())
            found = _add(found, other, 1.0 if token.text == "+" else -1.0)
        return found

    def product(self) -> _Sum:
        start = self.cursor.token.start
        found = self.signed()
        while self.cursor.is_operator("*", "/", "**", "^"):
            token = self.cursor.take()
            if token.text in ("**", "^"):
                self.cursor.fail(
                    "a power is not linear in the coefficients", token, "only sums of multiples are tested"
                )
            other = self.signed()
            for side in (found, other):
                self._plain(side, start, self._end())
            found = self._multiplied(found, other, token.text, start)
        return found

    def _multiplied(self, left: _Sum, right: _Sum, operator: str, start: int) -> _Sum:
        end = self._end()
        if operator == "/":
            if not right.is_constant:
                self._fail("a hypothesis must be linear: it cannot divide by a coefficient", start, end)
            if right.constant == 0.0:
                self._fail("division by zero", start, end)
            return _scaled(left, right.constant, divide=True)
        if left.is_constant:
            return _scaled(right, left.constant)
        if not right.is_constant:
            hint = "a column named with * goes between backticks; an interaction is written with :"
            self._fail("a hypothesis must be linear: it cannot multiply two coefficients", start, end, hint)
        return _scaled(left, right.constant)

    def signed(self) -> _Sum:
        negative, start = False, self.cursor.token.start
        while self.cursor.is_operator("+", "-"):
            negative ^= self.cursor.take().text == "-"
        found = self.atom()
        if negative:
            self._plain(found, start, self._end())
        return _scaled(found, -1.0) if negative else found

    def atom(self) -> _Sum:
        cursor = self.cursor
        if cursor.is_operator("("):
            cursor.take()
            inside = self.sum()
            if not cursor.is_operator(")"):
                self.unexpected()
            cursor.take()
            return inside
        if cursor.token.kind == "number":
            return _Sum({}, float(cursor.take().text))
        if cursor.token.kind != "name":
            self.unexpected()
        return self._coefficient()

    def _coefficient(self) -> _Sum:
        cursor, vocabulary = self.cursor, self.vocabulary
        token = cursor.take()
        equation = self._class() if cursor.is_operator("@") else None
        if token.text in vocabulary.places:
            return _Sum({(vocabulary.places[token.text], equation): 1.0}, 0.0)
        columns = vocabulary.terms.get(token.text)
        if columns is None:
            near = difflib.get_close_matches(token.text, [*vocabulary.names, *vocabulary.terms], NEAREST, 0.4)
            hint = f"nearest: {', '.join(near)}" if near else f"the columns: {', '.join(vocabulary.names[:8])}"
            cursor.fail(f"the model has no column or term {token.text!r}", token, hint)
        if len(columns) == 1:
            return _Sum({(columns[0], equation): 1.0}, 0.0)
        if equation is not None:
            self._fail_term(token.text, token.start, self._end())
        return _Sum({}, 0.0, token.text)

    def _class(self) -> int:
        cursor, classes = self.cursor, self.vocabulary.classes
        sign, token = cursor.take(), cursor.take()
        if not classes:
            cursor.fail("only multinomial fits have classes", sign, "write the column alone")
        if token.text not in classes:
            why = "the reference class" if token.text == self.vocabulary.reference else "not a class of the model"
            cursor.fail(f"{token.text!r} is {why}, so it has no coefficients", token, f"one of {', '.join(classes)}")
        return classes.index(token.text)

    def _plain(self, found: _Sum, start: int, end: int) -> None:
        if found.term is not None:
            self._fail_term(found.term, start, end)

    def _fail_term(self, term: str, start: int, end: int) -> NoReturn:
        shown = ", ".join(self.vocabulary.names[j] for j in self.vocabulary.terms[term][:NEAREST])
        message = f"{term} stands for {len(self.vocabulary.terms[term])} columns, which can only all be zero together"
        self._fail(message, start, end, f"name one of its columns: {shown}")

    def _fail(self, message: str, start: int, end: int, hint: str | None = None) -> NoReturn:
        raise FormulaError(message, formula=self.cursor.formula, start=start, end=end, hint=hint)


def _add(left: _Sum, right: _Sum, factor: float) -> _Sum:
    total = dict(left.coefficients)
    for key, c in right.coefficients.items():
        total[key] = total.get(key, 0.0) + factor * c
    return _Sum(total, left.constant + factor * right.constant)


def _scaled(found: _Sum, by: float, *, divide: bool = False) -> _Sum:
    coefficients = {key: c / by if divide else c * by for key, c in found.coefficients.items()}
    return _Sum(coefficients, found.constant / by if divide else found.constant * by)
