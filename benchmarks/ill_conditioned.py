"""Twenty ill-conditioned designs against 80-digit truth, beside R; exit 1 where R has more digits, or ten are missed.

R's answers are stored with the script that made them: tests/reference/ill_conditioned/ (`python -m
benchmarks.ill_conditioned export FOLDER` writes its input, as hexadecimal numbers).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import Bernoulli
from statlogit.fit.estimate import Settings, estimate
from tests.fit.pathological import truth_of

STORED = Path(__file__).parents[1] / "tests" / "reference" / "ill_conditioned" / "r_glm.json"
N = 100
MOST_DIGITS = 13.0  # more are not counted
LUCK = 11.5  # digits beyond these hang on the order of a sum
NEEDED = 10.0  # digits of every coefficient
Design = Callable[[np.random.Generator], Any]


def powers(low: float, high: float, degree: int) -> Design:
    """1, u, u^2, ... on an interval."""
    return lambda _: np.vander(np.linspace(low, high, N), degree + 1, increasing=True)


def near_sum(condition: float, shift: float = 0.0) -> Design:
    """1, x, z and x + z up to one part in `condition`, all shifted."""

    def made(rng: np.random.Generator) -> Any:
        x, z, e = rng.normal(size=(3, N))
        return np.column_stack([np.ones(N), x + shift, z + shift, x + z + e / condition + shift])

    return made


def shifted(*shifts: float) -> Design:
    """1 and normal columns far from zero."""
    return lambda rng: np.column_stack([np.ones(N), *(rng.normal(size=N) + s for s in shifts)])


def scaled(*scales: float) -> Design:
    """1 and columns of sizes far apart that share a part."""

    def made(rng: np.random.Generator) -> Any:
        common = rng.normal(size=N)
        return np.column_stack([np.ones(N), *(s * (common + 1e-3 * rng.normal(size=N)) for s in scales)])

    return made


def trend(start: float) -> Design:
    """1, a year, its square and a cycle of it."""

    def made(_: np.random.Generator) -> Any:
        year = start + np.arange(N)
        return np.column_stack([np.ones(N), year, year**2, np.sin(year / 7.0)])

    return made


def bumps(width: float) -> Design:
    """1 and five wide overlapping Gaussian bumps."""
    u = np.linspace(0.0, 1.0, N)
    return lambda _: np.column_stack(
        [np.ones(N), *(np.exp(-(((u - c) / width) ** 2)) for c in (0.1, 0.3, 0.5, 0.7, 0.9))]
    )


def hilbert(size: int) -> Design:
    """Normal rows in the basis of a Hilbert matrix."""
    k = np.arange(size)
    return lambda rng: np.column_stack([np.ones(N), rng.normal(size=(N, size)) @ (1.0 / (1.0 + k[:, None] + k))])


DESIGNS: dict[str, Design] = {
    "cubic on [100, 101]": powers(100, 101, 3),
    "cubic on [10, 11]": powers(10, 11, 3),
    "quadratic on [1000, 1001]": powers(1000, 1001, 2),
    "quartic on [20, 22]": powers(20, 22, 4),
    "quintic on [1, 2]": powers(1, 2, 5),
    "septic on [-1, 1]": powers(-1, 1, 7),
    "near sum, 1e4": near_sum(1e4),
    "near sum, 1e6": near_sum(1e6),
    "near sum, 1e8": near_sum(1e8),
    "near sum, 1e10": near_sum(1e10),
    "near sum, 1e6, shifted by 1e3": near_sum(1e6, 1e3),
    "shifted by 1e5": shifted(1e5, 1e5),
    "shifted by 1e7 and 1e3": shifted(1e7, 1e3),
    "shifted by 1e9": shifted(1e9),
    "scales 1e-8 to 1e8": scaled(1e-8, 1.0, 1e8),
    "scales 1e-3 to 1e3": scaled(1e-3, 1.0, 1e3),
    "years from 1900": trend(1900.0),
    "bumps of width 0.6": bumps(0.6),
    "hilbert 5": hilbert(5),
    "hilbert 7": hilbert(7),
}


def data(name: str) -> tuple[Any, Any]:
    """x (n, p) and y (n,) of one design: outcomes with slopes of moderate size in its principal directions."""
    place = list(DESIGNS).index(name)
    rng = np.random.default_rng(1000 + place)
    x = DESIGNS[name](rng)
    q, _ = np.linalg.qr(x - x.mean(axis=0))
    eta = np.sqrt(N) * q[:, 1] * 0.8
    return x, (rng.uniform(size=N) < 1.0 / (1.0 + np.exp(-eta))).astype(float)


def export(folder: Path) -> None:
    """Write every design for R."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DESIGNS:
        x, y = data(name)
        lines = [",".join(["y", *(f"x{j}" for j in range(x.shape[1]))])]
        lines += [",".join([float(v).hex() for v in (b, *row)]) for b, row in zip(y, x, strict=True)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def digits(values: Any, truth: Any) -> float:
    """The fewest correct digits; 0 where a value is missing."""
    if not np.isfinite(np.asarray(values, dtype=float)).all():
        return 0.0
    with mp.workdps(60):
        worst = max(abs(mp.mpf(float(v)) / t - 1) for v, t in zip(values, truth, strict=True))
        return float(min(MOST_DIGITS, -mp.log10(worst + mp.mpf(10) ** -20)))


def measure(name: str) -> tuple[float, float, float, float]:
    """Digits of coefficients and standard errors, ours and R's."""
    x, y = data(name)
    beta, se = truth_of(x, y, np.ones(N), np.zeros(N))
    block = Block(Dense(x), y[:, None], np.ones(N), np.zeros((N, 1)))
    found = estimate(InMemory(block), Bernoulli(), intercept=0, settings=Settings())
    stored = json.loads(STORED.read_text())[name]
    r = [[np.nan if v is None else float.fromhex(v) for v in stored[key]] for key in ("coefficients", "std_errors")]
    ours = np.sqrt(np.diag(found.covariance))
    return digits(found.beta[:, 0], beta), digits(ours, se), digits(r[0], beta), digits(r[1], se)


def worse(found: tuple[float, float, float, float]) -> bool:
    """R has more digits somewhere, or a coefficient has too few."""
    coefficients, std_errors, *r = found
    return coefficients < max(NEEDED, min(r[0], LUCK)) or std_errors < min(r[1], LUCK)


def main() -> int:
    """Print the table; digits of coefficients/standard errors."""
    missed = 0
    print(f"{'design':32}{'statlogit':>12}{'R glm':>12}")
    for name in DESIGNS:
        found = measure(name)
        missed += worse(found)
        print(f"{name:32}{f'{found[0]:.1f}/{found[1]:.1f}':>12}{f'{found[2]:.1f}/{found[3]:.1f}':>12}")
    print(f"{missed} design(s) with fewer digits than R, or fewer than {NEEDED:.0f} in a coefficient")
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["export"]:
        export(Path(sys.argv[2]))
    else:
        sys.exit(main())
