"""A condition on rows: an expression of the formula language, never code, that is true for the rows to be used.

Rows for which it is false or missing are no part of the data: they are neither read nor counted as left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
import pandas as pd

from statlogit.core.types import BoolArray, IntArray
from statlogit.design.evaluate import Interpreter
from statlogit.design.reading import Reading, read_formula
from statlogit.design.rows import take
from statlogit.design.syntax import Binary, Call, Compare, Expression, Name, Number, Text, Unary
from statlogit.design.table import Table
from statlogit.design.values import Numbers
from statlogit.errors import FormulaError

Where: TypeAlias = str | Sequence[tuple[str, str, Any]]
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Bound:
    """One comparison that every row in use fulfils: column operator value."""

    column: str
    operator: str
    value: float | str

    def excludes(self, low: Any, high: Any) -> bool:
        """Whether no value from low to high fulfils it."""
        try:
            match self.operator:
                case "==":
                    return bool(self.value < low or self.value > high)
                case "<":
                    return bool(low >= self.value)
                case "<=":
                    return bool(low > self.value)
                case ">":
                    return bool(high <= self.value)
                case ">=":
                    return bool(high < self.value)
        except TypeError:  # text against numbers: the rows will tell
            pass
        return False


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition. It pickles."""

    reading: Reading
    text: str

    @property
    def reads(self) -> tuple[str, ...]:
        return self.reading.variables

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The plain comparisons among what must all hold."""
        return tuple(_bounds(self._expression))

    @property
    def _expression(self) -> Expression:
        return next(iter(self.reading.expressions.values()))

    def holds(self, table: Table) -> BoolArray:
        """(n,) which rows it is true for. Raises FormulaError where it has no truth value."""
        value = Interpreter(self.reading.gate, table, {}).value(self._expression)
        if not isinstance(value, Numbers) or not value.boolean or value.values.ndim != 1:
            raise FormulaError(
                f'where={self.text!r} is not true or false in each row; compare something, as in where="age > 30"'
            )
        return np.asarray(value.values == 1.0)

    def part(self, table: Table) -> Table:
        """The rows that it is true for."""
        kept = self.holds(table)
        return table if kept.all() else _some(table, np.flatnonzero(kept))


def read_where(where: Where, columns: Sequence[str]) -> Condition:
    """Parse and check a condition: "(age > 30) & (region == 'north')", or tuples (column, operator, value): all hold.

    What is joined with a missing value by & or | is missing.
    Raises FormulaError for what is no condition, MissingColumnError for a column that is not there.
    """
    text = where if isinstance(where, str) else _joined(where)
    reading = read_formula(f"~ 0 + I({text})", columns)
    if len(reading.expressions) != 1 or not isinstance(next(iter(reading.expressions.values())), Call):
        raise FormulaError(f"where={text!r} is not one condition; join conditions as in (a > 1) & (b == 'x')")
    return Condition(reading, text)


def _joined(where: Sequence[tuple[str, str, Any]]) -> str:
    parts = []
    for item in where:
        if not isinstance(item, tuple | list) or len(item) != 3 or item[1] not in OPERATORS:
            raise FormulaError(f"where has {item!r}; each condition is (column, one of {' '.join(OPERATORS)}, value)")
        name, operator, value = item
        if isinstance(value, bool | np.bool_):
            value = int(value)
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(float(value))
        parts.append(f"(Q({json.dumps(name, ensure_ascii=False)}) {operator} {shown})")
    if not parts:
        raise FormulaError("where is empty; leave it out, or give conditions such as ('age', '>', 30)")
    return " & ".join(parts)


def _bounds(node: Expression) -> Iterator[Bound]:
    if isinstance(node, Call) and node.function == "I" and len(node.arguments) == 1:
        yield from _bounds(node.arguments[0])
    elif isinstance(node, Binary) and node.operator == "&":
        yield from _bounds(node.left)
        yield from _bounds(node.right)
    elif isinstance(node, Compare) and len(node.operators) == 1:
        name, value = _column(node.first), _constant(node.others[0])
        if name is not None and value is not None:
            yield Bound(name, node.operators[0], value)


def _column(node: Expression) -> str | None:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Call) and node.function == "Q" and isinstance(node.arguments[0], Text):
        return node.arguments[0].value
    return None


def _constant(node: Expression) -> float | str | None:
    if isinstance(node, Number):
        return float(node.value)
    if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number):
        return -float(node.operand.value)
    return node.value if isinstance(node, Text) else None


def _some(table: Table, rows: IntArray) -> Table:
    values = {name: take(table.column(name), rows) for name in table.native}
    return Table(table.names, len(rows), table.index[rows], table.native, values)


def cut_frame(data: Any, kept: BoolArray) -> Any:
    """The rows of a pandas, polars or pyarrow frame."""
    if isinstance(data, pd.DataFrame):
        return data[kept]
    return nw.to_native(nw.from_native(data, eager_only=True).filter(kept.tolist()))
