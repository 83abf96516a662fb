"""weights, trials, offset and cluster: each a column's name, or one value per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from statlogit.core.types import Array, BoolArray, IntArray
from statlogit.design.rows import describe_rows
from statlogit.design.table import Table, read_series
from statlogit.design.values import Labels, Numbers, Value, label_numbers
from statlogit.errors import DataError, WeightsError


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments as numbers for all rows read. A name is the column's, or the argument's own for an array."""

    columns: tuple[str, ...]  # the columns among them
    weights: Array | None
    weights_name: str
    trials: Array | None
    trials_name: str
    offset: Array | None  # (n,) or (n, q)
    offset_name: str | None  # only when it is a column
    cluster: tuple[Labels, ...]
    cluster_name: str | tuple[str, str] | None
    missing: dict[str, BoolArray]

    def cluster_codes(self, positions: IntArray) -> tuple[IntArray | None, int | tuple[int, int] | None]:
        """Codes 0 .. n_clusters - 1 of the used rows, and the number of clusters."""
        if not self.cluster:
            return None, None
        found = [np.unique(labels.codes[positions], return_inverse=True) for labels in self.cluster]
        codes = [inverse.astype(np.intp) for _, inverse in found]
        if len(found) == 1:
            return codes[0], len(found[0][0])
        return np.stack(codes, axis=1), (len(found[0][0]), len(found[1][0]))


def read_arguments(table: Table, *, trials: Any, weights: Any, offset: Any, cluster: Any) -> Arguments:
    """Raises MissingColumnError, WeightsError or DataError for what cannot be read."""
    missing: dict[str, BoolArray] = {}
    clusters = _clusters(table, cluster, missing)
    columns = [name for name in (trials, weights, offset) if isinstance(name, str)]
    names = [name for name, _ in clusters]
    columns += [c for c in _cluster_arguments(cluster) if isinstance(c, str)]
    found = _offset(table, offset, missing)
    return Arguments(
        columns=tuple(dict.fromkeys(columns)),
        weights=_numbers(table, weights, "weights", missing),
        weights_name=weights if isinstance(weights, str) else "weights",
        trials=_numbers(table, trials, "trials", missing),
        trials_name=trials if isinstance(trials, str) else "trials",
        offset=found,
        offset_name=offset if isinstance(offset, str) else None,
        cluster=tuple(labels for _, labels in clusters),
        cluster_name=None if not names else names[0] if len(names) == 1 else (names[0], names[1]),
        missing=missing,
    )


def _value(table: Table, given: Any, what: str) -> tuple[str, Value]:
    if isinstance(given, str):
        return given, table.column(given)
    if isinstance(given, pd.Series) and not given.index.equals(table.index):
        raise DataError(
            f"{what} is a Series whose index differs from that of the data, so the rows may not match; "
            f"add it to the data as a column, or give {what}=series.to_numpy() when the order is right"
        )
    try:
        series = given if isinstance(given, pd.Series) else pd.Series(np.asarray(given))
    except ValueError as error:
        raise DataError(f"{what} must be a column name or one value per row: {error}") from error
    if len(series) != table.n_rows:
        raise DataError(f"{what} has {len(series):,} values for {table.n_rows:,} rows of data")
    return what, read_series(series, what)


def _numbers(table: Table, given: Any, what: str, missing: dict[str, BoolArray]) -> Array | None:
    if given is None:
        return None
    name, value = _value(table, given, what)
    if isinstance(value, Labels):
        shown = ", ".join(repr(level) for level in value.levels[:3])
        raise WeightsError(f"{what}={name!r} is text ({shown}, ...); it must be numbers")
    if value.missing is not None:
        missing[name] = value.missing
    return value.values


def _offset(table: Table, given: Any, missing: dict[str, BoolArray]) -> Array | None:
    if given is not None and not isinstance(given, str) and np.ndim(given) == 2:
        values = np.asarray(given, dtype=np.float64)
        if len(values) != table.n_rows:
            raise DataError(f"offset has {len(values):,} rows for {table.n_rows:,} rows of data")
        nan: BoolArray = np.asarray(np.isnan(values).any(axis=1))
        if nan.any():
            missing["offset"] = nan
        found: Array | None = values
    else:
        found = _numbers(table, given, "offset", missing)
    if found is not None and np.isinf(found).any():
        rows: BoolArray = np.asarray(np.isinf(found) if found.ndim == 1 else np.isinf(found).any(axis=1))
        raise WeightsError(
            f"the offset is infinite in {describe_rows(rows, table.index)}, which fixes the probability at 0 or 1; "
            "the logarithm of 0 is a common cause"
        )
    return found


def _cluster_arguments(cluster: Any) -> Sequence[Any]:
    if cluster is None:
        return []
    is_pair = isinstance(cluster, list | tuple) and len(cluster) <= 2 and not np.isscalar(cluster)
    if is_pair and all(isinstance(c, str) or np.ndim(c) == 1 for c in cluster):
        return list(cluster)
    return [cluster]


def _clusters(table: Table, cluster: Any, missing: dict[str, BoolArray]) -> list[tuple[str, Labels]]:
    found = []
    for given in _cluster_arguments(cluster):
        name, value = _value(table, given, "cluster")
        labels = label_numbers(value) if isinstance(value, Numbers) else value
        if labels.missing is not None:
            missing[name] = labels.missing
        found.append((name, labels))
    return found
