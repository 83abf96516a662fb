"""Effects of a fit whose rows stay in files: the same block functions, folded over the batches of its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from statlogit.core.blocks import ROWS_PER_BLOCK
from statlogit.core.types import Array
from statlogit.design.raw import RawRows, Setting
from statlogit.design.recipe import Recipe
from statlogit.design.streamed import StreamedFrame
from statlogit.design.values import Labels, Level, Numbers, label_numbers, recode
from statlogit.effects.population import Moments, RawBlock, Seen, StreamedPopulation
from statlogit.effects.variables import MOST_LEVELS, is_factor
from statlogit.fit.streaming import naming, table_in
from statlogit.sources.batches import Batch, BatchedRows, fold_batches

Known = Mapping[str, tuple[Level, ...]]  # all levels of the columns that are not numbers


def streamed_population(frame: StreamedFrame) -> StreamedPopulation:
    """The used rows of files; one pass finds the levels and moments of their raw columns."""
    names = frame.design.reading.variables
    coded = frozenset(name for name in names if is_factor(frame.design, name))
    fold = partial(_folded, frame=frame)
    seen: Seen = fold(partial(block_seen, coded=coded), (), known={})
    known = {name: seen.levels(name) for name in names if not seen.is_number(name)}
    return StreamedPopulation(frame, seen, partial(fold, known=known))


def _folded(
    f: Callable[[RawBlock], Any], steps: tuple[Mapping[str, Setting], ...], *, frame: StreamedFrame, known: Known
) -> Any:
    rows = frame.rows
    if not isinstance(rows, BatchedRows):
        frame.refuse()
    visit = partial(_values, f=f, recipe=frame.recipe, steps=steps, known=known)
    return fold_batches(rows.source, visit, ROWS_PER_BLOCK, rows.engine)


def _values(
    batch: Batch,
    f: Callable[[RawBlock], Any],
    recipe: Recipe,
    steps: tuple[Mapping[str, Setting], ...],
    known: Known,
) -> list[Any]:
    """What f gives for the tiles of the used rows of a batch, None for tiles without rows."""
    with naming(batch):
        whole = raw_block(batch, recipe, known)
    found = []
    for start in range(0, whole.raw.n_rows, ROWS_PER_BLOCK):
        stop = min(start + ROWS_PER_BLOCK, whole.raw.n_rows)
        raw = whole.raw.rows(start, stop)
        for settings in steps:
            raw = raw.setting(settings)
        found.append(f(RawBlock(raw, whole.weight[start:stop], whole.offset[start:stop])))
    return found + [None] * (-(-batch.n_rows // ROWS_PER_BLOCK) - len(found))


def raw_block(batch: Batch, recipe: Recipe, known: Known) -> RawBlock:
    """The raw columns of the used rows of a batch, with the levels of all batches where they are known."""
    table = recipe.given.asked(table_in(batch))
    part = recipe.part(table)
    weight, offset = recipe.weight_and_offset(table, part)
    columns = {name: table.column(name) for name in recipe.design.reading.variables}
    for name, levels in known.items():
        value = columns[name]
        labels = label_numbers(value) if isinstance(value, Numbers) else value  # no value at all: read as numbers
        columns[name] = Labels(recode(labels, levels), levels, labels.own_order)
    return RawBlock(RawRows(columns, part.n, part.positions), weight, offset)


def block_seen(block: RawBlock, coded: frozenset[str]) -> Seen:
    """What one block tells of its raw columns. coded: those that the formula uses as levels."""
    moments, found = {}, {}
    for name in block.raw.columns:
        value = block.raw.column(name)
        if isinstance(value, Numbers):
            moments[name] = _moments(value, block.weight)
        if not isinstance(value, Numbers) or name in coded:
            found[name] = _levels(value)
    return Seen(float(block.weight.sum()), block.weight @ block.offset, moments, found)


def _moments(value: Numbers, weight: Array) -> Moments:
    v, total = value.values, float(weight.sum())
    mean = float(weight @ v) / total
    low, high = value.extent
    zero_one = bool(((v == 0.0) | (v == 1.0)).all())
    return Moments(total, mean, float(weight @ (v - mean) ** 2), low, high, zero_one, value.boolean)


def _levels(value: Numbers | Labels) -> frozenset[Level]:
    """The levels that these rows have; of more than can be compared, so many that it shows."""
    labels = label_numbers(value) if isinstance(value, Numbers) else value
    used = np.flatnonzero(np.bincount(labels.codes[labels.codes >= 0], minlength=len(labels.levels)))
    return frozenset(labels.levels[k] for k in used[: MOST_LEVELS + 1])
