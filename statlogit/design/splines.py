"""Spline bases: bs (B-splines), cr and cs (natural cubic), cc (cyclic cubic), with patsy's and formulaic's arguments.

The basis is learned (bounds, knots, constraints) from the rows that have a value, and kept as plain numbers.
Beyond the bounds: "raise" refuses (bs), "extend" continues the outer polynomials (cr, cc: linearly, cyclically),
"clip" takes the bound, "na" makes the row missing, "zero" gives zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import solve_banded

from statlogit.core.types import Array, BoolArray

State = dict[str, Any]
Basis = tuple[Array, tuple[str, ...]]
EXTRAPOLATIONS = ("raise", "clip", "na", "zero", "extend")
MAX_KNOTS = 1_000
OVERSHOOT = 1e-6  # of the range: a numerical derivative at the border may step this far out


def b_spline(
    x: Array,
    df: int | None = None,
    knots: Any = None,
    degree: int = 3,
    include_intercept: bool = False,
    lower_bound: Any = None,
    upper_bound: Any = None,
    extrapolation: str = "raise",
    *,
    state: State,
) -> Basis:
    """B-spline basis of any degree, as R's splines::bs. Source: Piegl and Tiller (1997), algorithm A2.2."""
    first = 0 if include_intercept else 1
    if not state:
        if df is not None and knots is not None:
            raise ValueError("give df or knots, not both")
        inside = _learn_bounds(x, lower_bound, upper_bound, extrapolation, state)
        inner = [] if knots is None else [float(k) for k in np.atleast_1d(knots)]
        if df is not None:
            n_inner = df - degree - (1 - first)
            if n_inner < 0:
                raise ValueError(f"df must be at least {degree + 1 - first} for degree {degree}")
            inner = np.quantile(inside, np.linspace(0.0, 1.0, n_inner + 2))[1:-1].tolist()
        low, high = state["lower_bound"], state["upper_bound"]
        _check_number(len(inner))
        if any(not low <= k <= high for k in inner):
            raise ValueError(f"knots must lie between {low:g} and {high:g}")
        state["knots"] = [low] * (degree + 1) + sorted(inner) + [high] * (degree + 1)
    placed, outside = _extrapolated(x, extrapolation, state)
    out = _cox_de_boor(placed, np.array(state["knots"]), degree)
    if extrapolation == "zero" and outside is not None:
        out[outside] = 0.0
    return out[:, first:], tuple(f"[{k}]" for k in range(first, out.shape[1]))


def b_spline_slope(
    x: Array,
    df: int | None = None,  # noqa: ARG001 - what the basis was learned with is in its state
    knots: Any = None,  # noqa: ARG001
    degree: int = 3,
    include_intercept: bool = False,
    lower_bound: Any = None,  # noqa: ARG001
    upper_bound: Any = None,  # noqa: ARG001
    extrapolation: str = "raise",
    *,
    state: State,
) -> Array:
    """The derivative of b_spline() with respect to x. Source: de Boor (1978), A Practical Guide to Splines, X(8)."""
    every = np.array(state["knots"])
    placed, outside = _extrapolated(x, extrapolation, state)
    out = np.zeros((x.size, every.size - degree - 1))
    if degree > 0:
        span = every[degree + 1 : -1] - every[1 : -degree - 1]
        flat = span == 0.0
        steps = degree * _cox_de_boor(placed, every[1:-1], degree - 1) / np.where(flat, 1.0, span)
        steps[:, flat] = 0.0
        out[:, 1:] += steps
        out[:, :-1] -= steps
    if outside is not None and extrapolation in ("clip", "zero"):
        out[outside] = 0.0
    return out[:, 0 if include_intercept else 1 :]


def cubic_slope(x: Array, cyclic: bool, extrapolation: str, state: State) -> Array:
    """The derivative of natural_spline() and cyclic_spline() with respect to x."""
    placed, outside = _extrapolated(x, extrapolation, state)
    out = _constrained(_free_cubic(placed, np.array(state["knots"]), cyclic, slope=True), state)
    if outside is not None and extrapolation in ("clip", "zero"):
        out[outside] = 0.0
    return out


def _cox_de_boor(x: Array, knots: Array, degree: int) -> Array:
    """(n, len(knots) - degree - 1); outside the outer knots the end polynomials go on."""
    last = int(np.searchsorted(knots, knots[-1], side="left")) - 1
    place = np.clip(np.searchsorted(knots, x, side="right") - 1, degree, last)
    local = [np.ones_like(x)]
    for j in range(1, degree + 1):
        following, saved = [], np.zeros_like(x)
        for r in range(j):
            right = knots[place + r + 1] - x
            left = x - knots[place + 1 - j + r]
            share = local[r] / (right + left)
            following.append(saved + right * share)
            saved = left * share
        local = [*following, saved]
    out = np.zeros((x.size, knots.size - degree - 1), order="F")
    rows = np.arange(x.size)
    for r, column in enumerate(local):
        out[rows, place - degree + r] = column
    out[np.isnan(x)] = np.nan
    return out


