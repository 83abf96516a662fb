"""Tasks and engines: any cut into tasks, run by anybody, gives the same bits."""

import copy
import itertools
import pickle
from functools import partial
from itertools import count

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from statlogit.core.blocks import add_in_tree
from statlogit.core.families import family_of
from statlogit.core.segments import Segment
from statlogit.core.statistics import block_slope
from statlogit.fit.streaming import stream
from statlogit.sources.batches import task_sums
from statlogit.sources.engines import Threads, grouped, joined, map_reduce, tasks_of


class ByPickle:
    """Another process, as it looks from here."""

    width = 3

    def run(self, work, tasks, done):
        for task in tasks:
            work_there, task_there = pickle.loads(pickle.dumps((work, task)))
            yield work_there(task_there)
            done(task.rows)


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


@pytest.mark.parametrize(
    ("most", "rows", "tasks"), [(100, 0, 9), (4, 0, 4), (8, 0, 8), (100, 5_000, 3), (1, 0, 1), (8, 10**9, 1)]
)
def test_tasks_cover_the_units_once_and_in_order(folder, most, rows, tasks):
    units = stream("y ~ x", folder).rows.source.units
    single = tasks_of(units, 512)
    found = grouped(single, most, rows)
    assert [u for task in found for u in task.units] == list(units)
    assert {task.start for task in found} <= {task.start for task in single}
    assert (len(found), found[0].start) == (tasks, 0)


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


@pytest.mark.parametrize("cuts", [[], [1], [3, 4], [1, 2, 3, 4, 5, 6]])
def test_joined_segments_stay_as_they_are_and_give_the_same_bits(cuts):
    values = np.random.default_rng(1).standard_normal(7)
    parts = []
    for start, stop in itertools.pairwise([0, *cuts, 7]):
        part = Segment(start)
        part.extend(values[start:stop])
        parts.append(part)
    before = copy.deepcopy(parts)
    assert joined([joined(parts[:2]), *parts[2:]]).total() == add_in_tree(values)
    assert parts == before
