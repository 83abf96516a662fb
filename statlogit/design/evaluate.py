"""The interpreter: the tree of an expression and a table in, a value out.

Every operation is a branch of this file or a listed function. Numbers are float64 from the start, so small integer
types cannot wrap and no integer grows without end. A comparison with a missing value is missing, as in R.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import md5
from typing import Any, Protocol

import numpy as np

from statlogit.core.types import Array
from statlogit.design.gate import Gate, bind, contrast_of, literal
from statlogit.design.syntax import (
    Binary,
    Call,
    Compare,
    Constant,
    Expression,
    Name,
    Number,
    Text,
    Unary,
    unparse,
)
from statlogit.design.transforms import ANY, NUMBERS, Function, State
from statlogit.design.values import MISSING, UNSEEN, Labels, Numbers, Value, label_numbers, recode
from statlogit.errors import DataError, FormulaError, StatlogitError

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "//": np.floor_divide, "%": np.mod,
    "**": np.power,
}  # fmt: skip
_COMPARISON: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


class Source(Protocol):
    """What the interpreter reads columns from."""

    @property
    def n_rows(self) -> int: ...
    def column(self, name: str) -> Value: ...


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Evaluates checked expressions on one source; `state` holds what stateful functions learn or have learned."""

    gate: Gate
    source: Source
    state: dict[str, State]

    def value(self, expression: Expression) -> Value:
        """Numbers or Labels of n rows."""
        with np.errstate(all="ignore"):
            found = self.read(expression)
        if isinstance(found, Numbers) and found.values.ndim == 0:
            self.gate.fail(expression, "this term is a constant; it needs a column")
        return found

    def column(self, expression: Expression) -> Array:
        """(n,) numbers; a constant is the same in every row."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(self.numbers(expression), (self.source.n_rows,))

    def numbers(self, expression: Expression) -> Array:
        """(n,) or a scalar array."""
        found = self.read(expression)
        if isinstance(found, Labels) and not found.levels:  # nothing but missing values has no type
            return np.full(found.codes.shape, np.nan)
        if isinstance(found, Labels):
            shown = ", ".join(repr(level) for level in found.levels[:3])
            self.gate.fail(
                expression, f"{unparse(expression)} is text ({shown}, ...) where numbers are needed",
                "a factor can stand alone, in C(...), in an interaction, or in a comparison",
            )  # fmt: skip
        if found.values.ndim == 2:
            self.gate.fail(expression, f"{unparse(expression)} has several columns and cannot be computed with")
        return found.values

    def read(self, node: Expression) -> Value:
        """Numbers or Labels, or one number for a constant."""
        match node:
            case Name(name):
                return self.source.column(name)
            case Number(value):
                return Numbers(np.asarray(float(value)))
            case Constant(value):
                return Numbers(np.asarray(float(bool(value))), boolean=True)
            case Unary(sign, operand):
                return _signed(sign, self.numbers(operand))
            case Binary(sign, left, right):
                return _binary(sign, self.numbers(left), self.numbers(right))
            case Compare():
                return self._compare(node)
            case Call():
                return self._call(node)
        return self.gate.fail(node, "this is not a value")

    def _compare(self, node: Compare) -> Numbers:
        left, out = node.first, None
        for operator, right in zip(node.operators, node.others, strict=True):
            if operator in ("in", "not in"):
                held = self._member(left, literal(self.gate, right))
                held = 1.0 - held if operator == "not in" else held
            else:
                held = self._pair(node, operator, left, right)
            out = held if out is None else np.where(np.isnan(out + held), np.nan, out * held)
            left = right
        return Numbers(np.asarray(out), boolean=True)

    def _member(self, left: Expression, values: Any) -> Array:
        labels = self.labels(left)
        wanted = values if isinstance(values, list) else [values]
        among = np.array([*(float(level in wanted) for level in labels.levels), np.nan])
        return np.asarray(among[labels.codes])

    def _pair(self, node: Compare, operator: str, left: Expression, right: Expression) -> Array:
        if isinstance(left, Text) or isinstance(right, Text) or self._is_text(left) or self._is_text(right):
            return self._compare_labels(node, operator, left, right)
        a, b = self.numbers(left), self.numbers(right)
        return np.asarray(np.where(np.isnan(a) | np.isnan(b), np.nan, _COMPARISON[operator](a, b)))

    def _compare_labels(self, node: Compare, operator: str, left: Expression, right: Expression) -> Array:
        if operator not in ("==", "!="):
            self.gate.fail(node, "text can be compared with == and != only")
        if isinstance(left, Text):
            left, right = right, left
        if isinstance(left, Text):
            self.gate.fail(node, "two texts are compared, but no column")
        labels = self.labels(left)
        if isinstance(right, Text | Number):
            equal = np.array([*(float(level == right.value) for level in labels.levels), np.nan])[labels.codes]
        else:
            other = self.labels(right)
            codes = recode(other, labels.levels)
            equal = np.where((labels.codes < 0) | (other.codes == MISSING), np.nan, labels.codes == codes)
        return equal if operator == "==" else 1.0 - equal

    def _is_text(self, node: Expression) -> bool:
        return isinstance(node, Name) and isinstance(self.source.column(node.name), Labels)

    def labels(self, node: Expression) -> Labels:
        """Numbers become levels."""
        found = self.read(node)
        if isinstance(found, Labels):
            return found
        if found.values.ndim != 1:
            what = "is a constant" if found.values.ndim == 0 else "has several columns"
            self.gate.fail(node, f"{unparse(node)} {what} and cannot be a factor")
        return label_numbers(found)

    def _call(self, node: Call) -> Value:
        function = self.gate.functions[node.function]
        bound = bind(self.gate, node, function)
        if node.function in _FORMS:
            return _FORMS[node.function](self, node, bound)
        if function.call is None:
            self.gate.fail(node, f"{node.function}(...) belongs on the left of ~")
        given: dict[str, Any] = {}
        for name, argument in bound.items():
            kind = function.parameters[name]
            given[name] = self.numbers(argument) if kind in (NUMBERS, ANY) else literal(self.gate, argument)
        positional = [given.pop(name) for name in list(function.parameters) if name in given and _plain(function, name)]
        try:
            if function.stateful:
                given["state"] = self.state.setdefault(unparse(node), {})
                learn(function, positional[0], given)
            found = function.call(*positional, **given)
        except StatlogitError:
            raise
        except Exception as error:
            raise DataError(_failed(self.gate, node, error)) from error
        return self._shaped(node, found)

    def _shaped(self, node: Call, found: Any) -> Numbers:
        values, labels = found if isinstance(found, tuple) else (found, ("",))
        values = np.asarray(values, dtype=np.float64)
        if values.ndim and values.shape[0] != self.source.n_rows:
            self.gate.fail(node, f"{node.function} gives {values.shape[0]} rows for {self.source.n_rows}")
        if values.ndim == 2 and len(labels) != values.shape[1]:
            labels = tuple(f"[{k}]" for k in range(values.shape[1]))
        complete = node.function == "bs" and labels[:1] == ("[0]",)
        return Numbers(values, tuple(labels), spans_intercept=complete)


def learn(function: Function, x: Array, given: dict[str, Any]) -> None:
    """Fill an empty state from the values that are there, sorted: neither their order nor chunks leave a trace."""
    if given["state"]:
        return
    known = np.sort(x[~np.isnan(x)], axis=None)
    if known.size == 0:
        raise ValueError("the column has no value to learn from")
    options = {name: value for name, value in given.items() if name != "state"}
    function.call(known, **options, state=given["state"]) if function.call is not None else None


def _plain(function: Function, name: str) -> bool:
    """Numbers are passed by position (numpy's functions have no names for them), options by name."""
    return function.parameters[name] in (NUMBERS, ANY)


def _failed(gate: Gate, node: Call, error: Exception) -> str:
    shown = FormulaError(f"{unparse(node)}: {error}", formula=gate.formula, start=node.start, end=node.end)
    return str(shown)


def _signed(sign: str, values: Array) -> Numbers:
    if sign == "~":
        return Numbers(np.asarray(np.where(np.isnan(values), np.nan, values == 0.0)), boolean=True)
    return Numbers(np.asarray(-values if sign == "-" else values))


def _binary(sign: str, left: Array, right: Array) -> Numbers:
    if sign in "&|":
        a, b = np.where(np.isnan(left), np.nan, left != 0.0), np.where(np.isnan(right), np.nan, right != 0.0)
        both = a * b
        return Numbers(np.asarray(both if sign == "&" else a + b - both), boolean=True)
    return Numbers(np.asarray(_ARITHMETIC[sign](left, right)))


def _identity(interpreter: Interpreter, _node: Call, bound: dict[str, Expression]) -> Value:
    return interpreter.read(bound["x"])


def _quoted(interpreter: Interpreter, _node: Call, bound: dict[str, Expression]) -> Value:
    return interpreter.source.column(str(literal(interpreter.gate, bound["name"])))


def _factor(interpreter: Interpreter, node: Call, bound: dict[str, Expression]) -> Value:
    """C(x, contrast, levels=..., spans_intercept=...)"""
    gate = interpreter.gate
    labels = interpreter.labels(bound["x"])
    if "contrasts" in bound:
        labels = replace(labels, contrast=contrast_of(gate, bound["contrasts"]))
    if "spans_intercept" in bound:
        labels = replace(labels, spans_intercept=bool(literal(gate, bound["spans_intercept"])))
    if "levels" not in bound:
        return labels
    levels = literal(gate, bound["levels"])
    if not isinstance(levels, list) or not levels or len({repr(v) for v in levels}) != len(levels):
        gate.fail(node, "levels must be a list of distinct values", "C(g, levels=['low', 'high'])")
    codes = recode(labels, levels)
    if (codes == UNSEEN).any():
        first = labels.levels[int(labels.codes[np.flatnonzero(codes == UNSEEN)[0]])]
        raise DataError(
            f"{unparse(node)}: the data have the level {first!r}, which levels= does not list, so its rows would be "
            "lost; list it, or drop these rows beforehand"
        )
    return replace(labels, codes=codes, levels=tuple(levels), own_order=True, fixed=True)


def _hashed(interpreter: Interpreter, _node: Call, bound: dict[str, Expression]) -> Value:
    """Levels by the md5 of their text, modulo the number of bins; reproducible everywhere."""
    bins = int(literal(interpreter.gate, bound["levels"]))
    labels = interpreter.labels(bound["x"])
    to_code = [int(md5(str(v).encode(), usedforsecurity=False).hexdigest(), 16) % bins for v in labels.levels]
    codes = np.array([*to_code, MISSING], dtype=np.int32)[labels.codes]
    return Labels(codes, tuple(range(bins)), own_order=True, fixed=True)


_FORMS: dict[str, Callable[[Interpreter, Call, dict[str, Expression]], Value]] = {
    "I": _identity, "Q": _quoted, "C": _factor, "factor": _factor, "hashed": _hashed,
}  # fmt: skip
