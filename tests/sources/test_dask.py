"""Fits on a cluster of separate processes: the same bits as anywhere, whatever happens to the workers."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster

from statlogit.fit import Settings, fit
from statlogit.fit.streaming import stream
from statlogit.sources import engines
from statlogit.sources.dask import Dask

pytestmark = pytest.mark.slow

TILE = 512
FORMULA = "y ~ x + scale(z) * g"
N = 6_000


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def _many_tasks(monkeypatch):
    monkeypatch.setattr(engines.grouped, "__defaults__", (0,))


def rows(n=N, seed=4):
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, n))
    g = np.array(["north", "south", "east"])[rng.integers(0, 3, n)]
    eta = 0.5 * x - 0.7 * z + 0.4 * (g == "east") - 0.2
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    kind = np.array(list("abc"))[(y + rng.integers(0, 2, n))]
    return pd.DataFrame({"y": y, "x": x, "z": z, "g": g, "kind": kind, "c": rng.integers(0, 40, n)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("rows")
    for k, part in enumerate(np.array_split(np.arange(N), 4)):
        table = pa.Table.from_pandas(rows().iloc[part], preserve_index=False)
        pq.write_table(table, found / f"{k}.parquet", row_group_size=TILE)
    return found


def test_a_cluster_gives_the_bits_of_threads(client, folder):
    a = fit(stream(FORMULA, folder, rows_per_block=TILE), Settings())
    b = fit(stream(FORMULA, folder, rows_per_block=TILE, engine=Dask(client)), Settings())
    assert np.array_equal(a.beta, b.beta)
    assert np.array_equal(a.covariance, b.covariance)
