"""A model as a tree of scalar operations on data columns: what every exporter prints in its own language.

Whatever has no such tree (splines, lagged values, infinite coefficients) is refused here, once, with the reason.
A missing value, or a level that the model never saw, makes the whole score missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

import numpy as np

from statlogit.core.types import Array
from statlogit.design import Design
from statlogit.design.contrasts import coding_matrix
from statlogit.design.gate import bind, literal
from statlogit.design.syntax import Binary, Call, Compare, Constant, Expression, Name, Number, Unary, unparse
from statlogit.design.terms import FactorFacts, LevelFactor, Scoped
from statlogit.design.values import Level
from statlogit.errors import FormulaError
from statlogit.persist import ClassModel, Model

WORDS = {
    "log": "log", "exp": "exp", "sqrt": "sqrt", "abs": "abs", "absolute": "abs", "fabs": "abs", "log2": "log2",
    "log10": "log10", "log1p": "log1p", "expm1": "expm1", "square": "square",
}  # fmt: skip
ARITHMETIC = ("+", "-", "*", "/", "**")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Value:
    """A constant."""

    number: float


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers, or of truth values that count as 0 and 1."""

    name: str
    truth: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """operator: one of ARITHMETIC, or of COMPARISONS (1 where it holds, 0 where not)."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Function:
    """name: log exp sqrt abs log2 log10 log1p expm1 square."""

    name: str
    argument: Node


@dataclass(frozen=True, slots=True)
class Lookup:
    """The node at the level that a column holds; missing for any other value."""

    column: str
    levels: tuple[Level, ...]
    nodes: tuple[Node, ...]


Node: TypeAlias = Value | Column | Operation | Function | Lookup


@dataclass(frozen=True, slots=True)
class Score:
    """Linear predictors of the modelled classes; classes: all K labels in order, None for the event of two."""

    response: str
    formula: str
    predictors: tuple[Node, ...]
    classes: tuple[Level, ...] | None
    base: int  # the class whose linear predictor is 0
    columns: tuple[str, ...]


def score_of(model: Model | ClassModel) -> Score:
    """The tree of a model. Raises FormulaError naming what cannot be exported."""
    if model.predictor.direction is not None:
        refuse(model.design.formula, "the data were separated, so some coefficients are infinite", "fit with a penalty")
    beta = np.asarray(model.predictor.beta, dtype=np.float64).reshape(len(model.design.names), -1)
    predictors = tuple(_linear(model.design, column) for column in beta.T)
    return Score(
        model.response,
        model.design.formula,
        predictors,
        model.levels if isinstance(model, ClassModel) else None,
        model.predictor.base if isinstance(model, ClassModel) else 0,
        model.design.variables,
    )


def refuse(formula: str, what: str, hint: str | None = None) -> NoReturn:
    raise FormulaError(f"this model cannot be exported: {what}", formula=formula, hint=hint)


def _linear(design: Design, beta: Array) -> Node:
    total: Node = Value(0.0) if design.offset_name is None else Column(design.offset_name)
    for term in design.terms:
        start = term.start
        for scoped in term.scoped:
            shape = [_size(text, reduced, design) for text, reduced in scoped]
            stop = start + math.prod(shape)
            part = beta[start:stop].reshape(shape[::-1]).T  # the first factor varies fastest
            total, start = plus(total, _product(design, scoped, part)), stop
    return total


def _size(text: str, reduced: bool, design: Design) -> int:
    facts = design.facts[text]
    if isinstance(facts, LevelFactor):
        return int(coding_matrix(facts.contrast, facts.levels, reduced, text).shape[1])
    return len(facts.labels) - (1 if reduced and len(facts.labels) > 1 else 0)


def _product(design: Design, scoped: Scoped, beta: Array) -> Node:
    """Sum over the columns of a product of factors; beta has one axis a factor."""
    if not scoped:
        return Value(float(beta))
    (text, reduced), rest = scoped[0], scoped[1:]
    facts = design.facts[text]
    if isinstance(facts, LevelFactor):
        by_level = np.tensordot(coding_matrix(facts.contrast, facts.levels, reduced, text), beta, axes=1)
        nodes = tuple(_product(design, rest, np.asarray(part)) for part in by_level)
        return Lookup(_factor_column(design, text), facts.levels, nodes)
    columns = Compiler(design).columns(text, facts)
    total: Node = Value(0.0)
    for column, part in zip(columns[len(columns) - len(beta) :], beta, strict=True):
        total = plus(total, times(_product(design, rest, np.asarray(part)), column))
    return total


def _factor_column(design: Design, text: str) -> str:
    node = design.reading.expressions[text]
    gate = design.reading.gate
    while isinstance(node, Call) and node.function in ("C", "factor", "I"):
        node = bind(gate, node, gate.functions[node.function])["x"]
    if isinstance(node, Call) and node.function == "Q":
        return str(literal(gate, bind(gate, node, gate.functions["Q"])["name"]))
    if not isinstance(node, Name):
        refuse(design.formula, f"{text} makes levels out of something that is no column", "make it a column first")
    return node.name


@dataclass(frozen=True, slots=True)
class Compiler:
    """Expressions of a formula as nodes, with what its transforms learned."""

    design: Design

    def columns(self, text: str, facts: FactorFacts) -> Sequence[Node]:
        """The columns of a factor of numbers."""
        node = self.design.reading.expressions[text]
        if isinstance(node, Call) and node.function == "poly":
            return self._poly(node)
        truth = isinstance(node, Name) and not isinstance(facts, LevelFactor) and facts.boolean
        return [Column(node.name, truth=True) if truth and isinstance(node, Name) else self.node(node)]

    def node(self, node: Expression) -> Node:
        match node:
            case Name(name):
                return Column(name)
            case Number(value):
                return Value(float(value))
            case Constant(value):
                return Value(float(bool(value)))
            case Unary("-", operand):
                return Operation("-", Value(0.0), self.node(operand))
            case Unary("+", operand):
                return self.node(operand)
            case Binary(sign, left, right) if sign in ARITHMETIC:
                return Operation(sign, self.node(left), self.node(right))
            case Compare(first, operators, others) if len(operators) == 1 and operators[0] in COMPARISONS:
                return self._comparison(node, operators[0], first, others[0])
            case Call():
                return self._call(node)
        return self._refuse(node)

    def _comparison(self, node: Expression, operator: str, left: Expression, right: Expression) -> Node:
        if not all(isinstance(side, Name | Number | Binary | Unary | Call) for side in (left, right)):
            self._refuse(node)  # with text
        return Operation(operator, self.node(left), self.node(right))

    def _call(self, node: Call) -> Node:
        gate = self.design.reading.gate
        bound = bind(gate, node, gate.functions[node.function])
        name = node.function.removeprefix("np.")
        if name == "Q":
            return Column(str(literal(gate, bound["name"])))
        if name == "I":
            return self.node(bound["x"])
        if name in ("scale", "center", "standardize"):
            state = self._state(node)
            moved = Operation("-", self.node(bound["x"]), Value(float(state["center"])))
            return Operation("/", moved, Value(float(state["scale"])))
        if name in ("mean", "sd", "median", "min", "max"):
            return Value(float(self._state(node)["value"]))
        if name in WORDS:
            return Function(WORDS[name], self.node(bound["x"]))
        return self._refuse(node)

    def _poly(self, node: Call) -> Sequence[Node]:
        gate = self.design.reading.gate
        bound = bind(gate, node, gate.functions["poly"])
        x = self.node(bound["x"])
        given = {key: literal(gate, bound[key]) for key in ("degree", "raw") if key in bound}
        degree = int(given.get("degree", 1))
        if given.get("raw", False):
            return [Operation("**", x, Value(float(k))) if k > 1 else x for k in range(1, degree + 1)]
        state = self._state(node)
        alpha, norms = state["alpha"], state["norms2"]
        basis: list[Node] = [Value(1.0), Operation("-", x, Value(alpha[0]))]
        for k in range(1, degree):
            ahead = Operation("*", Operation("-", x, Value(alpha[k])), basis[k])
            basis.append(Operation("-", ahead, Operation("*", Value(norms[k] / norms[k - 1]), basis[k - 1])))
        return [Operation("/", basis[k], Value(math.sqrt(norms[k]))) for k in range(1, degree + 1)]

    def _state(self, node: Call) -> Mapping[str, Any]:
        return self.design.state[unparse(node)]

    def _refuse(self, node: Expression) -> NoReturn:
        hint = "compute it as a column first; columns, levels, arithmetic, comparisons of numbers, log, exp, sqrt, "
        refuse(self.design.formula, f"{unparse(node)} has no counterpart", hint + "abs, scale, center and poly export")


def plus(left: Node, right: Node) -> Node:
    return right if left == Value(0.0) else left if right == Value(0.0) else Operation("+", left, right)


def terms(node: Node) -> list[Node]:
    """The terms of a sum, so that a long one prints flat."""
    if isinstance(node, Operation) and node.operator == "+":
        out = [node.right]
        while isinstance(node.left, Operation) and node.left.operator == "+":
            node = node.left
            out.append(node.right)
        return [node.left, *reversed(out)]
    return [node]


def times(left: Node, right: Node) -> Node:
    return right if left == Value(1.0) else Operation("*", left, right)
