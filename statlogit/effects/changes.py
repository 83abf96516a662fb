"""Changes: what a column is set to, and which settings are compared.

Factors: every level against the reference level. Truth values and 0/1 columns: 1 against 0. Numbers, where asked:
from one value to another, or by an amount from each row's own value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from statlogit.design.raw import Setting, Shift
from statlogit.effects.grid import checked, shown
from statlogit.effects.streamed import AnyPopulation, held
from statlogit.effects.variables import Variable
from statlogit.errors import DataError

OWN = Shift(0.0)


@dataclass(frozen=True, slots=True)
class Change:
    """The settings of one column, and the pairs (after, before) of their places that are compared."""

    variable: str
    settings: tuple[Setting, ...]
    pairs: tuple[tuple[int, int], ...]

    def words(self, pair: tuple[int, int], sign: str) -> str:
        """What a table calls a pair: black - white, 31 - 20, +10."""
        after, before = (self.settings[k] for k in pair)
        if isinstance(after, Shift) or isinstance(before, Shift):
            return f"+{shown(after.amount)}" if isinstance(after, Shift) else ""
        return f"{shown(after)} {sign} {shown(before)}"


def change_of(variable: Variable, asked: Any, population: AnyPopulation) -> Change:
    """The change of a variable. asked: None, an amount, (before, after), "iqr" or "sd"; None for a factor alone."""
    if asked is None and variable.kind != "numeric":
        base = variable.reference
        pairs = tuple((k, base) for k in range(len(variable.levels)) if k != base)
        return Change(variable.name, variable.levels, pairs)
    if isinstance(asked, tuple | list):
        if len(asked) != 2:
            raise ValueError(f"the change of {variable.name!r} needs two values, (before, after), not {len(asked)}")
        before, after = (checked(variable, value) for value in asked)
        return Change(variable.name, (before, after), ((1, 0),))
    if variable.kind != "numeric":
        raise DataError(f"{variable.name!r} has levels; its change is (before, after), two of them, not {asked!r}")
    if asked == "iqr":
        low, high = quantiles(population, variable.name, (0.25, 0.75))
        return Change(variable.name, (low, high), ((1, 0),))
    amount = population.spread(variable.name) if asked == "sd" else checked(variable, asked)
    return Change(variable.name, (OWN, Shift(float(amount))), ((1, 0),))


def quantiles(population: AnyPopulation, name: str, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of the rows, type 7; for whole weights those of the rows as often as they count."""
    rows = held(population)
    values, weight = rows.numbers(name), rows.weight
    if np.ptp(weight) == 0.0:
        return tuple(float(v) for v in np.quantile(values, shares))
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(weight[order])
    place = np.array(shares) * (ends[-1] - 1.0)  # of ends[-1] values that stand in order
    low, high = (
        values[order][np.searchsorted(ends, where, side="right")] for where in (np.floor(place), np.ceil(place))
    )
    return tuple(float(v) for v in low + (place - np.floor(place)) * (high - low))
