"""What the parts of the data tell together: the outcome's levels, the rows left out, and the sums of what is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import gammaln

from statlogit.core.blocks import Block
from statlogit.core.types import Array
from statlogit.design.recipe import Part, Recipe
from statlogit.design.response import MAX_CLASSES, WHOLE, Asked, Response, binary, multinomial
from statlogit.design.terms import LevelFactor
from statlogit.design.values import Labels, Level, Numbers, Value, label_numbers
from statlogit.errors import DataError, ResponseError


@dataclass(frozen=True, slots=True)
class Seen:
    """One level of the outcome: its weight, and where it was seen first."""

    weight: float
    where: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class Survey:
    """Additive over parts of the data."""

    n_read: int
    n_used: int
    n_missing: int
    n_zero: int
    dropped: dict[str, int]
    outcome: dict[Level, Seen]  # one outcome a row: by level, at most MAX_CLASSES + 1 of them
    is_text: bool | None  # None: nothing but missing values so far
    is_boolean: bool
    order: tuple[Level, ...] | None  # the outcome's own order of levels
    clusters: tuple[dict[Level, None], ...]
    whole_weights: bool = True
    unit_weights: bool = True
    above_one: bool = False  # grouped: some value of the left side
    some_share: bool = False  # grouped: some value that is neither 0 nor 1
    most_trials: float = 0.0

    def __add__(self, other: Self) -> Self:
        texts = {self.is_text, other.is_text} - {None}
        if len(texts) > 1:
            raise ResponseError("the response is text in some files and numbers in others; make it one kind in all")
        if self.order is not None and other.order is not None and self.order != other.order:
            raise ResponseError("the response has its levels in different orders in different files; give event=")
        return type(self)(
            self.n_read + other.n_read,
            self.n_used + other.n_used,
            self.n_missing + other.n_missing,
            self.n_zero + other.n_zero,
            {name: self.dropped.get(name, 0) + other.dropped.get(name, 0) for name in self.dropped | other.dropped},
            _united(self.outcome, other.outcome),
            next(iter(texts), None),
            self.is_boolean and other.is_boolean,
            self.order if other.order is None else other.order,
            tuple(a | b for a, b in zip(self.clusters, other.clusters, strict=True)),
            self.whole_weights and other.whole_weights,
            self.unit_weights and other.unit_weights,
            self.above_one or other.above_one,
            self.some_share or other.some_share,
            max(self.most_trials, other.most_trials),
        )


def _united(a: dict[Level, Seen], b: dict[Level, Seen]) -> dict[Level, Seen]:
    out = dict(a)
    for level, seen in b.items():
        if level in out:
            before = out[level]
            out[level] = Seen(before.weight + seen.weight, before.where, before.n_rows + seen.n_rows)
        elif len(out) <= MAX_CLASSES:
            out[level] = seen
    return out


def survey(part: Part, n_read: int, asked: Asked, where: str) -> Survey:
    """What one part tells. Raises ResponseError where the outcome cannot be one."""
    counted = len(part.sides) == 2 or part.given.trials is not None
    outcome: dict[str, Any] = {"outcome": {}, "is_text": None, "is_boolean": True, "order": None}
    weight = part.case_weight
    if not counted:
        outcome = _levels(part, weight, asked.name, where)
    grouped = _grouped(part, asked.name) if counted and part.n else {}
    clusters = tuple({level: None for level in _used_levels(labels, part)} for labels in part.given.cluster)
    whole, unit = bool((weight == np.rint(weight)).all()), bool((weight == 1.0).all())
    return Survey(
        n_read, part.n, part.n_missing, part.n_zero, part.dropped, clusters=clusters, whole_weights=whole,
        unit_weights=unit, **outcome, **grouped,
    )  # fmt: skip


def _used_levels(labels: Labels, part: Part) -> list[Level]:
    codes = labels.codes if part.positions is None else labels.codes[part.positions]
    used = np.bincount(codes, minlength=len(labels.levels)) > 0
    return [level for level, u in zip(labels.levels, used, strict=True) if u]


def _levels(part: Part, weight: Array, name: str, where: str) -> dict[str, Any]:
    side = part.sides[0]
    if isinstance(side, Numbers):
        if side.values.ndim != 1:
            raise ResponseError(f"{name} has several columns; the response must be one")
        if side.infinite is not None:
            raise ResponseError(f"{name} is infinite in {int(side.infinite.sum()):,} rows; an outcome is 0 or 1")
    labels = side if isinstance(side, Labels) else label_numbers(side)
    codes = labels.codes if part.positions is None else labels.codes[part.positions]
    sums = np.bincount(codes, weights=weight, minlength=len(labels.levels))
    n_rows = np.bincount(codes, minlength=len(labels.levels))
    first = np.flatnonzero(n_rows)[: MAX_CLASSES + 1].tolist()
    found = {labels.levels[k]: Seen(float(sums[k]), where, int(n_rows[k])) for k in first}
    is_text = None if not found else isinstance(side, Labels)
    boolean = not found or (isinstance(side, Numbers) and side.boolean)
    own = labels.levels if isinstance(side, Labels) and labels.own_order else None
    return {"outcome": found, "is_text": is_text, "is_boolean": boolean, "order": own}


def _grouped(part: Part, name: str) -> dict[str, Any]:
    parts = []
    for side in part.sides:
        if not isinstance(side, Numbers) or side.values.ndim != 1:
            raise ResponseError(f"{name} is text; successes out of trials must be numbers")
        if side.infinite is not None:
            raise ResponseError(f"{name} is infinite in {int(side.infinite.sum()):,} rows; an outcome is a number")
        values = part.some(side.values)
        if (values < 0.0).any():
            raise ResponseError(f"{name} is negative; counts start at 0")
        parts.append(values)
    successes = parts[0]
    if len(parts) == 2:
        if part.given.trials is not None:
            raise ResponseError("cbind(successes, failures) already gives the trials; leave trials= out")
        return {"above_one": True, "most_trials": float((successes + parts[1]).max())}
    trials = part.some(np.asarray(part.given.trials))
    above = bool((successes > 1.0).any())
    if above and (successes > trials).any():
        k = int(np.flatnonzero(successes > trials)[0])
        raise ResponseError(
            f"{name} is {successes[k]:g} with {trials[k]:g} trials; successes cannot exceed trials, so check both"
        )
    share = bool(((successes != 0.0) & (successes != 1.0)).any())
    return {"above_one": above, "some_share": share, "most_trials": float(trials.max())}


def response_of(found: Survey, asked: Asked, counted: bool) -> Response:
    """The response by the rules of response.py, on one row for each level, weighted by how often it was seen.

    Its counts are right but for a grouped response, whose counts a later pass adds up.
    """
    if asked.reference is not None and not asked.multinomial:
        raise ResponseError("reference= is for multinomial models; a binary model is told its event with event=")
    if counted:
        return _grouped_response(found, asked)
    levels = list(found.outcome)
    if found.order is not None:
        levels.sort(key=found.order.index)
    else:
        levels.sort()
    value: Value
    if found.is_text:
        value = Labels(np.arange(len(levels), dtype=np.int32), tuple(levels), own_order=found.order is not None)
    else:
        value = Numbers(np.array(levels, dtype=np.float64), boolean=found.is_boolean)
    weight = np.array([found.outcome[level].weight for level in levels])
    if asked.multinomial:
        if asked.event is not None:
            raise ResponseError("a multinomial model takes one category a row: no trials=, cbind() or event=")
        return multinomial(value, asked, weight).response
    return binary(value, asked, weight, pd.Index([found.outcome[level].where for level in levels])).response


def class_rows(found: Survey, response: Response) -> Array | None:
    """(K,) used rows of each modelled class, the reference last; None where a row has several outcomes."""
    if response.kind == "grouped":
        return None
    modelled: tuple[Level | None, ...] = (response.event,)
    if response.kind == "multinomial":
        modelled = tuple(level for level in response.levels if level != response.reference)
    counts = [found.outcome[level].n_rows for level in modelled if level is not None]
    return np.array([*counts, found.n_used - sum(counts)], dtype=np.float64)


def _grouped_response(found: Survey, asked: Asked) -> Response:
    name = asked.name
    if asked.multinomial:
        raise ResponseError("a multinomial model takes one category a row: no trials=, cbind() or event=")
    if asked.event is not None:
        raise ResponseError(f"event={asked.event!r} has no meaning for grouped counts; {name} already counts events")
    are_counts = found.above_one or not found.some_share
    if are_counts and not found.above_one and found.most_trials > 1.0:
        raise ResponseError(
            f"{name} is 0 or 1 in every row while trials go up to {found.most_trials:g}: 1 may be one success or a "
            f"share of 100 %; write cbind({name}, failures) ~ ... for counts"
        )
    return Response(
        "grouped", name, "event", ("no event", "event"), "no event", f"P(event) in {name}", "", (0.0, 0.0), are_counts
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over the used rows, additive: what is asked of a model frame without its rows."""

    n_rows: int
    class_weights: Array  # (K,) weights of the classes, the reference last
    case_weight: float
    heaviest: float
    offsets: tuple[float, float]  # least and largest
    constant: float  # log binomial coefficients
    n_uneven: int  # grouped rows whose number of events is not whole
    cells: dict[str, Array]  # by factor: (levels, 1 + q) weights, and those of the modelled classes

    def __add__(self, other: Self) -> Self:
        low, high = zip(self.offsets, other.offsets, strict=True)
        return type(self)(
            self.n_rows + other.n_rows,
            self.class_weights + other.class_weights,
            self.case_weight + other.case_weight,
            max(self.heaviest, other.heaviest),
            (min(low), max(high)),
            self.constant + other.constant,
            self.n_uneven + other.n_uneven,
            {text: cells + other.cells[text] for text, cells in self.cells.items()},
        )


