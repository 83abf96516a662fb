"""What a request may say, checked field by field: everything else is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statlogit.web.limits import Limits
from statlogit.web.refusal import Refusal

FAMILIES = ("binary", "multinomial")
PENALTIES = ("none", "firth", "ridge")
COVARIANCES = ("model", "HC3")
LEVELS = (0.9, 0.95, 0.99)
MOST_LEVEL_TEXT = 1_000  # characters


@dataclass(frozen=True, slots=True)
class Fit:
    """event: the modelled level of a binary outcome, or the reference of a multinomial one; None for the default."""

    formula: str
    family: str = "binary"
    event: str | None = None
    penalty: str = "none"
    covariance: str = "model"
    level: float = 0.95


def formula_of(body: Mapping[str, Any], limits: Limits) -> str:
    """The formula of a request."""
    formula = body.get("formula")
    if not isinstance(formula, str):
        raise Refusal(422, "The formula is missing. Write one, such as y ~ x.")
    if len(formula) > limits.formula:
        raise Refusal(422, f"The formula has {len(formula):,} characters; at most {limits.formula:,} are read.")
    return formula


def fit_of(body: Mapping[str, Any], limits: Limits) -> Fit:
    """The fit that a request asks for."""
    unknown = sorted(set(body) - set(Fit.__slots__))
    if unknown:
        raise Refusal(422, f"The request says {unknown[0][:40]!r}, which is not known.")
    event = body.get("event")
    if event is not None and not (isinstance(event, str) and len(event) <= MOST_LEVEL_TEXT):
        raise Refusal(422, "The event must be one of the outcome's levels.")
    family, penalty = _choice(body, "family", FAMILIES), _choice(body, "penalty", PENALTIES)
    if family == "multinomial" and penalty == "firth":
        raise Refusal(422, "Firth's penalty is for outcomes of two levels. Choose ridge or none.")
    return Fit(
        formula_of(body, limits), family, event, penalty, _choice(body, "covariance", COVARIANCES),
        _choice(body, "level", LEVELS, 0.95),
    )  # fmt: skip


def models_of(body: Mapping[str, Any], known: Mapping[int, Any]) -> tuple[int, ...]:
    """The numbers of the models that a request compares."""
    asked = body.get("models")
    if not isinstance(asked, list) or not all(type(n) is int and n in known for n in asked):
        raise Refusal(422, "A model to compare is not here any more. Choose from the list.")
    if len(set(asked)) < 2:
        raise Refusal(422, "Choose at least two models to compare.")
    return tuple(sorted(set(asked)))


def _choice(body: Mapping[str, Any], name: str, choices: Sequence[Any], default: Any = None) -> Any:
    value = body.get(name, choices[0] if default is None else default)
    if value not in choices:
        raise Refusal(422, f"{name} must be one of {', '.join(map(str, choices))}.")
    return value
