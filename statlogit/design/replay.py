"""Replay: the design columns, and their derivatives, that a learned formula gives for raw rows as they are set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.columns import Columns
from statlogit.core.types import Array, IntArray
from statlogit.design.blocks import columns_of
from statlogit.design.derivatives import derivative
from statlogit.design.evaluate import Interpreter
from statlogit.design.model import Design
from statlogit.design.raw import RawRows
from statlogit.design.terms import LevelFactor, Term, width
from statlogit.design.values import Labels, Numbers, Value, label_numbers, recode
from statlogit.errors import DataError, UnseenLevelError


@dataclass(frozen=True, slots=True)
class Part:
    """Some columns of a design: their positions and their values in some rows."""

    positions: IntArray
    columns: Columns

    def times(self, beta: Array) -> Array:
        """(n, q) share of the linear predictor."""
        return self.columns.times(beta[self.positions])


def positions_of(terms: Iterable[Term]) -> IntArray:
    """The design columns of some terms, in their order."""
    found = [np.arange(term.start, term.stop) for term in terms]
    return np.concatenate(found) if found else np.empty(0, dtype=np.intp)


def replay(design: Design, raw: RawRows, terms: Sequence[Term]) -> Part:
    """The columns of these terms in these rows."""
    texts = dict.fromkeys(text for term in terms for text in term.factors)
    return Part(positions_of(terms), columns_of(terms, design.facts, _values(design, raw, texts), raw.n_rows))


def replay_slope(design: Design, raw: RawRows, name: str) -> tuple[Part, ...]:
    """d columns / d raw column `name`, by the product rule: one part for each factor that moves; their sum is meant."""
    reading = design.reading
    interpreter = Interpreter(reading.gate, raw, dict(design.state))
    parts = []
    for text, read in reading.reads.items():
        slope = derivative(interpreter, reading.expressions[text], name) if name in read else None
        if slope is None:
            continue
        terms, positions = _products_with(design, text)
        values = _values(design, raw, dict.fromkeys(t for term in terms for t in term.factors if t != text))
        moved: Array = np.broadcast_to(slope, (raw.n_rows,)) if slope.ndim == 0 else slope
        values[text] = Numbers(moved)
        parts.append(Part(positions, columns_of(terms, design.facts, values, raw.n_rows)))
    return tuple(parts)


def _products_with(design: Design, text: str) -> tuple[list[Term], IntArray]:
    """The terms cut down to the products that contain a factor, and the positions of their columns."""
    terms, positions = [], []
    for term in design.terms:
        start, kept = term.start, []
        for scoped in term.scoped:
            stop = start + width(scoped, design.facts)
            if any(own == text for own, _ in scoped):
                kept.append(scoped)
                positions.append(np.arange(start, stop))
            start = stop
        if kept:
            terms.append(replace(term, scoped=tuple(kept)))
    return terms, np.concatenate(positions) if positions else np.empty(0, dtype=np.intp)


def _values(design: Design, raw: RawRows, texts: Iterable[str]) -> dict[str, Value]:
    interpreter = Interpreter(design.reading.gate, raw, dict(design.state))
    expressions = design.reading.expressions
    return {text: _as_learned(design, text, interpreter.value(expressions[text])) for text in texts}


def _as_learned(design: Design, text: str, value: Value) -> Value:
    facts = design.facts[text]
    if not isinstance(facts, LevelFactor):
        if isinstance(value, Labels):
            raise DataError(f"{text} was numeric when the model was fitted, and is text now")
        return value
    labels = label_numbers(value) if isinstance(value, Numbers) else value
    codes = recode(labels, facts.levels)
    strange = np.flatnonzero(codes < 0)
    if strange.size:
        level = labels.levels[int(labels.codes[strange[0]])]
        shown = ", ".join(map(repr, facts.levels[:8])) + (", ..." if len(facts.levels) > 8 else "")
        raise UnseenLevelError(f"{text} has no level {level!r}, so it has no coefficient; the levels are {shown}")
    return Labels(codes, facts.levels)
