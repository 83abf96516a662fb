"""stream(): formula and files in, a streamed frame out; what is small is read into memory instead.

Two passes learn: the design's levels and states, then the outcome, the rows left out and their sums. From then on the
rows are a RowBlocks like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from statlogit.core.blocks import Block, tile_height
from statlogit.core.sample import Rows, Sample, block_sample, sampling_rate
from statlogit.core.types import Array
from statlogit.design import prepare
from statlogit.design.files import read_csv
from statlogit.design.learn import Lesson, design_of, lesson
from statlogit.design.model import Design
from statlogit.design.prepare import Dropped
from statlogit.design.reading import Reading, read_formula
from statlogit.design.recipe import Checked, Clusters, Given, Recipe, part_of
from statlogit.design.response import Asked
from statlogit.design.streamed import Frame, StreamedFrame
from statlogit.design.survey import Survey, Tally, class_rows, response_of, survey, tally
from statlogit.design.syntax import Call, Name
from statlogit.design.table import Table, table_of
from statlogit.design.values import MISSING, Labels, Numbers, Value
from statlogit.design.where import Bound, Condition, Where, cut_frame, read_where
from statlogit.errors import DataError, FormulaError, MissingValuesError, WeightsError
from statlogit.fit.estimate import Settings
from statlogit.fit.pilot import FEWEST_ROWS, LARGEST_SHARE, ROWS_PER_COEFFICIENT, SMALLEST_SHARE
from statlogit.fit.solve import tiled
from statlogit.solvers.irls import Irls
from statlogit.sources.batches import BATCH_ROWS, THREADS, Batch, BatchedRows, Ranges, Source, Text, fold_batches
from statlogit.sources.choose import engine_of, is_streamed, source_of
from statlogit.sources.csv import CsvFiles
from statlogit.sources.csv import whole_table as whole_csv
from statlogit.sources.engines import Engine
from statlogit.sources.partitions import is_dask_frame

IN_MEMORY = 10_000_000  # rows times columns that are read whole: 80 MB, and everything can be asked of the result
IN_MEMORY_BYTES = 100_000_000  # of CSV files
PASSES = 7  # over files, of a usual fit: three learn, four climb, and a fifth where there are factors
MOST_SAMPLED = 1_000_000  # rows times coefficients of the sample that a fit starts from: 8 MB


def frame_of(formula: str, data: Any, engine: Any = None, where: Where | None = None, **options: Any) -> Frame:
    """The model frame of data in memory, or of what is read block by block. options: those of prepare().

    engine: as engine_of() takes it. With one, nothing is read into this process. where: a condition on rows.
    """
    chosen = engine_of(engine, data)
    if not is_streamed(data):
        return prepare(formula, data if where is None else _rows_where(where, data), **options)
    if engine is None and not is_dask_frame(data):
        source = source_of(data)
        needed, _ = _needed(formula, source.names, options, where)
        some = source.select(needed)
        if _fits(some):
            whole = _whole(some)
            return prepare(formula, whole if where is None else _rows_where(where, whole), **options)
    return stream(formula, data, engine=chosen, where=where, **options)


def passes_of(frame: Frame, settings: Settings, covariance: object) -> int | None:
    """About how many passes over files the whole fit will take; None where that depends on the climb."""
    if not isinstance(frame, StreamedFrame) or not isinstance(frame.rows, BatchedRows) or frame.rows.known is None:
        return None
    if settings.penalised or not isinstance(settings.solver, Irls):
        return None
    return PASSES + bool(frame.tally.cells) + (covariance != "model")


def _rows_where(where: Where, data: Any) -> Any:
    """The rows of data in memory for which a condition is true. Raises DataError where there is none."""
    frame = read_csv(data) if isinstance(data, str | Path) else data
    if isinstance(frame, Mapping):
        frame = pd.DataFrame(dict(frame))
    table = table_of(frame)
    kept = read_where(where, table.names).holds(table)
    if not kept.any():
        raise _no_rows(where)
    return cut_frame(frame, kept)


def _no_rows(where: Where) -> DataError:
    return DataError(f"no row fulfils where={where!r}, so there is nothing to fit; check the condition")


def stream(
    formula: str,
    data: Any,
    *,
    event: Any = None,
    trials: Any = None,
    weights: Any = None,
    offset: Any = None,
    cluster: Any = None,
    multinomial: bool = False,
    reference: Any = None,
    missing: Literal["drop", "raise"] = "drop",
    rows_per_block: int | None = None,
    engine: Engine = THREADS,
    where: Where | None = None,
) -> StreamedFrame:
    """The facts of the used rows of a path or a Dask data frame, and the way to read them block by block.

    Raises FormulaError, or the DataError that names the file, the column and the remedy.
    """
    given = _given(trials=trials, weights=weights, offset=offset, cluster=cluster)
    source = source_of(data, engine)
    arguments = {"trials": trials, "weights": weights, "offset": offset, "cluster": cluster}
    needed, reading = _needed(formula, source.names, arguments, where)
    some = source.select(needed)
    if where is not None:
        condition = read_where(where, needed)
        given, some = replace(given, where=condition), _pruned(some, condition)
    reading = read_formula(formula, needed, excluded=given.columns)
    design = design_of(
        reading, fold_batches(some, partial(_lesson, reading=reading, given=given), engine=engine), given.offset
    )
    asked = Asked(reading.response_text, event, reference, multinomial)
    found = fold_batches(some, partial(_survey, design=design, given=given, asked=asked), engine=engine)
    if where is not None and not found.n_read:
        raise _no_rows(where)
    dropped = tuple(Dropped(name, count) for name, count in found.dropped.items() if count)
    _check_rows(found, dropped, missing)
    counted = given.trials is not None or _is_cbind(reading)
    response = response_of(found, asked, counted)
    clusters = tuple(Clusters(tuple(levels)) for levels in found.clusters)
    whole = found.whole_weights and not found.unit_weights
    recipe = Recipe(design, given, response, clusters, whole, found.n_used, _checked(found, reading))
    count = class_rows(found, response)
    size = None if count is None else _sample_size(found.n_used, len(design.names) * (len(count) - 1))
    rate = None if count is None or size is None else sampling_rate(count, size)
    facts = fold_batches(some, partial(_facts, recipe=recipe, rate=rate), engine=engine)
    sums = facts.tally
    if counted:
        recipe = replace(recipe, response=_counted(recipe, sums))
    known = None if facts.sample is None or count is None else Sample(facts.sample.block(), count)
    rows = BatchedRows(some, partial(_block, recipe=recipe), len(design.names), engine=engine, known=known)
    rows = replace(rows, rows_per_block=rows_per_block or _height(rows))
    return StreamedFrame(
        recipe=recipe,
        rows=rows,
        tally=sums,
        n_read=found.n_read,
        dropped=dropped,
        n_missing=found.n_missing,
        n_zero_weight=found.n_zero,
        has_weights=not found.unit_weights,
        origin=some.origin if given.where is None else f"{some.origin}, where {given.where.text}",
        fingerprint=some.fingerprint,
    )


def _pruned(source: Source, condition: Condition) -> Source:
    """Without the units whose statistics exclude the condition."""
    if not condition.bounds:
        return source
    fewer = source.without(partial(_excluded, bounds=condition.bounds))
    return fewer if fewer.units else source  # an empty source has no blocks: the rows will tell


def _excluded(ranges: Ranges, bounds: tuple[Bound, ...]) -> bool:
    return any(b.column in ranges and b.excludes(*ranges[b.column]) for b in bounds)


def _height(rows: BatchedRows) -> int:
    """Tiles as high as in memory, but for those that are high for convenience only: a batch then is one tile."""
    first = next(iter(rows))
    plain = tiled(first).rows_per_block
    return min(tile_height(first, plain), max(plain, BATCH_ROWS))


def _fits(source: Any) -> bool:
    if isinstance(source, CsvFiles):
        return source.files.size <= IN_MEMORY_BYTES
    return bool(source.n_rows * len(source.columns) <= IN_MEMORY)


def _whole(source: Any) -> Any:
    if isinstance(source, CsvFiles):
        return whole_csv(source)
    from statlogit.sources.parquet import whole_table

    return whole_table(source)


def _given(*, trials: Any, weights: Any, offset: Any, cluster: Any) -> Given:
    clusters = () if cluster is None else tuple(cluster) if isinstance(cluster, list | tuple) else (cluster,)
    for name, value in (
        ("trials", trials),
        ("weights", weights),
        ("offset", offset),
        *(("cluster", c) for c in clusters),
    ):
        if value is not None and not isinstance(value, str):
            raise DataError(f"{name} must be the name of a column where the rows are read from files; add it to them")
    return Given(trials, weights, offset, clusters)


def _needed(
    formula: str, names: tuple[str, ...], options: dict[str, Any], where: Where | None
) -> tuple[tuple[str, ...], Reading]:
    """The columns that formula, arguments and condition read, in the order of the files."""
    arguments = [options.get(name) for name in ("trials", "weights", "offset")]
    cluster = options.get("cluster")
    arguments += list(cluster) if isinstance(cluster, list | tuple) else [cluster]
    excluded = tuple(name for name in arguments if isinstance(name, str))
    reading = read_formula(formula, names, excluded=excluded)
    if reading.response is None:
        raise FormulaError("the formula has no response", formula=formula, start=0, end=1, hint="'y ~ x'")
    condition = () if where is None else read_where(where, names).reads
    wanted = {*reading.response_reads, *reading.variables, *excluded, *condition}
    absent = [name for name in wanted if name not in names]
    if absent:
        from statlogit.design.gate import missing_column

        raise missing_column(names, absent[0])
    return tuple(name for name in names if name in wanted), reading


def _is_cbind(reading: Reading) -> bool:
    return isinstance(reading.response, Call) and reading.response.function == "cbind"


def table_in(batch: Batch) -> Table:
    """A batch as a table; what is an array or codes already needs no reading."""
    values = {name: value for name, found in batch.columns.items() if (value := _value(found)) is not None}
    index = pd.RangeIndex(batch.start, batch.start + batch.n_rows)
    return Table(tuple(batch.columns), batch.n_rows, index, batch.columns, values)


def _value(found: Any) -> Value | None:
    if isinstance(found, Text):
        order = sorted(range(len(found.levels)), key=found.levels.__getitem__)
        to_code = np.empty(len(order) + 1, dtype=np.int32)
        to_code[order] = np.arange(len(order), dtype=np.int32)
        to_code[-1] = MISSING
        return Labels(to_code[found.codes], tuple(found.levels[k] for k in order))
    if not isinstance(found, np.ndarray):
        return None
    if found.dtype.kind in "iu":
        return Numbers(found.astype(np.float64), whole=found)
    return Numbers(found)


def _lesson(batch: Batch, reading: Reading, given: Given) -> list[Lesson | None]:
    with naming(batch):
        table = given.asked(table_in(batch))
        return [lesson(reading, table, given.read(table))]


def _survey(batch: Batch, design: Design, given: Given, asked: Asked) -> list[Survey | None]:
    with naming(batch):
        table = given.asked(table_in(batch))
        return [survey(part_of(design, given, table), table.n_rows, asked, batch.where)]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the last pass that learns adds up."""

    tally: Tally
    sample: Rows | None

    def __add__(self, other: Self) -> Self:
        some = None if self.sample is None or other.sample is None else self.sample + other.sample
        return type(self)(self.tally + other.tally, some)


