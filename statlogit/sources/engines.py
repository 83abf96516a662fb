"""Who runs a pass: the threads of this process, or whoever else can run a picklable function of a task.

A task names some units of the data; what it gives is a Segment of sums, so where the tasks are cut and who ran them
leave no trace in the total. The functions are partials of module-level functions and pickle, and so do tasks. An
engine is two functions, `width` and `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import itemgetter
from threading import Event
from typing import Protocol, TypeVar

from statlogit.core.blocks import Addable
from statlogit.core.progress import counted
from statlogit.core.segments import Segment
from statlogit.core.threads import in_order, workers

S = TypeVar("S", bound=Addable)

FEWEST_ROWS = 200_000  # of a task: some tens of milliseconds, where a scheduler takes three


class Origin(Protocol):
    @property
    def path(self) -> str:
        """Of a file, or another name of the rows that people know."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the data that is read in one go: a row group of a file, or a whole file (rows None: not known)."""

    stamp: Origin
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


Done = Callable[[int], None]  # told the rows of each task that has ended, by any thread


class Engine(Protocol):
    """Runs tasks."""

    @property
    def width(self) -> int:
        """Tasks that run at once."""

    def run(self, work: Work[S], tasks: Sequence[Task], done: Done) -> Generator[Segment[S]]:
        """What `work` gives for the tasks, in their order; neighbours may come joined, as `grouped` or `joined` do.

        An engine that is left early leaves nothing running.
        """


@dataclass(frozen=True, slots=True)
class Threads:
    """The cores of this process."""

    @property
    def width(self) -> int:
        return workers()

    def run(self, work: Work[S], tasks: Sequence[Task], done: Done) -> Generator[Segment[S]]:
        stop = Event()

        def one(task: Task) -> Segment[S]:
            found = work(task, stopped=stop.is_set)
            done(task.rows)
            return found

        yield from in_order(one, tasks, self.width, stop.set)


def tasks_of(units: Sequence[Unit], tile: int) -> list[Task]:
    """Units in order, each a task of its own. Every unit must know its rows."""
    tiles = [-(-int(unit.rows or 0) // tile) for unit in units]
    starts = accumulate(tiles, initial=0)
    return [Task((unit,), start) for unit, start in zip(units, starts, strict=False)]


def grouped(tasks: Sequence[Task], most: int, fewest_rows: int = FEWEST_ROWS) -> list[Task]:
    """Neighbouring tasks as one: at most `most` of them, of about `fewest_rows` rows or more where there are so many.

    For engines to which a task costs something: how many tasks a pass has then does not grow with the rows.
    """
    rows = max(fewest_rows, sum(task.rows for task in tasks) / most, 1)
    before = accumulate((task.rows for task in tasks), initial=0)
    places = (int(start // rows) for start in before)
    groups = groupby(zip(places, tasks, strict=False), key=itemgetter(0))
    return [_as_one([task for _, task in group]) for _, group in groups]


def _as_one(tasks: Sequence[Task]) -> Task:
    return Task(tuple(unit for task in tasks for unit in task.units), tasks[0].start)


def joined(parts: Iterable[Segment[S]]) -> Segment[S]:
    """Neighbouring segments as one; they stay as they are."""
    whole: Segment[S] = Segment()
    for part in parts:
        whole.join(part)
    return whole


def map_reduce(work: Work[S], tasks: Sequence[Task], engine: Engine, unit: str = "rows") -> S:
    """The sum over all tasks, in the one tree of their tiles. Raises ValueError where no tile has rows.

    unit: what the tasks count, for the progress bar.
    """
    with counted(sum(task.rows for task in tasks), unit=unit) as done, closing(engine.run(work, tasks, done)) as parts:
        return joined(parts).total()
