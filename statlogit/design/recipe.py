"""Recipe: a learned design applied to a table that is one part of the data, as prepare() applies it to all of them.

What all rows must decide together (levels, the event, counts or shares, clusters) was decided before; each part is
then evaluated on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from statlogit.core.blocks import LARGE, Block
from statlogit.core.types import Array, IntArray, repeated
from statlogit.design.arguments import Arguments, read_arguments
from statlogit.design.blocks import columns_of, plain_where_few
from statlogit.design.evaluate import Interpreter
from statlogit.design.model import Design
from statlogit.design.observed import observed
from statlogit.design.prepare import left_side
from statlogit.design.response import Response, check_weights
from statlogit.design.rows import any_row, check_finite, factor_values, lost_by_computing, missing_by_variable, take
from statlogit.design.table import Table
from statlogit.design.terms import LevelFactor
from statlogit.design.values import Labels, Level, Numbers, Value, key_of, label_numbers, recode
from statlogit.design.where import Condition
from statlogit.errors import DataError


@dataclass(frozen=True, slots=True)
class Given:
    """The columns that arguments name, and which rows are asked for."""

    trials: str | None = None
    weights: str | None = None
    offset: str | None = None
    cluster: tuple[str, ...] = ()
    where: Condition | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        named = (self.trials, self.weights, self.offset, *self.cluster)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def asked(self, table: Table) -> Table:
        """The rows of a table that are part of the data."""
        return table if self.where is None else self.where.part(table)

    def read(self, table: Table) -> Arguments:
        return read_arguments(
            table, trials=self.trials, weights=self.weights, offset=self.offset, cluster=list(self.cluster) or None
        )


@dataclass(frozen=True, slots=True)
class Part:
    """The used rows of a table: positions None means all n of them."""

    given: Arguments
    sides: tuple[Value, ...]  # of the response, all rows
    values: dict[str, Value]  # of the factors, with the learned levels, all rows
    positions: IntArray | None
    n: int
    dropped: dict[str, int]  # missing values by variable
    n_missing: int
    n_zero: int

    def some(self, values: Array) -> Array:
        return values if self.positions is None else values[self.positions]

    @property
    def case_weight(self) -> Array:
        return np.ones(self.n) if self.given.weights is None else self.some(self.given.weights)


def part_of(design: Design, given: Given, table: Table) -> Part:
    """Raises DataError as prepare() does for values that cannot be used."""
    reading, arguments, state = design.reading, given.read(table), dict(design.state)
    sides = tuple(left_side(reading, Interpreter(reading.gate, table, state)))
    values = factor_values(reading, table, state)
    by_variable = missing_by_variable((*reading.response_reads, *reading.variables, *arguments.columns), table)
    computed = {text: value for text, value in values.items() if value is not table.values.get(text)}
    by_variable |= lost_by_computing(reading, computed, by_variable, table.index)
    bad = any_row([*by_variable.values(), *(side.missing for side in sides), *(v.missing for v in computed.values())])
    for amounts, what in ((arguments.weights, arguments.weights_name), (arguments.trials, arguments.trials_name)):
        if amounts is not None:
            check_weights(amounts, f"{what!r}", table.index)
    zeros = [amounts == 0.0 for amounts in (arguments.weights, arguments.trials) if amounts is not None]
    if len(sides) == 2 and isinstance(sides[0], Numbers) and isinstance(sides[1], Numbers):
        zeros.append(sides[0].values + sides[1].values == 0.0)
    zero = any_row(z if z.any() else None for z in zeros)
    n_missing = 0 if bad is None else int(bad.sum())
    out = any_row([bad, zero])
    kept = None if out is None else ~out
    check_finite(values, kept, table.index)
    learned = {text: _as_learned(design, text, value) for text, value in values.items()}
    positions = None if kept is None else np.flatnonzero(kept)
    n = table.n_rows if positions is None else positions.size
    dropped = {name: int(rows.sum()) for name, rows in by_variable.items()}
    return Part(arguments, sides, learned, positions, n, dropped, n_missing, table.n_rows - n - n_missing)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a pass over all rows has found, so that later ones need not look again."""

    gaps: tuple[str, ...]  # the columns with missing values; rows are left out for nothing else
    is_complete: bool  # no row is left out


