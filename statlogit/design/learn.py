"""learn(): a design from chunks of rows, in one pass, with the bits that one frame would give.

Levels are the union over complete rows. What a stateful transform learns from, the values of its column, is kept
(8 bytes a row) and sorted at the end, so neither the order nor the size of the chunks matters. lag() needs the row
before, and a transform of a transform needs a second pass: both are refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from statlogit.core.types import Array, BoolArray
from statlogit.design.arguments import Arguments, read_arguments
from statlogit.design.contrasts import TREATMENT
from statlogit.design.evaluate import Interpreter
from statlogit.design.model import Design
from statlogit.design.raw import Ranges, RawRows, ranges_of, seen_ranges
from statlogit.design.reading import Reading, read_formula
from statlogit.design.rows import any_row, missing_by_variable
from statlogit.design.syntax import Call, Expression, Name, children, unparse
from statlogit.design.table import Table, table_of
from statlogit.design.terms import FactorFacts, LevelFactor, NumericFactor, build_terms
from statlogit.design.transforms import State
from statlogit.design.values import Labels, Level, Numbers
from statlogit.errors import DataError, MissingValuesError


@dataclass(slots=True)
class _Seen:
    """What the chunks so far have shown of one factor."""

    levels: dict[Level, None] = field(default_factory=dict)
    order: tuple[Level, ...] | None = None  # the factor's own order of levels
    labels: Labels | None = None  # the last value, for its coding
    numeric: Numbers | None = None

    def add(self, text: str, value: Labels | Numbers, complete: BoolArray | None) -> None:
        if isinstance(value, Numbers):
            if np.isnan(value.values).all() and self.labels is not None:
                return
            self.numeric = value
        elif value.levels:
            codes = value.codes if complete is None else value.codes[complete]
            used = np.bincount(codes[codes >= 0], minlength=len(value.levels)) > 0
            self.levels |= {level: None for level, u in zip(value.levels, used, strict=True) if u}
            self._keep_order(text, value)
            self.labels = value
        if self.labels is not None and self.numeric is not None:
            if not np.isnan(self.numeric.values).all():
                raise DataError(f"{text} is text in one chunk and numeric in another; make it one kind in all")
            self.numeric = None

    def _keep_order(self, text: str, value: Labels) -> None:
        if not value.own_order:
            return
        if self.order is not None and self.order != value.levels:
            raise DataError(
                f"{text} has its levels in different orders in different chunks; give levels= in the formula"
            )
        self.order = value.levels

    def facts(self) -> FactorFacts | None:
        """None for a factor that has shown nothing but missing values."""
        value = self.labels
        if value is None:
            found = self.numeric
            return None if found is None else NumericFactor(found.labels, found.boolean, found.spans_intercept)
        levels = tuple(sorted(self.levels, key=lambda level: (isinstance(level, str), level)))
        if value.fixed:
            levels = value.levels
        elif self.order is not None:
            levels = tuple(level for level in self.order if level in self.levels)
        return LevelFactor(levels, value.contrast or TREATMENT, value.spans_intercept, value.fixed)


def learn(
    formula: str,
    chunks: Iterable[Any],
    *,
    trials: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    cluster: str | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Design:
    """The design that prepare() would learn from all chunks together.

    chunks: frames with the same columns; they are read once, in any order.
    Raises DataError when the chunks disagree, FormulaError for lag() and for a transform of a learned transform.
    """
    reading: Reading | None = None
    seen: dict[str, _Seen] = {}
    kept: dict[str, list[Array]] = {}
    ranges: Ranges = {}
    last: Table | None = None
    for chunk in chunks:
        table = table_of(chunk)
        if last is not None and table.names != last.names:
            raise DataError("the chunks have different columns; give every chunk the same ones in the same order")
        given = read_arguments(table, trials=trials, weights=weights, offset=offset, cluster=cluster)
        reading = read_formula(formula, table.names, excluded=given.columns, functions=functions)
        _add(reading, table, given, seen, kept, ranges)
        last = table if table.n_rows else last or table
    if reading is None or last is None:
        raise DataError("there is no chunk to learn from")
    state = _learned_state(reading, kept)
    for text, call in _stateful_factors(reading).items():
        value = Interpreter(reading.gate, last, state).value(call)
        seen.setdefault(text, _Seen()).add(text, value, None)
    facts: dict[str, FactorFacts] = {}
    for text in reading.expressions:
        found = seen[text].facts() if text in seen else None
        if found is None or (isinstance(found, LevelFactor) and not found.levels):
            raise MissingValuesError(f"{text} has no value in any complete row of any chunk, so nothing can be learned")
        facts[text] = found
    terms, names = build_terms(reading.factors, facts, reading.reads, reading.has_intercept)
    return Design(reading, terms, names, facts, state, offset, ranges_of(reading, facts, ranges))


def _add(
    reading: Reading,
    table: Table,
    given: Arguments,
    seen: dict[str, _Seen],
    kept: dict[str, list[Array]],
    ranges: Ranges,
) -> None:
    """Take note of one chunk."""
    variables = (*reading.response_reads, *reading.variables, *given.columns)
    missing = [*missing_by_variable(variables, table).values(), *given.missing.values()]
    zero = [w == 0.0 for w in (given.weights, given.trials) if w is not None]
    out = any_row([*missing, *zero])
    complete = None if out is None else ~out
    positions = None if complete is None else np.flatnonzero(complete)
    columns = {name: table.column(name) for name in reading.variables}
    n_used = table.n_rows if positions is None else positions.size
    for name, (low, high) in seen_ranges(RawRows(columns, n_used, positions)).items():
        before = ranges.get(name, (low, high))
        ranges[name] = min(before[0], low), max(before[1], high)
    interpreter = Interpreter(reading.gate, table, {})
    stateful = _stateful_factors(reading)
    for text, expression in reading.expressions.items():
        for call in _stateful_calls(reading, expression):
            values = interpreter.column(call.arguments[0])
            kept.setdefault(unparse(call), []).append(values[~np.isnan(values)])
        if text not in stateful:
            seen.setdefault(text, _Seen()).add(text, interpreter.value(expression), complete)


def _stateful_factors(reading: Reading) -> dict[str, Expression]:
    return {t: e for t, e in reading.expressions.items() if _stateful_calls(reading, e)}


def _stateful_calls(reading: Reading, expression: Expression) -> list[Call]:
    """The calls in an expression that learn; those whose argument learns too are refused."""
    found: list[Call] = []
    stack: list[tuple[Expression, bool]] = [(expression, False)]
    while stack:
        node, inside = stack.pop()
        learns = False
        if isinstance(node, Call) and node.function in reading.gate.functions:
            function = reading.gate.functions[node.function]
            learns = function.stateful
            if function.makes_missing or (learns and inside) or (learns and not node.arguments):
                reading.gate.fail(
                    node, f"{unparse(node)} cannot be learned from chunks", "compute this column beforehand"
                )
            if learns:
                found.append(node)
        stack.extend((child, inside or learns) for child in children(node))
    return found


def _learned_state(reading: Reading, kept: dict[str, list[Array]]) -> dict[str, State]:
    """The state of every stateful call from all its values."""
    state: dict[str, State] = {}
    for expression in reading.expressions.values():
        for call in _stateful_calls(reading, expression):
            values = np.concatenate(kept[unparse(call)])
            argument = Name("values", call.start, call.end)
            whole = replace(call, arguments=(argument, *call.arguments[1:]))
            found: dict[str, State] = {}
            Interpreter(reading.gate, _Values(values), found).read(whole)
            state[unparse(call)] = found[unparse(whole)]
    return state


@dataclass(frozen=True, slots=True)
class _Values:
    """A source with one column."""

    values: Array

    @property
    def n_rows(self) -> int:
        return int(self.values.size)

    def column(self, name: str) -> Numbers:  # noqa: ARG002 - a source is asked by name
        return Numbers(self.values)
