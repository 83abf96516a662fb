"""Grids: tables and facts whose cells are text already, the last form that all formats share.

Text, HTML and Markdown print the same Grid, so they cannot disagree about a number. A cell keeps the full-precision
value beside its text; HTML carries it along.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from statlogit.report import text
from statlogit.report.characters import clean
from statlogit.report.outline import CoefficientRow, CoefficientTable, Fact, ModelCell, ModelTable
from statlogit.tables import Column, Kind, Table, Value

NAMES = (Kind.TEXT, Kind.CODE)
LEFT_KINDS = (*NAMES, Kind.SENTENCE)
MOST_EXACT_P = 40  # exact p-values listed in the note under a table; beyond that the note says how many more


@dataclass(frozen=True, slots=True)
class Cell:
    """text: what is printed. value: the full-precision number behind it, or None. ends: the two ends of an interval.

    suffix: what stands behind a name and is kept whole where the name is shortened.
    """

    text: str
    value: str | None = None
    ends: tuple[Cell, ...] = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one column. name_like columns hold names, which text may shorten."""

    text: str
    name_like: bool = False


@dataclass(frozen=True, slots=True)
class GridRow:
    """kind: "row", "member" (a level under its factor), "reference" (the reference level) or "total"."""

    cells: tuple[Cell, ...]
    kind: str = "row"


@dataclass(frozen=True, slots=True)
class GridGroup:
    """Rows under a common label; label "" for rows that stand alone."""

    label: str
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready to print. notes: sentences below it."""

    name: str
    title: str
    heads: tuple[Head, ...]
    groups: tuple[GridGroup, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled value ready to print, ends its interval. kind "code" asks for a fixed-width face."""

    label: str
    cell: Cell
    ends: tuple[Cell, ...]
    kind: str
    note: str = ""

    @property
    def text(self) -> str:
        """The value with its interval and its note on one line."""
        interval = f" ({text.interval_text(*(end.text for end in self.ends))})" if self.ends else ""
        return self.cell.text + interval + (f" ({self.note})" if self.note else "")


def item(fact: Fact) -> Item:
    """A fact as text, its interval in brackets behind it."""
    value = Cell(text.value_text(fact.value, fact.kind), text.full(fact.value))
    ends: tuple[Cell, ...] = ()
    if fact.low is not None and fact.high is not None:
        ends = tuple(Cell(text.value_text(end, fact.kind), text.full(end)) for end in (fact.low, fact.high))
    note = clean(fact.note) if fact.note else ""
    return Item(clean(fact.label), value, ends, fact.kind.value, note)


def table_grid(table: Table) -> Grid:
    """Any Table as a Grid. A column of log p-values is folded into the p-value beside it, empty sentences left out."""
    names = [c.name for c in table.columns]
    shown = [c for c in table.columns if c.kind is not Kind.LOG_P and not _says_nothing(table, c)]
    decimals = _common_decimals(table)
    columns = [_cells(c, table.column(c.name), _logs(table, c.name), decimals) for c in shown]
    rows = tuple(GridRow(cells, _row_kind(cells[0].text)) for cells in zip(*columns, strict=True)) if shown else ()
    heads = tuple(Head(c.label, c.kind in LEFT_KINDS) for c in shown)
    notes = [clean(table.note)] if table.note else []
    if "p_value" in names and rows:
        named = [k for k, column in enumerate(shown) if column.kind in NAMES] or [0]
        labels = [" ".join(row.cells[k].text for k in named) for row in rows]
        notes += exact_p_note(labels, _floats(table.column("p_value")), _logs(table, "p_value"))
    return Grid(table.name, clean(table.title), heads, (GridGroup("", rows),) if rows else (), tuple(notes))


def _says_nothing(table: Table, column: Column) -> bool:
    return column.kind is Kind.SENTENCE and not any(table.column(column.name))


LOGS = {"p_value": "log_p", "p_adjusted": "log_p_adjusted"}


def _logs(table: Table, name: str) -> list[float | None]:
    """The logarithms beside a column of p-values."""
    wanted = LOGS.get(name)
    if wanted in [c.name for c in table.columns]:
        return _floats(table.column(str(wanted)))
    return [None] * len(table.rows)


def _row_kind(label: str) -> str:
    return "total" if label in ("Model", "Total") else "row"


def _floats(values: Sequence[Value]) -> list[float | None]:
    return [float(v) if isinstance(v, int | float) else None for v in values]


ENDS = ("conf_low", "conf_high")


