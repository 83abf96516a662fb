"""The outcomes in new data, read as the fit read its own: same event, same classes, same columns of weights."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from statlogit.core.types import Array
from statlogit.design.evaluate import Interpreter
from statlogit.design.gate import Gate
from statlogit.design.model import Design
from statlogit.design.prepare import left_side
from statlogit.design.response import Response, check_weights
from statlogit.design.table import Table, table_of
from statlogit.design.values import MISSING, Labels, Numbers, Value, label_numbers
from statlogit.errors import DataError, MissingColumnError, ResponseError, WeightsError


class Reader(Protocol):
    """What a fit knows of how its outcomes were read."""

    @property
    def design(self) -> Design: ...
    @property
    def response(self) -> Response: ...
    @property
    def weights_name(self) -> str | None: ...
    @property
    def trials_name(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Observed:
    """Shares and weights of all rows of new data; a row whose outcome or weight is missing has nan in y."""

    y: Array  # (n, q)
    weight: Array  # (n,) case weight times trials


def observed(frame: Reader, data: Any) -> Observed:
    """Raises MissingColumnError for a lacking column, ResponseError for an outcome that the fit did not know, and
    DataError where the fit took weights or trials from an array, so that their column has no name.
    """
    table = table_of(data)
    sides = _sides(frame, table)
    case_weight = _numbers(table, frame.weights_name, "weights")
    if frame.response.kind != "grouped" and frame.weights_name is None:
        return Observed(_classes(frame, sides[0]), case_weight)
    if frame.response.kind == "grouped":
        y, trials = _grouped(frame, table, sides)
        weight = case_weight * trials
    else:
        y, weight = _classes(frame, sides[0]), case_weight
    y[np.isnan(weight) | (weight == 0.0)] = np.nan
    return Observed(y, np.nan_to_num(weight))


def _sides(frame: Reader, table: Table) -> list[Value]:
    reading = frame.design.reading
    for name in reading.response_reads:
        if name not in table.native:
            raise MissingColumnError(
                f"the new data have no column {name!r}, and without the response {reading.response_text} they can be "
                "predicted but not assessed"
            )
    gate = Gate(reading.gate.formula, table.names, reading.gate.functions)
    return left_side(replace(reading, gate=gate), Interpreter(gate, table, deepcopy(dict(frame.design.state))))


def _numbers(table: Table, name: str | None, what: str) -> Array:
    if name is None:
        return np.ones(table.n_rows)
    if name not in table.native:
        raise MissingColumnError(f"the new data have no column {name!r}, from which the fit took its {what}")
    value = table.column(name)
    if isinstance(value, Labels):
        raise WeightsError(f"{what}={name!r} is text in the new data; it must be numbers")
    check_weights(np.nan_to_num(value.values, nan=0.0), f"{name!r}", table.index)
    return value.values


def _grouped(frame: Reader, table: Table, sides: list[Value]) -> tuple[Array, Array]:
    parts = [side.values for side in sides if isinstance(side, Numbers)]
    name = frame.response.name
    if len(parts) != len(sides):
        raise ResponseError(f"{name} is text in the new data; successes out of trials must be numbers")
    if len(parts) == 2:
        trials = parts[0] + parts[1]
    elif frame.trials_name is None:
        raise DataError("the fit took its trials from an array; fit with trials='column' to assess new data")
    else:
        trials = _numbers(table, frame.trials_name, "trials")
    with np.errstate(invalid="ignore", divide="ignore"):
        share = parts[0] / trials if len(parts) == 2 or frame.response.counts_events else parts[0].copy()
    if ((share < 0.0) | (share > 1.0)).any():
        raise ResponseError(f"{name} is not between 0 and its trials in every row of the new data")
    return share[:, None], trials


def _classes(frame: Reader, value: Value) -> Array:
    """Indicators of the modelled classes; nan where the outcome is missing."""
    response = frame.response
    plain = _of_two_numbers(response, value)
    if plain is not None:
        return plain
    labels = value if isinstance(value, Labels) else label_numbers(value)
    known = {level: k for k, level in enumerate(response.levels)}  # True and 1 are one key, "1" another
    binary = response.kind == "binary"
    many = binary and response.reference is None  # one level against all others, known or not
    strange = [level for level in labels.levels if level not in known]
    if strange and not many:
        raise ResponseError(
            f"{response.name} has the value {strange[0]!r} in the new data; the fit knew "
            f"{', '.join(map(repr, response.levels[:6]))}"
        )
    to_code = np.array([*(known.get(level, len(known)) for level in labels.levels), MISSING], dtype=np.intp)
    codes = to_code[labels.codes]
    chosen = (response.event,) if binary else tuple(level for level in response.levels if level != response.reference)
    wanted = np.array([known[level] for level in chosen if level is not None])
    y: Array = (codes[:, None] == wanted[None, :]).astype(np.float64)
    y[codes == MISSING] = np.nan
    return y


EXACT = 2.0**53  # beyond, different whole numbers may be one double


def _of_two_numbers(response: Response, value: Value) -> Array | None:
    """The same without a list of levels, where the outcome is one of two numbers in every row; else None."""
    event, rest = response.event, response.reference
    if response.kind != "binary" or not isinstance(value, Numbers) or value.values.ndim != 1:
        return None
    if not (isinstance(event, int | float) and isinstance(rest, int | float)) or max(abs(event), abs(rest)) >= EXACT:
        return None
    found = value.values == float(event)
    if not (found | (value.values == float(rest))).all():
        return None
    return np.asarray(found[:, None], dtype=np.float64)
