"""CSV files, and standard input, as data frames. Every number is parsed to the nearest double."""

from __future__ import annotations

import csv
import io
import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from statlogit.errors import DataError

STDIN = "-"


def read_csv(path: str | Path) -> pd.DataFrame:
    """The frame in a CSV file; "-" reads standard input.

    Raises DataError when it cannot be read, has no rows, no header, or two columns of one name.
    """
    shown = "standard input" if str(path) == STDIN else str(path)
    try:
        raw = sys.stdin.buffer.read() if str(path) == STDIN else Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"{shown} cannot be read ({reason}); check the path and its permissions") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{shown} is not UTF-8 text (byte {error.start:,}); save it as CSV in UTF-8, or read it with pandas first"
        ) from error
    _check_header(text, shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame: pd.DataFrame = pd.read_csv(io.StringIO(text), index_col=False, low_memory=False, **_nearest_double())
    except (ValueError, pd.errors.ParserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"{shown} is not a table: {reason}; every line needs as many fields as the header") from error
    if frame.empty:
        raise DataError(f"{shown} has a header but no rows, so there is nothing to fit; check how it was written")
    return frame


def _check_header(text: str, shown: str) -> None:
    try:
        header = next(csv.reader(io.StringIO(text)), [])
    except csv.Error as error:
        raise DataError(f"{shown} is not a CSV file: {error}") from error
    if not any(header):
        raise DataError(f"{shown} is empty or has no header line; the first line must name the columns")
    twice = [name for k, name in enumerate(header) if name and name in header[:k]]
    if twice:
        raise DataError(
            f"{shown} has {header.count(twice[0])} columns named {twice[0]!r}, so a formula cannot tell them apart; "
            "rename or drop the repeated ones"
        )


def _nearest_double() -> dict[str, Any]:
    """The option that makes pandas read every number to the nearest double; from 3.1 on it always does."""
    version = tuple(int(part) for part in pd.__version__.split(".")[:2])
    return {} if version >= (3, 1) else {"float_precision": "round_trip"}
