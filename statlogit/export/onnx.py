"""A model as an ONNX graph in double precision (extra `onnx`)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from statlogit.errors import missing_extra

try:
    from onnx import TensorProto, checker, helper
except ImportError as error:
    raise missing_extra("export to ONNX", "onnx", "onnx") from error

from statlogit.design.values import Level
from statlogit.export.score import Column, Function, Lookup, Node, Operation, Score, Value, refuse

OPSET, FILE_VERSION = 19, 10  # old enough for engines of three years ago
OPERATORS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow"}
COMPARISONS = {"==": "Equal", "<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}
FUNCTIONS = {"log": "Log", "exp": "Exp", "sqrt": "Sqrt", "abs": "Abs"}
BASES = {"log2": math.log(2.0), "log10": math.log(10.0)}


def to_onnx(score: Score) -> bytes:
    """The bytes of a model: an input (rows,) for each column, double, string or bool; the output "probability".

    Two classes: (rows,); more: (rows, K) in the order of the classes. A missing number is NaN, missing text "" or any
    text that is no level; the probability is then NaN.
    """
    graph = Graph(score)
    etas = [graph.finite(graph.node(predictor)) for predictor in score.predictors]
    if score.classes is None:
        odds = graph.add("Exp", graph.add("Neg", etas[0]))
        graph.add("Div", graph.number(1.0), graph.add("Add", graph.number(1.0), odds), name="probability")
        shape: list[Any] = ["rows"]
    else:
        etas.insert(score.base, graph.add("Mul", etas[0], graph.number(0.0)))
        axis = graph.constant(TensorProto.INT64, [1], [1])
        columns = [graph.add("Unsqueeze", eta, axis) for eta in etas]
        graph.add("Softmax", graph.add("Concat", *columns, axis=1), axis=1, name="probability")
        shape = ["rows", len(etas)]
    inputs = [helper.make_tensor_value_info(name, kind, ["rows"]) for name, kind in graph.inputs.items()]
    output = helper.make_tensor_value_info("probability", TensorProto.DOUBLE, shape)
    made = helper.make_graph(graph.nodes, "statlogit", inputs, [output], graph.constants, doc_string=score.formula)
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=FILE_VERSION, producer_name="statlogit",
        doc_string=score.response,
    )  # fmt: skip
    checker.check_model(model)
    return bytes(model.SerializeToString())


@dataclass(slots=True)
class Graph:
    """The nodes so far. Inputs are named as their columns, of which none may have one of the graph's own names."""

    score: Score
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    inputs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = [
            name for name in self.score.columns if name == "probability" or name.startswith("statlogit_") or not name
        ]
        if taken:
            refuse(self.score.formula, f"an ONNX graph has its own {taken[0]!r}", "rename the column")

    def add(self, operator: str, *arguments: str, name: str = "", **attributes: Any) -> str:
        """One node; the name of its output."""
        out = name or f"statlogit_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(arguments), [out], **attributes))
        return out

    def constant(self, kind: int, shape: list[int], values: list[Any]) -> str:
        name = f"statlogit_constant_{len(self.constants)}"
        self.constants.append(helper.make_tensor(name, kind, shape, values))
        return name

    def number(self, value: float) -> str:
        return self.constant(TensorProto.DOUBLE, [], [value])

    def input(self, name: str, kind: int) -> str:
        if self.inputs.setdefault(name, kind) != kind:
            refuse(self.score.formula, f"{name} is used both as a number and as levels of another kind")
        return name

    def finite(self, name: str) -> str:
        """NaN instead of an infinite value."""
        return self.add("Add", name, self.add("Mul", name, self.number(0.0)))

    def node(self, node: Node) -> str:
        match node:
            case Value(number):
                return self.number(number)
            case Column(name, truth):
                if truth:
                    return self.add("Cast", self.input(name, TensorProto.BOOL), to=TensorProto.DOUBLE)
                return self.input(name, TensorProto.DOUBLE)
            case Function(name, argument):
                return self._function(name, self.node(argument))
            case Operation(operator, left, right) if operator in OPERATORS:
                return self.add(OPERATORS[operator], self.node(left), self.node(right))
            case Operation(operator, left, right):
                return self._comparison(operator, self.node(left), self.node(right))
            case Lookup(column, levels, nodes):
                return self._lookup(column, levels, nodes)
        raise TypeError(node)

    def _function(self, name: str, x: str) -> str:
        if name in FUNCTIONS:
            return self.add(FUNCTIONS[name], x)
        if name in BASES:
            return self.add("Div", self.add("Log", x), self.number(BASES[name]))
        if name == "square":
            return self.add("Mul", x, x)
        if name == "log1p":
            return self.add("Log", self.add("Add", x, self.number(1.0)))
        return self.add("Sub", self.add("Exp", x), self.number(1.0))

    def _comparison(self, operator: str, a: str, b: str) -> str:
        """1 or 0; NaN where a side is missing."""
        held = self.add("Not", self.add("Equal", a, b)) if operator == "!=" else self.add(COMPARISONS[operator], a, b)
        missing = self.add("Mul", self.add("Add", a, b), self.number(0.0))
        return self.add("Add", self.add("Cast", held, to=TensorProto.DOUBLE), missing)

    def _lookup(self, column: str, levels: tuple[Level, ...], nodes: tuple[Node, ...]) -> str:
        kind = _kind(levels)
        values, out = self.input(column, kind), self.number(math.nan)
        for level, node in zip(levels, nodes, strict=True):
            given = level.encode() if isinstance(level, str) else level
            here = self.add("Equal", values, self.constant(kind, [], [given]))
            out = self.add("Where", here, self.node(node), out)
        return out


def _kind(levels: tuple[Level, ...]) -> int:
    if any(isinstance(level, bool) for level in levels):
        return int(TensorProto.BOOL)
    return int(TensorProto.STRING if any(isinstance(level, str) for level in levels) else TensorProto.DOUBLE)
