"""Dask: the tasks of a pass run on a cluster, whose workers read the rows themselves.

A pass is one graph: the tasks, and over them a tree that joins their sums where they are, so that one small result
comes back. A task reads whole row groups or partitions; how many tasks there are depends on the threads of the
cluster alone. distributed is the extra `dask`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, NoReturn, TypeVar

from statlogit.errors import EngineError, StatlogitError, missing_extra

try:
    from dask.delayed import delayed
    from distributed import Client, Future, KilledWorker, Reschedule, default_client, get_worker
except ImportError as error:
    raise missing_extra("fitting on a cluster", "dask and distributed", "dask") from error

from statlogit._version import __version__
from statlogit.core.blocks import Addable
from statlogit.core.segments import Segment
from statlogit.sources.engines import Done, Task, Work, grouped, joined

S = TypeVar("S", bound=Addable)

TASKS_EACH = 4  # of a thread: the last ones to end then wait for little, and the scheduler has little to do
FAN_IN = 8  # sums joined at once
RETRIES = 2  # of a task whose file could not be read: a disk or a network may answer the next time
PATIENCE = 1.0  # seconds between two looks at the workers
LONELY = 10  # looks without a worker before a pass is given up


@dataclass(frozen=True, slots=True)
class Dask:
    """The workers of a cluster; they come and go as they like, as long as there are some.

    Raises EngineError on creation where a worker has no statlogit, or another version of it.
    """

    client: Client

    def __post_init__(self) -> None:
        if self.client.asynchronous:
            raise TypeError("engine= needs a client that is not asynchronous; use Client(address)")
        for worker, found in self.client.run(_version, on_error="return").items():
            if found != __version__:
                raise EngineError(_other_version(worker, found))

    @property
    def width(self) -> int:
        threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(threads.values()))

    def run(self, work: Work[S], tasks: Sequence[Task], done: Done) -> Generator[Segment[S]]:
        parts = grouped(tasks, TASKS_EACH * self.width)
        one = delayed(partial(_sums, work=work, version=__version__), pure=False, traverse=False)
        sums = [one(part) for part in parts]
        futures = self.client.compute([*sums, _tree(sums)], retries=RETRIES, optimize_graph=False)
        try:
            yield self._awaited(dict(zip(futures, parts, strict=False)), futures[-1], done)
        except BaseException:
            for future in futures:  # not cancel(): the scheduler fails where it meets a join that no client wants
                future.release()
            raise

    def _awaited(self, parts: dict[Future[Any], Task], total: Future[Any], done: Done) -> Any:
        ended: SimpleQueue[Future[Any]] = SimpleQueue()
        for future in [*parts, total]:
            future.add_done_callback(ended.put)
        lonely = 0
        while True:
            try:
                future = ended.get(timeout=PATIENCE)
            except Empty:
                lonely = 0 if self.client.nthreads() else lonely + 1
                if lonely >= LONELY:
                    raise EngineError(_NO_WORKERS) from None
                continue
            if future.status != "finished":
                _explain(future, parts.get(future))
            if future.type is Failed:
                raise future.result().error
            if future is total:
                return future.result()
            done(parts[future].rows)


@dataclass(frozen=True, slots=True)
class Failed:
    """What a worker gives where the rows cannot be used: a result, so that Dask neither tries again nor logs it."""

    error: StatlogitError


def current_client() -> Client | None:
    """The client that Dask itself would use, if any."""
    try:
        found: Client = default_client()
    except ValueError:
        return None
    return found


def _version() -> str:
    return __version__


def _sums(task: Task, *, work: Work[S], version: str) -> Segment[S] | Failed:
    """What a worker runs."""
    if version != __version__:
        return Failed(EngineError(_other_version(get_worker().address, __version__)))
    try:
        return work(task, stopped=_watch())
    except StatlogitError as error:
        if isinstance(error.__cause__, OSError):
            raise
        return Failed(error)


def _watch() -> Callable[[], bool]:
    """Ends the task of this thread where it is no longer wanted; if it is wanted after all it runs again."""
    worker = get_worker()
    tasks, key = worker.state.tasks, worker.get_current_task()

    def look() -> bool:
        state = tasks.get(key)
        if state is None or state.state != "executing":
            raise Reschedule
        return False

    return look


def _tree(sums: Sequence[Any]) -> Any:
    """The sums of all tasks, joined neighbour to neighbour by the workers."""
    join = delayed(_joined, pure=False)
    while len(sums) > 1:
        sums = [join(sums[k : k + FAN_IN]) for k in range(0, len(sums), FAN_IN)]
    return sums[0]


def _joined(parts: Sequence[Segment[S] | Failed]) -> Segment[S] | Failed:
    for part in parts:
        if isinstance(part, Failed):
            return part
    return joined(parts)  # type: ignore[arg-type]


def _explain(future: Future[Any], task: Task | None) -> NoReturn:
    """Raise what ended a task, in words; an error of the work itself as it is."""
    if future.status != "error":
        raise EngineError(
            f"the pass was ended on the cluster (its tasks are {future.status}): somebody cancelled them, or the "
            "scheduler or the client was closed or restarted; fit again"
        )
    error = future.exception()
    if isinstance(error, KilledWorker):
        where = "" if task is None else f", on {task.rows:,} rows from {task.units[0].path} on"
        raise EngineError(
            f"a task ended {error.allowed_failures + 1} workers one after the other{where}; the last was "
            f"{error.last_worker.address}. Most often a worker's memory is too small for its threads: give it more, or "
            "fewer threads"
        ) from None
    raise error.with_traceback(None) from None


_NO_WORKERS = (
    f"the cluster has had no worker for {LONELY * PATIENCE:.0f} seconds, so nobody runs the pass; start workers "
    "(cluster.scale(2)) and fit again"
)


def _other_version(worker: str, found: Any) -> str:
    has = f"statlogit {found}" if isinstance(found, str) else f"no statlogit that can be imported ({found})"
    return (
        f"worker {worker} has {has}, and this process {__version__}: their sums need not be the same; install "
        f"statlogit=={__version__} on every worker"
    )
