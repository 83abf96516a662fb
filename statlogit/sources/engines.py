"""Who runs a pass: the threads of this process, or whoever else can run a picklable function of a task.

A task names some units of the data; what it gives is a Segment of sums, so where the tasks are cut and who ran them
leave no trace in the total. The functions are partials of module-level functions and pickle, and so do tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Protocol, TypeVar

from statlogit.core.blocks import Addable
from statlogit.core.segments import Segment
from statlogit.core.threads import in_order, workers
from statlogit.sources.files import Stamp

S = TypeVar("S", bound=Addable)


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the data that is read in one go: a row group of a file, or a whole file (rows None: not known)."""

    stamp: Stamp
    group: int
    rows: int | None

    @property
    def path(self) -> str:
        return self.stamp.path


@dataclass(frozen=True, slots=True)
class Task:
    """Neighbouring units. start: the place of their first tile among those of all units."""

    units: tuple[Unit, ...]
    start: int

    @property
    def rows(self) -> int:
        return sum(unit.rows or 0 for unit in self.units)


class Work(Protocol[S]):
    """The sums of a task's tiles. stopped: asked between batches; where it is true the result is not wanted."""

    def __call__(self, task: Task, *, stopped: Callable[[], bool] = ...) -> Segment[S]: ...


class Engine(Protocol):
    """Runs tasks."""

    @property
    def width(self) -> int:
        """Tasks that run at once."""

    def run(self, work: Work[S], tasks: Sequence[Task]) -> Iterator[Segment[S]]:
        """What `work` gives for each task, in their order. An engine that is left early leaves nothing running."""


@dataclass(frozen=True, slots=True)
class Threads:
    """The cores of this process."""

    @property
    def width(self) -> int:
        return workers()

    def run(self, work: Work[S], tasks: Sequence[Task]) -> Iterator[Segment[S]]:
        stop = Event()

        def one(task: Task) -> Segment[S]:
            return work(task, stopped=stop.is_set)

        try:
            yield from in_order(one, tasks, self.width)
        finally:
            stop.set()


def tasks_of(units: Sequence[Unit], tile: int, *, rows: int = 0) -> list[Task]:
    """Units in order, each a task of its own or with its neighbours until they have `rows` rows.

    Every unit must know its rows.
    """
    found: list[Task] = []
    some: list[Unit] = []
    start = place = 0
    for unit in units:
        some.append(unit)
        place += -(-int(unit.rows or 0) // tile)
        if sum(int(u.rows or 0) for u in some) >= rows:
            found.append(Task(tuple(some), start))
            some, start = [], place
    if some:
        found.append(Task(tuple(some), start))
    return found


def map_reduce(work: Work[S], tasks: Sequence[Task], engine: Engine) -> S:
    """The sum over all tasks, in the one tree of their tiles. Raises ValueError where no tile has rows."""
    whole: Segment[S] = Segment()
    for part in engine.run(work, tasks):
        whole.join(part)
    return whole.total()
