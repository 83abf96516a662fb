"""How often 95% intervals hold the truth: simulated data, five designs, every kind of interval.

`python -m benchmarks.coverage` takes 2,000 replications a design (minutes); `--quick`, and `make bench`, take 200.
Truth: the coefficient that the data are drawn from where the model is right, else the coefficient that a sample of
a million rows converges to. Samples without a finite maximum are counted and left out. Exit 1 when an interval that
should hold the truth falls short of its level by more than 0.02 and four Monte Carlo errors.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri, stdtrit

import statlogit as sl
from statlogit.inference.profile import profile

LEVEL, FULL, QUICK, SEED = 0.95, 2_000, 200, 11
Z = float(ndtri(0.5 + LEVEL / 2))
MANY = 1_000_000
SLOPE, SHORTFALL = 0.8, 0.02


@dataclass(frozen=True, slots=True)
class Cell:
    """A design: how one sample is drawn, the model, the intervals asked of it, those that must reach the level."""

    name: str
    draw: Callable[[np.random.Generator, int], pd.DataFrame]
    size: int  # rows, or clusters
    formula: str
    intervals: tuple[str, ...]
    must: tuple[str, ...] = ()
    is_right: bool = True


def logistic(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """The model holds: a normal x and a rare binary z."""
    data = pd.DataFrame({"x": rng.normal(size=n), "z": (rng.uniform(size=n) < 0.3).astype(float)})
    return data.assign(y=(rng.uniform(size=n) < expit(-0.5 + SLOPE * data["x"] + 0.5 * data["z"])).astype(int))


def mixed(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Overdispersed counts out of 8 trials: the log-odds of a row vary, the more the larger |x|."""
    x = rng.normal(size=n)
    eta = -0.5 + SLOPE * x + (0.4 + 0.6 * np.abs(x)) * rng.normal(size=n)
    return pd.DataFrame({"x": x, "m": 8, "y": rng.binomial(8, expit(eta))})


def clustered(rng: np.random.Generator, groups: int) -> pd.DataFrame:
    """Clusters of 5 to 25 rows with an own level of the log-odds; x is a property of the cluster."""
    code = np.repeat(np.arange(groups), rng.integers(5, 26, groups))
    x, level = rng.normal(size=groups)[code], 0.8 * rng.normal(size=groups)[code]
    return pd.DataFrame({"x": x, "id": code, "y": (rng.uniform(size=len(code)) < expit(SLOPE * x + level)).astype(int)})


RIGHT = ("Wald", "profile", "HC0", "HC3", "effect", "effect HC3")
CLUSTERS = ("Wald", "HC3", "CR0", "CR1", "CR2", "CR3", "CR1 t", "CR3 t")
CELLS = (
    Cell("right model, n = 50", logistic, 50, "y ~ x + z", RIGHT, ("Wald", "profile")),
    Cell("right model, n = 200", logistic, 200, "y ~ x + z", RIGHT, RIGHT),
    Cell("overdispersed counts, n = 60", mixed, 60, "y ~ x", ("Wald", "quasi", "HC0", "HC3"), ("HC3",), False),
    Cell("15 clusters", clustered, 15, "y ~ x", CLUSTERS, ("CR3 t",), False),
    Cell("60 clusters", clustered, 60, "y ~ x", CLUSTERS, ("CR2", "CR3", "CR1 t"), False),
)


def fitted(cell: Cell, data: pd.DataFrame) -> sl.LogitResult:
    """The model of a cell on one sample."""
    trials, cluster = ("m" if "m" in data else None), ("id" if "id" in data else None)
    return sl.logit(cell.formula, data, trials=trials, cluster=cluster)


def truth(cell: Cell) -> float:
    """The coefficient of x that the estimate converges to."""
    if cell.is_right:
        return SLOPE
    size = MANY // 15 if cell.draw is clustered else MANY
    return float(fitted(cell, cell.draw(np.random.default_rng(SEED), size)).params["x"])


def holds(cell: Cell, r: sl.LogitResult, data: pd.DataFrame, target: float, kind: str) -> bool:
    """Whether one interval of one sample holds the truth."""
    name, _, extra = kind.partition(" ")
    if name == "profile":
        low, high = profile(r.fit, [r.names.index("x")], LEVEL)
        return bool(low[0] <= target <= high[0])
    if name == "effect":  # the average effect of x over the rows of this sample
        mu = expit(-0.5 + SLOPE * data["x"] + 0.5 * data["z"])
        row = (r.with_covariance("HC3") if extra else r).effects("x", level=LEVEL).to_frame().iloc[0]
        return bool(row["conf_low"] <= SLOPE * float((mu * (1 - mu)).mean()) <= row["conf_high"])
    error = float((r if name == "Wald" else r.with_covariance(name)).bse["x"])
    quantile = float(stdtrit(cell.size - 1, 0.5 + LEVEL / 2)) if extra == "t" else Z
    return abs(float(r.params["x"]) - target) <= quantile * error


def coverage(cell: Cell, replications: int) -> tuple[dict[str, float], int]:
    """Share of samples whose interval holds the truth, by kind, and how many samples had no finite maximum."""
    target, failed = truth(cell), 0
    counts = dict.fromkeys(cell.intervals, 0)
    for k in range(replications):
        data = cell.draw(np.random.default_rng([SEED, k]), cell.size)
        try:
            r = fitted(cell, data)
        except sl.FitError:
            failed += 1
            continue
        for kind in cell.intervals:
            counts[kind] += holds(cell, r, data, target, kind)
    return {kind: count / (replications - failed) for kind, count in counts.items()}, failed


def main(replications: int = QUICK) -> int:
    """Print one Markdown table; 1 where an interval that must reach its level does not."""
    error = math.sqrt(LEVEL * (1 - LEVEL) / replications)
    print(f"{replications:,} samples a design, nominal {LEVEL:.0%}, Monte Carlo error {error:.3f}\n")
    print("| Design | Interval | Coverage | Nominal | Left out |\n|---|---|---|---|---|")
    missed = False
    for cell in CELLS:
        found, failed = coverage(cell, replications)
        for kind, share in found.items():
            short = kind in cell.must and share < LEVEL - SHORTFALL - 4 * error
            missed |= short
            mark = " (missed)" if short else ""
            print(f"| {cell.name} | {kind} | {share:.3f}{mark} | {LEVEL} | {failed} |", flush=True)
    return int(missed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} samples a design instead of {FULL:,}")
    sys.exit(main(QUICK if parser.parse_args().quick else FULL))
