"""Odds ratios of the data's columns for chosen units, through interactions and splines.

The log-odds of a change are a contrast of design rows: what every row's linear predictor gains when the column moves.
Where that depends on other columns it is averaged over the rows, so the ratio is a geometric mean; at= sets them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from statlogit.core.types import Array
from statlogit.effects.adjusted import linear_predictors
from statlogit.effects.averages import average_probabilities
from statlogit.effects.changes import change_of
from statlogit.effects.grid import Place, places
from statlogit.effects.marginal import difference
from statlogit.effects.present import Row, comparison_table, errors_of
from statlogit.effects.subject import Subject
from statlogit.effects.variables import Variable, named
from statlogit.errors import DataError
from statlogit.fit import Fit
from statlogit.inference.profile import profile_combinations
from statlogit.tables import Table

IntervalMethod = Literal["wald", "profile"]
DEPENDS = "Where a ratio depends on other columns it is the geometric mean over the rows; at= sets them."


def odds_ratios(
    subject: Subject,
    variables: str | Sequence[str] | None,
    units: Mapping[str, Any] | None,
    at: Mapping[str, Any] | None,
    method: IntervalMethod,
    level: float,
) -> Table:
    """Conditional odds ratios; for classes, relative-risk ratios against the reference class.

    units: {"age": 10}, {"age": (20, 30)}, {"lwt": "iqr"} or "sd"; one unit where nothing is said.
    """
    wanted = named(subject.variables, variables)
    if units is not None:
        named(subject.variables, list(units))
    if method not in get_args(IntervalMethod):
        raise ValueError(f"method={method!r} is not known; choose 'wald' or 'profile'")
    rows = [
        row for place in places(subject, None, at, "average") for row in _ratios_at(subject, place, wanted, units or {})
    ]
    limits = _profiled(subject.fit, rows, level) if method == "profile" else None
    note = f"{DEPENDS} {errors_of(subject, level)}"
    if method == "profile":
        note = (
            f"{DEPENDS} {100 * level:g}% profile-likelihood intervals; tests by {subject.covariance_name} covariance."
        )
    what = "Relative-risk ratios" if subject.classes else "Odds ratios"
    return comparison_table(
        subject, "odds_ratios", f"{what} for {subject.sentence}", rows, "odds", level, note, None, limits
    )


def _ratios_at(
    subject: Subject, place: Place, variables: Sequence[Variable], units: Mapping[str, Any]
) -> Iterator[Row]:
    here = subject.on(place.population)
    for variable in variables:
        if variable.name in place.set_:
            continue
        asked = units.get(variable.name, 1.0 if variable.kind == "numeric" else None)
        change = change_of(variable, asked, subject.population)
        found = average_probabilities(here, [{change.variable: setting} for setting in change.settings])
        made = linear_predictors(here, found)
        for pair in change.pairs:
            yield difference(subject, place, change, pair, made, "/")


def _profiled(fit: Fit | None, rows: Sequence[Row], level: float) -> tuple[Array, Array]:
    """Log limits; nan where nothing is determined or the ratio is 1 whatever the coefficients."""
    if fit is None:
        raise DataError(
            "method='profile' needs the rows that were fitted, and a model file keeps none; use method='wald'"
        )
    combinations = np.array([row.jacobian[0] for row in rows])
    known = [r for r, row in enumerate(rows) if np.isfinite(row.value[0]) and combinations[r].any()]
    low, high = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    low[known], high[known] = profile_combinations(fit, combinations[known], level)
    return low, high