def tally(recipe: Recipe, part: Part, block: Block) -> Tally:
    """The sums of one part that has used rows."""
    case = part.case_weight
    modelled = block.weight @ block.y
    rest = max(float(block.weight.sum()) - float(modelled.sum()), 0.0)
    constant, n_uneven = _binomial(block, case) if recipe.response.kind == "grouped" else (0.0, 0)
    return Tally(
        part.n, np.append(modelled, rest), float(case.sum()), float(case.max()),
        (float(block.offset.min()), float(block.offset.max())), constant, n_uneven, _cells(recipe, part, block),
    )  # fmt: skip


def _binomial(block: Block, case: Array) -> tuple[float, int]:
    trials = block.weight / case
    events = trials * block.y[:, 0]
    terms = gammaln(trials + 1) - gammaln(events + 1) - gammaln(trials - events + 1)
    return float((case * terms).sum()), int((np.abs(events - np.rint(events)) > WHOLE * np.maximum(trials, 1.0)).sum())


def _cells(recipe: Recipe, part: Part, block: Block) -> dict[str, Array]:
    out = {}
    for text, facts in recipe.design.facts.items():
        value = part.values[text]
        if not isinstance(facts, LevelFactor) or not isinstance(value, Labels):
            continue
        codes = value.codes if part.positions is None else value.codes[part.positions]
        if codes.min(initial=0) < 0:
            raise DataError(f"{text} has a level that was not there before; fit a folder that nobody writes to")
        sums = [block.weight, *(block.weight * share for share in block.y.T)]
        columns = [np.bincount(codes, weights=w, minlength=len(facts.levels)) for w in sums]
        out[text] = np.stack(columns, axis=1).astype(np.float64, copy=False)
    return out
