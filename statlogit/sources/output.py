"""Files that appear whole or not at all: rows are written to a hidden neighbour, which takes the name at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pandas as pd

from statlogit.errors import DataError


class Writer(Protocol):
    """Takes frames of the same columns, one after the other."""

    def write(self, frame: pd.DataFrame) -> None: ...
    def close(self) -> None: ...


class CsvWriter:
    """One header, then rows."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "w", encoding="utf-8", newline="")  # noqa: SIM115 - closed by close()
        self._header = True

    def write(self, frame: pd.DataFrame) -> None:
        frame.to_csv(self._file, index=False, header=self._header, lineterminator="\n")
        self._header = False

    def close(self) -> None:
        self._file.close()


@contextmanager
def whole_file(path: str | Path) -> Iterator[Writer]:
    """A writer of a .parquet or .pq file, or else of CSV. The file is there once the block has ended well.

    Raises DataError where it cannot be written, a full disk included; what stood at the path before then still does.
    """
    target = Path(path)
    neighbour = str(target.with_name(f".{target.name}.{os.getpid()}.part"))
    writer: Writer | None = None
    try:
        writer = _opened(target)(neighbour)
        yield writer
        writer.close()
        os.replace(neighbour, target)
    except BaseException as error:
        if writer is not None:
            with suppress(Exception):  # a footer that finds no room either
                writer.close()
        with suppress(OSError):
            os.unlink(neighbour)
        if isinstance(error, OSError):
            reason = error.strerror or str(error).strip().splitlines()[0]
            raise DataError(
                f"{target} could not be written ({reason}) and nothing was left behind; "
                "free some space or name another folder"
            ) from error
        raise


def _opened(target: Path) -> Callable[[str], Writer]:
    if target.suffix.lower() in (".parquet", ".pq"):
        from statlogit.sources.parquet import ParquetWriter  # pyarrow is an extra

        return ParquetWriter
    return CsvWriter
