"""Derivatives of factors with respect to one data column, exact, by the chain rule over the tree of an expression.

A factor that does not move with the column has the derivative None. Steps (comparisons, floor, round) are flat almost
everywhere, so theirs is None too; at a kink (abs, minimum, clip) it is the mean of both sides. What stateful functions
have learned (means, knots) is held fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from statlogit.core.types import Array
from statlogit.design import splines
from statlogit.design.evaluate import Interpreter
from statlogit.design.gate import bind, literal
from statlogit.design.syntax import Binary, Call, Expression, Name, Unary, unparse
from statlogit.design.transforms import ANY, FUNCTIONS, NUMBERS, Function
from statlogit.errors import DataError

Derivative: TypeAlias = Array | None  # (n,), (n, k) or a scalar array; None is zero

LN2, LN10 = float(np.log(2.0)), float(np.log(10.0))
OWN_STEP = 2.0**-10  # of the size of an argument: four-point differences of a caller's own function


def derivative(interpreter: Interpreter, node: Expression, name: str) -> Derivative:
    """d value / d column `name`, row by row. Raises DataError for lag(), which mixes rows."""
    with np.errstate(all="ignore"):
        return _derivative(interpreter, node, name)


def _derivative(interpreter: Interpreter, node: Expression, name: str) -> Derivative:
    match node:
        case Name(found):
            return np.ones(()) if found == name else None
        case Unary(sign, operand) if sign != "~":
            inner = _derivative(interpreter, operand, name)
            return -inner if sign == "-" and inner is not None else inner
        case Binary(sign, left, right) if sign not in "&|":
            return _binary(interpreter, sign, left, right, name)
        case Call():
            return _call(interpreter, node, name)
    return None


def _binary(interpreter: Interpreter, sign: str, left: Expression, right: Expression, name: str) -> Derivative:
    du, dv = _derivative(interpreter, left, name), _derivative(interpreter, right, name)
    if (du is None and dv is None) or sign == "//":
        return None
    u, v = interpreter.numbers(left), interpreter.numbers(right)
    match sign:
        case "+" | "-":
            return _sum((1.0, du), (1.0 if sign == "+" else -1.0, dv))
        case "*":
            return _sum((v, du), (u, dv))
        case "/":
            return _sum((1.0 / v, du), (-u / v**2, dv))
        case "%":
            return _sum((1.0, du), (-np.floor_divide(u, v), dv))
    return _sum((v * u ** (v - 1.0), du), (np.log(u) * u**v, dv))


def _sum(*parts: tuple[Any, Derivative]) -> Derivative:
    """The sum of factor times derivative over the derivatives that are not zero."""
    total: Derivative = None
    for factor, inner in parts:
        if inner is not None and factor is not None:
            beside = inner[:, None] if np.ndim(factor) == 2 and inner.ndim == 1 else inner  # a function with columns
            product = np.asarray(factor * beside)
            total = product if total is None else total + product
    return total


def _call(interpreter: Interpreter, node: Call, name: str) -> Derivative:
    gate = interpreter.gate
    function = gate.functions[node.function]
    bound = bind(gate, node, function)
    if node.function == "Q":
        return np.ones(()) if literal(gate, bound["name"]) == name else None
    if node.function == "I":
        return _derivative(interpreter, bound["x"], name)
    if function.call is None:  # a factor
        return None
    if function.makes_missing:
        raise DataError(
            f"{unparse(node)} takes its value from another row, so it has no effect of its own row's column"
        )
    numeric = [key for key in bound if function.parameters[key] in (NUMBERS, ANY)]
    inner = [_derivative(interpreter, bound[key], name) for key in numeric]
    if all(d is None for d in inner):
        return None
    values = [interpreter.numbers(bound[key]) for key in numeric]
    options = {key: literal(gate, bound[key]) for key in bound if key not in numeric}
    plain = node.function.removeprefix("np.")
    slopes: tuple[Derivative, ...]
    if node.function not in FUNCTIONS:
        slopes = _own(function, values)
    elif function.stateful:
        slopes = (_stateful(plain, values[0], options, interpreter.state[unparse(node)]),)
    else:
        slopes = SLOPES[plain](*values, **options) if plain in SLOPES else (None,) * len(values)
    return _sum(*zip(slopes, inner, strict=True))


def _stateful(function: str, x: Array, options: Mapping[str, Any], state: Mapping[str, Any]) -> Derivative:
    match function:
        case "scale" | "center" | "standardize":
            return np.asarray(1.0 / state["scale"])
        case "poly":
            return _poly(x, int(options.get("degree", 1)), bool(options.get("raw", False)), state)
        case "bs":
            return splines.b_spline_slope(x, state=dict(state), **options)
        case "cr" | "cs" | "cc":
            extrapolation = options.get("extrapolation", "extend")
            return splines.cubic_slope(x, function == "cc", extrapolation, dict(state))
    return None  # mean(x), sd(x) and the like are learned once


def _poly(x: Array, degree: int, raw: bool, state: Mapping[str, Any]) -> Array:
    """(n, degree): the recurrence of poly(), differentiated."""
    if raw:
        return np.stack([k * x ** (k - 1) for k in range(1, degree + 1)], axis=1)
    alpha, norms = state["alpha"], state["norms2"]
    basis, slope = [np.ones_like(x), x - alpha[0]], [np.zeros_like(x), np.ones_like(x)]
    for k in range(1, degree):
        ratio = norms[k] / norms[k - 1]
        basis.append((x - alpha[k]) * basis[k] - ratio * basis[k - 1])
        slope.append(basis[k] + (x - alpha[k]) * slope[k] - ratio * slope[k - 1])
    return np.stack([slope[k] / np.sqrt(norms[k]) for k in range(1, degree + 1)], axis=1)


def _own(function: Function, values: list[Array]) -> tuple[Array, ...]:
    """Partial derivatives of a caller's own function by four-point differences, error of order step^4."""
    call = function.call
    if call is None:
        raise TypeError("a form has no partial derivatives")
    slopes = []
    for k, value in enumerate(values):
        step = OWN_STEP * np.maximum(np.abs(value), 1e-3)

        def at(multiple: float, k: int = k, value: Array = value, step: Array = step) -> Array:
            moved = [value + multiple * step if j == k else v for j, v in enumerate(values)]
            return np.asarray(call(*moved), dtype=np.float64)

        slopes.append((8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * step))
    return tuple(slopes)


