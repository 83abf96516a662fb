"""Predictions for files that do not fit in memory: batch by batch, in the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from statlogit.core.progress import counted
from statlogit.core.threads import in_order, workers
from statlogit.effects.predict import PredictionKind, Unseen
from statlogit.errors import DataError
from statlogit.fit.streaming import naming, table_in
from statlogit.persist.model import ClassModel, Model
from statlogit.sources.batches import Batch, all_batches
from statlogit.sources.choose import source_of
from statlogit.sources.files import files_of
from statlogit.sources.output import whole_file


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be said of every row; the arguments of predict()."""

    kind: PredictionKind = "probability"
    interval: Literal["confidence"] | None = None
    level: float = 0.95
    unseen: Unseen = "raise"
    flags: bool = False


def scored(model: Model | ClassModel, data: Any, asked: Asked) -> pd.DataFrame:
    """The predictions of a table, with plain column names."""
    if isinstance(model, ClassModel):
        found: Any = model.predict(data, asked.interval, asked.level, asked.unseen, asked.flags)
        found.columns = [" ".join(map(str, c)).strip() if isinstance(c, tuple) else str(c) for c in found.columns]
    else:
        found = model.predict(data, asked.kind, asked.interval, asked.level, asked.unseen, asked.flags)
    frame: pd.DataFrame = found.to_frame() if isinstance(found, pd.Series) else found
    return frame


def scored_files(model: Model | ClassModel, path: str | Path, asked: Asked) -> Iterator[pd.DataFrame]:
    """The predictions of all rows of a file, a folder or a pattern, some thousand at a time, with the column `row`.

    Raises DataError naming the file and its row group, as for a row with an unseen level.
    """
    source = source_of(path)
    some = source.select(_read_by(model, source.names))
    total = sum(unit.rows or 0 for unit in some.units)
    start = 0
    score = partial(_batch, model=model, asked=asked)
    with counted(total, "predict") as done, closing(in_order(score, all_batches(some), workers())) as frames:
        for frame in frames:
            frame.insert(0, "row", range(start, start + len(frame)))
            start += len(frame)
            done(len(frame))
            yield frame


def score_to_file(model: Model | ClassModel, path: str | Path, output: str | Path, asked: Asked) -> int:
    """Write the predictions to a .parquet or .csv file, which appears whole or not at all; gives the rows written.

    Raises DataError also where the output would be one of the files that are read.
    """
    if Path(output).resolve() in {Path(p).resolve() for p in files_of(path).paths}:
        raise DataError(f"{output} is one of the files to be read; name another output")
    n = 0
    with whole_file(output) as writer:
        for frame in scored_files(model, path, asked):
            writer.write(frame)
            n += len(frame)
    return n


def _read_by(model: Model | ClassModel, names: tuple[str, ...]) -> list[str]:
    """The columns that predictions need, of those there are: what lacks is named when it is asked for."""
    wanted = {*model.design.reading.variables, model.design.offset_name}
    return [name for name in names if name in wanted]


def _batch(batch: Batch, model: Model | ClassModel, asked: Asked) -> pd.DataFrame:
    with naming(batch):
        return scored(model, table_in(batch), asked).reset_index(drop=True)
