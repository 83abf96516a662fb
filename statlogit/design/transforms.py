"""The functions a formula may call, and nothing else. Each takes numbers, and learns from the rows that have a value.

A stateful function reads what it learned from `state` (plain numbers and lists), and learns when `state` is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from statlogit.core.types import Array
from statlogit.design import splines

State = dict[str, Any]

NUMBERS, ANY, LITERAL, INTEGER, CONTRAST, TEXT = "numbers", "any", "literal", "integer", "contrast", "text"
MAX_DEGREE, MAX_DF, MAX_BINS = 25, 1_000, 2**16


@dataclass(frozen=True, slots=True)
class Function:
    """A callable of the language: its parameters by name and kind, how many are needed, whether it learns."""

    call: Callable[..., Any] | None
    parameters: Mapping[str, str]
    required: int = 1
    stateful: bool = False
    makes_missing: bool = False  # nan where no input is missing is meant (lag)
    limits: Mapping[str, int] = field(default_factory=dict)


def scale(x: Array, center: Any = True, scale: Any = True, ddof: int = 1, *, state: State) -> Array:
    """(x - mean) / standard deviation over the rows that have a value, as R's scale()."""
    if not state:
        known = x[~np.isnan(x)]
        mean = float(known.mean()) if center is True else float(center or 0.0)
        spread = float(scale or 1.0)
        if scale is True:
            spread = float(np.sqrt(((known - mean) ** 2).sum() / (known.size - ddof))) if known.size > ddof else 0.0
            if not spread > 0.0:
                raise ValueError("the column is constant, so its standard deviation is 0")
        state.update(center=mean, scale=spread)
    return np.asarray((x - state["center"]) / state["scale"])


def center(x: Array, *, state: State) -> Array:
    return scale(x, True, False, state=state)


def standardize(x: Array, center: Any = True, rescale: Any = True, ddof: int = 0, *, state: State) -> Array:
    return scale(x, center, rescale, ddof, state=state)


def poly(x: Array, degree: int = 1, raw: bool = False, *, state: State) -> tuple[Array, tuple[str, ...]]:
    """Orthonormal polynomials by the three-term recurrence, as R's poly(); raw=True gives plain powers.

    Source: Kennedy and Gentle (1980), Statistical Computing, pages 342 to 347.
    """
    if raw:
        return np.stack([x**k for k in range(1, degree + 1)], axis=1), tuple(f"[{k}]" for k in range(degree))
    if not state:
        state.update(learn_poly(x[~np.isnan(x)], degree))
    alpha, norms = state["alpha"], state["norms2"]
    basis = [np.ones_like(x), x - alpha[0]]
    for k in range(1, degree):
        basis.append((x - alpha[k]) * basis[k] - norms[k] / norms[k - 1] * basis[k - 1])
    columns = [basis[k] / np.sqrt(norms[k]) for k in range(1, degree + 1)]
    return np.stack(columns, axis=1), tuple(f"[{k}]" for k in range(1, degree + 1))


def learn_poly(x: Array, degree: int) -> State:
    """The recurrence's coefficients from the distinct points."""
    distinct = np.unique(x).size
    if distinct <= degree:
        raise ValueError(f"degree {degree} needs more than {degree} distinct values; there are {distinct}")
    alpha, norms = [], [float(x.size)]
    before, now, norm_before = np.zeros_like(x), np.ones_like(x), 1.0
    for _ in range(degree):
        alpha.append(float((x * now**2).sum() / norms[-1]))
        following = (x - alpha[-1]) * now - (norms[-1] / norm_before) * before
        norm_before = norms[-1]
        before, now = now, following
        norms.append(float((now**2).sum()))
    return {"alpha": alpha, "norms2": norms}


def summary(statistic: Callable[[Array], Any]) -> Callable[..., float]:
    """mean(x), sd(x) ...: one number, learned once. A value that pickles, as results have to."""
    return partial(_learned_once, statistic)


def _learned_once(statistic: Callable[[Array], Any], x: Array, *, state: State) -> float:
    if not state:
        state["value"] = float(statistic(x[~np.isnan(x)]))
    return float(state["value"])


def sd(x: Array) -> float:
    return float(x.std(ddof=1))


def lag(x: Array, k: int = 1) -> Array:
    """The value k rows before; the first k rows are missing."""
    out = np.full(x.shape, np.nan)
    if k >= 0:
        out[k:] = x[: max(x.size - k, 0)]
    else:
        out[:k] = x[-k:]
    return out


def where(condition: Array, a: Any, b: Any) -> Array:
    """a where the condition holds, b where it does not, missing where it is missing."""
    return np.where(np.isnan(condition), np.nan, np.where(condition != 0.0, a, b))


def clip(x: Array, a_min: Any = None, a_max: Any = None) -> Array:
    return np.asarray(np.clip(x, a_min, a_max))


