"""Adjusted predictions and means, and their pairwise comparisons.

Every row is set to each value asked for, all else as it is ("average": standardised) or at the typical row
("at means"). On the probability scale the average probability is shown, with limits found on its logit; on the
log-odds scale the average linear predictor.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from statlogit.design.replay import positions_of
from statlogit.design.values import Level
from statlogit.effects.averages import Averages, average_probabilities
from statlogit.effects.changes import Change, quantiles
from statlogit.effects.grid import EffectKind, Place, checked, places
from statlogit.effects.marginal import difference, on_scale
from statlogit.effects.present import Row, comparison_table, note_of, prediction_table
from statlogit.effects.subject import Subject
from statlogit.effects.variables import Variable, named
from statlogit.inference.multiplicity import Adjustment
from statlogit.tables import Table

Scale = Literal["probability", "log-odds"]
Wanted = str | Sequence[str] | Mapping[str, Any]
FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)


def adjusted(
    subject: Subject,
    variables: Wanted,
    by: str | Sequence[str] | None,
    at: Mapping[str, Any] | None,
    kind: EffectKind,
    scale: Scale,
    level: float,
) -> Table:
    """The average prediction at every combination of the values of the variables.

    variables: names, or {"age": [20, 30]}. Factors take their levels, numbers their five-number summary.
    """
    check_scale(scale)
    rows = [row for place in places(subject, by, at, kind) for row in predictions_at(subject, place, variables, scale)]
    title = f"Adjusted {subject.sentence}" if scale == "probability" else f"Adjusted log-odds of {subject.sentence}"
    return prediction_table(subject, title, rows, level, kind, scale)


def check_scale(scale: str) -> None:
    if scale not in ("probability", "log-odds"):
        raise ValueError(f"scale={scale!r} is not known; choose 'probability' or 'log-odds'")


def predictions_at(subject: Subject, place: Place, variables: Wanted, scale: Scale) -> Iterator[Row]:
    """One row a combination of values, on the log-odds scale: of the average probability, or averaged there."""
    settings = combinations_of(subject, variables)
    here = subject.on(place.population)
    found = average_probabilities(here, settings)
    made = on_scale(found, "odds") if scale == "probability" else linear_predictors(here, found)
    set_terms = [term for term in subject.design.terms if set(settings[0]) & set(term.variables)]
    moving = np.intersect1d(positions_of(set_terms), subject.aliased)
    for k, setting in enumerate(settings):
        value = np.full_like(made.value[k], np.nan) if subject.undetermined(found.columns[k], moving) else made.value[k]
        yield Row({**place.known, **setting}, "", "", value, made.jacobian[k])


def combinations_of(subject: Subject, variables: Wanted) -> list[dict[str, Level]]:
    """Every combination of values, the last variable fastest."""
    names = [variables] if isinstance(variables, str) else list(variables)
    listed = []
    for variable in named(subject.variables, names):
        given = variables[variable.name] if isinstance(variables, Mapping) else None
        listed.append(values_of(subject, variable) if given is None else [checked(variable, v) for v in given])
    if not names or not all(listed):
        raise ValueError("adjusted predictions need at least one variable, and a value for each")
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*listed)]


def values_of(subject: Subject, variable: Variable, points: int | None = None) -> list[Level]:
    """The levels of a factor; of numbers the five-number summary, or `points` values between the extremes."""
    if variable.kind != "numeric":
        return list(variable.levels)
    if points is None:
        return list(dict.fromkeys(quantiles(subject.population, variable.name, FIVE)))
    low, high = subject.population.extent(variable.name)
    return [float(v) for v in np.linspace(low, high, points)]


def linear_predictors(subject: Subject, found: Averages) -> Averages:
    """The average linear predictors, of the modelled classes alone: the reference class has 0."""
    beta = subject.beta
    p, q = beta.shape
    value = found.columns @ beta + subject.population.mean_offset
    jacobian = np.zeros((len(value), q, q, p))
    for k in range(q):
        jacobian[:, k, k] = found.columns
    return Averages(value, jacobian.reshape(len(value), q, -1), found.columns)


def pairwise(
    subject: Subject,
    variable: str,
    at: Mapping[str, Any] | None,
    kind: EffectKind,
    scale: Scale,
    adjust: Adjustment | None,
    level: float,
) -> Table:
    """Every level of a variable against every earlier one: differences of probability, or odds ratios."""
    check_scale(scale)
    (chosen,) = named(subject.variables, [variable])
    values = values_of(subject, chosen)
    pairs = tuple((after, before) for before, after in itertools.combinations(range(len(values)), 2))
    change = Change(variable, tuple(values), pairs)
    rows = [row for place in places(subject, None, at, kind) for row in _pairs(subject, place, change, scale)]
    compare, what = ("difference", "differences") if scale == "probability" else ("odds", "odds ratios")
    title = f"Pairwise {what} of {subject.sentence} by {variable}"
    note = note_of(subject, level, kind)
    return comparison_table(subject, "pairwise", title, rows, compare, level, note, adjust)


def _pairs(subject: Subject, place: Place, change: Change, scale: Scale) -> Iterator[Row]:
    here = subject.on(place.population)
    found = average_probabilities(here, [{change.variable: value} for value in change.settings])
    made = found if scale == "probability" else linear_predictors(here, found)
    for pair in change.pairs:
        yield difference(subject, place, change, pair, made, "-" if scale == "probability" else "/")