def _facts(batch: Batch, recipe: Recipe, rate: Array | None) -> list[_Facts | None]:
    with naming(batch):
        table = recipe.given.asked(table_in(batch))
        part = recipe.part(table)
        if not part.n:
            return [None]
        block = recipe.block_of(table, part)
        return [_Facts(tally(recipe, part, block), None if rate is None else block_sample(block, rate))]


def _sample_size(n: int, n_coefficients: int) -> int | None:
    """Rows of the sample that a fit starts from, None where it starts without."""
    fewest = ROWS_PER_COEFFICIENT * n_coefficients
    wanted = max(min(int(SMALLEST_SHARE * n), MOST_SAMPLED // n_coefficients), fewest)
    return wanted if n >= FEWEST_ROWS and wanted <= LARGEST_SHARE * n else None


def _checked(found: Survey, reading: Reading) -> Checked | None:
    """None where rows are left out for other reasons than a missing value in some column."""
    if found.n_used == found.n_read:
        return Checked((), is_complete=True)
    gaps = tuple(name for name, count in found.dropped.items() if count)
    plain = isinstance(reading.response, Name) and set(gaps) <= set(reading.gate.columns)
    return None if found.n_zero or not plain else Checked(gaps, is_complete=False)


def _block(batch: Batch, recipe: Recipe) -> Block | None:
    with naming(batch):
        return recipe.block(recipe.given.asked(table_in(batch)))


@dataclass(frozen=True, slots=True)
class naming:
    """Errors about data name the file and its row group."""

    batch: Batch

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, DataError):
            raise type(error)(f"{self.batch.where}: {error}") from error


def _check_rows(found: Survey, dropped: tuple[Dropped, ...], missing: str) -> None:
    shown = ", ".join(f"{d.variable} ({d.count:,})" for d in dropped)
    if missing == "raise" and found.n_missing:
        raise MissingValuesError(
            f"{found.n_missing:,} of {found.n_read:,} rows have missing values: {shown}; "
            'missing="drop" leaves these rows out and counts them'
        )
    if not found.n_used:
        if found.n_missing == found.n_read:
            raise MissingValuesError(
                f"every one of the {found.n_read:,} rows has a missing value ({shown}), so no row is left to fit; "
                "drop the emptiest variable from the formula"
            )
        raise WeightsError("every complete row has zero weight or zero trials, so no row is left to fit")


def _counted(recipe: Recipe, sums: Tally) -> Any:
    """The response of grouped data with its counts, and a note where they are not whole."""
    events, rest = (float(v) for v in sums.class_weights)
    name = recipe.response.name
    if not (events > 0.0 and rest > 0.0):
        from statlogit.errors import ResponseError

        which = "an event" if events else "no event"
        raise ResponseError(f"every trial of {name} is {which}, so there is no second outcome to tell apart")
    note = "" if not sums.n_uneven else f"the number of events is not whole in {sums.n_uneven:,} rows"
    return replace(recipe.response, counts=(rest, events), note=note)
