"""Several CSV files, parsed again on every pass: correct and slow, for data that are too many for memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

import pandas as pd

from statlogit.core.segments import Segment
from statlogit.errors import DataError
from statlogit.sources.batches import BATCH_ROWS, Batch, Ranges
from statlogit.sources.engines import Engine, Task, Unit, map_reduce
from statlogit.sources.files import Files


@dataclass(frozen=True, slots=True)
class CsvFiles:
    """CSV files with the same header. columns: those to be read."""

    files: Files
    names: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[str, int] = field(default_factory=dict)  # of the files by their paths, where they were counted

    @property
    def units(self) -> Sequence[Unit]:
        return [Unit(stamp, 0, self.rows.get(stamp.path)) for stamp in self.files.stamps]

    @property
    def reader(self) -> CsvReader:
        return CsvReader(self.columns)

    @property
    def origin(self) -> str:
        return self.files.origin

    @property
    def fingerprint(self) -> str:
        return self.files.fingerprint

    def check(self) -> None:
        self.files.check()

    def select(self, columns: Sequence[str]) -> CsvFiles:
        return replace(self, columns=tuple(columns))

    def without(self, excluded: Callable[[Ranges], bool]) -> CsvFiles:
        del excluded
        return self


@dataclass(frozen=True, slots=True)
class CsvReader:
    """Reads these columns of any of the files."""

    columns: tuple[str, ...]

    def batches(self, unit: Unit, rows: int) -> Iterator[Batch]:
        start = 0
        try:
            with pd.read_csv(unit.path, usecols=list(self.columns), chunksize=rows, **OPTIONS) as reader:
                for frame in reader:
                    yield Batch(unit.path, start, len(frame), {name: frame[name] for name in self.columns})
                    start += len(frame)
        except (OSError, ValueError) as error:
            raise _unreadable(unit.path, error) from error


_VERSION = tuple(int(part) for part in pd.__version__.split(".")[:2])
OPTIONS: dict[str, Any] = {"index_col": False, "encoding": "utf-8-sig"}
if _VERSION < (3, 1):  # from then on every number is read to the nearest double
    OPTIONS["float_precision"] = "round_trip"


def csv_files(files: Files) -> CsvFiles:
    """Read the headers. Raises DataError where a file has another one than the first."""
    names = _header(files.paths[0])
    for path in files.paths[1:]:
        own = _header(path)
        if own != names:
            lacks = [name for name in names if name not in own] or [name for name in own if name not in names]
            raise DataError(
                f"{path} has another header than {files.paths[0]} (first difference: {(lacks or own)[0]!r}); "
                "all files of a fit need the same columns in the same order"
            )
    return CsvFiles(files, names, names)


@dataclass(frozen=True, slots=True)
class _Counts:
    rows: dict[str, int]

    def __add__(self, other: Self) -> Self:
        return type(self)(self.rows | other.rows)


def counted(source: CsvFiles, engine: Engine) -> CsvFiles:
    """With the rows of each file, counted by the engine, which then can take the files one by one."""
    units = [Unit(stamp, 0, stamp.size) for stamp in source.files.stamps]  # bytes stand for the rows, not known yet
    tasks = [Task((unit,), place) for place, unit in enumerate(units)]
    found = map_reduce(partial(_count, reader=source.select(source.names[:1]).reader), tasks, engine, "bytes")
    return replace(source, rows=found.rows)


def _count(task: Task, *, reader: CsvReader, stopped: Callable[[], bool] = lambda: False) -> Segment[_Counts]:
    part: Segment[_Counts] = Segment(task.start)
    for unit in task.units:
        rows = 0
        for batch in reader.batches(unit, BATCH_ROWS):
            rows += batch.n_rows
            if stopped():
                break
        part.extend([_Counts({unit.path: rows})])
    return part


def whole_table(source: CsvFiles) -> pd.DataFrame:
    """The columns of all files in memory."""
    parts = []
    for path in source.files.paths:
        try:
            parts.append(pd.read_csv(path, usecols=list(source.columns), low_memory=False, **OPTIONS))
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return found


def _header(path: str) -> tuple[str, ...]:
    try:
        return tuple(str(name) for name in pd.read_csv(path, nrows=0, **OPTIONS).columns)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return DataError(f"{path} cannot be read as CSV ({reason}); every line needs as many fields as the header")
