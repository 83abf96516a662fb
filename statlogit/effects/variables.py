"""What an effect of a raw column is: a slope for numbers, contrasts of levels for factors, 1 - 0 for two values.

Rules. A column of text or categories, or one that C() turns into levels, is compared level by level with the reference
level. A column of truth values, or of nothing but 0 and 1 in the used rows, is set to 1 and to 0. Any other column of
numbers has a slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from statlogit.core.types import Array
from statlogit.design import Design
from statlogit.design.contrasts import base_index
from statlogit.design.raw import RawRows, taken
from statlogit.design.syntax import Call, Expression, Name
from statlogit.design.terms import LevelFactor
from statlogit.design.values import Labels, Level, Numbers, label_numbers
from statlogit.errors import DataError, MissingColumnError

FIRST_ROWS = 256  # most columns show in these that they hold more than 0 and 1
MOST_LEVELS = 1_000


@dataclass(frozen=True, slots=True)
class Variable:
    """A raw column that the formula reads."""

    name: str
    kind: Literal["numeric", "binary", "truth", "levels"]
    levels: tuple[Level, ...]  # of a factor, in order; (0, 1) or (False, True); () for numbers
    reference: int  # the level that others are compared with


class SeenColumns(Protocol):
    """What the used rows show of the raw columns."""

    def is_number(self, name: str) -> bool: ...
    def is_boolean(self, name: str) -> bool: ...
    def is_zero_one(self, name: str) -> bool: ...
    def is_whole(self, name: str) -> bool: ...
    def levels(self, name: str) -> tuple[Level, ...]: ...


@dataclass(frozen=True, slots=True)
class SeenRows:
    """Of rows in memory."""

    raw: RawRows

    def is_number(self, name: str) -> bool:
        return isinstance(self.raw.columns[name], Numbers)

    def is_boolean(self, name: str) -> bool:
        value = self.raw.columns[name]
        return isinstance(value, Numbers) and value.boolean

    def is_zero_one(self, name: str) -> bool:
        """Whether there are zeros and ones, and nothing else."""
        return _is_zero_one(self.raw, name)

    def is_whole(self, name: str) -> bool:
        """Whether a column of numbers holds whole ones alone."""
        few = _numbers(self.raw.rows(0, min(FIRST_ROWS, self.raw.n_rows)), name)
        return _whole(few) and _whole(_numbers(self.raw, name))

    def levels(self, name: str) -> tuple[Level, ...]:
        return distinct(self.raw, name)


def variables_of(design: Design, seen: SeenColumns) -> tuple[Variable, ...]:
    """Every raw column of the right side of the formula, by the values it has in these rows."""
    return tuple(_variable(design, seen, name) for name in design.reading.variables)


def named(variables: Sequence[Variable], names: str | Sequence[str] | None) -> tuple[Variable, ...]:
    """The variables with these names, all for None. Raises MissingColumnError for a name the formula does not read."""
    if names is None:
        return tuple(variables)
    known = {variable.name: variable for variable in variables}
    asked = [names] if isinstance(names, str) else list(names)
    for name in asked:
        if name not in known:
            shown = ", ".join(map(repr, known))
            raise MissingColumnError(f"the model reads no column {name!r}; effects are about its data columns: {shown}")
    return tuple(known[name] for name in asked)


def _variable(design: Design, seen: SeenColumns, name: str) -> Variable:
    factor = factor_of(design, name)
    if factor is not None:
        text, facts = factor
        reference = base_index(facts.contrast, facts.levels, text) if facts.contrast.is_indicator else 0
        return Variable(name, "levels", facts.levels, reference)
    if seen.is_boolean(name):
        return Variable(name, "truth", (False, True), 0)
    if seen.is_number(name) and not is_factor(design, name):
        kind: Literal["numeric", "binary"] = "binary" if seen.is_zero_one(name) else "numeric"
        return Variable(name, kind, (0, 1) if kind == "binary" else (), 0)
    levels = seen.levels(name)
    if len(levels) > MOST_LEVELS:
        raise DataError(f"{name!r} has {len(levels):,} values; at most {MOST_LEVELS:,} can be compared one by one")
    return Variable(name, "levels", levels, 0)


def factor_of(design: Design, name: str) -> tuple[str, LevelFactor] | None:
    """The factor of the formula whose levels are the values of a column, and its text."""
    for text, read in design.reading.reads.items():
        facts = design.facts[text]
        if read == (name,) and isinstance(facts, LevelFactor) and _shows_levels(design.reading.expressions[text]):
            return text, facts
    return None


def _shows_levels(expression: Expression) -> bool:
    """g, C(g) and factor(g) have the levels of g; hashed(g) has not."""
    if isinstance(expression, Call):
        plain = bool(expression.arguments) and isinstance(expression.arguments[0], Name)
        return expression.function == "Q" or (expression.function in ("C", "factor") and plain)
    return isinstance(expression, Name)


def is_factor(design: Design, name: str) -> bool:
    """Whether the formula uses the values of a column as levels."""
    return any(name in read and isinstance(design.facts[t], LevelFactor) for t, read in design.reading.reads.items())


def _is_zero_one(raw: RawRows, name: str) -> bool:
    first = _numbers(raw.rows(0, min(FIRST_ROWS, raw.n_rows)), name)
    if not _zero_one(first):
        return False
    every = _numbers(raw, name)
    return _zero_one(every) and bool(every.any()) and not bool(every.all())


def _numbers(raw: RawRows, name: str) -> Array:
    value = taken(raw.columns[name], raw.positions)
    return value.values if isinstance(value, Numbers) else np.empty(0)


def _whole(values: Array) -> bool:
    return bool((values == np.floor(values)).all())


def _zero_one(values: Array) -> bool:
    return bool(((values == 0.0) | (values == 1.0)).all())


def labels_of(raw: RawRows, name: str) -> Labels:
    """The values of a column in these rows as levels."""
    value = taken(raw.columns[name], raw.positions)
    return label_numbers(value) if isinstance(value, Numbers) else value


def distinct(raw: RawRows, name: str) -> tuple[Level, ...]:
    """The levels that these rows have."""
    found = labels_of(raw, name)
    used = np.bincount(found.codes[found.codes >= 0], minlength=len(found.levels)) > 0
    return tuple(level for level, u in zip(found.levels, used, strict=True) if u)