def _common_decimals(table: Table) -> int | None:
    """Of estimates and their limits together: two digits of the smallest estimate, and no limit rounded to 0."""
    kinds = {c.name: c.kind for c in table.columns}
    if not all(kinds.get(name) is Kind.ESTIMATE for name in ("estimate", *ENDS)):
        return None
    values = {name: [v for v in _floats(table.column(name)) if v is not None] for name in ("estimate", *ENDS)}
    ends = [20.0 * v for name in ENDS for v in values[name]]
    return max(text.decimals_for(values["estimate"]), text.decimals_for(ends))


def _cells(
    column: Column, values: Sequence[Value], logs: Sequence[float | None], decimals: int | None = None
) -> list[Cell]:
    if column.kind is Kind.P_VALUE:
        return [p_cell(p, log_p) for p, log_p in zip(_floats(values), logs, strict=True)]
    texts = text.column_texts(values, column.kind, decimals if column.name in ("estimate", *ENDS) else None)
    return [Cell(t, text.full(v)) for t, v in zip(texts, values, strict=True)]


def p_cell(p: float | None, log_p: float | None) -> Cell:
    """A p-value with its full-precision value."""
    if p is None or math.isnan(p):
        return Cell(text.DASH)
    return Cell(text.p_text(p, log_p), text.p_full(p, log_p))


def exact_p_note(labels: Sequence[str], p_values: Sequence[float | None], logs: Sequence[float | None]) -> list[str]:
    """One sentence with the exact value of every p-value that prints as `<0.001`; none if there is none."""
    exact = [
        f"{label} {text.p_exact(p, log_p)}"
        for label, p, log_p in zip(labels, p_values, logs, strict=True)
        if p is not None and not math.isnan(p) and text.is_tiny(p, log_p)
    ]
    if not exact:
        return []
    more = f"; and {len(exact) - MOST_EXACT_P} more" if len(exact) > MOST_EXACT_P else ""
    return [f"Exact p below 0.001: {'; '.join(exact[:MOST_EXACT_P])}{more}."]


def model_grid(table: ModelTable) -> Grid:
    """Models side by side, an estimate with its standard error in brackets behind it."""
    errors = [c.std_error for row in table.rows for c in row.cells if c is not None and c.std_error is not None]
    decimals = text.decimals_for(errors)
    rows = tuple(
        GridRow((Cell(clean(row.label)), *(_model_cell(c, decimals) for c in row.cells))) for row in table.rows
    )
    heads = (Head("Term" if errors else "Statistic", True), *(Head(clean(m)) for m in table.models))
    return Grid(
        table.name, clean(table.title), heads, (GridGroup("", rows),), (clean(table.note),) if table.note else ()
    )


def _model_cell(cell: ModelCell | None, decimals: int) -> Cell:
    if cell is None:
        return Cell(text.DASH)
    error = cell.std_error
    if error is None or not isinstance(cell.value, float):
        return Cell(text.value_text(cell.value, cell.kind), text.full(cell.value))
    if math.isnan(cell.value):
        return Cell("aliased")
    write = _writer(error, decimals)
    return Cell(write(cell.value) + ("" if math.isnan(error) else f" ({write(error)})"), text.full(cell.value))


def _writer(error: float, decimals: int) -> Callable[[float], str]:
    """Common decimals, or scientific form where the standard error is too small for them."""
    fine = math.isfinite(error) and error != 0.0 and text.needed_decimals(error) > text.COEFFICIENT_DECIMALS[1]
    return (lambda v: text.scientific(v, 3)) if fine else (lambda v: text.fixed(v, decimals))


def coefficient_grid(table: CoefficientTable, *, compact: bool) -> Grid:
    """Coefficients and odds ratios.

    compact (for text of 80 columns) puts n and events behind the level and leaves out the interval of the
    log-odds; the wide form has a column for each, for n and events where any row has them.
    """
    printed = _CoefficientTexts.of(table.rows)
    groups: list[GridGroup] = []
    for variable, members in _runs(table.rows):
        rows = tuple(_coefficient_row(table.rows[i], printed, i, compact) for i in members)
        groups.append(GridGroup(clean(variable) if variable else "", rows))
    short = "RRR" if any(row.outcome for row in table.rows) else "OR"
    heads = _heads(table.level, compact, printed.has_support, short)
    return Grid(table.name, clean(table.title), heads, tuple(groups), _notes(table, compact))


RATIOS = {"OR": "Odds ratio", "RRR": "Relative-risk ratio"}


def _heads(level: float, compact: bool, has_support: bool, short: str) -> tuple[Head, ...]:
    """short: OR, or RRR where there are several outcomes."""
    percent = f"{text.confidence(level)} CI"
    support = ("Events / n",) if has_support else ()
    names: tuple[str, ...] = (*support, "Estimate", "SE", percent, "z", "p", RATIOS[short], f"{percent} ({short})")
    if compact:
        names = ("Estimate", "SE", "z", "p", short, f"{short} {percent}")
    return (Head("Term", True), *(Head(n) for n in names))


