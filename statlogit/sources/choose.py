"""What a user gives, as a source of rows and the engine of their passes: parsed once."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from statlogit.sources.batches import THREADS, Source
from statlogit.sources.csv import counted, csv_files
from statlogit.sources.engines import Engine, Threads
from statlogit.sources.files import files_of, is_many
from statlogit.sources.partitions import is_dask_frame, partitions
from statlogit.sources.pool import Pool


def is_streamed(data: Any) -> bool:
    """A path of what need not fit in memory, or a Dask data frame."""
    return is_many(data) if isinstance(data, str | Path) else is_dask_frame(data)


def source_of(data: Any, engine: Engine = THREADS) -> Source:
    """The rows of a path or a Dask data frame. Raises DataError where it has none."""
    if is_dask_frame(data):
        return partitions(data)
    files = files_of(data)
    if files.kind == "csv":
        return csv_files(files) if isinstance(engine, Threads) else counted(csv_files(files), engine)
    from statlogit.sources.parquet import parquet_files  # pyarrow is an extra

    return parquet_files(files)


def engine_of(given: Any, data: Any) -> Engine:
    """The engine of the passes over the data. given: None, a Dask client, an executor, or an engine.

    A Dask data frame without an engine goes to the client that Dask itself would use. Raises TypeError for what is no
    engine, and where the data are in memory.
    """
    if given is not None and not is_streamed(data):
        raise TypeError(
            "engine= runs passes over a Parquet or CSV folder or a Dask data frame, and these data are in memory; "
            "leave it out, or give the path"
        )
    if given is None:
        return _dask_engine(_current_client()) if is_dask_frame(data) and _current_client() else THREADS
    if _is_client(given):
        return _dask_engine(given)
    if isinstance(given, Executor):
        return Pool(given)
    if hasattr(given, "width") and hasattr(given, "run"):
        engine: Engine = given
        return engine
    raise TypeError(
        f"engine={given!r} runs nothing; give a dask.distributed.Client(address), an executor as "
        "concurrent.futures.ProcessPoolExecutor(), or an object with width and run (docs/scale.md)"
    )


def _is_client(given: Any) -> bool:
    return type(given).__module__.partition(".")[0] == "distributed" and hasattr(given, "scheduler_info")


def _dask_engine(client: Any) -> Engine:
    from statlogit.sources.dask import Dask  # distributed is an extra

    return Dask(client)


def _current_client() -> Any:
    try:
        from statlogit.sources.dask import current_client
    except ImportError:  # dask without distributed
        return None
    return current_client()
