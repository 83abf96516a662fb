"""The tree of an expression, and its canonical text.

A tree is plain data: nothing in it can be called. `start` and `end` are the half-open range of characters in the
formula that a node came from, so that a message can put a caret under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    value: float | int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Constant:
    """True, False or None."""

    value: bool | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A column, or the name of a contrast where one is expected."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]
    options: tuple[tuple[str, Expression], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Compare:
    """first operator[0] others[0] operator[1] others[1] ..., as in 0 < x <= 5."""

    first: Expression
    operators: tuple[str, ...]
    others: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list or a tuple of literals."""

    values: tuple[Expression, ...]
    opener: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping from text to lists of numbers, as custom contrasts are written."""

    keys: tuple[Expression, ...]
    values: tuple[Expression, ...]
    start: int
    end: int


Expression: TypeAlias = Number | Text | Constant | Name | Call | Unary | Binary | Compare | Items | Pairs

# binding strengths, loosest first
COMPARISON, OR, AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)
STRENGTH = {"|": OR, "&": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "**": POWER}


def is_plain_name(name: str) -> bool:
    """Whether a column name reads as one token without backticks."""
    return all(part.isidentifier() for part in name.split("."))


def unparse(node: Expression, strength: int = COMPARISON) -> str:
    """The canonical text of a tree: it identifies a factor and labels its columns."""
    match node:
        case Number(value):
            return repr(value)
        case Text(value):
            return repr(value)
        case Constant(value):
            return str(value)
        case Name(name):
            return name if is_plain_name(name) else f"`{name}`"
        case Call(function, arguments, options):
            shown = [unparse(a) for a in arguments] + [f"{key}={unparse(value)}" for key, value in options]
            return f"{function}({', '.join(shown)})"
        case Items(values, opener):
            inside = ", ".join(unparse(v) for v in values)
            if opener == "[":
                return f"[{inside}]"
            return f"({inside},)" if len(values) == 1 else f"({inside})"
        case Pairs(keys, values):
            return "{" + ", ".join(f"{unparse(k)}: {unparse(v)}" for k, v in zip(keys, values, strict=True)) + "}"
    return _operation(node, strength)


def _operation(node: Unary | Binary | Compare, strength: int) -> str:
    if isinstance(node, Unary):
        own, text = SIGN, node.operator + unparse(node.operand, SIGN)
    elif isinstance(node, Binary):
        own = STRENGTH[node.operator]
        left, right = (POWER + 1, POWER) if node.operator == "**" else (own, own + 1)
        text = f"{unparse(node.left, left)} {node.operator} {unparse(node.right, right)}"
    else:
        own, text = COMPARISON, unparse(node.first, OR)
        for operator, other in zip(node.operators, node.others, strict=True):
            text += f" {operator} {unparse(other, OR)}"
    return f"({text})" if own < strength else text


def children(node: Expression) -> tuple[Expression, ...]:
    """The parts of a node, in order."""
    match node:
        case Call(_, arguments, options):
            return (*arguments, *(value for _, value in options))
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Compare(first, _, others):
            return (first, *others)
        case Items(values):
            return values
        case Pairs(keys, values):
            return (*keys, *values)
    return ()
