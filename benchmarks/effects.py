"""Average marginal effects of a million rows: CPU time beside the fit's, peak memory above the data and the fit.

    python -m benchmarks.effects

Two problems: 20 numeric columns, and 10 numeric columns (one a spline, one in an interaction) with factors of 5 and 20
levels. Each runs in a process of its own, so that its largest resident set is its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

import statlogit as sl

ROWS = 1_000_000
MOST_TIMES, MOST_MIB = 3.0, 200.0


def numeric() -> tuple[str, pd.DataFrame]:
    """20 numeric columns."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({f"x{j}": rng.normal(size=ROWS) for j in range(20)})
    eta = data.to_numpy() @ np.linspace(-0.4, 0.4, 20)
    data["y"] = (rng.uniform(size=ROWS) < 1 / (1 + np.exp(-eta))).astype(float)
    return "y ~ " + " + ".join(f"x{j}" for j in range(20)), data


def mixed() -> tuple[str, pd.DataFrame]:
    """10 numeric columns, a spline and an interaction among them, and two factors."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame({f"x{j}": rng.normal(size=ROWS) for j in range(10)})
    data["g"] = pd.Categorical.from_codes(rng.integers(0, 5, ROWS), list("abcde"))
    data["h"] = pd.Categorical.from_codes(rng.integers(0, 20, ROWS), [f"h{k:02}" for k in range(20)])
    eta = np.sin(data["x0"]) + 0.3 * data["x1"] - 0.2 * data["g"].cat.codes
    data["y"] = (rng.uniform(size=ROWS) < 1 / (1 + np.exp(-eta))).astype(float)
    return "y ~ bs(x0, df=4) + x1*g + h + " + " + ".join(f"x{j}" for j in range(2, 10)), data


PROBLEMS = {"numeric": numeric, "mixed": mixed}


def measure(name: str) -> int:
    """One problem in this process; 1 when it misses what is asked for."""
    formula, data = PROBLEMS[name]()
    start = time.process_time()
    result = sl.logit(formula, data)
    fitted = time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = result.effects()
    took, fit = time.process_time() - fitted, fitted - start
    above = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    passed = took < MOST_TIMES * fit and above < MOST_MIB
    print(
        f"{name:8s} {len(found.rows):3d} effects  fit {fit:6.2f} s  effects {took:6.2f} s  ratio {took / fit:4.2f}  "
        f"peak of the fit {before:6.0f} MiB  above it {above:5.0f} MiB  {'ok' if passed else 'MISSED'}"
    )
    return 0 if passed else 1


def main() -> int:
    """All problems; prints CPU seconds and MiB."""
    missed = [
        subprocess.run([sys.executable, "-m", "benchmarks.effects", name], check=False).returncode for name in PROBLEMS
    ]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(measure(sys.argv[1]) if len(sys.argv) > 1 else main())
