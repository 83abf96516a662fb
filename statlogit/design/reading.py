"""A formula read against the columns of a table: terms, their trees, and what each of them reads. No values yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from statlogit.design.gate import Gate, check
from statlogit.design.grammar import parse
from statlogit.design.syntax import Call, Expression, Name, Text, children, unparse
from statlogit.design.transforms import FUNCTIONS, NUMBERS, Function
from statlogit.errors import FormulaError

MAX_OWN_ARGUMENTS = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """One formula, checked: every expression in it may be evaluated."""

    formula: str
    response: Expression | None
    factors: tuple[tuple[str, ...], ...]  # the texts of each term's factors
    has_intercept: bool
    expressions: Mapping[str, Expression]  # by factor text
    reads: Mapping[str, tuple[str, ...]]  # factor text -> columns
    response_reads: tuple[str, ...]
    gate: Gate
    excluded: tuple[str, ...] = ()  # columns that `.` did not stand for, besides the response's

    @property
    def response_text(self) -> str:
        if self.response is None:
            return ""
        return self.response.name if isinstance(self.response, Name) else unparse(self.response)

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that the right side reads."""
        return tuple(dict.fromkeys(v for term in self.factors for text in term for v in self.reads[text]))


def own_functions(functions: Mapping[str, Callable[..., Any]] | None) -> dict[str, Function]:
    """The listed functions and the caller's own, which take columns by position and give one number a row."""
    table = dict(FUNCTIONS)
    for name, call in (functions or {}).items():
        if not isinstance(name, str) or not name.isidentifier() or not callable(call):
            raise FormulaError(f"functions={{{name!r}: ...}} needs a plain name and a callable")
        table[name] = Function(call, {f"argument {k + 1}": NUMBERS for k in range(MAX_OWN_ARGUMENTS)})
    return table


def read_formula(
    text: str,
    columns: Sequence[str],
    *,
    excluded: Sequence[str] = (),
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Reading:
    """Parse and check a formula. excluded: columns that `.` does not stand for (weights, offset, cluster).

    Raises FormulaError with a caret, or MissingColumnError with the nearest names.
    """

    if functions:
        return _read(text, tuple(columns), tuple(excluded), own_functions(functions))
    return _read_before(text, tuple(columns), tuple(excluded))


@lru_cache(maxsize=64)
def _read_before(text: str, columns: tuple[str, ...], excluded: tuple[str, ...]) -> Reading:
    """A reading is data and the same for the same text and columns, so one formula is parsed once for many fits."""
    return _read(text, columns, excluded, own_functions(None))


def _read(text: str, columns: tuple[str, ...], excluded: tuple[str, ...], functions: Mapping[str, Function]) -> Reading:
    def others(response: Expression | None) -> list[str]:
        used = set(excluded) | (set() if response is None else _names(response))
        return [name for name in columns if name not in used]

    formula = parse(text, others)
    gate = Gate(text, columns, functions)
    response_reads = () if formula.response is None else check(gate, formula.response)
    expressions: dict[str, Expression] = {}
    reads: dict[str, tuple[str, ...]] = {}
    for term in formula.terms:
        for factor in term:
            if factor.text not in expressions:
                expressions[factor.text] = factor.expression
                reads[factor.text] = check(gate, factor.expression)
                if isinstance(factor.expression, Call) and factor.expression.function == "cbind":
                    gate.fail(factor.expression, "cbind(successes, failures) belongs on the left of ~")
    factors = tuple(tuple(factor.text for factor in term) for term in formula.terms)
    return Reading(
        text,
        formula.response,
        factors,
        formula.has_intercept,
        expressions,
        reads,
        response_reads,
        gate,
        excluded,
    )


def _names(expression: Expression) -> set[str]:
    found, stack = set(), [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            found.add(node.name)
        if isinstance(node, Call) and node.function == "Q":
            found |= {a.value for a in node.arguments if isinstance(a, Text)}
        stack.extend(children(node))
    return found


def across_rows(reading: Reading) -> str | None:
    """The first factor that takes a value from another row (lag), or None."""
    for text, expression in reading.expressions.items():
        stack: list[Expression] = [expression]
        while stack:
            node = stack.pop()
            function = reading.gate.functions.get(node.function) if isinstance(node, Call) else None
            if function is not None and function.makes_missing:
                return text
            stack.extend(children(node))
    return None


def may_lose_rows(reading: Reading, text: str) -> bool:
    """Whether the factor may be missing where its columns are not: lag, or a spline told to give missing values."""
    stack: list[Expression] = [reading.expressions[text]]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            if reading.gate.functions[node.function].makes_missing:
                return True
            if any(isinstance(value, Text) and value.value == "na" for _, value in node.options):
                return True
            if node.function not in ("C", "factor"):
                stack.extend(children(node))
        else:
            stack.extend(children(node))
    return False