def _one_of(first: Any) -> tuple[Array, Array]:
    """Both partial derivatives where the value is that of the first argument, or of the second."""
    return np.asarray(first), np.asarray(1.0 - first)


def _clip(x: Array, a_min: Any = None, a_max: Any = None) -> tuple[Array]:
    low = np.heaviside(x - a_min, 0.5) if a_min is not None else 1.0
    high = np.heaviside(a_max - x, 0.5) if a_max is not None else 1.0
    return (np.asarray(low * high),)


def _absolute(x: Array) -> tuple[Array]:
    return (np.sign(x),)


def _minimum(x: Array, y: Array) -> tuple[Array, Array]:
    return _one_of(np.heaviside(y - x, 0.5))


def _maximum(x: Array, y: Array) -> tuple[Array, Array]:
    return _one_of(np.heaviside(x - y, 0.5))


def _where(condition: Array, a: Array, b: Array) -> tuple[None, Array, Array]:  # noqa: ARG001 - parameters by name
    return (None, *_one_of((condition != 0.0).astype(np.float64)))


SLOPES: dict[str, Callable[..., tuple[Derivative, ...]]] = {
    "log": lambda x: (1.0 / x,),
    "log2": lambda x: (1.0 / (x * LN2),),
    "log10": lambda x: (1.0 / (x * LN10),),
    "log1p": lambda x: (1.0 / (1.0 + x),),
    "exp": lambda x: (np.exp(x),),
    "exp2": lambda x: (np.exp2(x) * LN2,),
    "expm1": lambda x: (np.exp(x),),
    "sqrt": lambda x: (0.5 / np.sqrt(x),),
    "cbrt": lambda x: (1.0 / (3.0 * np.cbrt(x) ** 2),),
    "abs": _absolute,
    "absolute": _absolute,
    "fabs": _absolute,
    "square": lambda x: (2.0 * x,),
    "reciprocal": lambda x: (-1.0 / x**2,),
    "sin": lambda x: (np.cos(x),),
    "cos": lambda x: (-np.sin(x),),
    "tan": lambda x: (1.0 / np.cos(x) ** 2,),
    "arcsin": lambda x: (1.0 / np.sqrt(1.0 - x**2),),
    "arccos": lambda x: (-1.0 / np.sqrt(1.0 - x**2),),
    "arctan": lambda x: (1.0 / (1.0 + x**2),),
    "sinh": lambda x: (np.cosh(x),),
    "cosh": lambda x: (np.sinh(x),),
    "tanh": lambda x: (1.0 / np.cosh(x) ** 2,),
    "logit": lambda x: (1.0 / (x * (1.0 - x)),),
    "expit": lambda x: (0.25 / np.cosh(0.5 * x) ** 2,),
    "minimum": _minimum,
    "pmin": _minimum,
    "maximum": _maximum,
    "pmax": _maximum,
    "hypot": lambda x, y: (x / np.hypot(x, y), y / np.hypot(x, y)),
    "power": lambda x, y: (y * x ** (y - 1.0), np.log(x) * x**y),
    "clip": _clip,
    "where": _where,
    "ifelse": _where,
}
FLAT = {"sign", "floor", "ceil", "rint", "trunc", "round"}  # constant but for jumps
