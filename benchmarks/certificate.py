"""The certificate against extended precision on random small problems; exit 1 when its claim is ever exceeded.

Truth: Newton steps from the estimate in mpmath at 50 digits, until one is below 1e-20 standard errors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.fit.estimate import Estimate, Settings, estimate

PROBLEMS = 10_000
ILL_CONDITIONED = 1_000
SETTLED = mp.mpf(10) ** -20
DIGITS = 50


def problem(rng: np.random.Generator) -> Block:
    """n from 4 to 24, p from 1 to 4; plain, integer, shifted, scaled, nearly collinear or heavy-tailed columns."""
    n, p = int(rng.integers(4, 25)), int(rng.integers(1, 5))
    x = np.ones((n, p))
    for j in range(1, p):
        x[:, j] = _column(rng, n, x[:, j - 1] if j > 1 else None)
    weight = np.ones(n)
    y = rng.integers(0, 2, n).astype(float)
    kind = rng.integers(0, 4)
    if kind == 0:
        weight = 10.0 ** rng.uniform(-3, 3, n)
    if kind == 1:
        weight = np.floor(10.0 ** rng.uniform(0, 6, n)) + 1
        y = np.floor(rng.uniform(size=n) * (weight + 1)) / weight
    offset = rng.normal(size=(n, 1)) * (5.0 if rng.integers(0, 4) == 0 else 0.0)
    return Block(Dense(x), y[:, None], weight, offset)


def _column(rng: np.random.Generator, n: int, other: Any) -> Any:
    kind = rng.integers(0, 6 if other is None else 7)
    if kind == 0:
        return rng.normal(size=n)
    if kind == 1:
        return rng.integers(-2, 3, n).astype(float)
    if kind == 2:
        return rng.normal(size=n) + 10.0 ** rng.uniform(0, 6)
    if kind == 3:
        return rng.normal(size=n) * 10.0 ** rng.uniform(-9, 9)
    if kind == 4:
        return rng.standard_cauchy(n) * 10.0 ** rng.uniform(0, 3)
    if kind == 5:
        return (rng.uniform(size=n) < 0.4).astype(float)
    return other + rng.normal(size=n) * 10.0 ** rng.uniform(-6, 0) * (np.abs(other).max() or 1.0)


def ill_conditioned(rng: np.random.Generator, condition: float) -> Block:
    """Four columns, the last but one part in `condition` a sum of the others, far from zero; 60 rows."""
    x, z = rng.normal(size=(2, 60))
    near = x + z + rng.normal(size=60) / condition
    y = rng.uniform(size=60) < 1 / (1 + np.exp(-0.3 - 0.8 * x + 0.5 * z))
    shift = rng.choice([0.0, 1.0, 10.0])
    columns = np.column_stack([np.ones(60), x + shift, z, near])
    return Block(Dense(columns), y[:, None].astype(float), np.ones(60), np.zeros((60, 1)))


def certified(block: Block) -> Estimate | None:
    """The estimate, or None where nothing is claimed: separated, aliased, or no finite bound."""
    with np.errstate(all="ignore"):
        found = estimate(InMemory(block), Bernoulli(), intercept=0, settings=Settings())
    usable = found.certificate.exists and np.isfinite(found.certificate.distance) and not found.coordinates.aliased
    return found if usable else None


def true_error(block: Block, found: Estimate) -> float:
    """The largest error of a coefficient in exact standard errors."""
    with mp.workdps(DIGITS):
        x = [[mp.mpf(float(v)) for v in row] for row in block.x.to_array()]
        w = [mp.mpf(float(v)) for v in block.weight]
        y = [mp.mpf(float(v)) for v in block.y[:, 0]]
        o = [mp.mpf(float(v)) for v in block.offset[:, 0]]
        first = [mp.mpf(float(b)) for b in found.beta[:, 0]]
        beta, p = list(first), len(first)
        columns = [[row[j] for row in x] for j in range(p)]
        for _ in range(12):
            eta = [oi + mp.fdot(row, beta) for row, oi in zip(x, o, strict=True)]
            mu = [1 / (1 + mp.exp(-e)) for e in eta]
            residual = [wi * (yi - m) for wi, yi, m in zip(w, y, mu, strict=True)]
            curvature = [wi * m * (1 - m) for wi, m in zip(w, mu, strict=True)]
            weighted = [[c * v for c, v in zip(curvature, column, strict=True)] for column in columns]
            scale = [mp.sqrt(mp.fdot(a, b)) for a, b in zip(weighted, columns, strict=True)]
            information = mp.matrix(p, p)
            for j in range(p):
                for k in range(p):
                    information[j, k] = mp.fdot(weighted[j], columns[k]) / scale[j] / scale[k]
            inverse = information**-1
            score = [mp.fdot(residual, column) / s for column, s in zip(columns, scale, strict=True)]
            step = [mp.fdot(inverse[j, :], score) for j in range(p)]
            se = [mp.sqrt(inverse[j, j]) for j in range(p)]
            beta = [b + d / s for b, d, s in zip(beta, step, scale, strict=True)]
            if max(abs(d) / e for d, e in zip(step, se, strict=True)) < SETTLED:
                return float(max(abs(a - b) * s / e for a, b, s, e in zip(first, beta, scale, se, strict=True)))
    return float("inf")


def measure(
    n_problems: int, seed: int = 20, draw: Callable[[np.random.Generator], Block] = problem
) -> tuple[np.ndarray, np.ndarray, int]:
    """True errors and claimed bounds of this many certified problems, and how many drawn ones claimed nothing."""
    rng, errors, claims, silent = np.random.default_rng(seed), [], [], 0
    while len(errors) < n_problems:
        block = draw(rng)
        found = certified(block)
        if found is None:
            silent += 1
            continue
        errors.append(true_error(block, found))
        claims.append(found.certificate.distance)
    return np.array(errors), np.array(claims), silent


def wild(rng: np.random.Generator) -> Block:
    """Ill-conditioned, 1e6 to 3e12; farther on a column is aliased."""
    return ill_conditioned(rng, 10.0 ** rng.uniform(6, 12.5))


def main() -> int:
    """Print the worst ratio and the quantiles, for both kinds of problems."""
    return int(any([_report("random", PROBLEMS, problem), _report("ill-conditioned", ILL_CONDITIONED, wild)]))


def _report(kind: str, n_problems: int, draw: Callable[[np.random.Generator], Block]) -> bool:
    errors, claims, silent = measure(n_problems, draw=draw)
    ratio = errors / claims
    print(f"{n_problems:,} certified {kind} problems ({silent:,} more separated, aliased, or nothing claimed)")
    print(f"error / claim: worst {ratio.max():.3g}, exceeded {int((ratio > 1).sum())} times")
    for name, values in (("error / claim", ratio), ("error (SE)", errors), ("claim (SE)", claims)):
        shown = "  ".join(f"{q:g}%: {v:.1e}" for q, v in zip(LEVELS, np.percentile(values, LEVELS), strict=True))
        print(f"{name:14} {shown}")
    return bool((ratio > 1).any())


LEVELS = (5, 50, 95, 99, 99.9, 100)

if __name__ == "__main__":
    sys.exit(main())
