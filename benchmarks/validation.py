"""Whether corrected performance is that on new rows: simulated data, bootstrap and cross-validation.

`python -m benchmarks.validation` takes 400 samples a design (minutes); `--quick`, and `make bench`, take 40. Truth: the
measure of each fitted model on 20,000 new rows of its design. Samples whose validation is refused are counted and left
out. Exit 1 when a mean corrected C, Brier score or log loss is farther from the truth than a third of the optimism and
three Monte Carlo errors.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

import statlogit as sl
from statlogit.diagnostics.performance import BINARY, line, predicted_events

FULL, QUICK, SEED, NEW = 400, 40, 5, 20_000
REPLICATIONS, MUST, SHARE = 100, ("C", "Brier score", "Log loss"), 1 / 3


@dataclass(frozen=True, slots=True)
class Cell:
    """n rows of p independent normal columns, the first four of effect slope."""

    name: str
    n: int
    p: int
    slope: float
    penalty: sl.Ridge | None = None

    def draw(self, rng: np.random.Generator, n: int) -> pd.DataFrame:
        x = rng.normal(size=(n, self.p))
        data = pd.DataFrame(x, columns=[f"x{j}" for j in range(self.p)])
        return data.assign(y=(rng.uniform(size=n) < expit(self.slope * x[:, :4].sum(axis=1) - 0.5)).astype(int))

    @property
    def formula(self) -> str:
        return "y ~ " + " + ".join(f"x{j}" for j in range(self.p))


CELLS = (
    Cell("n 200, 8 columns", 200, 8, 0.5),
    Cell("n 200, 8 columns, strong", 200, 8, 1.0),
    Cell("n 1,000, 20 columns", 1_000, 20, 0.4),
    Cell("n 200, 16 columns, ridge 10", 200, 16, 0.5, sl.Ridge(10.0)),
)


def on_new_rows(result: sl.LogitResult, new: pd.DataFrame) -> np.ndarray:
    """The measures of a fitted model on new rows."""
    y, weight = new["y"].to_numpy(dtype=float), np.ones(len(new))
    eta = result.predict(new, kind="link").to_numpy()
    tally, share = predicted_events(eta, y).tally(weight), y.mean()
    null = len(y) * (share * np.log(share) + (1 - share) * np.log1p(-share))
    c, loss = tally.concordant / tally.pairs, tally.loss / len(y)
    return np.array([c, 2 * c - 1, tally.r2(null), tally.squared / len(y), loss, *line(eta, y, weight)])


@dataclass(frozen=True, slots=True)
class Found:
    """One row a sample: apparent, truth, corrected by bootstrap and by cross-validation, whether the limits hold."""

    apparent: np.ndarray
    truth: np.ndarray
    bootstrap: np.ndarray
    cross: np.ndarray
    covered: np.ndarray
    n_refused: int


def simulate(cell: Cell, samples: int) -> Found:
    rows, n_refused = [], 0
    for k in range(samples):
        rng = np.random.default_rng([SEED, k])
        data, new = cell.draw(rng, cell.n), cell.draw(rng, NEW)
        try:
            result = sl.logit(cell.formula, data, penalty=cell.penalty)
            boot = result.validate(replications=REPLICATIONS)
            cross = result.validate("cv", repeats=2)
        except sl.FitError:
            n_refused += 1
            continue
        truth, (low, high) = on_new_rows(result, new), boot.limits
        rows.append((boot.apparent, truth, boot.corrected, cross.corrected, (low <= truth) & (truth <= high)))
    return Found(*(np.array(v, dtype=float) for v in zip(*rows, strict=True)), n_refused)


def main(samples: int = QUICK) -> int:
    """Print one Markdown table; 1 where a corrected measure that must be right is off."""
    print(f"{samples} samples a design, {REPLICATIONS} replications, 95% limits\n")
    print("| Design | Measure | New rows | Apparent | Bootstrap | Cross-validation | MC error | Limits hold |")
    print("|---|---|---|---|---|---|---|---|")
    missed = False
    for cell in CELLS:
        found = simulate(cell, samples)
        n = len(found.truth)
        for j, name in enumerate(BINARY):
            values = (found.truth, found.apparent, found.bootstrap, found.cross)
            truth, apparent, boot, cross = (float(v[:, j].mean()) for v in values)
            error = float((found.bootstrap - found.truth)[:, j].std(ddof=1)) / n**0.5
            off = max(abs(boot - truth), abs(cross - truth)) > SHARE * abs(apparent - truth) + 3.0 * error
            missed |= off and name in MUST
            mark = " (missed)" if off and name in MUST else ""
            numbers = " | ".join(f"{v:.3f}" for v in (truth, apparent, boot, cross))
            covered = found.covered[:, j].mean()
            print(f"| {cell.name} | {name} | {numbers} | {error:.3f} | {covered:.3f}{mark} |", flush=True)
        if found.n_refused:
            print(f"| {cell.name} | refused | {found.n_refused} of {samples} ||||||")
    return int(missed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} samples a design instead of {FULL}")
    sys.exit(main(QUICK if parser.parse_args().quick else FULL))
