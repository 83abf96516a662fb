"""One BLAS thread while a large fit runs.

The matrices of one tile are too small to share, and a threaded BLAS that waits by spinning on a busy machine makes a
factorisation of 1,000 columns take a second instead of 20 ms. The limit also makes sums repeatable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

LARGE = 1_000_000  # rows times columns; below, finding the libraries costs more than it saves


@contextmanager
def one_blas_thread(size: int) -> Iterator[None]:
    """Limit BLAS to one thread for the block where size (rows times columns, times passes) is large."""
    if size < LARGE:
        yield
        return
    with threadpool_limits(limits=1, user_api="blas"):  # type: ignore[no-untyped-call]
        yield
