"""The gate: an expression passes only when every node of its tree is on the list.

Columns must exist, functions must be listed, options must be literals of the right kind and within their limits. What
passes is data for the interpreter in evaluate.py; nothing is ever handed to Python.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from statlogit.design import contrasts
from statlogit.design.contrasts import Contrast
from statlogit.design.syntax import (
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
from statlogit.design.transforms import ANY, CONTRAST, INTEGER, LITERAL, NUMBERS, TEXT, Function
from statlogit.errors import FormulaError, MissingColumnError

MAX_LITERALS, MAX_TEXT, MAX_TREE_DEPTH = 2_000, 1_000, 150
OPERAND = "operand"  # one side of a comparison: numbers or a quoted level


@dataclass(frozen=True, slots=True)
class Gate:
    """What one formula may use: the columns of the data and the listed functions."""

    formula: str
    columns: Sequence[str]
    functions: Mapping[str, Function]
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", frozenset(self.columns))

    def fail(self, node: Expression, message: str, hint: str | None = None) -> NoReturn:
        raise FormulaError(message, formula=self.formula, start=node.start, end=node.end, hint=hint)


def check(gate: Gate, expression: Expression) -> tuple[str, ...]:
    """Raise unless the expression may be evaluated; the columns it reads, in order of appearance."""
    found: dict[str, None] = {}
    _check(gate, expression, ANY, 0, found)
    return tuple(found)


def _check(gate: Gate, node: Expression, kind: str, depth: int, found: dict[str, None]) -> None:
    if depth > MAX_TREE_DEPTH:
        gate.fail(node, f"the expression is nested deeper than {MAX_TREE_DEPTH}")
    if kind in (LITERAL, INTEGER, TEXT):
        literal(gate, node)
    elif kind == CONTRAST:
        contrast_of(gate, node)
    else:
        _check_values(gate, node, kind, depth + 1, found)


def _check_values(gate: Gate, node: Expression, kind: str, depth: int, found: dict[str, None]) -> None:
    match node:
        case Name(name):
            _column(gate, node, name, found)
        case Number():
            pass
        case Constant(value):
            if value is None:
                gate.fail(node, "None is not a value of a term")
        case Text():
            if kind != OPERAND:
                gate.fail(node, "a quoted text can only be compared with a column", "I(g == 'a')")
            literal(gate, node)
        case Unary(_, operand):
            _check(gate, operand, NUMBERS, depth, found)
        case Binary(_, left, right):
            _check(gate, left, NUMBERS, depth, found)
            _check(gate, right, NUMBERS, depth, found)
        case Compare(first, operators, others):
            _check(gate, first, OPERAND, depth, found)
            for operator, other in zip(operators, others, strict=True):
                _check(gate, other, LITERAL if operator in ("in", "not in") else OPERAND, depth, found)
        case Call():
            _call(gate, node, depth, found)
        case Items():
            gate.fail(node, "a list or tuple can only be an option of a function", "I(g in ['a', 'b'])")
        case Pairs():
            gate.fail(node, "braces inside a call can only hold custom contrasts", "I(...) protects arithmetic")


def _column(gate: Gate, node: Expression, name: str, found: dict[str, None]) -> None:
    if name in gate.known:
        found.setdefault(name)
        return
    root = name.split(".")[0]
    if name in gate.functions or name in contrasts.NAMES:
        gate.fail(node, f"{name!r} is a function, not a column", f"{name}(...)")
    if "." in name and (root in gate.known or root in ("np", "numpy", "contr", "pd") or "__" in name):
        gate.fail(node, f"{name!r} is not a column", "a formula has no attributes; compute the column beforehand")
    raise missing_column(gate.columns, name, gate.formula, node)


def missing_column(
    columns: Sequence[str], name: str, formula: str | None = None, node: Expression | None = None
) -> MissingColumnError:
    """The error for a name that is no column, with the nearest names."""
    near = difflib.get_close_matches(name, columns, 3, 0.6) or [
        column for column in columns if column.lower() == name.lower()
    ]
    if near:
        advice = "did you mean " + " or ".join(repr(n) for n in near) + "?"
    else:
        shown = ", ".join(repr(c) for c in list(columns)[:12]) + (", ..." if len(columns) > 12 else "")
        advice = f"the columns are {shown or 'none'}"
    text = f"{name!r} is not a column of the data; {advice}"
    if formula is not None and node is not None:
        text = str(FormulaError(text, formula=formula, start=node.start, end=node.end))
    return MissingColumnError(text)


def _call(gate: Gate, node: Call, depth: int, found: dict[str, None]) -> None:
    function = gate.functions.get(node.function)
    if function is None:
        _unlisted(gate, node)
    bound = bind(gate, node, function)
    for name, argument in bound.items():
        _check(gate, argument, function.parameters[name], depth, found)
        limit = function.limits.get(name)
        if function.parameters[name] == INTEGER:
            value = literal(gate, argument)
            lowest = -(10**9) if name in ("k", "digits", "decimals") else 0 if name in ("ddof", "degree") else 1
            if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
                gate.fail(argument, f"{node.function}: {name} must be a whole number of at least {lowest}")
            if limit is not None and abs(value) > limit:
                gate.fail(argument, f"{node.function}: {name} = {value} is beyond the limit of {limit:,}")
        elif function.parameters[name] == TEXT and not isinstance(argument, Text):
            gate.fail(argument, f"{node.function}: {name} must be a quoted text")
    if node.function == "Q":
        _column(gate, bound["name"], str(literal(gate, bound["name"])), found)
    if node.function == "poly" and "degree" in bound and literal(gate, bound["degree"]) == 0:
        gate.fail(bound["degree"], "poly: degree must be a whole number of at least 1")


def _unlisted(gate: Gate, node: Call) -> NoReturn:
    name = node.function
    if name in contrasts.NAMES:
        gate.fail(node, f"{name} can only stand inside C(...)", f"C(g, {name})")
    root, _, method = name.rpartition(".")
    if root in gate.known or "__" in name:
        hint = (
            "columns have no methods here"
            if root in gate.known
            else "a formula is data, not code: compute it as a column"
        )
        gate.fail(node, f"the call {name}(...) is not available in formulas", hint)
    near = difflib.get_close_matches(method or name, gate.functions, 1, 0.7)
    hint = f"did you mean {near[0]}(...)?" if near else "compute it as a column beforehand: data['name'] = ..."
    gate.fail(node, f"the function {name!r} is not available in formulas", hint)


def bind(gate: Gate, node: Call, function: Function) -> dict[str, Expression]:
    """The arguments of a call by parameter name."""
    names = list(function.parameters)
    if len(node.arguments) > len(names):
        gate.fail(node, f"{node.function} takes at most {len(names)} arguments, not {len(node.arguments)}")
    bound = dict(zip(names, node.arguments, strict=False))
    for name, value in node.options:
        if name not in function.parameters:
            gate.fail(value, f"{node.function} has no option {name!r}", f"its options: {', '.join(names)}")
        if name in bound:
            gate.fail(value, f"{node.function} is given {name!r} twice")
        bound[name] = value
    missing = [name for name in names[: function.required] if name not in bound]
    if missing:
        gate.fail(node, f"{node.function} needs {' and '.join(missing)}")
    return bound


def literal(gate: Gate, node: Expression) -> Any:
    """The value of a literal: number, text, True, False, None, or a list of those."""
    match node:
        case Number(value) | Constant(value):
            return value
        case Text(value):
            if len(value) > MAX_TEXT:
                gate.fail(node, f"the text is longer than {MAX_TEXT:,} characters")
            return value
        case Unary(sign, Number(value)) if sign in "+-":
            return -value if sign == "-" else value
        case Items(values):
            return _literals(gate, node, values)
        case Call("c", values, ()):
            return _literals(gate, node, values)
    return gate.fail(node, "this option must be a literal: a number, a quoted text, True, False or a list of those")


def _literals(gate: Gate, node: Expression, values: tuple[Expression, ...]) -> list[Any]:
    if len(values) > MAX_LITERALS:
        gate.fail(node, f"the list has more than {MAX_LITERALS:,} entries")
    return [literal(gate, value) for value in values]


def contrast_of(gate: Gate, node: Expression) -> Contrast:
    """The coding named inside C(...): contr.sum, contr.treatment('b'), a matrix or a mapping."""
    if isinstance(node, Items | Pairs):
        return _custom(gate, node, None)
    name = node.name if isinstance(node, Name) else node.function if isinstance(node, Call) else ""
    if name not in contrasts.NAMES:
        listed = ", ".join(n for n in contrasts.NAMES if n.startswith("contr."))
        gate.fail(node, "C(...) takes a listed coding as its second argument", f"one of {listed}")
    kind = contrasts.NAMES[name]
    if not isinstance(node, Call):
        if kind == "custom":
            gate.fail(node, "contr.custom needs a matrix", "contr.custom([[1, 0], [0, 1], [-1, -1]])")
        return Contrast(kind)
    names = contrasts.OPTIONS[kind]
    bound = bind(gate, node, Function(None, dict.fromkeys(names, LITERAL), required=kind == "custom"))
    if kind == "custom":
        return _custom(gate, bound["contrasts"], bound.get("names"))
    options = {key: literal(gate, value) for key, value in bound.items()}
    for key, value in options.items():
        if isinstance(value, list) != (key == "scores"):
            gate.fail(bound[key], f"{name}: {key} cannot be {value!r}")
    if "scores" in options and not all(isinstance(v, int | float) for v in options["scores"]):
        gate.fail(bound["scores"], "contr.poly: the scores must be numbers")
    return Contrast(kind, tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in options.items()))


def _custom(gate: Gate, node: Expression, names: Expression | None) -> Contrast:
    labels: list[Any] | None = None if names is None else literal(gate, names)
    if isinstance(node, Pairs):
        labels = [literal(gate, key) for key in node.keys]
        columns = [literal(gate, value) for value in node.values]
        rows = [list(row) for row in zip(*columns, strict=False)] if all(isinstance(c, list) for c in columns) else []
    else:
        rows = literal(gate, node)
    width = len(rows[0]) if rows and isinstance(rows[0], list) else 0
    if (
        not 0 < width <= contrasts.MAX_CUSTOM
        or any(not isinstance(row, list) or len(row) != width for row in rows)
        or any(isinstance(v, bool) or not isinstance(v, int | float) for row in rows for v in row)
    ):
        gate.fail(node, "custom contrasts must be a matrix of numbers, one row for each level")
    if labels is not None and (not isinstance(labels, list) or len(labels) != width):
        gate.fail(node, f"custom contrasts need one name for each of the {width} columns")
    shown = None if labels is None else tuple(str(label) for label in labels)
    return Contrast("custom", (("contrasts", tuple(tuple(row) for row in rows)), ("names", shown)))
