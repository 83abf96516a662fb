"""Fits on a cluster of separate processes: the same bits as anywhere, whatever happens to the workers."""

import importlib
import itertools
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster

import statlogit as sl
from statlogit.core.blocks import InMemory
from statlogit.core.families import family_of
from statlogit.errors import DataError, EngineError
from statlogit.fit import Settings, fit
from statlogit.fit.estimate import estimate
from statlogit.fit.model import rows_of
from statlogit.fit.streaming import stream
from statlogit.inference.covariance import covariance
from statlogit.results.logit import LogitResult
from statlogit.sources import dask as ours
from statlogit.sources import engines
from statlogit.sources.batches import fold_batches, task_sums
from statlogit.sources.choose import engine_of
from statlogit.sources.dask import Dask
from statlogit.sources.engines import Threads, tasks_of
from statlogit.sources.pool import Pool

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]  # one cluster, not one for each runner

TILE = 512
N = 12 * TILE
FORMULA = "y ~ x + scale(z) * g"
OTHER_BOUNDARIES = 1e-12  # of the standard error: sums of the same terms in another order
BUSY = 120  # seconds that a machine with other work may take for what takes an idle one a few
HERE = Path(__file__).parent


@contextmanager
def cluster_of(n_workers, **options):
    settings = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(n_workers=n_workers, **settings) as cluster, Client(cluster, **options) as client:
        client.upload_file(str(HERE / "deadly.py"))
        yield client


@pytest.fixture(scope="module")
def client():
    with cluster_of(3) as client:
        yield client


@pytest.fixture(scope="module")
def alone():
    with cluster_of(1, set_as_default=False) as client:
        yield client


@pytest.fixture
def doomed(monkeypatch):
    """A cluster of the test's own, whose workers may die; it is given the time to start others."""
    monkeypatch.setattr(ours, "LONELY", BUSY)
    with cluster_of(2, set_as_default=False) as client:
        yield client


@pytest.fixture
def deadly(monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    return importlib.import_module("deadly")


@pytest.fixture(autouse=True)
def _small_tasks(monkeypatch):
    monkeypatch.setattr(engines.grouped, "__defaults__", (0,))


def rows(n=N, seed=4):
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, n))
    g = np.array(["north", "south", "east"])[rng.integers(0, 3, n)]
    eta = 0.5 * x - 0.7 * z + 0.4 * (g == "east") - 0.2
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    kind = np.array(list("abc"))[(y + rng.integers(0, 2, n))]
    return pd.DataFrame({"y": y, "x": x, "z": z, "g": g, "kind": kind, "c": rng.integers(0, 40, n)})


def write(folder, frame=None, files=4, group=TILE):
    frame = rows() if frame is None else frame
    for k, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        table = pa.Table.from_pandas(frame.iloc[part], preserve_index=False)
        pq.write_table(table, folder / f"{k}.parquet", row_group_size=group)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("rows"))


def fitted(data, engine, formula=FORMULA, **options):
    return fit(stream(formula, str(data), rows_per_block=TILE, engine=engine, **options), Settings())


def same(a, b):
    return np.array_equal(a.beta, b.beta) and np.array_equal(a.covariance, b.covariance) and a.loglik == b.loglik


@dataclass
class Disturbed:
    """An engine to whose k-th pass something happens."""

    inner: Dask
    at: int
    work: object = lambda work: work  # another work in its place
    before: object = lambda: None
    passes: object = field(default_factory=itertools.count)

    @property
    def width(self):
        return self.inner.width

    def run(self, work, tasks, done):
        if next(self.passes) == self.at:
            self.before()
            work = self.work(work)
        return self.inner.run(work, tasks, done)


def idle(client):
    """Nothing runs on the cluster, or soon does no more."""
    end = time.monotonic() + BUSY
    while time.monotonic() < end:
        if not any(client.processing().values()) and not any(client.run(executing).values()):
            return True
        time.sleep(0.05)
    return False


def executing(dask_worker):
    return len(dask_worker.state.executing)


