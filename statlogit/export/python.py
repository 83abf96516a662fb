"""A model as one Python file that imports math and nothing else. Names and levels are only ever literals in it."""

from __future__ import annotations

from statlogit.export.score import Column, Function, Lookup, Node, Operation, Score, Value, terms

FUNCTIONS = {
    "log": "math.log({0})", "exp": "math.exp({0})", "sqrt": "math.sqrt({0})", "abs": "abs({0})",
    "square": "({0}) ** 2", "log2": "math.log2({0})", "log10": "math.log10({0})", "log1p": "math.log1p({0})",
    "expm1": "math.expm1({0})",
}  # fmt: skip
HEAD = '''"""Scores rows with a fitted logistic regression. Needs Python alone.

Models: {response}
Formula: {formula}
"""

import math


def _number(row, name):
    value = row[name]
    return math.nan if value is None else float(value)


def _at_level(row, name, nodes):
    value = row[name]
    if value is None or value != value:
        return math.nan
    if value not in nodes:
        raise KeyError(f"{{name!r}} is {{value!r}}, a level the model never saw")
    return nodes[value]


def linear_predictors(row):
    """Log-odds of each modelled class. row: a mapping from column names to values."""
    return [
{predictors}
    ]

'''
BINARY = '''
def predict(row):
    """The probability; nan where a value is missing or outside a function's domain, KeyError for an unseen level."""
    try:
        eta = linear_predictors(row)[0]
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan
    if not math.isfinite(eta):
        return math.nan
    small = math.exp(-abs(eta))
    return 1.0 / (1.0 + small) if eta > 0.0 else small / (1.0 + small)
'''
CLASSES = '''
def predict(row):
    """The probability of each class; nan where a value is missing, KeyError for an unseen level."""
    classes = {classes}
    try:
        etas = linear_predictors(row)
    except (ValueError, ZeroDivisionError, OverflowError):
        etas = [math.nan]
    if not all(map(math.isfinite, etas)):
        return dict.fromkeys(classes, math.nan)
    etas.insert({base}, 0.0)
    top = max(etas)
    odds = [math.exp(eta - top) for eta in etas]
    return {{label: odd / sum(odds) for label, odd in zip(classes, odds)}}
'''


def to_python(score: Score) -> str:
    """The text of a module with predict(row)."""
    predictors = "\n".join(f"        {_node(node)}," for node in score.predictors)
    head = HEAD.format(response=_comment(score.response), formula=_comment(score.formula), predictors=predictors)
    if score.classes is None:
        return head + BINARY
    return head + CLASSES.format(classes=repr(list(score.classes)), base=score.base)


def _node(node: Node) -> str:
    match node:
        case Value(number):
            return repr(number)
        case Column(name):
            return f"_number(row, {name!r})"
        case Function(name, argument):
            return FUNCTIONS[name].format(_node(argument))
        case Operation("+"):
            return f"sum([{', '.join(map(_node, terms(node)))}])"
        case Operation(operator, left, right) if operator in ("-", "*", "/"):
            return f"({_node(left)} {operator} {_node(right)})"
        case Operation("**", left, right):
            return f"math.pow({_node(left)}, {_node(right)})"
        case Operation(operator, left, right):
            a, b = _node(left), _node(right)
            return f"(({a} {operator} {b}) + 0.0 * ({a} + {b}))"  # a missing value stays missing
        case Lookup(column, levels, nodes):
            cases = ", ".join(f"{level!r}: {_node(n)}" for level, n in zip(levels, nodes, strict=True))
            return f"_at_level(row, {column!r}, {{{cases}}})"
    raise TypeError(node)


def _comment(text: str) -> str:
    """One line that cannot end the docstring it stands in."""
    return ascii(text)[1:-1].replace("\\", "/").replace('"', "'")
