"""learn(): a design from chunks of rows, in one pass, with the bits that one frame would give.

Levels are the union over complete rows. What a stateful transform learns from, the values of its column, is kept
(8 bytes a row) and sorted at the end, so neither the order nor the size of the chunks matters. lag() needs the row
before, and a transform of a transform needs a second pass: both are refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What some chunks have shown of one factor. Values are kept for what they are, not for their rows."""

    levels: dict[Level, None] = field(default_factory=dict)
    order: tuple[Level, ...] | None = None  # the factor's own order of levels
    labels: Labels | None = None  # the last one, for its coding
    numeric: Numbers | None = None  # the last one with a number in it, or the last one
    has_numbers: bool = False
    text: str = ""

    def __add__(self, other: Self) -> Self:
        if (self.labels or other.labels) and (self.has_numbers or other.has_numbers):
            raise DataError(f"{self.text} is text in one chunk and numeric in another; make it one kind in all")
        if self.order is not None and other.order is not None and self.order != other.order:
            raise DataError(
                f"{self.text} has its levels in different orders in different chunks; give levels= in the formula"
            )
        numeric = (
            self.numeric if other.numeric is None or (self.has_numbers and not other.has_numbers) else other.numeric
        )
        return type(self)(
            self.levels | other.levels,
            self.order if other.order is None else other.order,
            self.labels if other.labels is None else other.labels,
            numeric,
            self.has_numbers or other.has_numbers,
            self.text,
        )

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


def _seen(text: str, value: Labels | Numbers, complete: BoolArray | None) -> _Seen:
    if isinstance(value, Numbers):
        return _Seen(numeric=replace(value, values=NO_ROWS, whole=None), has_numbers=_has_number(value), text=text)
    if not value.levels:
        return _Seen(text=text)
    codes = value.codes if complete is None else value.codes[complete]
    used = np.bincount(codes[codes >= 0], minlength=len(value.levels)) > 0
    levels: dict[Level, None] = {level: None for level, u in zip(value.levels, used, strict=True) if u}
    order = value.levels if value.own_order else None
    return _Seen(levels, order, replace(value, codes=NO_CODES), text=text)


def _has_number(value: Numbers) -> bool:
    """Whether not all values are missing; the first one mostly tells."""
    return bool(not np.isnan(value.values[:1]).all() or not np.isnan(value.values).all())


NO_ROWS, NO_CODES = np.empty(0), np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What some chunks of rows tell about a design, additive."""

    seen: dict[str, _Seen]
    kept: dict[str, tuple[Array, ...]]  # by stateful call: the values it learns from
    ranges: Ranges
    last: Table | None  # the last chunk with rows, where something stateful will be evaluated on it

    def __add__(self, other: Self) -> Self:
        seen = {text: self.seen[text] + one if text in self.seen else one for text, one in other.seen.items()}
        kept = {text: self.kept.get(text, ()) + values for text, values in other.kept.items()}
        return type(self)(
            self.seen | seen,
            self.kept | kept,
            {name: _wider(self.ranges.get(name), other.ranges.get(name)) for name in self.ranges | other.ranges},
            other.last if other.last is not None and (other.last.n_rows or self.last is None) else self.last,
        )


def _wider(a: tuple[float, float] | None, b: tuple[float, float] | None) -> tuple[float, float]:
    if a is None or b is None:
        return a or b or (np.nan, np.nan)
    return min(a[0], b[0]), max(a[1], b[1])


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
    names: tuple[str, ...] | None = None
    found: Lesson | None = None
    for chunk in chunks:
        table = table_of(chunk)
        given = read_arguments(table, trials=trials, weights=weights, offset=offset, cluster=cluster)
        if names is None:
            names = table.names
            reading = read_formula(formula, names, excluded=given.columns, functions=functions)
        if table.names != names:
            raise DataError("the chunks have different columns; give every chunk the same ones in the same order")
        one = lesson(reading, table, given)
        found = one if found is None else found + one
    if found is None:
        raise DataError("there is no chunk to learn from")
    return design_of(reading, found, offset)


def design_of(reading: Reading, found: Lesson, offset: str | None) -> Design:
    """The design that a lesson of all rows teaches. Raises MissingValuesError for a factor without a value."""
    state = _learned_state(reading, found.kept)
    seen = dict(found.seen)
    for text, call in _stateful_factors(reading).items():
        if found.last is not None:
            seen[text] = _seen(text, Interpreter(reading.gate, found.last, state).value(call), None)
    facts: dict[str, FactorFacts] = {}
    for text in reading.expressions:
        fact = seen[text].facts() if text in seen else None
        if fact is None or (isinstance(fact, LevelFactor) and not fact.levels):
            raise MissingValuesError(f"{text} has no value in any complete row of any chunk, so nothing can be learned")
        facts[text] = fact
    terms, names = build_terms(reading.factors, facts, reading.reads, reading.has_intercept)
    return Design(reading, terms, names, facts, state, offset, ranges_of(reading, facts, found.ranges))


def lesson(reading: Reading, table: Table, given: Arguments) -> Lesson:
    """What one chunk tells."""
    variables = (*reading.response_reads, *reading.variables, *given.columns)
    missing = [*missing_by_variable(variables, table).values(), *given.missing.values()]
    zero = [w == 0.0 for w in (given.weights, given.trials) if w is not None]
    out = any_row([*missing, *zero])
    complete = None if out is None else ~out
    positions = None if complete is None else np.flatnonzero(complete)
    columns = {name: table.column(name) for name in reading.variables}
    n_used = table.n_rows if positions is None else positions.size
    ranges = seen_ranges(RawRows(columns, n_used, positions))
    interpreter = Interpreter(reading.gate, table, {})
    stateful = _stateful_factors(reading)
    seen: dict[str, _Seen] = {}
    kept: dict[str, tuple[Array, ...]] = {}
    for text, expression in reading.expressions.items():
        for call in _stateful_calls(reading, expression):
            values = interpreter.column(call.arguments[0])
            kept[unparse(call)] = (values[~np.isnan(values)],)
        if text not in stateful:
            seen[text] = _seen(text, interpreter.value(expression), complete)
    return Lesson(seen, kept, ranges, table if stateful else None)


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


def _learned_state(reading: Reading, kept: Mapping[str, Sequence[Array]]) -> dict[str, State]:
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
