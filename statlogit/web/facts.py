"""What the page shows of a data set: a few facts of each column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from statlogit.design.syntax import Name, unparse

MOST_LEVELS = 30  # that are offered as events
MOST_VALUES = 4  # shown beside a column
MOST_TEXT = 60  # characters of one value


def describe(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """For each column its name, how a formula spells it, kind, missing, n_levels, levels (where few) and values."""
    return [_column(str(name), frame[name]) for name in frame.columns]


def _column(name: str, values: pd.Series[Any]) -> dict[str, Any]:
    present = values.dropna()
    counts = present.value_counts()
    kind = _kind(present)
    few = len(counts) <= MOST_LEVELS
    return {
        "name": name,
        "term": unparse(Name(name, 0, 0)),
        "kind": kind,
        "missing": int(values.isna().sum()),
        "n_levels": len(counts),
        "levels": [[_level(level), int(n)] for level, n in counts.sort_index().items()] if few else [],
        "values": _values(kind, present, counts),
    }


def _kind(present: pd.Series[Any]) -> str:
    if present.empty:
        return "empty"
    if pd.api.types.is_bool_dtype(present):
        return "yes/no"
    if pd.api.types.is_integer_dtype(present):
        return "whole number"
    if pd.api.types.is_numeric_dtype(present):
        whole = bool((present == present.round()).all())
        return "whole number" if whole else "number"
    return "text"


def _values(kind: str, present: pd.Series[Any], counts: pd.Series[int]) -> str:
    if kind in ("number", "whole number") and len(counts) > MOST_VALUES:
        return f"{_text(present.min())} to {_text(present.max())}"
    levels = counts.index if kind == "text" else counts.sort_index().index
    shown = [_text(level) for level in levels[:MOST_VALUES]]
    return ", ".join(shown) + (", …" if len(counts) > MOST_VALUES else "")


def _level(value: Any) -> str:
    """A level in full, as a fit is told it."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def example() -> Path:
    """The bundled data set: inside the package when installed, in examples/ of a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "web" / "assets" / "birthwt.csv"
    return shipped if shipped.is_file() else package.parent / "examples" / "birthwt.csv"