def _notes(table: CoefficientTable, compact: bool) -> tuple[str, ...]:
    rows = [r for r in table.rows if not r.is_reference]
    notes = [clean(table.note)] if table.note else []
    if compact and any(r.n is not None for r in table.rows):
        notes.append("In brackets: events / rows of the level.")
    if any(r.is_aliased for r in rows):
        notes.append("Aliased: a linear combination of columns before it, so it has no estimate of its own.")
    labels = [_full_label(r) for r in rows]
    return (*notes, *exact_p_note(labels, [r.p_value for r in rows], [r.log_p for r in rows]))


def _runs(rows: Sequence[CoefficientRow]) -> list[tuple[str, list[int]]]:
    """Places of rows that follow one another under one variable; a row without variable stands in a run of its kind."""
    runs: list[tuple[str, list[int]]] = []
    for place, row in enumerate(rows):
        if runs and runs[-1][0] == row.factor:
            runs[-1][1].append(place)
        else:
            runs.append((row.factor, [place]))
    return runs


@dataclass(frozen=True, slots=True)
class _CoefficientTexts:
    """The columns of estimates and errors as text, with common decimals where the errors allow it."""

    estimate: tuple[str, ...]
    std_error: tuple[str, ...]
    low: tuple[str, ...]
    high: tuple[str, ...]
    has_support: bool

    @classmethod
    def of(cls, rows: Sequence[CoefficientRow]) -> _CoefficientTexts:
        common = text.decimals_for([r.std_error for r in rows])

        def write(value: float, row: CoefficientRow) -> str:
            return _writer(row.std_error, common)(value)

        return cls(
            tuple(write(r.estimate, r) for r in rows),
            tuple(write(r.std_error, r) for r in rows),
            tuple(write(r.conf_low, r) for r in rows),
            tuple(write(r.conf_high, r) for r in rows),
            any(r.n is not None for r in rows),
        )


def _full_label(row: CoefficientRow) -> str:
    return f"{clean(row.factor)}: {clean(row.name)}" if row.factor else clean(row.name)


def _coefficient_row(row: CoefficientRow, printed: _CoefficientTexts, place: int, compact: bool) -> GridRow:
    label = clean(row.name)
    support = _support(row)
    suffix = f" ({support.text.replace(' ', '')})" if compact and row.n is not None else ""
    before = (
        (Cell(label, suffix=suffix), support) if printed.has_support and not compact else (Cell(label, suffix=suffix),)
    )
    if row.is_reference:
        dash = Cell(text.DASH)
        estimates = (Cell("0", "0.0"), dash) if compact else (Cell("0", "0.0"), dash, dash)
        return GridRow((*before, *estimates, dash, dash, Cell("1", "1.0"), Cell("reference")), "reference")
    kind = "member" if row.factor else "row"
    return GridRow((*before, *_estimates(row, printed, place, compact)), kind)


def _estimates(row: CoefficientRow, printed: _CoefficientTexts, place: int, compact: bool) -> tuple[Cell, ...]:
    dash = Cell(text.DASH)
    if row.is_aliased:
        return (Cell("aliased"), *(dash,) * (5 if compact else 6))
    cells = [Cell(printed.estimate[place], text.full(row.estimate)), _known(printed.std_error[place], row.std_error)]
    if not compact:
        cells.append(
            _interval(
                Cell(printed.low[place], text.full(row.conf_low)), Cell(printed.high[place], text.full(row.conf_high))
            )
        )
    z = _known(text.value_text(row.z, Kind.STATISTIC), row.z)
    odds = Cell(text.log_ratio(row.odds_ratio, row.estimate), text.full(row.odds_ratio))
    low = Cell(text.log_ratio(row.or_low, row.conf_low), text.full(row.or_low))
    high = Cell(text.log_ratio(row.or_high, row.conf_high), text.full(row.or_high))
    return (*cells, z, p_cell(row.p_value, row.log_p), odds, _interval(low, high))


def _known(shown: str, value: float) -> Cell:
    return Cell(text.DASH) if math.isnan(value) else Cell(shown, text.full(value))


def _interval(low: Cell, high: Cell) -> Cell:
    if low.value == "nan" and high.value == "nan":
        return Cell(text.DASH)
    return Cell(text.interval_text(low.text, high.text), None, (low, high))


def _support(row: CoefficientRow) -> Cell:
    """Events and rows of a level: "23 / 96"."""
    if row.n is None:
        return Cell(text.DASH)
    rows = text.count(row.n)
    return Cell(f"{text.count(row.n_events)} / {rows}" if row.n_events is not None else rows)
