"""How often each finding is given on well-specified simulated models; exit 1 where the catalogue states another rate.

A model: 100 to 2,000 rows; 1 to 6 columns, normal, skewed, far from zero, 0/1, or a factor of 3 to 5 levels; slopes of
half a unit of log-odds per spread; at least a tenth of either outcome expected. Codes of
severity "ok" are not counted. Dispersion is judged on as many models of grouped outcomes: 20 to 300 groups of 5 to 50
trials, 1 to 4 normal columns.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter

import numpy as np
import pandas as pd

import statlogit as sl
from statlogit.diagnostics.findings.catalogue import CATALOGUE

MODELS = 1_000


def model(rng: np.random.Generator) -> tuple[str, pd.DataFrame]:
    """Formula and data."""
    n = int(10.0 ** rng.uniform(2.0, 3.3))
    data, eta, terms = {}, np.zeros(n), []
    for k in range(int(rng.integers(1, 7))):
        kind, slope = int(rng.integers(0, 5)), 0.5 * rng.normal()
        name = f"x{k}"
        if kind == 4:
            codes = rng.integers(0, rng.integers(3, 6), n)
            data[name], terms = np.array(list("abcde"), dtype=object)[codes], [*terms, f"C({name})"]
            eta += slope * (codes - codes.mean())
            continue
        draw = (rng.normal(size=n), rng.lognormal(sigma=0.7, size=n), rng.normal(size=n) + 20.0, rng.integers(0, 2, n))
        data[name], terms = draw[kind], [*terms, name]
        eta += slope * (draw[kind] - draw[kind].mean()) / draw[kind].std()
    level = rng.uniform(-1.5, 1.5)
    data["y"] = (rng.uniform(size=n) < 1.0 / (1.0 + np.exp(-level - eta))).astype(int)
    return "y ~ " + " + ".join(terms), pd.DataFrame(data)


def grouped_model(rng: np.random.Generator) -> tuple[str, pd.DataFrame]:
    """Formula and data of grouped outcomes that vary as binomial ones do."""
    n, p = int(10.0 ** rng.uniform(1.3, 2.48)), int(rng.integers(1, 5))
    data = pd.DataFrame({f"x{k}": rng.normal(size=n) for k in range(p)})
    eta = rng.uniform(-1.5, 1.5) + data.to_numpy() @ (0.5 * rng.normal(size=p))
    data["trials"] = rng.integers(5, 51, n)
    data["y"] = rng.binomial(data["trials"], 1.0 / (1.0 + np.exp(-eta)))
    return "y ~ " + " + ".join(f"x{k}" for k in range(p)), data


def measure_grouped(n_models: int, seed: int = 12) -> int:
    """How many of this many models of grouped outcomes were called overdispersed."""
    rng, found = np.random.default_rng(seed), 0
    for _ in range(n_models):
        formula, data = grouped_model(rng)
        result = sl.logit(formula, data, trials="trials", on_failure="warn")
        found += any(f.code == "overdispersed" for f in result.findings)
    return found


def measure(n_models: int, seed: int = 11) -> tuple[Counter[str], int]:
    """How many of this many models had each finding."""
    rng, alarms = np.random.default_rng(seed), Counter[str]()
    for _ in range(n_models):
        formula, data = model(rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = sl.logit(formula, data, on_failure="warn")
        alarms.update(f.code for f in result.findings if f.severity != "ok")
    return alarms, n_models


def main() -> int:
    """Print the rates beside those stated."""
    alarms, n_models = measure(MODELS)
    alarms["overdispersed"] = measure_grouped(MODELS)
    wrong = 0
    for entry in CATALOGUE:
        if entry.severity != "ok" and entry.alarms is not None:
            wrong += alarms[entry.code] != entry.alarms
            print(f"{entry.code:24} {alarms[entry.code]:5} of {n_models:,}, stated {entry.alarms}")
    print(f"{wrong} code(s) with another rate than stated")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
