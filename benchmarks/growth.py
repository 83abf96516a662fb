"""How the time of a fit grows with rows, columns, classes and levels: medians, fitted slopes and a plot.

CPU seconds at one thread of a whole fit with standard errors on an array in memory. The slope is that of the logarithm
of the seconds over the logarithm of the size, over the larger half of the sizes, where fixed costs no longer count. The
exit code is 1 where a slope is steeper than stated. Writes benchmarks/growth.md and growth.svg when every section ran.

    python -m benchmarks.growth                all sections
    python -m benchmarks.growth rows levels    some, printed only; MOST=1e6 python -m benchmarks.growth caps n
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from benchmarks.speed import processor, simulated
from statlogit.core.blocks import Block
from statlogit.core.columns import Codes, Dense, Mixed
from statlogit.core.families import family_of
from statlogit.core.types import Array, repeated
from statlogit.fit.estimate import Settings
from statlogit.fit.solve import solve, tiled

MOST = int(float(os.environ.get("MOST", "1e7")))  # rows
REPEATS = 3


@dataclass(frozen=True)
class Section:
    """One way to grow. most: the steepest slope allowed."""

    what: str
    sizes: Sequence[int]
    block: Callable[[int], Block]
    most: float
    inference: bool = True


def rows(n: int) -> Block:
    x, y = simulated(n, 10)
    return _block(Dense(x), y[:, None])


def columns(p: int) -> Block:
    x, y = simulated(max(20_000, 40 * p), p)
    return _block(Dense(x), y[:, None])


def classes(k: int) -> Block:
    n, p = 100_000, 10
    rng = np.random.default_rng(k)
    x, _ = simulated(n, p)
    mean = family_of(k - 1).mean(x @ rng.normal(size=(p, k - 1)) / np.sqrt(p)).mu
    outcome = (rng.random((n, 1)) > np.cumsum(mean, axis=1)).sum(axis=1)
    return _block(Dense(x), np.eye(k)[outcome][:, : k - 1])


def levels(k: int) -> Block:
    """A factor of k levels, with twenty rows a level at least, beside an intercept and two numbers."""
    n = max(200_000, 20 * k)
    rng = np.random.default_rng(k)
    x, _ = simulated(n, 3)
    codes = (rng.permutation(n) % k).astype(np.int32) - 1
    effect = np.append(rng.normal(scale=0.5, size=k - 1), 0.0)  # the last answers code -1
    y = (rng.random(n) < expit(0.3 * x[:, 1] + effect[codes] - 0.3)).astype(float)
    design = Mixed((Dense(x), Codes(codes, k - 1)), (np.arange(3), np.arange(3, k + 2)))
    return _block(design, y[:, None])


def _block(x: Dense | Mixed, y: Array) -> Block:
    n = len(y)
    return Block(x, y, repeated(1.0, n), repeated(0.0, *y.shape))


SECTIONS = {
    "rows": Section("rows, 10 columns", (10_000, 100_000, 1_000_000, 3_000_000, 10_000_000), rows, 1.15),
    "columns": Section("columns, 20,000 rows or 40 a column", (10, 50, 200, 500, 1000, 2000), columns, 3.3),
    "classes": Section("classes, 100,000 rows and 10 columns", (2, 5, 10, 20, 50, 100), classes, 2.6),
    "levels": Section("levels, 200,000 rows or 20 a level", (10, 100, 1000, 3000), levels, 2.0),
    "levels without errors": Section(
        "levels, without standard errors", (10, 1000, 10_000, 100_000), levels, 2.0, inference=False
    ),
}


def seconds(block: Block, inference: bool) -> float:
    """The median of a few fits; of one where that takes long."""
    settings = Settings(inference=inference)
    if not inference:
        from statlogit.solvers.lbfgs import Lbfgs

        settings = Settings(inference=False, solver=Lbfgs())
    taken = []
    for _ in range(REPEATS):
        start = time.process_time()
        solve(tiled(block), block, intercept=0, settings=settings)
        taken.append(time.process_time() - start)
        if taken[-1] > 3.0:
            break
    return statistics.median(taken)


def slope(sizes: Sequence[int], times: Sequence[float]) -> float:
    """Of the larger half."""
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(times[half:]), 1)[0])


def plot(measured: dict[str, tuple[list[int], list[float], float]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(measured), figsize=(3.2 * len(measured), 3.2), layout="constrained")
    for ax, (name, (sizes, times, steep)) in zip(np.atleast_1d(axes), measured.items(), strict=True):
        ax.loglog(sizes, times, "o-")
        ax.set(title=f"{name}: slope {steep:.2f}", xlabel=name.split()[0], ylabel="seconds of CPU")
        ax.grid(visible=True, which="major", alpha=0.3)
    figure.savefig(path)
    plt.close(figure)


def main() -> int:
    """Every section, or those named on the command line."""
    asked = sys.argv[1:] if sys.argv[0].endswith("growth.py") else []
    unknown = [name for name in asked if name not in SECTIONS]
    if unknown:
        print(f"no section {unknown[0]!r}; there are: {', '.join(SECTIONS)}")
        return 2
    os.environ["OMP_NUM_THREADS"] = "1"
    reached, lines = True, []
    measured: dict[str, tuple[list[int], list[float], float]] = {}
    with threadpool_limits(1):
        seconds(rows(300_000), True)  # compiles
        for name in asked or SECTIONS:
            section = SECTIONS[name]
            sizes = [size for size in section.sizes if name != "rows" or size <= MOST]
            times = []
            for size in sizes:
                try:
                    times.append(seconds(section.block(size), section.inference))
                except MemoryError as error:  # the coordinates of a factor form a matrix of the order of its levels
                    reached, sizes = False, sizes[: len(times)]
                    lines.append(f"| {section.what} | {size:,} | - | MISSED: {error} |")
                    print(lines[-1], flush=True)
                    break
                lines.append(f"| {section.what} | {size:,} | {times[-1]:.4f} | |")
                print(lines[-1], flush=True)
            steep = slope(sizes, times)
            reached &= steep <= section.most
            verdict = "reached" if steep <= section.most else "MISSED"
            lines.append(f"| {section.what} | slope | {steep:.2f} | at most {section.most:g}: {verdict} |")
            print(lines[-1], flush=True)
            measured[name] = (sizes, times, steep)
    if not asked:
        here = Path(__file__).parent
        plot(measured, here / "growth.svg")
        head = [
            "# How the time of a fit grows", "", f"{processor()}, one thread. ![growth](growth.svg)", "",
            "| what grows | size | seconds of CPU | stated |", "|---|---|---|---|",
        ]  # fmt: skip
        (here / "growth.md").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