def _part_again(design: Design, given: Given, table: Table, checked: Checked) -> Part:
    """part_of() of rows known to be sound, without the response's sides and the counts."""
    reading, arguments = design.reading, given.read(table)
    values = factor_values(reading, table, dict(design.state))
    learned = {text: _as_learned(design, text, value) for text, value in values.items()}
    bad = None if checked.is_complete else any_row(missing_by_variable(checked.gaps, table).values())
    positions = None if bad is None else np.flatnonzero(~bad)
    n = table.n_rows if positions is None else positions.size
    return Part(arguments, (), learned, positions, n, {}, table.n_rows - n, 0)


def _as_learned(design: Design, text: str, value: Value) -> Value:
    """Levels as learned; a level that no complete row has becomes a negative code, and its rows are left out."""
    facts = design.facts[text]
    if not isinstance(facts, LevelFactor):
        if isinstance(value, Labels) and value.levels:
            raise DataError(f"{text} is numeric elsewhere and text here; make it one kind in all files")
        return value if isinstance(value, Numbers) else Numbers(np.full(value.codes.shape, np.nan))
    labels = label_numbers(value) if isinstance(value, Numbers) else value
    return Labels(recode(labels, facts.levels), facts.levels)


@dataclass(frozen=True)
class Clusters:
    """All values of one cluster variable, each with its code, its place."""

    levels: tuple[Level, ...]

    @cached_property
    def _place(self) -> dict[tuple[str, Level], int]:
        return {key_of(level): k for k, level in enumerate(self.levels)}

    def codes(self, labels: Labels) -> IntArray:
        to_code = np.array([*(self._place.get(key_of(level), -1) for level in labels.levels), -1], dtype=np.intp)
        return to_code[labels.codes]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that turns a part of the data into a block. It has no rows, and pickles."""

    design: Design
    given: Given
    response: Response
    clusters: tuple[Clusters, ...] = ()
    whole_weights: bool = False  # all case weights are whole, and some are not 1: they count equal rows
    n_used: int = 0  # rows of all parts
    checked: Checked | None = None  # what a pass over all rows has found; None: every part is checked

    @property
    def weights_name(self) -> str | None:
        return self.given.weights

    @property
    def trials_name(self) -> str | None:
        return self.given.trials

    def part(self, table: Table) -> Part:
        if self.checked is not None:
            return _part_again(self.design, self.given, table, self.checked)
        return part_of(self.design, self.given, table)

    def block(self, table: Table) -> Block | None:
        """The used rows of a table, or None where it has none."""
        part = self.part(table)
        return self.block_of(table, part) if part.n else None

    def block_of(self, table: Table, part: Part) -> Block:
        found = observed(self, table)
        y = np.asfortranarray(part.some(found.y))
        used = {text: take(value, part.positions) for text, value in part.values.items()}
        x = columns_of(self.design.terms, self.design.facts, used, part.n)
        return Block(
            plain_where_few(x, self.n_used),
            y,
            part.some(found.weight),
            _offset(part, y.shape),
            part.case_weight if self.whole_weights else None,
            self._cluster(part),
            large=self.n_used * len(self.design.names) >= LARGE,
        )

    def weight_and_offset(self, table: Table, part: Part) -> tuple[Array, Array]:
        """(n,) outcomes that each used row of a table stands for, and (n, q) log-odds."""
        found = observed(self, table)
        plain = self.given.weights is None and self.response.kind != "grouped"
        weight = repeated(1.0, part.n) if plain else part.some(found.weight)  # as prepare() has it, to the bit
        return weight, _offset(part, (part.n, found.y.shape[1]))

    def _cluster(self, part: Part) -> IntArray | None:
        pairs = zip(self.clusters, part.given.cluster, strict=True)
        codes = [clusters.codes(labels) for clusters, labels in pairs]
        if not codes:
            return None
        rows = codes if part.positions is None else [c[part.positions] for c in codes]
        return rows[0] if len(rows) == 1 else np.stack(rows, axis=1)


def _offset(part: Part, shape: tuple[int, ...]) -> Array:
    if part.given.offset is None:
        return np.zeros(shape)
    return np.ascontiguousarray(np.broadcast_to(part.some(part.given.offset)[:, None], shape))
