"""Rows brought into memory where they are few."""

from __future__ import annotations

import numpy as np

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.sample import Rows, n_rows

MOST_GATHERED = 20_000_000  # rows times columns


def gathered(rows: RowBlocks) -> Block | None:
    """All rows as one block, or None where they are too many for memory."""
    return None if n_rows(rows) * rows.n_columns > MOST_GATHERED else rows.fold(_as_rows).block()


def _as_rows(block: Block) -> Rows:
    return Rows((block.take(np.arange(block.x.n_rows)),))
