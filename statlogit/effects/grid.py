"""Where effects are evaluated: groups of rows, values that columns are set to, and the typical row."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from statlogit.design.raw import RawRows, Setting
from statlogit.design.values import Labels, Level, Numbers, key_of, plain
from statlogit.effects.population import Population
from statlogit.effects.streamed import AnyPopulation, held
from statlogit.effects.subject import Subject
from statlogit.effects.variables import Variable, labels_of, named
from statlogit.errors import DataError, UnseenLevelError

EffectKind = Literal["average", "at means"]
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Some rows with some columns set."""

    population: AnyPopulation
    known: Mapping[str, Level]  # the columns that tell this place from others: those of the group, and those set
    set_: Mapping[str, Level]


def places(
    subject: Subject, by: str | Sequence[str] | None, at: Mapping[str, Any] | None, kind: EffectKind
) -> Iterator[Place]:
    """Every group of rows at every combination of values; "at means" turns a group into its typical row."""
    if kind not in ("average", "at means"):
        raise ValueError(f"kind={kind!r} is not known; choose 'average' or 'at means'")
    settings = list(combinations(subject, at or {}))
    for group, population in groups(subject, by):
        both = [name for name in settings[0] if name in group]
        if both:
            raise ValueError(f"{both[0]!r} cannot both make groups (by=) and be set (at=)")
        rows = typical(subject, population) if kind == "at means" else population
        for setting in settings:
            yield Place(rows.setting(setting), {**group, **setting}, setting)


def combinations(subject: Subject, at: Mapping[str, Any]) -> Iterator[dict[str, Level]]:
    """Every combination of the values given for each column. Raises where a column or a level is not known."""
    variables = named(subject.variables, list(at))
    listed = [[checked(v, value) for value in _listed(at[v.name])] for v in variables]
    for values in itertools.product(*listed):
        yield dict(zip((v.name for v in variables), values, strict=True))


def _listed(values: Any) -> list[Any]:
    if isinstance(values, str | bool | int | float | np.generic):
        return [values]
    found = list(values)
    if not found:
        raise ValueError("at= needs at least one value for each column")
    return found


def checked(variable: Variable, value: Any) -> Level:
    """A value that this variable may take."""
    level = plain(value)
    if variable.kind == "levels":
        if key_of(level) not in [key_of(known) for known in variable.levels]:
            shown = ", ".join(map(repr, variable.levels[:8])) + (", ..." if len(variable.levels) > 8 else "")
            raise UnseenLevelError(f"{variable.name!r} has no level {level!r}; its levels are {shown}")
    elif isinstance(level, str) or not np.isfinite(level):
        raise DataError(f"{variable.name!r} is numeric and cannot be set to {level!r}")
    return level


def shown(value: Level) -> str:
    """A value as part of a name."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def groups(subject: Subject, by: str | Sequence[str] | None) -> Iterator[tuple[dict[str, Level], AnyPopulation]]:
    """The rows of every combination of the values of some columns; all rows for None."""
    population = subject.population
    if by is None:
        yield {}, population
        return
    variables = named(subject.variables, by)
    every = held(population)
    found = [labels_of(every.raw, v.name) for v in variables]
    code = np.zeros(every.n_rows, dtype=np.int64)
    for labels in found:
        code = code * len(labels.levels) + labels.codes
    codes, inverse = np.unique(code, return_inverse=True)
    if codes.size > MOST_GROUPS:
        raise DataError(f"by= makes {codes.size:,} groups; at most {MOST_GROUPS} can be shown. Give values with at=")
    for k in range(codes.size):
        rows = np.flatnonzero(inverse == k)
        levels = {v.name: labels.levels[labels.codes[rows[0]]] for v, labels in zip(variables, found, strict=True)}
        yield levels, every.select(rows)


def typical(subject: Subject, population: AnyPopulation) -> Population:
    """One row: the weighted mean of numbers, the commonest value of factors, truth values and 0/1 columns."""
    rows = held(population)
    raw, weight = rows.raw, rows.weight
    settings: dict[str, Setting] = {v.name: centre(raw, v, weight) for v in subject.variables}
    offset = rows.mean_offset[None, :]
    one = RawRows(raw.columns, 1, np.zeros(1, dtype=np.intp), settings)
    return Population(one, np.ones(1), offset)


def centre(raw: RawRows, variable: Variable, weight: Any) -> Level:
    """The mean of numbers, the commonest value of anything else."""
    value = raw.column(variable.name)
    if variable.kind == "numeric" and isinstance(value, Numbers):
        return float(weight @ value.values / weight.sum())
    labels: Labels = labels_of(raw, variable.name)
    counts = np.bincount(labels.codes, weights=weight, minlength=len(labels.levels))
    return labels.levels[int(counts.argmax())]
