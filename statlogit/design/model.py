"""Design: what a formula has learned from data, and the columns it gives for new rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.core.columns import Columns
from statlogit.core.types import Array, IntArray
from statlogit.design.blocks import columns_of
from statlogit.design.gate import Gate
from statlogit.design.labels import LabelRow, label_rows
from statlogit.design.reading import Reading
from statlogit.design.rows import factor_values, take
from statlogit.design.state import design_from_json, design_to_json
from statlogit.design.table import Table, table_of
from statlogit.design.terms import FactorFacts, LevelFactor, Term
from statlogit.design.transforms import State
from statlogit.design.values import MISSING, UNSEEN, Labels, Numbers, Value, label_numbers, recode
from statlogit.errors import DataError, MissingColumnError, UnseenLevelError


@dataclass(frozen=True, slots=True)
class NewRows:
    """New rows in the columns of a design: x holds those that can be used, in order."""

    x: Columns
    positions: IntArray  # the used rows in the data
    index: pd.Index[Any]  # labels of all rows
    reasons: tuple[str | None, ...]  # for every row: None, or why it cannot be used
    offset: Array | None  # (used rows,) when the model has an offset column


@dataclass(frozen=True, slots=True)
class Design:
    """The columns of a formula: terms, names, levels and everything learned, ready to be replayed."""

    reading: Reading
    terms: tuple[Term, ...]
    names: tuple[str, ...]  # of the design columns, as formulaic names them
    facts: Mapping[str, FactorFacts]  # by factor text
    state: Mapping[str, State]
    offset_name: str | None = None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # of raw columns that are used as numbers

    @property
    def formula(self) -> str:
        return self.reading.formula

    @property
    def has_intercept(self) -> bool:
        return self.reading.has_intercept

    @property
    def intercept(self) -> int | None:
        """The position of the intercept column."""
        return 0 if self.has_intercept else None

    @property
    def variables(self) -> tuple[str, ...]:
        """The data columns that prediction needs."""
        offset = () if self.offset_name is None else (self.offset_name,)
        return tuple(dict.fromkeys((*self.reading.variables, *offset)))

    def term(self, name: str) -> Term:
        return next(term for term in self.terms if term.name == name)

    def contained_in(self, name: str) -> tuple[str, ...]:
        """The terms that contain this one: a is in a:b. What a type II test leaves out."""
        own = frozenset(self.term(name).factors)
        return tuple(t.name for t in self.terms if own and own < frozenset(t.factors))

    def labels(self) -> tuple[LabelRow, ...]:
        """The rows of a report, in order, with one for each reference level."""
        return label_rows(self)

    def matrix(self, data: Any, *, unseen: Literal["raise", "nan"] = "raise") -> NewRows:
        """The design of new rows. Rows with missing values are left out and explained.

        unseen: what a level that the fit never saw does: raise UnseenLevelError, or leave the row out.
        Raises MissingColumnError, and DataError when a column changed from text to numbers or back.
        """
        table = table_of(data)
        check_columns(self, table)
        values, reasons = new_values(self, table, unseen)
        offset = None
        if self.offset_name is not None:
            found = table.column(self.offset_name)
            if isinstance(found, Labels):
                raise DataError(f"the offset {self.offset_name!r} is text; it must be numbers on the log-odds scale")
            offset = found.values
            _explain(reasons, ~np.isfinite(offset), f"{self.offset_name} is missing or infinite")
        used = np.ones(table.n_rows, dtype=bool)
        used[list(reasons)] = False
        positions = np.flatnonzero(used)
        some = positions if reasons else None
        kept = {text: take(value, some) for text, value in values.items()}
        x = columns_of(self.terms, self.facts, kept, positions.size)
        why = tuple(map(reasons.get, range(table.n_rows))) if reasons else (None,) * table.n_rows
        return NewRows(x, positions, table.index, why, None if offset is None else offset[positions])

    def to_json(self) -> dict[str, Any]:
        """Everything needed to rebuild the design, as plain values for JSON."""
        return design_to_json(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Design:
        """A design from its stored form; the formula passes the gate again. Raises DataError when it was altered."""
        return Design(**design_from_json(stored, functions))


def check_columns(design: Design, table: Table) -> None:
    """Raise MissingColumnError for the first column that the new data lack."""
    for name in design.variables:
        if name not in table.native:
            raise MissingColumnError(
                f"the new data have no column {name!r}, which the model needs; "
                f"its columns: {', '.join(map(repr, design.variables))}"
            )


def new_values(
    design: Design, table: Table, unseen: Literal["raise", "nan"]
) -> tuple[dict[str, Value], dict[int, str]]:
    """The factors on new data with the learned levels, and why each unusable row cannot be used."""
    old = design.reading
    gate = Gate(old.gate.formula, table.names, old.gate.functions)
    reading = replace(old, gate=gate)
    reasons: dict[int, str] = {}
    for name in old.variables:
        missing = table.column(name).missing
        if missing is not None:
            _explain(reasons, missing, f"{name} is missing")
    found = {}
    for text, value in factor_values(reading, table, deepcopy(dict(design.state))).items():
        found[text] = _as_learned(design, text, value, table, reasons, unseen)
    return found, reasons


def _as_learned(
    design: Design, text: str, value: Value, table: Table, reasons: dict[int, str], unseen: Literal["raise", "nan"]
) -> Value:
    facts = design.facts[text]
    if isinstance(facts, LevelFactor):
        if isinstance(value, Numbers):
            if not np.isnan(value.values).all():
                raise DataError(
                    f"{text} was text or a category when the model was fitted, and is numeric now; "
                    f"give it the levels {_shown(facts)}"
                )
            value = label_numbers(value)
        codes = recode(value, facts.levels)
        strange = codes == UNSEEN
        if strange.any():
            _unseen(text, value, strange, facts, table, reasons, unseen)
            codes = np.where(strange, np.int32(MISSING), codes)
        _explain(reasons, codes == MISSING, f"{text} is missing")
        return Labels(codes, facts.levels)
    if isinstance(value, Labels):
        if value.levels:
            shown = ", ".join(repr(level) for level in value.levels[:3])
            raise DataError(f"{text} was numeric when the model was fitted, and is text now ({shown}, ...)")
        value = Numbers(np.full(table.n_rows, np.nan))
    if value.labels != facts.labels:
        raise DataError(f"{text} gives {len(value.labels)} columns now, and gave {len(facts.labels)} when fitted")
    if value.missing is not None:
        _explain(reasons, value.missing, f"{text} has no value")
    if value.infinite is not None:
        _explain(reasons, value.infinite, f"{text} is infinite")
    return value


def _unseen(
    text: str,
    value: Labels,
    strange: Any,
    facts: LevelFactor,
    table: Table,
    reasons: dict[int, str],
    unseen: Literal["raise", "nan"],
) -> None:
    rows = np.flatnonzero(strange)
    if unseen == "raise":
        level, label = value.levels[int(value.codes[rows[0]])], table.index[int(rows[0])]
        label = label.item() if isinstance(label, np.generic) else label
        count = f" (and {rows.size - 1:,} rows more)" if rows.size > 1 else ""
        raise UnseenLevelError(
            f"row {label!r}{count} has {text} = {level!r}, a level the model never saw, so it has no coefficient; "
            f'the known levels are {_shown(facts)}. unseen="nan" leaves such rows without a prediction'
        )
    for row in rows.tolist():
        level = value.levels[int(value.codes[row])]
        reasons.setdefault(row, f"{text} = {level!r} was not seen when the model was fitted")


def _shown(facts: LevelFactor) -> str:
    return ", ".join(repr(level) for level in facts.levels[:8]) + (", ..." if len(facts.levels) > 8 else "")


def _explain(reasons: dict[int, str], rows: Any, reason: str) -> None:
    for row in np.flatnonzero(rows).tolist():
        reasons.setdefault(row, reason)
