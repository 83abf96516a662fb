"""The files that a path stands for: itself, those of a folder, or those that a pattern matches."""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from statlogit.errors import DataError

KINDS: dict[str, Literal["parquet", "csv"]] = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv"}
WILD = "*?["


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file is still the same."""

    path: str
    size: int
    modified: int  # nanoseconds


@dataclass(frozen=True, slots=True)
class Files:
    """Files of one kind, in the order of their names."""

    kind: Literal["parquet", "csv"]
    stamps: tuple[Stamp, ...]
    asked: str  # what they were found by

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(stamp.path for stamp in self.stamps)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(stamp.size for stamp in self.stamps)

    @property
    def origin(self) -> str:
        """In words: "12 files (sales/)"."""
        return f"{len(self.stamps):,} file{'s' if len(self.stamps) > 1 else ''} ({self.asked})"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the names and sizes, as hexadecimal text."""
        lines = "\n".join(f"{Path(stamp.path).name} {stamp.size}" for stamp in self.stamps)
        return hashlib.sha256(lines.encode()).hexdigest()

    def check(self) -> None:
        """Raise DataError where a file has changed, is gone or has been added since."""
        now = files_of(self.asked)
        if now == self:
            return
        before = {stamp.path: stamp for stamp in self.stamps}
        after = {stamp.path: stamp for stamp in now.stamps}
        path = next(p for p in sorted(before.keys() | after.keys()) if before.get(p) != after.get(p))
        what = "has changed" if path in before and path in after else "is gone" if path in before else "has been added"
        raise DataError(
            f"{path} {what} while the model was being fitted, so the passes would not be over the same rows; "
            "fit a folder that nobody writes to"
        )


def is_many(path: str | Path) -> bool:
    """A path of what need not fit in memory: a Parquet file, a folder or a pattern; one CSV file is read whole."""
    text = str(path)
    if os.path.isdir(text):
        return True
    return Path(text).suffix.lower() in (".parquet", ".pq") or (_is_pattern(text) and not os.path.exists(text))


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in WILD)


def files_of(path: str | Path) -> Files:
    """The files of a path. Raises DataError where there is none, where one is empty, or where kinds are mixed."""
    asked = str(path)
    found = _found(asked)
    if not found:
        what = "has no .parquet or .csv file" if os.path.isdir(asked) else "matches no file"
        raise DataError(f"{asked} {what}, so there is nothing to fit; check the path")
    kinds = {KINDS[Path(p).suffix.lower()] for p in found}
    if len(kinds) > 1:
        raise DataError(
            f"{asked} has both Parquet and CSV files; name one kind, as in {os.path.join(asked, '*.csv')!r}"
        )
    return Files(kinds.pop(), tuple(map(_stamp, found)), asked)


def _found(asked: str) -> list[str]:
    """Names in order; in folders those of our kinds, but what starts with a dot or an underscore (partial output)."""
    if os.path.isdir(asked):
        tree = ((folder, name) for folder, _, names in os.walk(asked) for name in names)
        found = [os.path.join(folder, name) for folder, name in tree if not _is_hidden(asked, folder, name)]
    elif os.path.exists(asked) or not _is_pattern(asked):
        return [asked]
    else:
        found = [p for p in glob.glob(asked, recursive=True) if os.path.isfile(p)]
    return sorted(p for p in found if Path(p).suffix.lower() in KINDS)


def _is_hidden(top: str, folder: str, name: str) -> bool:
    return any(part.startswith((".", "_")) for part in (*Path(os.path.relpath(folder, top)).parts, name) if part != ".")


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"{path} cannot be read ({reason}); check the path and its permissions") from error
    if found.st_size == 0:
        raise DataError(f"{path} is empty (0 bytes), as an interrupted write leaves it; write it again or remove it")
    return Stamp(path, found.st_size, found.st_mtime_ns)
