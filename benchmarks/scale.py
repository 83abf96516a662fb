"""A fit of Parquet files beside a plain scan of the same columns: passes, seconds of a pass, memory, the same digits.

The rows are written to a temporary folder. ROWS=2e7 python -m benchmarks.scale takes a few minutes and 1.7 GB of disk;
the default is small. Where pyspark and java are installed, Spark MLlib fits the same files. The exit code is 1 when
files and memory disagree, when a fit makes more passes than stated, or when a pass is slower than stated.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import expit

import statlogit as sl
from statlogit.core.families import family_of
from statlogit.core.statistics import block_slope
from statlogit.core.threads import workers
from statlogit.fit import Settings, fit, streaming
from statlogit.sources.batches import BATCH_ROWS
from statlogit.sources.engines import Threads

ROWS = int(float(os.environ.get("ROWS", "4e5")))
COLUMNS = [f"x{j}" for j in range(10)]
NUMERIC = "y ~ " + " + ".join(COLUMNS)
MIXED = "y ~ x0 + x1 + np.log1p(np.exp(x2)) + I(x3 ** 2) + x4 + x5 + C(region) + C(day)"
RARE = "rare ~ " + " + ".join(COLUMNS)
FILES, CHUNK = 10, 500_000
IN_MEMORY = 5_000_000  # rows up to which the same fit is made in memory
LEARNING = 3  # passes that learn the design, the outcome, and the sums and the sample
# that climb; small data start from a small sample and take two more
MOST_PASSES = {NUMERIC: 4, RARE: 5, MIXED: 5} if ROWS >= 5_000_000 else {NUMERIC: 6, RARE: 7, MIXED: 7}
# of the rows a second of the scan, on the same threads; asked for is 0.65 and 0.35, and small data are mostly overhead
SLOWEST = {NUMERIC: 0.65, MIXED: 0.35} if ROWS >= 5_000_000 else {NUMERIC: 0.2, MIXED: 0.1}
AGREE = 1e-10  # standard errors


def write(folder: Path, n: int) -> None:
    rng = np.random.default_rng(1)
    beta = 0.4 * rng.standard_normal(len(COLUMNS))
    regions = np.array([f"region {k:02d}" for k in range(20)])
    for k in range(FILES):
        tables = (_some(rng, min(CHUNK, n // FILES - start), beta, regions) for start in range(0, n // FILES, CHUNK))
        first = next(tables)
        with pq.ParquetWriter(folder / f"{k:02d}.parquet", first.schema) as writer:
            writer.write_table(first, row_group_size=CHUNK)
            for table in tables:
                writer.write_table(table, row_group_size=CHUNK)


def _some(rng: np.random.Generator, n: int, beta: np.ndarray, regions: np.ndarray) -> pa.Table:
    x, chance = rng.standard_normal((len(beta), n)), rng.random(n)
    eta = beta @ x
    return pa.table(
        {
            "y": (chance < expit(eta - 0.5)).astype(np.int64), "rare": (chance < expit(eta - 7.5)).astype(np.int64),
            **dict(zip(COLUMNS, x, strict=True)), "region": regions[rng.integers(0, len(regions), n)],
            "day": rng.integers(0, 7, n),
        }
    )  # fmt: skip


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """The least of three."""
    taken = []
    for _ in range(3):
        start = clock()
        work()
        taken.append(clock() - start)
    return min(taken)


def scan(folder: Path, columns: list[str]) -> None:
    """Every value of these columns decoded and thrown away, a row group a thread."""

    def one(place: tuple[Path, int]) -> None:
        with pq.ParquetFile(place[0]) as file:
            for _ in file.iter_batches(BATCH_ROWS, [place[1]], columns, use_threads=False):
                pass

    groups = [
        (path, k) for path in sorted(folder.glob("*.parquet")) for k in range(pq.read_metadata(path).num_row_groups)
    ]
    with ThreadPoolExecutor(workers()) as pool:
        list(pool.map(one, groups))


class Counted:
    """The threads of this process, and how many passes they made."""

    def __init__(self) -> None:
        self.passes = 0

    @property
    def width(self) -> int:
        return Threads().width

    def run(self, work, tasks, done) -> Iterator:
        self.passes += 1
        return Threads().run(work, tasks, done)


def beside_a_scan(formula: str, folder: Path) -> bool:
    """One score pass, the whole fit and its passes; whether they are what is stated."""
    engine = Counted()
    frame = streaming.stream(formula, folder, engine=engine)
    slope = partial(block_slope, beta=np.zeros((frame.rows.n_columns, 1)), family=family_of(1))
    frame.rows.fold(slope)  # compiles
    columns = list(frame.rows.source.columns)
    plain, one = seconds(lambda: scan(folder, columns)), seconds(lambda: frame.rows.fold(slope))
    busy = seconds(lambda: frame.rows.fold(slope), time.process_time)
    before, start = engine.passes, time.perf_counter()
    found = fit(streaming.stream(formula, folder, engine=engine), Settings())
    whole, climbed = time.perf_counter() - start, engine.passes - before - LEARNING
    print(f"{formula}\n  scan of {len(columns)} columns {plain:.3f} s, {ROWS / plain / 1e6:.1f} million rows a second")
    print(f"  score pass {one:.3f} s ({busy:.3f} s CPU), {plain / one:.2f} of the scan, asked {SLOWEST[formula]:.2f}")
    print(f"  whole fit {whole:.2f} s, {LEARNING} passes learn and {climbed} climb (at most {MOST_PASSES[formula]})")
    if len(frame.design.names) == len(COLUMNS) + 1 and ROWS <= IN_MEMORY:
        memory = sl.logit(formula, pd.concat([pd.read_parquet(p) for p in sorted(folder.glob("*.parquet"))]))
        apart = float((np.abs(found.beta[:, 0] - memory.params) / memory.bse).max())
        print(f"  distance from the fit in memory {apart:.1e} standard errors")
        if apart > AGREE:
            return False
    return plain / one >= SLOWEST[formula] and climbed <= MOST_PASSES[formula]


def rare(folder: Path) -> bool:
    engine = Counted()
    fit(streaming.stream(RARE, folder, engine=engine), Settings())
    climbed = engine.passes - LEARNING
    print(f"{RARE}\n  {climbed} passes climb (at most {MOST_PASSES[RARE]})")
    return climbed <= MOST_PASSES[RARE]


def peak(folder: str) -> tuple[float, float]:
    """MB of a process that has only imported statlogit, and of one that fits the files. Linux only: nan elsewhere."""
    if not Path("/proc/self/status").exists():
        return float("nan"), float("nan")
    code = (
        "import re, sys, statlogit as sl\n"
        "from statlogit.fit import streaming\n"
        "streaming.IN_MEMORY = 0\n"
        "if len(sys.argv) > 2: sl.logit(sys.argv[2], sys.argv[1])\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024)\n"
    )
    run = partial(subprocess.run, check=True, capture_output=True)
    first, second = (float(run([sys.executable, "-c", code, folder, *more]).stdout) for more in ([], [NUMERIC]))
    return first, second


def spark(folder: Path) -> None:
    """Seconds of Spark MLlib's two estimators on the same files and cores; nothing where there is no pyspark."""
    if find_spec("pyspark") is None:
        print("Spark MLlib: pyspark is not installed, skipped")
        return
    from pyspark.ml.classification import LogisticRegression
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import GeneralizedLinearRegression
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(f"local[{workers()}]").config("spark.driver.memory", "8g")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    table = session.read.parquet(str(folder)).select("y", *COLUMNS)
    data = VectorAssembler(inputCols=COLUMNS, outputCol="x").transform(table).select("y", "x")
    names = {"featuresCol": "x", "labelCol": "y"}
    for model in (
        LogisticRegression(tol=1e-7, **names),
        GeneralizedLinearRegression(family="binomial", tol=1e-8, **names),
    ):
        start = time.perf_counter()
        model.fit(data)
        print(f"Spark MLlib {type(model).__name__} {time.perf_counter() - start:.1f} s")
    session.stop()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, ROWS)
        print(f"{ROWS:,} rows, {FILES} files, {workers()} threads")
        sound = [beside_a_scan(formula, folder) for formula in (NUMERIC, MIXED)] + [rare(folder)]
        imported, fitted = peak(name)
        print(f"memory {fitted:.0f} MB at its peak, {imported:.0f} MB of it after the import")
        spark(folder)
    return int(not all(sound))


if __name__ == "__main__":
    sys.exit(main())
