"""A Dask data frame: one unit a partition, computed anew on every pass unless it was persisted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from statlogit.errors import DataError
from statlogit.sources.batches import Batch, Ranges
from statlogit.sources.engines import Unit


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """The rows of one partition: a promise, which Dask replaces by the frame where a task runs."""

    frame: Any
    path: str  # for messages


@dataclass(frozen=True, slots=True)
class Partitions:
    """The partitions of a Dask data frame. columns: those to be computed."""

    frame: Any
    names: tuple[str, ...]
    columns: tuple[str, ...]
    lengths: tuple[int, ...]
    promises: tuple[Any, ...]

    @property
    def units(self) -> Sequence[Unit]:
        parts = enumerate(zip(self.promises, self.lengths, strict=True))
        return [Unit(Partition(frame, f"partition {k}"), 0, rows) for k, (frame, rows) in parts if rows]

    @property
    def reader(self) -> PartitionReader:
        return PartitionReader(self.columns)

    @property
    def origin(self) -> str:
        return f"{len(self.lengths):,} partition{'s' if len(self.lengths) > 1 else ''} of a Dask data frame"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the names of the columns and the lengths of the partitions, as hexadecimal text."""
        return hashlib.sha256(repr((self.names, self.lengths)).encode()).hexdigest()

    def check(self) -> None:
        """Each partition is checked where it is computed."""

    def select(self, columns: Sequence[str]) -> Partitions:
        return replace(self, columns=tuple(columns), promises=_promises(self.frame[list(columns)]))

    def without(self, excluded: Callable[[Ranges], bool]) -> Partitions:
        del excluded
        return self


@dataclass(frozen=True, slots=True)
class PartitionReader:
    columns: tuple[str, ...]

    def batches(self, unit: Unit, rows: int) -> Iterator[Batch]:
        found = unit.stamp.frame  # type: ignore[attr-defined]
        frame = found if isinstance(found, pd.DataFrame) else found.compute()
        if len(frame) != unit.rows:
            raise DataError(
                f"{unit.path} had {unit.rows:,} rows and has {len(frame):,} now, so the passes would not be over the "
                "same rows; fit data.persist()"
            )
        for start in range(0, len(frame), rows):
            some = frame.iloc[start : start + rows]
            yield Batch(unit.path, start, len(some), {name: some[name] for name in self.columns})


def is_dask_frame(data: Any) -> bool:
    """A data frame of Dask; asked without importing it."""
    return type(data).__module__.partition(".")[0] == "dask" and hasattr(data, "map_partitions")


def partitions(frame: Any) -> Partitions:
    """Count the rows of every partition. Raises DataError where there is none."""
    lengths = tuple(int(n) for n in frame.map_partitions(len, meta=("rows", "int64")).compute())
    if not sum(lengths):
        raise DataError("the Dask data frame has no rows, so there is nothing to fit; check how it was made")
    names = tuple(str(name) for name in frame.columns)
    return Partitions(frame, names, names, lengths, _promises(frame))


def _promises(frame: Any) -> tuple[Any, ...]:
    return tuple(frame.to_delayed())
