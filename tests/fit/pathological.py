"""Small data sets that break software, each with the right answer: a finite maximum, infinite names, or a refusal."""

# ruff: noqa: ARG005 (every column is computed from the same two arguments, used or not)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.errors import DataError, NotConvergedError, ResponseError, StatlogitError, WeightsError

Outcome = Literal["finite", "quasi", "complete", "refused"]
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One input. infinite: names with their signs; error: what a refusal raises; options: further arguments."""

    name: str
    formula: str
    make: Callable[[], Data]
    outcome: Outcome = "finite"
    infinite: dict[str, int] = field(default_factory=dict)
    aliased: tuple[str, ...] = ()
    error: type[StatlogitError] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(self.make())


def _draw(rng: np.random.Generator, eta: Any) -> Any:
    return (rng.uniform(size=len(eta)) < 1 / (1 + np.exp(-eta))).astype(int)


def _plain(seed: int, n: int = 80) -> Data:
    """x, z and an outcome that overlaps."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    return {"x": x, "z": z, "y": _draw(rng, 0.3 + 0.8 * x - 0.5 * z)}


def _with(seed: int, n: int = 80, **columns: Callable[[Data, np.random.Generator], Any]) -> Data:
    """_plain with columns computed from it, in order."""
    data, rng = _plain(seed, n), np.random.default_rng(1000 + seed)
    for name, compute in columns.items():
        data[name] = compute(data, rng)
    return data


def _rare_level() -> Data:
    data = _plain(2)
    g = np.array(["a", "b"], dtype=object)[np.arange(80) % 2]
    g[:4], data["y"][:4] = "rare", 1
    return data | {"g": g}


def _interaction() -> Data:
    rng = np.random.default_rng(3)
    a, b = np.arange(80) % 2, (np.arange(80) // 2) % 2
    y = rng.integers(0, 2, 80)
    return {"a": a, "b": b, "y": np.where(a * b == 1, 1, y)}


def _nested() -> Data:
    return {"a": [0] * 8 + [1, 1], "b": [0] * 6 + [1, 1, 0, 1], "y": [0, 1, 0, 1, 1, 0, 0, 0, 1, 1]}


def _dummies() -> Data:
    data = _plain(4)
    g = np.arange(80) % 3
    return data | {f"d{k}": (g == k).astype(float) for k in range(3)}


def _wide() -> Data:
    rng = np.random.default_rng(5)
    return {f"x{k}": rng.normal(size=5) for k in range(1, 9)} | {"y": [0, 1, 1, 0, 1]}


def _rare_events() -> Data:
    x = np.arange(1_000_000) % 5
    y = np.zeros(1_000_000, dtype=int)
    y[[2, 13, 503, 1004, 77_774]] = 1
    return {"x": x, "y": y}


def _huge_leverage(y: int, x: float = 1e12) -> Data:
    data = _plain(6)
    data["x"][0], data["y"][0] = x, y
    return data


def _mixed_scales() -> Data:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(5, 120))
    y = _draw(rng, x[0] - x[2] + 0.5 * x[4])
    return {f"x{k}": x[k] * 10.0 ** (6 * k - 12) for k in range(5)} | {"y": y}


def _grouped(successes: list[float], trials: list[float]) -> Data:
    return {"x": np.arange(float(len(trials))), "s": successes, "n": trials}


def _hilbert(condition: float) -> Data:
    return _with(8, w=lambda d, r: d["x"] + d["z"] + r.normal(size=80) / condition)


def _weighted(weight: float) -> Data:
    return {"x": [0, 0, 1, 1, 2, 2], "y": [0, 1, 0, 1, 0, 1], "w": np.array([3, 1, 2, 2, 1, 4]) * weight}


def _boundary() -> Data:
    return {"x": [1, 2, 3, 4, 4, 5, 6, 7], "y": [0, 0, 0, 0, 1, 1, 1, 1]}


