"""Marginal effects on the probability: slopes of numbers, and comparisons of standardised risks.

A comparison sets every row to one value of a column, then to another, and compares the two average probabilities
(standardisation, g-computation): their difference, ratio, odds ratio, or the number needed for one more event.
Source: Robins (1986), Mathematical Modelling 7; for ratios, Greenland (2004), American Journal of Epidemiology 160.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from statlogit.core.types import Array
from statlogit.effects.averages import Averages, average_probabilities, average_slopes
from statlogit.effects.changes import Change, change_of
from statlogit.effects.grid import EffectKind, Place, places
from statlogit.effects.present import Row, comparison_table, note_of
from statlogit.effects.subject import Subject
from statlogit.effects.variables import Variable, named
from statlogit.tables import Table

Comparison = Literal["difference", "ratio", "odds", "number needed"]
SIGNS = {"difference": "-", "ratio": "/", "odds": "/", "number needed": "-"}
TITLES = {
    "difference": ("Average marginal effects on {}", "Marginal effects on {} at the means"),
    "ratio": ("Ratios of average {}", "Ratios of {} at the means"),
    "odds": ("Odds ratios of average {}", "Odds ratios of {} at the means"),
    "number needed": ("Numbers needed to change average {} by one event", "Numbers needed at the means, {}"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """How effects are asked for."""

    compare: Comparison = "difference"
    change: Mapping[str, Any] | None = None
    kind: EffectKind = "average"
    discrete: bool = True
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.compare not in get_args(Comparison):
            listed = ", ".join(map(repr, get_args(Comparison)))
            raise ValueError(f"compare={self.compare!r} is not known; choose one of {listed}")

    def is_slope(self, variable: Variable) -> bool:
        """Whether this variable is answered by dP/dx."""
        changed = self.change is not None and variable.name in self.change
        sloped = variable.kind == "numeric" or (variable.kind == "binary" and not self.discrete)
        return self.compare == "difference" and sloped and not changed


def marginal_effects(
    subject: Subject,
    variables: str | Sequence[str] | None,
    by: str | Sequence[str] | None,
    at: Mapping[str, Any] | None,
    question: Question,
) -> Table:
    """The effect of each raw column on the probability, differentiated or compared through the whole formula."""
    wanted = named(subject.variables, variables)
    if question.change is not None:
        named(subject.variables, list(question.change))
    rows = [
        row for place in places(subject, by, at, question.kind) for row in _effects_at(subject, place, wanted, question)
    ]
    title = TITLES[question.compare][question.kind == "at means"].format(subject.sentence)
    return comparison_table(
        subject,
        "effects",
        title,
        rows,
        question.compare,
        question.level,
        note_of(subject, question.level, question.kind),
    )


def _effects_at(subject: Subject, place: Place, variables: Sequence[Variable], question: Question) -> Iterator[Row]:
    """One row a slope or comparison, in the order of the variables; what place sets has no effect to report."""
    here = subject.on(place.population)
    free = [v for v in variables if v.name not in place.set_]
    sloped = [v for v in free if question.is_slope(v)]
    slopes = average_slopes(here, [v.name for v in sloped]) if sloped else None
    for variable in free:
        asked = question.change.get(variable.name) if question.change is not None else None
        if variable in sloped and slopes is not None:
            k = sloped.index(variable)
            if slopes.columns[k].any():
                yield row_of(subject, place, variable.name, "dP/dx", slopes, k)
        elif variable.kind != "numeric" or asked is not None:
            change = change_of(variable, asked, subject.population)
            yield from _compared(here, place, change, question.compare)


def _compared(subject: Subject, place: Place, change: Change, compare: Comparison) -> Iterator[Row]:
    found = average_probabilities(subject, [{change.variable: setting} for setting in change.settings])
    scaled = on_scale(found, compare)
    for pair in change.pairs:
        yield difference(subject, place, change, pair, scaled, SIGNS[compare])


def difference(
    subject: Subject, place: Place, change: Change, pair: tuple[int, int], scaled: Averages, sign: str
) -> Row:
    """One setting less another; nan where the two differ in a column whose coefficient is not determined."""
    after, before = pair
    value = scaled.value[after] - scaled.value[before]
    if subject.undetermined(scaled.columns[after] - scaled.columns[before]):
        value = np.full_like(value, np.nan)
    jacobian = scaled.jacobian[after] - scaled.jacobian[before]
    return Row(place.known, change.variable, change.words(pair, sign), value, jacobian)


def on_scale(found: Averages, compare: Comparison) -> Averages:
    """Probabilities as they are, their logs, or their log-odds: on these scales a comparison is a difference."""
    if compare in ("difference", "number needed"):
        return found
    p = found.value
    if compare == "ratio":
        return Averages(np.log(p), found.jacobian / p[:, :, None], found.columns)
    n_classes = p.shape[1]
    rest = p @ (np.ones((n_classes, n_classes)) - np.eye(n_classes))  # the other classes' sum, never 1 - p
    return Averages(np.log(p) - np.log(rest), found.jacobian / (p * rest)[:, :, None], found.columns)


def row_of(subject: Subject, place: Place, term: str, contrast: str, found: Averages, k: int) -> Row:
    """A slope as a row; nan where it moves a coefficient that is not determined."""
    value: Array = found.value[k]
    if subject.undetermined(found.columns[k]):
        value = np.full_like(value, np.nan)
    return Row(place.known, term, contrast, value, found.jacobian[k])
