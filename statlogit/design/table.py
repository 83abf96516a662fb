"""One rule for every kind of data frame: pandas, polars and pyarrow give the same values, bit for bit.

NaN and null are missing. Numbers become float64 (without a copy where they are). Text, Categorical, Enum and
dictionary columns are factors; the last three keep their own order of levels (polars' Categorical has none). Dates,
complex numbers, lists and mixtures of text and numbers are refused when the column is used. The frame is never
modified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from statlogit.core.types import Array
from statlogit.design.files import read_csv
from statlogit.design.gate import missing_column
from statlogit.design.values import MISSING, Labels, Numbers, Value, label_text, plain
from statlogit.errors import DataError


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a data frame by name, read when they are asked for and only once."""

    names: tuple[str, ...]
    n_rows: int
    index: pd.Index[Any]
    native: Mapping[str, Any]  # name -> pandas or narwhals series
    values: dict[str, Value] = field(default_factory=dict)

    def column(self, name: str) -> Value:
        """The values of one column. Raises MissingColumnError or DataError."""
        if name not in self.values:
            if name not in self.native:
                raise missing_column(self.names, name)
            self.values[name] = read_series(self.native[name], name)
        return self.values[name]


def table_of(data: Any) -> Table:
    """A table from a pandas, polars or pyarrow frame, from a mapping of columns, or from a CSV file ("-": stdin).

    Raises DataError when the data are no frame or when two columns have one name.
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, str | Path):
        data = read_csv(data)
    if isinstance(data, Mapping):
        data = _from_mapping(data)
    if isinstance(data, pd.DataFrame):
        labels = data.columns.tolist()
        names = tuple(map(str, labels))
        _check_names(names)
        native = _PandasColumns(data, dict(zip(names, enumerate(labels), strict=True)))
        return Table(names, len(data), data.index, native)
    try:
        frame = nw.from_native(data, eager_only=True)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"the data must be a pandas, polars or pyarrow frame, not {type(data).__name__}; "
            "convert it, as in pandas.DataFrame(data)"
        ) from error
    names = tuple(str(c) for c in frame.columns)
    _check_names(names)
    columns = {name: frame.get_column(name) for name in frame.columns}
    return Table(names, frame.shape[0], pd.RangeIndex(frame.shape[0]), columns)


def _from_mapping(data: Mapping[Any, Any]) -> pd.DataFrame:
    try:
        return pd.DataFrame(dict(data))
    except ValueError as error:
        raise DataError(f"the columns do not make a table: {error}") from error


class _PandasColumns(Mapping[str, Any]):
    """Columns of a pandas frame by the text of their labels, without touching the others."""

    def __init__(self, frame: pd.DataFrame, places: dict[str, tuple[int, Any]]) -> None:
        self.frame, self.places = frame, places

    def __getitem__(self, name: str) -> Any:
        place, label = self.places[name]
        return self.frame[label] if isinstance(label, str) else self.frame.iloc[:, place]

    def __contains__(self, name: object) -> bool:
        return name in self.places

    def __iter__(self) -> Any:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def _check_names(names: tuple[str, ...]) -> None:
    if len(set(names)) == len(names):
        return
    seen: set[str] = set()
    twice = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    raise DataError(
        f"the data have {names.count(twice)} columns named {twice!r}, so a formula cannot tell them apart; "
        "rename or drop the repeated ones"
    )


def read_series(series: Any, name: str) -> Value:
    """The values of a pandas or narwhals series, or of an array."""
    if isinstance(series, np.ndarray):
        series = pd.Series(series)
    if isinstance(series, pd.Series):
        return _read_pandas(series, name)
    return _read_narwhals(series, name)


def refuse(name: str, kind: str, remedy: str) -> DataError:
    return DataError(f"column {name!r} holds {kind}, which a formula cannot use; {remedy}")


def _read_pandas(series: pd.Series[Any], name: str) -> Value:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _labels(series.cat.codes.to_numpy(), series.cat.categories.tolist())
    if isinstance(dtype, np.dtype):
        if dtype.kind == "f":
            return Numbers(_float64(series.to_numpy()))
        if dtype.kind in "iu":
            whole = series.to_numpy()
            return Numbers(whole.astype(np.float64), whole=whole)
        if dtype.kind == "b":
            return Numbers(series.to_numpy().astype(np.float64), boolean=True)
        if dtype.kind in "OSU":
            return _read_objects(series.to_numpy(dtype=object), name)
    if pd.api.types.is_string_dtype(dtype) and not pd.api.types.is_object_dtype(dtype):
        return label_text(series.array)
    if pd.api.types.is_bool_dtype(dtype):
        return Numbers(series.to_numpy(dtype=np.float64, na_value=np.nan), boolean=True)
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return _nullable(series)
    if str(dtype).startswith("dictionary"):
        return _arrow_dictionary(series.array.__arrow_array__())
    if str(dtype).startswith("decimal"):
        return _read_objects(series.to_numpy(dtype=object), name)
    raise refuse(name, f"{dtype} values", _REMEDIES.get(_family(str(dtype)), "turn it into numbers or text beforehand"))


def _nullable(series: pd.Series[Any]) -> Numbers:
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    if pd.api.types.is_integer_dtype(series.dtype) and not series.isna().any():
        return Numbers(values, whole=series.to_numpy(dtype=np.int64))
    return Numbers(values)


def _arrow_dictionary(chunks: Any) -> Labels:
    whole = chunks.unify_dictionaries().combine_chunks() if hasattr(chunks, "unify_dictionaries") else chunks
    codes = pd.Series(whole.indices.to_pandas()).fillna(MISSING).to_numpy(dtype=np.int64)
    return _labels(codes, whole.dictionary.to_pylist())


_REMEDIES = {
    "date": "use a number instead, such as (column - column.min()).dt.days, or a factor such as the year as text",
    "complex": "use its real part, imaginary part or modulus",
    "list": "make one column of each entry",
}


def _family(dtype: str) -> str:
    if any(word in dtype.lower() for word in ("date", "time", "duration", "period")):
        return "date"
    return "complex" if "complex" in dtype else "list" if any(w in dtype.lower() for w in ("list", "struct")) else ""


def _float64(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)


def _labels(codes: Any, levels: list[Any]) -> Labels:
    """Codes of pandas or arrow as ours; levels that become equal as plain values are merged."""
    named = [plain(level) for level in levels]
    codes = np.asarray(codes)
    if len({(type(v), v) for v in named}) == len(named):
        narrow = codes.dtype.kind == "i" and codes.itemsize <= 4
        return Labels(codes if narrow else codes.astype(np.int32), tuple(named), own_order=True)
    distinct = list(dict.fromkeys(named))
    to_code = np.array([*(distinct.index(v) for v in named), MISSING], dtype=np.int32)
    return Labels(to_code[codes], tuple(distinct), own_order=True)


def _read_objects(values: Any, name: str) -> Value:
    """Python objects: all text, all truth values, or all numbers; None, nan and pd.NA are missing."""
    missing = pd.isna(values)
    kinds = {_kind(value) for value in values[~missing]}
    if not kinds:
        return Numbers(np.full(values.shape, np.nan))
    if kinds == {"text"}:
        return label_text(np.where(missing, None, values))
    if kinds <= {"number", "truth"}:
        numbers = np.full(values.shape, np.nan)
        numbers[~missing] = [float(value) for value in values[~missing]]
        whole = values.astype(np.int64) if not missing.any() and _all_whole(values) else None
        return Numbers(numbers, boolean=kinds == {"truth"}, whole=whole)
    if kinds <= {"text", "number", "truth"}:
        raise refuse(name, "a mixture of text and numbers", f"make it one kind, as in data[{name!r}].astype(str)")
    kind = next(iter(kinds - {"text", "number", "truth"}))
    raise refuse(name, f"{kind} values", _REMEDIES.get(_family(kind), "turn it into numbers or text beforehand"))


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool | np.bool_):
        return "truth"
    if isinstance(value, int | float | np.integer | np.floating | Decimal):
        return "number"
    return type(value).__name__


def _all_whole(values: Any) -> bool:
    return all(isinstance(v, int) and not isinstance(v, bool) and abs(v) < 2**63 for v in values)


def _read_narwhals(series: Any, name: str) -> Value:
    dtype = series.dtype
    if dtype in (nw.Float64, nw.Float32):
        values = series.to_numpy()
        return Numbers(_float64(values) if not series.is_null().any() else _with_nulls(series))
    if dtype.is_integer():
        if series.is_null().any():
            return Numbers(_with_nulls(series))
        whole = series.to_numpy()
        return Numbers(whole.astype(np.float64), whole=whole)
    if dtype == nw.Boolean:
        return Numbers(_with_nulls(series.cast(nw.Int8)), boolean=True)
    if dtype.is_decimal() or dtype == nw.Object:
        return _read_objects(np.array(series.to_list(), dtype=object), name)
    if dtype == nw.String:
        return label_text(np.asarray(series.to_numpy(), dtype=object))
    if isinstance(dtype, nw.Enum) or dtype == nw.Categorical:
        return _read_categories(series, dtype)
    if dtype == nw.Unknown and not series.is_null().all():
        raise refuse(name, "values of an unknown type", "turn it into numbers or text beforehand")
    if series.is_null().all():
        return Numbers(np.full(len(series), np.nan))
    raise refuse(name, f"{dtype} values", _REMEDIES.get(_family(str(dtype)), "turn it into numbers or text beforehand"))


def _with_nulls(series: Any) -> Array:
    nulls = series.is_null().to_numpy()
    out = np.asarray(series.fill_null(0).to_numpy(), dtype=np.float64).copy()
    out[nulls] = np.nan
    return out


def _read_categories(series: Any, dtype: Any) -> Labels:
    native = nw.to_native(series)
    if hasattr(native, "unify_dictionaries"):  # arrow
        return _arrow_dictionary(native)
    if not isinstance(dtype, nw.Enum):  # polars keeps no order of its own for a Categorical
        return label_text(np.asarray(series.cast(nw.String).to_numpy(), dtype=object))
    levels = list(dtype.categories)
    text = label_text(np.asarray(series.cast(nw.String).to_numpy(), dtype=object))
    place = {str(level): k for k, level in enumerate(levels)}
    to_code = np.array([*(place[str(level)] for level in text.levels), MISSING], dtype=np.int32)
    return Labels(to_code[text.codes], tuple(levels), own_order=True)
