"""What the left side of a formula means as an outcome, and when it means nothing.

0/1, truth values and two levels of text are binary; counts or shares with trials, and cbind(successes, failures), are
grouped; any number of levels is multinomial where that was asked for. Everything else is refused with the values seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.core.types import ROWS_AT_ONCE, Array, BoolArray, is_repeated, repeated
from statlogit.design.rows import describe_rows
from statlogit.design.values import Labels, Level, Numbers, Value, label_numbers, plain, used_levels
from statlogit.errors import ResponseError, WeightsError

MAX_CLASSES = 1_000
WHOLE = 1e-8  # a share times its trials is a count up to this


@dataclass(frozen=True, slots=True)
class Response:
    """The outcome that is modelled. counts: used rows (grouped: outcomes) of each level, weighted by case weights."""

    kind: Literal["binary", "grouped", "multinomial"]
    name: str  # the text of the left side
    event: Level | None  # None for multinomial
    levels: tuple[Level, ...]
    reference: Level | None  # multinomial: the class all others are compared with; binary: the other level
    sentence: str  # "P(low = 1)"
    note: str
    counts: tuple[float, ...]
    counts_events: bool = True  # grouped: the left side counts events; False: it is their share of the trials


@dataclass(frozen=True, slots=True)
class Outcome:
    """The response of the used rows: shares (n, q) and trials (n,)."""

    response: Response
    y: Array
    trials: Array


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller said about the response."""

    name: str
    event: Any = None
    reference: Any = None
    multinomial: bool = False


def binary(value: Value, asked: Asked, weight: Array, index: pd.Index[Any]) -> Outcome:
    """One outcome a row. Raises ResponseError when the values are not two outcomes."""
    name = asked.name
    if isinstance(value, Numbers) and asked.event is None:
        _check_zero_one(value, name, index)
    levels, codes = _coded(value)
    shown = ", ".join(repr(level) for level in levels[:6]) + (", ..." if len(levels) > 6 else "")
    if len(levels) < 2:
        raise ResponseError(
            f"{name} is always {shown}, so there is no second outcome to tell apart; check the column and the rows used"
        )
    event = _event(asked, levels, shown)
    y = _indicator(codes, levels.index(event))
    rest = tuple(level for level in levels if level != event)
    reference = rest[0] if len(rest) == 1 else None
    against = f" against {rest[0]!r}" if len(rest) == 1 else f" against all other {len(rest)} levels"
    return Outcome(
        Response("binary", name, event, levels, reference, f"P({name} = {event})", f"{event!r}{against}",
                 _counts(codes, weight, len(levels))),
        y[:, None],
        repeated(1.0, y.size),
    )  # fmt: skip


def _coded(value: Value) -> tuple[tuple[Level, ...], Any]:
    """The levels that occur, in order, and the code of each row. Numbers 0 and 1 are their own codes."""
    if isinstance(value, Numbers) and value.values.ndim == 1 and value.extent == (0.0, 1.0) and _all_zero_one(value):
        return ((False, True) if value.boolean else (0, 1)), value.values
    return _used(value if isinstance(value, Labels) else label_numbers(value))


