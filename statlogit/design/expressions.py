"""From tokens to the tree of one expression: what stands inside a call, inside braces, or left of the tilde.

A precedence parser for arithmetic, comparison and calls by name. Attributes, indexing, assignment, lambda,
comprehension and the like are not part of the language, so there is no tree for them.
"""

from __future__ import annotations

import math
from typing import NoReturn

from statlogit.design.syntax import (
    AND,
    OR,
    PRODUCT,
    SUM,
    Binary,
    Call,
    Compare,
    Constant,
    Expression,
    Items,
    Name,
    Number,
    Pairs,
    Text,
    Unary,
)
from statlogit.design.tokens import Token
from statlogit.errors import FormulaError

MAX_SIGNS = 20  # -----x
MAX_ITEMS = 2_000  # of a list
MAX_CHAIN = 100  # operations of one strength in a row
CONSTANTS = {"True": True, "False": False, "None": None, "TRUE": True, "FALSE": False, "NULL": None}
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}
_LEVELS = ({"|": OR}, {"&": AND}, {"+": SUM, "-": SUM}, {"*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT})
_REFUSED = {
    "lambda": "a formula cannot define functions",
    "if": "use where(condition, a, b)",
    "else": "use where(condition, a, b)",
    "for": "a formula cannot loop",
    "and": "use & between bracketed comparisons",
    "or": "use | between bracketed comparisons",
    "not": "use ~ before a bracketed comparison",
    "is": "use ==",
    "await": None,
    "yield": None,
    "import": None,
    "assert": None,
    "del": None,
}


class Cursor:
    """A place in the tokens of one formula."""

    def __init__(self, formula: str, tokens: tuple[Token, ...]) -> None:
        self.formula, self.tokens, self.place = formula, tokens, 0

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def is_operator(self, *texts: str) -> bool:
        return self.token.kind == "operator" and self.token.text in texts

    def next_is(self, text: str) -> bool:
        """Whether the token after this one is this operator."""
        after = self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        return after.kind == "operator" and after.text == text

    def take(self) -> Token:
        token = self.token
        self.place += token.kind != "end"
        return token

    def expect(self, text: str) -> Token:
        if not self.is_operator(text):
            self.fail(f"{text!r} is expected here" + _found(self.token))
        return self.take()

    def fail(self, message: str, token: Token | None = None, hint: str | None = None) -> NoReturn:
        at = token or self.token
        raise FormulaError(message, formula=self.formula, start=at.start, end=at.end, hint=hint)

    def unexpected(self) -> NoReturn:
        token = self.token
        if token.kind == "end":
            self.fail("the formula ends too early")
        if token.text in _REFUSED:
            self.fail(f"{token.text!r} is not part of the formula language", hint=_REFUSED[token.text])
        hints = {":": "an assignment or a slice has no place here", "[": "a formula cannot index", "=": "use =="}
        self.fail(f"unexpected {token.text!r}", hint=hints.get(token.text))


def _found(token: Token) -> str:
    return ", but the formula ends" if token.kind == "end" else f", not {token.text!r}"


def parse_expression(cursor: Cursor) -> Expression:
    """The longest expression at the cursor."""
    first = _binary(cursor, 0)
    operators, others = [], []
    while (cursor.token.kind == "operator" and cursor.token.text in _COMPARISONS) or _is_membership(cursor):
        token = cursor.take()
        if token.text == "not":
            cursor.take()
        operators.append({"%in%": "in", "not": "not in"}.get(token.text, token.text))
        others.append(_binary(cursor, 0))
    if not operators:
        return first
    return Compare(first, tuple(operators), tuple(others), first.start, others[-1].end)


def _is_membership(cursor: Cursor) -> bool:
    token = cursor.token
    if token.kind == "name" and token.text == "not":
        after = cursor.tokens[cursor.place + 1]
        return after.kind == "name" and after.text == "in"
    return (token.kind == "name" and token.text == "in") or cursor.is_operator("%in%")


def _binary(cursor: Cursor, level: int) -> Expression:
    if level == len(_LEVELS):
        return _signed(cursor)
    left = _binary(cursor, level + 1)
    chain = 0
    while cursor.token.kind == "operator" and cursor.token.text in _LEVELS[level]:
        chain += 1
        if chain > MAX_CHAIN:
            cursor.fail(f"more than {MAX_CHAIN} operations in a row", hint="compute this column beforehand")
        operator = cursor.take().text
        right = _binary(cursor, level + 1)
        left = Binary(operator, left, right, left.start, right.end)
    return left


def _signed(cursor: Cursor) -> Expression:
    signs = []
    while cursor.is_operator("-", "+", "~"):
        signs.append(cursor.take())
        if len(signs) > MAX_SIGNS:
            cursor.fail(f"more than {MAX_SIGNS} signs in a row", signs[0])
    node = _power(cursor)
    for sign in reversed(signs):
        node = Unary(sign.text, node, sign.start, node.end)
    return node


def _power(cursor: Cursor) -> Expression:
    base = _atom(cursor)
    if not cursor.is_operator("**", "^"):
        return base
    powers = [base]
    while cursor.is_operator("**", "^"):
        cursor.take()
        sign = cursor.take() if cursor.is_operator("-", "+") else None
        exponent = _atom(cursor)
        powers.append(exponent if sign is None else Unary(sign.text, exponent, sign.start, exponent.end))
        if len(powers) > MAX_SIGNS:
            cursor.fail(f"more than {MAX_SIGNS} powers in a row")
    node = powers.pop()
    while powers:
        left = powers.pop()
        node = Binary("**", left, node, left.start, node.end)
    return node


def _atom(cursor: Cursor) -> Expression:
    token = cursor.token
    if token.kind == "number":
        cursor.take()
        return Number(_number(token, cursor), token.start, token.end)
    if token.kind == "text":
        cursor.take()
        return Text(token.text, token.start, token.end)
    if token.kind == "column":
        cursor.take()
        return Name(token.text, token.start, token.end)
    if token.kind == "name" and token.text not in _REFUSED:
        return _named(cursor)
    if cursor.is_operator("("):
        return _bracketed(cursor)
    if cursor.is_operator("["):
        return _items(cursor, cursor.take(), "]", ())
    if cursor.is_operator("{"):
        return _pairs(cursor)
    return cursor.unexpected()


def _number(token: Token, cursor: Cursor) -> float | int:
    if token.text.isdigit() and len(token.text) <= 18:
        return int(token.text)
    value = float(token.text)
    if not math.isfinite(value):
        cursor.fail("this number is too large", token)
    return value


def _named(cursor: Cursor) -> Expression:
    token = cursor.take()
    if cursor.is_operator("("):
        return _call(cursor, token)
    if token.text in CONSTANTS:
        return Constant(CONSTANTS[token.text], token.start, token.end)
    return Name(token.text, token.start, token.end)


def _call(cursor: Cursor, function: Token) -> Call:
    cursor.take()
    arguments: list[Expression] = []
    options: list[tuple[str, Expression]] = []
    while not cursor.is_operator(")"):
        token = cursor.token
        if cursor.is_operator("*", "**"):
            cursor.fail("`*` arguments are not part of the formula language")
        if token.kind == "name" and cursor.next_is("="):
            cursor.take()
            cursor.take()
            options.append((token.text, parse_expression(cursor)))
        elif options:
            cursor.fail("a plain argument cannot follow a named one")
        else:
            arguments.append(parse_expression(cursor))
        if not cursor.is_operator(")", ","):
            cursor.unexpected()
        if cursor.is_operator(","):
            cursor.take()
    end = cursor.take().end
    return Call(function.text, tuple(arguments), tuple(options), function.start, end)


def _bracketed(cursor: Cursor) -> Expression:
    opener = cursor.take()
    if cursor.is_operator(")"):
        return Items((), "(", opener.start, cursor.take().end)
    inside = parse_expression(cursor)
    if cursor.is_operator(","):
        cursor.take()
        return _items(cursor, opener, ")", (inside,))
    if not cursor.is_operator(")"):
        cursor.unexpected()
    cursor.take()
    return inside


def _items(cursor: Cursor, opener: Token, closer: str, first: tuple[Expression, ...]) -> Items:
    values = list(first)
    while not cursor.is_operator(closer):
        values.append(parse_expression(cursor))
        if len(values) > MAX_ITEMS:
            cursor.fail(f"the list has more than {MAX_ITEMS:,} entries", opener)
        if not cursor.is_operator(closer, ","):
            cursor.unexpected()
        if cursor.is_operator(","):
            cursor.take()
    return Items(tuple(values), opener.text, opener.start, cursor.take().end)


def _pairs(cursor: Cursor) -> Pairs:
    opener = cursor.take()
    keys, values = [], []
    while not cursor.is_operator("}"):
        keys.append(parse_expression(cursor))
        if not cursor.is_operator(":"):
            cursor.unexpected()
        cursor.take()
        values.append(parse_expression(cursor))
        if not cursor.is_operator("}", ","):
            cursor.unexpected()
        if cursor.is_operator(","):
            cursor.take()
    return Pairs(tuple(keys), tuple(values), opener.start, cursor.take().end)
