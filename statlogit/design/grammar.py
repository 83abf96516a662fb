"""From formula text to its terms: + - : * / ** ^ %in% . 0 1 and brackets, with R's meaning.

A term is a tuple of factors, a factor an expression with its canonical text. Terms are ordered by the number of
their factors, then as written, and equal terms (in any order of their factors) are one.
Source: Wilkinson and Rogers (1973), Applied Statistics 22; Chambers and Hastie (1992), chapter 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from statlogit.design.expressions import CONSTANTS, Cursor, parse_expression
from statlogit.design.syntax import Expression, Name, unparse
from statlogit.design.tokens import Token, scan
from statlogit.errors import FormulaError

MAX_TERMS = 10_000
MAX_POWER = 25


@dataclass(frozen=True, slots=True)
class Factor:
    """One expression of a term; two factors are the same when their texts are."""

    text: str
    expression: Expression


FactorTerm: TypeAlias = tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """What a formula says before any data are seen."""

    text: str
    response: Expression | None
    terms: tuple[FactorTerm, ...]  # without the intercept
    has_intercept: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """Terms of a bracketed part; `number` is the 0 or 1 in it, which cannot be multiplied."""

    terms: dict[frozenset[str], FactorTerm]
    number: Token | None = None


def parse(text: str, others: Callable[[Expression | None], Sequence[str]]) -> Formula:
    """Read a formula. others: the columns that `.` stands for, given the response.

    Raises FormulaError with the place of the first thing that is not part of the language.
    """
    tokens = scan(text)
    tildes, depth = [], 0
    for k, token in enumerate(tokens):
        if token.kind == "operator":
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "~" and depth == 0:
                tildes.append(k)
    cursor = Cursor(text, tokens)
    if len(tokens) == 1:
        raise FormulaError("the formula is empty", hint="'y ~ x'")
    if len(tildes) > 1 and tildes[1] != tildes[0] + 1:
        cursor.fail("a formula has at most one ~", tokens[tildes[1]])
    response = None
    if tildes and tildes[0] > 0:
        response = parse_expression(cursor)
        if cursor.place != tildes[0]:
            cursor.unexpected()
    if tildes:
        cursor.place = tildes[0] + 1
    reader = _Reader(cursor, lambda: others(response))
    part = reader.sum()
    if cursor.token.kind != "end":
        reader.unexpected()
    terms = sorted(part.terms.values(), key=len)
    return Formula(text, response, tuple(terms), reader.has_intercept)


class _Reader:
    """Recursive descent over one formula; bounded by the nesting that the scanner allows."""

    def __init__(self, cursor: Cursor, others: Callable[[], Sequence[str]]) -> None:
        self.cursor, self.others, self.has_intercept = cursor, others, True

    def unexpected(self) -> None:
        cursor = self.cursor
        hints = {
            "|": "random effects such as (1 | g) are not supported; use C(g), or cluster= for robust errors",
            "<": "put comparisons inside I(...): I(x < 2)",
            ">": "put comparisons inside I(...): I(x > 2)",
            "==": "put comparisons inside I(...): I(x == 2)",
            "!=": "put comparisons inside I(...): I(x != 2)",
            "=": "use ~ between the response and the predictors",
            "&": "use : for an interaction, or I((a > 1) & (b > 1))",
            ",": "separate terms with +",
            "~": "a formula has at most one ~",
        }
        if cursor.token.kind == "operator" and cursor.token.text in hints:
            cursor.fail(f"unexpected {cursor.token.text!r}", hint=hints[cursor.token.text])
        if cursor.token.kind in ("name", "column", "number", "text"):
            cursor.fail(f"an operator is missing before {cursor.token.text!r}", hint="separate terms with +")
        cursor.unexpected()

    def sum(self) -> _Part:
        cursor = self.cursor
        terms: dict[frozenset[str], FactorTerm] = {}
        number: Token | None = None
        first = True
        while first or cursor.is_operator("+", "-"):
            adds = True
            while cursor.is_operator("+", "-"):
                adds ^= cursor.take().text == "-"
            first = False
            if cursor.token.kind == "number" and not self._binds_tightly():
                number = self._intercept(cursor.take(), adds)
                continue
            part = self._product()
            number = part.number or number
            if adds:
                for key, term in part.terms.items():
                    terms.setdefault(key, term)
                self._check_number(terms)
            else:
                for key in part.terms:
                    terms.pop(key, None)
        return _Part(terms, number)

    def _binds_tightly(self) -> bool:
        return any(self.cursor.next_is(sign) for sign in ("*", "/", ":", "**", "^", "%in%"))

    def _intercept(self, token: Token, adds: bool) -> Token:
        if token.text not in ("0", "1"):
            self.cursor.fail(
                f"the number {token.text} is not a term",
                token,
                f"I({token.text} * x) for a multiple; 0 or -1 drops the intercept",
            )
        self.has_intercept = adds == (token.text == "1")
        return token

    def _product(self) -> _Part:
        left = self._nested()
        while self.cursor.is_operator("*", "/"):
            sign = self.cursor.take()
            right = self._nested()
            self._check_factors(left, right)
            if sign.text == "*":
                both = [*left.terms.values(), *right.terms.values()]
                left = self._joined([*both, *_crossed(left, right)])
            else:
                common = _merge(factor for term in left.terms.values() for factor in term)
                left = self._joined([*left.terms.values(), *(_merge((*common, *t)) for t in right.terms.values())])
        return left

    def _nested(self) -> _Part:
        left = self._interaction()
        while self.cursor.is_operator("%in%") or (self.cursor.token.kind == "name" and self.cursor.token.text == "in"):
            self.cursor.take()
            right = self._interaction()
            self._check_factors(left, right)
            left = self._joined(_crossed(right, left))
        return left

    def _interaction(self) -> _Part:
        left = self._power()
        while self.cursor.is_operator(":"):
            self.cursor.take()
            right = self._power()
            self._check_factors(left, right)
            left = self._joined(_crossed(left, right))
        return left

    def _power(self) -> _Part:
        base = self._atom()
        if self.cursor.is_operator("**", "^"):
            self.cursor.take()
            token = self.cursor.take()
            if token.kind != "number" or not token.text.isdigit() or not 1 <= int(token.text[:6]) <= MAX_POWER:
                self.cursor.fail(f"a power of terms must be a whole number from 1 to {MAX_POWER}", token)
            raised = base
            for _ in range(int(token.text) - 1):
                self._check_size(raised, base)
                grown = self._joined(_crossed(raised, base))
                if len(grown.terms) == len(raised.terms) and grown.terms.keys() == raised.terms.keys():
                    break
                raised = grown
            base = _Part(raised.terms, base.number)
        if self.cursor.is_operator("**", "^"):
            self.cursor.fail("a power of terms cannot be raised again", hint="(a + b)**3")
        return base

    def _atom(self) -> _Part:
        cursor = self.cursor
        if cursor.is_operator("("):
            cursor.take()
            inside = self.sum()
            if not cursor.is_operator(")"):
                self.unexpected()
            cursor.take()
            return inside
        if cursor.is_operator("."):
            cursor.take()
            at = cursor.tokens[cursor.place - 1]
            names = self.others()
            return self._joined([(Factor(name, Name(name, at.start, at.end)),) for name in names])
        if cursor.token.kind == "number":
            cursor.fail("a number cannot be multiplied with a term", hint="I(2 * x)")
        if cursor.token.kind == "text":
            cursor.fail("a quoted text is not a term", hint="backticks name a column")
        return self._factor()

    def _factor(self) -> _Part:
        cursor = self.cursor
        token = cursor.token
        if cursor.is_operator("{"):
            cursor.take()
            expression = parse_expression(cursor)
            cursor.expect("}")
        elif token.kind == "column" or (token.kind == "name" and not cursor.next_is("(")):
            cursor.take()
            if token.kind == "name" and token.text in CONSTANTS:
                cursor.fail(f"{token.text} is not a term", token, "backticks name a column")
            expression = Name(token.text, token.start, token.end)
        elif token.kind == "name":
            before = cursor.place
            expression = _only_call(cursor)
            if token.text == "offset":
                cursor.fail("offset(...) is not a term", cursor.tokens[before], "give the column as offset='...'")
        else:
            self.unexpected()
            raise FormulaError("unexpected end")  # pragma: no cover - the line above raises
        text = expression.name if isinstance(expression, Name) else unparse(expression)
        return self._joined([(Factor(text, expression),)])

    def _joined(self, terms: Iterable[FactorTerm]) -> _Part:
        found: dict[frozenset[str], FactorTerm] = {}
        for term in terms:
            found.setdefault(frozenset(f.text for f in term), term)
            self._check_number(found)
        return _Part(found)

    def _check_number(self, terms: dict[frozenset[str], FactorTerm]) -> None:
        if len(terms) > MAX_TERMS:
            self.cursor.fail(f"the formula expands to more than {MAX_TERMS:,} terms")

    def _check_factors(self, left: _Part, right: _Part) -> None:
        number = left.number or right.number
        if number is not None:
            self.cursor.fail(f"{number.text} can only be added to or dropped from a sum of terms", number)
        self._check_size(left, right)

    def _check_size(self, left: _Part, right: _Part) -> None:
        if len(left.terms) * len(right.terms) > MAX_TERMS:
            self.cursor.fail(f"the formula expands to more than {MAX_TERMS:,} terms")


def _only_call(cursor: Cursor) -> Expression:
    """A call alone: `log(x) + y` is two terms, so the arithmetic after the call belongs to the formula."""
    depth, k = 0, cursor.place + 1
    while True:
        token = cursor.tokens[k]
        if token.kind == "operator":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth == 0:
            break
        k += 1
    inner = Cursor(cursor.formula, (*cursor.tokens[: k + 1], cursor.tokens[-1]))
    inner.place = cursor.place
    expression = parse_expression(inner)
    cursor.place = k + 1
    return expression


def _merge(factors: Iterable[Factor]) -> FactorTerm:
    found: dict[str, Factor] = {}
    for factor in factors:
        found.setdefault(factor.text, factor)
    return tuple(found.values())


def _crossed(left: _Part, right: _Part) -> Iterable[FactorTerm]:
    return (_merge((*a, *b)) for a in left.terms.values() for b in right.terms.values())