def natural_spline(
    x: Array,
    df: int | None = None,
    knots: Any = None,
    lower_bound: Any = None,
    upper_bound: Any = None,
    constraints: Any = None,
    extrapolation: str = "extend",
    *,
    state: State,
) -> Basis:
    """Natural cubic regression spline; constraints="center" leaves room for an intercept."""
    return _cubic(x, df, knots, lower_bound, upper_bound, constraints, extrapolation, False, state)


def cyclic_spline(
    x: Array,
    df: int | None = None,
    knots: Any = None,
    lower_bound: Any = None,
    upper_bound: Any = None,
    constraints: Any = None,
    extrapolation: str = "extend",
    *,
    state: State,
) -> Basis:
    """Cubic regression spline whose ends meet: hours of a day, days of a year."""
    return _cubic(x, df, knots, lower_bound, upper_bound, constraints, extrapolation, True, state)


def _cubic(
    x: Array,
    df: int | None,
    knots: Any,
    lower: Any,
    upper: Any,
    constraints: Any,
    extrapolation: str,
    cyclic: bool,
    state: State,
) -> Basis:
    if not state:
        _learn_cubic(x, df, knots, lower, upper, constraints, extrapolation, cyclic, state)
    placed, outside = _extrapolated(x, extrapolation, state)
    out = _free_cubic(placed, np.array(state["knots"]), cyclic)
    out = _constrained(out, state)
    if extrapolation == "zero" and outside is not None:
        out[outside] = 0.0
    return np.asfortranarray(out), tuple(f"[{k}]" for k in range(1, out.shape[1] + 1))


def _constrained(free: Array, state: State) -> Array:
    """The combinations of the free basis that meet the constraints."""
    if state["constraints"] is None:
        return free
    rows = np.array(state["constraints"])
    q, _ = np.linalg.qr(rows.T, mode="complete")
    return np.asarray(free @ q[:, rows.shape[0] :])


def _learn_cubic(
    x: Array,
    df: int | None,
    knots: Any,
    lower: Any,
    upper: Any,
    constraints: Any,
    extrapolation: str,
    cyclic: bool,
    state: State,
) -> None:
    if (df is None) == (knots is None):
        raise ValueError("give either df or knots")
    if isinstance(constraints, str) and constraints != "center":
        raise ValueError("constraints must be 'center' or rows of numbers")
    inside = _learn_bounds(x, lower, upper, extrapolation, state)
    low, high = state["lower_bound"], state["upper_bound"]
    rows = None if constraints is None or isinstance(constraints, str) else np.atleast_2d(np.array(constraints, float))
    n_constraints = rows.shape[0] if rows is not None else int(constraints is not None)
    if df is not None:
        n_inner = df - 2 + n_constraints + int(cyclic)
        if df < (1 if cyclic or n_constraints else 2) or n_inner < 0:
            raise ValueError(f"df={df} is too small")
        inner = np.percentile(np.unique(inside), np.linspace(0.0, 100.0, n_inner + 2)[1:-1])
    else:
        inner = np.unique(np.atleast_1d(np.array(knots, float)))
        n_inner = inner.size
    _check_number(n_inner)
    every = np.unique(np.concatenate([[low, high], inner]))
    if every.size != n_inner + 2 or every[0] < low or every[-1] > high:
        raise ValueError(f"{n_inner} inner knots need as many distinct places between {low:g} and {high:g}")
    if isinstance(constraints, str):
        known, _ = _extrapolated(x[~np.isnan(x)], extrapolation, state)
        free = _free_cubic(known, every, cyclic)
        rows = free[~np.isnan(free).any(axis=1)].mean(axis=0)[None, :]
    if rows is not None and rows.shape[1] != every.size - int(cyclic):
        raise ValueError(f"constraints need {every.size - int(cyclic)} numbers a row")
    state["constraints"] = None if rows is None else rows.tolist()
    state["knots"] = every.tolist()


