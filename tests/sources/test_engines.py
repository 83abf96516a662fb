"""Tasks and engines: any cut into tasks, run by anybody, gives the same bits."""

import pickle
from functools import partial
from itertools import count

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from statlogit.core.families import family_of
from statlogit.core.statistics import block_slope
from statlogit.fit.streaming import stream
from statlogit.sources.batches import task_sums
from statlogit.sources.engines import Threads, map_reduce, tasks_of


class ByPickle:
    """Another process, as it looks from here."""

    width = 3

    def run(self, work, tasks):
        for task in tasks:
            work_there, task_there = pickle.loads(pickle.dumps((work, task)))
            yield work_there(task_there)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(3)
    for k in range(3):
        n = 5_000
        x, g = rng.standard_normal(n), rng.choice(["a", "b", "c"], n)
        pq.write_table(pa.table({"y": (rng.random(n) < 0.4) * 1, "x": x, "g": g}), tmp_path / f"{k}.parquet", 1_700)
    return tmp_path


def test_cuts_and_engines_leave_no_trace_in_the_bits(folder):
    alone = stream("y ~ x + g", folder, rows_per_block=512)
    there = stream("y ~ x + g", folder, rows_per_block=512, engine=ByPickle())
    beta = np.full((4, 1), 0.3)
    slope = partial(block_slope, beta=beta, family=family_of(1))
    here, far = alone.rows.fold(slope), there.rows.fold(slope)
    assert here.loglik == far.loglik
    assert (here.score == far.score).all()


@pytest.mark.parametrize("rows", [0, 4_000, 10**9])
def test_tasks_cover_the_units_once_and_in_order(folder, rows):
    units = stream("y ~ x", folder).rows.source.units
    tasks = tasks_of(units, 512, rows=rows)
    assert [u for task in tasks for u in task.units] == list(units)
    assert all(task.rows >= rows for task in tasks[:-1])
    assert tasks[0].start == 0


def test_a_pass_that_is_left_early_leaves_no_thread_at_work(folder):
    frame = stream("y ~ x", folder)
    seen = count()

    def fails(_):
        if next(seen) == 2:
            raise KeyboardInterrupt
        return [None]

    work = partial(task_sums, reader=frame.rows.source.reader, visit=fails, rows=512)
    with pytest.raises(KeyboardInterrupt):
        map_reduce(work, tasks_of(frame.rows.source.units, 512), Threads())
