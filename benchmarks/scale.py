"""A fit of Parquet files beside a plain scan of the same columns: seconds of a pass, memory, and the fit in memory.

The rows are written to a temporary folder. ROWS=5e6 python -m benchmarks.scale takes a minute or two; the default is
small. The exit code is 1 when files and memory disagree, or when a pass is slower than stated.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import expit

import statlogit as sl
from statlogit.core.families import family_of
from statlogit.core.statistics import block_slope
from statlogit.fit import Settings, fit, streaming
from statlogit.sources.batches import all_batches

ROWS = int(float(os.environ.get("ROWS", "4e5")))
COLUMNS = [f"x{j}" for j in range(10)]
FORMULA = "y ~ " + " + ".join(COLUMNS)
FILES = 4
SLOWEST = 0.2  # of the rows a CPU second of the scan; stated low, since the default size is mostly overhead
AGREE = 1e-10  # standard errors


def write(folder: Path, n: int) -> None:
    rng = np.random.default_rng(1)
    beta = 0.4 * rng.standard_normal(len(COLUMNS))
    for k in range(FILES):
        x = rng.standard_normal((len(COLUMNS), n // FILES))
        y = (rng.random(n // FILES) < expit(beta @ x - 0.5)).astype(np.int64)
        table = pa.table({"y": y, **dict(zip(COLUMNS, x, strict=True))})
        pq.write_table(table, folder / f"{k}.parquet", row_group_size=500_000)


def cpu(work: Callable[[], object]) -> float:
    """The least CPU seconds of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def peak(folder: str) -> float:
    """MB of a process that fits the files, above one that has only imported statlogit. Linux only: nan elsewhere."""
    if not Path("/proc/self/status").exists():
        return float("nan")
    code = (
        "import re, sys, statlogit as sl\n"
        "from statlogit.fit import streaming\n"
        "streaming.IN_MEMORY = 0\n"
        "if len(sys.argv) > 2: sl.logit(sys.argv[2], sys.argv[1])\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024)\n"
    )
    found = [
        float(subprocess.run([sys.executable, "-c", code, folder, *more], check=True, capture_output=True).stdout)
        for more in ([], [FORMULA])
    ]
    return found[1] - found[0]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), ROWS)
        frame = streaming.stream(FORMULA, folder)
        slope = partial(block_slope, beta=np.zeros((frame.rows.n_columns, 1)), family=family_of(1))
        frame.rows.fold(slope)  # compiles
        scan = cpu(lambda: sum(batch.n_rows for batch in all_batches(frame.rows.source)))
        one = cpu(lambda: frame.rows.fold(slope))
        start = time.process_time()
        found = fit(streaming.stream(FORMULA, folder), Settings())
        whole = time.process_time() - start
        memory = sl.logit(FORMULA, pd.concat([pd.read_parquet(p) for p in sorted(Path(folder).glob("*.parquet"))]))
        apart = float((np.abs(found.beta[:, 0] - memory.params) / memory.bse).max())
        print(f"{ROWS:,} rows, {len(COLUMNS) + 1} columns, {FILES} files; CPU seconds")
        print(f"plain scan {scan:.3f} s, {ROWS / scan / 1e6:.1f} million rows a second")
        print(f"score pass {one:.3f} s, {ROWS / one / 1e6:.1f} million rows a second, {scan / one:.2f} of the scan")
        print(f"whole fit  {whole:.3f} s, {whole / scan:.1f} scans, {found.estimate.solution.n_iter} iterations")
        print(f"memory     {peak(folder):.0f} MB above the import")
        print(f"distance from the fit in memory {apart:.1e} standard errors")
    return int(apart > AGREE or scan / one < SLOWEST)


if __name__ == "__main__":
    sys.exit(main())