def _all_zero_one(value: Numbers) -> bool:
    parts = np.array_split(value.values, len(value.values) // ROWS_AT_ONCE + 1)
    return all(np.count_nonzero(part == 0.0) + np.count_nonzero(part == 1.0) == len(part) for part in parts)


def _indicator(codes: Any, wanted: int) -> Array:
    """1.0 in the rows with this code; the column itself where it says so already."""
    if codes.dtype == np.float64 and wanted == 1:
        return np.asarray(codes)
    return np.asarray(codes == wanted, dtype=np.float64)


def _counts(codes: Any, weight: Array, n_levels: int) -> tuple[float, ...]:
    """Weight of the rows of each level."""
    if codes.dtype == np.float64:
        ones = float(np.count_nonzero(codes)) * float(weight[0]) if is_repeated(weight) else float(weight @ codes)
        return float(weight.sum()) - ones, ones
    if is_repeated(weight):
        return tuple((np.bincount(codes, minlength=n_levels) * weight[0]).tolist())
    return tuple(np.bincount(codes, weights=weight, minlength=n_levels).tolist())


def _used(labels: Labels) -> tuple[tuple[Level, ...], Any]:
    """The levels that occur, in order, and the codes with respect to them."""
    used = used_levels(labels.codes, len(labels.levels))
    if used.all():
        return labels.levels, labels.codes
    to_code = np.cumsum(used) - 1
    return tuple(v for v, u in zip(labels.levels, used, strict=True) if u), to_code[labels.codes]


def _check_zero_one(value: Numbers, name: str, index: pd.Index[Any]) -> None:
    if value.values.ndim != 1:
        raise ResponseError(f"{name} has several columns; the response must be one")
    if value.boolean or (value.extent in ((0.0, 1.0), (0.0, 0.0), (1.0, 1.0)) and _all_zero_one(value)):
        return
    found = np.unique(value.values)
    shown = ", ".join(f"{v:g}" for v in found[:6]) + (", ..." if found.size > 6 else "")
    if found.size == 1:
        raise ResponseError(f"{name} is always {shown}, so there is no second outcome to tell apart")
    if found.size == 2:
        raise ResponseError(
            f"{name} has the values {shown}, and it is not clear which is the event; "
            f"say so with event={found[1]:g}, or write I({name} == {found[1]:g}) ~ ..."
        )
    if found[0] >= 0.0 and found[-1] <= 1.0:
        raise ResponseError(
            f"{name} has shares between 0 and 1 ({shown}), whose precision depends on the number of trials; "
            "give it as trials='column'"
        )
    first = int(np.flatnonzero(~np.isin(value.values, (0.0, 1.0)))[0])
    row = np.zeros(value.values.size, dtype=bool)
    row[first] = True
    raise ResponseError(
        f"{name} must have two values, such as 0 and 1, but it has {found.size:,} ({shown}; "
        f"{describe_rows(row, index)}); for counts give trials='column' or cbind(successes, failures) ~ ..., "
        f"for a threshold I({name} > c) ~ ..."
    )


def _event(asked: Asked, levels: tuple[Level, ...], shown: str) -> Level:
    if asked.event is not None:
        return _match(asked.event, levels, f"event={asked.event!r} is not a value of {asked.name}", shown)
    if len(levels) > 2:
        raise ResponseError(
            f"{asked.name} has {len(levels):,} levels ({shown}), and a binary model needs two; choose one with "
            f"event={levels[-1]!r}, or fit all of them with multinomial(...)"
        )
    return levels[-1]


def _match(wanted: Any, levels: tuple[Level, ...], message: str, shown: str) -> Level:
    """A level by value, or by its text (a command line has only text)."""
    value = plain(wanted)
    for level in levels:
        if level == value and isinstance(level, str) == isinstance(value, str):
            return level
    for level in levels:
        if str(level) == str(value):
            return level
    raise ResponseError(f"{message}; its values are {shown}")


def multinomial(value: Value, asked: Asked, weight: Array) -> Outcome:
    """Indicators of the classes but the reference, in the order of the levels."""
    labels = value if isinstance(value, Labels) else label_numbers(value)
    levels, codes = _used(labels)
    shown = ", ".join(repr(level) for level in levels[:6]) + (", ..." if len(levels) > 6 else "")
    if len(levels) < 2:
        raise ResponseError(f"{asked.name} is always {shown}, so there is nothing to tell apart")
    if len(levels) > MAX_CLASSES:
        raise ResponseError(
            f"{asked.name} has {len(levels):,} different values, which is no set of classes (limit {MAX_CLASSES:,})"
        )
    reference = levels[0]
    if asked.reference is not None:
        reference = _match(asked.reference, levels, f"reference={asked.reference!r} is not a class", shown)
    base = levels.index(reference)
    others = [k for k in range(len(levels)) if k != base]
    y = np.empty((codes.size, len(others)), order="F")
    for column, k in zip(y.T, others, strict=True):
        np.equal(codes, k, out=column)
    counts = _counts(codes, weight, len(levels))
    note = f"each class against {reference!r}"
    response = Response("multinomial", asked.name, None, levels, reference, f"P({asked.name} = class)", note, counts)
    return Outcome(response, y, repeated(1.0, codes.size))


def grouped(
    successes: Array, trials: Array, asked: Asked, weight: Array, index: pd.Index[Any], *, cbind: bool = False
) -> Outcome:
    """Counts or shares out of trials; trials are positive here."""
    name = asked.name
    if asked.event is not None:
        raise ResponseError(f"event={asked.event!r} has no meaning for grouped counts; {name} already counts events")
    _refuse_rows(successes < 0.0, index, f"{name} is negative")
    are_counts = cbind or _are_counts(successes, trials, name, index)
    shares = successes / trials if are_counts else successes
    events = shares * trials
    uneven = np.abs(events - np.round(events)) > WHOLE * np.maximum(trials, 1.0)
    note = "" if not uneven.any() else f"the number of events is not whole in {int(uneven.sum()):,} rows"
    total, happened = float((weight * trials).sum()), float((weight * events).sum())
    if not 0.0 < happened < total:
        which = "an event" if happened else "no event"
        raise ResponseError(f"every trial of {name} is {which}, so there is no second outcome to tell apart")
    response = Response(
        "grouped", name, "event", ("no event", "event"), "no event", f"P(event) in {name}", note,
        (total - happened, happened), are_counts,
    )  # fmt: skip
    return Outcome(response, shares[:, None], trials)


def _are_counts(successes: Array, trials: Array, name: str, index: pd.Index[Any]) -> bool:
    """Counts rather than shares. Raises where both readings are possible."""
    if (successes > 1.0).any():
        excess: BoolArray = successes > trials
        if excess.any():
            k = int(np.flatnonzero(excess)[0])
            raise ResponseError(
                f"{name} is {successes[k]:g} with {trials[k]:g} trials in {describe_rows(excess, index)}; successes "
                "cannot exceed trials, so check both columns"
            )
        return True
    if np.isin(successes, (0.0, 1.0)).all():
        if (trials > 1.0).any():
            raise ResponseError(
                f"{name} is 0 or 1 in every row while trials go up to {trials.max():g}: 1 may be one success or a "
                f"share of 100 %; write cbind({name}, failures) ~ ... for counts"
            )
        return True
    return False


def _refuse_rows(rows: BoolArray, index: pd.Index[Any], what: str) -> None:
    if rows.any():
        raise ResponseError(f"{what} in {describe_rows(rows, index)}; counts start at 0")


def check_weights(values: Array, what: str, index: pd.Index[Any]) -> None:
    """Raise WeightsError for negative or infinite weights or trials; missing ones are missing rows."""
    negative = values < 0.0
    if negative.any():
        worst = float(values[negative][0])
        raise WeightsError(
            f"{what} is negative ({worst:g}) in {describe_rows(negative, index)}; it counts observations, so use 0 to "
            "leave a row out"
        )
    if np.isinf(values).any():
        raise WeightsError(f"{what} is infinite in {describe_rows(np.isinf(values), index)}; use a finite number")
