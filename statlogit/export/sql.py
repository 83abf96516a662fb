"""A model as one SELECT in standard SQL. Names and text come from data, so all of them are quoted."""

from __future__ import annotations

import json
import math

from statlogit.design.values import Level
from statlogit.export.score import Column, Function, Lookup, Node, Operation, Score, Value, terms

FAR = "7E2"  # log-odds beyond which a probability is 0 or 1: exp of it still fits in a double, as some engines demand
NO_NUMBER = "1E308"  # engines that know NaN sort it above all numbers
FUNCTIONS = {
    "log": "LN({0})", "exp": "EXP({0})", "sqrt": "SQRT({0})", "abs": "ABS({0})", "square": "({0} * {0})",
    "log2": f"(LN({{0}}) / {math.log(2.0)!r}E0)", "log10": f"(LN({{0}}) / {math.log(10.0)!r}E0)",
    "log1p": "LN(1E0 + {0})", "expm1": "(EXP({0}) - 1E0)",
}  # fmt: skip
COMPARISONS = {"==": "=", "!=": "<>"}


def to_sql(score: Score, table: str = "data") -> str:
    """A query that adds the probability to every row of a table; NULL where a value is missing or a level unseen.

    Two classes: the column "probability". More: "p_<class>" for each. Inner columns are named statlogit_eta_<k>.
    Logarithms and roots of numbers outside their domain are the engine's affair.
    """
    etas = [identifier(f"statlogit_eta_{k + 1}") for k in range(len(score.predictors))]
    inner = ",\n".join(f"    {_node(p)} AS {eta}" for p, eta in zip(score.predictors, etas, strict=True))
    if score.classes is None:
        shown = [f"{_probability([f'0E0 - {etas[0]}'], etas)} AS {identifier('probability')}"]
    else:
        shown = [
            f"{_class_probability(k, score, etas)} AS {identifier(f'p_{level}')}"
            for k, level in enumerate(score.classes)
        ]
    outer = ",\n".join(f"  {expression}" for expression in shown)
    return (
        f"-- {_comment(score.response)}\n-- {_comment(score.formula)}\n"
        f"SELECT statlogit_scored.*,\n{outer}\nFROM (\n  SELECT {identifier(table)}.*,\n{inner}\n"
        f"  FROM {identifier(table)}\n) AS statlogit_scored\n"
    )


def _class_probability(k: int, score: Score, etas: list[str]) -> str:
    """1 / (1 + the other classes' odds against this one)."""
    every = [*etas[: score.base], "0E0", *etas[score.base :]]
    return _probability([f"{other} - {every[k]}" for j, other in enumerate(every) if j != k], etas)


def _probability(against: list[str], etas: list[str]) -> str:
    missing = " OR ".join(f"{eta} IS NULL OR {eta} > {NO_NUMBER}" for eta in etas)
    odds = " + ".join(f"EXP({_held(difference)})" for difference in against)
    return f"CASE WHEN {missing} THEN NULL ELSE 1E0 / (1E0 + {odds}) END"


def _held(difference: str) -> str:
    return f"CASE WHEN {difference} > {FAR} THEN {FAR} WHEN {difference} < -{FAR} THEN -{FAR} ELSE {difference} END"


def _node(node: Node) -> str:
    match node:
        case Value(number):
            return _number(number)
        case Column(name, truth):
            if truth:
                return f"CASE {identifier(name)} WHEN TRUE THEN 1E0 WHEN FALSE THEN 0E0 END"
            return f"CAST({identifier(name)} AS DOUBLE PRECISION)"
        case Function(name, argument):
            return FUNCTIONS[name].format(_node(argument))
        case Operation("+"):
            return "(" + " + ".join(map(_node, terms(node))) + ")"
        case Operation("**", left, right):
            return f"POWER({_node(left)}, {_node(right)})"
        case Operation(operator, left, right) if operator in "-*/":
            return f"({_node(left)} {operator} {_node(right)})"
        case Operation(operator, left, right):
            sign, a, b = COMPARISONS.get(operator, operator), _node(left), _node(right)
            return f"CASE WHEN {a} {sign} {b} THEN 1E0 WHEN NOT ({a} {sign} {b}) THEN 0E0 END"
        case Lookup(column, levels, nodes):
            cases = " ".join(f"WHEN {_literal(v)} THEN {_node(n)}" for v, n in zip(levels, nodes, strict=True))
            return f"CASE {identifier(column)} {cases} END"
    raise TypeError(node)


def identifier(name: str) -> str:
    """A quoted name: a quotation mark inside is doubled, and no engine ends it earlier."""
    return '"' + name.replace('"', '""') + '"'


def _literal(level: Level) -> str:
    if isinstance(level, bool):
        return "TRUE" if level else "FALSE"
    if isinstance(level, str):
        return "'" + level.replace("'", "''") + "'"
    return str(level) if isinstance(level, int) else _number(level)


def _number(value: float) -> str:
    """A literal of double precision: without an exponent engines may read a decimal."""
    text = repr(float(value))
    text = text if "e" in text else text + "E0"
    return f"({text})" if value < 0.0 else text


def _comment(text: str) -> str:
    return json.dumps(text)[1:-1]
