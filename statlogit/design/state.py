"""A design as plain values for JSON, and back. What comes back is not trusted: it is read again through the gate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from statlogit.design.contrasts import OPTIONS, Contrast
from statlogit.design.reading import read_formula
from statlogit.design.terms import FactorFacts, LevelFactor, NumericFactor, build_terms
from statlogit.errors import DataError, StatlogitError

if TYPE_CHECKING:
    from statlogit.design.model import Design

FORMAT = "statlogit-design/1"
STATE_KEYS = frozenset(
    {"center", "scale", "alpha", "norms2", "lower_bound", "upper_bound", "knots", "constraints", "value"}
)
MAX_STATE = 100_000  # numbers in one entry


def design_to_json(design: Design) -> dict[str, Any]:
    """The stored form: formula, columns, factors, state and names."""
    reading = design.reading
    needed = {*reading.response_reads, *reading.variables}
    columns = [name for name in reading.gate.columns if name in needed]  # the order that `.` followed
    dotted = [name for name in columns if name not in (*reading.response_reads, *reading.excluded)]
    return {
        "format": FORMAT,
        "formula": reading.formula,
        "columns": columns,
        "dot": dotted,
        "offset": design.offset_name,
        "factors": {text: _facts_to_json(facts) for text, facts in design.facts.items()},
        "state": {key: dict(value) for key, value in design.state.items()},
        "names": list(design.names),
        "ranges": {name: list(ends) for name, ends in design.ranges.items()},
    }


def _facts_to_json(facts: FactorFacts) -> dict[str, Any]:
    if isinstance(facts, NumericFactor):
        return {"kind": "numeric", "labels": list(facts.labels), "boolean": facts.boolean,
                "spans": facts.spans_intercept}  # fmt: skip
    return {
        "kind": "levels",
        "levels": list(facts.levels),
        "contrast": {"kind": facts.contrast.kind, "options": [[k, v] for k, v in facts.contrast.options]},
        "spans": facts.spans_intercept,
        "fixed": facts.fixed,
    }


def design_from_json(
    stored: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None
) -> dict[str, Any]:
    """The fields of a Design. Raises DataError when the stored form does not fit together."""
    try:
        return _rebuilt(stored, functions)
    except StatlogitError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise DataError(
            f"the stored design is damaged ({type(error).__name__}: {error}); save the model again"
        ) from error


def _rebuilt(stored: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None) -> dict[str, Any]:
    if stored["format"] != FORMAT:
        raise DataError(f"the stored design has the format {stored['format']!r}; this version reads {FORMAT!r}")
    columns = [_text(name) for name in stored["columns"]]
    response_only = [name for name in columns if name not in stored["dot"]]
    reading = read_formula(_text(stored["formula"]), columns, excluded=response_only, functions=functions)
    facts = {text: _facts_from_json(stored["factors"][text]) for text in reading.expressions}
    state = {_text(key): _state_from_json(value) for key, value in stored["state"].items()}
    terms, names = build_terms(reading.factors, facts, reading.reads, reading.has_intercept)
    if list(names) != stored["names"]:
        raise DataError("the stored design does not give the columns it names; save the model again")
    offset = stored["offset"]
    return {
        "reading": reading, "terms": terms, "names": names, "facts": facts, "state": state,
        "offset_name": None if offset is None else _text(offset),
        "ranges": {_text(name): _range(ends) for name, ends in stored["ranges"].items()},
    }  # fmt: skip


def _range(ends: Any) -> tuple[float, float]:
    low, high = (float(_numbers(end)) for end in ends)
    if low > high:
        raise ValueError("a range ends before it starts")
    return low, high


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is expected, not {type(value).__name__}")
    return value


def _facts_from_json(stored: Mapping[str, Any]) -> FactorFacts:
    if stored["kind"] == "numeric":
        labels = tuple(_text(label) for label in stored["labels"])
        return NumericFactor(labels, bool(stored["boolean"]), bool(stored["spans"]))
    levels = tuple(stored["levels"])
    if not all(isinstance(level, str | int | float) for level in levels):
        raise TypeError("levels must be text, numbers or truth values")
    kind = stored["contrast"]["kind"]
    options = tuple((_text(key), _frozen(value)) for key, value in stored["contrast"]["options"])
    if kind not in OPTIONS or any(key not in OPTIONS[kind] for key, _ in options):
        raise ValueError(f"unknown contrast {kind!r}")
    return LevelFactor(levels, Contrast(kind, options), bool(stored["spans"]), bool(stored["fixed"]))


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_frozen(v) for v in value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError("an option must be plain")


def _state_from_json(stored: Mapping[str, Any]) -> dict[str, Any]:
    if not set(stored) <= STATE_KEYS:
        raise ValueError(f"unknown entries {sorted(set(stored) - STATE_KEYS)}")
    return {key: _numbers(value) for key, value in stored.items()}


def _numbers(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        if len(value) > MAX_STATE:
            raise ValueError("a list is too long")
        return [_numbers(v) for v in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("learned values must be finite numbers")
    return value