@pytest.mark.parametrize(("formula", "options"), [(FORMULA, {}), ("kind ~ x + g", {"multinomial": True})])
def test_memory_threads_and_clusters_of_any_size_give_the_same_bits(client, alone, folder, formula, options):
    expected = fitted(folder, Threads(), formula, **options)
    assert same(fitted(folder, Dask(client), formula, **options), expected)
    assert Dask(alone).width == 1
    assert same(fitted(folder, Dask(alone), formula, **options), expected)
    call = sl.multinomial if options else sl.logit
    whole = rows_of(call(formula, rows()).fit.frame)
    family = family_of(2 if options else 1)
    memory = estimate(InMemory(whole.block, TILE), family, intercept=0, settings=Settings())
    assert np.array_equal(memory.beta, expected.beta)
    assert np.array_equal(memory.covariance, expected.covariance)


def test_fewer_tasks_give_the_same_bits(client, folder, monkeypatch):
    expected = fitted(folder, Dask(client))
    monkeypatch.setattr(engines.grouped, "__defaults__", (N // 3,))
    assert same(fitted(folder, Dask(client)), expected)


def test_other_boundaries_differ_by_rounding_alone(client, folder):
    a = sl.logit(FORMULA, folder, engine=client)
    b = sl.logit(FORMULA, rows())
    assert (np.abs(a.params - b.params) <= OTHER_BOUNDARIES * b.bse).all()
    assert np.allclose(a.cov_params(), b.cov_params(), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("kind", ["HC1", "cluster"])
def test_robust_covariances_are_made_by_the_same_engine(client, folder, kind):
    a, b = (fitted(folder, engine, "y ~ x + g", cluster="c") for engine in (Threads(), Dask(client)))
    assert np.array_equal(covariance(a, kind).matrix, covariance(b, kind).matrix)


def test_a_result_of_a_cluster_is_summarised_tested_and_predicts(client, folder):
    r, new = sl.logit("y ~ x + g", folder, engine=client), rows(20, 9)
    expected = sl.logit("y ~ x + g", rows())
    assert "6,144" in str(r.summary())
    assert np.allclose(r.predict(new), expected.predict(new), rtol=1e-11)
    ours, theirs = (found.effects(newdata=new).to_frame()["estimate"] for found in (r, expected))
    assert np.allclose(ours, theirs, rtol=1e-10)
    ours, theirs = (found.anova(test="LR").to_frame()["p_value"] for found in (r, expected))
    assert np.allclose(ours, theirs, rtol=1e-7)


def test_predictions_are_counted_and_effects_averaged_by_the_same_engine(client, folder):
    ours, theirs = (LogitResult(fitted(folder, engine, "y ~ x + g")) for engine in (Dask(client), Threads()))
    memory = sl.logit("y ~ x + g", rows())
    a, b, c = (found.roc() for found in (ours, theirs, memory))
    assert (a.auc, a.auc_se, a.auc_bound) == (b.auc, b.auc_se, 0.0)
    assert np.array_equal(a.threshold, b.threshold)
    assert a.auc == pytest.approx(c.auc, rel=1e-12)
    a, b, c = (found.calibration() for found in (ours, theirs, memory))
    assert (a.ici, a.slope, a.brier, a.log_loss) == (b.ici, b.slope, b.brier, b.log_loss)
    assert a.bins.to_frame().equals(b.bins.to_frame())
    assert a.ici == pytest.approx(c.ici, rel=1e-9)
    a, b, c = (found.effects().to_frame() for found in (ours, theirs, memory))
    assert a.equals(b)
    assert np.allclose(a["estimate"], c["estimate"], rtol=1e-10)
    assert np.allclose(a["std_error"], c["std_error"], rtol=1e-10)
    assert idle(client)


@pytest.mark.parametrize("at", [0, 4])
def test_a_worker_killed_in_the_middle_of_a_pass_leaves_no_trace(doomed, folder, deadly, tmp_path, at):
    work = partial(partial, deadly.kill_once, flag=str(tmp_path / "dead"))
    killing = Disturbed(Dask(doomed), at, lambda inner: work(work=inner))
    assert same(fitted(folder, killing), fitted(folder, Threads()))
    assert (tmp_path / "dead").exists()


def test_all_workers_killed_and_started_again_leave_no_trace(doomed, folder):
    def kill_all():
        for pid in doomed.run(os.getpid).values():
            os.kill(pid, signal.SIGKILL)

    assert same(fitted(folder, Disturbed(Dask(doomed), 2, before=kill_all)), fitted(folder, Threads()))


def test_a_task_that_kills_every_worker_is_an_error_and_the_client_stays(doomed, folder, deadly):
    with pytest.raises(EngineError, match=r"ended 4 workers.*\d\.parquet.*memory"):
        fitted(folder, Disturbed(Dask(doomed), 3, lambda _: deadly.kill))
    assert doomed.submit(sum, [1, 2]).result(timeout=BUSY) == 3
    assert idle(doomed)


def test_a_cluster_without_workers_is_an_error_and_the_client_stays(doomed, folder, monkeypatch):
    monkeypatch.setattr(ours, "LONELY", 1)
    with pytest.raises(EngineError, match=r"no worker.*cluster\.scale"):
        fitted(folder, Disturbed(Dask(doomed), 2, before=lambda: doomed.cluster.scale(0)))
    doomed.cluster.scale(1)
    assert doomed.submit(sum, [1, 2]).result(timeout=BUSY) == 3


def test_processes_give_the_same_bits_and_their_death_is_an_error(folder, deadly):
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        assert same(fitted(folder, engine_of(pool, str(folder))), fitted(folder, Threads()))
        with pytest.raises(EngineError, match=r"process of ProcessPoolExecutor ended.*executor"):
            fitted(folder, Disturbed(Pool(pool), 0, lambda _: deadly.kill))


@pytest.fixture
def _interrupts_are_heard():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in background jobs
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interrupts_are_heard")
def test_an_interrupt_leaves_nothing_running(client, folder, deadly, tmp_path):
    slow = Disturbed(Dask(client), 2, lambda _: partial(deadly.slowly, log=str(tmp_path)))

    def interrupt():
        while not any(tmp_path.iterdir()):
            time.sleep(0.05)
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        fitted(folder, slow)
    assert idle(client)
    logs = list(tmp_path.iterdir())
    assert logs
    assert all(path.read_text() == "ended" for path in logs)


def test_a_pass_ended_by_somebody_else_is_an_error(client, folder, deadly, tmp_path):
    other = Client(client.cluster, set_as_default=False)

    def close():
        while not any(tmp_path.iterdir()):
            time.sleep(0.05)
        other.close()

    thread = threading.Thread(target=close)
    slow = Disturbed(Dask(other), 2, lambda _: partial(deadly.slowly, log=str(tmp_path)), thread.start)
    with pytest.raises(EngineError, match="cancelled"):
        fitted(folder, slow)
    thread.join()
    assert idle(client)


def test_another_version_on_a_worker_is_refused(client, folder, deadly):
    worker = next(iter(client.nthreads()))
    engine = Dask(client)
    client.run(deadly.pretend, "0.0.1", workers=[worker])
    try:
        with pytest.raises(EngineError, match=rf"{worker} has statlogit 0\.0\.1.*pip install|install statlogit=="):
            sl.logit(FORMULA, folder, engine=client)
        with pytest.raises(EngineError, match=r"0\.0\.1"):  # of a worker that came later
            fitted(folder, engine)
    finally:
        client.run(deadly.pretend, sl.__version__)


def test_damaged_rows_are_named_by_the_worker(client, tmp_path):
    write(tmp_path)
    path = tmp_path / "2.parquet"
    data = bytearray(path.read_bytes())
    data[20:200] = bytes(180)  # of the first row group alone, whichever is read first
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"2\.parquet, row group 0 cannot be read as Parquet") as caught:
        fitted(tmp_path, Dask(client))
    assert "distributed" not in str(caught.value)


def test_a_truncated_file_is_named(client, tmp_path):
    write(tmp_path)
    path = tmp_path / "3.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"3\.parquet"):
        sl.logit(FORMULA, tmp_path, engine=client)


def test_another_schema_is_named(client, tmp_path):
    write(tmp_path)
    table = pa.table({"y": [0, 1], "x": ["a", "b"], "z": [1.0, 2.0], "g": ["east", "east"]})
    pq.write_table(table, tmp_path / "9.parquet")
    with pytest.raises(DataError, match=r"9\.parquet has text in column 'x'"):
        sl.logit(FORMULA, tmp_path, engine=client)


def test_an_infinite_value_is_named_by_the_worker(client, tmp_path):
    frame = rows()
    frame.loc[N - 5, "x"] = np.inf
    write(tmp_path, frame)
    with pytest.raises(DataError, match=r"3\.parquet, row group 2: .*'?x'?"):
        sl.logit(FORMULA, tmp_path, engine=client)


def test_one_giant_row_group_and_files_without_rows(client, tmp_path):
    write(tmp_path, files=1, group=N)
    pq.write_table(pq.read_table(tmp_path / "0.parquet").slice(0, 0), tmp_path / "1.parquet")
    assert same(fitted(tmp_path, Dask(client)), fitted(tmp_path, Threads()))


def test_a_level_first_seen_in_the_last_file_is_a_level(client, tmp_path):
    frame = rows()
    frame.loc[N - 40 :, "g"] = "west"
    write(tmp_path, frame)
    r = sl.logit("y ~ x + g", tmp_path, engine=client)
    assert "g[T.west]" in r.params.index
    expected = sl.logit("y ~ x + g", frame)
    assert (np.abs(r.params - expected.params) <= OTHER_BOUNDARIES * expected.bse).all()


def test_a_folder_that_changes_between_passes_is_an_error(client, tmp_path):
    write(tmp_path)
    changed = Disturbed(Dask(client), 3, before=(tmp_path / "1.parquet").touch)
    with pytest.raises(DataError, match=r"1\.parquet has changed"):
        fitted(tmp_path, changed)


def test_csv_files_are_read_by_the_workers(client, tmp_path):
    for k, part in enumerate(np.array_split(np.arange(N), 4)):
        rows().iloc[part].to_csv(tmp_path / f"{k}.csv", index=False)
    assert same(fitted(tmp_path, Dask(client)), fitted(tmp_path, Threads()))


def test_blas_keeps_to_one_thread_on_workers(client, folder, deadly):
    source = stream("y ~ x", folder).rows.source
    assert fold_batches(source, deadly.blas_threads, engine=Dask(client)).value == 1
    assert fold_batches(source, deadly.blas_threads).value == 1


def test_rows_are_told_as_their_tasks_end(client, folder):
    source, told = stream("y ~ x", folder).rows.source, []
    work = partial(task_sums, reader=source.reader, visit=_count, rows=TILE)
    list(Dask(client).run(work, tasks_of(source.units, TILE), told.append))
    assert sum(told) == N
    assert len(told) == 12


def _count(_):
    return [1]


def dask_frame(how):
    """Rows in partitions, with an index that is neither sorted nor unique."""
    frame = rows().set_index(np.random.default_rng(0).permutation(N) // 2)
    frame["g"] = frame["g"].astype("category")
    lazy = dd.from_pandas(frame, npartitions=5, sort=False)
    if how == "empty partitions":
        return dd.concat([lazy.partitions[:2], lazy.partitions[2].query("x > 100"), lazy.partitions[3:]])
    return lazy.persist() if how == "persisted" else lazy


@pytest.mark.parametrize("how", ["lazy", "persisted", "empty partitions"])
def test_a_dask_data_frame_is_fitted_by_its_client(client, how):
    lazy = dask_frame(how)
    frame = lazy.compute()
    for formula, call in ((FORMULA, sl.logit), ("kind ~ x + g", sl.multinomial)):
        a, b = call(formula, lazy), call(formula, frame)
        assert isinstance(a.fit.frame.rows.engine, Dask)
        assert (np.abs(a.params - b.params) <= OTHER_BOUNDARIES * np.asarray(b.bse)).all(axis=None)
    assert idle(client)


def test_a_dask_data_frame_that_changes_is_an_error(client):
    source = stream("y ~ x", dask_frame("lazy"), engine=Dask(client)).rows.source
    other = replace(source, lengths=(source.units[0].rows + 1, *source.lengths[1:]))
    with pytest.raises(DataError, match=r"partition 0 had .*persist"):
        fold_batches(other, _count, engine=Dask(client))


@pytest.mark.parametrize(
    ("engine", "message"), [("tcp://here", "runs nothing"), (4, "runs nothing"), (object(), "ProcessPoolExecutor")]
)
def test_what_is_no_engine_is_refused(folder, engine, message):
    with pytest.raises(TypeError, match=message):
        sl.logit(FORMULA, folder, engine=engine)


def test_data_in_memory_need_no_engine(client):
    with pytest.raises(TypeError, match="in memory"):
        sl.logit(FORMULA, rows(), engine=client)
