"""Any executor of concurrent.futures as an engine: the processes of this machine, or of others by MPI or loky."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from statlogit.core.blocks import Addable
from statlogit.core.segments import Segment
from statlogit.errors import EngineError
from statlogit.sources.engines import Done, Task, Work, grouped

S = TypeVar("S", bound=Addable)

TASKS_EACH = 4  # of a process: the last ones to end then wait for little


@dataclass(frozen=True, slots=True)
class Pool:
    """The workers of an executor. Cancelled, it waits for the tasks that run, a quarter of a process's share each."""

    executor: Executor

    @property
    def width(self) -> int:
        return getattr(self.executor, "_max_workers", None) or os.cpu_count() or 1

    def run(self, work: Work[S], tasks: Sequence[Task], done: Done) -> Generator[Segment[S]]:
        parts = grouped(tasks, TASKS_EACH * self.width)
        futures: list[Future[Segment[S]]] = []
        try:
            for part in parts:
                futures.append(self.executor.submit(work, part))
                futures[-1].add_done_callback(partial(_tell, done=done, rows=part.rows))
            for future in futures:
                yield future.result()
        except BrokenExecutor as error:
            raise EngineError(
                f"a process of {type(self.executor).__name__} ended in the middle of a pass, perhaps for lack of "
                "memory; make a new executor with fewer processes, or leave engine= out"
            ) from error
        finally:
            for future in futures:
                future.cancel()
            wait(futures)


def _tell(_: Future[Segment[S]], done: Done, rows: int) -> None:
    done(rows)
