"""The outline: one tree of plain facts that feeds every format.

Blocks hold full-precision values; none holds a formatted number, so every format shows the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from statlogit.figures import Figure
from statlogit.tables import Finding, Kind, Table, Value

__all__ = [
    "Block",
    "CoefficientRow",
    "CoefficientTable",
    "Fact",
    "Facts",
    "ModelCell",
    "ModelRow",
    "ModelTable",
    "Outline",
    "Paragraph",
    "Section",
    "Sentences",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value. high and low, where given, are the interval printed beside it."""

    label: str
    value: Value
    kind: Kind = Kind.TEXT
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values that belong together."""

    name: str
    title: str
    items: tuple[Fact, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two of plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """Plain sentences, one a line."""

    name: str
    title: str
    items: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoefficientRow:
    """One design column, or the reference level of a factor.

    term: the design column (`C(race)[T.2]`). label: what a reader sees (`race: 2`); "" falls back to term.
    variable, level: the factor and its level for a row that belongs to one, or the heading of a term of several columns
    and the row's name under it; level None for a row that stands alone. is_basis: part of a spline or polynomial.
    outcome: the class of a multinomial block, else "". n, n_events: rows and events in the level, where it is one.
    estimate: +-inf prints as +inf or -inf without z, its p being of another test; nan with is_aliased prints "aliased".
    log_p: natural log of p_value, used where p_value underflows.
    """

    term: str
    estimate: float
    std_error: float
    z: float
    p_value: float
    log_p: float | None = None
    conf_low: float
    conf_high: float
    odds_ratio: float
    or_low: float
    or_high: float
    label: str = ""
    variable: str = ""
    level: str | int | float | bool | None = None
    outcome: str = ""
    is_reference: bool = False
    is_aliased: bool = False
    is_basis: bool = False
    n: float | None = None
    n_events: float | None = None

    @property
    def factor(self) -> str:
        """The factor that the row stands under, "" for a row that stands alone."""
        return self.variable if self.level is not None else ""

    @property
    def name(self) -> str:
        """What the row is called in its place: the level under a factor, the label elsewhere."""
        return str(self.level) if self.factor else self.label or self.term


@dataclass(frozen=True, slots=True)
class CoefficientTable:
    """Coefficients and odds ratios with intervals; factors grouped under their variable, reference rows explicit."""

    name: str
    title: str
    rows: tuple[CoefficientRow, ...]
    level: float
    method: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelCell:
    """What one model says in one row; an estimate has its standard error behind it, nan where it has none."""

    value: Value
    kind: Kind
    std_error: float | None = None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One row of a table with a column for each model; None is what a model does not have."""

    label: str
    cells: tuple[ModelCell | None, ...]


@dataclass(frozen=True, slots=True)
class ModelTable:
    """Models side by side."""

    name: str
    title: str
    models: tuple[str, ...]
    rows: tuple[ModelRow, ...]
    note: str = ""


Block: TypeAlias = Finding | Paragraph | Sentences | Table | Figure | Facts | CoefficientTable | ModelTable


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the report. key is its anchor and its place in the order of sections."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole report. subtitle: the formula. models: the modelled probability. highlights: the numbers on top."""

    title: str
    subtitle: str
    generator: str
    models: str
    highlights: tuple[Fact, ...]
    sections: tuple[Section, ...]
