"""A fingerprint of the data as the model saw them: equal data, in equal order, have equal fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.columns import Codes, Columns, Mixed, Numeric
from statlogit.core.types import Array
from statlogit.design.streamed import Frame, StreamedFrame
from statlogit.fit.model import rows_of

Words = npt.NDArray[np.uint64]
ODD, HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)  # 2^64 / golden ratio


def fingerprint_of(frame: Frame | StreamedFrame) -> str:
    """The fingerprint of the data of a fit. Where the rows stay in files, that of the files, without another pass."""
    return frame.fingerprint if isinstance(frame, StreamedFrame) else fingerprint(rows_of(frame))


def fingerprint(rows: RowBlocks) -> str:
    """SHA-256 of the used rows, as hexadecimal text: design columns, response, weights and offsets.

    The bits of a row's numbers are first mixed into 64, one number after the other. So it is the same on any machine
    and for blocks of any size, and one digest stands for all columns, since that of a single 0/1 column of few rows
    could be found by trying.
    """
    digest = hashlib.sha256()
    for block in rows:
        digest.update(_mixed(block).tobytes())
    return digest.hexdigest()


def _mixed(block: Block) -> Words:
    """(n,) one word a row."""
    out = np.zeros(block.x.n_rows, dtype=np.uint64)
    for vector in (*_vectors(block.x), *block.y.T, block.weight, *block.offset.T):
        out ^= _word(vector)
        out *= ODD
        out ^= out >> HALF
    return out


def _word(values: Array | np.ndarray[Any, Any]) -> Words:
    if values.dtype == np.float64:
        return np.ascontiguousarray(values + 0.0).view(np.uint64)  # minus zero counts as zero
    return values.astype(np.uint64)


def _vectors(x: Columns) -> Iterator[Array | np.ndarray[Any, Any]]:
    if isinstance(x, Mixed):
        for part in x.parts:
            yield from _vectors(part)
    elif isinstance(x, Codes):
        yield x.codes.astype(np.int32, copy=False)
        if x.multiplier is not None:
            yield x.multiplier
    else:
        yield from x.vectors if isinstance(x, Numeric) else x.to_array().T
