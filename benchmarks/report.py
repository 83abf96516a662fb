"""The report with its whole assessment of a million rows and 20 numbers: CPU time beside the fit's, and peak memory.

    python -m benchmarks.report

The fit is timed warm, the median of three. Memory is the largest resident set while the report is made, above that of
the process with the data and the fit.
"""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import statlogit as sl
from benchmarks.effects import numeric

MOST_TIMES, MOST_KB = 5.0, 300.0


def main() -> int:
    formula, data = numeric()
    folder = Path(tempfile.mkdtemp())
    sl.logit(formula, data[:200_000]).report(folder / "warm.html")
    gc.collect()
    fits = []
    for _ in range(3):
        start = time.process_time()
        result = sl.logit(formula, data)
        fits.append(time.process_time() - start)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    size = result.report(folder / "report.html").stat().st_size / 1000
    took, fit = time.process_time() - start, median(fits)
    above = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    passed = took < MOST_TIMES * fit and size < MOST_KB
    print(f"fit {fit:.2f} s  report {took:.2f} s  ratio {took / fit:.2f}  {size:.0f} KB", end="  ")
    print(f"peak above the fit {above:.0f} MiB beside {data.memory_usage().sum() / 2**20:.0f} MiB of data", end="  ")
    print("ok" if passed else "MISSED")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
