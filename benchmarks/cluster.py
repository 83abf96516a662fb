"""A cluster of two local processes beside the threads of one, on the rows of benchmarks.scale: passes and whole fits.

ROWS=5e6 python -m benchmarks.cluster takes about a minute. DASK_ML names a Python that has dask-ml, to be measured too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from distributed import Client, LocalCluster

from benchmarks.scale import COLUMNS, NUMERIC, ROWS, seconds, write
from statlogit.core.families import family_of
from statlogit.core.statistics import block_slope
from statlogit.fit import Settings, fit
from statlogit.fit.streaming import stream
from statlogit.sources.dask import Dask
from statlogit.sources.engines import Engine, Threads


def measure(name: str, folder: Path, engine: Engine) -> None:
    rows = stream(NUMERIC, folder, engine=engine).rows
    slope = partial(block_slope, beta=np.zeros((rows.n_columns, 1)), family=family_of(1))
    fit(stream(NUMERIC, folder, engine=engine), Settings())  # compiles
    one = seconds(lambda: rows.fold(slope))
    whole = seconds(lambda: fit(stream(NUMERIC, folder, engine=engine), Settings()))
    print(f"{name}: score pass {one:.3f} s, {ROWS / one / 1e6:.1f} million rows a second; whole fit {whole:.2f} s")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, ROWS)
        print(f"{ROWS:,} rows; seconds of the clock")
        measure("threads of one process", folder, Threads())
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
            Client(cluster) as client,
        ):
            measure("two processes on Dask ", folder, Dask(client))
        if os.environ.get("DASK_ML"):
            script = Path(__file__).with_name("with_dask_ml.py")
            subprocess.run([os.environ["DASK_ML"], str(script), name, *COLUMNS], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