def _education() -> Data:
    rng = np.random.default_rng(9)
    education, experience = rng.integers(8, 18, 300), rng.integers(0, 30, 300)
    age, y = education + experience + 6, _draw(rng, np.full(300, -0.4))
    age[7], y[7] = age[7] + 1, 1
    return {"education": education, "experience": experience, "age": age, "y": y}


def _polynomial(low: float, high: float) -> Data:
    x = np.linspace(low, high, 80)
    return {"x": x, "y": (np.sin(40 * x) + np.cos(7 * x) > 0.1).astype(int)}


CUBIC = "y ~ x + I(x**2) + I(x**3)"

CASES = (
    # no finite maximum
    Case("complete by one column", "y ~ x", lambda: {"x": [0.5, 1, 2.5, 3], "y": [0, 0, 1, 1]}, "complete",
         {"Intercept": -1, "x": 1}),
    Case("complete with a gap of 1e-9", "y ~ x",
         lambda: {"x": [1, 1.5, 2, 2 + 1e-9, 2.5, 3], "y": [0, 0, 0, 1, 1, 1]}, "complete", {"Intercept": -1, "x": 1}),
    Case("complete without an intercept", "y ~ x - 1", lambda: {"x": [-2, -1, 1, 3.0], "y": [0, 0, 1, 1]}, "complete",
         {"x": 1}),
    Case("complete far from zero", "y ~ x", lambda: {"x": 1e9 + np.arange(8.0), "y": [1] * 4 + [0] * 4}, "complete",
         {"Intercept": 1, "x": -1}),
    Case("n = 2", "y ~ x", lambda: {"x": [0.0, 1.0], "y": [0, 1]}, "complete", {"Intercept": -1, "x": 1}),
    Case("p above n", "y ~ " + " + ".join(f"x{k}" for k in range(1, 9)), _wide, "complete",
         aliased=("x5", "x6", "x7", "x8")),
    Case("p equal to n", "y ~ x1 + x2 + x3 + x4", _wide, "complete"),
    Case("quasi by a numeric", "y ~ x", _boundary, "quasi", {"Intercept": -1, "x": 1}),
    Case("quasi by a rare level", "y ~ x + C(g)", _rare_level, "quasi", {"C(g)[T.rare]": 1}),
    Case("quasi by three columns together", "y ~ education + experience + age", _education, "quasi",
         {"Intercept": -1, "education": -1, "experience": -1, "age": 1}),
    Case("nested separation", "y ~ a + b", _nested, "quasi", {"a": 1, "b": -1}),
    Case("separated only through an interaction", "y ~ a * b", _interaction, "quasi", {"a:b": 1}),
    Case("grouped, no events in one row", "cbind(s, n - s) ~ C(x)", lambda: _grouped([0, 5, 7, 4], [20, 20, 20, 20]),
         "quasi", {"Intercept": -1, "C(x)[T.1]": 1, "C(x)[T.2]": 1, "C(x)[T.3]": 1}),
    Case("grouped, events only in one row", "s ~ C(x)", lambda: _grouped([3, 5, 7, 20], [20, 20, 20, 20]), "quasi",
         {"C(x)[T.3]": 1}, options={"trials": "n"}),
    Case("grouped, complete", "s ~ x", lambda: _grouped([0, 0, 9, 30], [5, 7, 9, 30]), "complete",
         {"Intercept": -1, "x": 1}, options={"trials": "n"}),
    Case("quasi with weights of 1e9", "y ~ x", lambda: _boundary() | {"w": np.full(8, 1e9)}, "quasi",
         {"Intercept": -1, "x": 1}, options={"weights": "w"}),
    Case("quasi with an aliased column", "y ~ x + C(g) + w", lambda: _rare_level() | {"w": 2 * _rare_level()["x"]},
         "quasi", {"C(g)[T.rare]": 1}, ("w",)),
    Case("quasi in a scale of 1e-9", "y ~ x", lambda: _boundary() | {"x": 1e-9 * np.array(_boundary()["x"])}, "quasi",
         {"Intercept": -1, "x": 1}),
    # refused
    Case("one class only", "y ~ x", lambda: _plain(1) | {"y": np.ones(80, dtype=int)}, "refused", error=ResponseError),
    Case("n = 1", "y ~ x", lambda: {"x": [1.0], "y": [1]}, "refused", error=ResponseError),
    Case("all weight on one row", "y ~ x", lambda: _with(1, w=lambda d, r: np.eye(80)[3]), "refused",
         error=ResponseError, options={"weights": "w"}),
    Case("no weight at all", "y ~ x", lambda: _with(1, w=lambda d, r: np.zeros(80)), "refused", error=WeightsError,
         options={"weights": "w"}),
    Case("a negative weight", "y ~ x", lambda: _with(1, w=lambda d, r: np.arange(80.0) - 1), "refused",
         error=WeightsError, options={"weights": "w"}),
    Case("more successes than trials", "s ~ x", lambda: _grouped([1, 9, 4], [5, 5, 5]), "refused",
         error=ResponseError, options={"trials": "n"}),
    Case("outcomes 1 and 2", "y ~ x", lambda: _with(1, y=lambda d, r: d["y"] + 1), "refused", error=ResponseError),
    Case("two iterations only", "y ~ x + z", lambda: _plain(10), "refused", error=NotConvergedError,
         options={"max_iterations": 2}),
    # aliased
    Case("intercept twice", "y ~ one + x", lambda: _with(11, one=lambda d, r: np.ones(80)), aliased=("one",)),
    Case("a constant 0.1 beside the intercept", "y ~ x + c", lambda: _with(11, c=lambda d, r: np.full(80, 0.1)),
         aliased=("c",)),
    Case("aliased dummies", "y ~ x + d0 + d1 + d2", _dummies, aliased=("d2",)),
    Case("duplicated columns", "y ~ x + w + z", lambda: _with(12, w=lambda d, r: d["x"]), aliased=("w",)),
    Case("a multiple in other units", "y ~ x + w", lambda: _with(12, w=lambda d, r: 1e7 * d["x"] / 3), aliased=("w",)),
    Case("constant zero column", "y ~ x + c", lambda: _with(13, c=lambda d, r: np.zeros(80)), aliased=("c",)),
    Case("an empty cell of two factors", "y ~ C(f) * C(g)",
         lambda: {"f": [0, 0, 0, 0, 1, 1, 1, 0, 0], "g": [0, 0, 1, 1, 0, 0, 0, 0, 1], "y": [0, 1, 0, 1, 0, 1, 1, 0, 1]},
         aliased=("C(f)[T.1]:C(g)[T.1]",)),
    # ill-conditioned and badly scaled
    Case("condition 1e8", "y ~ x + z + w", lambda: _hilbert(1e8)),
    Case("condition 1e12", "y ~ x + z + w", lambda: _hilbert(1e12)),
    Case("x of 1e9", "y ~ x + z", lambda: _with(14, x=lambda d, r: 1e9 * d["x"])),
    Case("x of 1e-9", "y ~ x + z", lambda: _with(14, x=lambda d, r: 1e-9 * d["x"])),
    Case("x = 1e6 + noise", "y ~ x + z", lambda: _with(15, x=lambda d, r: 1e6 + d["x"])),
    Case("x = 1e9 + noise", "y ~ x + z", lambda: _with(15, x=lambda d, r: 1e9 + d["x"])),
    Case("cubic on [100, 101]", CUBIC, lambda: _polynomial(100, 101)),
    Case("cubic on [1000, 1001]", CUBIC, lambda: _polynomial(1000, 1001)),
    Case("cubic of years", CUBIC, lambda: _polynomial(1950, 2020)),
    Case("scales from 1e-12 to 1e12", "y ~ x0 + x1 + x2 + x3 + x4", _mixed_scales),
    Case("x of 1e-100", "y ~ x + z", lambda: _with(16, x=lambda d, r: 1e-100 * d["x"])),
    Case("x of 1e100", "y ~ x + z", lambda: _with(16, x=lambda d, r: 1e100 * d["x"])),
    Case("subnormal x", "y ~ x", lambda: _with(16, x=lambda d, r: 5e-324 * r.integers(0, 9, 80)), "refused",
         error=DataError),
    Case("x of 1e300", "y ~ x", lambda: _with(16, x=lambda d, r: 1e300 * d["x"]), "refused", error=DataError),
    Case("leverage of 1e12, as predicted", "y ~ x + z", lambda: _huge_leverage(1)),
    Case("leverage of 1e12, against the rest", "y ~ x + z", lambda: _huge_leverage(0)),
    Case("leverage of 1e9, as predicted", "y ~ x + z", lambda: _huge_leverage(1, 1e9)),
    Case("leverage of 1e14, as predicted", "y ~ x + z", lambda: _huge_leverage(1, 1e14)),
    # counts and weights
    Case("n = 3", "y ~ x", lambda: {"x": [0.0, 1.0, 2.0], "y": [0, 1, 0]}),
    Case("n = 2, intercept only", "y ~ 1", lambda: {"y": [0, 1]}),
    Case("zero weights", "y ~ x + z", lambda: _with(17, w=lambda d, r: r.integers(0, 2, 80)), options={"weights": "w"}),
    Case("nearly all weight on one row", "y ~ x + z", lambda: _with(17, w=lambda d, r: 1 + 1e12 * np.eye(80)[3]),
         options={"weights": "w"}),
    Case("fractional weights", "y ~ x + z", lambda: _with(18, w=lambda d, r: r.uniform(1e-3, 1, 80)),
         options={"weights": "w"}),
    Case("case weights of 500", "y ~ x", lambda: _weighted(500), options={"weights": "w"}),
    Case("case weights of 1e9", "y ~ x", lambda: _weighted(1e9), options={"weights": "w"}),
    Case("weights of 1e-9", "y ~ x", lambda: _weighted(1e-9), options={"weights": "w"}),
    Case("weights from 1e-9 to 1e9", "y ~ x + z", lambda: _with(18, w=lambda d, r: 10.0 ** r.uniform(-9, 9, 80)),
         options={"weights": "w"}),
    Case("grouped counts of 1e9", "s ~ x", lambda: _grouped([1e8, 3e8, 4.5e8, 7e8], [1e9] * 4),
         options={"trials": "n"}),
    Case("grouped, nearly separated", "s ~ x", lambda: _grouped([1, 0, 1e6, 1e6 - 1], [1e6] * 4),
         options={"trials": "n"}),
    Case("5 events in a million rows", "y ~ x", _rare_events),
    # starts and offsets
    Case("a start from which plain Newton diverges", "y ~ x + z", lambda: _plain(19),
         options={"start": [3.0, -6.0, 5.0]}),
    Case("a start of 1e4", "y ~ x + z", lambda: _plain(19), options={"start": [1e4, -1e4, 1e4]}),
    Case("an offset of 800", "y ~ x + z", lambda: _with(20, o=lambda d, r: np.full(80, 800.0)),
         options={"offset": "o"}),
    Case("an offset of 1e6", "y ~ x + z", lambda: _with(20, o=lambda d, r: np.full(80, 1e6)), options={"offset": "o"}),
    Case("offsets of +-50 that agree", "y ~ x + z",
         lambda: _with(20, o=lambda d, r: np.where(np.arange(80) < 20, 50.0 * (2 * d["y"] - 1), 0.0)),
         options={"offset": "o"}),
    Case("one offset of 1e3 against its outcome", "y ~ x + z",
         lambda: _with(20, o=lambda d, r: np.where(np.arange(80) == 0, 1e3 * (1 - 2 * d["y"]), 0.0)),
         options={"offset": "o"}),
    Case("offsets from -30 to 30", "y ~ x", lambda: _with(21, o=lambda d, r: r.uniform(-30, 30, 80)),
         options={"offset": "o"}),
)  # fmt: skip


