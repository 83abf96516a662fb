"""prepare(): formula and data in, the model frame of the used rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.core.columns import Columns
from statlogit.core.types import Array, BoolArray, IntArray, all_are, is_repeated, repeated
from statlogit.design.arguments import Arguments, read_arguments
from statlogit.design.blocks import columns_of, plain_where_few
from statlogit.design.contrasts import TREATMENT
from statlogit.design.evaluate import Interpreter
from statlogit.design.model import Design
from statlogit.design.raw import RawRows, ranges_of, seen_ranges
from statlogit.design.reading import Reading, read_formula
from statlogit.design.response import Asked, Outcome, Response, binary, check_weights, grouped, multinomial
from statlogit.design.rows import any_row, check_finite, factor_values, lost_by_computing, missing_by_variable, take
from statlogit.design.syntax import Call
from statlogit.design.table import Table, table_of
from statlogit.design.terms import FactorFacts, LevelFactor, NumericFactor, build_terms
from statlogit.design.transforms import State
from statlogit.design.values import CodeArray, Labels, Level, Numbers, Value, drop_unused
from statlogit.errors import DataError, FormulaError, MissingValuesError, ResponseError, WeightsError


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many rows have no value in one variable."""

    variable: str
    count: int


@dataclass(frozen=True, slots=True)
class LevelCount:
    """The used rows of one factor level. n and events count outcomes: rows, or trials, times case weights."""

    level: Level
    n: float
    events: tuple[float, ...]  # one number for each modelled class; one for a binary response


@dataclass(frozen=True, slots=True)
class ModelFrame:
    """The used rows of the data as numbers: n rows, p columns, q modelled classes."""

    design: Design
    response: Response
    x: Columns  # (n, p)
    y: Array  # (n, q) shares
    weight: Array  # (n,) case weight times trials
    case_weight: Array  # (n,)
    trials: Array  # (n,) ones when there are none
    offset: Array  # (n, q) zeros when there is none
    cluster: IntArray | None  # (n,), or (n, 2) for two cluster variables
    cluster_name: str | tuple[str, str] | None
    n_clusters: int | tuple[int, int] | None
    index: pd.Index[Any]  # labels of the used rows
    positions: IntArray  # of the used rows in the data as read
    n_read: int
    dropped: tuple[Dropped, ...]
    n_missing: int  # rows with a missing value in any variable
    n_zero_weight: int  # complete rows left out because their weight or trials are zero
    factors: Mapping[str, CodeArray] = field(default_factory=dict)  # codes of each factor of levels, by its text
    raw: RawRows | None = None  # the columns that the formula reads, in the used rows
    weights_name: str | None = None  # their columns, where they came from one
    trials_name: str | None = None

    @property
    def in_memory(self) -> bool:
        """Whether the rows are here; a StreamedFrame has only what is known of them together."""
        return True

    @property
    def n_rows(self) -> int:
        return len(self.positions)

    @property
    def n_predictors(self) -> int:
        """q: the modelled classes."""
        return int(self.y.shape[1])

    @property
    def class_weights(self) -> Array:
        """(K,) weights of the classes, the reference last."""
        modelled = self.weight @ self.y
        return np.append(modelled, max(float(self.weight.sum()) - float(modelled.sum()), 0.0))

    @property
    def total_weight(self) -> float:
        return float(self.weight.sum())

    @property
    def total_case_weight(self) -> float:
        return float(self.case_weight.sum())

    @property
    def has_weights(self) -> bool:
        """Some case weight is not 1."""
        return not all_are(self.case_weight, 1.0)

    @property
    def offsets(self) -> tuple[float, float]:
        """The least and the largest offset."""
        return float(self.offset.min()), float(self.offset.max())

    def level_counts(self, factor: str) -> tuple[LevelCount, ...]:
        """n and events of every level of one factor of the formula, the reference level included."""
        facts = self.design.facts[factor]
        if not isinstance(facts, LevelFactor):
            raise DataError(f"{factor} has no levels")
        codes, n_levels = self.factors[factor], len(facts.levels)
        n = np.bincount(codes, weights=self.weight, minlength=n_levels)
        events = [np.bincount(codes, weights=self.weight * share, minlength=n_levels) for share in self.y.T]
        return tuple(
            LevelCount(level, float(n[k]), tuple(float(e[k]) for e in events)) for k, level in enumerate(facts.levels)
        )


