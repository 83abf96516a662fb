"""dask-ml's logistic regression of the rows that benchmarks.cluster wrote, run by a Python that has dask-ml."""

import sys
import time
from functools import partial
from pathlib import Path

import dask.dataframe as dd
import pandas as pd
from dask_ml.linear_model import LogisticRegression
from distributed import Client, LocalCluster


def main() -> None:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster):
        start = time.perf_counter()
        folder, *columns = sys.argv[1:]
        files = sorted(Path(folder).glob("*.parquet"))  # a partition each, the same for both arrays
        frame = dd.from_map(partial(pd.read_parquet, columns=["y", *columns]), files)
        x = frame[columns].to_dask_array(lengths=True).persist()
        y = frame["y"].to_dask_array(lengths=True).persist()
        model = LogisticRegression(penalty="l2", C=1e12, solver="newton", max_iter=20, tol=1e-10).fit(x, y)
        print(f"whole fit  {time.perf_counter() - start:.2f} s by dask-ml: Newton, rows kept in memory, no errors")
        print("           coefficients", model.coef_[:3])


if __name__ == "__main__":
    main()