def truth_of(x: Any, y: Any, weight: Any, offset: Any, digits: int = 80) -> tuple[Any, Any]:
    """The maximum in multiple precision, (beta, standard errors), by Newton steps that the likelihood accepts.

    Rows alike are pooled first. x (n, p) of full rank; the maximum must exist.
    """
    import mpmath as mp

    with mp.workdps(digits):
        scale = np.exp2(np.frexp(np.abs(x).max(axis=0))[1])  # powers of two round nothing
        rows, group = np.unique(np.column_stack([x / scale, offset]), axis=0, return_inverse=True)
        matrix = [[mp.mpf(float(v)) for v in row[:-1]] for row in rows]
        shifts = [mp.mpf(float(row[-1])) for row in rows]
        events, totals = [], []
        for members in _members(group):
            w = [mp.mpf(float(v)) for v in weight[members]]
            events.append(mp.fdot(w, [mp.mpf(float(v)) for v in y[members]]))
            totals.append(mp.fsum(w))
        beta, se = _newton(mp, matrix, shifts, events, totals, digits)
        return [b / float(s) for b, s in zip(beta, scale, strict=True)], [
            e / float(s) for e, s in zip(se, scale, strict=True)
        ]


def _members(group: Any) -> list[Any]:
    """Positions of each group."""
    flat = np.asarray(group).ravel()
    order = np.argsort(flat, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(flat[order])) + 1)


