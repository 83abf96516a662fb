"""The design of 1,065 columns, side by side with tabmat and formulaic: CPU seconds, peak memory, X'WX.

python benchmarks/design.py [rows]; exits with 1 when a target is missed.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import formulaic
import numpy as np
import pandas as pd
import tabmat

from statlogit.design import ModelFrame, prepare

LEVELS, N_NUMERIC, REPEATS = (5, 50, 1000), 10, 3
MIB = 2**20


def example(n: int) -> pd.DataFrame:
    """Ten numerics, factors of 5, 50 and 1,000 levels, and a 0/1 response."""
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {"y": rng.integers(0, 2, n)}
    columns |= {f"x{k}": rng.normal(size=n) for k in range(N_NUMERIC)}
    for size in LEVELS:
        names = [f"level {k:04d}" for k in range(size)]
        columns[f"c{size}"] = pd.Categorical.from_codes(rng.integers(0, size, n), names)
    return pd.DataFrame(columns)


def seconds(work: Callable[[], Any]) -> float:
    """The least CPU seconds of a few runs."""
    found = []
    for _ in range(REPEATS):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return min(found)


def peak(work: Callable[[], Any]) -> float:
    """MiB that were allocated at the worst moment."""
    tracemalloc.start()
    work()
    found = tracemalloc.get_traced_memory()[1] / MIB
    tracemalloc.stop()
    return found


def main(n: int) -> int:
    data = example(n)
    right = " + ".join([f"x{k}" for k in range(N_NUMERIC)] + [f"c{size}" for size in LEVELS])

    def ours() -> ModelFrame:
        return prepare(f"y ~ {right}", data)

    def theirs() -> Any:
        return tabmat.from_formula(right, data, ensure_full_rank=True)

    def sparse() -> Any:
        return formulaic.model_matrix(right, data, output="sparse")

    frame, weight = ours(), np.random.default_rng(1).uniform(0.05, 0.25, n)
    matrix = theirs()
    wide = f"y ~ c{LEVELS[1]}:c{LEVELS[2]}"
    n_wide = len(prepare(wide, data).design.names)
    before = time.process_time()
    sparse()
    slow = time.process_time() - before
    design, other = seconds(ours), seconds(theirs)
    gram, sandwich = seconds(lambda: frame.x.gram(weight)), seconds(lambda: matrix.sandwich(weight))
    crossed, memory = seconds(lambda: prepare(wide, data)), peak(ours)
    rows = [
        ("design, CPU s", design, other, "tabmat.from_formula", design < 0.5 * other, "under a half"),
        ("design, CPU s", design, slow, "formulaic sparse", design < 0.1 * slow, "under a tenth"),
        ("design, peak MiB", memory, 200.0, "limit", memory < 200.0, "under"),
        ("X'WX, CPU s", gram, sandwich, "tabmat sandwich", gram <= sandwich, "no slower"),
        (f"{n_wide:,} columns, CPU s", crossed, 0.3, "limit", crossed < 0.3, "under"),
    ]
    print(f"{n:,} rows, {len(frame.design.names):,} columns")
    for what, mine, yours, name, met, target in rows:
        print(f"{what:24} {mine:9.3f}   {name:20} {yours:9.3f}   {target:14} {'met' if met else 'MISSED'}")
    return 0 if all(row[4] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