def round_(x: Array, digits: int = 0) -> Array:
    return np.asarray(np.round(x, digits))


_ELEMENTWISE: dict[str, Callable[..., Any]] = {
    call.__name__: call
    for call in (
        np.log, np.log2, np.log10, np.log1p, np.exp, np.exp2, np.expm1, np.sqrt, np.cbrt, np.absolute, np.fabs,
        np.sign, np.square, np.reciprocal, np.floor, np.ceil, np.rint, np.trunc, np.sin, np.cos, np.tan, np.arcsin,
        np.arccos, np.arctan, np.sinh, np.cosh, np.tanh,
    )
} | {"abs": np.absolute}  # fmt: skip
_PAIRWISE: dict[str, Callable[..., Any]] = {
    "minimum": np.minimum, "maximum": np.maximum, "hypot": np.hypot, "power": np.power,
}  # fmt: skip
_STATISTICS: dict[str, Callable[[Array], Any]] = {
    "mean": np.mean, "sd": sd, "median": np.median, "min": np.min, "max": np.max,
}  # fmt: skip
_ONE = {"x": NUMBERS}
_TWO = {"x": NUMBERS, "y": NUMBERS}
_BS = {"x": NUMBERS, "df": INTEGER, "knots": LITERAL, "degree": INTEGER, "include_intercept": LITERAL,
       "lower_bound": LITERAL, "upper_bound": LITERAL, "extrapolation": TEXT}  # fmt: skip
_CUBIC = {"x": NUMBERS, "df": INTEGER, "knots": LITERAL, "lower_bound": LITERAL, "upper_bound": LITERAL,
          "constraints": LITERAL, "extrapolation": TEXT}  # fmt: skip
_DF = {"df": MAX_DF, "degree": MAX_DEGREE}
_C = {"x": ANY, "contrasts": CONTRAST, "levels": LITERAL, "spans_intercept": LITERAL}

FUNCTIONS: dict[str, Function] = {
    **{name: Function(call, _ONE) for name, call in _ELEMENTWISE.items()},
    **{f"np.{name}": Function(call, _ONE) for name, call in _ELEMENTWISE.items()},
    **{f"np.{name}": Function(call, _TWO, required=2) for name, call in _PAIRWISE.items()},
    "pmin": Function(np.minimum, _TWO, required=2),
    "pmax": Function(np.maximum, _TWO, required=2),
    "logit": Function(special.logit, _ONE),
    "expit": Function(special.expit, _ONE),
    "round": Function(round_, {"x": NUMBERS, "digits": INTEGER}, limits={"digits": 300}),
    "np.round": Function(round_, {"x": NUMBERS, "decimals": INTEGER}, limits={"decimals": 300}),
    "np.clip": Function(clip, {"x": NUMBERS, "a_min": LITERAL, "a_max": LITERAL}),
    "where": Function(where, {"condition": NUMBERS, "a": NUMBERS, "b": NUMBERS}, required=3),
    "np.where": Function(where, {"condition": NUMBERS, "a": NUMBERS, "b": NUMBERS}, required=3),
    "ifelse": Function(where, {"condition": NUMBERS, "a": NUMBERS, "b": NUMBERS}, required=3),
    "I": Function(None, {"x": ANY}),
    "Q": Function(None, {"name": TEXT}),
    "C": Function(None, _C),
    "factor": Function(None, _C),
    "hashed": Function(None, {"x": ANY, "levels": INTEGER}, required=2, limits={"levels": MAX_BINS}),
    "cbind": Function(None, {"successes": NUMBERS, "failures": NUMBERS}, required=2),
    "lag": Function(lag, {"x": NUMBERS, "k": INTEGER}, makes_missing=True, limits={"k": 10**9}),
    "scale": Function(
        scale, {"x": NUMBERS, "center": LITERAL, "scale": LITERAL, "ddof": INTEGER}, stateful=True
    ),
    "center": Function(center, _ONE, stateful=True),
    "standardize": Function(
        standardize, {"x": NUMBERS, "center": LITERAL, "rescale": LITERAL, "ddof": INTEGER}, stateful=True
    ),
    "poly": Function(
        poly, {"x": NUMBERS, "degree": INTEGER, "raw": LITERAL}, stateful=True, limits={"degree": MAX_DEGREE}
    ),
    "bs": Function(splines.b_spline, _BS, stateful=True, limits=_DF),
    "cr": Function(splines.natural_spline, _CUBIC, stateful=True, limits=_DF),
    "cs": Function(splines.natural_spline, _CUBIC, stateful=True, limits=_DF),
    "cc": Function(splines.cyclic_spline, _CUBIC, stateful=True, limits=_DF),
    **{
        name: Function(summary(statistic), _ONE, stateful=True)
        for name, statistic in _STATISTICS.items()
    },
}  # fmt: skip