def prepare(
    formula: str,
    data: Any,
    *,
    event: Any = None,
    trials: Any = None,
    weights: Any = None,
    offset: Any = None,
    cluster: Any = None,
    multinomial: bool = False,
    reference: Any = None,
    missing: Literal["drop", "raise"] = "drop",
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> ModelFrame:
    """Read formula and data into numbers, or say in one sentence why that cannot be done.

    data: a pandas, polars or pyarrow frame, a mapping of columns, or the path of a CSV file ("-": standard input).
    trials, weights, offset, cluster: a column's name, or one value per row of the data.
    functions: own transforms by name, called with columns as float64 arrays.
    Raises FormulaError, or the DataError that names the column, the value and the remedy.
    """
    if missing not in ("drop", "raise"):
        raise DataError(f"missing={missing!r} is neither 'drop' nor 'raise'")
    table = table_of(data)
    if table.n_rows == 0:
        raise DataError("the data have no rows, so there is nothing to fit; check how they were filtered")
    given = read_arguments(table, trials=trials, weights=weights, offset=offset, cluster=cluster)
    reading = read_formula(formula, table.names, excluded=given.columns, functions=functions)
    if reading.response is None:
        raise FormulaError("the formula has no response", formula=formula, start=0, end=1, hint="'y ~ x'")
    state: dict[str, State] = {}
    sides = left_side(reading, Interpreter(reading.gate, table, state))
    values = factor_values(reading, table, state)
    rows = _used_rows(reading, table, given, sides, values, missing)
    check_finite(values, rows.kept, table.index)
    raw = RawRows({name: table.column(name) for name in reading.variables}, rows.positions.size, rows.some)
    design, used = _learned(reading, values, rows, state, given.offset_name)
    design = replace(design, ranges=ranges_of(reading, design.facts, seen_ranges(raw)))
    n = rows.positions.size
    index = table.index if rows.kept is None else table.index[rows.positions]
    case_weight = _used(given.weights, rows, n)
    asked = Asked(reading.response_text, event, reference, multinomial)
    outcome = _outcome([take(side, rows.some) for side in sides], given, rows, asked, case_weight, index)
    cluster_codes, n_clusters = given.cluster_codes(rows.positions)
    return ModelFrame(
        design=design,
        response=outcome.response,
        x=plain_where_few(columns_of(design.terms, design.facts, used, n), n),
        y=outcome.y,
        weight=_product(case_weight, outcome.trials),
        case_weight=case_weight,
        trials=outcome.trials,
        offset=_offset(given.offset, rows.some, outcome.y.shape),
        cluster=cluster_codes,
        cluster_name=given.cluster_name,
        n_clusters=n_clusters,
        index=index,
        positions=rows.positions,
        n_read=table.n_rows,
        dropped=rows.dropped,
        n_missing=rows.n_missing,
        n_zero_weight=rows.n_zero_weight,
        factors={text: value.codes for text, value in used.items() if isinstance(value, Labels)},
        raw=raw,
        weights_name=weights if isinstance(weights, str) else None,
        trials_name=trials if isinstance(trials, str) else None,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which rows are used."""

    kept: BoolArray | None  # None: all
    positions: IntArray
    dropped: tuple[Dropped, ...]
    n_missing: int
    n_zero_weight: int

    @property
    def some(self) -> IntArray | None:
        return None if self.kept is None else self.positions


def left_side(reading: Reading, interpreter: Interpreter) -> list[Value]:
    """The response's value, or the two of cbind(successes, failures)."""
    response = reading.response
    if isinstance(response, Call) and response.function == "cbind":
        parts = [*response.arguments, *(value for _, value in response.options)]
        return [Numbers(interpreter.column(part)) for part in parts]
    return [] if response is None else [interpreter.value(response)]


def _used_rows(
    reading: Reading, table: Table, given: Arguments, sides: list[Value], values: dict[str, Value], missing: str
) -> _Rows:
    by_variable = missing_by_variable((*reading.response_reads, *reading.variables, *given.columns), table)
    by_variable |= {name: rows for name, rows in given.missing.items() if name not in by_variable}
    by_variable |= lost_by_computing(reading, values, by_variable, table.index)
    bad = any_row([*by_variable.values(), *(side.missing for side in sides), *(v.missing for v in values.values())])
    dropped = tuple(Dropped(name, int(rows.sum())) for name, rows in by_variable.items())
    n_missing = 0 if bad is None else int(bad.sum())
    shown = ", ".join(f"{d.variable} ({d.count:,})" for d in dropped)
    if missing == "raise" and n_missing:
        raise MissingValuesError(
            f"{n_missing:,} of {table.n_rows:,} rows have missing values: {shown}; "
            'missing="drop" leaves these rows out and counts them'
        )
    if n_missing == table.n_rows:
        raise MissingValuesError(
            f"every one of the {table.n_rows:,} rows has a missing value ({shown}), so no row is left to fit; "
            "drop the emptiest variable from the formula"
        )
    for values_, what in ((given.weights, given.weights_name), (given.trials, given.trials_name)):
        if values_ is not None:
            check_weights(values_, f"{what!r}", table.index)
    zero = _zero_rows(given, sides)
    if zero is not None and bad is not None:
        zero &= ~bad
    n_zero = 0 if zero is None else int(zero.sum())
    out = any_row([bad, zero if n_zero else None])
    if out is None:
        return _Rows(None, np.arange(table.n_rows), dropped, n_missing, 0)
    kept = ~out
    if not kept.any():
        raise WeightsError("every complete row has zero weight or zero trials, so no row is left to fit")
    return _Rows(kept, np.flatnonzero(kept), dropped, n_missing, n_zero)


def _zero_rows(given: Arguments, sides: list[Value]) -> BoolArray | None:
    zeros = [values == 0.0 for values in (given.weights, given.trials) if values is not None]
    if len(sides) == 2 and isinstance(sides[0], Numbers) and isinstance(sides[1], Numbers):
        zeros.append(sides[0].values + sides[1].values == 0.0)
    return any_row(zero if zero.any() else None for zero in zeros)


def _learned(
    reading: Reading, values: dict[str, Value], rows: _Rows, state: dict[str, State], offset_name: str | None
) -> tuple[Design, dict[str, Value]]:
    """The design, and the factors' values in the used rows."""
    facts: dict[str, FactorFacts] = {}
    used: dict[str, Value] = {}
    for text, value in values.items():
        if isinstance(value, Labels):
            found = drop_unused(value, rows.kept)
            facts[text] = LevelFactor(found.levels, found.contrast or TREATMENT, found.spans_intercept, found.fixed)
            used[text] = take(found, rows.some)
        else:
            facts[text] = NumericFactor(value.labels, value.boolean, value.spans_intercept)
            used[text] = take(value, rows.some)
    terms, names = build_terms(reading.factors, facts, reading.reads, reading.has_intercept)
    if not names:
        raise FormulaError("the formula gives no columns", formula=reading.formula, start=0, end=len(reading.formula),
                           hint="'y ~ 1' is the model with an intercept alone")  # fmt: skip
    return Design(reading, terms, names, facts, state, offset_name), used


def _outcome(
    sides: list[Value], given: Arguments, rows: _Rows, asked: Asked, weight: Array, index: pd.Index[Any]
) -> Outcome:
    if asked.reference is not None and not asked.multinomial:
        raise ResponseError("reference= is for multinomial models; a binary model is told its event with event=")
    counted = len(sides) == 2 or given.trials is not None
    if asked.multinomial:
        if counted or asked.event is not None:
            raise ResponseError("a multinomial model takes one category a row: no trials=, cbind() or event=")
        return multinomial(sides[0], asked, weight)
    if not counted:
        _refuse_infinite(sides[0], asked.name)
        return binary(sides[0], asked, weight, index)
    if len(sides) == 2 and given.trials is not None:
        raise ResponseError("cbind(successes, failures) already gives the trials; leave trials= out")
    parts = []
    for side in sides:
        if not isinstance(side, Numbers) or side.values.ndim != 1:
            raise ResponseError(f"{asked.name} is text; successes out of trials must be numbers")
        _refuse_infinite(side, asked.name)
        parts.append(side.values)
    if len(parts) == 2:
        if (parts[1] < 0.0).any():
            raise ResponseError(f"{asked.name} has negative failures; counts start at 0")
        return grouped(parts[0], parts[0] + parts[1], asked, weight, index, cbind=True)
    return grouped(parts[0], _used(given.trials, rows, len(parts[0])), asked, weight, index)


def _used(amounts: Array | None, rows: _Rows, n: int) -> Array:
    """(n,) weights or trials of the used rows; ones where none are given."""
    if amounts is None:
        return repeated(1.0, n)
    return amounts if rows.kept is None else amounts[rows.positions]


def _product(case_weight: Array, trials: Array) -> Array:
    """Their product, and the one where the other is 1 in every row."""
    if is_repeated(trials) and all_are(trials, 1.0):
        return case_weight
    return trials if is_repeated(case_weight) and all_are(case_weight, 1.0) else case_weight * trials


def _refuse_infinite(value: Value, name: str) -> None:
    if isinstance(value, Numbers) and value.infinite is not None:
        raise ResponseError(f"{name} is infinite in {int(value.infinite.sum()):,} rows; an outcome is 0 or 1")


def _offset(offset: Array | None, some: IntArray | None, shape: tuple[int, ...]) -> Array:
    if offset is None:
        return repeated(0.0, *shape)
    used = offset if some is None else offset[some]
    if used.ndim == 2 and used.shape != shape:
        raise WeightsError(f"the offset has {used.shape[1]} columns for {shape[1]} modelled classes")
    return np.ascontiguousarray(np.broadcast_to(used[:, None] if used.ndim == 1 else used, shape))
