"""Every column's effect on both scales at once: the log-odds, and the average probability of the event."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.types import Array
from statlogit.effects.adjusted import linear_predictors
from statlogit.effects.averages import Averages, average_probabilities, average_slopes
from statlogit.effects.changes import change_of
from statlogit.effects.delta import Estimates, infer
from statlogit.effects.grid import shown
from statlogit.effects.streamed import held
from statlogit.effects.subject import Subject
from statlogit.effects.variables import Variable

UNIT_FITS = (0.5, 1000.0)  # standard deviations of a column for which one unit is a change worth a sentence


@dataclass(frozen=True, slots=True)
class Limits:
    """An estimate with its interval; nan where nothing is known."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TwoScales:
    """One change of one column. step: of a number, 1 or a power of ten near its spread; None for levels.

    log_odds: the change of the linear predictor, averaged over the rows. probability: the average change of the
    probability; for numbers the slope times the step.
    """

    variable: str
    step: float | None
    after: str
    before: str
    log_odds: Limits
    probability: Limits


def on_two_scales(subject: Subject, level: float) -> tuple[TwoScales, ...]:
    """All columns of a binary model in the order of the formula: numbers per step, levels against the reference."""
    numeric = [v for v in subject.variables if v.kind == "numeric"]
    slopes = average_slopes(subject, [v.name for v in numeric]) if numeric else None
    made = [
        row
        for variable in subject.variables
        for row in (
            _compared(subject, variable)
            if slopes is None or variable not in numeric
            else _sloped(subject, variable, slopes, numeric.index(variable))
        )
    ]
    if not made:
        return ()
    value = np.array([v for row in made for v in row.value])
    gradient = np.vstack([g for row in made for g in row.gradient])
    found = infer(Estimates(value, gradient), subject.covariance, level)
    parts = zip(found.estimate.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    limits = [Limits(*part) for part in parts]
    return tuple(
        TwoScales(row.variable, row.step, row.after, row.before, limits[2 * k], limits[2 * k + 1])
        for k, row in enumerate(made)
    )


@dataclass(frozen=True, slots=True)
class _Row:
    variable: str
    step: float | None
    after: str
    before: str
    value: tuple[float, float]  # log-odds, probability
    gradient: tuple[Array, Array]  # in beta


def _sloped(subject: Subject, variable: Variable, slopes: Averages, k: int) -> Iterator[_Row]:
    columns = slopes.columns[k]
    if columns.any():
        step = _step(subject, variable)
        value = step * float(columns @ subject.beta[:, 0]), step * float(slopes.value[k, 1])
        gradient = step * columns, step * slopes.jacobian[k, 1]
        yield _Row(variable.name, step, "", "", _known(subject, columns, value), gradient)


def _compared(subject: Subject, variable: Variable) -> Iterator[_Row]:
    change = change_of(variable, None, subject.population)
    found = average_probabilities(subject, [{variable.name: setting} for setting in change.settings])
    odds = linear_predictors(subject, found)
    for pair in change.pairs:
        after, before = pair
        value, gradient, moved = (
            part[after] - part[before] for part in (found.value[:, 1], found.jacobian[:, 1], found.columns)
        )
        both = float(odds.value[after, 0] - odds.value[before, 0]), float(value)
        high, low = (shown(variable.levels[k]) for k in pair)
        yield _Row(variable.name, None, high, low, _known(subject, moved, both), (moved, gradient))


def _known(subject: Subject, moved: Array, value: tuple[float, float]) -> tuple[float, float]:
    """nan where the change moves a coefficient that is not determined."""
    return (math.nan, math.nan) if subject.undetermined(moved) else value


def _step(subject: Subject, variable: Variable) -> float:
    size = subject.population.spread(variable.name)
    small = size < UNIT_FITS[0] and subject.population.seen.is_whole(variable.name)  # a count has no tenth
    if not size > 0.0 or UNIT_FITS[0] <= size < UNIT_FITS[1] or small:
        return 1.0
    return float(10.0 ** math.floor(math.log10(size)))


def thinned(subject: Subject, most: int) -> Subject:
    """The same model averaged over every k-th row, at most `most` of them."""
    every = -(-subject.population.n_rows // max(1, most))
    if every <= 1:
        return subject
    population = held(subject.population)
    some = population.select(np.arange(0, population.n_rows, every, dtype=np.intp))
    return subject.on(replace(some, raw=some.raw.apart()))


def work(variables: Sequence[Variable]) -> int:
    """Passes over the rows that both scales need: one a number, one a level."""
    return sum(max(1, len(v.levels)) for v in variables)