def _newton(mp: Any, x: Any, shifts: Any, events: Any, totals: Any, digits: int) -> tuple[Any, Any]:
    p = len(x[0])
    mean = mp.fsum(t * o for t, o in zip(totals, shifts, strict=True)) / mp.fsum(totals)
    beta = mp.matrix(p, 1)
    if len({row[0] for row in x}) == 1:
        beta[0] = -mean / x[0][0]

    def linear(beta: Any) -> Any:
        return [o + mp.fdot(row, beta) for row, o in zip(x, shifts, strict=True)]

    def loglik(eta: Any) -> Any:
        return mp.fsum(
            s * e - t * (mp.log1p(mp.exp(-abs(e))) + max(e, 0)) for e, s, t in zip(eta, events, totals, strict=True)
        )

    eta = linear(beta)
    height = loglik(eta)
    for _ in range(400):
        mu = [1 / (1 + mp.exp(-e)) for e in eta]
        tail = [1 / (1 + mp.exp(e)) for e in eta]
        residual = [s - t * m for s, t, m in zip(events, totals, mu, strict=True)]
        curvature = [t * m * c for t, m, c in zip(totals, mu, tail, strict=True)]
        score = mp.matrix([mp.fdot(residual, [row[j] for row in x]) for j in range(p)])
        information = mp.matrix(p, p)
        for j in range(p):
            weighted = [w * row[j] for w, row in zip(curvature, x, strict=True)]
            for k in range(j + 1):
                information[j, k] = information[k, j] = mp.fdot(weighted, [row[k] for row in x])
        step = mp.lu_solve(information, score)
        decrement = mp.sqrt(abs(mp.fdot(score, step)))
        size = mp.mpf(1)
        while True:
            trial = beta + size * step
            eta_trial = linear(trial)
            height_trial = loglik(eta_trial)
            if height_trial >= height or size < mp.mpf(2) ** -200:
                break
            size /= 2
        beta, eta, height = trial, eta_trial, height_trial
        if decrement < mp.mpf(10) ** (-digits // 3):
            inverse = information**-1
            return list(beta), [mp.sqrt(inverse[j, j]) for j in range(p)]
    raise ArithmeticError("no maximum found in multiple precision")
