"""Parquet: one unit a row group, only the columns that are needed, text as the codes that the file holds.

pyarrow is the extra `parquet`. Reads are not buffered ahead, so that a row group of any size costs a few batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from statlogit.errors import DataError, missing_extra

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:
    raise missing_extra("reading Parquet files", "pyarrow", "parquet") from error

import narwhals as nw

from statlogit.sources.batches import Batch, Ranges, Text
from statlogit.sources.engines import Origin, Unit
from statlogit.sources.files import Files

FOOTERS = 64  # kept by a process
BUFFER = 1 << 16  # bytes read at once from each column


@dataclass(frozen=True, slots=True)
class ParquetFiles:
    """Parquet files of one schema. columns: those to be read."""

    files: Files
    footers: tuple[Any, ...]  # what each file says of itself
    names: tuple[str, ...]  # of all columns
    columns: tuple[str, ...]
    left_out: frozenset[tuple[str, int]] = frozenset()  # row groups, by file, that hold no row that is asked for

    @property
    def n_rows(self) -> int:
        return sum(unit.rows or 0 for unit in self.units)

    @property
    def units(self) -> Sequence[Unit]:
        return [
            Unit(stamp, k, footer.row_group(k).num_rows)
            for stamp, footer in zip(self.files.stamps, self.footers, strict=True)
            for k in range(footer.num_row_groups)
            if footer.row_group(k).num_rows and (stamp.path, k) not in self.left_out
        ]

    def without(self, excluded: Callable[[Ranges], bool]) -> ParquetFiles:
        pairs = zip(self.files.paths, self.footers, strict=True)
        groups = ((path, k, footer.row_group(k)) for path, footer in pairs for k in range(footer.num_row_groups))
        return replace(self, left_out=frozenset((path, k) for path, k, group in groups if excluded(_ranges(group))))

    @property
    def reader(self) -> ParquetReader:
        return ParquetReader(self.columns)

    @property
    def origin(self) -> str:
        return self.files.origin

    @property
    def fingerprint(self) -> str:
        return self.files.fingerprint

    def check(self) -> None:
        self.files.check()

    def select(self, columns: Sequence[str]) -> ParquetFiles:
        """The same rows with these columns. Raises DataError where a file has another type in one of them."""
        kinds = _kinds(self.footers[0])
        for path, footer in zip(self.files.paths[1:], self.footers[1:], strict=True):
            own = _kinds(footer)
            for name in columns:
                if name in kinds and own.get(name) != kinds[name]:
                    has = f"has {own[name]} in column {name!r}" if name in own else f"has no column {name!r}"
                    raise DataError(
                        f"{path} {has}, and {self.files.paths[0]} has {kinds[name]}; all files of a fit need one schema"
                    )
        return replace(self, columns=tuple(columns))


@dataclass(frozen=True, slots=True)
class ParquetReader:
    """Reads these columns of any of the files."""

    columns: tuple[str, ...]

    def batches(self, unit: Unit, rows: int) -> Iterator[Batch]:
        where, start = f"{unit.path}, row group {unit.group}", 0
        try:
            footer = _known_footer(unit.stamp)
            schema = footer.schema.to_arrow_schema()
            text = [name for name in self.columns if _is_text(schema.field(name).type)]
            with pq.ParquetFile(
                unit.path, metadata=footer, pre_buffer=False, buffer_size=BUFFER, read_dictionary=text
            ) as file:
                found = file.iter_batches(rows, [unit.group], list(self.columns), use_threads=False)
                for batch in found:
                    columns = {name: _column(batch.column(name), name in text) for name in self.columns}
                    yield Batch(where, start, batch.num_rows, columns)
                    start += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(where, error) from error


@lru_cache(maxsize=FOOTERS)
def _known_footer(stamp: Origin) -> Any:
    """The footer of a file, read once by each process that reads the file."""
    return pq.read_metadata(stamp.path)


def parquet_files(files: Files) -> ParquetFiles:
    """Read the footers. Raises DataError where a file is no Parquet file or was cut short."""
    footers = tuple(_footer(path) for path in files.paths)
    names = tuple(footers[0].schema.to_arrow_schema().names)
    return ParquetFiles(files, footers, names, names)


def whole_table(source: ParquetFiles) -> Any:
    """The columns of all files in memory, as one pyarrow table."""
    parts = [_whole(path, source.columns) for path in source.files.paths]
    return pa.concat_tables(parts, promote_options="permissive").unify_dictionaries()


class ParquetWriter:
    """Frames as row groups of one file; the types are those of the first frame, and what is no number is text."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._writer: Any = None

    def write(self, frame: pd.DataFrame) -> None:
        if self._writer is None:
            schema = pa.schema([(name, TYPES.get(frame[name].dtype.kind, pa.string())) for name in frame.columns])
            self._writer = pq.ParquetWriter(self._path, schema)
        self._writer.write_table(pa.Table.from_pandas(frame, self._writer.schema, preserve_index=False))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


TYPES = {"f": pa.float64(), "i": pa.int64(), "b": pa.bool_()}


def _whole(path: str, columns: Sequence[str]) -> Any:
    try:
        with pq.ParquetFile(path) as file:
            return file.read(list(columns))
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _ranges(group: Any) -> Ranges:
    """What a row group says of its columns; those that say nothing are left out."""
    columns = (group.column(j) for j in range(group.num_columns))
    known = ((c.path_in_schema, c.statistics) for c in columns if c.statistics is not None)
    return {name: (found.min, found.max) for name, found in known if found.has_min_max}


def _footer(path: str) -> Any:
    try:
        return pq.read_metadata(path)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _unreadable(where: str, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
    return DataError(f"{where} cannot be read as Parquet ({reason}); it may be cut short: write it again or remove it")


def _kinds(footer: Any) -> dict[str, str]:
    """What the columns hold, by name; widths of numbers do not matter."""
    return {field.name: _kind(field.type) for field in footer.schema.to_arrow_schema()}


def _kind(kind: Any) -> str:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "numbers"
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    return "text" if _is_text(kind) else str(kind)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _column(found: Any, is_text: bool) -> Any:
    """A column without a copy where it can be had."""
    kind = found.type
    if is_text and pa.types.is_dictionary(kind):
        codes = found.indices.fill_null(-1) if found.indices.null_count else found.indices
        return Text(codes.to_numpy().astype(np.int32, copy=False), tuple(found.dictionary.to_pylist()))
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and found.null_count):
        doubles = found if kind == pa.float64() else found.cast(pa.float64())
        return (doubles.fill_null(np.nan) if doubles.null_count else doubles).to_numpy()
    if pa.types.is_integer(kind):
        return found.to_numpy()
    return nw.from_native(pa.chunked_array([found]), series_only=True)
