"""Marginal effects on the probability scale: slopes of numbers, contrasts of levels, averaged or at the typical row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from statlogit.core.types import Array
from statlogit.effects.averages import Averages, average_probabilities, average_slopes
from statlogit.effects.delta import Estimates, infer
from statlogit.effects.grid import EffectKind, Place, places, shown
from statlogit.effects.subject import Subject
from statlogit.effects.variables import Variable, named
from statlogit.tables import Table, Value, table

INFERENCE = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]


@dataclass(frozen=True, slots=True)
class Row:
    """One effect of each of the K classes, with its gradient."""

    place: Place
    term: str
    contrast: str
    value: Array  # (K,) reference class first; nan where it moves a coefficient that is not determined
    jacobian: Array  # (K, p*q)


def marginal_effects(
    subject: Subject,
    variables: str | Sequence[str] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | None = None,
    kind: EffectKind = "average",
    discrete: bool = True,
    level: float = 0.95,
) -> Table:
    """The effect of each raw column on the probability, per unit, differentiated through the whole formula.

    Numbers: dP/dx. Factors: the change from the reference level, all rows set to each. Truth values and 0/1 columns:
    the change from 0 to 1, or, with discrete=False, the slope for 0/1 columns.
    """
    wanted = named(subject.variables, variables)
    rows = [row for place in places(subject, by, at, kind) for row in effects_at(subject, place, wanted, discrete)]
    title = {"average": "Average marginal effects", "at means": "Marginal effects at the means"}[kind]
    return effects_table(subject, "effects", f"{title} on {subject.sentence}", rows, level, kind)


def effects_at(subject: Subject, place: Place, variables: Sequence[Variable], discrete: bool) -> Iterator[Row]:
    """One row a slope or contrast, in the order of the variables; what place sets has no effect to report."""
    here = subject.on(place.population)
    free = [v for v in variables if v.name not in place.settings]
    sloped = [v for v in free if v.kind == "numeric" or (v.kind == "binary" and not discrete)]
    slopes = average_slopes(here, [v.name for v in sloped]) if sloped else None
    for variable in free:
        if variable in sloped and slopes is not None:
            k = sloped.index(variable)
            if slopes.moved[k].any():
                yield _row(subject, place, variable.name, "dP/dx", slopes, k, slopes.moved[k])
        else:
            yield from _contrasts(here, place, variable)


def _contrasts(subject: Subject, place: Place, variable: Variable) -> Iterator[Row]:
    found = average_probabilities(subject, [{variable.name: level} for level in variable.levels])
    base = variable.reference
    for k, level in enumerate(variable.levels):
        if k != base:
            words = f"{shown(level)} - {shown(variable.levels[base])}"
            difference = Averages(
                found.value - found.value[base], found.jacobian - found.jacobian[base], found.moved - found.moved[base]
            )
            yield _row(subject, place, variable.name, words, difference, k, difference.moved[k])


def _row(subject: Subject, place: Place, term: str, contrast: str, found: Averages, k: int, moved: Array) -> Row:
    determined = not moved[subject.aliased].any()
    value = found.value[k] if determined else np.full_like(found.value[k], np.nan)
    return Row(place, term, contrast, value, found.jacobian[k])


def effects_table(
    subject: Subject, name: str, title: str, rows: Sequence[Row], level: float, kind: EffectKind
) -> Table:
    """The rows with inference; columns for the class, the group and the values only where there are any."""
    shown_classes = class_places(subject)
    values = np.array([row.value[k] for row in rows for _, k in shown_classes])
    p = subject.beta.size
    gradient = np.array([row.jacobian[k] for row in rows for _, k in shown_classes]).reshape(-1, p)
    found = infer(Estimates(values, gradient), subject.covariance, level)
    several, grouped = bool(subject.classes), any(row.place.group for row in rows)
    set_ = any(row.place.at for row in rows)
    columns = ["y_level"] * several + ["group"] * grouped + ["at"] * set_ + ["term", "contrast", *INFERENCE]
    cells: list[tuple[Value, ...]] = []
    for r, (row, label) in enumerate((row, label) for row in rows for label, _ in shown_classes):
        before = [label] * several + [row.place.group] * grouped + [row.place.at] * set_
        cells.append((*before, row.term, row.contrast, *found.row(r)))
    return table(name, title, columns, cells, note_of(subject, level, kind))


def class_places(subject: Subject) -> list[tuple[str, int]]:
    """The classes that are shown, with their place in reference-first order; the event alone for a binary outcome."""
    if not subject.classes:
        return [("", 1)]
    modelled = iter(range(1, len(subject.classes)))
    return [(shown(c), 0 if k == subject.base else next(modelled)) for k, c in enumerate(subject.classes)]


def note_of(subject: Subject, level: float, kind: EffectKind) -> str:
    """What was averaged, and where the standard errors come from."""
    n = subject.population.n_rows
    rows = f"the typical row of {n:,} (means of numbers, commonest levels)" if kind == "at means" else f"{n:,} rows"
    over = "At" if kind == "at means" else "Averages over"
    errors = f"Delta-method standard errors, {subject.covariance_name} covariance"
    return f"{over} {rows}. {errors}; {100 * level:g}% intervals."