def _free_cubic(x: Array, knots: Array, cyclic: bool, *, slope: bool = False) -> Array:
    """The basis, or its derivative. Source: Wood (2006), Generalized Additive Models, pages 145 to 147."""
    n = knots.size - int(cyclic)
    low, high = knots[0], knots[-1]
    if cyclic:
        x = np.where(x > high, low + (x - high) % (high - low), x)
        x = np.where(x < low, high - (low - x) % (high - low), x)
    place = np.clip(np.searchsorted(knots, x) - 1, 0, knots.size - 2)
    width = np.diff(knots)[place]
    ahead, behind = knots[place + 1] - x, x - knots[place]
    if slope:
        down = width / 6.0 - np.where(x > high, 0.0, ahead**2 / (2.0 * width))
        up = np.where(x < low, 0.0, behind**2 / (2.0 * width)) - width / 6.0
        ahead, behind = np.full_like(x, -1.0), np.ones_like(x)
    else:
        down = np.where(x > high, 0.0, ahead**3 / (6.0 * width)) - width * ahead / 6.0
        up = np.where(x < low, 0.0, behind**3 / (6.0 * width)) - width * behind / 6.0
    following = place + 1
    if cyclic:
        following = np.where(following == n, 0, following)
    curvature = _cyclic_curvature(knots) if cyclic else _natural_curvature(knots)
    unit = np.eye(n)
    columns: Array = (
        (ahead / width)[:, None] * unit[place] + (behind / width)[:, None] * unit[following]
        + down[:, None] * curvature[place] + up[:, None] * curvature[following]
    )  # fmt: skip
    return columns


def _natural_curvature(knots: Array) -> Array:
    """Maps values at the knots to second derivatives there, zero at both ends."""
    h, n = np.diff(knots), knots.size
    if n == 2:
        return np.zeros((2, 2))
    inner = h[1:-1] / 6.0
    banded = np.array([np.r_[0.0, inner], (h[:-1] + h[1:]) / 3.0, np.r_[inner, 0.0]])
    second = np.zeros((n - 2, n))
    for i in range(n - 2):
        second[i, i : i + 3] = 1.0 / h[i], -1.0 / h[i] - 1.0 / h[i + 1], 1.0 / h[i + 1]
    return np.vstack([np.zeros(n), solve_banded((1, 1), banded, second), np.zeros(n)])


def _cyclic_curvature(knots: Array) -> Array:
    h, n = np.diff(knots), knots.size - 1
    b, d = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        before = i - 1  # -1 is the last interval: the ends meet
        b[i, i] += (h[before] + h[i]) / 3.0
        d[i, i] += -1.0 / h[before] - 1.0 / h[i]
        if i or n > 1:
            b[i, before] += h[before] / 6.0
            b[before, i] += h[before] / 6.0
            d[i, before] += 1.0 / h[before]
            d[before, i] += 1.0 / h[before]
    return np.asarray(np.linalg.solve(b, d))


def _learn_bounds(x: Array, lower: Any, upper: Any, extrapolation: str, state: State) -> Array:
    """Set the bounds; the values that the knots are taken from."""
    if extrapolation not in EXTRAPOLATIONS:
        raise ValueError(f"extrapolation must be one of {', '.join(EXTRAPOLATIONS)}")
    known = x[~np.isnan(x)]
    if known.size == 0:
        raise ValueError("the column has no value to learn from")
    low = float(known.min() if lower is None else lower)
    high = float(known.max() if upper is None else upper)
    if not low < high:
        raise ValueError(f"the bounds {low:g} and {high:g} leave no room; is the column constant?")
    state.update(lower_bound=low, upper_bound=high)
    if extrapolation in ("clip", "na", "zero"):
        known = known[(known >= low) & (known <= high)]
        if known.size == 0:
            raise ValueError(f"no value lies between {low:g} and {high:g}")
    return known


def _check_number(n_knots: int) -> None:
    if n_knots > MAX_KNOTS:
        raise ValueError(f"{n_knots:,} inner knots are more than the limit of {MAX_KNOTS:,}")


def _extrapolated(x: Array, extrapolation: str, state: State) -> tuple[Array, BoolArray | None]:
    """The places where the basis is evaluated, and which rows lie outside the bounds."""
    low, high = state["lower_bound"], state["upper_bound"]
    outside = (x < low) | (x > high)
    if not outside.any():
        return x, None
    if extrapolation == "raise":
        slack = OVERSHOOT * (high - low)
        beyond = x[(x < low - slack) | (x > high + slack)]
        if beyond.size:
            raise ValueError(
                f"{float(beyond[0]):g} lies outside the range {low:g} to {high:g} that the spline knows; "
                "extrapolation='extend' continues its end pieces, 'clip' holds them"
            )
    if extrapolation == "clip":
        return np.clip(x, low, high), outside
    if extrapolation == "na":
        return np.where(outside, np.nan, x), outside
    return x, outside
