"""Several CSV files, parsed again on every pass: correct and slow, for data that are too many for memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from statlogit.errors import DataError
from statlogit.sources.batches import Batch
from statlogit.sources.engines import Unit
from statlogit.sources.files import Files


@dataclass(frozen=True, slots=True)
class CsvFiles:
    """CSV files with the same header. columns: those to be read."""

    files: Files
    names: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def units(self) -> Sequence[Unit]:
        return [Unit(stamp, 0, None) for stamp in self.files.stamps]

    @property
    def reader(self) -> CsvReader:
        return CsvReader(self.columns)

    def check(self) -> None:
        self.files.check()

    def select(self, columns: Sequence[str]) -> CsvFiles:
        return replace(self, columns=tuple(columns))


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
