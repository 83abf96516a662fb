"""The rows of a coefficient table in words: which term, which level against which, which row is the reference."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statlogit.design.contrasts import base_index
from statlogit.design.syntax import Call, Expression, Name, unparse
from statlogit.design.terms import LevelFactor, NumericFactor, Scoped, Term, factor_labels
from statlogit.design.values import Level

if TYPE_CHECKING:
    from statlogit.design.model import Design

DEGREES = ("linear", "quadratic", "cubic")
BASES = ("poly", "bs", "cr", "cs", "cc")


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row of a report. column and name are None for a reference level, which has no coefficient.

    heading, member: what the row stands under beside others of its term, and its name there: ("age", "spline 1 of 4"),
    ("sex × race", "M vs F × 2 vs 1"); "" for levels of a factor, which have theirs, and for a term of one column.
    is_basis: part of a spline or polynomial, whose coefficient means nothing alone.
    """

    term: str
    label: str
    column: int | None
    name: str | None
    variable: str  # the text of the factor without C(...), or of all factors of an interaction
    level: Level | None
    is_reference: bool
    heading: str = ""
    member: str = ""
    is_basis: bool = False


def label_rows(design: Design) -> tuple[LabelRow, ...]:
    """All rows in the order of the columns, the reference level of a factor in its place among the levels."""
    out: list[LabelRow] = []
    for term in design.terms:
        column = term.start
        for scoped in term.scoped:
            rows = _product_rows(design, term, scoped, column)
            column += sum(not row.is_reference for row in rows)
            out += rows
    return tuple(out)


def _product_rows(design: Design, term: Term, scoped: Scoped, column: int) -> list[LabelRow]:
    if not scoped:
        return [LabelRow(term.name, "Intercept", column, design.names[column], "Intercept", None, False)]
    if len(scoped) == 1:
        (text, reduced) = scoped[0]
        facts = design.facts[text]
        if isinstance(facts, LevelFactor):
            return _level_rows(design, term, text, facts, reduced, column)
    variable = " × ".join(variable_of(design.reading.expressions[text], text) for text, _ in scoped)
    parts = [_labels(design, text, reduced) for text, reduced in scoped]
    labels = _products(parts)
    headings = [_heading(design, text) for text, _ in scoped]
    heading = " × ".join(headings) if len(labels) > 1 else ""
    inside = [[_inside(label, over) for label in part] for part, over in zip(parts, headings, strict=True)]
    is_basis = any(_is_basis(design, text) for text, _ in scoped)
    return [
        LabelRow(
            term.name, label, column + k, design.names[column + k], variable, None, False,
            heading, member if heading else "", is_basis,
        )
        for k, (label, member) in enumerate(zip(labels, _products(inside), strict=True))
    ]  # fmt: skip


def _products(parts: list[list[str]]) -> list[str]:
    """The names of a product's columns, the first factor running fastest; a part without a name is left out."""
    return [" × ".join(filter(None, reversed(names))) for names in itertools.product(*reversed(parts))]


def _heading(design: Design, text: str) -> str:
    """What a factor is called above its columns: age for bs(age, df=4)."""
    expression = design.reading.expressions[text]
    if _is_basis(design, text) and isinstance(expression, Call) and expression.function in BASES:
        return unparse(expression.arguments[0])
    return variable_of(expression, text)


def _inside(label: str, heading: str) -> str:
    """A label below its heading."""
    return "" if label == heading else label.removeprefix(f"{heading}: ")


def _is_basis(design: Design, text: str) -> bool:
    expression, facts = design.reading.expressions[text], design.facts[text]
    several = isinstance(facts, NumericFactor) and len(facts.labels) > 1
    return several and isinstance(expression, Call) and bool(expression.arguments)


def _level_rows(
    design: Design, term: Term, text: str, facts: LevelFactor, reduced: bool, column: int
) -> list[LabelRow]:
    variable = variable_of(design.reading.expressions[text], text)
    labels = _labels(design, text, reduced)
    levels: list[Level | None] = list(_column_levels(text, facts, reduced))
    rows = [
        LabelRow(term.name, label, column + k, design.names[column + k], variable, level, False)
        for k, (label, level) in enumerate(zip(labels, levels, strict=True))
    ]
    if reduced and facts.contrast.is_indicator:
        base = base_index(facts.contrast, facts.levels, text)
        level = facts.levels[base]
        rows.insert(base, LabelRow(term.name, f"{variable}: {level} (reference)", None, None, variable, level, True))
    return rows


def _column_levels(text: str, facts: LevelFactor, reduced: bool) -> list[Level | None]:
    """The level a column is about, None for trends and custom contrasts."""
    labels = factor_labels(text, facts, reduced)
    by_label = {label: level for level in facts.levels for label in _spellings(level)}
    return [by_label.get(label) for label in labels]


def _spellings(level: Level) -> tuple[str, ...]:
    return tuple(f"[{mark}{level}]" for mark in ("", "T.", "S.", "H.", "D."))


def variable_of(expression: Expression, text: str) -> str:
    """What a reader calls a factor: race for C(race), text for the rest."""
    if isinstance(expression, Call) and expression.function in ("C", "factor", "I", "Q") and expression.arguments:
        inner = expression.arguments[0]
        return inner.name if isinstance(inner, Name) else unparse(inner).strip("'")
    return text


def _labels(design: Design, text: str, reduced: bool) -> list[str]:
    facts, expression = design.facts[text], design.reading.expressions[text]
    variable = variable_of(expression, text)
    if isinstance(facts, NumericFactor):
        return _numeric_labels(expression, variable, facts, design)[1 if reduced else 0 :]
    kind, levels = facts.contrast.kind, list(facts.levels)
    inside = [label[1:-1] for label in factor_labels(text, facts, reduced)]
    if not reduced and kind != "custom":
        return [f"{variable}: {level}" for level in levels]
    if facts.contrast.is_indicator:
        base = base_index(facts.contrast, levels, text)
        return [f"{variable}: {level} vs {levels[base]}" for k, level in enumerate(levels) if k != base]
    if kind == "poly":
        return [f"{variable}: {DEGREES[k] if k < 3 else f'degree {k + 1}'} trend" for k in range(len(inside))]
    about = _column_levels(text, facts, reduced)
    if kind == "sum":
        return [f"{variable}: {level} vs the mean of all levels" for level in about]
    if kind == "diff":
        return [f"{variable}: {_difference(facts, k)}" for k in range(len(inside))]
    return [f"{variable}: {name}" for name in inside]


def _difference(facts: LevelFactor, k: int) -> str:
    low, high = facts.levels[k], facts.levels[k + 1]
    return f"{high} vs {low}" if facts.contrast.option("backward", True) else f"{low} vs {high}"


def _numeric_labels(expression: Expression, variable: str, facts: NumericFactor, design: Design) -> list[str]:
    if not isinstance(expression, Call) or not expression.arguments:
        return [variable + label for label in facts.labels]
    inner = unparse(expression.arguments[0])
    n = len(facts.labels)
    state = design.state.get(unparse(expression), {})
    match expression.function:
        case "poly":
            return [f"{inner}: {DEGREES[k] if k < 3 else f'degree {k + 1}'}" for k in range(n)]
        case "bs" | "cr" | "cs" | "cc":
            return [f"{inner}: spline {k + 1} of {n}" for k in range(n)]
        case "scale" | "standardize" if "scale" in state:
            return [f"{inner} (per {state['scale']:.4g}, centred at {state['center']:.4g})"]
        case "center" if "center" in state:
            return [f"{inner} (centred at {state['center']:.4g})"]
    return [variable + label for label in facts.labels]
