"""A fingerprint of the data as the model saw them: equal data, in equal order, have equal fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from statlogit.core.blocks import RowBlocks
from statlogit.core.columns import Codes, Columns, Mixed, Numeric
from statlogit.core.types import Array


def fingerprint(rows: RowBlocks) -> str:
    """SHA-256 of design columns, response, weights and offsets of the used rows, as hexadecimal text.

    Each vector has a digest of its own and the fingerprint is the digest of all, so blocks of any size give the same.
    One digest for all, since that of a single 0/1 column of few rows could be found by trying.
    """
    digests: list[Any] = []
    for block in rows:
        vectors = [*_vectors(block.x), *block.y.T, block.weight, *block.offset.T]
        digests = digests or [hashlib.sha256() for _ in vectors]
        for digest, vector in zip(digests, vectors, strict=True):
            digest.update(np.ascontiguousarray(vector + 0).tobytes())  # + 0: minus zero counts as zero
    return hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()


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
